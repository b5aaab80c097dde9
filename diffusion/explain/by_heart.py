"""Learnt by heart, or understood: two guess the sprite under the noise, for training sprites and for unseen ones."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel, check_no_student
from diffusion.noise import SpriteNoise
from diffusion.posterior import Posterior
from diffusion.schedule import Schedule
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.device import on_device
from diffusion.support.images import to_tensor, to_uint8

SHARES = (0.05, 0.15, 0.5, 0.95)   # of noise
N, SEED = 64, 0                    # sprites of each kind, and their noise
FEWEST_ERRORS = 2                  # standard errors that two means must lie apart to be called different


class Guess(NamedTuple):
    """How wrong somebody is about the sprites under the noise.

    loss: the mean over the sprites of |x0 - guess|^2 a number, over u^2 with u the share of noise, which is the squared
    error of the velocity; error: its standard error; picture: the guess at the first sprite, uint8 (16, 16, 3).
    """

    loss: float
    error: float
    picture: np.ndarray


class Row(NamedTuple):
    """Some sprites under one noise, the first of them as it looks, and how both guess."""

    noisy: np.ndarray   # uint8 (16, 16, 3)
    by_heart: Guess     # of one who has learnt all training sprites by heart
    network: Guess


class Level(NamedTuple):
    """A share of noise, 0..1, on sprites of the training part and on sprites that it does not hold."""

    share: float
    training: Row
    unseen: Row

    @property
    def generalises(self) -> bool:
        """Whether the network is no more wrong on unseen sprites than chance would have it."""
        seen, unseen = self.training.network, self.unseen.network
        return unseen.loss - seen.loss <= FEWEST_ERRORS * (seen.error**2 + unseen.error**2) ** 0.5


def compare(model: DiffusionModel, training: SpriteSet, unseen: SpriteSet) -> list[Level]:
    """Both at each share of noise, told no category; on its own schedule a model may come only near to a share.

    Raises InputError if the model is a student.
    """
    check_no_student(model)
    model = model.on(Schedule.cosine())
    by_heart = Posterior(model.schedule, to_tensor(training.images).contiguous())
    parts = [to_tensor(spread_out(sprites)) for sprites in (training, unseen)]
    levels = [nearest(model.schedule, share) for share in SHARES]
    return [
        Level(float(model.schedule.noise_share(t)), *(_row(model, by_heart, x0, t) for x0 in parts)) for t in levels
    ]


def spread_out(sprites: SpriteSet) -> np.ndarray:
    """N pictures from the whole of the set, or all where there are fewer; the first one is its first."""
    return sprites.images[:: max(1, len(sprites) // N)][:N]


def nearest(schedule: Schedule, share: float) -> int:
    """The t in 1..T at which the share of noise is nearest to the one asked for."""
    return schedule.nearest((1 - share) ** 2 / ((1 - share) ** 2 + share**2))


@torch.inference_mode()
def _row(model: DiffusionModel, by_heart: Posterior, x0: Tensor, t: int) -> Row:
    x_t = model.schedule.add_noise(x0, t, SpriteNoise(SEED, range(len(x0)))())
    u = float(model.schedule.noise_share(t))
    guesses = by_heart.expected_x0(x_t, t), _network_guess(model, x_t, t)
    return Row(to_uint8(x_t[:1])[0], *(_guess(x0, guess, u) for guess in guesses))


def _network_guess(model: DiffusionModel, x_t: Tensor, t: int) -> Tensor:
    x_t = on_device(x_t, model.device)
    eps = model.denoiser(torch.zeros(len(x_t), len(model.categories)), guidance=1)(x_t, t)
    return model.schedule.predict_x0(x_t, t, eps).cpu()


def _guess(x0: Tensor, guess: Tensor, u: float) -> Guess:
    losses = ((x0 - guess) / u).square().flatten(1).mean(1).double()
    return Guess(float(losses.mean()), float(losses.std()) / len(losses) ** 0.5, to_uint8(guess[:1])[0])
