"""The app from outside: every endpoint and server function that its config tells of, by plain HTTP."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import httpx

API = "gradio_api"
TIMEOUT_S = 30
INFINITE = "\x00 1e999"   # a value that is written into JSON as 1e999, which no float can write


class Input(NamedTuple):
    """One input of an endpoint: the id of its component, what it is called, and what a fresh page shows in it."""

    component: int
    name: str
    kind: str
    value: Any


class Endpoint(NamedTuple):
    """An event of the app, public or private."""

    index: int
    name: str
    queued: bool
    runs_here: bool      # some do all that they do in the page
    inputs: list[Input]
    outputs: list[int]   # ids of components
    trigger: int | None   # the id of the first component that it follows

    @property
    def title(self) -> str:
        return f"{self.index}:{self.name}"


class ServerFunction(NamedTuple):
    """A function that the JavaScript of a component calls."""

    component: int
    owner: str
    name: str

    @property
    def title(self) -> str:
        return f"{self.owner}.{self.name}"


class Answer(NamedTuple):
    """What came back: a value, or what was said to be wrong."""

    status: int
    value: Any = None
    error: Any = None
    failed: bool = False


class RawApp:
    """A running app, without a client library between."""

    def __init__(self, url: str) -> None:
        self.url = url
        # No connection is used twice: a server that broke closes its own, which would look as if the next call broke.
        self.http = httpx.Client(base_url=url, timeout=TIMEOUT_S, limits=httpx.Limits(max_keepalive_connections=0))

    @cached_property
    def config(self) -> dict[str, Any]:
        """What the app tells its page."""
        return self.http.get("config").json()

    @cached_property
    def endpoints(self) -> list[Endpoint]:
        """All of them, the private ones too."""
        components = {one["id"]: one for one in self.config["components"]}
        public = self.http.get(f"{API}/info").json()["named_endpoints"]
        return [_endpoint(told, components, public) for told in self.config["dependencies"]]

    @cached_property
    def server_functions(self) -> list[ServerFunction]:
        """All of them, of all components."""
        return [
            ServerFunction(one["id"], one["props"].get("elem_id") or one["type"], name)
            for one in self.config["components"]
            for name in one["props"].get("server_fns") or ()
        ]

    def endpoint(self, name: str) -> Endpoint:
        """The one with this name."""
        return next(one for one in self.endpoints if one.name == name)

    def server_function(self, owner: str, name: str) -> ServerFunction:
        """The one of this component with this name."""
        return next(one for one in self.server_functions if (one.owner, one.name) == (owner, name))

    def call(self, endpoint: Endpoint, data: Any, session: Any, address: str = "") -> Answer:
        """Call an endpoint as its page does: in the queue, or at once; `address`: what follows the page's "?"."""
        body = {"fn_index": endpoint.index, "session_hash": session, "data": data, "trigger_id": endpoint.trigger}
        if not endpoint.queued:
            return read_answer(self.post(f"run/{endpoint.name}?{address}", body))
        joined = self.post(f"queue/join?{address}", body)
        return self.follow(session) if joined.status_code == 200 else read_answer(joined)

    def ask(self, function: ServerFunction, data: Any, session: Any) -> Answer:
        """Call a server function as the JavaScript of its component does."""
        asked = {"component_id": function.component, "fn_name": function.name, "session_hash": session, "data": data}
        return read_answer(self.post("component_server", asked))

    def follow(self, session: Any) -> Answer:
        """What the queue answers in the end; the heartbeats on the way are no answer."""
        deadline = monotonic() + TIMEOUT_S
        with self.http.stream("GET", f"{API}/queue/data", params={"session_hash": session}) as response:
            if response.status_code != 200:
                response.read()
                return read_answer(response)
            for message in _messages(response.iter_lines()):
                if monotonic() > deadline:
                    raise httpx.ReadTimeout("the queue does not answer")
                if message["msg"] == "process_completed":
                    output = message["output"]
                    if message["success"]:
                        return Answer(200, output.get("data"))
                    return Answer(200, error=output.get("error"), failed=True)
                if message["msg"] == "unexpected_error":
                    return Answer(500, error=message["message"], failed=True)
        return Answer(500, error="the stream ended without an answer", failed=True)

    def get(self, path: str) -> httpx.Response:
        """What an address gives; of a stream, which may never end, its begin."""
        with self.http.stream("GET", f"{API}/{path}") as response:
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                response.read()
                return response
            begin = next(response.iter_bytes(), b"")
        return httpx.Response(response.status_code, content=begin)

    def post(self, path: str, body: Any) -> httpx.Response:
        """Send a body as JSON."""
        return self.send(path, written(body), "application/json")

    def send(self, path: str, body: bytes, kind: str) -> httpx.Response:
        """Send a body, called what it may not be."""
        return self.http.post(f"{API}/{path}", content=body, headers={"content-type": kind})

    def upload(self, path: Path) -> dict[str, Any]:
        """Upload a file; what the page then sends as the value of a file input."""
        answer = self.http.post(f"{API}/upload", files={"files": (path.name, path.read_bytes())})
        assert answer.status_code == 200, answer.text
        kept = answer.json()[0]
        return {"path": kept, "orig_name": path.name, "size": path.stat().st_size, "meta": {"_type": "gradio.FileData"}}


def written(body: Any) -> bytes:
    """As JSON, with what JSON has no word for."""
    return json.dumps(body).replace(json.dumps(INFINITE), "1e999").encode()


def read_answer(response: httpx.Response) -> Answer:
    """What an answer that is no stream says."""
    try:
        body = response.json()
    except ValueError:
        body = response.text
    if response.status_code == 200:
        said = body.get("error") if isinstance(body, dict) and set(body) == {"error"} else None
        value = body.get("data", body) if isinstance(body, dict) else body
        return Answer(200, value, said, failed=said is not None)
    said = body.get("error", body.get("detail", body)) if isinstance(body, dict) else body
    return Answer(response.status_code, error=said, failed=True)


def _endpoint(told: dict[str, Any], components: dict[int, dict], public: dict[str, Any]) -> Endpoint:
    parameters = public.get(f"/{told['api_name']}", {}).get("parameters", [])
    inputs = [_input(components[k]) for k in told["inputs"]]
    if len(parameters) == len(inputs):
        inputs = [one._replace(name=p["parameter_name"]) for one, p in zip(inputs, parameters, strict=True)]
    trigger = next((component for component, _ in told["targets"]), None)
    return Endpoint(
        told["id"], str(told["api_name"]), told["queue"] is not False, told["backend_fn"], inputs, told["outputs"],
        trigger,
    )   # fmt: skip


def _input(component: dict[str, Any]) -> Input:
    props = component["props"]
    name = props.get("elem_id") or props.get("label") or props.get("storage_key") or component["type"]
    return Input(component["id"], name, component["type"], props.get("value"))


def _messages(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    return (json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:"))
