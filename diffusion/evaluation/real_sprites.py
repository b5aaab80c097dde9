"""Real sprites and what they get by every measure: what generated ones are compared with."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.evaluation.judge import Judge, accuracy
from diffusion.evaluation.memorisation import CopyTest, alike
from diffusion.evaluation.metrics import Crispness, crispness, density_and_coverage, frechet_distance
from diffusion.generation import categories_in_turn
from diffusion.sprites.palette import palette_of
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.images import to_tensor

FLOOR_DRAWS = 12


def for_choosing(sprites: SpriteSet) -> SpriteSet:
    """The sprites with one half of the held-out ones: settings are chosen on it, so nothing is reported on it."""
    return _with_every_second_held_out(sprites, 0)


def for_reporting(sprites: SpriteSet) -> SpriteSet:
    """The sprites with the other half of the held-out ones: no setting was chosen on it."""
    return _with_every_second_held_out(sprites, 1)


class Likeness(NamedTuple):
    """How like real sprites some are: the distance, and beside it what a distance alone does not tell."""

    fsd: float               # Fréchet sprite distance, to the held-out real ones
    density: float           # see density_and_coverage
    coverage: float
    accuracy: float | None   # the share in which the judge sees the category that was asked for
    colours: float           # see Crispness
    white: float
    nearest: float


BESIDE = ("coverage", "density", "colours", "white pixels", "nearest", "asked category")   # every distance, in tables
LEGEND = (
    "Beside it stand coverage, the share of real sprites that have a made one near; density, how near the made ones\n"
    "are to real ones; the colours of a sprite; how many of its pixels are exactly white; the distance to the nearest\n"
    "training sprite; and how often the asked category comes out."
)


def beside(likeness: Likeness) -> tuple[str, ...]:
    """The cells of a table under BESIDE."""
    right = "-" if likeness.accuracy is None else f"{likeness.accuracy:.1%}"
    return (
        f"{likeness.coverage:.2f}", f"{likeness.density:.2f}", f"{likeness.colours:.1f}", f"{likeness.white:.0%}",
        f"{likeness.nearest:.3f}", right,
    )   # fmt: skip


class Floor(NamedTuple):
    """What as many real sprites get, drawn like the generated ones: what these can reach at best."""

    likeness: Likeness   # fsd, density and coverage are means over the draws, the rest is that of held-out sprites
    spread: float        # standard deviation of the distance over the draws
    draws: int


class RealSprites:
    """What generated sprites are compared with, measured once however many models are."""

    def __init__(self, sprites: SpriteSet, judge: Judge) -> None:
        """Raises InputError if the held-out part of `sprites` has fewer than two sprites."""
        self.sprites = sprites
        self.training, self.held_out = sprites.split()
        if len(self.held_out) < 2:
            raise InputError("quality needs at least two held-out sprites to compare with.")
        self.judge = judge
        self.known, self.unseen = to_tensor(self.training.images), to_tensor(self.held_out.images)
        self.features = judge.features(self.unseen)   # (held out, N_FEATURES)
        self._floors: dict[int, Floor] = {}

    def contexts(self, n: int) -> Tensor:
        """One category a sprite, in the proportions of the held-out sprites, (n, K)."""
        if not self.held_out.categories:
            return categories_in_turn((), n)
        return torch.from_numpy(self.held_out.context[self._order(n)])

    def likeness(self, made: Tensor, context: Tensor) -> Likeness:
        """Compare generated sprites, (N, 3, 16, 16) in [-1, 1] on the CPU, that were asked for by `context`, (N, K)."""
        features = self.judge.features(made)
        return Likeness(
            frechet_distance(features, self.features),
            *density_and_coverage(features, self.features),
            accuracy(self.judge, made, context.argmax(1)) if context.shape[1] else None,
            *crispness(made, self.known),
        )

    def floor(self, n: int) -> Floor:
        """What `n` known sprites get, of the categories that `contexts` asks for; the distance is larger for small `n`.

        A sprite comes again in a draw only where there are fewer of its category than are asked for.
        """
        if n not in self._floors:
            self._floors[n] = self._measured_floor(n)
        return self._floors[n]

    def _measured_floor(self, n: int) -> Floor:
        wanted = self.held_out.labels[self._order(n)]
        draws = [alike(self.training.labels, wanted, np.random.default_rng(i)) for i in range(FLOOR_DRAWS)]
        drawn, where = np.unique(np.stack(draws), return_inverse=True)
        features = self.judge.features(self.known[drawn])[where.reshape(FLOOR_DRAWS, n)]
        distances = [frechet_distance(draw, self.features) for draw in features]
        density, coverage = np.mean([density_and_coverage(draw, self.features) for draw in features], axis=0).tolist()
        likeness = Likeness(float(np.mean(distances)), density, coverage, self.accuracy, *self.crispness)
        return Floor(likeness, float(np.std(distances, ddof=1)), FLOOR_DRAWS)

    def _order(self, n: int) -> np.ndarray:
        """Which held-out sprite each of n generated ones answers to."""
        shuffled = np.random.default_rng(0).permutation(len(self.held_out))
        return np.resize(shuffled, n)

    @cached_property
    def accuracy(self) -> float | None:
        """The share of held-out sprites that the judge names rightly; None without categories."""
        if not self.held_out.categories:
            return None
        return accuracy(self.judge, self.unseen, torch.from_numpy(self.held_out.labels))

    @cached_property
    def copy_test(self) -> CopyTest:
        """What tells copies of known sprites, tried on the held-out ones."""
        return CopyTest(self.known, self.unseen, palette_of(self.training.images))

    @cached_property
    def crispness(self) -> Crispness:
        """How cleanly the held-out sprites are drawn."""
        return crispness(self.unseen, self.known)


def _with_every_second_held_out(sprites: SpriteSet, first: int) -> SpriteSet:
    is_first = sprites.held_out.cumsum() % 2 == 1   # of each two that are held out
    return sprites.take(~sprites.held_out | (is_first if first == 0 else ~is_first))
