"""The picture of the Edit tab as a Gradio component."""

import gradio as gr

from diffusion.serving.desks.edit_desk import N_VARIANTS, page_edit
from diffusion.serving.services import Services
from diffusion.ui.components.component import component
from diffusion.ui.components.picture_questions import questions_of
from diffusion.ui.words import edits, runs


def edit_view(services: Services, elem_id: str) -> gr.HTML:
    """The picture; its value is the JSON that `shown_edit` reads."""
    questions, words = questions_of(services, elem_id, page_edit), runs.ON_PAGE | edits.ON_PAGE
    return component("edit_view", elem_id, questions=questions, variants=N_VARIANTS, words=words)
