"""The part of the loss that nobody can avoid: noise hides sprites even from one who knows them all by heart."""

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.posterior import Posterior
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor
from diffusion.training.batch import Draw, draw_batch, noise_share, squared_errors

BATCHES, SEED = 16, 0   # that are drawn as training draws them


def unavoidable_losses(model: DiffusionModel, sprites: SpriteSet, config: Draw) -> tuple[Tensor, Tensor]:
    """The share of noise, 0..1, and the loss of one who knows `sprites` by heart, for some examples of training.

    The answer with the least expected loss is E[target | x, context]: that of x0 = E[x0 | x, context], over the sprites
    of the example's context, or over all where it was dropped. (examples,) each, on the CPU.
    """
    images, contexts = to_tensor(sprites.images).contiguous(), torch.from_numpy(sprites.context)
    random = torch.Generator().manual_seed(SEED)
    parts = [_batch(model, images, contexts, config, random) for _ in range(BATCHES)]
    shares, losses = zip(*parts, strict=True)
    return torch.cat(shares), torch.cat(losses)


def _batch(
    model: DiffusionModel, images: Tensor, contexts: Tensor, config: Draw, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    _, _, _, context, example = draw_batch(model, images, contexts, config, random)
    signal, noise = (part.float() for part in model.prediction.coefficients(model.schedule, example.time))
    x0 = torch.empty_like(example.x)
    for told in context.unique(dim=0):
        rows = (context == told).all(1)
        known = images[(contexts == told).all(1)] if told.any() else images
        x0[rows] = Posterior(model.schedule, known).mean_given(example.x[rows], signal[rows], noise[rows])
    eps = (example.x - _shaped(signal) * x0) / _shaped(noise)
    normal = model.prediction.normal(model.schedule, example.time)
    answer = model.prediction.example(model.schedule, x0, eps, normal).target
    return noise_share(model, example.time), squared_errors(answer, example.target)


def _shaped(coefficient: Tensor) -> Tensor:
    return coefficient[:, None, None, None]
