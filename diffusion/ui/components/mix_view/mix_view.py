"""The picture of the Context tab as a Gradio component."""

import gradio as gr

from diffusion.serving.desks.mixing_desk import N_SPRITES, page_mix
from diffusion.serving.services import Services
from diffusion.ui.components.component import component
from diffusion.ui.components.picture_questions import questions_of
from diffusion.ui.words import runs


def mix_view(services: Services, elem_id: str) -> gr.HTML:
    """The picture; its value is the JSON that `shown_mix` reads."""
    questions = questions_of(services, elem_id, page_mix)
    return component("mix_view", elem_id, questions=questions, sprites=N_SPRITES, noises="", words=runs.ON_PAGE)
