"""A batch of training examples: which sprites, which noise, how much of it, and what the network should answer."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.predictions import Example


class Draw(Protocol):
    """What of a TrainConfig says how a batch is drawn."""

    batch: int
    context_dropout: float
    normal_mean: float
    normal_spread: float


class Batch(NamedTuple):
    """What one step of training learns from; pick: the places of its sprites in the set."""

    pick: Tensor      # (B,), on the CPU
    x0: Tensor        # (B, 3, 16, 16)
    eps: Tensor       # (B, 3, 16, 16)
    context: Tensor   # (B, K), all zero where it was dropped
    example: Example


def draw_batch(
    model: DiffusionModel, images: Tensor, contexts: Tensor, config: Draw, random: torch.Generator
) -> Batch:
    """x0 from `images`, eps ~ N(0, I), the context zeroed whole with probability `context_dropout`.

    All that is random is drawn on the CPU: so a seed means the same batches on any device.
    """
    pick = torch.randint(len(images), (config.batch,), generator=random)
    keep = torch.rand(config.batch, 1, generator=random) >= config.context_dropout
    x0 = images[pick]
    eps = torch.randn(x0.shape, generator=random).to(x0.device)
    normal = config.normal_mean + config.normal_spread * torch.randn(len(x0), generator=random)
    example = model.prediction.example(model.schedule, x0, eps, normal)
    return Batch(pick, x0, eps, contexts[pick] * keep.to(contexts.device), example)


def squared_errors(answer: Tensor, target: Tensor) -> Tensor:
    """The mean squared error of each example, (B,); their mean is the loss."""
    return (answer.float() - target).square().flatten(1).mean(1)


def noise_share(model: DiffusionModel, time: Tensor) -> Tensor:
    """How much of what the network is shown at `time` is noise, 0..1 on the CPU: noise / (signal + noise)."""
    signal, noise = model.prediction.coefficients(model.schedule, time)
    return (noise / (signal + noise)).cpu()
