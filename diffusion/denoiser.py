"""From a network to a denoiser: whatever it predicts, one function (x_t, t) -> eps, with context and guidance."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from diffusion.networks.course_unet import ContextUnet, ContextUnetAsTaught
from diffusion.networks.sprite_unet import SpriteUnet
from diffusion.predictions import PREDICTIONS, Prediction
from diffusion.samplers import ALL_SAMPLERS
from diffusion.schedule import SCHEDULES, Schedule
from diffusion.sprites.palette import check_palette
from diffusion.sprites.spriteset import MAX_CATEGORIES
from diffusion.support.checks import InputError, check_known, check_number, check_whole
from diffusion.support.device import memory_format

MAX_SIZE = 512
MAX_GUIDANCE = 20
MAX_T = 10_000
MAX_STUDENT_STEPS = 16

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "sprite": SpriteUnet,
    "course": lambda n_context, **options: ContextUnet(n_cfeat=n_context, **options),
    "course-as-taught": lambda n_context, **options: ContextUnetAsTaught(n_cfeat=n_context, **options),
}


@dataclass(frozen=True)
class ModelConfig:
    """All of a model but its weights; `guidance` is what suits it when nothing else is asked for.

    Guidance above 1 acts only where at most the share `guided_below` of x_t is noise: where there is more, it makes
    sprites alike. Kynkäänniemi et al., 2404.07724.
    `palette` holds the colours of the training sprites, see `palette_of`; it is empty where they have too many.
    A student has `steps`: it is made for just so many of its `sampler`, and has its guidance built in.
    Raises InputError if it names an unknown network, prediction or schedule, or a size out of bounds.
    """

    network: str
    prediction: str
    categories: tuple[str, ...]
    schedule: str = "cosine"
    guidance: float = 1.0
    network_options: dict[str, int] = field(default_factory=dict)
    schedule_options: dict[str, float] = field(default_factory=dict)
    steps: int | None = None
    guided_below: float = 1.0
    palette: str = ""
    sampler: str = "ddim"   # of a student

    def __post_init__(self) -> None:
        for what, known in (("network", NETWORKS), ("prediction", PREDICTIONS), ("schedule", SCHEDULES)):
            check_known(what, getattr(self, what), known)
        if len(self.categories) > MAX_CATEGORIES or not all(isinstance(name, str) for name in self.categories):
            raise InputError(f"categories must be at most {MAX_CATEGORIES} names.")
        if not all(isinstance(size, int) and 1 <= size <= MAX_SIZE for size in self.network_options.values()):
            raise InputError(f"network sizes must be whole numbers from 1 to {MAX_SIZE}.")
        if "from_x0" in self.network_options and self.prediction != "velocity":
            raise InputError("from_x0 belongs to a network that predicts velocity.")
        if not 1 <= self.schedule_options.get("T", 1) <= MAX_T:
            raise InputError(f"a schedule has 1 to {MAX_T} steps.")
        check_number("guidance", self.guidance, 0, MAX_GUIDANCE)
        check_number("guided_below", self.guided_below, 0, 1)
        check_palette(self.palette)
        if self.steps is not None:
            check_whole("steps", self.steps, 1, MAX_STUDENT_STEPS)
        check_known("sampler", self.sampler, ALL_SAMPLERS)

    def build(self, device: torch.device | str = "cpu") -> "DiffusionModel":
        """The model with freshly drawn weights."""
        net = NETWORKS[self.network](n_context=len(self.categories), **self.network_options)
        net = net.to(device, memory_format=memory_format(device))
        return DiffusionModel(self, net, SCHEDULES[self.schedule](**self.schedule_options))


@dataclass(frozen=True)
class DiffusionModel:
    """A network with all that is needed to sample from it."""

    config: ModelConfig
    net: nn.Module
    schedule: Schedule

    @property
    def categories(self) -> tuple[str, ...]:
        return self.config.categories

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a sprite."""
        height = self.config.network_options.get("height", 16)
        return 3, height, height

    @property
    def is_student(self) -> bool:
        """Whether it was distilled: it takes so many steps as its config says, and has its guidance built in."""
        return self.config.steps is not None

    @property
    def prediction(self) -> Prediction:
        return PREDICTIONS[self.config.prediction]

    @property
    def device(self) -> torch.device:
        return next(self.net.parameters()).device

    def on(self, schedule: Schedule) -> "DiffusionModel":
        """The same network on `schedule`, where it answers on any; else the model as it is."""
        return replace(self, schedule=schedule) if self.prediction.any_schedule else self

    def denoiser(
        self, context: Tensor, guidance: float | None = None, mixing: str = "vector", guided_from: int = 0
    ) -> "GuidedDenoiser":
        """Bind the model to one context row a sprite, (B, K); guidance defaults to the model's own, and acts at
        guided_from and above."""
        return MIXINGS[mixing](self, context, self.config.guidance if guidance is None else guidance, guided_from)


