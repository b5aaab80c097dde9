"""Requests and answers of a web app as they pass: bodies read within bounds, answers held back or put into words."""

import json
from html import escape
from math import isfinite
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffusion.support.faults import tell

MAX_BODY = 256_000   # bytes, of all but uploads
NO_FORM = "this question does not have the form that the lab takes: each of its values has a kind of its own."


class NotLetInError(Exception):
    """A request that is not let in, with an HTTP status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def plain_request(request: Any) -> Request | None:
    """Starlette's request, be it given as such or within Gradio's; None where there is none."""
    return getattr(request, "request", request)


async def answer(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
    """Answer with a sentence, where Gradio's page and its clients look for one."""
    await JSONResponse({"detail": sentence, "error": sentence}, status)(scope, receive, send)


async def answer_upload(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
    """Answer an upload, whose words the page shows as they come, as HTML."""
    await PlainTextResponse(escape(sentence, quote=False), status)(scope, receive, send)


async def answer_safely(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Let `app` answer; what breaks, or repeats all that was asked, is put into a sentence."""
    begun = False

    async def sending(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start" and message["status"] == 422:
            raise NotLetInError(422, NO_FORM)
        begun = True
        await send(message)

    try:
        await app(scope, receive, sending)
    except NotLetInError:
        raise
    except Exception as error:
        if isinstance(error.__cause__, HTTPException):   # a stream that found nothing to tell: it just ends
            return
        sentence = tell(error)
        if not begun:
            await answer(scope, receive, send, 500, sentence)


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


def asks_for_the_page(scope: Scope) -> bool:
    """Whether a request is for the page that the app is, or for what there is to say of it (HEAD)."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    return scope["path"].removeprefix(scope.get("root_path", "")) == "/"   # servers may leave the root path out


async def held_back(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """How an app begins its answer, and all of it."""
    start: list[Message] = []
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
        body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return start[0], bytes(body)


def json_values(body: bytes) -> Any:
    """The JSON values in a body, None where it is empty; NotLetInError if it is no JSON, or a number is not finite."""
    if not body:
        return None
    try:
        values = json.loads(body, parse_constant=_no_number, parse_float=_finite)
        if b"\\ud" in body.lower():   # half a character may be spelt so, which no answer could repeat
            json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotLetInError(400, "this question is no JSON that can be read.") from error
    return values


def _no_number(name: str) -> NoReturn:
    raise NotLetInError(400, f"{name} is no number: give a finite one.")


def _finite(text: str) -> float:
    value = float(text)
    return value if isfinite(value) else _no_number("a number beyond all bounds")
