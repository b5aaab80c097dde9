"""What those show who preview a link to the lab: its own title, sentence and picture."""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from diffusion.support.checks import InputError
from diffusion.ui.routes.own_address import root_of
from diffusion.ui.routes.touched_page import Touch

PICTURE = Path(__file__).parents[3] / "assets" / "preview.png"
SIZE = 1200, 630   # px, as previews are shown largest
ADDRESS = "preview.png"
# What Gradio's page tells: the address of Gradio, and neither a picture nor a sentence.
OF_GRADIO = re.compile(rb'<meta property="og:url".*?<meta name="twitter:image"[^>]*>', re.DOTALL)


def preview_routes() -> list[Route]:
    """The address of the picture."""
    return [Route(f"/{ADDRESS}", lambda _: FileResponse(PICTURE))]


def previewed(title: str, sentence: str) -> Touch:
    """Has the page tell the address by which it was asked for, and what the lab is."""

    def told(request: Request) -> bytes:
        try:
            root = root_of(request)
        except InputError:   # a name that cannot be is not repeated
            return preview_tags(title, sentence).encode()
        return preview_tags(title, sentence, f"{root}/{ADDRESS}", {"og:url": f"{root}/"}).encode()

    return lambda request, page: OF_GRADIO.sub(lambda _: told(request), page, count=1)


def preview_tags(title: str, sentence: str, picture: str | None = None, more: Mapping[str, str] | None = None) -> str:
    """The HTML that tells of a page, of its picture by the picture's address."""
    told = {"og:type": "website", "og:title": title, "og:description": sentence, **(more or {})}
    if picture:
        told |= {"og:image": picture, "og:image:width": str(SIZE[0]), "og:image:height": str(SIZE[1])}
        told |= {"twitter:card": "summary_large_image"}
    return "\n".join(f'<meta property="{key}" content="{escape(text)}">' for key, text in told.items())
