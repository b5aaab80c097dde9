"""How runs and pictures travel to the page: the player's JSON, its pixels as base64."""

import json
from typing import Any

import numpy as np

from diffusion.support.images import as_base64, grid_columns
from diffusion.trajectory import Trajectory

NOISE_VIEWS = ("eps", "z")   # sent with 16 levels a channel: noise needs no more
CURVE_POINTS = 101


def run_payload(run: Trajectory, title: str = "") -> dict[str, Any]:
    """All the player needs of a run, as JSON values; pixels as base64, the noisy view first."""
    curve = np.linspace(0, run.schedule.T, CURVE_POINTS).round().astype(int)
    return {
        "side": run.sprites.shape[1],
        "title": title,
        "sprites": len(run.sprites),
        "steps": run.steps,
        "calls": run.calls,
        "t": run.t,
        "alphaBar": run.alpha_bar,
        "at": run.at,
        "curve": {"t": curve.tolist(), "alphaBar": [float(run.schedule.alpha_bar[t]) for t in curve]},
        "views": {name: packed(name, view) for name, view in run.views.items()},
    }


def packed(name: str, view: np.ndarray) -> dict[str, Any]:
    """A view as the player takes it: 8 bits a value, or 4 for noise, two in a byte, the first one higher."""
    values = np.ascontiguousarray(view).reshape(-1)
    if name not in NOISE_VIEWS:
        return {"bits": 8, "data": as_base64(values)}
    levels = ((values.astype(np.uint16) * 15 + 127) // 255).astype(np.uint8)   # always an even number of values
    return {"bits": 4, "data": as_base64((levels[::2] << 4) | levels[1::2])}


def frames_payload(pictures: np.ndarray, labels: list[str]) -> dict[str, Any]:
    """Pictures one after another, uint8 (F, N, 16, 16, 3), a label each, in the player's form."""
    n, side = pictures.shape[1:3]
    at = list(range(len(pictures)))
    return {"side": side, "sprites": n, "at": at, "labels": labels, "views": {"x_t": packed("x_t", pictures)}}


def live_payload(x_t: np.ndarray, x0: np.ndarray, step: int, steps: int, label: str) -> dict[str, Any]:
    """A run under way in the player's form: its sprites, uint8 (N, 16, 16, 3), and what the network takes them for."""
    lane = frames_payload(x_t[None], [label])
    return lane | {"views": lane["views"] | {"x0": packed("x0", x0[None])}, "underWay": {"step": step, "steps": steps}}


def player_value(
    *lanes: dict[str, Any],
    columns: int | None = None,
    autoplay: bool = True,
    clock: str | None = None,
    recipe: dict[str, Any] | None = None,
    grows: bool = False,
) -> str:
    """What the player takes, as JSON: one run or more side by side; with a recipe, the run can be saved.

    clock "step" keeps the lanes at the same step; without, lanes race by a clock that the learner chooses.
    A series that `grows` keeps showing the frame that the learner has gone back to.
    """
    return json.dumps({
        "lanes": lanes,
        "columns": columns or grid_columns(lanes[0]["sprites"]),
        "autoplay": autoplay,
        "clock": clock,
        "recipe": recipe,
        "grows": grows,
    })
