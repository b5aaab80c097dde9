"""From a network to a denoiser: whatever it predicts, one function (x_t, t) -> eps, with context and guidance."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from diffusion.networks.course_unet import ContextUnet, ContextUnetAsTaught
from diffusion.networks.sprite_unet import SpriteUnet
from diffusion.schedule import SCHEDULES, Schedule
from diffusion.sprites.palette import check_palette
from diffusion.sprites.spriteset import MAX_CATEGORIES
from diffusion.support.checks import check_number, check_whole

MAX_SIZE = 512
MAX_GUIDANCE = 20
MAX_T = 10_000
MAX_STUDENT_STEPS = 16

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "sprite": SpriteUnet,
    "course": lambda n_context, **options: ContextUnet(n_cfeat=n_context, **options),
    "course-as-taught": lambda n_context, **options: ContextUnetAsTaught(n_cfeat=n_context, **options),
}


class Example(NamedTuple):
    """What a network is shown in training, and what it should answer."""

    x: Tensor        # (B, 3, 16, 16)
    time: Tensor     # (B,) in 0..1
    target: Tensor   # (B, 3, 16, 16)


class Prediction(Protocol):
    """A choice of what the network predicts: how to teach it, and how to read eps off its answer.

    any_schedule: whether the network is told the noise level alone, so that it answers on every schedule.
    """

    any_schedule: bool

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, level: Tensor) -> Example:
        """level: (B,), normal numbers that say how noisy each sprite shall be: the larger, the noisier."""

    def eps(self, net: nn.Module, schedule: Schedule, x_t: Tensor, t: int, context: Tensor) -> Tensor: ...

    def mix(self, schedule: Schedule, time: Tensor) -> tuple[Tensor, Tensor]:
        """How much of sprite and of noise an example holds, each (B,): x = signal x0 + noise eps."""

    def level(self, schedule: Schedule, time: Tensor) -> Tensor:
        """The level whose example has that time."""

    def noise_told(self, schedule: Schedule, x: Tensor, time: Tensor, answer: Tensor) -> Tensor:
        """The eps in an example that follows from the network's answer to it."""


class NoisePrediction:
    """The network predicts eps from x_t and t / T; t is uniform in 1..T if levels are standard normal. 2006.11239."""

    any_schedule = False

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, level: Tensor) -> Example:
        t = (schedule.T * torch.special.ndtr(level.double())).ceil().long().clamp(1, schedule.T)
        return Example(schedule.add_noise(x0, t.cpu(), eps), (t / schedule.T).float(), eps)

    def eps(self, net: nn.Module, schedule: Schedule, x_t: Tensor, t: int, context: Tensor) -> Tensor:
        return net(x_t, x_t.new_full((len(x_t),), t / schedule.T), context)

    def mix(self, schedule: Schedule, time: Tensor) -> tuple[Tensor, Tensor]:
        t = timestep(schedule, time)
        return schedule.signal(t), schedule.noise(t)

    def level(self, schedule: Schedule, time: Tensor) -> Tensor:
        return torch.special.ndtri((timestep(schedule, time) - 0.5) / schedule.T).float()

    def noise_told(self, schedule: Schedule, x: Tensor, time: Tensor, answer: Tensor) -> Tensor:
        return answer


class NoisePredictionAsTaught(NoisePrediction):
    """The network is trained on x = sqrt(alpha_bar_t) x0 + (1 - alpha_bar_t) eps: the course forgets a root.

    So it learns from less noise than it meets in sampling, which starts from sqrt(1 - alpha_bar_t) eps.
    """

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, level: Tensor) -> Example:
        _, time, _ = super().example(schedule, x0, eps, level)
        t = timestep(schedule, time)
        too_little = schedule.noise(t).to(eps)[:, None, None, None] * eps
        return Example(schedule.add_noise(x0, t, too_little), time, eps)

    def mix(self, schedule: Schedule, time: Tensor) -> tuple[Tensor, Tensor]:
        signal, noise = super().mix(schedule, time)
        return signal, noise**2


class VelocityPrediction:
    """The network predicts v = eps - x0 on the straight path x = (1 - u) x0 + u eps, u = sigmoid(level).

    A point x_t of any schedule lies on that path after scaling: with a = sqrt(alpha_bar_t) and
    s = sqrt(1 - alpha_bar_t), x = x_t / (a + s) at u = s / (a + s), and eps = x + (1 - u) v.
    Lipman et al., 2210.02747; Esser et al., 2403.03206.
    """

    any_schedule = True

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, level: Tensor) -> Example:
        u = level.sigmoid()
        weight = u[:, None, None, None]
        return Example((1 - weight) * x0 + weight * eps, u, eps - x0)

    def eps(self, net: nn.Module, schedule: Schedule, x_t: Tensor, t: int, context: Tensor) -> Tensor:
        a, s = float(schedule.signal(t)), float(schedule.noise(t))
        u = float(schedule.noise_share(t))
        x = x_t / (a + s)
        return x + (1 - u) * net(x, x_t.new_full((len(x_t),), u), context)

    def mix(self, schedule: Schedule, time: Tensor) -> tuple[Tensor, Tensor]:
        return 1 - time, time

    def level(self, schedule: Schedule, time: Tensor) -> Tensor:
        return time.logit()

    def noise_told(self, schedule: Schedule, x: Tensor, time: Tensor, answer: Tensor) -> Tensor:
        return x + (1 - time)[:, None, None, None] * answer


