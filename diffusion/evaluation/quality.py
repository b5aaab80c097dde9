"""Quality in numbers: Fréchet sprite distance, context accuracy, memorisation, each beside what real sprites get."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.judge import Judge
from diffusion.evaluation.memorisation import Losses, losses
from diffusion.evaluation.metrics import NEIGHBOURS, Crispness
from diffusion.evaluation.real_sprites import Likeness, RealSprites
from diffusion.generation import MAX_SPRITES, SampleConfig, cleaned_with, generate
from diffusion.models.measured import Measured, fingerprint
from diffusion.sprites.palette import clean
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError, check_whole
from diffusion.support.device import describe_machine
from diffusion.support.progress import Progress, part, silent
from diffusion.support.wording import listed


@dataclass(frozen=True)
class Quality:
    """What `evaluate` measures: means over `seeds`, each with `n` sprites; "_real" is what as many real ones get.

    Sprites are measured as the run shows them, in clean colours where the model has a palette; copies are looked for in
    them as the network left them. Accuracies are None without categories, `memorisation_caught` without a palette,
    `raw` where nothing was cleaned, and `losses` for a student, which is not taught by that loss.
    """

    fsd: float
    fsd_spread: float | None        # standard deviation over the sampling seeds of this one model; None for one seed
    fsd_floor: float                # as many real sprites against the held-out ones, the mean over `floor_draws`
    fsd_floor_spread: float         # standard deviation over these draws
    floor_draws: int
    context_accuracy: float | None
    context_accuracy_real: float | None
    density: float
    density_real: float
    coverage: float
    coverage_real: float
    memorisation: float             # the share of copies, by CopyTest
    memorisation_real: float        # of unseen real sprites: false alarms
    memorisation_caught: float | None   # of planted copies
    losses: Losses | None
    crispness: Crispness
    crispness_real: Crispness
    raw: Likeness | None              # the same sprites, as the network left them
    n: int
    seeds: list[int]
    sampler: str
    steps: int
    guidance: float

    def values(self) -> dict[str, Any]:
        """All of it as JSON values."""
        values = asdict(self)
        tuples = {name: value for name, value in vars(self).items() if hasattr(value, "_asdict")}
        return values | {name: value._asdict() for name, value in tuples.items()}


def evaluate(
    model: DiffusionModel,
    real: RealSprites,
    config: SampleConfig,
    seeds: Sequence[int] = (0, 1, 2),
    progress: Progress = silent,
) -> Quality:
    """Compare `config.n` generated sprites a seed with the held-out real ones, and both with the training part."""
    check_whole("n", config.n, 2, MAX_SPRITES)
    check_enough(real.sprites)
    context, palette = real.contexts(config.n), cleaned_with(model, config)
    measured, copies, caught, raw = [], [], [], []
    for i, seed in enumerate(seeds):
        seeded = replace(config, seed=seed, clean=False)
        left = generate(model, seeded, context, part(progress, i, len(seeds))).cpu()
        made = left.clamp(-1, 1)
        measured.append(real.likeness(clean(left, palette) if palette else made, context))
        copies.append(real.copy_test.copies(made).mean())
        caught.append(real.copy_test.caught(made))
        if palette:
            raw.append(real.likeness(made, context))
    likeness, floor = mean_likeness(measured), real.floor(config.n)
    labelled = len(model.categories) > 1
    return Quality(
        fsd=likeness.fsd,
        fsd_spread=spread([one.fsd for one in measured]),
        fsd_floor=floor.likeness.fsd,
        fsd_floor_spread=floor.spread,
        floor_draws=floor.draws,
        context_accuracy=likeness.accuracy if labelled else None,
        context_accuracy_real=real.accuracy if labelled else None,
        density=likeness.density,
        density_real=floor.likeness.density,
        coverage=likeness.coverage,
        coverage_real=floor.likeness.coverage,
        memorisation=float(np.mean(copies)),
        memorisation_real=real.copy_test.false_alarms,
        memorisation_caught=None if None in caught else float(np.mean(caught)),
        losses=None if model.config.steps else losses(model, real.training, real.held_out),
        crispness=_crispness(likeness),
        crispness_real=real.crispness,
        raw=mean_likeness(raw) if raw else None,
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

    Raises InputError as `evaluate` does; see `check_comparable`.
    """
    quality = evaluate(model, RealSprites(sprites, judge), config, seeds, progress)
    named = {"machine": describe_machine(model.device.type), "weights": fingerprint(model), "judge": judge.fingerprint}
    return quality.values() | {"sprites": called} | named


def check_comparable(model: DiffusionModel, sprites: SpriteSet) -> None:
    """Raise InputError, one sentence, if model and sprites differ in their categories or sizes."""
    if model.categories != sprites.categories:
        known, there = (listed(categories) or "no categories" for categories in (model.categories, sprites.categories))
        raise InputError(f"the model knows {known}, but the sprites have {there}: give --data.")
    if model.shape[1:] != sprites.images.shape[1:3]:
        raise InputError(f"the model makes sprites of {model.shape[1]} pixels, which cannot be compared with these.")


def check_enough(sprites: SpriteSet) -> None:
    """Raise InputError unless `evaluate` has enough sprites of both parts to compare with."""
    held_out, training = int(sprites.held_out.sum()), int((~sprites.held_out).sum())
    if held_out <= NEIGHBOURS or training < 2:
        needed = f"{NEIGHBOURS + 1} sprites held out and 2 to train on"
        raise InputError(f"quality needs at least {needed}, and there are {held_out} and {training}: give more.")


def made_likeness(measured: Measured) -> Likeness:
    """What was measured of the generated sprites, from the values of a Quality."""
    crisp, accuracy = Crispness(**measured["crispness"]), measured["context_accuracy"]
    return Likeness(measured["fsd"], measured["density"], measured["coverage"], accuracy, *crisp)


def real_likeness(measured: Measured) -> Likeness:
    """What as many real sprites get, from the values of a Quality."""
    crisp, accuracy = Crispness(**measured["crispness_real"]), measured["context_accuracy_real"]
    return Likeness(measured["fsd_floor"], measured["density_real"], measured["coverage_real"], accuracy, *crisp)


def mean_likeness(measured: Sequence[Likeness]) -> Likeness:
    """The mean of several, measure by measure."""
    means = [None if None in values else float(np.mean(values)) for values in zip(*measured, strict=True)]
    return Likeness(*means)


def spread(values: Sequence[float]) -> float | None:
    """The standard deviation that a few values tell of all, over their number less one; None for a single one."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _crispness(likeness: Likeness) -> Crispness:
    return Crispness(likeness.colours, likeness.white, likeness.nearest)
