"""The Context tab's work: from what a page asks to a picture, drawn quickly while a slider moves and in full after."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from diffusion.engine import Drawing, Engine, RunRequest
from diffusion.generation import usual_run
from diffusion.mixing import WEIGHTS, WIDE_WEIGHTS, Path
from diffusion.reading import read_categories
from diffusion.support.checks import check_number
from diffusion.support.device import describe_machine
from diffusion.support.images import as_base64

N_SPRITES = 16
PATH_POINTS, PATH_ROWS = 9, 3

Ask = Mapping[str, Any]   # checkpoint, weights in the order of its categories, wide, mixing, guidance, seed, origins


def page_mix(engine: Engine, ask: Ask) -> RunRequest:
    """The run behind what the page asks; raises ValueError naming what is out of bounds, or that it is no mix.

    Weights beyond the model's categories belong to hidden sliders, and count for nothing.
    """
    try:
        model = engine.model(ask["checkpoint"])
        weights = dict(zip(model.categories, ask["weights"], strict=False))
        origins = tuple(tuple(origin) for origin in ask["origins"])
        asked = {"seed": ask["seed"], "guidance": ask["guidance"], "mixing": ask["mixing"]}
        low, high = WIDE_WEIGHTS if ask["wide"] else WEIGHTS
    except (KeyError, TypeError) as error:
        raise ValueError("this describes no mix: it needs a model, weights, a seed and the sprites' noises.") from error
    for name, weight in weights.items():
        check_number(name, weight, low, high)
    config = usual_run(model, n=N_SPRITES, origins=origins, **asked)
    return RunRequest(str(ask["checkpoint"]), config, tuple(weights.items()))


def shown_mix(engine: Engine, text: str) -> tuple[RunRequest, int | None]:
    """The mix on a page and which of its sprites is chosen, from JSON {ask, chosen}; ValueError if it is none."""
    try:
        shown = json.loads(text)
        return page_mix(engine, shown["ask"]), shown["chosen"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError("there is no mix yet: move a slider first.") from error


def draw(engine: Engine, ask: Ask) -> dict[str, Any]:
    """The mix at a price that follows a drag, for the page."""
    request = page_mix(engine, ask)
    quick = engine.quick(request)
    drawing = engine.drawing(quick)
    return _picture(engine, quick, drawing) | {"final": quick == request, "sentence": _quickly(request, quick, drawing)}


def refine(engine: Engine, ask: Ask) -> dict[str, Any]:
    """The same mix from the same noises by the full sampler, for the page."""
    request = page_mix(engine, ask)
    drawing = engine.drawing(request)
    steps = f"{request.config.steps} step{'s' if request.config.steps > 1 else ''}"
    sentence = f"Refined: {steps} of {request.checkpoint}, {_cost(drawing)} on {describe_machine(engine.device.type)}"
    return _picture(engine, request, drawing) | {"final": True, "sentence": sentence}


def path_between(a: RunRequest, b: RunRequest, seed: int) -> RunRequest:
    """Rows of sprites on the way from mix a to mix b; the noise walks from the first ones of a to those of `seed`.

    Raises ValueError if the two belong to different models.
    """
    if a.checkpoint != b.checkpoint:
        raise ValueError(f"A was mixed with {a.checkpoint} and B with {b.checkpoint}: remember both with one model.")
    starts = a.config.origins_from(0, PATH_ROWS)
    origins = tuple(start for start in starts for _ in range(PATH_POINTS))
    config = replace(a.config, n=len(origins), origins=origins)
    return replace(a, config=config, path=Path(b.weights, seed, PATH_POINTS))


def in_words(request: RunRequest) -> str:
    """A mix in a few words, such as "hero 1, food 0.6"."""
    return ", ".join(f"{name} {weight:g}" for name, weight in request.weights or () if weight) or "nothing asked"


def one_sprite(request: RunRequest, k: int) -> RunRequest:
    """Sprite k of a mix alone; raises ValueError if it has no such sprite."""
    if not isinstance(k, int) or not 0 <= k < request.config.n:
        raise ValueError(f"sprite {k}: the mix has sprites 0 to {request.config.n - 1}.")
    return replace(request, config=replace(request.config, n=1, origins=tuple(request.config.origins_from(k, 1))))


def _picture(engine: Engine, request: RunRequest, drawing: Drawing) -> dict[str, Any]:
    categories = engine.model(request.checkpoint).categories
    readings = read_categories(drawing.sprites, categories)
    return {
        "pixels": as_base64(drawing.sprites),
        "side": drawing.sprites.shape[1],
        "categories": categories,
        "readings": None if readings is None else readings.round(3).tolist(),
    }


def _quickly(request: RunRequest, quick: RunRequest, drawing: Drawing) -> str:
    steps = quick.config.steps
    if quick == request:
        return f"Drawn by {request.checkpoint}, a student of {steps} step{'s' if steps > 1 else ''}: {_cost(drawing)}"
    if quick.checkpoint != request.checkpoint:
        return f"While you drag: drawn by the one-step student {quick.checkpoint}, {_cost(drawing)}"
    return f"While you drag: drawn by {request.checkpoint} itself in {steps} steps, {_cost(drawing)}"


def _cost(drawing: Drawing) -> str:
    calls = f"{drawing.calls} network call{'s' if drawing.calls > 1 else ''} a sprite"
    return f"{calls}, {1000 * drawing.seconds:.0f} ms"
