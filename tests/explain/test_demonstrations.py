"""Demonstrations: right and wrong start from the same noise, differ in one thing, and are told where they cannot be."""

import pytest
import torch

from diffusion.denoiser import ModelConfig
from diffusion.evaluation.memorisation import Copies
from diffusion.evaluation.metrics import nearest
from diffusion.explain.demonstrations import DEMONSTRATIONS
from diffusion.generation import SampleConfig, categories_in_turn
from diffusion.serving.engine import Engine, Live
from diffusion.serving.requests import RunRequest
from diffusion.trajectory import Trajectory, record

CONFIG = SampleConfig("ddim", 3, 2, seed=5)


@pytest.fixture(scope="module")
def course_model():
    return ModelConfig("course", "noise", ("hero", "food"), "linear", network_options={"n_feat": 8}).build()


@pytest.mark.parametrize("name", DEMONSTRATIONS)
def test_right_and_wrong_start_from_the_same_noise_and_end_apart(name, tiny_model, course_model, monkeypatch):
    monkeypatch.setattr("diffusion.explain.demonstrations.DDPM_STEPS", 5)
    model = course_model if name == "course" else tiny_model
    model.net.eval()
    context = categories_in_turn(model.categories, 2)
    right, wrong = (record(run) for run in DEMONSTRATIONS[name].pair(model, CONFIG, context))
    assert (right.views["x_t"][0] == wrong.views["x_t"][0]).all()
    assert (right.sprites != wrong.sprites).any()


def test_without_fresh_noise_nothing_is_added(tiny_model, monkeypatch):
    monkeypatch.setattr("diffusion.explain.demonstrations.DDPM_STEPS", 4)
    _, wrong = DEMONSTRATIONS["noise"].pair(tiny_model, CONFIG, categories_in_turn(tiny_model.categories, 2))
    assert all(step.z is None or not step.z.any() for step in wrong)


def test_the_wrong_schedule_is_only_the_sampler_s(tiny_model):
    right, wrong = DEMONSTRATIONS["schedule"].pair(tiny_model, CONFIG, categories_in_turn(tiny_model.categories, 2))
    assert not torch.equal(right.schedule.alpha_bar, wrong.schedule.alpha_bar)
    assert right.timesteps == wrong.timesteps


def test_the_course_s_fault_needs_the_course_s_network(tiny_model):
    with pytest.raises(ValueError, match="'Course fault' cannot be shown with this model"):
        DEMONSTRATIONS["course"].pair(tiny_model, CONFIG, categories_in_turn(tiny_model.categories, 2))


def test_an_unknown_demonstration_is_told(folder):
    with pytest.raises(ValueError, match="'magic' is unknown: choose from noise"):
        Engine(folder, "cpu").demonstration("magic", RunRequest("tiny", CONFIG))


def test_a_run_is_told_as_it_goes_and_ends_whole(folder, monkeypatch):
    monkeypatch.setattr("diffusion.serving.engine.LIVE_EVERY_S", 0.0)
    engine, request = Engine(folder, "cpu"), RunRequest("tiny", SampleConfig("ddpm", 6, 2))
    *under_way, whole = engine.live(request)
    assert [type(moment) for moment in under_way] == [Live] * 5 and isinstance(whole, Trajectory)
    assert [moment.step for moment in under_way] == [1, 2, 3, 4, 5]
    assert list(engine.live(request)) == [whole]   # recalled


def test_a_recipe_gives_the_request_back():
    request = RunRequest("tiny", SampleConfig("ddim", 7, 3, 9, 1.5, 0.25), (("hero", 1.0),))
    assert RunRequest.from_recipe(request.recipe) == request


@pytest.mark.parametrize("recipe", [{}, {"checkpoint": "a", "config": {"x": 1}, "weights": None}, {"weights": 3}])
def test_a_damaged_recipe_is_told(recipe):
    with pytest.raises(ValueError, match="do not describe a run"):
        RunRequest.from_recipe(recipe)


def test_the_nearest_training_sprite_is_found(sprites):
    x = torch.tensor([[0.0], [1.0]]).reshape(2, 1, 1, 1).expand(2, 3, 2, 2)
    known = torch.tensor([0.9, 0.2, -1.0]).reshape(3, 1, 1, 1).expand(3, 3, 2, 2)
    index, distance = nearest(x, known)
    assert index.tolist() == [1, 0]
    torch.testing.assert_close(distance, torch.tensor([0.2, 0.1]))


def test_a_training_sprite_is_its_own_copy_and_an_unseen_one_is_not(sprites):
    copies = Copies(sprites)
    training, unseen = sprites.split()
    match = copies.check(training.images[:1]).matches[0]
    assert match.distance < 1e-3 and match.share_of_unseen == 0 and match.is_copy
    assert (match.training == match.sprite).all()
    distances = sorted(match.distance for match in copies.check(unseen.images).matches)
    assert distances[0] > 0.05
    assert copies.usual_distance == pytest.approx(distances[(len(distances) - 1) // 2], rel=1e-3)
