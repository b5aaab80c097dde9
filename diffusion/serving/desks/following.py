"""Pictures that follow what a page asks: drawn quickly while a slider moves, in full once it rests, and read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from diffusion.models.checkpoints import CheckpointError
from diffusion.serving.engine import Drawing, Engine
from diffusion.serving.reference import Reference
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError
from diffusion.support.files import json_values
from diffusion.support.wording import shown

Ask = Mapping[str, Any]   # of a page; what is in it, the desk says that reads it


class Answer(NamedTuple):
    """What was drawn: the run that was asked for, the one that drew it, and how the judge reads each sprite."""

    asked: RunRequest
    drawn: RunRequest
    drawing: Drawing
    categories: tuple[str, ...]
    readings: np.ndarray | None   # (N, K), None for categories that no judge knows, or without a judge
    unread: str = ""              # why there is none


def draw(engine: Engine, reference: Reference, asked: RunRequest) -> Answer:
    """What is asked, at a price that follows a drag."""
    return _answer(engine, reference, asked, engine.quick(asked))


def refine(engine: Engine, reference: Reference, asked: RunRequest) -> Answer:
    """The same in full, from the same noises."""
    return _answer(engine, reference, asked, asked)


def _answer(engine: Engine, reference: Reference, asked: RunRequest, drawn: RunRequest) -> Answer:
    drawing, categories = engine.drawing(drawn), engine.model(drawn.checkpoint).categories
    try:
        return Answer(asked, drawn, drawing, categories, reference.read_categories(drawing.sprites, categories))
    except CheckpointError as error:   # of the judge: the sprites are there all the same
        return Answer(asked, drawn, drawing, categories, None, str(error))


def shown_ask(text: str, wrong: str) -> tuple[Any, Any]:
    """What a page asks and which sprite is chosen, from JSON {ask, chosen}; InputError saying `wrong` if it is none."""
    page = json_values(text, wrong)
    if not isinstance(page, dict):
        raise InputError(wrong)
    return page.get("ask"), page.get("chosen")


def one_sprite(request: RunRequest, k: int) -> RunRequest:
    """Sprite k of a run alone; raises InputError if it has no such sprite."""
    if not isinstance(k, int) or not 0 <= k < request.config.n:
        raise InputError(f"sprite {shown(k)}: the picture has sprites 0 to {request.config.n - 1}.")
    return replace(request, config=replace(request.config, n=1, origins=tuple(request.config.origins_from(k, 1))))
