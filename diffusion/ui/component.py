"""Gradio components of our own: a small HTML, CSS and JavaScript file each, of one name, in this folder."""

from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent


def component(name: str, elem_id: str, value: str = "", **props: Any) -> gr.HTML:
    """The component whose files are called `name`; `props` are what its JavaScript finds in `props` and `server`.

    Its JavaScript comes after that of shared.js.
    """
    html, css, js = (_file(f"{name}.{kind}") for kind in ("html", "css", "js"))
    return gr.HTML(
        value, elem_id=elem_id, html_template=html, css_template=css, js_on_load=_file("shared.js") + js, **props
    )


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
