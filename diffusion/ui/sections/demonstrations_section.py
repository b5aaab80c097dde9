"""Demonstrations in the Sample tab: a right run and a wrong one, side by side from the same noise."""

import gradio as gr
import numpy as np

from diffusion.explain.as_taught import has_course_network
from diffusion.explain.demonstrations import DEMONSTRATIONS
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.serving.wire_formats import run_payload
from diffusion.ui.components.player.player import pack
from diffusion.ui.words import lessons, runs

BY_TITLE = {demonstration.title: name for name, demonstration in DEMONSTRATIONS.items()}   # what buttons stand for


def fault_choice(engine: Engine, checkpoint: str | None) -> gr.Checkbox:
    """Whether to show the course's fault as well; it can be seen with the course's network only."""
    shown = bool(checkpoint) and has_course_network(engine.model(checkpoint))
    return gr.Checkbox(False, label="Beside it, the same run as in the course", info=lessons.FAULT, visible=shown)


def fitting_buttons(engine: Engine, checkpoint: str | None) -> list[gr.Button]:
    """A button for each demonstration, hidden where the model cannot show it."""
    model = engine.model(checkpoint) if checkpoint else None
    return [
        gr.Button(demonstration.title, size="sm", min_width=0, visible=model is not None and demonstration.fits(model))
        for demonstration in DEMONSTRATIONS.values()
    ]


def side_by_side(engine: Engine, name: str, request: RunRequest) -> tuple[str, str]:
    """The player's value with the right and the wrong run, and what is seen in a few sentences."""
    demonstration = DEMONSTRATIONS[name]
    right, wrong = engine.demonstration(name, request)
    lanes = run_payload(right, demonstration.right), run_payload(wrong, demonstration.wrong)
    difference = np.abs(right.sprites.astype(float) - wrong.sprites).mean()
    seen = runs.side_by_side(demonstration, right, wrong, difference, engine.device.type)
    return pack(*lanes, clock="step"), seen
