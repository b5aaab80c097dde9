"""Training: a generator of steps that teaches a network to undo noise."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import cos, isfinite, pi
from time import perf_counter
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from diffusion import parallel
from diffusion.batch import draw_batch, squared_errors
from diffusion.denoiser import MAX_GUIDANCE, DiffusionModel, ModelConfig
from diffusion.muon import Muon
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import check_number, check_whole
from diffusion.support.device import computes_bfloat16
from diffusion.support.images import to_tensor

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "muon": Muon,
}
NUMBER_FORMATS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class TrainConfig:
    """All that a training run depends on. It ends after `minutes` of training time, or `steps`, whichever is set.

    Raises ValueError naming the first setting that is out of range.
    """

    minutes: float | None = 5.0
    steps: int | None = None
    batch: int = 128
    learning_rate: float = 2e-3
    optimizer: str = "muon"
    betas: tuple[float, float] = (0.9, 0.99)
    warmup_steps: int = 50
    anneal: str = "cosine"
    clip: float | None = 1.0
    ema_max: float = 0.999   # 0: the weights themselves are kept
    context_dropout: float = 0.1
    level_mean: float = 0.0     # noise levels are drawn from a normal distribution; below 0 means more little noise
    level_spread: float = 1.0
    number_format: str = "auto"   # of what autocast allows; "auto": bfloat16 where the device computes it directly
    seed: int = 0
    network: str = "sprite"
    network_options: dict[str, int] = field(default_factory=dict)
    prediction: str = "velocity"
    schedule: str = "cosine"
    schedule_options: dict[str, float] = field(default_factory=lambda: {"shift": 2.0, "spacing": 1.25})
    guidance: float = 2.5
    guided_below: float = 0.8

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise ValueError("set minutes or steps, one of the two.")
        if self.steps is None:
            check_number("minutes", self.minutes, 0.01, 10_000)
        else:
            check_whole("steps", self.steps, 1, 10_000_000)
        check_whole("batch", self.batch, 1, 8192)
        check_number("learning_rate", self.learning_rate, 1e-7, 1)
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer {self.optimizer!r} is unknown: choose from {', '.join(OPTIMIZERS)}.")
        check_number("context_dropout", self.context_dropout, 0, 1)
        check_number("level_mean", self.level_mean, -5, 5)
        check_number("level_spread", self.level_spread, 0, 5)
        check_number("guidance", self.guidance, 0, MAX_GUIDANCE)
        check_number("guided_below", self.guided_below, 0, 1)
        if self.number_format not in NUMBER_FORMATS:
            raise ValueError(f"number_format {self.number_format!r}: choose from {', '.join(NUMBER_FORMATS)}.")
        check_whole("seed", self.seed, 0, 2**63 - 1)

    def progress(self, step: int, seconds: float) -> float:
        """The share of the budget that is used up after so many steps and seconds of training, 0..1."""
        return min(1.0, step / self.steps if self.steps else seconds / 60 / self.minutes)


RECIPES: dict[str, dict[str, Any]] = {
    "fast": {},
    "long": {"schedule_options": {"shift": 2.0}},   # even steps suit a network that has trained for an hour
    "course": {
        "batch": 100,
        "learning_rate": 1e-3,
        "optimizer": "adam",
        "betas": (0.9, 0.999),
        "warmup_steps": 1,
        "anneal": "linear",
        "clip": None,
        "ema_max": 0.0,
        "number_format": "float32",
        "network": "course",
        "prediction": "noise",
        "schedule": "linear",
        "schedule_options": {},
        "guidance": 1.0,
        "guided_below": 1.0,
    },
    "student": {
        "minutes": 2.0,
        "batch": 96,
        "learning_rate": 8e-4,
        "optimizer": "adamw",
        "guidance": 1.0,
        "guided_below": 1.0,
    },
}

RECIPES["sharpening"] = RECIPES["student"] | {
    "minutes": 0.5,
    "batch": 48,
    "learning_rate": 2e-4,
    "warmup_steps": 20,
    "ema_max": 0.995,
}

# The course's recipe with two of its faults: the noise of training, and the random shortcut of the network.
RECIPES["as-taught"] = RECIPES["course"] | {"network": "course-as-taught", "prediction": "noise-as-taught"}


def recipe(name: str, **changes: Any) -> TrainConfig:
    """The settings of a named recipe, some of them changed; ValueError if there is no recipe of that name."""
    if name not in RECIPES:
        raise ValueError(f"recipe {name!r} is unknown: choose from {', '.join(RECIPES)}.")
    return TrainConfig(**(RECIPES[name] | changes))


@dataclass
class TrainState:
    """All that a run needs to go on from where it is; each step of training changes it."""

    model: DiffusionModel      # what is trained
    averaged: DiffusionModel   # the same with EMA weights
    optimizer: torch.optim.Optimizer
    random: torch.Generator
    learning_rate: float       # before warm-up and annealing; who follows the run may change it
    step: int = 0              # steps done
    seconds: float = 0.0       # of training, without what the consumer does between steps

    @classmethod
    def begin(cls, model: DiffusionModel, config: TrainConfig) -> "TrainState":
        """The state before the first step."""
        net = model.net.requires_grad_().train()
        ema = copy.deepcopy(net).eval().requires_grad_(False)
        optimizer = OPTIMIZERS[config.optimizer](net.parameters(), lr=config.learning_rate, betas=config.betas)
        random = torch.Generator(model.device).manual_seed(config.seed)
        return cls(model, replace(model, net=ema), optimizer, random, config.learning_rate)

    def progress(self, config: TrainConfig) -> float:
        """The share of the budget that is used up, 0..1."""
        return config.progress(self.step, self.seconds)

    def tensors(self) -> dict[str, Tensor]:
        """A copy of the state as named tensors, for `restore`."""
        saved = {f"net.{key}": value for key, value in self.model.net.state_dict().items()}
        saved |= {f"ema.{key}": value for key, value in self.averaged.net.state_dict().items()}
        for i, moments in self.optimizer.state_dict()["state"].items():
            saved |= {f"optimizer.{i}.{key}": value for key, value in moments.items()}
        saved |= {
            "random": self.random.get_state(),
            "learning_rate": torch.tensor(self.learning_rate, dtype=torch.float64),
            "step": torch.tensor(self.step),
            "seconds": torch.tensor(self.seconds, dtype=torch.float64),
        }
        return {key: value.detach().clone() for key, value in saved.items()}

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Go back to a saved state, bit for bit; raises ValueError if it belongs to another network."""
        try:
            for part, net in (("net.", self.model.net), ("ema.", self.averaged.net)):
                net.load_state_dict({key[4:]: value for key, value in saved.items() if key.startswith(part)})
            self._restore_moments(saved)
            self.random.set_state(saved["random"])
            self.learning_rate = float(saved["learning_rate"])
            self.step, self.seconds = int(saved["step"]), float(saved["seconds"])
        except (KeyError, RuntimeError, TypeError) as error:
            raise ValueError("the saved training state belongs to another network: train from the start.") from error

    def _restore_moments(self, saved: dict[str, Tensor]) -> None:
        for i, parameter in enumerate(self.model.net.parameters()):
            prefix = f"optimizer.{i}."
            for key, value in saved.items():
                if key.startswith(prefix):
                    name = key.removeprefix(prefix)
                    like = value.clone() if value.ndim == 0 else torch.empty_like(parameter).copy_(value)
                    self.optimizer.state[parameter][name] = like.detach()


