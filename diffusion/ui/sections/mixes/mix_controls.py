"""The controls of a mix, as one thing: what they show goes to the picture, and a mix can be shown on them again."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from diffusion.generation import cleaned_with, context_rows
from diffusion.mixing import WEIGHTS, WIDE_WEIGHTS
from diffusion.serving.desks.mixing_desk import N_SPRITES
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError
from diffusion.ui import controls


class MixControls(NamedTuple):
    """All that says what to draw, and the picture that follows."""

    checkpoint: gr.Dropdown
    mixing: gr.Radio
    wide: gr.Checkbox
    guidance: gr.Slider
    seed: gr.Number
    clean: gr.Checkbox
    sliders: list[gr.Slider]
    view: gr.HTML

    @property
    def inputs(self) -> list[Any]:
        """What mix_push.js takes, in its order."""
        return [self.checkpoint, self.mixing, self.wide, self.guidance, self.seed, self.clean, *self.sliders]

    @property
    def push(self) -> dict[str, Any]:
        """The event that gives the picture what the controls show."""
        return controls.in_page(script("mix_push.js"), self.inputs)


def script(name: str) -> str:
    """A script of this folder that runs in the page between two components."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def showing(engine: Engine, request: RunRequest) -> list[Any]:
    """Updates of `inputs` and `view` that show a mix again; InputError if it is none, or of other categories."""
    if request.edit:
        raise InputError("this picture was made from a drawing: give it to the Edit tab.")
    if request.weights is None:
        raise InputError("this picture shows the categories in turn, not a mix: the Sample tab draws it.")
    model, config, weights = engine.model(request.checkpoint), request.config, dict(request.weights)
    context_rows(weights, model.categories, 1)   # so that none is left out in silence
    wide = not all(WEIGHTS[0] <= weight <= WEIGHTS[1] for weight in weights.values())
    low, high = WIDE_WEIGHTS if wide else WEIGHTS
    sliders = [
        gr.Slider(**looks | {"minimum": low, "maximum": high, "value": weights.get(looks["label"], 0.0)})
        for looks in controls.slider_looks(model.categories)
    ]
    guidance = model.config.guidance if config.guidance is None else config.guidance
    origins = (config.origins_from(0, config.n) + [(config.seed, k) for k in range(config.n, N_SPRITES)])[:N_SPRITES]
    noises = json.dumps({"seed": config.seed, "origins": origins})
    clean = bool(cleaned_with(model, config))
    return [request.checkpoint, config.mixing, wide, guidance, config.seed, clean, *sliders, gr.HTML(noises=noises)]
