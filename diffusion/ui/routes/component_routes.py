"""Components that are fetched once they are seen."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from diffusion.ui.components.component import FOLDER, late_module
from diffusion.ui.routes.browser_routes import unless_known


def component_routes() -> list[Route]:
    """An address for each component, below components/."""
    return [Route("/components/{name}.js", module)]


def module(request: Request) -> Response:
    """A component as a module."""
    name = request.path_params["name"]
    if name not in {path.stem for path in FOLDER.glob("*/*.js")}:
        return JSONResponse({"error": "there is no such component."}, 404)
    return unless_known(request, late_module(name).encode(), kind="text/javascript")
