"""What a network may predict, how it is taught that, and how eps is read off its answer.

A noisy sprite is a sum of sprite and noise, x = signal x0 + noise eps. Whoever knows x and one more of x0, eps, or a
mixture of both that is not x itself, knows them all: so these choices say the same at the end, and differ in what is
easy to learn at which noise level.
"""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from diffusion.schedule import Schedule, shaped_like


class Example(NamedTuple):
    """What a network is shown in training, and what it should answer."""

    x: Tensor        # (B, 3, 16, 16)
    time: Tensor     # (B,) in 0..1
    target: Tensor   # (B, 3, 16, 16)


class Prediction(Protocol):
    """A choice of what the network predicts. Sprites and noises are (B, 3, H, W), times (B,).

    any_schedule: whether the network is told only how much of x is noise, so that it answers on every schedule.
    """

    any_schedule: bool

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, normal: Tensor) -> Example:
        """The noisy sprite x = signal x0 + noise eps, the time the network is told, and its right answer.

        normal: (B,) on the CPU, normal numbers that say how noisy each sprite shall be; the larger, the noisier.
        """

    def eps(self, net: nn.Module, schedule: Schedule, x_t: Tensor, t: int, context: Tensor) -> Tensor:
        """The eps that the network sees in x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) eps, (B, 3, H, W).

        t: in 1..T of `schedule`; context: (B, K), zeros for none. One network evaluation.
        """

    def coefficients(self, schedule: Schedule, time: Tensor) -> tuple[Tensor, Tensor]:
        """signal and noise, (B,) each, of the example x = signal x0 + noise eps that has this time in 0..1."""

    def normal(self, schedule: Schedule, time: Tensor) -> Tensor:
        """The normal numbers (B,) whose examples have these times: the inverse of what `example` does with them."""

    def eps_told(self, schedule: Schedule, x: Tensor, time: Tensor, answer: Tensor) -> Tensor:
        """The eps in an example x that follows from the network's answer to it, (B, 3, H, W)."""


class NoisePrediction:
    """The network predicts eps from x_t and t / T. Ho et al., 2006.11239.

    t = ceil(T Phi(normal)), uniform in 1..T where the numbers are standard normal.
    """

    any_schedule = False

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, normal: Tensor) -> Example:
        """x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) eps, told t / T, should answer eps."""
        t = (schedule.T * torch.special.ndtr(normal.double())).ceil().long().clamp(1, schedule.T)
        return Example(schedule.add_noise(x0, t, eps), (t / schedule.T).float().to(x0.device), eps)

    def eps(self, net: nn.Module, schedule: Schedule, x_t: Tensor, t: int, context: Tensor) -> Tensor:
        """The answer itself."""
        return net(x_t, x_t.new_full((len(x_t),), t / schedule.T), context)

    def coefficients(self, schedule: Schedule, time: Tensor) -> tuple[Tensor, Tensor]:
        """sqrt(alpha_bar_t) and sqrt(1 - alpha_bar_t), float64 on the CPU."""
        t = timestep(schedule, time)
        return schedule.signal(t), schedule.noise(t)

    def normal(self, schedule: Schedule, time: Tensor) -> Tensor:
        """Phi^-1((t - 1/2) / T), in the middle of the numbers that give t."""
        return torch.special.ndtri((timestep(schedule, time) - 0.5) / schedule.T).float()

    def eps_told(self, schedule: Schedule, x: Tensor, time: Tensor, answer: Tensor) -> Tensor:
        """The answer itself."""
        return answer


class NoisePredictionAsTaught(NoisePrediction):
    """The network is trained on x = sqrt(alpha_bar_t) x0 + (1 - alpha_bar_t) eps: the course forgets a root.

    So it learns from less noise than it meets in sampling, which starts from sqrt(1 - alpha_bar_t) eps.
    """

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, normal: Tensor) -> Example:
        """x = sqrt(alpha_bar_t) x0 + (1 - alpha_bar_t) eps, told t / T, should answer eps."""
        _, time, _ = super().example(schedule, x0, eps, normal)
        t = timestep(schedule, time)
        too_little = shaped_like(schedule.noise(t), eps) * eps
        return Example(schedule.add_noise(x0, t, too_little), time, eps)

    def coefficients(self, schedule: Schedule, time: Tensor) -> tuple[Tensor, Tensor]:
        """sqrt(alpha_bar_t) and 1 - alpha_bar_t, float64 on the CPU."""
        signal, noise = super().coefficients(schedule, time)
        return signal, noise**2


