"""The player as a Gradio component: one canvas that shows runs, still pictures and series of pictures."""

import base64
from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.engine import Engine, Live, RunRequest
from diffusion.trajectory import frames_payload, player_value
from diffusion.ui.component import component

FIRST_RUN = Path(__file__).parents[2] / "assets" / "first_run.json"   # recorded, to be seen before all else


def player(engine: Engine, elem_id: str, value: str = "") -> gr.HTML:
    """A player; give it values made by `pack` and `pack_live`."""

    def gif(recipe: dict[str, Any]) -> str:
        """The run of a recipe as a base64 GIF; called by the player's save button."""
        request = RunRequest.from_recipe(recipe)
        return base64.b64encode(engine.trajectory(request).gif(request.recipe, request.columns)).decode()

    def png(recipe: dict[str, Any]) -> str:
        """The finished sprites of a recipe as a base64 PNG; called by the player's save button."""
        request = RunRequest.from_recipe(recipe)
        return base64.b64encode(engine.trajectory(request).png(request.recipe, request.columns)).decode()

    return component("player", elem_id, value, server_functions=[gif, png])


def pack(*lanes: dict[str, Any], request: RunRequest | None = None, **looks: Any) -> str:
    """The player's value, as `player_value` makes it; with `request`, the run can be saved."""
    return player_value(*lanes, recipe=request and request.recipe, **looks)


def pack_live(live: Live) -> str:
    """The player's value while a run is still being computed."""
    label = f"step {live.step} of {live.steps}, {live.seconds_left:.0f} s to go"
    return pack(frames_payload(live.sprites[None], [label]), autoplay=False)
