"""Walks from noise to a sprite, seen on the plane that goes through three sprites."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel, check_no_student
from diffusion.generation import Run, SampleConfig, context_rows, usual_config
from diffusion.samplers import Step
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.images import to_tensor, to_uint8

CORNERS = 3
FLAT = 1e-5   # of the longest side: so little above it is on a line with the other two
DDPM_STEPS, DDIM_STEPS = 100, 25


class SpritePlane:
    """The plane through three sprites, with two coordinates on it, in float64.

    The first sprite lies at (0, 0), the second at (d, 0) with d > 0, the third above: with e1 = (b - a) / |b - a| and
    e2 the rest of c - a, of length 1, the coordinates of x are (x - a) . e1 and (x - a) . e2. Distances on the plane
    are those between the sprites.
    """

    def __init__(self, sprites: Tensor) -> None:
        """sprites: (3, C, H, W); raises InputError unless they are three that do not lie on a line."""
        if len(sprites) != CORNERS:
            raise InputError(f"sprites: choose {CORNERS}, not {len(sprites)}, for a plane to go through.")
        self._origin, *others = sprites.flatten(1).double().cpu()
        b, c = (other - self._origin for other in others)
        e1 = b / b.norm().clamp_min(torch.finfo().tiny)
        above = c - (c @ e1) * e1
        if b.norm() == 0 or above.norm() <= FLAT * max(b.norm(), c.norm()):
            raise InputError("sprites: these three lie on a line, or two are the same: choose others.")
        self._basis = torch.stack([e1, above / above.norm()])   # (2, D), orthonormal
        self.corners = self.coordinates(sprites)                # (3, 2)

    def coordinates(self, x: Tensor) -> Tensor:
        """Where x (B, C, H, W) lies once it is projected onto the plane: (B, 2)."""
        return self._from_origin(x) @ self._basis.T

    def heights(self, x: Tensor) -> Tensor:
        """How far x lies off the plane: (B,)."""
        apart = self._from_origin(x)
        return (apart - apart @ self._basis.T @ self._basis).norm(dim=1)

    def _from_origin(self, x: Tensor) -> Tensor:
        return x.flatten(1).double().cpu() - self._origin


@dataclass(frozen=True)
class SpriteWalk:
    """A run of one sprite in n steps, on a plane. kind: a sampler, or "student"."""

    kind: str
    states: Tensor       # (n + 1, 2), from x_T to the finished sprite
    guesses: Tensor      # (n, 2), the x0 seen at each step
    heights: Tensor      # (n + 1,), of the states off the plane
    sprite: np.ndarray   # the finished one, uint8 (16, 16, 3)

    @property
    def steps(self) -> int:
        return len(self.guesses)


@torch.inference_mode()
def walk_on(plane: SpritePlane, kind: str, run: Iterable[Step]) -> SpriteWalk:
    """A run of one sprite as it is seen on the plane."""
    steps = list(run)
    states = torch.cat([steps[0].x_t, *(step.x_next for step in steps)])
    guesses = torch.cat([step.x0 for step in steps])
    finished = to_uint8(states[-1:])[0]
    return SpriteWalk(kind, plane.coordinates(states), plane.coordinates(guesses), plane.heights(states), finished)


def walks(model: DiffusionModel, student: DiffusionModel | None, chosen: SpriteSet, seed: int) -> list[SpriteWalk]:
    """DDPM, DDIM and the student, if there is one, from the same noise, asked for the category of the first of the
    chosen sprites, where the model has it.

    Raises InputError if the model is a student, or no plane goes through the sprites.
    """
    check_no_student(model)
    plane = SpritePlane(to_tensor(chosen.images))
    asked = chosen.categories[chosen.labels[0]]
    context = context_rows({asked: 1} if asked in model.categories else {}, model.categories, 1)
    runs = {
        "ddpm": Run(model, SampleConfig("ddpm", min(DDPM_STEPS, model.schedule.T), 1, seed, clean=False), context),
        "ddim": Run(model, SampleConfig("ddim", min(DDIM_STEPS, model.schedule.T), 1, seed, clean=False), context),
    }
    if student is not None:
        runs["student"] = Run(student, usual_config(student, n=1, seed=seed, clean=False), context)
    return [walk_on(plane, kind, run) for kind, run in runs.items()]