class VelocityPrediction:
    """The network predicts v = eps - x0 on the straight path x = (1 - u) x0 + u eps, u = sigmoid(normal).

    So the numbers are log(noise / signal), half of -log SNR. A point x_t of any schedule lies on that path after
    scaling: with a = sqrt(alpha_bar_t) and s = sqrt(1 - alpha_bar_t), x = x_t / (a + s) at u = s / (a + s), and
    eps = x + (1 - u) v. Lipman et al., 2210.02747; Esser et al., 2403.03206.
    """

    any_schedule = True

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, normal: Tensor) -> Example:
        """x = (1 - u) x0 + u eps, told u, should answer eps - x0."""
        u = normal.sigmoid().to(x0.device)
        weight = u[:, None, None, None]
        return Example((1 - weight) * x0 + weight * eps, u, eps - x0)

    def eps(self, net: nn.Module, schedule: Schedule, x_t: Tensor, t: int, context: Tensor) -> Tensor:
        """x + (1 - u) v at x = x_t / (a + s)."""
        x, u = on_path(schedule, x_t, t)
        return x + (1 - u) * net(x, x_t.new_full((len(x_t),), u), context)

    def coefficients(self, schedule: Schedule, time: Tensor) -> tuple[Tensor, Tensor]:
        """1 - u and u."""
        return 1 - time, time

    def normal(self, schedule: Schedule, time: Tensor) -> Tensor:
        """log(u / (1 - u))."""
        return time.logit()

    def eps_told(self, schedule: Schedule, x: Tensor, time: Tensor, answer: Tensor) -> Tensor:
        """x + (1 - u) v."""
        return x + (1 - time)[:, None, None, None] * answer


class VPrediction(NoisePrediction):
    """The network predicts v = a eps - s x0 from x_t and t / T, so eps = s x_t + a v. Salimans & Ho, 2202.00512."""

    def example(self, schedule: Schedule, x0: Tensor, eps: Tensor, normal: Tensor) -> Example:
        """x_t as noise prediction has it, told t / T, should answer a eps - s x0."""
        x_t, time, _ = super().example(schedule, x0, eps, normal)
        return Example(x_t, time, schedule.v(x0, timestep(schedule, time), eps))

    def eps(self, net: nn.Module, schedule: Schedule, x_t: Tensor, t: int, context: Tensor) -> Tensor:
        """s x_t + a v."""
        v = net(x_t, x_t.new_full((len(x_t),), t / schedule.T), context)
        return float(schedule.noise(t)) * x_t + float(schedule.signal(t)) * v

    def eps_told(self, schedule: Schedule, x: Tensor, time: Tensor, answer: Tensor) -> Tensor:
        """s x + a v."""
        signal, noise = (shaped_like(part, x) for part in self.coefficients(schedule, time))
        return noise * x + signal * answer


def timestep(schedule: Schedule, time: Tensor) -> Tensor:
    """The t in 1..T, on the CPU, that a network is told as time = t / T."""
    return (time.cpu().double() * schedule.T).round().long()


def on_path(schedule: Schedule, x_t: Tensor, t: int) -> tuple[Tensor, float]:
    """The point x = x_t / (a + s) of the straight path between sprite and noise, and its time u = s / (a + s)."""
    a, s = float(schedule.signal(t)), float(schedule.noise(t))
    return x_t / (a + s), float(schedule.noise_share(t))


PREDICTIONS: dict[str, Prediction] = {
    "noise": NoisePrediction(),
    "noise-as-taught": NoisePredictionAsTaught(),
    "v": VPrediction(),
    "velocity": VelocityPrediction(),
}
