"""Making sprites with a trained model: one description of a run, and the run itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from diffusion.denoiser import MAX_GUIDANCE, MIXINGS, DiffusionModel, GuidedDenoiser, ModelConfig
from diffusion.noise import SpriteNoise
from diffusion.samplers import (
    ALL_SAMPLERS,
    JUMPS,
    SAMPLERS,
    SMOOTH_SAMPLER,
    USUAL_SAMPLER,
    VARIANCES,
    NoiseSource,
    Rule,
    Step,
    sample,
)
from diffusion.schedule import Schedule
from diffusion.sprites.palette import MAX_COLOURS, clean
from diffusion.sprites.spriteset import MAX_WEIGHT
from diffusion.support.checks import InputError, check_known, check_number, check_whole
from diffusion.support.progress import Progress, silent
from diffusion.support.wording import listed, quoted, shown

MAX_SEED = 2**32 - 1
MAX_SPRITES = 100_000
MAX_STEPS = 1_000_000
BATCH = 256


@dataclass(frozen=True)
class SampleConfig:
    """A run: which sampler, how many steps and sprites, from which seed, how strongly guided.

    guidance None means the model's own; guided_steps: how many steps it acts in, the first ones; None means all;
    eta belongs to ddim, variance to ddpm; mixing: how categories are mixed, see MIXINGS.
    origins: (seed, index) of each sprite's noise; None means (seed, 0), (seed, 1) and so on.
    clean: whether the finished sprites are brought back to the model's palette; None means if it has one.
    Raises InputError naming the setting out of range.
    """

    sampler: str = USUAL_SAMPLER
    steps: int = 10
    n: int = 16
    seed: int = 0
    guidance: float | None = None
    eta: float = 0.0
    mixing: str = "vector"
    origins: tuple[tuple[int, int], ...] | None = None
    clean: bool | None = None
    variance: str = "beta"
    guided_steps: int | None = None

    def __post_init__(self) -> None:
        check_known("sampler", self.sampler, ALL_SAMPLERS)
        check_whole("steps", self.steps, 1, MAX_STEPS)
        check_whole("n", self.n, 1, MAX_SPRITES)
        check_whole("seed", self.seed, 0, MAX_SEED)
        if self.guidance is not None:
            check_number("guidance", self.guidance, 0, MAX_GUIDANCE)
        if self.guided_steps is not None:
            check_whole("guided steps", self.guided_steps, 1, MAX_STEPS)
        check_number("eta", self.eta, 0, 1)
        check_known("variance", self.variance, VARIANCES)
        for name, usual in (("eta", 0), ("variance", "beta")):
            _check_taken(self.sampler, name, getattr(self, name), usual)
        check_known("mixing", self.mixing, MIXINGS)
        if self.clean is not None and not isinstance(self.clean, bool):
            raise InputError(f"clean = {shown(self.clean)}: it must be true or false.")
        if self.origins is not None:
            _check_origins(self.origins, self.n)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "SampleConfig":
        """The one described by JSON values; raises InputError, TypeError or AttributeError if they describe none."""
        origins = values.get("origins")
        return cls(**values | {"origins": origins and tuple(tuple(origin) for origin in origins)})

    def rule(self) -> Rule:
        """The step rule of the sampler, made anew: some remember the steps before."""
        sampler = ALL_SAMPLERS[self.sampler]
        return sampler.rule(**{name: getattr(self, name) for name in sampler.takes})

    def origins_from(self, first: int, n: int) -> list[tuple[int, int]]:
        """Where the noise of n sprites comes from, the sprite `first` on."""
        sprites = range(first, first + n)
        return [self.origins[k] for k in sprites] if self.origins else [(self.seed, k) for k in sprites]


def usual_config(model: DiffusionModel, **settings: Any) -> SampleConfig:
    """The run that suits a model, where `settings` do not say otherwise; those that are None say nothing."""
    usual = {"sampler": model.config.sampler, "steps": model.config.steps} if model.is_student else {"steps": 10}
    return SampleConfig(**(usual | {name: value for name, value in settings.items() if value is not None}))


def smooth_config(model: DiffusionModel, **settings: Any) -> SampleConfig:
    """As `usual_config`, but without fresh noise: sprites change as smoothly as their mix, as those of its students do.
    """
    smooth = {} if model.is_student else {"sampler": SMOOTH_SAMPLER}
    return usual_config(model, **(smooth | settings))


def cleaned_with(model: DiffusionModel, config: SampleConfig) -> str:
    """The palette that finished sprites are brought back to, "" for none; InputError if one is asked for and not there.
    """
    palette = model.config.palette
    if config.clean and not palette:
        raise InputError(f"clean: this model has no palette; one trained on up to {MAX_COLOURS} colours has.")
    return "" if config.clean is False else palette


class Start(NamedTuple):
    """A state to begin a run from, in place of pure noise."""

    x_t: Tensor   # (n, 3, 16, 16)
    t: int


class Run:
    """A sampling run: iterate over it for its Steps, as often as wanted, each time from the same noise.

    `calls` counts the network evaluations (NFE) that a sprite has cost in the last iteration.
    """

    def __init__(
        self,
        model: DiffusionModel,
        config: SampleConfig,
        context: Tensor,
        first: int = 0,
        start: Start | None = None,
        schedule: Schedule | None = None,
        fresh_noise: float = 1.0,
        noise_seed: int | None = None,
    ) -> None:
        """context: (B, K), one row for each sprite of this run, which may be a part of the config's n sprites, from the
        sprite `first` on.

        schedule: the sampler's, if it shall differ from the model's; fresh_noise: what part of the noise that a
        sampler adds is really added; noise_seed: where it comes from, if not from the seed of the start.
        Raises InputError if the config has fewer sprites, the steps do not fit the schedule, a student is asked for
        what it has not learnt or another model for what only students have, or the sprites are to be cleaned without
        a palette.
        """
        if first + len(context) > config.n:
            raise InputError(f"n = {config.n}: the context has rows for {first + len(context)} sprites.")
        if model.is_student:
            _check_student(model.config, config)
        elif config.sampler == JUMPS:
            raise InputError(f"sampler = {JUMPS}: only a student can jump; choose from {listed([*SAMPLERS])}.")
        self.schedule = schedule or model.schedule
        self.timesteps = self.schedule.timesteps(config.steps, start.t if start else None)
        self._model, self._config, self._context, self._start = model, config, context, start
        self._palette = cleaned_with(model, config)
        self._origins = config.origins_from(first, len(context))
        self._fresh_noise, self._noise_seed = fresh_noise, noise_seed
        self._guided_from = self.timesteps[: config.guided_steps][-1] if config.guided_steps else 0
        self._denoiser = self._new_denoiser()

    @property
    def pixels(self) -> int:
        """Pixels of all sprites of the run."""
        _, height, width = self._model.shape
        return len(self._context) * height * width

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        return self._model.device

    @property
    def calls(self) -> int:
        return self._denoiser.calls

    def __iter__(self) -> Iterator[Step]:
        self._denoiser = self._new_denoiser()
        seeds, indices = zip(*self._origins, strict=True)
        own = self._noise(seeds, indices)
        x_T = own()   # drawn in any case: a start may be noisy with it, and fresh noise must not repeat it
        first = self._start.x_t if self._start else x_T
        fresh = own if self._noise_seed is None else self._noise(self._noise_seed, indices)
        noise = fresh if self._fresh_noise == 1 else lambda: self._fresh_noise * fresh()
        return map(self._finished, self._walk(first, x_T, noise))

    def _walk(self, first: Tensor, x_T: Tensor, noise: NoiseSource) -> Iterator[Step]:
        """The steps from the state `first`; x_T: the sprites' own first noise, which a start may be noisy with."""
        return sample(self._denoiser, self.schedule, first, self.timesteps, self._config.rule(), noise=noise)

    def _new_denoiser(self) -> GuidedDenoiser:
        config = self._config
        return self._model.denoiser(self._context, config.guidance, config.mixing, self._guided_from)

    def _noise(self, seed: int | Sequence[int], indices: Sequence[int]) -> SpriteNoise:
        return SpriteNoise(seed, indices, self._model.shape, self._model.device)

    def _finished(self, step: Step) -> Step:
        """A step as it is given out: the last one with the palette's colours."""
        if step.t_next > 0 or not self._palette:
            return step
        return step._replace(x_next=clean(step.x_next, self._palette))


