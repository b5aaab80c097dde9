"""What a page fetches to draw by itself: the code of diffusion/browser/, and models, for whom they open."""

from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

import diffusion.browser
from diffusion.models.checkpoints import CheckpointError
from diffusion.serving.fetched.page_models import PageModel
from diffusion.serving.services import Services
from diffusion.support.checks import InputError
from diffusion.ui.visitor_cookie import visitor_of

CODE = Path(diffusion.browser.__file__).parent
KINDS = {".js": "text/javascript", ".wasm": "application/wasm", ".wgsl": "text/plain"}
FRESH = {"cache-control": "private, no-cache"}   # kept, but asked for anew: whether it has changed, who may open it


def browser_routes(services: Services) -> list[Route]:
    """Four addresses below browser/: code, descriptions, weights and the judge."""

    def describe(request: Request) -> Response:
        engine = services.engine.of(visitor_of(request))
        try:
            return JSONResponse(services.page_models.describe(engine, request.path_params["name"]), headers=FRESH)
        except InputError as error:
            return refusal(error)

    def weights(request: Request) -> Response:
        engine = services.engine.of(visitor_of(request))
        try:
            return numbers(request, services.page_models.file(engine, request.path_params["name"]))
        except InputError as error:
            return refusal(error)

    def judge(request: Request) -> Response:
        try:
            return numbers(request, services.page_models.judge_file(services.reference.judge))
        except InputError as error:
            return refusal(error)

    return [
        Route("/browser/code/{name}", code),
        Route("/browser/models/{name}", describe),
        Route("/browser/weights/{name}", weights),
        Route("/browser/judge", judge),
    ]


def code(request: Request) -> Response:
    """A file of the browser's device."""
    path = next((path for path in CODE.iterdir() if path.name == request.path_params["name"]), CODE)
    if path.suffix not in KINDS:
        return JSONResponse({"error": "there is no such file."}, 404)
    return FileResponse(path, media_type=KINDS[path.suffix], headers={"cache-control": "no-cache"})


def numbers(request: Request, file: PageModel) -> Response:
    """Weights, unless the page has them already."""
    return unless_known(request, file.contents, file.hash, "application/octet-stream")


def unless_known(
    request: Request, contents: bytes, hash: str | None = None, kind: str = "application/json"
) -> Response:
    """The contents, or that the page has them already, which it tells by their hash."""
    headers = FRESH | {"etag": f'"{hash or sha256(contents).hexdigest()}"'}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(contents, media_type=kind, headers=headers)


def refusal(error: InputError) -> Response:
    """Why there is nothing to fetch."""
    return JSONResponse({"error": str(error)}, 404 if isinstance(error, CheckpointError) else 409, headers=FRESH)
