"""The page as Gradio makes it, with what it leaves out."""

import re
from collections.abc import Callable, Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from diffusion.ui.asgi import asks_for_the_page, held_back

Touch = Callable[[Request, bytes], bytes]   # what was asked, and the page -> the page
BODY = re.compile(rb"<body[^>]*>")


class TouchedPage:
    """ASGI middleware: the page that `app` makes passes through each of `touches`."""

    def __init__(self, app: ASGIApp, touches: Sequence[Touch]) -> None:
        self._app, self._touches = app, touches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not asks_for_the_page(scope) or scope["method"] == "HEAD":
            await self._app(scope, receive, send)
            return
        start, page = await held_back(self._app, scope, receive)
        for touch in self._touches:
            page = touch(Request(scope), page)
        MutableHeaders(raw=start["headers"])["content-length"] = str(len(page))
        await send(start)
        await send({"type": "http.response.body", "body": page})


def begun_with(html: str) -> Touch:
    """Puts something at the beginning of the page's body: the last one that is spelt, since scripts come before it."""

    def begun(request: Request, page: bytes) -> bytes:
        ends = [body.end() for body in BODY.finditer(page)]
        return page[: ends[-1]] + html.encode() + page[ends[-1] :] if ends else page

    return begun
