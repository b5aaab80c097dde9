"""A model's own runs, made once: they start from noise, and end as its sprites."""

import pytest
import torch

from diffusion.samplers import ddim, sample
from diffusion.training.own_runs import AT_ONCE, BLENDED_SHARE, own_runs, some_blended


def random():
    return torch.Generator().manual_seed(1)


@pytest.fixture(scope="module")
def runs(tiny_model, sprites):
    return own_runs(tiny_model, sprites, 1e-9, random())


def test_a_run_starts_from_noise_and_ends_where_many_small_steps_of_the_model_lead(runs, tiny_model):
    assert runs.noise.shape == runs.x0.shape == (AT_ONCE, *tiny_model.shape)
    assert float(runs.noise.mean()) == pytest.approx(0, abs=0.02)
    assert float(runs.noise.std()) == pytest.approx(1, abs=0.02)
    steps = list(range(tiny_model.schedule.T, -1, -5))
    *_, last = sample(tiny_model.denoiser(runs.context[:8]), tiny_model.schedule, runs.noise[:8], steps, ddim())
    assert float((last.x_next - runs.x0[:8]).square().mean().sqrt()) < 0.15   # other noise: 0.8


def test_the_same_seed_makes_the_same_runs(runs, tiny_model, sprites):
    again = own_runs(tiny_model, sprites, 1e-9, random())
    assert all(map(torch.equal, again, runs))


def test_more_time_makes_more_runs_and_progress_ends_full(tiny_model, sprites):
    told = []
    more = own_runs(tiny_model, sprites, 1 / 60, random(), told.append)
    assert len(more.context) == len(told) * AT_ONCE
    assert told == sorted(told) and told[-1] == 1


def test_a_quarter_of_the_contexts_are_blended():
    blended = some_blended(torch.eye(5).repeat(400, 1), random())
    torch.testing.assert_close(blended.sum(1), torch.ones(2000))
    assert float((blended.amax(1) < 1).float().mean()) == pytest.approx(BLENDED_SHARE, abs=0.05)
