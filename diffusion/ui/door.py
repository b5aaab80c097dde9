"""The door of the app: who comes in, from which page, with how much, and with whose files."""

import json
import re
import socket
from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffusion.serving.services import Services

COOKIE, TOKEN = "sprite-lab-visitor", re.compile(r"[\w-]{43}")
COOKIE_S = 400 * 24 * 3600   # browsers allow no more
MAX_BODY = 256_000           # bytes, of all but uploads
UPLOAD, FILE, JOIN = "/gradio_api/upload", "/gradio_api/file=", "/gradio_api/queue/join"
WAITING_EACH = 16            # events of one visitor in the queue
VISITOR = "visitor"          # where a request tells who it is from
PROGRAMS = "programs"        # all that upload without a cookie; their files are found by an address not to be guessed
HOSTED = (".hf.space", ".gradio.live")   # who may stand behind such names is not for others to say
PICTURES = "img-src 'self' data: blob:"   # a page fetches none from elsewhere, whatever text gets into it


class NotLetInError(Exception):
    """A request that is not let in, with an HTTP status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._services.housekeeping.now_and_then()
        try:
            await self._let_in(scope, receive, send)
        except NotLetInError as error:
            answer = JSONResponse({"detail": str(error), "error": str(error)}, error.status)
            await answer(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        token = cookie_token(headers)
        scope[VISITOR] = visitor_named(token or token_urlsafe())
        uploader = scope[VISITOR] if token else PROGRAMS
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            self._check_file(scope, uploader)
            await self._app(scope, receive, giving_cookie(scope, headers, token, send))
            return
        self._check_origin(headers)
        if scope["path"].rstrip("/") == UPLOAD:
            await self._take_upload(scope, headers, uploader, receive, send)
            return
        body = await whole_body(headers, receive)
        self._look_into(scope, body, token)
        await self._app(scope, again(body, receive), send)

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

    def _look_into(self, scope: Scope, body: bytes, token: str | None) -> None:
        """Find out who a program is, greet the visitor, and let no files through but the visitor's own."""
        try:
            values = json.loads(body) if body else None
        except (ValueError, RecursionError):
            return   # what is no JSON goes to nobody who would read it
        session = values.get("session_hash") if isinstance(values, dict) else None
        if token is None and isinstance(session, str):
            scope[VISITOR] = visitor_named(session)
        self._services.belongings.greet(scope[VISITOR])
        for path in file_paths(values):
            if not self._services.uploaded.is_from(scope[VISITOR] if token else PROGRAMS, path):
                raise NotLetInError(403, "this file is not here (any more): give it again.")
        if scope["path"].rstrip("/") == JOIN:
            self._check_queue(scope[VISITOR])

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
            start, paths = await answered(self._app, scope, receive)
            if start["status"] == 200:
                uploaded.take(uploader, json.loads(paths))
        except ValueError as error:
            raise NotLetInError(413, str(error)) from error
        await send(start)
        await send({"type": "http.response.body", "body": paths})


def giving_cookie(scope: Scope, headers: Headers, token: str | None, send: Send) -> Send:
    """`send`, which gives a page's browser the cookie by which it is known from now on, and its policy."""
    if "text/html" not in headers.get("accept", ""):
        return send

    async def giving(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(scope=message)
            answer.append("set-cookie", cookie(token or token_urlsafe(32), is_secure(scope, headers)))
            answer["content-security-policy"] = PICTURES
        await send(message)

    return giving


def visitor_of(request: Any) -> str:
    """Who a request is from, be it Starlette's or Gradio's; "" where it did not come by the door."""
    plain = getattr(request, "request", None) or request
    return plain.scope.get(VISITOR, "") if plain else ""


def visitor_named(secret: str) -> str:
    """The name of a visitor, which tells nobody the secret behind it."""
    return sha256(f"visitor {secret}".encode(errors="replace")).hexdigest()[:32]


def cookie_token(headers: Headers) -> str | None:
    """The secret in a browser's cookie."""
    jar = SimpleCookie()
    with suppress(CookieError):
        jar.load(headers.get("cookie", ""))
    token = jar[COOKIE].value if COOKIE in jar else ""
    return token if TOKEN.fullmatch(token) else None


def cookie(token: str, secure: bool) -> str:
    """What keeps a token in a browser, also where the app stands inside another page, as it does on a Space."""
    where = "Secure; SameSite=None; Partitioned" if secure else "SameSite=Lax"
    return f"{COOKIE}={token}; Path=/; Max-Age={COOKIE_S}; HttpOnly; {where}"


def is_secure(scope: Scope, headers: Headers) -> bool:
    """Whether the browser sees the app over https."""
    return "https" in (scope["scheme"], headers.get("x-forwarded-proto", "").partition(",")[0].strip())


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


async def whole_body(headers: Headers, receive: Receive) -> bytes:
    """The body of a request; NotLetInError if it is larger than it may be, before it is read, or holds files."""
    if headers.get("content-type", "").startswith("multipart/"):
        raise NotLetInError(415, "files are given by an upload alone.")
    length = headers.get("content-length", "0")
    body, more = b"", True
    while more:
        if len(body) > MAX_BODY or not length.isdecimal() or int(length) > MAX_BODY:
            raise NotLetInError(413, f"a question may have {MAX_BODY:,} bytes at most.")
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def again(body: bytes, receive: Receive) -> Receive:
    """`receive` that gives a body that was read already."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return messages.pop() if messages else await receive()

    return receiving


async def answered(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """How the app begins its answer, and all of it."""
    start: list[Message] = []
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
        body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return start[0], bytes(body)


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
