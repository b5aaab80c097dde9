"""The picture of the Edit tab as a Gradio component, with what it asks the server."""

from typing import Any

import gradio as gr

from diffusion.serving.desks import edit_desk
from diffusion.serving.desks.edit_desk import N_VARIANTS, page_edit
from diffusion.serving.desks.mixing_desk import Ask
from diffusion.serving.services import Services
from diffusion.ui.components.component import component
from diffusion.ui.components.mix_view.mix_view import drawn, refined, saved
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.words import edits, runs


def edit_view(services: Services, elem_id: str) -> gr.HTML:
    """The picture; its value is the JSON that `shown_edit` reads. See edit_view.js for what it asks when."""
    reference, welcomed = services.reference, welcome(services)

    @welcomed
    def gif(guest: Guest, ask: Ask) -> str:
        """The run of an edit as a base64 GIF; called by the save button."""
        return saved(guest.engine, page_edit(guest.engine, ask), "gif")

    @welcomed
    def png(guest: Guest, ask: Ask) -> str:
        """The variants of an edit as a base64 PNG; called by the save button."""
        return saved(guest.engine, page_edit(guest.engine, ask), "png")

    @welcomed
    def draw(guest: Guest, ask: Ask) -> dict[str, Any]:
        """An edit while a slider is dragged."""
        return drawn(edit_desk.draw(guest.engine, reference, ask))

    @welcomed
    def refine(guest: Guest, ask: Ask) -> dict[str, Any]:
        """An edit that rests."""
        return refined(edit_desk.refine(guest.engine, reference, ask), guest.engine)

    words = runs.ON_PAGE | edits.ON_PAGE
    return component("edit_view", elem_id, questions=[draw, refine, gif, png], variants=N_VARIANTS, words=words)
