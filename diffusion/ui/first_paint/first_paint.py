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
    script = _read(SCRIPT).replace("FILLING", json.dumps(filling()))
    # The style goes with what it is for: it would outdo that of a page which is set up for a projector.
    return (
        f'<div id="first-paint" aria-hidden="true" inert><style>{style()}</style><div>{seen}</div></div>'
        f"<script>{script}</script>"
    )


def style() -> str:
    """The theme's colours, and of the app's style what is seen."""
    within = f"#first-paint {{\n{read_asset('dissolve/dissolve.css')}}}"
    return "\n".join([theme()._get_theme_css(), *map(_read, (COLOURS, HEADER)), within, _read(STYLE)])


def filling() -> dict[str, dict[str, str]]:
    """What the component says and draws of the first drawing by itself, see dissolve.js: texts, and pictures as data:
    addresses, by selectors.
    """
    drawing, recorded = first_drawing(), dissolving()["recorded"]
    x_t = to_uint8(drawing.x_t)[0]
    guess = Image.frombytes("RGB", x_t.shape[1::-1], from_base64(recorded["guesses"])[: x_t.size])
    share = float(drawing.noise_schedule.noise_share(drawing.t))
    return {
        "texts": {".share": f"{100 * share:.0f} % noise", ".sentence": f"“{recorded['sentences'][0]}”"},
        "pictures": {".noised": data_url(Image.fromarray(x_t)), ".network": data_url(guess)},
    }


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
