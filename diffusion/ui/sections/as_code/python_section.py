"""What a tab shows as a Python script, at the bottom of the tab: written when it is asked for, so that it costs nothing
before."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.serving.services import Services
from diffusion.ui import controls
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.here import script
from diffusion.ui.words import lessons

ONCE_DRAWN = Path(__file__).with_name("once_drawn.js")


def python_section(
    services: Services,
    tab: str,
    write: Callable[..., str],
    inputs: Sequence[gr.components.Component],
    settle: str | None = None,
) -> None:
    """Build the accordion; `write` makes the script of the guest and the values of `inputs`, those of the tab's run.

    settle: what the page does first, so that the inputs have their values, in JavaScript.
    """

    @welcome(services)
    def as_python(guest: Guest, *values: Any) -> gr.Code:
        return gr.Code(write(guest, *values), visible=True)

    with gr.Accordion(lessons.AS_PYTHON, open=False, elem_id=f"{tab}-python") as accordion:
        controls.lesson(lessons.SCRIPT)
        button = gr.Button(lessons.WRITE_IT, size="sm")
        # Until there is a script, nothing of what shows it is fetched.
        code = gr.Code(
            language="python", label="Python", interactive=False, visible=False, show_line_numbers=False,
            buttons=["copy"],
        )   # fmt: skip
    asked, written = [accordion.expand, button.click], {"api_name": f"{tab}_as_python", **controls.FOLLOWING}
    if settle is None:
        gr.on(asked, as_python, inputs, code, **written)
        return
    gr.on(asked, **controls.in_page(settle)).then(as_python, inputs, code, **written)


def once_drawn(view: gr.HTML) -> str:
    """What the page waits for, in JavaScript, where the input is a picture that follows: see following.js."""
    return script(ONCE_DRAWN, {"picture": f"#{view.elem_id} [data-drawn]"})
