"""The page, made once for each address by which it is opened, and sent packed, or not at all to who has it already."""

from asyncio import Lock, to_thread
from gzip import compress
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from diffusion.serving.caches import Recent
from diffusion.ui.asgi import asks_for_the_page, held_back
from diffusion.ui.routes.browser_routes import unless_known

KEPT = 8   # addresses: a third of a megabyte each
# What Gradio makes of a request, besides its path: the address of the app, which stands in the page.
TOLD_BY = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
OTHER_PAGES = ("deep_link", "page")   # in a query: what they lead to is not kept


class Made(NamedTuple):
    """A page as it is sent."""

    kind: str
    plain: bytes
    packed: bytes


class KeptPage:
    """ASGI middleware: the page that `app` makes is kept. It is a megabyte of JSON, and takes a tenth of a second, also
    where a page that draws by itself only asks whether the server is there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._pages: Recent[tuple[str | None, ...], Made] = Recent(KEPT)
        self._making = Lock()   # thirty who come at once wait for one page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not asks_for_the_page(scope) or any(key in Request(scope).query_params for key in OTHER_PAGES):
            await self._app(scope, receive, send)
            return
        try:
            page = await self._page(scope, receive)
        except _NoPageError as error:
            await error.response(scope, receive, send)
            return
        await _answer(Request(scope), page)(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive) -> Made:
        """The page, made if it is not kept; raises _NoPageError with what there is in its place."""
        key = scope.get("root_path", ""), scope["path"], scope["scheme"], *map(Headers(scope=scope).get, TOLD_BY)
        async with self._making:
            page = self._pages.get(key)
            if page is None:
                page = await self._made(scope, receive)
                self._pages.put(key, page)
        return page

    async def _made(self, scope: Scope, receive: Receive) -> Made:
        start, plain = await held_back(self._app, scope | {"method": "GET"}, receive)
        headers = Headers(raw=start["headers"])
        if start["status"] != 200:
            raise _NoPageError(Response(plain, start["status"], headers))
        return Made(headers["content-type"], plain, await to_thread(compress, plain))


class _NoPageError(Exception):
    """The app has another answer than its page."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def _answer(request: Request, page: Made) -> Response:
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    response = unless_known(request, page.packed if is_packed else page.plain, kind=page.kind)
    response.headers["vary"] = "accept-encoding"
    if request.method == "HEAD":
        response.body = b""   # its length is told
    if is_packed:
        response.headers["content-encoding"] = "gzip"
    return response