class Made(NamedTuple):
    """Finished sprites, (n, 3, 16, 16), and the network evaluations that each has cost."""

    sprites: Tensor
    calls: int


def generate(
    model: DiffusionModel, config: SampleConfig, context: Tensor, progress: Progress = silent
) -> Tensor:
    """The finished sprites of a run, (n, 3, 16, 16), made in batches; `progress` hears the share done, 0..1."""
    return generate_counted(model, config, context, progress).sprites


def generate_counted(
    model: DiffusionModel, config: SampleConfig, context: Tensor, progress: Progress = silent
) -> Made:
    """As `generate`, with the network evaluations counted. What `progress` raises ends the run."""
    making = Making(model, config, context)
    for share in making:
        progress(share)
    return making.made


class Making:
    """`generate` step by step, for who decides when each is made: iterate over it for the share that is done."""

    def __init__(self, model: DiffusionModel, config: SampleConfig, context: Tensor, at_once: int = BATCH) -> None:
        """at_once: sprites in one network call."""
        self._model, self._config, self._context, self._at_once = model, config, context, at_once
        self._finished: list[Made] = []

    @property
    def made(self) -> Made:
        """What came of it, once it has ended."""
        return Made(torch.cat([batch.sprites for batch in self._finished]), self._finished[-1].calls)

    def __iter__(self) -> Iterator[float]:
        self._finished, n = [], len(self._context)
        for first in range(0, n, self._at_once):
            rows = self._context[first : first + self._at_once]
            run = Run(self._model, self._config, rows, first)
            for i, step in enumerate(run, 1):
                x = step.x_next
                yield (first + len(rows) * i / self._config.steps) / n
            self._finished.append(Made(x, run.calls))


