"""Learnt by heart, or understood: what both are wrong by, against the loss of training and against certainty."""

import pytest
import torch

from diffusion.denoiser import ModelConfig
from diffusion.explain.by_heart import SEED, SHARES, Guess, Level, Row, compare, nearest, spread_out
from diffusion.noise import SpriteNoise
from diffusion.schedule import Schedule
from diffusion.sprites.painter import paint
from diffusion.support.checks import InputError
from diffusion.support.images import to_tensor


@pytest.fixture(scope="module")
def parts():
    return paint(400, seed=3).split()


@pytest.fixture(scope="module")
def model(parts):
    torch.manual_seed(0)
    net = ModelConfig("sprite", "velocity", parts[0].categories, network_options={"width": 8}).build()
    for parameter in net.net.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return net


@pytest.fixture(scope="module")
def levels(model, parts):
    return compare(model, *parts)


def test_the_levels_are_those_asked_for(levels):
    assert [level.share for level in levels] == pytest.approx(SHARES, abs=0.005)


@pytest.mark.parametrize("place", range(len(SHARES)))
def test_the_network_is_wrong_by_the_loss_that_training_would_give(model, parts, levels, place):
    """The same numbers by another way: the example that training would make of it, and its squared error."""
    x0 = to_tensor(spread_out(parts[1]))
    eps, u = SpriteNoise(SEED, range(len(x0)))(), levels[place].share
    time = torch.full((len(x0),), u)
    example = model.prediction.example(model.schedule, x0, eps, time.logit())
    with torch.inference_mode():
        answer = model.net(example.x, example.time, torch.zeros(len(x0), len(model.categories)))
    loss = float((answer - example.target).square().mean())
    assert levels[place].unseen.network.loss == pytest.approx(loss, rel=1e-3)


def test_by_heart_is_certain_of_what_it_knows_and_wrong_about_the_rest(levels):
    least = levels[0]
    assert least.training.by_heart.loss < 1e-3
    assert least.unseen.by_heart.loss > 10


def test_with_nearly_nothing_but_noise_by_heart_is_as_wrong_about_both(levels):
    most = levels[-1]
    assert most.unseen.by_heart.loss == pytest.approx(most.training.by_heart.loss, rel=0.2)


def test_who_is_worse_on_unseen_sprites_than_chance_allows_does_not_generalise():
    def level(seen, unseen):
        rows = (Row(None, None, Guess(loss, 0.1, None)) for loss in (seen, unseen))
        return Level(0.05, *rows)

    assert level(0.5, 0.7).generalises and not level(0.5, 0.8).generalises


def test_the_nearest_level_on_the_courses_schedule_is_its_last_where_it_ends_before():
    schedule = Schedule.linear()
    assert nearest(schedule, 0.99) == schedule.T


def test_a_student_is_refused(parts):
    student = ModelConfig("sprite", "velocity", parts[0].categories, network_options={"width": 8}, steps=1).build()
    with pytest.raises(InputError, match="a student"):
        compare(student, *parts)
