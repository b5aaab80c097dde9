"""Training: a generator of steps that teaches a network to undo noise."""

from collections.abc import Callable, Iterator
from math import isfinite
from typing import NamedTuple

import torch
from torch import Tensor, nn

from diffusion.denoiser import DiffusionModel, ModelConfig
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.device import computes_bfloat16, device_clock, on_device, work_clock
from diffusion.support.images import to_tensor
from diffusion.training import parallel
from diffusion.training.batch import draw_batch, squared_errors
from diffusion.training.recipes import ANNEALS, TrainConfig
from diffusion.training.state import TrainState, update_ema


class BatchLoss(NamedTuple):
    """The loss of each example of a batch, and how noisy the network was told that it is."""

    each: Tensor   # (B,)
    time: Tensor   # (B,) in 0..1


class TrainStep(NamedTuple):
    """What one step of training did; `state` and its weights are live: copy what must stay."""

    step: int            # counts from 1
    loss: float
    learning_rate: float
    seconds: float       # of training so far: what it got of the machine, see work_clock
    took: float          # seconds of this step, as a clock on the wall counts
    images: int          # seen so far
    progress: float      # 0..1
    state: TrainState
    batch: BatchLoss

    @property
    def model(self) -> DiffusionModel:
        """The model with averaged (EMA) weights."""
        return self.state.averaged


class TrainingDivergedError(InputError):
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
    Raises InputError on an empty set or a state of another network, TrainingDivergedError when the loss is no
    longer finite.
    """
    if not len(sprites):
        raise InputError("there are no sprites to train on.")
    images = on_device(to_tensor(sprites.images), model.device)
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
        start, began = work_clock(model.device), device_clock(model.device)
        learning_rate = _learning_rate(config, state)
        loss, batch = _one_step(state, config, learning_rate, batch_loss)
        took = device_clock(model.device) - began
        state.seconds = parallel.agree(state.seconds + work_clock(model.device) - start, model.device)
        images, progress = state.step * config.batch, state.progress(config)
        yield TrainStep(state.step, loss, learning_rate, state.seconds, took, images, progress, state, batch)


def _one_step(
    state: TrainState, config: TrainConfig, learning_rate: float, batch_loss: Callable[[torch.Generator], BatchLoss]
) -> tuple[float, BatchLoss]:
    """One optimizer step and its average; returns the loss, and that of each example of this process."""
    net = state.model.net
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate
    device, fast = state.model.device, _in_bfloat16(config, state.model.device)
    # Nothing is cached: a step may train a second network, whose weights change within it.
    with torch.autocast(device.type, torch.bfloat16, fast, cache_enabled=False):
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
    state.optimizer.step()
    update_ema(state.averaged.net, net, config.ema_decay(state.step))
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
    warmed_up = min(1, (state.step + 1) / config.warmup_steps)
    return state.learning_rate * warmed_up * ANNEALS[config.anneal](state.progress(config))