class BatchLoss(NamedTuple):
    """The loss of each example of a batch, and how noisy the network was told that it is."""

    each: Tensor   # (B,), mean squared errors
    time: Tensor   # (B,) in 0..1


class TrainStep(NamedTuple):
    """What one step of training did; `state` and its weights are live: copy what must stay."""

    step: int            # counts from 1
    loss: float
    learning_rate: float
    seconds: float       # of training so far
    images: int          # seen so far
    progress: float      # 0..1
    state: TrainState
    batch: BatchLoss

    @property
    def model(self) -> DiffusionModel:
        """The model with averaged (EMA) weights."""
        return self.state.averaged


class TrainingDivergedError(ArithmeticError):
    """The loss stopped being a finite number."""


def new_model(
    config: TrainConfig, categories: tuple[str, ...], device: torch.device | str = "cpu", palette: str = ""
) -> DiffusionModel:
    """An untrained model as `config` describes it, its weights drawn from the config's seed."""
    described = ModelConfig(
        network=config.network,
        prediction=config.prediction,
        categories=categories,
        schedule=config.schedule,
        network_options=config.network_options,
        schedule_options=config.schedule_options,
        guidance=config.guidance,
        guided_below=config.guided_below,
        palette=palette,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return described.build(device)


def train(
    model: DiffusionModel, sprites: SpriteSet, config: TrainConfig, saved: dict[str, Tensor] | None = None
) -> Iterator[TrainStep]:
    """Train `model` on all of `sprites`, yielding after each step; `saved` is a state to go on from.

    Each step: x0 from the data, eps ~ N(0, I), context zeroed whole with probability `context_dropout`,
    loss = mean squared error of what the network predicts.
    Raises ValueError on an empty set or a state of another network, TrainingDivergedError when the loss is no
    longer finite.
    """
    if not len(sprites):
        raise ValueError("there are no sprites to train on.")
    images = to_tensor(sprites.images).to(model.device)
    contexts = torch.from_numpy(sprites.context).to(model.device)
    return fit(model, config, lambda random: _loss(model, images, contexts, config, random), saved)


def fit(
    model: DiffusionModel,
    config: TrainConfig,
    batch_loss: Callable[[torch.Generator], BatchLoss],
    saved: dict[str, Tensor] | None = None,
) -> Iterator[TrainStep]:
    """Lower the mean of `batch_loss`, which draws its batch from the generator it is given, yielding each step.

    The learning rate warms up, then falls to zero as the budget runs out, so that any budget ends annealed.
    """
    state = TrainState.begin(model, config)
    if saved is not None:
        state.restore(saved)
    while state.progress(config) < 1:
        start = perf_counter()
        learning_rate = _learning_rate(config, state)
        loss, batch = _one_step(state, config, learning_rate, batch_loss)
        state.seconds = parallel.agree(state.seconds + perf_counter() - start, model.device)
        images, progress = state.step * config.batch, state.progress(config)
        yield TrainStep(state.step, loss, learning_rate, state.seconds, images, progress, state, batch)


def _one_step(
    state: TrainState, config: TrainConfig, learning_rate: float, batch_loss: Callable[[torch.Generator], BatchLoss]
) -> tuple[float, BatchLoss]:
    """One optimizer step and its average; returns the loss, and that of each example of this process."""
    net = state.model.net
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate
    device, fast = state.model.device, _in_bfloat16(config, state.model.device)
    # Nothing is cached: a step may train a second network, whose weights change within it.
    fast_format = torch.autocast(device.type, torch.bfloat16, fast, cache_enabled=False)
    with fast_format:
        batch = batch_loss(state.random)
        loss = batch.each.mean()
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    parallel.average_gradients(net)
    value = parallel.average(loss.detach()).item()
    if config.clip is not None:
        nn.utils.clip_grad_norm_(net.parameters(), config.clip)
    if not isfinite(value):
        raise TrainingDivergedError(f"the loss of step {state.step + 1} is not a number: lower the learning rate.")
    with fast_format:
        state.optimizer.step()
    update_ema(state.averaged.net, net, min(config.ema_max, 1 - (1 + state.step) ** -0.75))
    state.step += 1
    return value, BatchLoss(batch.each.detach(), batch.time)


def _loss(
    model: DiffusionModel, images: Tensor, contexts: Tensor, config: TrainConfig, random: torch.Generator
) -> BatchLoss:
    """The squared errors of one random batch, over the rows of this process."""
    own = parallel.own_rows(config.batch)
    batch = draw_batch(model, images, contexts, config, random)
    x, time, target = (part[own] for part in batch.example)
    return BatchLoss(squared_errors(model.net(x, time, batch.context[own]), target), time)


def _in_bfloat16(config: TrainConfig, device: torch.device) -> bool:
    return config.number_format == "bfloat16" or (config.number_format == "auto" and computes_bfloat16(device))


def _learning_rate(config: TrainConfig, state: TrainState) -> float:
    """Warmed up over the first steps, then falling to zero with the progress."""
    progress = state.progress(config)
    left = 1 - progress if config.anneal == "linear" else (1 + cos(pi * progress)) / 2
    return state.learning_rate * min(1, (state.step + 1) / config.warmup_steps) * left


@torch.no_grad()
def update_ema(ema: nn.Module, net: nn.Module, decay: float) -> None:
    """ema <- decay ema + (1 - decay) net; buffers are copied."""
    torch._foreach_lerp_(list(ema.parameters()), list(net.parameters()), 1 - decay)
    for kept, current in zip(ema.buffers(), net.buffers(), strict=True):
        kept.copy_(current)
