"""Two mixes remembered, and the sprites on the way from one to the other."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from diffusion.serving.desks.mixing_desk import PATH_ROWS, path_between, shown_mix
from diffusion.serving.requests import RunRequest
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import frames_payload
from diffusion.support.checks import InputError, whole
from diffusion.ui import controls
from diffusion.ui.components.player.player import pack, player
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.words import lessons, runs

Recipe = dict[str, Any]


def path_section(services: Services, view: gr.HTML) -> dict[str, gr.State]:
    """Build the section; returns the remembered mixes, "A" and "B", as recipes."""
    welcomed = welcome(services)

    def remembering(name: str) -> Callable[..., tuple[Recipe, gr.Button]]:
        @welcomed
        def remember_mix(guest: Guest, shown: str) -> tuple[Recipe, gr.Button]:
            mix, _ = shown_mix(guest.engine, shown)
            return mix.recipe, gr.Button(f"Remembered as {name}: {runs.mix(mix)}")

        return remember_mix

    @welcomed
    def draw_path(guest: Guest, a: Recipe | None, b: Recipe | None, walk: bool, seed: int) -> tuple[str, str]:
        if a is None or b is None:
            raise InputError("remember a mix as A and another one as B first.")
        mix_a, mix_b = RunRequest.from_recipe(a), RunRequest.from_recipe(b)
        request = path_between(mix_a, mix_b, whole("seed at B", seed) if walk else mix_a.config.seed)
        run = guest.engine.trajectory(request)
        strip = pack(frames_payload(run.sprites[None], [""]), request=request, columns=request.columns)
        return strip, runs.path(run, request.path.points, PATH_ROWS, guest.engine.device.type)

    mixes = {name: gr.State(None) for name in "AB"}
    with gr.Accordion("A path from one mix to another", open=False):
        controls.lesson(lessons.PATH)
        with gr.Row():
            buttons = {name: gr.Button(f"Remember this mix as {name}", min_width=160) for name in "AB"}
        with gr.Row():
            walk = gr.Checkbox(False, label="Walk to another noise as well", min_width=160)
            seed = gr.Number(1, label="Seed at B", precision=0, minimum=0, maximum=controls.MAX_SEED, min_width=120)
            draw = gr.Button("Draw the path", variant="primary", min_width=160)
        strip = player(services, "path-player")
        about = gr.Markdown(elem_classes="facts")

    for name, button in buttons.items():
        button.click(remembering(name), view, [mixes[name], button], **controls.TELLING)
    draw.click(
        draw_path, [*mixes.values(), walk, seed], [strip, about],
        api_visibility="private", concurrency_limit=2, show_progress_on=about,
    )   # fmt: skip
    return mixes
