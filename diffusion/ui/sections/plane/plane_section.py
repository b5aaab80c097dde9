"""The geometry of diffusion on a plane, where all of it can be seen, and then on a plane through three sprites."""

import gradio as gr
import numpy as np

from diffusion.explain.shelf_sprites import shelf_sprites
from diffusion.explain.sprite_plane import CORNERS, walks
from diffusion.serving.services import Services
from diffusion.ui import controls
from diffusion.ui.components.component import late_component
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.sections.plane.sprite_walks import walks_html
from diffusion.ui.words import geometry

FIRST = [0, 4, 6]   # of the shelf
NAME_WORDS = 3
NOISES = 99


def plane_section(services: Services, checkpoint: gr.Dropdown) -> None:
    """Build the section for the model that is chosen; its paper is drawn by the page alone, once it is opened."""
    known, welcomed = shelf_sprites()[0], welcome(services)

    @welcomed
    def walk_on_sprites(guest: Guest, name: str, places: list[int], seed: float) -> str:
        student, chosen = guest.engine.student(name), known.take(np.array(places or [], int))
        learnt = guest.engine.model(student) if student else None
        return walks_html(chosen, walks(guest.engine.model(name), learnt, chosen, int(seed)))

    with gr.Accordion("On paper: the geometry of noise", open=False):
        controls.lesson(geometry.LESSON)
        late_component("plane", "plane", panels=geometry.PANELS, words=geometry.PAPER)
        controls.lesson(geometry.SPRITES)
        names = [(short_name(name), k) for k, name in enumerate(known.descriptions)]
        with gr.Row():
            places = gr.Dropdown(names, value=FIRST, multiselect=True, max_choices=CORNERS, label=geometry.CHOICE)
            seed = gr.Slider(0, NOISES, value=0, step=1, label=geometry.NOISE)
        button = gr.Button(geometry.WALK)
        walked = gr.HTML("", elem_classes="sprite-walks")
    button.click(
        walk_on_sprites, [checkpoint, places, seed], walked,
        api_visibility="private", concurrency_limit=2, show_progress_on=walked,
    )   # fmt: skip


def short_name(description: str) -> str:
    """The first words for a sprite, from broad to fine."""
    return ", ".join(description.split(", ")[:NAME_WORDS])
