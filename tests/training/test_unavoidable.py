"""What nobody can avoid of the loss: by hand where there are two sprites, and by brute force."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from diffusion.schedule import shaped_like
from diffusion.sprites.painter import paint
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor
from diffusion.training.batch import draw_batch, squared_errors
from diffusion.training.loop import new_model
from diffusion.training.recipes import recipe
from diffusion.training.unavoidable import EXAMPLES, SEED, unavoidable_losses

RECIPES = ("fast", "course", "as-taught")


def config_of(name, **settings):
    small = {"width": 8} if name == "fast" else {"n_feat": 8}
    return recipe(name, network_options=small, batch=32, **settings)


def drawn(name, sprites, **settings):
    """A model, and the shares and losses of its unavoidable part."""
    config = config_of(name, **settings)
    model = new_model(config, sprites.categories, "cpu", "")
    return model, *unavoidable_losses(model, sprites, config)


@pytest.mark.parametrize("name", RECIPES)
def test_a_single_sprite_hides_behind_no_noise(name):
    one = paint(1)
    twice = SpriteSet(one.images.repeat(2, 0), one.context.repeat(2, 0), one.categories, np.zeros(2, bool))
    _, _, losses = drawn(name, twice)
    assert losses.max() < 1e-3


@pytest.mark.parametrize("name", RECIPES)
def test_nobody_who_answers_otherwise_is_less_wrong(name):
    """Each candidate answer is that of one sprite of the set, or a mixture of them: none has a smaller mean loss."""
    sprites = paint(40, seed=1)
    model, _, losses = drawn(name, sprites)
    config, random = config_of(name), torch.Generator().manual_seed(SEED)
    images, contexts = to_tensor(sprites.images), torch.from_numpy(sprites.context)
    *_, example = draw_batch(model, images, contexts, replace(config, batch=EXAMPLES), random)
    signal, noise = model.prediction.coefficients(model.schedule, example.time)
    signal, noise = (shaped_like(part, example.x) for part in (signal, noise))
    mean = images.mean(0, keepdim=True).expand_as(example.x)
    eps = (example.x - signal * mean) / noise
    normal = model.prediction.normal(model.schedule, example.time)
    answer = model.prediction.example(model.schedule, mean, eps, normal).target
    assert losses.mean() < squared_errors(answer, example.target).mean()


def test_nearly_pure_noise_hides_nearly_all_but_the_category():
    """Under nothing but noise the best answer is the mean of the category: what is left is its variance."""
    sprites = paint(200, seed=2)
    _, _, losses = drawn("fast", sprites, normal_mean=5.0, normal_spread=0.0, context_dropout=0.0)
    images = to_tensor(sprites.images)
    within = torch.stack([
        (images[sprites.labels == k] - images[sprites.labels == k].mean(0)).square().mean()
        for k in range(len(sprites.categories))
    ]).mean()
    assert losses.mean() == pytest.approx(float(within), rel=0.05)


def test_little_noise_hides_nothing():
    _, shares, losses = drawn("fast", paint(40, seed=1), normal_mean=-2.0)
    assert losses[shares < 0.1].max() < 1e-3
