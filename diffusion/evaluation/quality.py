"""Quality in numbers: Fréchet sprite distance, context accuracy, memorisation, each beside what real sprites get."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.judge import Judge, accuracy
from diffusion.evaluation.memorisation import copied_share
from diffusion.evaluation.metrics import Crispness, crispness, density_and_coverage, frechet_distance
from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.models.measured import Measured, fingerprint
from diffusion.sprites.palette import clean
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.device import describe_machine
from diffusion.support.images import to_tensor
from diffusion.support.progress import Progress, part, silent

FLOOR_DRAWS = 3


class Cleaned(NamedTuple):
    """What bringing the sprites back to the palette changes."""

    fsd: float
    crispness: Crispness


@dataclass(frozen=True)
class Quality:
    """What `evaluate` measures: means over `seeds`, each with `n` sprites; "_real" is the same for held-out sprites.

    Accuracies are None without categories, and `cleaned` without a palette.
    """

    fsd: float
    fsd_spread: float               # standard deviation over the seeds
    fsd_floor: float                # as many real sprites against the held-out ones
    context_accuracy: float | None
    context_accuracy_real: float | None
    density: float
    coverage: float
    memorisation: float
    memorisation_real: float
    crispness: Crispness
    crispness_real: Crispness
    cleaned: Cleaned | None
    n: int
    seeds: list[int]
    sampler: str
    steps: int
    guidance: float

    def values(self) -> dict[str, Any]:
        """All of it as JSON values."""
        crisp = {"crispness": self.crispness._asdict(), "crispness_real": self.crispness_real._asdict()}
        cleaned = self.cleaned and {"fsd": self.cleaned.fsd, "crispness": self.cleaned.crispness._asdict()}
        return asdict(self) | crisp | {"cleaned": cleaned}


class Likeness(NamedTuple):
    """How like real sprites some generated ones are."""

    fsd: float        # Fréchet sprite distance, to the held-out real ones
    accuracy: float   # the share in which the judge sees the category that was asked for


class RealSprites:
    """What generated sprites are compared with, measured once however many models are: the floor of every measure."""

    def __init__(self, sprites: SpriteSet, judge: Judge) -> None:
        """Raises ValueError if the held-out part of `sprites` has fewer than two sprites."""
        self.sprites = sprites
        training, self._held_out = sprites.split()
        if len(self._held_out) < 2:
            raise ValueError("quality needs at least two held-out sprites to compare with.")
        self.judge = judge
        self.known, self.unseen = to_tensor(training.images), to_tensor(self._held_out.images)
        self.features = judge.features(self.unseen)   # (held out, 64)
        self._floors: dict[int, float] = {}

    def contexts(self, n: int) -> Tensor:
        """One category a sprite, in the proportions of the held-out sprites, (n, K)."""
        if not self._held_out.categories:
            return categories_in_turn((), n)
        shuffled = np.random.default_rng(0).permutation(len(self._held_out))
        return torch.from_numpy(self._held_out.context[shuffled[np.arange(n) % len(self._held_out)]])

    def likeness(self, made: Tensor, context: Tensor) -> Likeness:
        """Compare generated sprites, (N, 3, 16, 16) in [-1, 1] on the CPU, that were asked for by `context`, (N, K)."""
        fsd = frechet_distance(self.judge.features(made), self.features)
        return Likeness(fsd, accuracy(self.judge, made, context.argmax(1)) if context.shape[1] else 0.0)

    def floor(self, n: int) -> float:
        """The distance of `n` real sprites of the training part: what `n` generated ones can reach at best.

        The mean over a few draws. It is larger for small `n`, as every such distance is.
        """
        if n not in self._floors:
            draws = [np.random.default_rng(i).permutation(len(self.known))[:n] for i in range(FLOOR_DRAWS)]
            features = (self.judge.features(self.known[draw]) for draw in draws)
            self._floors[n] = float(np.mean([frechet_distance(one, self.features) for one in features]))
        return self._floors[n]

    @cached_property
    def accuracy(self) -> float:
        """The share of held-out sprites that the judge names rightly."""
        return accuracy(self.judge, self.unseen, torch.from_numpy(self._held_out.labels))

    @cached_property
    def memorisation(self) -> float:
        """The share of held-out sprites that look like copies."""
        return copied_share(self.unseen, self.known)

    @cached_property
    def crispness(self) -> Crispness:
        """How cleanly the held-out sprites are drawn."""
        return crispness(self.unseen, self.known)


def evaluate(
    model: DiffusionModel,
    real: RealSprites,
    config: SampleConfig,
    seeds: Sequence[int] = (0, 1, 2),
    progress: Progress = silent,
) -> Quality:
    """Compare `config.n` generated sprites a seed with the held-out real ones, and both with the training part."""
    context = real.contexts(config.n)
    likeness, near, copies, crisp, cleaned = [], [], [], [], []
    for i, seed in enumerate(seeds):
        seeded = replace(config, seed=seed)
        made = generate(model, seeded, context, part(progress, i, len(seeds))).cpu().clamp(-1, 1)
        likeness.append(real.likeness(made, context))
        near.append(density_and_coverage(real.judge.features(made), real.features))
        crisp.append(crispness(made, real.known))
        copies.append(copied_share(made, real.known))
        if model.config.palette:
            tidy = clean(made, model.config.palette)
            cleaned.append(Cleaned(real.likeness(tidy, context).fsd, crispness(tidy, real.known)))
    labelled = len(model.categories) > 1
    distances, accuracies = zip(*likeness, strict=True)
    density, coverage = np.mean(near, axis=0).tolist()
    return Quality(
        fsd=float(np.mean(distances)),
        fsd_spread=float(np.std(distances)),
        fsd_floor=real.floor(config.n),
        context_accuracy=float(np.mean(accuracies)) if labelled else None,
        context_accuracy_real=real.accuracy if labelled else None,
        density=density,
        coverage=coverage,
        memorisation=float(np.mean(copies)),
        memorisation_real=real.memorisation,
        crispness=_mean_crispness(crisp),
        crispness_real=real.crispness,
        cleaned=_mean_cleaned(cleaned) if cleaned else None,
        n=config.n,
        seeds=list(seeds),
        sampler=config.sampler,
        steps=config.steps,
        guidance=model.config.guidance if config.guidance is None else config.guidance,
    )


def measure_quality(
    model: DiffusionModel,
    sprites: SpriteSet,
    called: str,
    judge: Judge,
    config: SampleConfig,
    seeds: Sequence[int],
    progress: Progress = silent,
) -> Measured:
    """What `evaluate` measures against the sprites that are `called` so, with machine, weights and judge named.

    Raises ValueError as `evaluate` does; see `check_comparable`.
    """
    quality = evaluate(model, RealSprites(sprites, judge), config, seeds, progress)
    named = {"machine": describe_machine(model.device.type), "weights": fingerprint(model), "judge": judge.fingerprint}
    return quality.values() | {"sprites": called} | named


def check_comparable(model: DiffusionModel, sprites: SpriteSet) -> None:
    """Raise ValueError, one sentence, if model and sprites differ in their categories or sizes."""
    if model.categories != sprites.categories:
        known, own = (", ".join(names) or "no categories" for names in (model.categories, sprites.categories))
        raise ValueError(f"the model knows {known}, but the sprites have {own}: give --data.")
    if model.shape[1:] != sprites.images.shape[1:3]:
        raise ValueError(f"the model makes sprites of {model.shape[1]} pixels, which cannot be compared with these.")


def _mean_crispness(measured: list[Crispness]) -> Crispness:
    return Crispness(*np.mean(measured, axis=0).tolist())


def _mean_cleaned(measured: list[Cleaned]) -> Cleaned:
    distances, crisp = zip(*measured, strict=True)
    return Cleaned(float(np.mean(distances)), _mean_crispness(crisp))
