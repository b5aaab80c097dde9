"""Training: a generator of steps that teaches a network to undo noise."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import cos, isfinite, pi
from time import perf_counter
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from diffusion.denoiser import DiffusionModel, ModelConfig
from diffusion.images import to_tensor
from diffusion.sprites.spriteset import SpriteSet


@dataclass(frozen=True)
class TrainConfig:
    """All that a training run depends on. It ends after `minutes` of training time, or `steps`, whichever is set.

    Raises ValueError naming the first setting that is out of range.
    """

    minutes: float | None = 5.0
    steps: int | None = None
    batch: int = 128
    learning_rate: float = 2e-3
    optimizer: str = "adamw"
    betas: tuple[float, float] = (0.9, 0.99)
    warmup_steps: int = 50
    anneal: str = "cosine"
    clip: float | None = 1.0
    ema_max: float = 0.999   # 0: the weights themselves are kept
    context_dropout: float = 0.1
    seed: int = 0
    network: str = "sprite"
    prediction: str = "velocity"
    schedule: str = "cosine"
    guidance: float = 1.5

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise ValueError("set minutes or steps, one of the two.")
        _check("minutes", self.minutes, 0.01, 10_000)
        _check("steps", self.steps, 1, 10_000_000)
        _check("batch", self.batch, 1, 8192)
        _check("learning_rate", self.learning_rate, 1e-7, 1)
        _check("context_dropout", self.context_dropout, 0, 1)
        _check("guidance", self.guidance, 0, 20)
        _check("seed", self.seed, 0, 2**63 - 1)



RECIPES: dict[str, dict[str, Any]] = {
    "fast": {},
    "course": {
        "batch": 100,
        "learning_rate": 1e-3,
        "optimizer": "adam",
        "betas": (0.9, 0.999),
        "warmup_steps": 1,
        "anneal": "linear",
        "clip": None,
        "ema_max": 0.0,
        "network": "course",
        "prediction": "noise",
        "schedule": "linear",
        "guidance": 1.0,
    },
    "student": {"minutes": 2.0, "batch": 96, "learning_rate": 8e-4, "guidance": 1.0},
}

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def recipe(name: str, **changes: Any) -> TrainConfig:
    """The settings of a named recipe, some of them changed; ValueError if there is no recipe of that name."""
    if name not in RECIPES:
        raise ValueError(f"recipe {name!r} is unknown: choose from {', '.join(RECIPES)}.")
    return TrainConfig(**(RECIPES[name] | changes))


class TrainStep(NamedTuple):
    """What one step of training did; `model` holds the averaged (EMA) weights, live: copy what must stay."""

    step: int            # counts from 1
    loss: float
    learning_rate: float
    seconds: float       # of training so far, without what the consumer does between steps
    images: int          # seen so far
    progress: float      # 0..1
    model: DiffusionModel


class TrainingDivergedError(ArithmeticError):
    """The loss stopped being a finite number."""


def new_model(config: TrainConfig, categories: tuple[str, ...], device: torch.device | str = "cpu") -> DiffusionModel:
    """An untrained model as `config` describes it, its weights drawn from the config's seed."""
    described = ModelConfig(config.network, config.prediction, categories, config.schedule, config.guidance)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return described.build(device)


def train(model: DiffusionModel, sprites: SpriteSet, config: TrainConfig) -> Iterator[TrainStep]:
    """Train `model` on all of `sprites`, yielding after each step.

    Each step: x0 from the data, eps ~ N(0, I), context zeroed whole with probability `context_dropout`,
    loss = mean squared error of what the network predicts.
    Raises ValueError on an empty set, TrainingDivergedError when the loss is no longer finite.
    """
    if not len(sprites):
        raise ValueError("there are no sprites to train on.")
    images = to_tensor(sprites.images).to(model.device)
    contexts = torch.from_numpy(sprites.context).to(model.device)
    return fit(model, config, lambda random: _loss(model, images, contexts, config, random))


def fit(
    model: DiffusionModel, config: TrainConfig, batch_loss: Callable[[torch.Generator], Tensor]
) -> Iterator[TrainStep]:
    """Lower `batch_loss`, which draws its batch from the generator it is given, yielding after each step.

    The learning rate warms up, then falls to zero as time runs out, so that any budget ends annealed.
    """
    net = model.net.requires_grad_().train()
    ema = copy.deepcopy(net).eval().requires_grad_(False)
    averaged = replace(model, net=ema)
    optimizer = OPTIMIZERS[config.optimizer](net.parameters(), lr=config.learning_rate, betas=config.betas)
    random = torch.Generator(model.device).manual_seed(config.seed)

    seconds, step, progress = 0.0, 0, 0.0
    while progress < 1:
        start = perf_counter()
        warmth = min(1, (step + 1) / config.warmup_steps)
        learning_rate = config.learning_rate * warmth * _anneal(config, progress)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        loss = batch_loss(random)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if config.clip is not None:
            nn.utils.clip_grad_norm_(net.parameters(), config.clip)
        if not isfinite(loss.item()):
            raise TrainingDivergedError(f"the loss is no longer a number at step {step + 1}: lower the learning rate.")
        optimizer.step()
        update_ema(ema, net, min(config.ema_max, 1 - (1 + step) ** -0.75))
        step += 1
        seconds += perf_counter() - start
        progress = min(1.0, step / config.steps if config.steps else seconds / 60 / config.minutes)
        yield TrainStep(step, loss.item(), learning_rate, seconds, step * config.batch, progress, averaged)


def _loss(
    model: DiffusionModel, images: Tensor, contexts: Tensor, config: TrainConfig, random: torch.Generator
) -> Tensor:
    """The mean squared error of one random batch."""
    pick = torch.randint(len(images), (config.batch,), generator=random, device=model.device)
    keep = torch.rand(config.batch, 1, generator=random, device=model.device) >= config.context_dropout
    x0 = images[pick]
    eps = torch.randn(x0.shape, generator=random, device=model.device)
    example = model.prediction.example(model.schedule, x0, eps, random)
    answer = model.net(example.x, example.time, contexts[pick] * keep)
    return nn.functional.mse_loss(answer, example.target)


def _anneal(config: TrainConfig, progress: float) -> float:
    """The learning rate's share left at `progress`: from 1 down to 0."""
    return 1 - progress if config.anneal == "linear" else (1 + cos(pi * progress)) / 2


@torch.no_grad()
def update_ema(ema: nn.Module, net: nn.Module, decay: float) -> None:
    """ema <- decay ema + (1 - decay) net; buffers are copied."""
    torch._foreach_lerp_(list(ema.parameters()), list(net.parameters()), 1 - decay)
    for kept, current in zip(ema.buffers(), net.buffers(), strict=True):
        kept.copy_(current)


def _check(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise ValueError(f"{name} = {value}: it must be between {low:g} and {high:g}.")
