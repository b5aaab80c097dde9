"""Two faults of the course, reproduced on purpose: exactly as they are, repeatable, and never by default."""

import pytest
import torch
from course_restated import restated, trained_state

from diffusion.explain.as_taught import as_taught, has_course_network, mended
from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.models.course_files import read_course_file
from diffusion.networks.course_unet import ContextUnet, ContextUnetAsTaught
from diffusion.predictions import PREDICTIONS
from diffusion.schedule import Schedule
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import recipe


@pytest.fixture
def course_model(tmp_path):
    torch.save(trained_state(n_feat=16), tmp_path / "model_31.pth")
    return read_course_file(tmp_path / "model_31.pth")


def inputs(seed=0, n=3):
    random = torch.Generator().manual_seed(seed)
    return torch.randn(n, 3, 16, 16, generator=random), torch.rand(n, generator=random), torch.eye(5)[:n]


def sprites_of(model):
    return generate(model, SampleConfig("ddim", 5, 3), categories_in_turn(model.categories, 3))


def test_the_faulty_network_is_the_course_s_with_its_random_shortcut(course_model):
    x, t, c = inputs()
    faulty = as_taught(course_model, seed=7).net
    shortcut = faulty.draw_shortcut(3, 16, t)
    expected = restated(course_model.net.state_dict(), x, t, c, shortcut)
    torch.testing.assert_close(faulty(x, t, c), expected, rtol=1e-4, atol=1e-4)
    without = restated(course_model.net.state_dict(), x, t, c)
    assert not torch.allclose(faulty(x, t, c), without, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(mended(course_model).net(x, t, c), without, rtol=1e-4, atol=1e-4)


def test_the_shortcut_has_the_spread_of_a_new_convolution():
    """PyTorch draws both uniformly within 1 / sqrt(3 channels)."""
    weight, bias = ContextUnetAsTaught(n_feat=8).draw_shortcut(3, 20_000, torch.rand(1))
    for drawn in (weight, bias):
        bound = 3**-0.5
        assert drawn.min() == pytest.approx(-bound, abs=1e-3) and drawn.max() == pytest.approx(bound, abs=1e-3)
        assert float(drawn.std()) == pytest.approx(bound / 3**0.5, rel=0.02)
        assert abs(float(drawn.mean())) < 0.01


def test_it_is_new_at_every_step_and_for_every_seed_and_the_same_again(course_model):
    first, second = as_taught(course_model, 1).net, as_taught(course_model, 2).net
    early, late = torch.tensor([0.9]), torch.tensor([0.1])
    drawn = [net.draw_shortcut(3, 16, t)[0] for net in (first, second) for t in (early, late)]
    assert len({weight.numpy().tobytes() for weight in drawn}) == 4
    assert torch.equal(drawn[0], as_taught(course_model, 1).net.draw_shortcut(3, 16, early.repeat(5))[0])


def test_a_run_with_the_fault_can_be_repeated_and_leaves_random_numbers_alone(course_model):
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first, again, other = (sprites_of(as_taught(course_model, seed)) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, again)
    assert not torch.allclose(first, other) and not torch.allclose(first, sprites_of(course_model))


def test_showing_the_fault_leaves_the_model_as_it_was(course_model):
    before = sprites_of(course_model)
    faulty = as_taught(course_model, 0)
    assert faulty.config.network == "course-as-taught" and course_model.config.network == "course"
    own, shared = course_model.net.state_dict(), faulty.net.state_dict()
    assert all(own[key].data_ptr() == shared[key].data_ptr() for key in own)
    assert torch.equal(sprites_of(course_model), before) and torch.equal(sprites_of(mended(faulty)), before)


def test_it_has_the_state_dict_of_the_course():
    assert ContextUnetAsTaught().state_dict().keys() == ContextUnet().state_dict().keys()


def test_another_network_has_no_such_fault(tiny_model):
    assert not has_course_network(tiny_model)
    with pytest.raises(ValueError, match="course's network only"):
        as_taught(tiny_model, 0)


def test_training_as_taught_forgets_the_root():
    """x = sqrt(ab) x0 + (1 - ab) eps, while the target and the times stay what they should be."""
    schedule = Schedule.linear()
    x0, eps = torch.randn(2, 4, 3, 16, 16)
    levels = torch.randn(4)
    faulty, right = (PREDICTIONS[name].example(schedule, x0, eps, levels) for name in ("noise-as-taught", "noise"))
    assert torch.equal(faulty.time, right.time) and torch.equal(faulty.target, eps)
    ab = schedule.alpha_bar[(faulty.time * 500).round().long()].float()[:, None, None, None]
    torch.testing.assert_close(faulty.x, ab.sqrt() * x0 + (1 - ab) * eps)
    torch.testing.assert_close(right.x, ab.sqrt() * x0 + (1 - ab).sqrt() * eps)


def test_the_recipe_has_both_faults_and_the_course_s_own_has_none(sprites):
    config = recipe("as-taught", minutes=None, steps=2, batch=4)
    *_, last = train(new_model(config, sprites.categories), sprites, config)
    assert isinstance(last.model.net, ContextUnetAsTaught) and last.model.config.prediction == "noise-as-taught"
    course = new_model(recipe("course"), sprites.categories)
    assert type(course.net) is ContextUnet and course.config.prediction == "noise"
