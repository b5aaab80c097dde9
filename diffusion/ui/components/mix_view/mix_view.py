"""The picture of the Context tab as a Gradio component, with what it asks the server."""

import base64
from typing import Any

import gradio as gr

from diffusion.serving.desks import mixing_desk
from diffusion.serving.desks.mixing_desk import N_SPRITES, Answer, Ask, page_mix
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.serving.services import Services
from diffusion.support.images import as_base64
from diffusion.ui.components.component import component
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.words import runs


def mix_view(services: Services, elem_id: str) -> gr.HTML:
    """The picture; its value is the JSON that `shown_mix` reads. See mix_view.js for what it asks when."""
    reference, welcomed = services.reference, welcome(services)

    @welcomed
    def gif(guest: Guest, ask: Ask) -> str:
        """The run of a mix as a base64 GIF; called by the save button."""
        return saved(guest.engine, page_mix(guest.engine, ask), "gif")

    @welcomed
    def png(guest: Guest, ask: Ask) -> str:
        """The sprites of a mix as a base64 PNG; called by the save button."""
        return saved(guest.engine, page_mix(guest.engine, ask), "png")

    @welcomed
    def draw(guest: Guest, ask: Ask) -> dict[str, Any]:
        """A mix while a slider is dragged."""
        return drawn(mixing_desk.draw(guest.engine, reference, ask))

    @welcomed
    def refine(guest: Guest, ask: Ask) -> dict[str, Any]:
        """A mix that rests."""
        return refined(mixing_desk.refine(guest.engine, reference, ask), guest.engine)

    questions = [draw, refine, gif, png]
    return component("mix_view", elem_id, questions=questions, sprites=N_SPRITES, noises="", words=runs.ON_PAGE)


def saved(engine: Engine, request: RunRequest, kind: str) -> str:
    """A run as a base64 "gif" or "png"."""
    return base64.b64encode(getattr(engine.trajectory(request), kind)(request.recipe)).decode()


def drawn(answer: Answer) -> dict[str, Any]:
    """What the page shows of what is wanted while a slider is dragged, as JSON values."""
    sentence = runs.drawn_quickly(answer.asked, answer.drawn, answer.drawing) + runs.unread(answer)
    return payload(answer) | {"sentence": sentence, "final": answer.drawn == answer.asked}


def refined(answer: Answer, engine: Engine) -> dict[str, Any]:
    """What the page shows of what is wanted and rests, as JSON values."""
    sentence = runs.refined(answer.asked, answer.drawing, engine.device.type) + runs.unread(answer)
    return payload(answer) | {"sentence": sentence, "final": True}


def payload(answer: Answer) -> dict[str, Any]:
    """The sprites and what was read of them, as JSON values."""
    return {
        "pixels": as_base64(answer.drawing.sprites),
        "side": answer.drawing.sprites.shape[1],
        "categories": answer.categories,
        "readings": None if answer.readings is None else answer.readings.round(3).tolist(),
    }
