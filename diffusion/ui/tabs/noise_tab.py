"""The Noise tab: a drawing dissolves, and beside it is what can be known of it, by heart and by a network."""

import json
from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.explain.dissolving import FIRST_SEED, first_drawing, stretches
from diffusion.explain.noised_sprite import NoisedSprite, denoising, network_guess, noise_of
from diffusion.explain.shelf_sprites import PAINTED
from diffusion.explain.thoughts import Thinker, Thought
from diffusion.schedule import SCHEDULES
from diffusion.serving.engine import Engine
from diffusion.serving.scripts.run_scripts import noise_script
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import run_payload
from diffusion.support.checks import whole
from diffusion.support.images import as_base64, to_uint8
from diffusion.ui import controls
from diffusion.ui.components.component import component
from diffusion.ui.components.player.player import pack, player
from diffusion.ui.guests import Guest, refreshed, welcome
from diffusion.ui.here import script
from diffusion.ui.sections.as_code.python_section import python_section
from diffusion.ui.sections.by_heart_section import by_heart_section
from diffusion.ui.sections.plane.plane_section import plane_section
from diffusion.ui.sections.sprite_shelf import paints, shelf
from diffusion.ui.words import devices, lessons, runs, tour

HERE, PUSH = (Path(__file__).with_name(name) for name in ("denoise_here.js", "noise_push.js"))
HOLD = '() => { document.dispatchEvent(new Event("hold")); }'   # it may be dissolving by itself
RECORDED = Path(__file__).parents[3] / "assets" / "dissolving.json"   # how it dissolves, to be seen before all else


def noise_tab(services: Services, demo: gr.Blocks) -> gr.Dropdown:
    """Build the tab inside `demo`; returns its choice of model."""
    engine, reference, welcomed = services.engine, services.reference, welcome(services)

    @welcomed
    def guess(guest: Guest, drawing: str) -> str:
        """The network's x0, where the page itself has none; called by the page, with the model's name beside."""
        return guess_of(guest.engine, drawing)

    @welcomed
    def think(guest: Guest, drawing: str) -> dict[str, Any]:
        """What one thinks who knows the training sprites by heart; called by the page."""
        return thought_of(guest.engine, reference.thinker, drawing)

    @welcomed
    def denoise_from_here(guest: Guest, drawing: str, checkpoint: str) -> tuple[str, str]:
        run = guest.engine.recorded(denoising(guest.engine.model(checkpoint), NoisedSprite.from_json(drawing)))
        return pack(run_payload(run)), runs.denoised(run, engine.device.type)

    @welcomed
    def noise_by_name(
        guest: Guest, checkpoint: str, drawing: str, t: int, seed: int = 0, schedule: str = "linear"
    ) -> str:
        """A drawing under noise for programs: x_t and both guesses out, as JSON; pictures as the drawing is given.

        drawing: base64 of the 768 bytes of a 16x16 RGB picture.
        """
        fields = {"pixels": drawing, "t": whole("t", t), "seed": whole("seed", seed), "schedule": schedule}
        told = json.dumps(fields | {"checkpoint": checkpoint})
        seen = as_base64(to_uint8(NoisedSprite.from_json(told).x_t)[0])
        thought = thought_of(guest.engine, reference.thinker, told)
        return json.dumps(thought | {"x_t": seen, "network": guess_of(guest.engine, told)})

    def states(drawing: str) -> list[dict[str, Any]]:
        """What would be thought along the schedule; called by the page."""
        return stretches(reference.thinker, NoisedSprite.from_json(drawing))

    with gr.Tab("Noise", id="noise", elem_id="tab-noise") as tab:
        shown = dissolving(runs.DISSOLVING | {"tour": tour.TAKE})
        drawing = component("dissolve", "dissolve", questions=[think, guess, states], **shown)
        with gr.Row():
            with gr.Column(scale=2, min_width=220):
                controls.lesson(lessons.DENOISE)
                checkpoint = controls.checkpoint_choice(engine)
                button = gr.Button("Denoise from here", variant="primary")
                by_server = gr.Button("By the server", visible="hidden", elem_id="noise-by-server")
                about = gr.Markdown("", elem_classes="facts")
                component("device_switch", "noise-device", words=devices.NOISE_STATES)
            with gr.Column(scale=3, min_width=320):
                view = player(services, "noise-player")
        controls.lesson(lessons.NOISE)
        with gr.Row():
            with gr.Column(scale=1, min_width=320):
                component("drawing", "noise-drawing", material=material())
            with gr.Column(scale=1, min_width=320):
                component("thought", "thought")

        by_heart_section(services, checkpoint)
        gr.api(noise_by_name, api_name="noise", queue=False)
        plane_section(services, checkpoint)
        python_section(services, "noise", denoising_as_python, [drawing, checkpoint], HOLD)

    push = controls.in_page(PUSH.read_text(encoding="utf-8"), [checkpoint])
    gr.on([checkpoint.input, tab.select, demo.load], **push)
    button.click(None, None, about, js=script(HERE, runs.ON_PAGE), **controls.PRIVATE)
    by_server.click(
        denoise_from_here, [drawing, checkpoint], [view, about],
        api_visibility="private", concurrency_limit=2, show_progress_on=about,
    )   # fmt: skip
    tab.select(welcomed(refreshed), None, checkpoint, **controls.PRIVATE)
    return checkpoint


