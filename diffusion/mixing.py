"""Mixes of categories, and ways from one to another: between two contexts, and between two noises."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.generation import MAX_SEED, SampleConfig, Start, context_rows, mix_pairs
from diffusion.noise import SpriteNoise
from diffusion.support.checks import check_whole

WEIGHTS, WIDE_WEIGHTS = (0.0, 1.0), (-0.5, 2.0)   # as far as the sliders go, and as far as they open
MOST_IN_A_SURPRISE = 3
MAX_POINTS = 32
NEARLY_PARALLEL = 1e-6   # sine of the angle below which the arc is as good as straight


class Preset(NamedTuple):
    """A mix to begin with; guidance: None for that of the model."""

    weights: dict[str, float]
    mixing: str = "vector"
    guidance: float | None = None


def _half(*categories: str) -> Preset:
    """Both parts are seen: with more guidance one of them wins."""
    return Preset(dict.fromkeys(categories, 0.5), "composed", 1.5)


PRESETS = {
    "half hero, half food": _half("hero", "food"),
    "half hero, half spell": _half("hero", "spell"),
    "half food, half spell": _half("food", "spell"),
    "half hero, half side-facing": _half("hero", "side-facing"),
    # As the course shows them
    "hero": Preset({"hero": 1}),
    "hero + 0.6 food": Preset({"hero": 1, "food": 0.6}),
    "0.6 food + 0.4 spell": Preset({"food": 0.6, "spell": 0.4}),
    "hero + side-facing": Preset({"hero": 1, "side-facing": 1}),
    "hero + non-hero": Preset({"hero": 1, "non-hero": 1}),
    "hero + spell": Preset({"hero": 1, "spell": 1}),
}


@dataclass(frozen=True)
class Path:
    """Where rows of `points` sprites are going: to the mix `weights`, and to the noise of `seed`.

    Sprite k of a row lies k / (points - 1) of the way. Raises InputError naming what is out of bounds.
    """

    weights: tuple[tuple[str, float], ...]
    seed: int
    points: int

    def __post_init__(self) -> None:
        check_whole("seed at the end of the path", self.seed, 0, MAX_SEED)
        check_whole("points", self.points, 2, MAX_POINTS)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Path":
        """The one described by JSON values; raises ValueError, TypeError or KeyError if they describe none."""
        return cls(mix_pairs(dict(values["weights"])), values["seed"], values["points"])

    def shares(self, n: int) -> Tensor:
        """How far along the path each of n sprites lies, float64 (n,)."""
        return (torch.arange(n) % self.points).double() / (self.points - 1)

    def context(self, rows: Tensor, categories: tuple[str, ...]) -> Tensor:
        """The mix of each sprite, (n, K), on the straight way from `rows`."""
        share = self.shares(len(rows))[:, None]
        end = context_rows(dict(self.weights), categories, len(rows))
        return ((1 - share) * rows + share * end).to(rows.dtype)

    def start(self, config: SampleConfig, model: DiffusionModel) -> Start:
        """The noise of each sprite: from its own origin on the arc to the one of the same index in `seed`."""
        seeds, indices = zip(*config.origins_from(0, config.n), strict=True)
        near = SpriteNoise(seeds, indices, model.shape)()
        far = SpriteNoise(self.seed, indices, model.shape)()
        return Start(slerp(near, far, self.shares(config.n)).to(model.device), model.schedule.T)


def slerp(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    """Spherical interpolation of rows (N, ...), a at share 0 and b at 1; share: (N,). In float64, given in a's dtype.

    (sin((1 - share) angle) a + sin(share angle) b) / sin(angle): between two noises it stays as long as noise is,
    where the straight way would cut through the middle. Shoemake, 1985.
    """
    flat_a, flat_b, share = a.flatten(1).double(), b.flatten(1).double(), share.double()[:, None]
    cosine = torch.nn.functional.cosine_similarity(flat_a, flat_b).clamp(-1, 1)[:, None]
    angle = cosine.acos()
    sine = angle.sin()
    straight = (1 - share) * flat_a + share * flat_b
    arc = ((1 - share) * angle).sin() / sine * flat_a + (share * angle).sin() / sine * flat_b
    return torch.where(sine < NEARLY_PARALLEL, straight, arc).reshape(a.shape).to(a.dtype)


def fitting_presets(categories: tuple[str, ...]) -> dict[str, Preset]:
    """Those that a model of these categories can draw."""
    return {name: preset for name, preset in PRESETS.items() if preset.weights.keys() <= set(categories)}


def surprise(categories: tuple[str, ...], random: Random) -> dict[str, float]:
    """A mix of two or three categories (fewer, where there are no more), each weighing 0.2 to 1."""
    wished = random.randint(2, MOST_IN_A_SURPRISE)
    chosen = random.sample(categories, min(wished, len(categories)))
    return {name: round(random.uniform(0.2, 1), 2) for name in chosen}
