"""Sampling: one generator that walks from noise to sprites, and the step rules it can follow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, expm1
from typing import NamedTuple

import torch
from torch import Tensor

from diffusion.schedule import Schedule
from diffusion.support.checks import InputError, check_known

VARIANCES = ("beta", "posterior")   # of ddpm's fresh noise

Denoiser = Callable[[Tensor, int], Tensor]   # (x_t, t) -> eps
NoiseSource = Callable[[], Tensor]           # fresh standard normal noise of x_t's shape
# (schedule, t, t_next, x_t, eps, x0) -> (mean, sigma): the next state is mean + sigma z
Rule = Callable[[Schedule, int, int, Tensor, Tensor, Tensor], tuple[Tensor, float]]
EtaAt = Callable[[Schedule, int], float]     # how much fresh noise the stride from t adds, of DDPM's

# sa_solver() adds FRESH times the variance of DDPM's noise, below a share of noise. FSD of the shipped model, 10 steps,
# n = 2,000, means of four seeds: as much at all levels 0.85; below this share as much 0.79, twice 0.77.
FRESH, FRESH_BELOW = 2.0, 0.65


class Step(NamedTuple):
    """One step of a run: from x_t at t to x_next at t_next, with the noise and the clean sprite predicted at t."""

    t: int
    t_next: int
    x_t: Tensor        # (B, C, H, W), as are all below
    eps: Tensor
    x0: Tensor
    x_next: Tensor
    z: Tensor | None   # the fresh noise that was added, where the rule adds any


def sample(
    denoise: Denoiser,
    schedule: Schedule,
    x_T: Tensor,
    timesteps: Sequence[int],
    rule: Rule,
    *,
    noise: NoiseSource | None = None,
) -> Iterator[Step]:
    """Follow `rule` from x_T down the falling `timesteps`, yielding each Step.

    Raises InputError if the timesteps do not fall strictly within the schedule, or the rule adds noise and
    no noise source is given.
    """
    _check_rising(schedule, timesteps[::-1], "fall")
    return walk(denoise, schedule, x_T, timesteps, rule, noise=noise)


def invert(denoise: Denoiser, schedule: Schedule, x0: Tensor, timesteps: Sequence[int]) -> Iterator[Step]:
    """Follow ddim() the other way, from sprites x0 up the rising `timesteps` to the noise that would become them.

    It is the same step: x_next = sqrt(ab_next) x0 + sqrt(1 - ab_next) eps with eps as seen at t, so it is exact only as
    steps become small. Song et al., 2010.02502, section 4.3. Raises InputError if the timesteps do not rise strictly.
    """
    _check_rising(schedule, timesteps, "rise")
    return walk(denoise, schedule, x0, timesteps, ddim())


def walk(
    denoise: Denoiser,
    schedule: Schedule,
    x: Tensor,
    timesteps: Sequence[int],
    rule: Rule,
    *,
    noise: NoiseSource | None = None,
) -> Iterator[Step]:
    """Follow `rule` from x along `timesteps`, up or down as they go, yielding each Step.

    Raises InputError unless there are two timesteps or more, all of them in 0..T.
    """
    if len(timesteps) < 2 or not all(0 <= t <= schedule.T for t in timesteps):
        raise InputError(f"timesteps: at least two are needed, from 0 to {schedule.T}.")
    return _steps(denoise, schedule, x, timesteps, rule, noise)


def _check_rising(schedule: Schedule, timesteps: Sequence[int], what_they_must: str) -> None:
    in_order = len(timesteps) > 1 and all(t < t_next for t, t_next in pairwise(timesteps))
    if not in_order or timesteps[0] < 0 or timesteps[-1] > schedule.T:
        raise InputError(f"timesteps must {what_they_must} strictly, and lie within 0 to {schedule.T}.")


@torch.no_grad()
def _steps(
    denoise: Denoiser, schedule: Schedule, x_t: Tensor, timesteps: Sequence[int], rule: Rule, noise: NoiseSource | None
) -> Iterator[Step]:
    for t, t_next in pairwise(timesteps):
        eps = denoise(x_t, t)
        x0 = schedule.predict_x0(x_t, t, eps)
        x_next, sigma = rule(schedule, t, t_next, x_t, eps, x0)
        z = None
        if sigma > 0:
            if noise is None:
                raise InputError("this sampler adds fresh noise at each step: it needs a noise source.")
            z = noise()
            x_next = x_next + sigma * z
        yield Step(t, t_next, x_t, eps, x0, x_next, z)
        x_t = x_next


def ddpm(variance: str = "beta") -> Rule:
    """Ancestral sampling; the last step adds no noise. Ho et al., 2006.11239, section 3.2.

    alpha = alpha_bar_t / alpha_bar_next, beta = 1 - alpha,
    x_next = (x_t - beta / sqrt(1 - alpha_bar_t) eps) / sqrt(alpha) + sigma z.
    variance: sigma^2 is "beta", as in the course, or that of the "posterior" q(x_next | x_t, x0),
    beta (1 - alpha_bar_next) / (1 - alpha_bar_t). The first is right where sprites are pure noise, the second where
    there is just one sprite; they differ the more, the fewer steps there are. With the second, this is ddim(eta=1).
    Raises InputError on another variance.
    """
    check_known("variance", variance, VARIANCES)

    def rule(schedule: Schedule, t: int, t_next: int, x_t: Tensor, eps: Tensor, x0: Tensor) -> tuple[Tensor, float]:
        ab, ab_next = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[t_next])
        alpha = ab / ab_next
        mean = (x_t - (1 - alpha) / float(schedule.noise(t)) * eps) / alpha**0.5
        if t_next == 0:
            return mean, 0.0
        shrunk = 1.0 if variance == "beta" else (1 - ab_next) / (1 - ab)
        return mean, (shrunk * (1 - alpha)) ** 0.5

    return rule


def ddim(eta: float = 0.0) -> Rule:
    """Implicit sampling: deterministic at eta = 0; at eta = 1 it is ddpm("posterior"), DDPM with its smaller variance.

    sigma = eta sqrt((1 - ab_next) / (1 - ab_t)) sqrt(1 - ab_t / ab_next),
    x_next = sqrt(ab_next) x0 + sqrt(1 - ab_next - sigma^2) eps + sigma z. Song et al., 2010.02502.
    Raises InputError unless eta is in 0..1.
    """
    if not 0 <= eta <= 1:
        raise InputError(f"eta = {eta}: it goes from 0 (DDIM) to 1 (DDPM with the posterior variance).")

    def rule(schedule: Schedule, t: int, t_next: int, x_t: Tensor, eps: Tensor, x0: Tensor) -> tuple[Tensor, float]:
        ab, ab_next = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[t_next])
        variance = eta**2 * (1 - ab_next) / (1 - ab) * (1 - ab / ab_next) if eta else 0.0   # at t = 0, 1 - ab is 0
        mean = ab_next**0.5 * x0 + max(0.0, 1 - ab_next - variance) ** 0.5 * eps
        return mean, variance**0.5

    return rule


def jumps() -> Rule:
    """How students go: each answer is a whole sprite, and gets back the noise that the run began with.

    x_next = sqrt(ab_next) x0 + sqrt(1 - ab_next) x_T. So what one answer got wrong, the next one can mend, where the
    eps of ddim() would carry it on. With fresh noise in place of x_T: Song et al., 2303.01469, algorithm 1.
    """
    x_T: Tensor | None = None

    def rule(schedule: Schedule, t: int, t_next: int, x_t: Tensor, eps: Tensor, x0: Tensor) -> tuple[Tensor, float]:
        nonlocal x_T
        x_T = x_t if x_T is None else x_T
        return schedule.add_noise(x0, t_next, x_T), 0.0

    return rule


class _Stride(NamedTuple):
    """From t to t_next with eta of DDPM's fresh noise: x_next = kept x_t + gain D + sigma z, D the x0 on the way.

    h = lambda_next - lambda_t; sigma^2 = noise_next^2 (1 - exp(-2 eta h)), kept = noise_next / noise_t exp(-eta h),
    gain = signal_next (1 - exp(-reach)) with reach = (1 + eta) h. With D = x0 this is ddim(eta), where eta is 0 or 1.
    """

    h: float
    reach: float
    kept: float
    gain: float
    sigma: float

    @classmethod
    def between(cls, schedule: Schedule, t: int, t_next: int, eta: float) -> "_Stride":
        h = float(schedule.half_log_snr(t_next) - schedule.half_log_snr(t))
        noise, noise_next, signal_next = (float(part) for part in (
            schedule.noise(t), schedule.noise(t_next), schedule.signal(t_next),
        ))
        reach = (1 + eta) * h
        kept, gain = noise_next / noise * exp(-eta * h), -signal_next * expm1(-reach)
        return cls(h, reach, kept, gain, noise_next * (-expm1(-2 * eta * h)) ** 0.5)


def dpmpp_2m() -> Rule:
    """DPM-Solver++(2M): second order from the previous step's x0, first order at both ends. Lu et al., 2211.01095.

    h = lambda_next - lambda_t, r = h_previous / h, D = x0 + (x0 - x0_previous) / (2 r),
    x_next = noise_next / noise_t x_t + signal_next (1 - exp(-h)) D.
    """
    return _second_order(_no_fresh_noise)


def unipc() -> Rule:
    """UniPC of order 2: DPM-Solver++(2M), each state corrected once its own x0 is known. Zhao et al., 2302.04867.

    From s, the step before, to t: h = lambda_t - lambda_s, x_t <- noise_t / noise_s x_s + signal_t (1 - exp(-h)) D,
    where D is the mean over the stride, weighted by exp(lambda), of the parabola in lambda through the last three x0;
    in the first stride it is the mean of two. It costs no call: the x0 of the uncorrected state is kept.
    """
    return _corrected(_no_fresh_noise)


def sa_solver() -> Rule:
    """SA-Solver of order 2: UniPC, with fresh noise once little enough is left. Xue et al., 2309.05019.

    x_next = noise_next / noise_t exp(-eta h) x_t + signal_next (1 - exp(-(1 + eta) h)) D
    + noise_next sqrt(1 - exp(-2 eta h)) z, corrected as unipc() is, with exp((1 + eta) lambda) as the weight and the
    same z; eta, the paper's tau^2, is FRESH from t with FRESH_BELOW of noise on, and 0 before. The fresh noise covers
    what earlier steps got wrong, so that as many steps come nearer to real sprites; but a start no longer decides the
    sprite alone. Before, there is little to be covered yet, and big strides cannot follow fresh noise.
    """
    return _corrected(_fresh_noise_below)


def _no_fresh_noise(schedule: Schedule, t: int) -> float:
    return 0.0


def _fresh_noise_below(schedule: Schedule, t: int) -> float:
    return FRESH if schedule.noise_share(t) <= FRESH_BELOW else 0.0


def _second_order(eta_at: EtaAt) -> Rule:
    """The stride with D = x0 + (x0 - x0_previous) / (2 r), r = h_previous / h."""
    previous: tuple[Tensor, float] | None = None   # x0 and h of the step before

    def rule(schedule: Schedule, t: int, t_next: int, x_t: Tensor, eps: Tensor, x0: Tensor) -> tuple[Tensor, float]:
        nonlocal previous
        if t_next == 0:
            return x0, 0.0
        stride, D = _Stride.between(schedule, t, t_next, eta_at(schedule, t)), x0
        if previous is not None:
            x0_previous, h_previous = previous
            D = x0 + stride.h / h_previous / 2 * (x0 - x0_previous)
        previous = x0, stride.h
        return stride.kept * x_t + stride.gain * D, stride.sigma

    return rule


class _Known(NamedTuple):
    """A state of a run and the x0 that the network saw in it."""

    t: int
    x_t: Tensor
    x0: Tensor


def _corrected(eta_at: EtaAt) -> Rule:
    """The second-order stride, each state corrected once its own x0 is known; its fresh noise stays as it was."""
    predict = _second_order(eta_at)
    known: list[_Known] = []   # the last two
    predicted: Tensor          # the mean that this state came from

    def rule(schedule: Schedule, t: int, t_next: int, x_t: Tensor, eps: Tensor, x0: Tensor) -> tuple[Tensor, float]:
        nonlocal predicted
        if known:
            x_t = _with_hindsight(schedule, known, t, x0, eta_at) + (x_t - predicted)
        known[:] = [*known[-1:], _Known(t, x_t, x0)]
        predicted, sigma = predict(schedule, t, t_next, x_t, eps, x0)
        return predicted, sigma

    return rule


def _with_hindsight(schedule: Schedule, known: Sequence[_Known], t: int, x0: Tensor, eta_at: EtaAt) -> Tensor:
    """The mean at t, reached anew from the last known state with the x0 at t."""
    last = known[-1]
    stride = _Stride.between(schedule, last.t, t, eta_at(schedule, last.t))
    D = (last.x0 + x0) / 2
    if len(known) > 1:
        before = known[0]
        r = _Stride.between(schedule, before.t, last.t, 0.0).h / stride.h
        mean_u = -1 / expm1(-stride.reach) - 1 / stride.reach   # over the stride, as u goes from 0 to 1 in lambda
        mean_u2 = -1 / expm1(-stride.reach) - 2 / stride.reach * mean_u
        bend = (mean_u - mean_u2) / (1 + r)
        D = last.x0 + (mean_u - bend) * (x0 - last.x0) + bend / r * (last.x0 - before.x0)
    return stride.kept * last.x_t + stride.gain * D


@dataclass(frozen=True)
class Sampler:
    """A way from noise to sprites, and how people meet it: all that is known of one stands here.

    rule: makes its step rule anew for each run, from the settings that it `takes`; mark and colours: of its points and
    lines in every picture, the colour once for a light page and once for a dark one.
    """

    rule: Callable[..., Rule]
    title: str
    short: str          # where there is little room
    usual_steps: int
    mark: str
    light: str
    dark: str
    takes: tuple[str, ...] = ()   # settings of a run: "eta", "variance"


SAMPLERS = {
    "ddpm": Sampler(ddpm, "DDPM", "DDPM", 500, "●", "#2563c9", "#7aaaf7", takes=("variance",)),
    "ddim": Sampler(ddim, "DDIM", "DDIM", 25, "▲", "#ad4b08", "#f5a35c", takes=("eta",)),
    "dpmpp_2m": Sampler(dpmpp_2m, "DPM-Solver++", "DPM++", 20, "■", "#a8328f", "#f08bd8"),
    "unipc": Sampler(unipc, "UniPC", "UniPC", 20, "▼", "#2f3b4c", "#e3e8f2"),
    "sa_solver": Sampler(sa_solver, "SA-Solver", "SA", 20, "✚", "#0b6e63", "#58cfbe"),
}
JUMPS = "jumps"   # of students, which are made for it; nobody else can choose it
ALL_SAMPLERS = SAMPLERS | {JUMPS: Sampler(jumps, "Jumps", "Jumps", 4, "◆", "#6b6200", "#d6cb52")}
USUAL_SAMPLER = "sa_solver"   # the best there is of few steps
SMOOTH_SAMPLER = "unipc"      # the best without fresh noise: a sprite follows its start, and is the one of the students
