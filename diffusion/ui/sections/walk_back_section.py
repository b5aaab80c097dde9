"""A drawing walked back to its noise and forwards again, and two drawings blended between their noises."""

from typing import Any

import gradio as gr
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.editing import PIXELS, picture_of
from diffusion.explain.walked_back import BLENDED, TOUCH, blend, restoration, walk_back
from diffusion.generation import context_rows
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import frames_payload, run_payload
from diffusion.support.checks import InputError, check_known
from diffusion.support.images import from_base64, to_uint8
from diffusion.ui import controls
from diffusion.ui.components.player.player import pack, player
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.words import edits

STEPS = (10, 25, 50, 100)


def walk_back_section(services: Services, editor: gr.HTML, checkpoint: gr.Dropdown, sliders: list[gr.Slider]) -> None:
    """Build the accordion; it asks for what the sliders say."""
    welcomed = welcome(services)

    @welcomed
    def walk_drawing_back(
        guest: Guest, drawing: str, checkpoint: str, steps: int, touched: bool, *weights: float
    ) -> tuple[str, str]:
        check_known("steps", str(steps), [str(known) for known in STEPS])
        model = guest.engine.model(checkpoint)
        mix = dict(zip(model.categories, weights, strict=False))
        asked = context_rows(mix, model.categories, 1)
        picture, touch, paced = drawn(drawing, model), TOUCH if touched else 0, guest.engine.giving_way
        walked = walk_back(model, picture, asked, steps, touch, paced)
        others = [restoration(model, picture, n, touch, paced) for n in STEPS if n != steps and n <= model.schedule.T]
        runs = (walked.back, walked.restored, walked.other)
        lanes = [run_payload(run, title) for run, title in zip(runs, edits.LANES, strict=True)]
        return pack(*lanes, clock="step"), edits.walked_back(walked, others)

    @welcomed
    def remember_drawing(guest: Guest, drawing: str, checkpoint: str) -> tuple[str, gr.Button]:
        drawn(drawing, guest.engine.model(checkpoint))
        return drawing, gr.Button(edits.REMEMBERED)

    @welcomed
    def blend_drawings(guest: Guest, first: str | None, drawing: str, checkpoint: str, steps: int) -> str:
        if first is None:
            raise InputError("remember a drawing as A first, then draw or choose another one.")
        check_known("steps", str(steps), [str(known) for known in STEPS])
        model = guest.engine.model(checkpoint)
        ends = drawn(first, model), drawn(drawing, model)
        sprites = to_uint8(blend(model, *ends, steps, guest.engine.giving_way))
        return pack(frames_payload(sprites[None], [""]), columns=BLENDED, autoplay=False)

    with gr.Accordion("Back to its noise, and forwards again", open=False, elem_id="walk-back"):
        controls.lesson(edits.BACK)
        with gr.Row():
            steps = gr.Radio(STEPS, value=25, label="Steps each way", min_width=200)
            touched = gr.Checkbox(False, label=edits.WITH_A_TOUCH, min_width=200)
            button = gr.Button("Walk back and forwards", variant="primary", min_width=160)
        view = player(services, "walk-player")
        facts = gr.Markdown(elem_classes="facts")
        controls.lesson(edits.WHY)
        controls.lesson(edits.BLEND)
        first = gr.State(None)
        with gr.Row():
            remember = gr.Button(edits.REMEMBER, min_width=160)
            blending = gr.Button("Blend A with this drawing", variant="primary", min_width=160)
        arc = player(services, "arc-player")

    gr.on(
        [button.click, steps.input, touched.input],
        walk_drawing_back, [editor, checkpoint, steps, touched, *sliders], [view, facts],
        api_visibility="private", concurrency_limit=2, show_progress_on=facts,
        trigger_mode="always_last",
    )   # fmt: skip
    remember.click(remember_drawing, [editor, checkpoint], [first, remember], **controls.TELLING)
    blending.click(
        blend_drawings, [first, editor, checkpoint, steps], arc, api_visibility="private", concurrency_limit=2
    )


def drawn(text: Any, model: DiffusionModel) -> Tensor:
    """The drawing that the editor tells of, (3, 16, 16) in [-1, 1]; InputError if it is none."""
    try:
        pixels = from_base64(text)
    except (TypeError, ValueError) as error:
        raise InputError(edits.NO_DRAWING) from error
    if len(pixels) != 3 * PIXELS:
        raise InputError(edits.NO_DRAWING)
    return picture_of(pixels, model)
