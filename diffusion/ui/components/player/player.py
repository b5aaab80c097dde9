"""The player as a Gradio component: one canvas that shows runs, still pictures and series of pictures."""

import base64
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from diffusion.serving.engine import Live
from diffusion.serving.fetched.large_values import LargeValues
from diffusion.serving.requests import RunRequest
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import live_payload, player_value
from diffusion.ui.components.component import component
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.routes.large_value_routes import FOLDER
from diffusion.ui.words import runs

LARGE = 250_000   # characters


def player(
    services: Services, elem_id: str, value: str = "",
    save: Callable[[Guest, dict[str, Any], str], bytes] | None = None, recorded: str = "",
) -> gr.HTML:   # fmt: skip
    """A player; give it values made by `pack` and `pack_live`.

    recorded: the address of what it shows until then, see recordings.py.
    save: makes the "gif" or "png" of a recipe; without, the recipe is that of a RunRequest.
    """

    def saved_run(guest: Guest, recipe: dict[str, Any], kind: str) -> bytes:
        request = RunRequest.from_recipe(recipe)
        return getattr(guest.engine.trajectory(request), kind)(request.recipe, request.columns)

    saved, welcomed = save or saved_run, welcome(services)

    @welcomed
    def gif(guest: Guest, recipe: dict[str, Any]) -> str:
        """What a recipe describes as a base64 GIF; called by the player's save button."""
        return base64.b64encode(saved(guest, recipe, "gif")).decode()

    @welcomed
    def png(guest: Guest, recipe: dict[str, Any]) -> str:
        """What a recipe describes as a base64 PNG; called by the player's save button."""
        return base64.b64encode(saved(guest, recipe, "png")).decode()

    shown = component("player", elem_id, value, [gif, png], recorded=recorded)
    shown.postprocess = partial(or_where_it_is, services.large_values)   # beside a class of it, Gradio writes a file
    return shown


def or_where_it_is(values: LargeValues, value: Any) -> Any:
    """What goes to the page by Gradio, which writes it as JSON several times over: of a large value where it is."""
    if not isinstance(value, str) or len(value) < LARGE:
        return value
    return json.dumps({"kept": f"{FOLDER}/{values.keep(value)}"})


def pack(
    *lanes: dict[str, Any], request: RunRequest | None = None, recipe: dict[str, Any] | None = None, **looks: Any
) -> str:
    """The player's value, as `player_value` makes it; with a `request`, or another recipe, it can be saved."""
    return player_value(*lanes, recipe=request.recipe if request else recipe, **looks)


def pack_live(live: Live) -> str:
    """The player's value while a run is still being computed."""
    lane = live_payload(live.sprites, live.guesses, live.step, live.steps, runs.under_way(live))
    return pack(lane, autoplay=False)
