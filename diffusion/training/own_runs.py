"""A model's own runs, made once, for its students to learn from: where each starts, passes and ends. 2101.02388."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.samplers import SAMPLERS, sample, unipc
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.device import work_clock
from diffusion.support.progress import Progress, silent

AT_ONCE = 48
BLENDED_SHARE = 0.25   # of the runs: mixes of two categories, so that students keep to fractional contexts


class OwnRuns(NamedTuple):
    """N runs, seen at the same timesteps: the first is all noise, the last a finished sprite."""

    timesteps: Sequence[int]   # from T to 0
    states: Tensor             # (timesteps, N, 3, 16, 16)
    context: Tensor            # (N, K)

    def at(self, t: int) -> Tensor:
        """x_t of all runs, (N, 3, 16, 16); InputError if they were not seen there."""
        if t not in self.timesteps:
            raise InputError(f"the runs were not seen at t = {t}, only at {', '.join(map(str, self.timesteps))}.")
        return self.states[list(self.timesteps).index(t)]


def own_runs(
    model: DiffusionModel, sprites: SpriteSet, timesteps: Sequence[int], minutes: float, random: torch.Generator,
    progress: Progress = silent,
) -> OwnRuns:   # fmt: skip
    """As many runs of `model` as it makes in so many minutes of computing, for the contexts of `sprites`.

    By UniPC in its usual steps, and at `timesteps`, from T to 0, besides: no fresh noise, so the start decides the end.
    """
    contexts = torch.from_numpy(sprites.context)
    begun, states, asked, spent = work_clock(model.device), [], [], 0.0
    while spent < 1:
        pick = torch.randint(len(contexts), (AT_ONCE,), generator=random)
        asked.append(some_blended(contexts[pick], random).to(model.device))
        states.append(_run(model, asked[-1], timesteps, random))
        spent = (work_clock(model.device) - begun) / (60 * minutes)
        progress(min(1.0, spent))
    return OwnRuns(timesteps, torch.cat(states, dim=1), torch.cat(asked))


@torch.no_grad()
def _run(model: DiffusionModel, context: Tensor, timesteps: Sequence[int], random: torch.Generator) -> Tensor:
    """x_t at each of the timesteps, (timesteps, B, 3, 16, 16)."""
    x_t = torch.randn((len(context), *model.shape), generator=random).to(model.device)
    usual = model.schedule.timesteps(SAMPLERS["unipc"].usual_steps)
    stops, seen = sorted({*usual, *timesteps}, reverse=True), {timesteps[0]: x_t}
    for step in sample(model.denoiser(context), model.schedule, x_t, stops, unipc()):
        seen[step.t_next] = step.x_next
    return torch.stack([seen[t] for t in timesteps])


def some_blended(context: Tensor, random: torch.Generator) -> Tensor:
    """A quarter of the rows blended with another row, in random proportion."""
    n = len(context)
    share = torch.rand(n, 1, generator=random)
    mixed = torch.rand(n, 1, generator=random) < BLENDED_SHARE
    return torch.where(mixed, share * context + (1 - share) * context.roll(1, 0), context)
