"""Pictures that follow what a page asks: drawn quickly while a slider moves, in full once it rests, and read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from diffusion.models.checkpoints import CheckpointError
from diffusion.serving.engine import Drawing, Engine
from diffusion.serving.reference import Reference
from diffusion.serving.requests import RunRequest
from diffusion.serving.turns import Turn
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

    @property
    def is_whole(self) -> bool:
        """Whether all sprites were drawn: while many drag, only the first few of each are."""
        return len(self.drawing.sprites) == self.drawn.config.n

    @property
    def is_final(self) -> bool:
        """Whether all that was asked for was drawn, as it was asked."""
        return self.drawn == self.asked and self.is_whole


def draw(engine: Engine, reference: Reference, asked: RunRequest, about: str = "") -> Answer:
    """What is asked, at a price that follows a drag. about: see Question. Raises BusyError, SupersededError."""
    return _answer(engine, reference, asked, engine.quick(asked), Turn.DRAG, about)


def refine(engine: Engine, reference: Reference, asked: RunRequest, about: str = "") -> Answer:
    """The same in full, from the same noises. Raises BusyError, SupersededError."""
    return _answer(engine, reference, asked, asked, Turn.REST, about and f"{about} at rest")


def _answer(
    engine: Engine, reference: Reference, asked: RunRequest, drawn: RunRequest, turn: Turn, about: str
) -> Answer:
    categories = engine.model(drawn.checkpoint).categories
    drawing, readings, unread = engine.drawn(drawn, turn, about, _Reader(reference, categories))
    return Answer(asked, drawn, drawing, categories, readings, unread)


class _Seen(NamedTuple):
    drawing: Drawing
    readings: np.ndarray | None
    unread: str


class _Reader(NamedTuple):
    """Has the judge read several drawings at once."""

    reference: Reference
    categories: tuple[str, ...]

    def __call__(self, drawings: Sequence[Drawing]) -> list[_Seen]:
        try:
            read = self.reference.read_categories(np.concatenate([d.sprites for d in drawings]), self.categories)
        except CheckpointError as error:   # of the judge: the sprites are there all the same
            return [_Seen(drawing, None, str(error)) for drawing in drawings]
        if read is None:
            return [_Seen(drawing, None, "") for drawing in drawings]
        ends = np.cumsum([len(drawing.sprites) for drawing in drawings])
        return [_Seen(*pair, "") for pair in zip(drawings, np.split(read, ends[:-1]), strict=True)]


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
