"""The frontier as a Gradio component: quality against network calls, each point with the sprites behind it."""

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

from diffusion.evaluation import frontier
from diffusion.evaluation.frontier import Point
from diffusion.evaluation.real_sprites import BESIDE, beside
from diffusion.models.checkpoints import DEFAULT, CheckpointError
from diffusion.serving.engine import Engine
from diffusion.serving.race import KINDS, STUDENT, Lane
from diffusion.serving.reference import Reference
from diffusion.support.wording import each_once
from diffusion.ui.components.component import component

MEASURE = "python -m diffusion frontier"


def frontier_plot() -> gr.HTML:
    """The plot, which fetches what `frontier_value` makes; its value is any text that changes when that does."""
    kinds = {name: kind._asdict() for name, kind in KINDS.items()}
    return component("frontier_plot", "frontier", recorded="recorded/frontier", kinds=kinds)


def frontier_value(engine: Engine, reference: Reference, now: Sequence[Point] = ()) -> str:
    """What the plot shows, as JSON: the stored points of the models that are here, and those measured `now`."""
    try:
        stored = frontier.load(engine.folder)
        judge = reference.judge.fingerprint
    except CheckpointError as error:
        return json.dumps({"points": [], "notice": str(error)})
    if not stored:
        return json.dumps({"points": [], "notice": f"Nothing is stored beside these models: {MEASURE} measures it."})
    weights = {name: engine.fingerprint(name) for name in {point.model for point in stored}}
    there = [point for point in stored if (point.weights, point.judge) == (weights[point.model], judge)]
    notice = "" if len(there) == len(stored) else (
        f"{len(stored) - len(there)} of {len(stored)} stored points are of other weights than the models here, or of "
        f"another judge, so they are left out: {MEASURE} measures them again."
    )   # fmt: skip
    shown = {(point.model, point.weights, point.n) for point in there}
    fresh = [point for point in now if (point.model, point.weights, point.n) in shown]
    points = [_values(point, False) for point in there] + [_values(point, True) for point in fresh]
    return json.dumps({"points": points, "notice": notice, **(_common(there) if there else {})})


def stored_points(engine: Engine) -> list[Point]:
    """The stored points; none where the file is damaged, which the plot tells."""
    try:
        return frontier.load(engine.folder)
    except CheckpointError:
        return []


def _common(points: Sequence[Point]) -> dict[str, Any]:
    """What all points share, and which machines measured them."""
    point = points[0]
    return {
        "n": point.n,
        "floor": point.real.fsd,
        "spread": point.floor_spread,
        "draws": point.floor_draws,
        "beside_real": beside(point.real),
        "columns": BESIDE,
        "machine": each_once(point.machine for point in points),
    }


def _lane(point: Point) -> Lane:
    if point.model.startswith(f"{DEFAULT}-"):
        return Lane(f"{STUDENT}{point.steps}")
    return Lane(point.sampler, point.steps, point.eta, point.variance)


def _values(point: Point, now: bool) -> dict[str, Any]:
    lane = _lane(point)
    return {
        "kind": lane.kind,
        "title": lane.title,
        "calls": point.calls,
        "steps": point.steps,
        "guidance": point.guidance,
        "fsd": point.made.fsd,
        "beside": beside(point.made),
        "picture": point.picture,
        "now": now,
    }
