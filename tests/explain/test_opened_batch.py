"""An opened batch: the numbers shown are those of training itself."""

import copy
from dataclasses import replace

import gradio as gr
import pytest
import torch

from diffusion.explain.opened_batch import open_batch
from diffusion.support.checks import InputError
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import recipe
from diffusion.ui.sections.training.opened_section import NOTHING_YET, InTraining, opened_html, opened_section

RECIPES = ["fast", "course", "as-taught"]


def in_training(sprites, name):
    config = recipe(name, minutes=None, steps=1)
    return new_model(config, sprites.categories), sprites, config


@torch.no_grad()
@pytest.mark.parametrize("name", RECIPES)
def test_the_mean_of_what_is_shown_is_the_loss_of_that_batch(sprites, name):
    model, _, config = in_training(sprites, name)
    model.net.train()
    shown = [example.loss for example in open_batch(model, sprites, config, n=8, seed=3)]
    training = replace(config, batch=8, seed=3, number_format="float32")
    with torch.enable_grad():
        first = next(train(copy.deepcopy(model), sprites, training))
    assert sum(shown) / 8 == pytest.approx(first.loss, rel=1e-6)


@pytest.mark.parametrize("name", RECIPES)
def test_every_picture_follows_from_the_others(sprites, name):
    for example in open_batch(*in_training(sprites, name), n=4, seed=1):
        assert torch.allclose(example.signal * example.x0 + example.noise * example.eps, example.x, atol=1e-5)
        told = example.signal * example.x0_told + example.noise * example.eps_told
        assert torch.allclose(told, example.x, atol=1e-4)
        assert example.error.square().mean().item() == pytest.approx(example.loss, rel=1e-5)
        assert (example.t is None) == (name == "fast")


@pytest.mark.parametrize("name", RECIPES)
def test_looking_changes_nothing(sprites, name):
    model, *rest = in_training(sprites, name)
    model.net.train()
    before = {key: value.clone() for key, value in model.net.state_dict().items()}
    open_batch(model, *rest)
    assert model.net.training
    assert all(torch.equal(before[key], value) for key, value in model.net.state_dict().items())


@pytest.mark.parametrize("name", RECIPES)
def test_another_time_keeps_sprites_and_noise(sprites, name):
    training = in_training(sprites, name)
    drawn, moved = open_batch(*training, seed=2), open_batch(*training, seed=2, time=0.25)
    for one, other in zip(drawn, moved, strict=True):
        assert torch.equal(one.x0, other.x0) and torch.equal(one.eps, other.eps)
        assert (one.name, one.told) == (other.name, other.told)
        assert other.time == pytest.approx(0.25) and other.t in (None, 125)


def test_what_the_network_was_told_is_named_or_empty(sprites):
    told = {example.told for seed in range(8) for example in open_batch(*in_training(sprites, "fast"), 16, seed)}
    assert told == {"", *sprites.categories}


@pytest.mark.parametrize("wrong", [{"n": 0}, {"seed": -1}, {"time": 2}])
def test_bad_input_is_named(sprites, wrong):
    with pytest.raises(ValueError, match=" = ".join(map(str, *wrong.items()))):
        open_batch(*in_training(sprites, "fast"), **wrong)


@pytest.mark.parametrize("name", RECIPES)
def test_the_page_tells_each_number(sprites, name):
    examples = open_batch(*in_training(sprites, name))
    html = opened_html(examples)
    for example in examples:
        assert f"{example.loss:.3f}" in html
    assert f"{sum(example.loss for example in examples) / 4:.3f}" in html
    follows = "noise that follows" in html
    assert follows == (name == "fast")   # a network that predicts the noise has said it already


@pytest.fixture
def section(sprites):
    """The accordion's handlers by name; the job "mine" is in training."""
    jobs = {"mine": InTraining(*in_training(sprites, "fast"))}
    with gr.Blocks() as demo:
        opened_section(jobs.get, gr.State())
    return {fn.fn.__name__: fn.fn for fn in demo.fns.values()}


def test_another_batch_is_another_and_the_same_is_the_same(section):
    first = section["show_same"]("mine", 0)
    other, seed = section["show_another"]("mine", 0)
    assert seed == 1 and other == section["show_same"]("mine", 1) != first == section["show_same"]("mine", 0)
    assert section["show_at"]("mine", 0, 0.5).count("50% noise") > first.count("50% noise")


def test_without_a_training_there_is_nothing_to_open(section):
    assert section["show_same"](None, 0) == section["show_at"]("gone", 0, 0.5) == NOTHING_YET


def test_a_time_out_of_bounds_is_told(section):
    with pytest.raises(InputError, match="time = 7"):
        section["show_at"]("mine", 0, 7)
