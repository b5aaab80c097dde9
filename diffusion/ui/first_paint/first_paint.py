"""What the page shows at once, while Gradio builds it: the first drawing as it stands before it dissolves."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from PIL import Image

from diffusion.explain.dissolving import first_drawing
from diffusion.support.images import from_base64, to_uint8
from diffusion.ui.components.component import read_asset
from diffusion.ui.first_paint.header import header
from diffusion.ui.picture_html import data_url
from diffusion.ui.tabs.noise_tab import dissolving
from diffusion.ui.theme import COLOURS, HEADER, theme

STYLE, SCRIPT = (Path(__file__).with_suffix(kind) for kind in (".css", ".js"))


def first_paint(tabs: Mapping[str, str]) -> str:
    """The HTML for the beginning of the page's body; tabs: their names by their keys."""
    names = "".join(f'<span data-tab="{key}">{escape(name)}</span>' for key, name in tabs.items())
    seen = f'{header()}<div class="names">{names}</div>{read_asset("dissolve/dissolve.html")}'
    script = _read(SCRIPT).replace("FILLING", json.dumps({"texts": texts(), "pictures": pictures()}))
    # The style goes with what it is for: it would outdo that of a page which is set up for a projector.
    return (
        f'<div id="first-paint" aria-hidden="true" inert><style>{style()}</style><div>{seen}</div></div>'
        f"<script>{script}</script>"
    )


def style() -> str:
    """The theme's colours, and of the app's style what is seen."""
    within = f"#first-paint {{\n{read_asset('dissolve/dissolve.css')}}}"
    return "\n".join([theme()._get_theme_css(), *map(_read, (COLOURS, HEADER)), within, _read(STYLE)])


def texts() -> dict[str, str]:
    """What the component says of the first drawing by itself, see dissolve.js, by selectors."""
    drawing = first_drawing()
    share = float(drawing.noise_schedule.noise_share(drawing.t))
    [sentence, *_] = dissolving()["recorded"]["sentences"]
    return {
        ".share": f"{share:.0%} noise".replace("%", " %"),
        ".sentence": f"“{sentence}”",
    }


def pictures() -> dict[str, str]:
    """The first drawing and what the network takes it for, as data: addresses, by selectors."""
    drawing = to_uint8(first_drawing().x_t)[0]
    height, width, channels = drawing.shape
    guess = from_base64(dissolving()["recorded"]["guesses"])[: height * width * channels]
    drawn = {".noised": drawing.tobytes(), ".network": guess}
    return {selector: data_url(Image.frombytes("RGB", (width, height), data)) for selector, data in drawn.items()}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
