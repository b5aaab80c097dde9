"""Training end to end, small: it learns, repeats itself, and refuses what cannot work."""

import dataclasses
import time

import numpy as np
import pytest
import torch

from diffusion.predictions import PREDICTIONS
from diffusion.schedule import Schedule
from diffusion.training.logbook import Logbook, smoothed
from diffusion.training.loop import TrainingDivergedError, new_model, train
from diffusion.training.muon import NEWTON_SCHULZ, NEWTON_SCHULZ_STEPS, STEP_RMS, Muon, orthogonal
from diffusion.training.recipes import RECIPES, TrainConfig, recipe
from diffusion.training.state import update_ema

WAIT_S = 0.05


def run(sprites, **changes):
    config = recipe(changes.pop("recipe", "fast"), minutes=None, **changes)
    return list(train(new_model(config, sprites.categories), sprites, config))


def test_the_loss_falls(sprites):
    losses = [step.loss for step in run(sprites, steps=50, batch=32, warmup_steps=5)]
    assert np.mean(losses[-10:]) < 0.75 * np.mean(losses[:10])


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_seed_gives_the_same_weights(sprites, name):
    first, second = (run(sprites, recipe=name, steps=2, batch=4)[-1] for _ in range(2))
    assert first.loss == second.loss
    for a, b in zip(first.model.net.state_dict().values(), second.model.net.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_another_seed_gives_other_weights(sprites):
    assert run(sprites, steps=1, batch=4, seed=0)[0].loss != run(sprites, steps=1, batch=4, seed=1)[0].loss


def test_training_works_without_categories(sprites):
    unlabelled = dataclasses.replace(sprites, context=np.zeros((len(sprites), 0), np.float32), categories=())
    assert run(unlabelled, steps=2, batch=4)[-1].progress == 1


def test_a_time_budget_ends_annealed(sprites):
    config = recipe("fast", minutes=0.02, batch=4)
    *_, last = train(new_model(config, sprites.categories), sprites, config)
    assert last.progress == 1 and last.seconds >= 1.2 and last.learning_rate < 0.1 * config.learning_rate


def test_what_the_consumer_does_between_steps_is_not_training_time(sprites):
    config = recipe("fast", minutes=None, steps=2, batch=4)
    for step in train(new_model(config, sprites.categories), sprites, config):
        assert torch.is_grad_enabled()
        assert step.images == step.step * 4


def test_what_a_step_waits_for_is_not_training_time(sprites):
    config = recipe("fast", minutes=None, steps=3, batch=4)
    model = new_model(config, sprites.categories)
    answer = model.net.forward

    def after_others(*inputs):
        time.sleep(WAIT_S)
        return answer(*inputs)

    model.net.forward = after_others
    *_, last = steps = list(train(model, sprites, config))
    assert sum(step.took for step in steps) - last.seconds >= 0.99 * 3 * WAIT_S


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_goes_on_bit_for_bit_where_it_stopped(sprites, name, tmp_path):
    config = recipe(name, minutes=None, steps=6, batch=4)
    whole = list(train(new_model(config, sprites.categories), sprites, config))
    logbook = Logbook(config, "broken", tmp_path)
    steps = logbook.follow(train(new_model(config, sprites.categories), sprites, config))
    for _ in range(3):
        next(steps)
    steps.close()

    again = Logbook(config, "broken", tmp_path)
    saved = again.resume()
    *_, last = again.follow(train(new_model(config, sprites.categories), sprites, config, saved))
    assert again.losses == [step.loss for step in whole]
    expected, state = whole[-1].state.tensors(), last.state.tensors()
    assert expected.keys() == state.keys()
    assert all(torch.equal(expected[key], state[key]) for key in expected if key != "seconds")
    assert not again.state_path.exists()


def test_checkpoints_in_between_go_into_a_folder_that_is_not_there_yet(sprites, tmp_path, monkeypatch):
    monkeypatch.setattr("diffusion.training.logbook.CHECKPOINT_EVERY_S", 0)
    config = recipe("fast", minutes=None, steps=2, batch=4)
    logbook = Logbook(config, "new", tmp_path / "deep" / "folder")
    steps = logbook.follow(train(new_model(config, sprites.categories), sprites, config))
    next(steps)
    assert logbook.state_path.exists()
    steps.close()


def test_a_state_of_another_network_is_refused(sprites):
    config = recipe("fast", minutes=None, steps=2, batch=4)
    *_, last = train(new_model(config, sprites.categories), sprites, config)
    other = recipe("course", minutes=None, steps=2, batch=4)
    with pytest.raises(ValueError, match="another network"):
        next(train(new_model(other, sprites.categories), sprites, other, last.state.tensors()))


def test_muon_brings_all_singular_values_near_one():
    for shape in ((64, 576), (128, 64)):
        values = torch.linalg.svdvals(orthogonal([torch.randn(shape, generator=torch.Generator().manual_seed(0))])[0])
        assert values.min() > 0.5 and values.max() < 1.3


@pytest.mark.parametrize("shape", [(64, 576), (128, 64), (128, 256)])
def test_muon_multiplies_newton_schulz_steps_first_and_ends_where_they_end_one_by_one(shape):
    """Singular values over five orders of magnitude: the small ones too must come out as the steps say."""
    random = torch.Generator().manual_seed(0)
    left, right = (torch.linalg.qr(torch.randn(n, min(shape), dtype=torch.float64, generator=random))[0] for n in shape)
    matrix = left @ torch.logspace(0, -5, min(shape), dtype=torch.float64).diag() @ right.T
    a, b, c = NEWTON_SCHULZ
    x = matrix / matrix.norm()
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    assert (orthogonal([matrix.float()])[0] - x).norm() < 2e-3 * x.norm()


def test_muon_counts_in_float32_even_where_a_network_may_count_in_bfloat16():
    matrix = torch.randn(32, 288, generator=torch.Generator().manual_seed(0)) * torch.logspace(0, -2.5, 32)[:, None]
    [alone] = orthogonal([matrix])
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(orthogonal([matrix])[0], alone)


def test_muon_turns_many_matrices_as_it_would_each_alone():
    random = torch.Generator().manual_seed(0)
    shapes = [(64, 576), (32, 288), (128, 64), (64, 64), (32, 64)]
    matrices = [torch.randn(shape, generator=random) for shape in shapes]
    for together, matrix in zip(orthogonal(matrices), matrices, strict=True):
        torch.testing.assert_close(together, orthogonal([matrix])[0], rtol=1e-4, atol=1e-6)


def test_muon_steps_have_the_length_that_the_learning_rate_says():
    net = torch.nn.Conv2d(64, 48, 3)
    before = net.weight.detach().clone()
    optimizer = Muon(net.parameters(), lr=0.01, weight_decay=0.0)
    net(torch.randn(2, 64, 8, 8, generator=torch.Generator().manual_seed(0))).square().sum().backward()
    optimizer.step()
    step = net.weight.detach() - before
    assert float(step.square().mean().sqrt()) == pytest.approx(STEP_RMS * 0.01, rel=0.15)
    assert float(net.bias.grad.abs().sum()) > 0 and net.weight.grad is None


def test_levels_say_how_noisy_the_examples_are(sprites):
    x0, eps = torch.zeros(2000, 3, 1, 1), torch.zeros(2000, 3, 1, 1)
    levels = torch.randn(2000, generator=torch.Generator().manual_seed(0))
    times = PREDICTIONS["noise"].example(Schedule.linear(), x0, eps, levels).time
    assert float(times.min()) > 0 and float(times.max()) <= 1
    assert torch.histc(times, 4, 0, 1).tolist() == pytest.approx([500] * 4, rel=0.15)
    lower = PREDICTIONS["noise"].example(Schedule.linear(), x0, eps, levels - 1).time
    assert (lower <= times).all()


def test_ema_is_the_weighted_mean():
    net, ema = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    expected = 0.9 * ema.weight + 0.1 * net.weight
    update_ema(ema, net, 0.9)
    torch.testing.assert_close(ema.weight, expected)


@pytest.mark.parametrize("length", [100, 100_000])
def test_the_average_can_look_back_over_a_share_of_the_run(length):
    """The mean age of what is averaged, in steps: an exact sum over the weights that each step has in the end."""
    config, age = TrainConfig(ema_share=0.1), 0.0
    for step in range(length):
        age = config.ema_decay(step) * (age + 1)
    assert age == pytest.approx(0.1 / 1.1 * length, rel=0.02)


def test_the_average_of_a_short_run_never_looks_back_further_than_its_most():
    assert TrainConfig(ema_max=0.0).ema_decay(500) == 0
    assert TrainConfig().ema_decay(0) == 0 and TrainConfig().ema_decay(10**6) == 0.999


def test_a_diverging_run_stops_with_a_sentence(sprites):
    config = recipe("fast", minutes=None, steps=50, batch=4, learning_rate=1.0, clip=None)
    model = new_model(config, sprites.categories)
    with torch.no_grad():
        next(model.net.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingDivergedError, match="lower the learning rate"):
        list(train(model, sprites, config))


def test_an_empty_set_is_refused(sprites):
    config = recipe("fast", minutes=None, steps=1)
    with pytest.raises(ValueError, match="no sprites"):
        next(train(new_model(config, sprites.categories), sprites.take(np.array([], dtype=int)), config))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"minutes": 0}, "minutes = 0"),
        ({"minutes": None}, "minutes or steps"),
        ({"steps": 5}, "minutes or steps"),
        ({"batch": 0}, "batch = 0"),
        ({"learning_rate": -1}, "learning_rate = -1"),
        ({"learning_rate": float("nan")}, "learning_rate = nan"),
        ({"context_dropout": 2}, "context_dropout = 2"),
        ({"warmup_steps": 0}, "warmup_steps = 0: it must be a whole number from 1"),
        ({"anneal": "cosin"}, "anneal 'cosin' is unknown: choose from cosine, linear"),
        ({"betas": (0.9, 1.0)}, "each of betas = 1.0"),
        ({"betas": (0.9,)}, "an optimizer has two"),
        ({"betas": 0.9}, "an optimizer has two"),
        ({"clip": 0}, "clip = 0"),
        ({"clip": float("nan")}, "clip = nan"),
        ({"ema_max": 1.0}, "ema_max = 1.0"),
        ({"ema_share": 0}, "ema_share = 0"),
        ({"optimizer": None}, "optimizer None is unknown"),
        ({"number_format": "float16"}, "number_format 'float16' is unknown"),
        ({"batch": True}, "batch = True"),
        ({"seed": -1}, "seed = -1"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**changes)


def test_an_unknown_recipe_is_refused():
    with pytest.raises(ValueError, match="choose from fast, long, course"):
        recipe("slow")


def test_smoothing_keeps_a_constant_and_has_the_length():
    assert smoothed([2.0] * 100) == [2.0] * 100
    assert smoothed([]) == []