def mix_pairs(weights: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """A mix as (category, weight) pairs; raises InputError unless each category has a number from -5 to 5."""
    if not isinstance(weights, Mapping):
        raise InputError(f'weights = {shown(weights)}: give a number for each category, such as {{"hero": 1}}.')
    for name, weight in weights.items():
        if not isinstance(name, str):
            raise InputError(f"category {shown(name)}: a category is named in text.")
        check_number(name, weight, -MAX_WEIGHT, MAX_WEIGHT)
    return tuple(weights.items())


def context_rows(weights: Mapping[str, float], categories: tuple[str, ...], n: int) -> Tensor:
    """The same mix for each of n sprites, (n, K); categories that are not named weigh 0.

    Raises InputError on an unknown category or a weight that is not a number from -5 to 5.
    """
    row = torch.zeros(len(categories))
    for name, weight in mix_pairs(weights):
        if name not in categories:
            raise InputError(f"category {quoted(name)} is unknown: this model has {listed(categories) or 'none'}.")
        row[categories.index(name)] = weight
    return row.repeat(n, 1)


def categories_in_turn(categories: tuple[str, ...], n: int) -> Tensor:
    """One category a sprite, in turn, so that each comes equally often: (n, K)."""
    if not categories:
        return torch.zeros(n, 0)
    return torch.eye(len(categories))[torch.arange(n) % len(categories)]


def _check_taken(sampler: str, name: str, value: float | str, usual: float | str) -> None:
    takers = [taker for taker, known in SAMPLERS.items() if name in known.takes]
    if value != usual and sampler not in takers:
        raise InputError(f"{name} = {value}: only the sampler {listed(takers)} takes one.")


def _check_origins(origins: tuple[tuple[int, int], ...], n: int) -> None:
    if len(origins) != n:
        raise InputError(f"origins: {len(origins)} are given for {n} sprites.")
    for origin in origins:
        if len(origin) != 2:
            raise InputError(f"origin {shown(origin)}: the noise of a sprite is named by a seed and an index.")
        seed, index = origin
        check_whole("seed of a sprite", seed, 0, MAX_SEED)
        check_whole("index of a sprite", index, 0, MAX_SPRITES)


def _check_student(learnt: ModelConfig, config: SampleConfig) -> None:
    if (config.sampler, config.steps) != (learnt.sampler, learnt.steps):
        raise InputError(f"this model is a student: it takes the sampler {learnt.sampler} with steps = {learnt.steps}.")
    if config.guidance not in (None, 1):
        raise InputError(f"guidance = {config.guidance}: this model has its guidance built in, so it must be 1.")