def denoising_as_python(guest: Guest, drawing: str, checkpoint: str) -> str:
    """The script that denoises the drawing from where it is."""
    return noise_script(guest.engine, checkpoint, NoisedSprite.from_json(drawing), PAINTED)


def guess_of(engine: Engine, drawing: str) -> str:
    """The x0 that a network sees in a drawing under noise, as base64; both in JSON."""
    noised, checkpoint = NoisedSprite.from_json(drawing), str(json.loads(drawing).get("checkpoint"))
    model = engine.model(checkpoint)
    return as_base64(to_uint8(engine.at_once(lambda: network_guess(model, noised)))[0])


def thought_of(engine: Engine, thinker: Thinker, drawing: str) -> dict[str, Any]:
    """What one thinks of a drawing under noise, in JSON, who knows the training sprites by heart."""
    noised = NoisedSprite.from_json(drawing)
    return thought_values(noised, engine.at_once(lambda: thinker.think(noised)), thinker)


def dissolving(words: dict[str, str] = runs.DISSOLVING) -> dict[str, Any]:
    """What the page needs to let the first drawing dissolve at once."""
    return {
        "alphaBar": {name: make().alpha_bar.tolist() for name, make in SCHEDULES.items()},
        "t": first_drawing().t,
        "recorded": json.loads(RECORDED.read_text(encoding="utf-8")),
        "words": words,
    }


def material() -> dict[str, Any]:
    """All that the page needs once: schedules, the first noise, colours, and sprites to choose from."""
    known, unseen = shelf()
    return {
        "alphaBar": {name: make().alpha_bar.tolist() for name, make in SCHEDULES.items()},
        "noise": as_base64(noise_of(FIRST_SEED).numpy()),   # float32 (3, 16, 16)
        "seed": FIRST_SEED,
        "palette": paints(),
        "known": known,
        "unseen": unseen,
    }


def thought_values(noised: NoisedSprite, thought: Thought, thinker: Thinker) -> dict[str, Any]:
    """What the panel shows of a thought, as JSON values."""
    return {
        "t": noised.t,
        "state": thought.state,
        "sentence": thought.sentence,
        "drawing": thought.drawing,
        "itself": thought.itself,
        "candidates": thought.candidates,
        "sprites": len(thinker.sprites),
        "categories": thought.categories,
        "likeliest": [
            {"pixels": as_base64(thinker.sprites.images[like.index]), "p": like.p, "name": like.description}
            for like in thought.likeliest
        ],
        "by_heart": as_base64(to_uint8(thought.x0)[0]),
    }
