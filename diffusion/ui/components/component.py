"""How a component of our own is built from the files in its folder."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.ui.telling import answered

FOLDER = Path(__file__).parent
SENTENCES = "sentences.js"
SLIDING, PAINTING, TRAINING = ("sliding.js",), ("painting.js",), ("training.js",)
FOLLOWING = (*SLIDING, "pursuit.js", "following.js")
USES = {   # files beside the folders, by components
    "mix_view": FOLLOWING, "edit_view": FOLLOWING, "unet": SLIDING, "drawing": PAINTING, "pixel_editor": PAINTING,
    "loss_plot": TRAINING, "noise_bands": TRAINING,
}   # fmt: skip
# Those whose JavaScript is no part of the page: many of one kind, or long. It is fetched as the page opens.
FETCHED = ("player", "edit_view", "pixel_editor", "loss_plot", "frontier_plot", "unet", "favourites")
GIVEN = "element, props, watch, trigger, server"   # what a component's JavaScript finds, see shared.js


def component(name: str, elem_id: str, value: str = "", questions: Sequence[Callable] = (), **props: Any) -> gr.HTML:
    """The component in the folder `name`; `props` are what its JavaScript finds in `props`.

    questions: functions that it may ask, by their names in `server`; what goes wrong they answer in a sentence.
    """
    html, css = (read_asset(f"{name}/{name}.{kind}") for kind in ("html", "css"))
    js = read_asset("fetched.js").replace("NAME", name) if name in FETCHED else javascript(name)
    return _made(elem_id, value, questions, html, css, js, props)


def late_component(
    name: str, elem_id: str, value: str = "", questions: Sequence[Callable] = (), **props: Any
) -> gr.HTML:
    """The same, but no part of the page: all of it is fetched once it is first seen. It stays as its JavaScript leaves
    it, so nothing else may change its properties.
    """
    return _made(elem_id, value, questions, "", "", read_asset("late.js"), props | {"module": name, "place": elem_id})


def preloads() -> str:
    """What the page's head needs, so that what is fetched is there before it is needed, even if the server has gone."""
    return "".join(f'<link rel="modulepreload" href="components/{name}.js">' for name in FETCHED)


def _made(
    elem_id: str, value: str, questions: Sequence[Callable], html: str, css: str, js: str, props: dict[str, Any]
) -> gr.HTML:
    return gr.HTML(
        value, elem_id=elem_id, html_template=html, css_template=css, js_on_load=js,
        server_functions=[answered(question) for question in questions], **props,
    )   # fmt: skip


def javascript(name: str) -> str:
    """The JavaScript of a component: what all share, what it uses, and its own."""
    return "".join(read_asset(path) for path in (SENTENCES, "shared.js", *USES.get(name, ()), f"{name}/{name}.js"))


def component_module(name: str) -> str:
    """A component's JavaScript as a module, whose function starts it where it finds what Gradio would give it."""
    return f"export default ({GIVEN}) => {{\n{javascript(name)}}};\n"


def late_module(name: str) -> str:
    """The same with its html and its css."""
    parts = {kind: read_asset(f"{name}/{name}.{kind}") for kind in ("html", "css")}
    return component_module(name) + "".join(f"export const {part} = {json.dumps(parts[part])};\n" for part in parts)


def read_asset(path: str) -> str:
    """The text of a file of the components, such as "player/player.css"."""
    return (FOLDER / path).read_text(encoding="utf-8")
