"""Noise schedules: how much of a sprite is left at each step t."""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, pi

import torch
from torch import Tensor

from diffusion.support.checks import InputError, check_number

MAX_SPACING = 4
HALF = 0.5 + 1e-9   # exact halves are rounded up, whatever the last bit of the power says


@dataclass(frozen=True)
class Schedule:
    """A variance-preserving schedule: x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) eps.

    alpha_bar: float64 (T + 1,), falling from alpha_bar[0] = 1 (a clean sprite); t counts 1..T.
    spacing: how a few steps are spread over t: 1 evenly, above 1 closer together towards the sprite.
    Raises InputError if alpha_bar does not start at 1 and fall strictly to a value above 0, or spacing is below 1.
    """

    alpha_bar: Tensor
    spacing: float = 1.0

    def __post_init__(self) -> None:
        check_number("spacing", self.spacing, 1, MAX_SPACING)
        ab = self.alpha_bar
        if ab.dtype != torch.float64 or ab.ndim != 1 or len(ab) < 2:
            raise InputError("alpha_bar must be float64 with T + 1 entries, T at least 1.")
        if ab[0] != 1 or not (ab.diff() < 0).all() or ab[-1] <= 0:
            raise InputError("alpha_bar must start at 1 and fall strictly to a value above 0.")

    @classmethod
    def from_betas(cls, betas: Tensor) -> "Schedule":
        """alpha_bar_t = prod over s = 1..t of (1 - beta_s); betas: (T,), its entry 0 belongs to t = 1."""
        alpha_bar = (1 - betas.double()).cumprod(0)
        return cls(torch.cat([torch.ones(1, dtype=torch.float64), alpha_bar]))

    @classmethod
    def linear(cls, T: int = 500, beta_1: float = 1e-4, beta_T: float = 0.02) -> "Schedule":
        """The course's schedule: T + 1 betas from beta_1 to beta_T; the first one stays a factor of every entry."""
        betas = torch.linspace(beta_1, beta_T, T + 1, dtype=torch.float64)
        alpha_bar = (1 - betas).log().cumsum(0).exp()
        alpha_bar[0] = 1
        return cls(alpha_bar)

    @classmethod
    def cosine(cls, T: int = 500, shift: float = 1.0, spacing: float = 1.0, end: float = 0.999) -> "Schedule":
        """Signal and noise as cosine and sine, their ratio shifted: sqrt(1 - ab) / sqrt(ab) = shift tan(pi/2 u).

        u runs from 0 to `end`, so that a trace of signal is left at T. This is the plain cosine, with the shift of the
        ratio of Hoogeboom et al., 2301.11093; the first one, Nichol & Dhariwal, 2102.09672, has an offset of 0.008
        besides, which adds a little noise at the smallest t.
        Raises InputError unless shift is above 0 and end in 0.5..0.999.
        """
        if shift <= 0:
            raise InputError(f"shift = {shift}: it must be above 0.")
        check_number("end", end, 0.5, 0.999)
        angle = torch.linspace(0, end, T + 1, dtype=torch.float64) * pi / 2
        return cls(1 / (1 + (shift * angle.tan()) ** 2), spacing)

    @property
    def T(self) -> int:
        return len(self.alpha_bar) - 1

    def signal(self, t: int | Tensor) -> Tensor:
        """sqrt(alpha_bar_t), float64, of t's shape."""
        return self.alpha_bar[t].sqrt()

    def noise(self, t: int | Tensor) -> Tensor:
        """sqrt(1 - alpha_bar_t), float64, of t's shape."""
        return (1 - self.alpha_bar[t]).sqrt()

    def noise_share(self, t: int | Tensor) -> Tensor:
        """noise / (signal + noise), 0..1, float64, of t's shape: what all that is shown calls the share of noise."""
        return self.noise(t) / (self.signal(t) + self.noise(t))

    def half_log_snr(self, t: int | Tensor) -> Tensor:
        """lambda_t = log(signal / noise), half of log SNR, float64; infinite at t = 0."""
        return self.signal(t).log() - self.noise(t).log()

    def nearest(self, alpha_bar: float) -> int:
        """The t in 1..T at which the noise level sqrt(1 - alpha_bar) is nearest to the one asked for."""
        levels = (1 - self.alpha_bar[1:]).sqrt()
        return 1 + int((levels - (1 - alpha_bar) ** 0.5).abs().argmin())

    def timesteps(self, n: int, start: int | None = None) -> list[int]:
        """n + 1 values falling strictly from `start` (T, if not given) to 0: start (1 - i / n)^spacing, i = 0..n.

        They are rounded to whole numbers, and pushed apart where these would be equal.
        Raises InputError unless start is in 1..T and n in 1..start.
        """
        start = self.T if start is None else start
        if not 1 <= start <= self.T:
            raise InputError(f"start = {start}: the schedule has t from 1 to {self.T}.")
        if not 1 <= n <= start:
            raise InputError(f"steps = {n}: the schedule allows 1 to {start}.")
        steps = [0]
        for i in range(1, n + 1):
            steps.append(max(steps[-1] + 1, floor(start * (i / n) ** self.spacing + HALF)))
        return steps[::-1]

    def add_noise(self, x0: Tensor, t: int | Tensor, eps: Tensor) -> Tensor:
        """x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) eps; t an int, or one a sprite, (B,)."""
        return shaped_like(self.signal(t), x0) * x0 + shaped_like(self.noise(t), x0) * eps

    def v(self, x0: Tensor, t: int | Tensor, eps: Tensor) -> Tensor:
        """v = sqrt(alpha_bar_t) eps - sqrt(1 - alpha_bar_t) x0."""
        return shaped_like(self.signal(t), x0) * eps - shaped_like(self.noise(t), x0) * x0

    def predict_x0(self, x_t: Tensor, t: int | Tensor, eps: Tensor) -> Tensor:
        """The clean sprite that x_t and its noise imply: x0 = (x_t - sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_bar_t)."""
        return (x_t - shaped_like(self.noise(t), x_t) * eps) / shaped_like(self.signal(t), x_t)


def shaped_like(coefficient: Tensor, x: Tensor) -> Tensor:
    """A coefficient of shape () or (B,) in x's dtype and device, shaped to multiply x of shape (B, ...)."""
    coefficient = coefficient.to(device=x.device, dtype=x.dtype)
    return coefficient.reshape(-1, *[1] * (x.ndim - 1)) if coefficient.ndim else coefficient


SCHEDULES: dict[str, Callable[..., Schedule]] = {"linear": Schedule.linear, "cosine": Schedule.cosine}
