"""The picture of the Context tab as a Gradio component, with what it asks the server."""

import base64
from collections.abc import Callable
from typing import Any

import gradio as gr

from diffusion.engine import Engine
from diffusion.mixing_desk import N_SPRITES, Ask, draw, page_mix, refine
from diffusion.ui.component import component


def mix_view(engine: Engine, elem_id: str) -> gr.HTML:
    """The picture; its value is the JSON that `shown_mix` reads. See mix_view.js for what it asks when."""

    def gif(ask: Ask) -> str:
        """The run of a mix as a base64 GIF; called by the save button."""
        request = page_mix(engine, ask)
        return base64.b64encode(engine.trajectory(request).gif(request.recipe)).decode()

    def png(ask: Ask) -> str:
        """The sprites of a mix as a base64 PNG; called by the save button."""
        request = page_mix(engine, ask)
        return base64.b64encode(engine.trajectory(request).png(request.recipe)).decode()

    questions = [_answering("draw", draw, engine), _answering("refine", refine, engine), gif, png]
    return component("mix_view", elem_id, server_functions=questions, sprites=N_SPRITES, noises="")


def _answering(name: str, answer: Callable[[Engine, Ask], dict[str, Any]], engine: Engine) -> Callable:
    """A question of the page under its name; what is wrong with it is told in a sentence."""

    def answered(ask: Ask) -> dict[str, Any]:
        try:
            return answer(engine, ask)
        except ValueError as error:
            return {"error": str(error)}

    answered.__name__ = name
    return answered
