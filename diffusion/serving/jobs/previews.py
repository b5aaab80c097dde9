"""What a training shows as it goes: sprites grown from the same noise, and how good they are by now."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.real_sprites import RealSprites
from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.models.checkpoints import CheckpointError
from diffusion.samplers import SMOOTH_SAMPLER
from diffusion.support.images import to_uint8
from diffusion.support.progress import Progress, silent
from diffusion.training.history import LossSeries, RealFsd
from diffusion.training.loop import TrainStep

STEPS, SEED = 8, 1
COLUMNS, ROWS = 5, 2        # of a preview: at least so many columns, a whole number for each category
PREVIEW_SHARE, QUALITY_SHARE = 0.03, 0.05   # of the training time, at most
PREVIEW_GAP_S, QUALITY_GAP_S = 3.0, 20.0    # at least
JUDGED = 128                # sprites behind each point of the quality curve
KEPT = 240                  # previews

log = logging.getLogger(__name__)


class Preview(NamedTuple):
    """Sprites sampled during training."""

    step: int
    sprites: np.ndarray   # uint8 (n, 16, 16, 3)


@dataclass
class Pace:
    """When to do again what may take no more than a share of the time."""

    share: float
    gap_s: float
    due_at: float = 0.0

    def took(self, now: float, seconds: float) -> None:
        """It was done at `now` and took so many seconds."""
        self.due_at = now + max(self.gap_s, seconds / self.share)


class Previews:
    """Samples the averaged model of a training as it goes, and measures it where there is a judge for its sprites.

    It is kept with the state of an unfinished run, so that nothing that was shown is lost. One thread feeds it, any may
    look at `all`, which is never changed but replaced.
    """

    def __init__(
        self, series: LossSeries, real: Callable[[], RealSprites] | None, check: Progress = silent
    ) -> None:
        """real: what the sprites are compared with, or None where no judge knows the like of them.

        check: called between sampling steps, may raise to stop.
        """
        self.all: tuple[Preview, ...] = ()
        self._series = series
        self._real = real
        self._check = check
        self._preview_pace = Pace(PREVIEW_SHARE, PREVIEW_GAP_S)
        self._quality_pace = Pace(QUALITY_SHARE, QUALITY_GAP_S, due_at=QUALITY_GAP_S)

    def open(self, model: DiffusionModel) -> None:
        """Show what the untrained model makes of the noise."""
        model.net.eval()
        if not self.all:
            self._preview(model, 0)

    def look(self, step: TrainStep, kept: bool) -> float | None:
        """Show the sprites of now if it is time, or if this step was `kept` or the last; returns an FSD if measured."""
        ends = step.progress >= 1
        if ends or kept or step.seconds >= self._preview_pace.due_at:
            self._preview_pace.took(step.seconds, self._preview(step.model, step.step))
        if self._real is None or not (ends or step.seconds >= self._quality_pace.due_at):
            return None
        start = monotonic()
        try:
            fsd = self._measure(step, self._real())
        except CheckpointError as error:
            log.warning("a training goes on unmeasured: %s", error)
            self._real = None
            return None
        self._quality_pace.took(step.seconds, monotonic() - start)
        return fsd

    def _preview(self, model: DiffusionModel, step: int) -> float:
        start = monotonic()
        made = self._sample(model, categories_in_turn(model.categories, ROWS * columns(model.categories)))
        shown = (*self.all, Preview(step, to_uint8(made)))
        self.all = shown if len(shown) <= KEPT else (shown[0], *shown[2::2])   # the untrained one stays
        return monotonic() - start

    def _measure(self, step: TrainStep, real: RealSprites) -> float:
        floor = real.floor(JUDGED)
        self._series.real = RealFsd(floor.likeness.fsd, floor.spread, JUDGED)
        context = real.contexts(JUDGED)
        likeness = real.likeness(self._sample(step.model, context).cpu().clamp(-1, 1), context)
        self._series.measured(step.step, step.seconds, likeness.fsd, likeness.accuracy)
        return likeness.fsd

    def _sample(self, model: DiffusionModel, context: Tensor) -> Tensor:
        """A sprite for each context (n, K): (n, 3, 16, 16)."""
        with torch.inference_mode():
            return generate(model, SampleConfig(SMOOTH_SAMPLER, STEPS, len(context), SEED), context, self._check)

    def tensors(self) -> dict[str, Tensor]:
        """What was shown so far, for `restore`."""
        return {
            "preview_steps": torch.tensor([preview.step for preview in self.all]),
            "previews": torch.from_numpy(np.stack([preview.sprites for preview in self.all])),
        }

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Go back to what was shown."""
        steps, sprites = saved["preview_steps"].tolist(), saved["previews"].numpy()
        self.all = tuple(Preview(step, picture) for step, picture in zip(steps, sprites, strict=True))


def columns(categories: tuple[str, ...]) -> int:
    """Columns of a preview, so that each column keeps to one category."""
    k = max(1, len(categories))
    return k * -(-COLUMNS // k)
