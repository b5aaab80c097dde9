"""What guidance does to the mix on the page, as pictures of one step."""

from dataclasses import replace

import gradio as gr

from diffusion.explain.guided_step import GuidedStep, take_apart
from diffusion.serving.desks.mixing_desk import shown_mix
from diffusion.serving.requests import RunRequest
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import frames_payload
from diffusion.ui import controls
from diffusion.ui.components.player.player import pack, player
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.words import lessons, runs

SPRITES = 4


def guidance_section(services: Services, view: gr.HTML) -> None:
    """Build the section."""

    @welcome(services)
    def take_guidance_apart(guest: Guest, shown: str, noise: float) -> tuple[str, str]:
        mix, _ = shown_mix(guest.engine, shown)
        step = taken_apart(guest, mix.first(SPRITES), noise / 100)
        pictures = step.x_t, step.without, step.within, step.difference, step.guided
        lanes = zip(pictures, runs.guided_lanes(step), strict=True)
        payloads = [frames_payload(sprites[None], [""]) | {"title": title} for sprites, title in lanes]
        return pack(*payloads, autoplay=False, clock="step"), runs.guided(step)

    with gr.Accordion("What guidance does", open=False):
        controls.lesson(lessons.GUIDANCE)
        with gr.Row():
            noise = gr.Slider(5, 100, value=70, step=1, label="Noise, in percent", min_width=200)
            look = gr.Button("Take this step apart", variant="primary", min_width=160)
        pictures = player(services, "guidance-player")
        about = gr.Markdown(elem_classes="facts")
    gr.on([look.click, noise.release], take_guidance_apart, [view, noise], [pictures, about], **controls.FOLLOWING)


def taken_apart(guest: Guest, mix: RunRequest, share: float) -> GuidedStep:
    """The step of a mix at a share of noise, its categories as one context; InputError if a student draws it."""
    mix = replace(mix, config=replace(mix.config, mixing="vector"))
    model = guest.engine.model(mix.checkpoint)
    guidance = model.config.guidance if mix.config.guidance is None else mix.config.guidance
    run, context = mix.run(model), mix.context(model)
    return guest.engine.at_once(lambda: take_apart(model, run, context, guidance, share))
