"""A drawing walked back to its noise, and from there forwards again: as itself, and as something else."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.editing import InversionRun, forwards
from diffusion.mixing import slerp
from diffusion.support.images import to_tensor
from diffusion.trajectory import Recording, Trajectory

Paced = Callable[[Iterator[Any]], Iterator[Any]]   # passes steps on, with whatever else is to go between them

TOUCH = 0.1       # share of true noise that can be laid on the drawing first
BLENDED = 7       # sprites on the arc from one drawing's noise to another's


class Restoration(NamedTuple):
    """What the noise is like that a drawing was walked back to, and how far the way forwards again ends from it.

    apart: the mean distance of a pixel's values from the drawing's, as a share of their reach; sd_of_white: None where
    nothing of the drawing is white.
    """

    steps: int
    noise_mean: float
    noise_sd: float
    sd_of_white: float | None
    apart: float


class WalkedBack(NamedTuple):
    """The runs back and forwards; other_apart: as `apart` of what was restored, of what was asked for."""

    back: Trajectory
    restored: Trajectory
    other: Trajectory
    restoration: Restoration
    other_apart: float


def walk_back(
    model: DiffusionModel, drawing: Tensor, asked: Tensor, steps: int, touch: float, paced: Paced = iter
) -> WalkedBack:
    """Walk a drawing (3, H, W) back, and forwards again: as nothing that is asked for, and as `asked`, (1, K).

    The latter is guided as is usual for the model, and has its palette's colours. Raises InputError if the model is a
    student, or the steps do not fit its schedule.
    """
    back, restored, x_T = _there_and_back(model, drawing, steps, touch, paced)
    other, _ = _recorded(Recording(forwards(model, steps, asked, x_T, guidance=None, clean=None)), paced)
    return WalkedBack(back, restored, other, _restoration(drawing, restored, x_T), apart(other, drawing))


def restoration(
    model: DiffusionModel, drawing: Tensor, steps: int, touch: float, paced: Paced = iter
) -> Restoration:
    """How well a drawing (3, H, W) comes back from the noise that so many steps lead to; raises as `walk_back`."""
    _, restored, x_T = _there_and_back(model, drawing, steps, touch, paced)
    return _restoration(drawing, restored, x_T)


def _there_and_back(
    model: DiffusionModel, drawing: Tensor, steps: int, touch: float, paced: Paced
) -> tuple[Trajectory, Trajectory, Tensor]:
    """Both runs, with nothing asked for, and the noise between them, (1, 3, H, W)."""
    nothing = torch.zeros(1, len(model.categories))
    inversion = InversionRun(model, steps, nothing, drawing[None], touch)
    back, x_T = _recorded(Recording(inversion, views=("x_t", "x0", "eps")), paced)
    restored, _ = _recorded(Recording(forwards(model, steps, nothing, x_T)), paced)
    return back, restored, x_T


def _restoration(drawing: Tensor, restored: Trajectory, x_T: Tensor) -> Restoration:
    white, noise = (drawing == 1).all(0).expand_as(drawing), x_T[0].cpu()
    sd_of_white = float(noise[white].std()) if white.sum() > 1 else None
    return Restoration(restored.steps, float(noise.mean()), float(noise.std()), sd_of_white, apart(restored, drawing))


def blend(model: DiffusionModel, a: Tensor, b: Tensor, steps: int, paced: Paced = iter) -> Tensor:
    """Sprites (BLENDED, 3, H, W) from noises on the arc between those of two drawings, (3, H, W) each; 2010.02502.

    Raises InputError if the model is a student, or the steps do not fit its schedule.
    """
    nothing = torch.zeros(BLENDED, len(model.categories))
    *_, last = paced(iter(InversionRun(model, steps, nothing[:2], torch.stack([a, b]))))
    start, end = (noise.expand(BLENDED, -1, -1, -1) for noise in last.x_next.cpu())
    between = slerp(start, end, torch.linspace(0, 1, BLENDED)).to(model.device)
    *_, last = paced(iter(forwards(model, steps, nothing, between)))
    return last.x_next


def apart(run: Trajectory, drawing: Tensor) -> float:
    """How far a run ends from a drawing (3, H, W): the mean distance of a value, as a share of its reach, 0..1."""
    return float((to_tensor(run.sprites)[0] - drawing).abs().mean() / 2)


def _recorded(recording: Recording, paced: Paced) -> tuple[Trajectory, Tensor]:
    """The whole run, and where it ends."""
    *_, last = paced(iter(recording))
    return recording.trajectory, last.x_t
