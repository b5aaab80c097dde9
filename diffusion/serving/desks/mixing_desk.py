"""The Context tab's work: from what a page asks to a picture, drawn quickly while a slider moves and in full after."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from diffusion.generation import usual_config
from diffusion.mixing import WEIGHTS, WIDE_WEIGHTS, Path
from diffusion.models.checkpoints import CheckpointError
from diffusion.serving.engine import Drawing, Engine
from diffusion.serving.reference import Reference
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError, check_number
from diffusion.support.files import json_values
from diffusion.support.wording import shown

N_SPRITES = 16
PATH_POINTS, PATH_ROWS = 9, 3
NO_MIX = "there is no mix yet: move a slider first."

# checkpoint, weights in the order of its categories, wide, mixing, guidance, seed, clean, origins
Ask = Mapping[str, Any]


class Answer(NamedTuple):
    """A mix that was drawn: what was asked for, the run that drew it, and how the judge reads each sprite."""

    asked: RunRequest
    drawn: RunRequest
    drawing: Drawing
    categories: tuple[str, ...]
    readings: np.ndarray | None   # (N, K), None for categories that no judge knows, or without a judge
    unread: str = ""              # why there is none


def page_mix(engine: Engine, ask: Ask) -> RunRequest:
    """The run behind what the page asks; raises InputError naming what is out of bounds, or that it is no mix.

    Weights beyond the model's categories belong to hidden sliders, and count for nothing.
    """
    try:
        model = engine.model(ask["checkpoint"])
        weights = dict(zip(model.categories, ask["weights"], strict=False))
        origins = tuple(tuple(origin) for origin in ask["origins"])
        asked = {"seed": ask["seed"], "guidance": ask["guidance"], "mixing": ask["mixing"], "clean": ask.get("clean")}
        low, high = WIDE_WEIGHTS if ask["wide"] else WEIGHTS
    except (KeyError, TypeError) as error:
        raise InputError("this describes no mix: it needs a model, weights, a seed and the sprites' noises.") from error
    for name, weight in weights.items():
        check_number(name, weight, low, high)
    config = usual_config(model, n=N_SPRITES, origins=origins, **asked)
    return RunRequest(str(ask["checkpoint"]), config, tuple(weights.items()))


def shown_mix(engine: Engine, text: str) -> tuple[RunRequest, int | None]:
    """The mix on a page and which of its sprites is chosen, from JSON {ask, chosen}; InputError if it is none."""
    ask, chosen = shown_ask(text, NO_MIX)
    return page_mix(engine, ask), chosen


def shown_ask(text: str, wrong: str) -> tuple[Any, Any]:
    """What a page asks and which sprite is chosen, from JSON {ask, chosen}; InputError saying `wrong` if it is none."""
    page = json_values(text, wrong)
    if not isinstance(page, dict):
        raise InputError(wrong)
    return page.get("ask"), page.get("chosen")


def draw(engine: Engine, reference: Reference, ask: Ask) -> Answer:
    """The mix at a price that follows a drag."""
    asked = page_mix(engine, ask)
    return answer(engine, reference, asked, engine.quick(asked))


def refine(engine: Engine, reference: Reference, ask: Ask) -> Answer:
    """The same mix from the same noises by the full sampler."""
    asked = page_mix(engine, ask)
    return answer(engine, reference, asked, asked)


def path_between(a: RunRequest, b: RunRequest, seed: int) -> RunRequest:
    """Rows of sprites on the way from mix a to mix b; the noise walks from the first ones of a to those of `seed`.

    Raises InputError if the two belong to different models.
    """
    if a.checkpoint != b.checkpoint:
        raise InputError(f"A was mixed with {a.checkpoint} and B with {b.checkpoint}: remember both with one model.")
    starts = a.config.origins_from(0, PATH_ROWS)
    origins = tuple(start for start in starts for _ in range(PATH_POINTS))
    config = replace(a.config, n=len(origins), origins=origins)
    return replace(a, config=config, path=Path(b.weights, seed, PATH_POINTS))


def one_sprite(request: RunRequest, k: int) -> RunRequest:
    """Sprite k of a mix alone; raises InputError if it has no such sprite."""
    if not isinstance(k, int) or not 0 <= k < request.config.n:
        raise InputError(f"sprite {shown(k)}: the mix has sprites 0 to {request.config.n - 1}.")
    return replace(request, config=replace(request.config, n=1, origins=tuple(request.config.origins_from(k, 1))))


def answer(engine: Engine, reference: Reference, asked: RunRequest, drawn: RunRequest) -> Answer:
    """A run that was asked for, drawn by itself or by another that is quicker, and read by the judge."""
    drawing, categories = engine.drawing(drawn), engine.model(drawn.checkpoint).categories
    try:
        return Answer(asked, drawn, drawing, categories, reference.read_categories(drawing.sprites, categories))
    except CheckpointError as error:   # of the judge: the sprites are there all the same
        return Answer(asked, drawn, drawing, categories, None, str(error))
