"""What a picture that follows a slider asks the server, see following.js."""

import base64
from collections.abc import Callable
from typing import Any

from diffusion.serving.desks import following
from diffusion.serving.desks.following import Answer, Ask
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.serving.services import Services
from diffusion.support.images import as_base64
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.words import runs


def questions_of(services: Services, about: str, request_of: Callable[[Engine, Ask], RunRequest]) -> list[Callable]:
    """The questions of a picture. request_of: reads what the page asks, and raises InputError if it is none.

    about: what they are about: of one visitor the newest question about it counts.
    """
    reference, welcomed = services.reference, welcome(services)

    @welcomed
    def draw(guest: Guest, ask: Ask) -> dict[str, Any]:
        """What is asked while a slider is dragged."""
        return drawn(following.draw(guest.engine, reference, request_of(guest.engine, ask), about))

    @welcomed
    def refine(guest: Guest, ask: Ask) -> dict[str, Any]:
        """What is asked and rests."""
        return refined(following.refine(guest.engine, reference, request_of(guest.engine, ask), about), guest.engine)

    @welcomed
    def gif(guest: Guest, ask: Ask) -> str:
        """The whole run as a base64 GIF; called by the save button."""
        return saved(guest.engine, request_of(guest.engine, ask), "gif")

    @welcomed
    def png(guest: Guest, ask: Ask) -> str:
        """Its sprites as a base64 PNG; called by the save button."""
        return saved(guest.engine, request_of(guest.engine, ask), "png")

    return [draw, refine, gif, png]


def saved(engine: Engine, request: RunRequest, kind: str) -> str:
    """A run as a base64 "gif" or "png"."""
    return base64.b64encode(getattr(engine.trajectory(request), kind)(request.recipe)).decode()


def drawn(answer: Answer) -> dict[str, Any]:
    """What the page shows of what is wanted while a slider is dragged, as JSON values."""
    sentence = runs.drawn_quickly(answer.asked, answer.drawn, answer.drawing) + runs.few(answer) + runs.unread(answer)
    return payload(answer) | {"sentence": sentence, "final": answer.is_final}


def refined(answer: Answer, engine: Engine) -> dict[str, Any]:
    """What the page shows of what is wanted and rests, as JSON values."""
    sentence = runs.refined(answer.asked, answer.drawing, engine.device.type) + runs.unread(answer)
    return payload(answer) | {"sentence": sentence, "final": True}


def payload(answer: Answer) -> dict[str, Any]:
    """The sprites and what was read of them, as JSON values."""
    return {
        "pixels": as_base64(answer.drawing.sprites),
        "categories": answer.categories,
        "readings": None if answer.readings is None else answer.readings.round(3).tolist(),
    }
