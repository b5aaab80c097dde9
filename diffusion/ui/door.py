"""The door of the app: who comes in, from which page, with how much, and with whose files."""

import json
import socket
from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from diffusion.serving.services import Services
from diffusion.support.checks import InputError
from diffusion.support.faults import tell
from diffusion.ui.asgi import (
    NotLetInError,
    again,
    answer,
    answer_safely,
    answer_upload,
    held_back,
    json_values,
    whole_body,
)
from diffusion.ui.unread_answers import DATA, UnreadAnswers, session_listened_to
from diffusion.ui.visitor_cookie import VISITOR, cookie_token, giving_cookie, visitor_named, visitor_of

UPLOAD, FILE, JOIN, RUN = (f"/gradio_api/{place}" for place in ("upload", "file=", "queue/join", "run/"))
ASK = "/gradio_api/component_server"
WAITING_EACH = 16            # events of one visitor in the queue
PROGRAMS = "programs"        # all that upload without a cookie; their files are found by an address not to be guessed
HOSTED = (".hf.space", ".gradio.live")   # who may stand behind such names is not for others to say


class Door:
    """ASGI middleware around the whole app.

    Every request is from a visitor: a browser by its cookie, else a program by its session. Other websites cannot
    speak for a visitor (Origin), nor lead their own name to this machine (Host).
    """

    def __init__(self, app: ASGIApp, services: Services, blocks: Any, hosts: Collection[str]) -> None:
        """blocks: Gradio's app. hosts: names by which it is reached, besides addresses and this machine's own."""
        self._app = app
        self._services = services
        self._blocks = blocks
        self._hosts = {host.lower() for host in hosts} | own_names()
        self._unread = UnreadAnswers(blocks._queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._services.housekeeping.now_and_then()
        await self._unread.throw_away()
        try:
            await self._let_in(scope, receive, send)
        except NotLetInError as error:
            in_words = answer_upload if scope["path"].rstrip("/") == UPLOAD else answer
            await in_words(scope, receive, send, error.status, str(error))

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        token = cookie_token(headers)
        scope[VISITOR] = visitor_named(token or token_urlsafe())
        uploader = scope[VISITOR] if token else PROGRAMS
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            self._check_file(scope, uploader)
            await self._tell(scope, receive, giving_cookie(scope, headers, send))
            return
        self._check_origin(headers)
        if scope["path"].rstrip("/") == UPLOAD:
            await self._take_upload(scope, headers, uploader, receive, send)
            return
        body = await whole_body(headers, receive)
        self._look_into(scope, json_values(body), token)
        await answer_safely(self._app, scope, again(body, receive), send)

    def _check_host(self, headers: Headers) -> None:
        """Raise NotLetInError if a name leads here that is not ours: a website may point its own at this machine."""
        host = host_name(headers.get("host", ""))
        if is_address(host) or host in self._hosts or host.endswith(HOSTED):
            return
        raise NotLetInError(421, f"the lab does not go by the name {host[:80]!r}: list it in SPRITE_LAB_HOSTS.")

    def _check_origin(self, headers: Headers) -> None:
        """Raise NotLetInError if the page that asks is another website's."""
        origin = headers.get("origin")
        if origin is None:   # no browser
            return
        names = {headers.get("host", ""), headers.get("x-forwarded-host", "").partition(",")[0].strip(), *self._hosts}
        if urlsplit(origin).netloc.lower() not in {name.lower() for name in names if name}:
            raise NotLetInError(403, "another website cannot ask the lab: open the lab's own page.")

    def _check_file(self, scope: Scope, uploader: str) -> None:
        """Raise NotLetInError if a file is asked for that somebody else uploaded."""
        _, found, path = scope["path"].partition(FILE)
        if found and self._services.uploaded.is_of_others(uploader, path):
            raise NotLetInError(404, "there is no such file.")

    async def _tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer; raises NotLetInError if nothing waits to be told to the session that listens."""
        queue = self._blocks._queue
        session = session_listened_to(scope, queue)
        if session is None:
            await answer_safely(self._app, scope, receive, send)
            return
        if scope["path"] == DATA and session not in queue.pending_messages_per_session:
            raise NotLetInError(404, "nothing that this page asked for waits any more: ask again.")
        with self._unread.read_by(session):
            await answer_safely(self._app, scope, receive, send)

    def _look_into(self, scope: Scope, values: Any, token: str | None) -> None:
        """Find out who a program is, greet the visitor, and let no files through but the visitor's own."""
        session = values.get("session_hash") if isinstance(values, dict) else None
        if token is None and isinstance(session, str):
            scope[VISITOR] = visitor_named(session)
        self._services.belongings.greet(scope[VISITOR])
        for path in file_paths(values):
            if not self._services.uploaded.is_from(scope[VISITOR] if token else PROGRAMS, path):
                raise NotLetInError(403, "this file is not here (any more): give it again.")
        if scope["path"].startswith((JOIN, RUN)):
            self._check_event(values)
        if scope["path"].startswith(ASK):
            self._check_component(values)
        if scope["path"].rstrip("/") == JOIN:
            if not session or not isinstance(session, str):
                raise NotLetInError(400, "an event tells the session that waits for it: load the page again.")
            self._check_queue(scope[VISITOR])
            self._unread.expect(session)

    def _check_event(self, values: Any) -> None:
        """Raise NotLetInError if the app has no event of that number which asks the server."""
        index = values.get("fn_index") if isinstance(values, dict) else None
        event = self._blocks.fns.get(index) if isinstance(index, int) else None
        if index is not None and (event is None or event.fn is None):
            raise NotLetInError(404, "the lab has no such event: load its page again.")

    def _check_component(self, values: Any) -> None:
        """Raise NotLetInError if the app has no component of that number."""
        number = values.get("component_id") if isinstance(values, dict) else None
        if not isinstance(number, int) or number not in self._blocks.blocks:
            raise NotLetInError(404, "the lab has no such part: load its page again.")

    def _check_queue(self, visitor: str) -> None:
        """Raise NotLetInError if a visitor has many events waiting already."""
        queues = list(self._blocks._queue.event_queue_per_concurrency_id.values())
        waiting = [event for events in queues for event in list(events.queue)]
        if sum(visitor_of(event.request) == visitor for event in waiting) >= WAITING_EACH:
            raise NotLetInError(503, "much that you asked for waits already: wait until some of it is done.")

    async def _take_upload(
        self, scope: Scope, headers: Headers, uploader: str, receive: Receive, send: Send
    ) -> None:
        size, uploaded = headers.get("content-length", ""), self._services.uploaded
        if not size.isdecimal():
            raise NotLetInError(411, "an upload says beforehand how long it is (Content-Length).")
        try:
            uploaded.check_room(uploader, int(size))
            start, paths = await held_back(self._app, scope, receive)
            if start["status"] == 200:
                uploaded.take(uploader, json.loads(paths))
        except Exception as error:
            raise NotLetInError(413 if isinstance(error, InputError) else 500, tell(error)) from error
        await send(start)
        await send({"type": "http.response.body", "body": paths})


def own_names() -> set[str]:
    """The names by which this machine is reached."""
    name = socket.gethostname().lower()
    return {"localhost", name, name.partition(".")[0], f"{name.partition('.')[0]}.local"}


def host_name(host: str) -> str:
    """The name in a Host header, without the port."""
    with suppress(ValueError):
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    return ""


def is_address(host: str) -> bool:
    """Whether it is a number, such as 127.0.0.1, and no name."""
    with suppress(ValueError):
        return bool(ip_address(host))
    return False


def file_paths(values: Any) -> list[str]:
    """All that stands for a file in JSON values."""
    found, waiting = [], [values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found += [value["path"]] if isinstance(value.get("path"), str) else []
            waiting += value.values()
        if isinstance(value, list):
            waiting += value
    return found
