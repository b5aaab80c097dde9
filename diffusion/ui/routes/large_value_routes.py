"""Where pages fetch what is too large for Gradio's way to a component."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diffusion.serving.services import Services
from diffusion.support.checks import InputError
from diffusion.ui.routes.browser_routes import FRESH, refusal

FOLDER = "large"


def large_value_routes(services: Services) -> list[Route]:
    """The address of each value, below large/."""

    def value(request: Request) -> Response:
        try:
            contents = services.large_values.get(request.path_params["key"])
        except InputError as error:
            return refusal(error)
        # No text, so that it is not packed on its way: most of it is noise.
        return Response(contents, media_type="application/octet-stream", headers=FRESH)

    return [Route(f"/{FOLDER}/{{key}}", value)]
