"""The samplers against the same ones of the diffusers library, step by step, and against its published constants."""

from itertools import pairwise

import pytest
import torch

from diffusion.predictions import PREDICTIONS
from diffusion.samplers import ddim, ddpm, dpmpp_2m, sa_solver, sample, unipc
from diffusion.schedule import Schedule

diffusers = pytest.importorskip("diffusers", reason="diffusers is not installed: it is only needed for these tests")

T = 1000
BETAS = {"num_train_timesteps": T, "beta_start": 1e-4, "beta_end": 0.02, "beta_schedule": "linear"}
SCHEDULE = Schedule.from_betas(torch.linspace(1e-4, 0.02, T, dtype=torch.float32))
NAMES = {"noise": "epsilon", "v": "v_prediction"}


class RandomNet(torch.nn.Module):
    """A fixed random network whose answer depends on x and on t."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.conv = torch.nn.Conv2d(3, 3, 3, padding=1).double()

    def forward(self, x, time, context):
        return torch.tanh(self.conv(x) * (0.5 + time[:, None, None, None]))


def ours(rule, timesteps, x_T, prediction="noise", net=None, noise=None, clip=False):
    net, none = net or RandomNet(), torch.zeros(len(x_T), 0)

    def denoise(x_t, t):
        eps = PREDICTIONS[prediction].eps(net, SCHEDULE, x_t, t, none)
        if not clip:
            return eps
        x0 = SCHEDULE.predict_x0(x_t, t, eps).clamp(-1, 1)
        return (x_t - SCHEDULE.signal(t) * x0) / SCHEDULE.noise(t)

    with torch.no_grad():
        return [step.x_next for step in sample(denoise, SCHEDULE, x_T, timesteps, rule, noise=noise)]


def theirs(scheduler, x, timesteps, **options):
    net, states = RandomNet(), []
    with torch.no_grad():
        for t in timesteps:
            answer = net(x, torch.full((len(x),), (int(t) + 1) / T, dtype=torch.float64), None)
            x = scheduler.step(answer, t, x, **options).prev_sample
            states.append(x)
    return states


def in_double(scheduler):
    """Let the library compute in float64 as well: its tables are float32, whose rounding adds up over 1,000 steps."""
    scheduler.betas = scheduler.betas.double()
    scheduler.alphas = 1 - scheduler.betas
    scheduler.alphas_cumprod = scheduler.alphas.cumprod(0)


def start():
    return torch.randn(2, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(5))


def noise_source(seed):
    random = torch.Generator().manual_seed(seed)
    return lambda: torch.randn(2, 3, 8, 8, dtype=torch.float64, generator=random)


def assert_equal_step_by_step(a, b):
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        torch.testing.assert_close(x, y.double(), rtol=1e-5, atol=3e-5)


@pytest.mark.parametrize("prediction", NAMES)
@pytest.mark.parametrize(
    ("rule", "variance"), [(ddpm(), "fixed_large"), (ddpm("posterior"), "fixed_small"), (ddim(1.0), "fixed_small")]
)
def test_ddpm(prediction, rule, variance):
    scheduler = diffusers.DDPMScheduler(
        **BETAS, variance_type=variance, clip_sample=False, prediction_type=NAMES[prediction]
    )
    in_double(scheduler)
    expected = theirs(scheduler, start(), range(T - 1, -1, -1), generator=torch.Generator().manual_seed(1))
    assert_equal_step_by_step(ours(rule, range(T, -1, -1), start(), prediction, noise=noise_source(1)), expected)


@pytest.mark.parametrize("prediction", NAMES)
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("n", [10, 50])
def test_ddim(prediction, eta, n):
    scheduler = diffusers.DDIMScheduler(
        **BETAS, clip_sample=False, prediction_type=NAMES[prediction], timestep_spacing="trailing"
    )
    in_double(scheduler)
    scheduler.set_timesteps(n)
    expected = theirs(scheduler, start(), scheduler.timesteps, eta=eta, generator=torch.Generator().manual_seed(2))
    made = ours(ddim(eta), SCHEDULE.timesteps(n), start(), prediction, noise=noise_source(2))
    assert_equal_step_by_step(made, expected)


@pytest.mark.parametrize("prediction", NAMES)
@pytest.mark.parametrize("n", [5, 10, 20])
def test_dpmpp_2m(prediction, n):
    scheduler = diffusers.DPMSolverMultistepScheduler(
        **BETAS, prediction_type=NAMES[prediction], timestep_spacing="trailing", final_sigmas_type="zero"
    )
    scheduler.set_timesteps(n)
    expected = theirs(scheduler, start(), scheduler.timesteps)
    assert_equal_step_by_step(ours(dpmpp_2m(), SCHEDULE.timesteps(n), start(), prediction), expected)


@pytest.mark.parametrize("prediction", NAMES)
@pytest.mark.parametrize("n", [2, 5, 10, 20])
def test_unipc(prediction, n):
    scheduler = diffusers.UniPCMultistepScheduler(
        **BETAS, prediction_type=NAMES[prediction], timestep_spacing="trailing", final_sigmas_type="zero"
    )
    scheduler.set_timesteps(n)
    expected = theirs(scheduler, start(), scheduler.timesteps)
    assert_equal_step_by_step(ours(unipc(), SCHEDULE.timesteps(n), start(), prediction), expected)


@pytest.fixture
def as_much_noise_as_ddpm(monkeypatch):
    """At all levels: so the library's solvers add it."""
    monkeypatch.setattr("diffusion.samplers.FRESH", 1.0)
    monkeypatch.setattr("diffusion.samplers.FRESH_BELOW", 1.0)


