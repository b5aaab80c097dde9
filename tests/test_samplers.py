"""The samplers against closed forms: Gaussian data, whose best denoiser is known exactly."""

import itertools

import pytest
import torch

from diffusion.noise import SpriteNoise
from diffusion.samplers import FRESH, FRESH_BELOW, SAMPLERS, ddim, ddpm, dpmpp_2m, jumps, sa_solver, sample, unipc
from diffusion.schedule import Schedule
from diffusion.support.checks import InputError

SHAPE = (3, 16, 16)


def gaussian_denoiser(schedule, mean, deviation):
    """eps*(x, t) = sqrt(1 - ab) (x - sqrt(ab) m) / (ab s^2 + 1 - ab)."""

    def denoise(x_t, t):
        ab = float(schedule.alpha_bar[t])
        return (1 - ab) ** 0.5 * (x_t - ab**0.5 * mean) / (ab * deviation**2 + 1 - ab)

    return denoise


def run(rule, schedule, n, x_T, mean=0.3, deviation=0.0, noise=None):
    denoise = gaussian_denoiser(schedule, mean, deviation)
    return list(sample(denoise, schedule, x_T, schedule.timesteps(n), rule, noise=noise))


def normal_source(generator, like):
    return lambda: torch.randn(like.shape, generator=generator, dtype=like.dtype)


@pytest.mark.parametrize("make", [ddim, dpmpp_2m, unipc, sa_solver, jumps])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 30, 60, 150, 500])
def test_a_point_mass_is_hit_exactly_in_any_number_of_steps(make, n):
    x_T = torch.randn(2, *SHAPE, dtype=torch.float64)
    last = run(make(), Schedule.linear(), n, x_T, noise=normal_source(None, x_T))[-1]
    torch.testing.assert_close(last.x_next, torch.full_like(x_T, 0.3), rtol=0, atol=1e-9)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_keeps_the_marginals_of_a_point_mass_at_every_step(eta):
    schedule, random = Schedule.linear(), torch.Generator().manual_seed(0)
    mean = 0.3
    x_T = torch.randn(60_000, generator=random, dtype=torch.float64)
    ab_T = schedule.alpha_bar[-1]
    x_T = ab_T.sqrt() * mean + (1 - ab_T).sqrt() * x_T
    for step in run(ddim(eta), schedule, 20, x_T, mean, noise=normal_source(random, x_T)):
        ab = schedule.alpha_bar[step.t_next]
        assert float(step.x_next.mean() - ab.sqrt() * mean) == pytest.approx(0, abs=0.02)
        assert float(step.x_next.var() - (1 - ab)) == pytest.approx(0, abs=0.02)


def test_each_jump_gives_an_answer_the_noise_of_the_start_back_whatever_the_network_saw():
    schedule, x_T = Schedule.linear(), torch.randn(2, *SHAPE, dtype=torch.float64)
    for step in run(jumps(), schedule, 4, x_T, deviation=0.5):   # whose noise is seen only in part
        ab = schedule.alpha_bar[step.t_next]
        torch.testing.assert_close(step.x_next, ab.sqrt() * step.x0 + (1 - ab).sqrt() * x_T, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 3, 25, 500])
