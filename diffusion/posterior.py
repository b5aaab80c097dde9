"""The exact answer of one who has learnt a finite set of sprites by heart, and takes it for all there is."""

import torch
from torch import Tensor

from diffusion.schedule import Schedule
from diffusion.support.checks import InputError


class Posterior:
    """Bayes' rule over a set of sprites x_i, equally likely beforehand, seen through noise.

    p(i | x_t) = softmax_i(-|x_t - a x_i|^2 / (2 s^2)) with a = sqrt(alpha_bar_t) and s = sqrt(1 - alpha_bar_t).
    Called as a Denoiser it is the best possible one for these sprites: eps = (x_t - a E[x0 | x_t]) / s. Its samples
    are sprites of the set, so a network that makes new ones has not learnt this answer; and on sprites that are not of
    the set it is far worse than a network.
    """

    def __init__(self, schedule: Schedule, sprites: Tensor) -> None:
        """sprites: (N, C, H, W); InputError if there are none."""
        if not len(sprites):
            raise InputError("a posterior needs at least one sprite.")
        self._schedule = schedule
        self._sprites = sprites
        self._flat = sprites.flatten(1)                     # (N, D)
        self._squares = self._flat.square().sum(1)          # (N,)

    def probabilities(self, x_t: Tensor, t: int | Tensor) -> Tensor:
        """p(i | x_t), (B, N), of noisy sprites (B, C, H, W) at t in 1..T, an int or one a sprite, (B,)."""
        return self._given(x_t, self._schedule.signal(t), self._schedule.noise(t))

    def _given(self, x: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
        a, variance = signal.to(x).reshape(-1, 1), noise.square().to(x).reshape(-1, 1)
        # |x - a x_i|^2 = |x|^2 - 2 a x.x_i + a^2 |x_i|^2; the first term is the same for all i
        scores = a * (x.flatten(1) @ self._flat.T) - a**2 * self._squares / 2
        return torch.softmax(scores / variance, dim=1)

    def expected_x0(self, x_t: Tensor, t: int) -> Tensor:
        """E[x0 | x_t], (B, C, H, W): the mean of the sprites, each as likely as it is."""
        return (self.probabilities(x_t, t) @ self._flat).view_as(x_t)

    def mean_given(self, x: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
        """The same of x = signal x0 + noise eps, whatever the schedule; signal and noise one a sprite, (B,)."""
        return (self._given(x, signal, noise) @ self._flat).view_as(x)

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        """The eps that follows, (B, C, H, W)."""
        a, s = float(self._schedule.signal(t)), float(self._schedule.noise(t))
        return (x_t - a * self.expected_x0(x_t, t)) / s
