"""How a component of our own is built from the files in its folder."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.ui.telling import answered

FOLDER = Path(__file__).parent
USES = {"mix_view": ["pursuit.js"], "edit_view": ["pursuit.js"]}   # files beside the folders, by components


def component(name: str, elem_id: str, value: str = "", questions: Sequence[Callable] = (), **props: Any) -> gr.HTML:
    """The component in the folder `name`; `props` are what its JavaScript finds in `props`.

    questions: functions that it may ask, by their names in `server`; what goes wrong they answer in a sentence.
    """
    html, css = (read_asset(f"{name}/{name}.{kind}") for kind in ("html", "css"))
    return gr.HTML(
        value, elem_id=elem_id, html_template=html, css_template=css, js_on_load=javascript(name),
        server_functions=[answered(question) for question in questions], **props,
    )   # fmt: skip


def javascript(name: str) -> str:
    """The JavaScript of a component: what all share, what it uses, and its own."""
    return "".join(read_asset(path) for path in ("shared.js", *USES.get(name, ()), f"{name}/{name}.js"))


def read_asset(path: str) -> str:
    """The text of a file of the components, such as "player/player.css"."""
    return (FOLDER / path).read_text(encoding="utf-8")