@pytest.mark.parametrize("eta", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_the_marginals_at_any_eta_are_exact(eta, n):
    """Fed with the mean and with a point one deviation off it, each step gives both of the next state."""
    schedule, mean, rule = Schedule.linear(), 0.3, ddim(eta)
    denoise = gaussian_denoiser(schedule, mean, 0.0)
    for t, t_next in itertools.pairwise(schedule.timesteps(n)):
        centre = schedule.signal(t) * mean
        x_t = torch.stack([centre, centre + schedule.noise(t)])
        eps = denoise(x_t, t)
        (centre_next, moved), sigma = rule(schedule, t, t_next, x_t, eps, schedule.predict_x0(x_t, t, eps))
        assert float(centre_next) == pytest.approx(float(schedule.signal(t_next)) * mean, abs=1e-12)
        variance = float(moved - centre_next) ** 2 + sigma**2
        assert variance == pytest.approx(1 - float(schedule.alpha_bar[t_next]), abs=1e-12)


@pytest.mark.parametrize(
    ("rule", "expected", "tolerance"),
    [(ddpm(), 0.99976021398, 5e-12), (ddim(eta=1.0), 0.98750, 5e-6)],
    ids=["course variance", "posterior variance"],
)
def test_ancestral_sampling_of_standard_normal_data_has_the_known_variance(rule, expected, tolerance):
    """With x linear in x_t, a step maps variance v to gain^2 v + sigma^2: no sampling error is left."""
    schedule = Schedule.linear()
    denoise = gaussian_denoiser(schedule, 0.0, 1.0)
    unit, variance = torch.ones(1, dtype=torch.float64), 1.0
    for t, t_next in itertools.pairwise(schedule.timesteps(500)):
        eps = denoise(unit, t)
        gain, sigma = rule(schedule, t, t_next, unit, eps, schedule.predict_x0(unit, t, eps))
        variance = float(gain) ** 2 * variance + sigma**2
    assert variance == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("n", [1, 2, 10, 500])
def test_ddpm_with_the_posterior_variance_is_ddim_with_all_of_its_noise(n):
    schedule = Schedule.linear()
    x_t, eps = torch.randn(2, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    for t, t_next in itertools.pairwise(schedule.timesteps(n)):
        about = schedule, t, t_next, x_t, eps, schedule.predict_x0(x_t, t, eps)
        (mean, sigma), (other_mean, other_sigma) = ddpm("posterior")(*about), ddim(eta=1.0)(*about)
        torch.testing.assert_close(mean, other_mean, rtol=1e-12, atol=1e-12)
        assert sigma == pytest.approx(other_sigma, abs=1e-12)


def test_an_unknown_variance_is_named():
    with pytest.raises(InputError, match="variance 'learned' is unknown: choose from beta, posterior"):
        ddpm("learned")


@pytest.mark.parametrize(("make", "order"), [(ddim, 0.9), (dpmpp_2m, 1.7), (unipc, 2.4)])
def test_convergence_order_towards_the_exact_solution(make, order):
    """For N(m, s^2) data the ODE moves x - sqrt(ab) m in proportion to sqrt(ab s^2 + 1 - ab)."""
    schedule, mean, deviation = Schedule.cosine(T=4096), 0.3, 0.5
    x_T = torch.linspace(-2, 2, 9, dtype=torch.float64)
    ab = schedule.alpha_bar
    t_end = 1024
    exact = ab[t_end].sqrt() * mean + (x_T - ab[-1].sqrt() * mean) * (
        (ab[t_end] * deviation**2 + 1 - ab[t_end]) / (ab[-1] * deviation**2 + 1 - ab[-1])
    ).sqrt()
    errors = []
    for n in (12, 24, 48, 96):
        timesteps = list(range(4096, t_end - 1, -3072 // n))
        denoise = gaussian_denoiser(schedule, mean, deviation)
        *_, last = sample(denoise, schedule, x_T, timesteps, make())
        errors.append(float((last.x_next - exact).abs().max()))
    assert errors == sorted(errors, reverse=True)
    assert torch.tensor(errors[-2] / errors[-1]).log2() > order


def test_sa_solver_ends_with_the_spread_of_the_data():
    """For N(m, s^2) data a run is linear in its noises: the variance is the sum of their squared weights, no estimate.

    What is missing to the exact one falls with the square of the stride, as with UniPC, and that of ddim(eta=1) slower.
    """
    schedule, mean, deviation, t_end = Schedule.cosine(T=4096), 0.3, 0.5, 512
    signal, noise = float(schedule.signal(t_end)), float(schedule.noise(t_end))

    def missing(rule, n):
        timesteps = list(range(4096, t_end - 1, -3584 // n))
        count = len(timesteps)   # x_T and the noise of each step, one of which is 1 in each row; in the last row, none
        draws = iter(torch.eye(count + 1, count, dtype=torch.float64).T[:, :, None])
        denoise = gaussian_denoiser(schedule, mean, deviation)
        *_, last = sample(denoise, schedule, next(draws), timesteps, rule, noise=lambda: next(draws))
        *moved, centre = last.x_next[:, 0].tolist()
        assert centre == pytest.approx(signal * mean, abs=1e-2)
        return abs(sum((x - centre) ** 2 for x in moved) - (signal * deviation) ** 2 - noise**2)

    errors, cruder = ([missing(make(), n) for n in (16, 32, 64, 128)] for make in (sa_solver, lambda: ddim(1.0)))
    assert errors == sorted(errors, reverse=True) and errors[-1] < cruder[-1] / 10
    assert torch.tensor(errors[-2] / errors[-1]).log2() > 1.7


def test_sa_solver_is_unipc_until_little_enough_noise_is_left_and_adds_some_from_there():
    schedule = Schedule.cosine()
    timesteps, noise = schedule.timesteps(12), SpriteNoise(7, range(2))
    denoise, x_T = gaussian_denoiser(schedule, 0.1, 0.4), SpriteNoise(8, range(2))()
    steps = list(sample(denoise, schedule, x_T, timesteps, sa_solver(), noise=noise))
    without = list(sample(denoise, schedule, x_T, timesteps, unipc()))
    fresh = [step.z is not None for step in steps]
    assert fresh == [step.t_next > 0 and schedule.noise_share(step.t) <= FRESH_BELOW for step in steps]
    first = fresh.index(True)
    assert 1 < first < 8
    for ours, theirs in zip(steps[:first], without[:first], strict=True):
        assert torch.equal(ours.x_next, theirs.x_next)
    snr = schedule.half_log_snr(torch.arange(schedule.T + 1))
    for step in steps[first:-1]:
        _, sigma = sa_solver()(schedule, step.t, step.t_next, step.x_t, step.eps, step.x0)
        forgotten = 1 - torch.exp(2 * FRESH * (snr[step.t] - snr[step.t_next]))
        assert sigma == pytest.approx(float(schedule.noise(step.t_next) * forgotten.sqrt()))


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_same_seed_is_bit_identical_and_a_batch_equals_its_rows(name):
    schedule = Schedule.cosine()

    def finish(indices):
        noise = SpriteNoise(7, indices)
        denoise = gaussian_denoiser(schedule, 0.1, 0.4)
        *_, last = sample(denoise, schedule, noise(), schedule.timesteps(12), SAMPLERS[name].rule(), noise=noise)
        return last.x_next

    batch = finish(range(5))
    assert torch.equal(batch, finish(range(5)))
    for k in range(5):
        assert torch.equal(batch[k], finish([k])[0])


def test_neighbouring_seeds_share_no_sprite():
    rows = torch.stack([SpriteNoise(seed, range(8))() for seed in range(8)]).flatten(0, 1).flatten(1)
    assert len(rows.unique(dim=0)) == 64


def test_every_step_satisfies_the_forward_equation():
    schedule = Schedule.cosine()
    for step in run(ddim(), schedule, 10, torch.randn(2, *SHAPE, dtype=torch.float64), deviation=0.5):
        torch.testing.assert_close(schedule.add_noise(step.x0, step.t, step.eps), step.x_t)


def test_the_consumer_keeps_gradients_and_may_stop_half_way():
    schedule = Schedule.cosine()
    steps = sample(gaussian_denoiser(schedule, 0, 1), schedule, torch.randn(1, 3), schedule.timesteps(9), ddim())
    for _ in itertools.islice(steps, 4):
        assert torch.is_grad_enabled()
    steps.close()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("timesteps", [[], [5], [5, 5], [3, 4], [501, 0], [5, -1]])
def test_timesteps_that_do_not_fall_within_the_schedule_are_refused(timesteps):
    schedule = Schedule.linear()
    with pytest.raises(ValueError, match="timesteps must fall strictly"):
        next(sample(gaussian_denoiser(schedule, 0, 1), schedule, torch.zeros(1), timesteps, ddim()))


def test_a_rule_that_needs_noise_says_so():
    with pytest.raises(ValueError, match="needs a noise source"):
        run(ddpm(), Schedule.linear(), 10, torch.zeros(1))


def test_eta_out_of_range_is_refused():
    with pytest.raises(ValueError, match="eta"):
        ddim(1.5)