@pytest.mark.usefixtures("as_much_noise_as_ddpm")
def test_sa_solver_steps_as_sde_dpmpp_2m_until_it_corrects():
    scheduler = diffusers.DPMSolverMultistepScheduler(
        **BETAS, timestep_spacing="trailing", final_sigmas_type="zero", algorithm_type="sde-dpmsolver++"
    )
    scheduler.set_timesteps(10)
    expected = theirs(scheduler, start(), scheduler.timesteps, variance_noise=noise_source(2)())
    made = ours(sa_solver(), SCHEDULE.timesteps(10), start(), noise=noise_source(2))
    assert_equal_step_by_step(made[:1], expected[:1])


@pytest.mark.usefixtures("as_much_noise_as_ddpm")
def test_sa_solver_corrects_as_theirs():
    """A network that does not look says random x0: each state is corrected with the weights that the library gives."""
    scheduler, timesteps = diffusers.SASolverScheduler(**BETAS), [900, 700, 500, 350, 200]
    lambdas, tau = [SCHEDULE.half_log_snr(t) for t in timesteps], torch.tensor(1.0, dtype=torch.float64)
    x0s, fresh = torch.randn(2, 4, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    rule, states, means = sa_solver(), [fresh[0]], []
    for (t, t_next), x0, z in zip(pairwise(timesteps), x0s, fresh, strict=True):
        mean, sigma = rule(SCHEDULE, t, t_next, states[-1], z, x0)
        means.append(mean)
        states.append(mean + sigma * z)

    def stride(i, state, D):
        t, t_next, h = timesteps[i], timesteps[i + 1], lambdas[i + 1] - lambdas[i]
        kept = SCHEDULE.noise(t_next) / SCHEDULE.noise(t) * torch.exp(-h)
        return kept * state + SCHEDULE.signal(t_next) * (1 - torch.exp(-2 * h)) * D

    corrected = stride(0, states[0], (x0s[0] + x0s[1]) / 2) + states[1] - means[0]
    for i in (1, 2, 3):
        r = (lambdas[i] - lambdas[i - 1]) / (lambdas[i + 1] - lambdas[i])
        torch.testing.assert_close(means[i], stride(i, corrected, x0s[i] + (x0s[i] - x0s[i - 1]) / (2 * r)))
        nodes = [lambdas[k] for k in (i + 1, i, i - 1)]
        weights = torch.stack(scheduler.get_coefficients_fn(3, lambdas[i], lambdas[i + 1], nodes, tau))
        if i < 3:
            D = weights @ x0s[[i + 1, i, i - 1]] / weights.sum()   # they sum to what the stride multiplies D with
            corrected = stride(i, corrected, D) + states[i + 1] - means[i]


class PublishedNet(torch.nn.Module):
    """The stand-in for a network in the full-loop tests of diffusers: x t / (t + 1), its t one below ours."""

    def forward(self, x, time, context):
        t = (time.double() * T).round()[:, None, None, None] - 1
        return x * t / (t + 1)


def published_start():
    size = 4 * 3 * 8 * 8
    return (torch.arange(size).reshape(3, 8, 8, 4) / size).permute(3, 0, 1, 2).double()


def published_noise():
    random = torch.Generator().manual_seed(0)
    return lambda: torch.randn(4, 3, 8, 8, generator=random).double()


LEADING_10 = [*range(901, 0, -100), 0]
LINSPACE_10 = [1000, 900, 800, 700, 600, 501, 401, 301, 201, 101, 1]   # these constants end at t = 1


@pytest.mark.parametrize(
    ("rule", "timesteps", "prediction", "clip", "total", "mean"),
    [
        (ddim(1.0), range(T, -1, -1), "noise", True, 258.9606, 0.3372),
        (ddim(1.0), range(T, -1, -1), "v", True, 202.0296, 0.2631),
        (ddim(), LEADING_10, "noise", True, 172.0067, 0.223967),
        (ddim(), LEADING_10, "v", True, 52.5302, 0.0684),
        (dpmpp_2m(), LINSPACE_10, "noise", False, None, 0.3301),
        (dpmpp_2m(), LINSPACE_10, "v", False, None, 0.2251),
    ],
    ids=["ddpm", "ddpm v", "ddim", "ddim v", "dpm++2m", "dpm++2m v"],
)
def test_the_published_constants_come_out(rule, timesteps, prediction, clip, total, mean):
    last = ours(rule, timesteps, published_start(), prediction, PublishedNet(), published_noise(), clip)[-1]
    assert float(last.abs().mean()) == pytest.approx(mean, abs=1e-3)
    if total is not None:
        assert float(last.abs().sum()) == pytest.approx(total, abs=1e-2)
