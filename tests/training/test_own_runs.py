"""A model's own runs, made once: they start from noise, end as its sprites, and pass where they are seen between."""

import pytest
import torch

from diffusion.samplers import ddim, sample
from diffusion.training.own_runs import AT_ONCE, BLENDED_SHARE, own_runs, some_blended

TIMESTEPS = [500, 250, 0]


def random():
    return torch.Generator().manual_seed(1)


@pytest.fixture(scope="module")
def runs(tiny_model, sprites):
    return own_runs(tiny_model, sprites, TIMESTEPS, 1e-9, random())


def test_a_run_starts_from_noise_and_passes_where_many_small_steps_of_the_model_lead(runs, tiny_model):
    assert runs.states.shape == (3, AT_ONCE, *tiny_model.shape)
    assert float(runs.at(500).mean()) == pytest.approx(0, abs=0.02)
    assert float(runs.at(500).std()) == pytest.approx(1, abs=0.02)
    denoiser = tiny_model.denoiser(runs.context[:8])
    for start, seen in ((500, 250), (250, 0)):
        steps = list(range(start, seen - 1, -5))
        *_, last = sample(denoiser, tiny_model.schedule, runs.at(start)[:8], steps, ddim())
        assert float((last.x_next - runs.at(seen)[:8]).square().mean().sqrt()) < 0.05


def test_the_same_seed_makes_the_same_runs(runs, tiny_model, sprites):
    again = own_runs(tiny_model, sprites, TIMESTEPS, 1e-9, random())
    assert torch.equal(again.states, runs.states) and torch.equal(again.context, runs.context)


def test_more_time_makes_more_runs_and_progress_ends_full(tiny_model, sprites):
    told = []
    more = own_runs(tiny_model, sprites, [500, 0], 1 / 60, random(), told.append)
    assert len(more.context) == len(told) * AT_ONCE
    assert told == sorted(told) and told[-1] == 1


def test_a_quarter_of_the_contexts_are_blended():
    blended = some_blended(torch.eye(5).repeat(400, 1), random())
    torch.testing.assert_close(blended.sum(1), torch.ones(2000))
    assert float((blended.amax(1) < 1).float().mean()) == pytest.approx(BLENDED_SHARE, abs=0.05)


def test_where_runs_were_not_seen_is_told(runs):
    with pytest.raises(ValueError, match="not seen at t = 100, only at 500, 250, 0"):
        runs.at(100)