def check_no_student(model: DiffusionModel) -> None:
    """Raise InputError if the model cannot answer at any level of noise."""
    if model.is_student:
        raise InputError("this model is a student, made for a few noise levels only: choose one that is not.")


class GuidedDenoiser:
    """eps = eps_none + guidance (eps_context - eps_none): classifier-free guidance, 2207.12598.

    Both halves go through the network as one batch. `calls` counts the network evaluations a sprite has cost
    (NFE): two a step with guidance, one a step without, such as above the share of noise the model is guided below.
    """

    def __init__(self, model: DiffusionModel, context: Tensor, guidance: float, guided_from: int) -> None:
        self.calls = 0
        self._model = model
        self._context = context.to(model.device)
        self._guidance = guidance
        self._guided_from = guided_from

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        guidance = self.guidance_at(t)
        if guidance == 1 or not self._model.categories:
            return self._eps(x_t, t, self._context)
        both = torch.cat([self._context, torch.zeros_like(self._context)])
        with_context, without = self._eps(torch.cat([x_t, x_t]), t, both).chunk(2)
        return without + guidance * (with_context - without)

    def guidance_at(self, t: int) -> float:
        """The guidance at t: none, 1, above the share of noise that the model is guided below, and below guided_from.
        """
        little_enough = float(self._model.schedule.noise_share(t)) <= self._model.config.guided_below
        return self._guidance if little_enough and t >= self._guided_from else min(1.0, self._guidance)

    def _eps(self, x: Tensor, t: int, context: Tensor) -> Tensor:
        self.calls += len(x) // len(self._context)
        return self._model.prediction.eps(self._model.net, self._model.schedule, x, t, context)


class ComposedDenoiser(GuidedDenoiser):
    """eps = eps_none + guidance sum_k w_k (eps_k - eps_none): categories predicted apart, then mixed. 2206.01714.

    All predictions of a step go through the network as one batch: one for each category that weighs anything for any
    sprite, and one without. `calls` counts them all.
    """

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        n, n_categories = self._context.shape
        weighty = self._context.any(dim=0).nonzero()[:, 0]
        alone = torch.eye(n_categories, device=x_t.device)[weighty].repeat_interleave(n, 0)
        rows = torch.cat([alone, torch.zeros_like(self._context)])
        *eps, without = self._eps(x_t.repeat(len(weighty) + 1, 1, 1, 1), t, rows).chunk(len(weighty) + 1)
        weights = self._context.T[weighty, :, None, None, None]   # (categories that weigh anything, B, 1, 1, 1)
        mixed = sum(w * (eps_k - without) for w, eps_k in zip(weights, eps, strict=True))
        return without + self.guidance_at(t) * mixed


MIXINGS: dict[str, type[GuidedDenoiser]] = {"vector": GuidedDenoiser, "composed": ComposedDenoiser}
