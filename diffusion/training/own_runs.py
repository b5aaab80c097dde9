"""A model's own runs, made once, for its students to learn from: from which noise to which sprite. 2101.02388."""

from typing import NamedTuple

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.samplers import sample, unipc
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.device import work_clock
from diffusion.support.progress import Progress, silent

AT_ONCE = 48
STEPS = 10
BLENDED_SHARE = 0.25   # of the runs: mixes of two categories, so that students keep to fractional contexts


class OwnRuns(NamedTuple):
    """Where N runs began and ended."""

    noise: Tensor     # (N, 3, 16, 16)
    x0: Tensor        # the sprites that it became, as many
    context: Tensor   # (N, K)


def own_runs(
    model: DiffusionModel, sprites: SpriteSet, minutes: float, random: torch.Generator, progress: Progress = silent
) -> OwnRuns:
    """As many runs of `model` as it makes in so many minutes of computing, for the contexts of `sprites`.

    By UniPC in STEPS steps: no fresh noise, so the start decides the end.
    """
    contexts = torch.from_numpy(sprites.context)
    begun, made, spent = work_clock(model.device), [], 0.0
    while spent < 1:
        pick = torch.randint(len(contexts), (AT_ONCE,), generator=random)
        made.append(_runs(model, some_blended(contexts[pick], random).to(model.device), random))
        spent = (work_clock(model.device) - begun) / (60 * minutes)
        progress(min(1.0, spent))
    return OwnRuns(*map(torch.cat, zip(*made, strict=True)))


@torch.no_grad()
def _runs(model: DiffusionModel, context: Tensor, random: torch.Generator) -> OwnRuns:
    x_T = torch.randn((len(context), *model.shape), generator=random).to(model.device)
    *_, last = sample(model.denoiser(context), model.schedule, x_T, model.schedule.timesteps(STEPS), unipc())
    return OwnRuns(x_T, last.x_next, context)


def some_blended(context: Tensor, random: torch.Generator) -> Tensor:
    """A quarter of the rows blended with another row, in random proportion."""
    n = len(context)
    share = torch.rand(n, 1, generator=random)
    mixed = torch.rand(n, 1, generator=random) < BLENDED_SHARE
    return torch.where(mixed, share * context + (1 - share) * context.roll(1, 0), context)
