"""The player as a Gradio component: one canvas that shows runs, still pictures and series of pictures."""

import base64
import json
from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.engine import Engine, RunRequest
from diffusion.generation import SampleConfig
from diffusion.trajectory import grid_columns

FOLDER = Path(__file__).parent


def read(name: str) -> str:
    """One of the small JavaScript, CSS and HTML files beside this one."""
    return (FOLDER / name).read_text(encoding="utf-8")


def player(engine: Engine, elem_id: str) -> gr.HTML:
    """A player; give it values made by `pack`."""

    def gif(recipe: dict[str, Any]) -> str:
        """The run of a recipe as a base64 GIF; called by the player's save button."""
        return base64.b64encode(engine.trajectory(unpack_recipe(recipe)).gif()).decode()

    return gr.HTML(
        "",
        elem_id=elem_id,
        html_template=read("player.html"),
        css_template=read("player.css"),
        js_on_load=read("player.js"),
        server_functions=[gif],
    )


def pack(
    *lanes: dict[str, Any],
    columns: int | None = None,
    autoplay: bool = True,
    request: RunRequest | None = None,
    clock: str | None = None,
) -> str:
    """The player's value: one run or more side by side; with `request`, the run can be saved as a GIF.

    clock "step" keeps the lanes at the same step; without, lanes race by a clock that the learner chooses.
    """
    return json.dumps({
        "lanes": lanes,
        "columns": columns or grid_columns(lanes[0]["sprites"]),
        "autoplay": autoplay,
        "clock": clock,
        "recipe": request and pack_recipe(request),
    })


def pack_recipe(request: RunRequest) -> dict[str, Any]:
    """A request as JSON values."""
    return {"checkpoint": request.checkpoint, "config": vars(request.config), "weights": request.weights}


def unpack_recipe(recipe: dict[str, Any]) -> RunRequest:
    """The request behind a recipe; raises ValueError or TypeError if it is none."""
    weights = recipe["weights"]
    pairs = None if weights is None else tuple((str(name), float(weight)) for name, weight in weights)
    return RunRequest(str(recipe["checkpoint"]), SampleConfig(**recipe["config"]), pairs)
