"""The schedules against their formulas and the course's own constants."""

import itertools

import pytest
import torch

from diffusion.schedule import SCHEDULES, Schedule


def test_linear_is_the_course_schedule():
    schedule = Schedule.linear()
    assert schedule.T == 500
    assert schedule.alpha_bar[0] == 1
    assert schedule.alpha_bar[1].item() == pytest.approx(0.99976, abs=1e-5)
    assert schedule.alpha_bar[500].item() == pytest.approx(0.00629, abs=1e-5)


def test_from_betas_is_the_running_product():
    betas = torch.rand(50, dtype=torch.float64) * 0.1
    schedule = Schedule.from_betas(betas)
    assert schedule.alpha_bar[7].item() == pytest.approx(float((1 - betas[:7]).prod()), rel=1e-12)


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0])
def test_cosine_shift_multiplies_the_noise_to_signal_ratio(shift):
    plain, shifted = Schedule.cosine(), Schedule.cosine(shift=shift)
    t = torch.arange(1, 501)
    ratio = (shifted.noise(t) / shifted.signal(t)) / (plain.noise(t) / plain.signal(t))
    torch.testing.assert_close(ratio, torch.full_like(ratio, shift), rtol=1e-9, atol=0)


@pytest.mark.parametrize("make", SCHEDULES.values(), ids=SCHEDULES)
def test_any_number_of_steps_falls_strictly_from_T_to_0(make):
    schedule = make()
    for n in range(1, schedule.T + 1):
        timesteps = schedule.timesteps(n)
        assert len(timesteps) == n + 1
        assert timesteps[0] == schedule.T and timesteps[-1] == 0
        assert all(a > b for a, b in itertools.pairwise(timesteps))


@pytest.mark.parametrize("spacing", [1.0, 1.25, 2.0, 4.0])
def test_spaced_steps_fall_strictly_and_lie_where_the_power_says(spacing):
    schedule = Schedule.cosine(spacing=spacing)
    for n in range(1, schedule.T + 1):
        timesteps = schedule.timesteps(n)
        assert len(timesteps) == n + 1 and timesteps[0] == schedule.T and timesteps[-1] == 0
        assert all(a > b for a, b in itertools.pairwise(timesteps))
    wanted = [schedule.T * (1 - i / 10) ** spacing for i in range(11)]
    for t, exact in zip(schedule.timesteps(10)[:-3], wanted[:-3], strict=True):   # the last may be pushed apart
        assert abs(t - exact) <= 0.5


@pytest.mark.parametrize("spacing", [0.5, 0, -1, 5, float("nan"), "even"])
def test_a_spacing_out_of_range_is_refused(spacing):
    with pytest.raises(ValueError, match="spacing"):
        Schedule.cosine(spacing=spacing)


@pytest.mark.parametrize("n", [0, -1, 501])
def test_steps_out_of_range_are_refused(n):
    with pytest.raises(ValueError, match=f"steps = {n}: the schedule allows 1 to 500"):
        Schedule.linear().timesteps(n)


@pytest.mark.parametrize("t", [1, 250, 500])
def test_predict_x0_undoes_add_noise(t):
    schedule = Schedule.cosine()
    x0, eps = torch.randn(2, 4, 3, 16, 16, dtype=torch.float64)
    torch.testing.assert_close(schedule.predict_x0(schedule.add_noise(x0, t, eps), t, eps), x0, rtol=0, atol=1e-10)


def test_one_t_a_sprite_equals_each_alone():
    schedule = Schedule.cosine()
    x0, eps = torch.randn(2, 3, 3, 16, 16)
    t = torch.tensor([1, 100, 500])
    together = schedule.add_noise(x0, t, eps)
    for i in range(3):
        assert torch.equal(together[i], schedule.add_noise(x0[i : i + 1], int(t[i]), eps[i : i + 1])[0])


@pytest.mark.parametrize("alpha_bar", [[0.9, 0.5], [1.0, 1.0], [1.0, 0.5, 0.6], [1.0, 0.0], [1.0]])
def test_what_is_no_schedule_is_refused(alpha_bar):
    with pytest.raises(ValueError, match="alpha_bar"):
        Schedule(torch.tensor(alpha_bar, dtype=torch.float64))


@pytest.mark.parametrize(("n", "start"), [(1, 1), (3, 7), (25, 25), (100, 405)])
def test_timesteps_may_start_in_the_middle(n, start):
    timesteps = Schedule.linear().timesteps(n, start)
    assert len(timesteps) == n + 1 and timesteps[0] == start and timesteps[-1] == 0
    assert all(a > b for a, b in itertools.pairwise(timesteps))


@pytest.mark.parametrize(("n", "start"), [(8, 7), (0, 7), (1, 0), (1, 501)])
def test_timesteps_that_do_not_fit_their_start_are_refused(n, start):
    with pytest.raises(ValueError, match="1 to"):
        Schedule.linear().timesteps(n, start)


@pytest.mark.parametrize("t", [1, 2, 250, 499, 500])
def test_the_level_nearest_to_one_of_its_own_is_that_one(t):
    schedule = Schedule.cosine(shift=2)
    assert schedule.nearest(float(schedule.alpha_bar[t])) == t
    assert schedule.nearest(1) == 1