class VPrediction(NoisePrediction):
    """The network predicts v = a eps - s x0 from x_t and t / T, so eps = s x_t + a v. Salimans & Ho, 2202.00512."""

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, level: Tensor) -> Example:
        x_t, time, _ = super().example(schedule, x0, eps, level)
        return Example(x_t, time, schedule.v(x0, timestep(schedule, time), eps))

    def eps(self, net: nn.Module, schedule: Schedule, x_t: Tensor, t: int, context: Tensor) -> Tensor:
        v = net(x_t, x_t.new_full((len(x_t),), t / schedule.T), context)
        return float(schedule.noise(t)) * x_t + float(schedule.signal(t)) * v

    def noise_told(self, schedule: Schedule, x: Tensor, time: Tensor, answer: Tensor) -> Tensor:
        signal, noise = (part.to(x)[:, None, None, None] for part in self.mix(schedule, time))
        return noise * x + signal * answer


def timestep(schedule: Schedule, time: Tensor) -> Tensor:
    """The t in 1..T, on the CPU, that a network is told as time = t / T."""
    return (time.double() * schedule.T).round().long().cpu()


PREDICTIONS: dict[str, Prediction] = {
    "noise": NoisePrediction(),
    "noise-as-taught": NoisePredictionAsTaught(),
    "v": VPrediction(),
    "velocity": VelocityPrediction(),
}


@dataclass(frozen=True)
class ModelConfig:
    """All of a model but its weights; `guidance` is what suits it when nothing else is asked for.

    Guidance above 1 acts only where at most the share `guided_below` of x_t is noise: where there is more, it makes
    sprites alike. Kynkäänniemi et al., 2404.07724.
    `palette` holds the colours of the training sprites, see `palette_of`; it is empty where they have too many.
    A student has `steps`: it is made for just so many steps of ddim, and has its guidance built in.
    Raises ValueError if it names an unknown network, prediction or schedule, or a size out of bounds.
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

    def __post_init__(self) -> None:
        for value, registry in ((self.network, NETWORKS), (self.prediction, PREDICTIONS), (self.schedule, SCHEDULES)):
            if value not in registry:
                raise ValueError(f"{value!r} is unknown: choose from {', '.join(registry)}.")
        if len(self.categories) > MAX_CATEGORIES or not all(isinstance(name, str) for name in self.categories):
            raise ValueError(f"categories must be at most {MAX_CATEGORIES} names.")
        if not all(isinstance(size, int) and 1 <= size <= MAX_SIZE for size in self.network_options.values()):
            raise ValueError(f"network sizes must be whole numbers from 1 to {MAX_SIZE}.")
        if not 1 <= self.schedule_options.get("T", 1) <= MAX_T:
            raise ValueError(f"a schedule has 1 to {MAX_T} steps.")
        check_number("guidance", self.guidance, 0, MAX_GUIDANCE)
        check_number("guided_below", self.guided_below, 0, 1)
        check_palette(self.palette)
        if self.steps is not None:
            check_whole("steps", self.steps, 1, MAX_STUDENT_STEPS)

    def build(self, device: torch.device | str = "cpu") -> "DiffusionModel":
        """The model with freshly drawn weights."""
        net = NETWORKS[self.network](n_context=len(self.categories), **self.network_options)
        net = net.to(device, memory_format=torch.channels_last)
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
    def prediction(self) -> Prediction:
        return PREDICTIONS[self.config.prediction]

    @property
    def device(self) -> torch.device:
        return next(self.net.parameters()).device

    def on(self, schedule: Schedule) -> "DiffusionModel":
        """The same network on `schedule`, where it answers on any; else the model as it is."""
        return replace(self, schedule=schedule) if self.prediction.any_schedule else self

    def denoiser(self, context: Tensor, guidance: float | None = None, mixing: str = "vector") -> "GuidedDenoiser":
        """Bind the model to one context row a sprite, (B, K); guidance defaults to the model's own."""
        return MIXINGS[mixing](self, context, self.config.guidance if guidance is None else guidance)


class GuidedDenoiser:
    """eps = eps_none + guidance (eps_context - eps_none): classifier-free guidance, 2207.12598.

    Both halves go through the network as one batch. `calls` counts the network evaluations a sprite has cost
    (NFE): two a step with guidance, one a step without, such as above the share of noise the model is guided below.
    """

    def __init__(self, model: DiffusionModel, context: Tensor, guidance: float) -> None:
        self.calls = 0
        self._model = model
        self._context = context.to(model.device)
        self._guidance = guidance

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        guidance = self._guidance_at(t)
        if guidance == 1 or not self._model.categories:
            return self._eps(x_t, t, self._context)
        both = torch.cat([self._context, torch.zeros_like(self._context)])
        with_context, without = self._eps(torch.cat([x_t, x_t]), t, both).chunk(2)
        return without + guidance * (with_context - without)

    def _guidance_at(self, t: int) -> float:
        if float(self._model.schedule.noise_share(t)) <= self._model.config.guided_below:
            return self._guidance
        return min(1.0, self._guidance)

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
        return without + self._guidance_at(t) * mixed


MIXINGS: dict[str, type[GuidedDenoiser]] = {"vector": GuidedDenoiser, "composed": ComposedDenoiser}
