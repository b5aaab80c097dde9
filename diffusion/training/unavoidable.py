"""The part of the loss that nobody can avoid: noise hides sprites even from one who knows them all by heart."""

from dataclasses import replace

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.posterior import Posterior
from diffusion.schedule import shaped_like
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor
from diffusion.training.batch import draw_batch, noise_share, squared_errors
from diffusion.training.recipes import TrainConfig

EXAMPLES, SEED = 1024, 0   # drawn as training draws them


def unavoidable_losses(model: DiffusionModel, sprites: SpriteSet, config: TrainConfig) -> tuple[Tensor, Tensor]:
    """The share of noise, 0..1, and the loss of one who knows `sprites` by heart, for some examples of training.

    The answer with the least expected loss is E[target | x, context]: that of x0 = E[x0 | x, context], over the sprites
    of the example's context, or over all where it was dropped. (examples,) each, on the CPU.
    """
    images, contexts = to_tensor(sprites.images).contiguous(), torch.from_numpy(sprites.context)
    random = torch.Generator().manual_seed(SEED)
    *_, context, (x, time, target) = draw_batch(model, images, contexts, replace(config, batch=EXAMPLES), random)
    signal, noise = (part.float() for part in model.prediction.coefficients(model.schedule, time))
    x0 = torch.empty_like(x)
    for told in context.unique(dim=0):
        rows = (context == told).all(1)
        known = images[(contexts == told).all(1)] if told.any() else images
        x0[rows] = Posterior(model.schedule, known).mean_given(x[rows], signal[rows], noise[rows])
    eps = (x - shaped_like(signal, x) * x0) / shaped_like(noise, x)
    answer = model.prediction.example(model.schedule, x0, eps, model.prediction.normal(model.schedule, time)).target
    return noise_share(model, time), squared_errors(answer, target)
