"""The geometry of diffusion on a plane, where all of it can be seen."""

import gradio as gr

from diffusion.ui import controls
from diffusion.ui.components.component import late_component
from diffusion.ui.words import geometry


def plane_section() -> None:
    """Build the section; its paper is drawn by the page alone, once it is opened."""
    with gr.Accordion("On paper: the geometry of noise", open=False):
        controls.lesson(geometry.LESSON)
        late_component("plane", "plane", panels=geometry.PANELS, words=geometry.PAPER)
