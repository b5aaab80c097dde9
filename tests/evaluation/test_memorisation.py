"""The two signs of learning by heart: copies, planted and real, and a lower loss on what was seen."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from diffusion.evaluation.memorisation import FALSE_ALARMS, CopyTest, losses
from diffusion.evaluation.real_sprites import for_reporting
from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.models.checkpoints import load_checkpoint
from diffusion.sprites.painter import built_in
from diffusion.sprites.palette import palette_of
from diffusion.support.images import to_tensor


@pytest.fixture(scope="module")
def all_sprites():
    return for_reporting(built_in())


@pytest.fixture(scope="module")
def copy_test(all_sprites):
    training, unseen = all_sprites.split()
    return CopyTest(to_tensor(training.images), to_tensor(unseen.images), palette_of(training.images))


def test_copies_under_the_traces_of_real_samples_are_found_and_unseen_sprites_are_not(copy_test):
    model = load_checkpoint("sprites")
    samples = generate(model, SampleConfig(n=64, seed=5), categories_in_turn(model.categories, 64)).clamp(-1, 1)
    assert copy_test.caught(samples) >= 0.95
    assert copy_test.false_alarms <= 0.05
    assert copy_test.copies(samples).mean() <= 0.05


def test_a_sprite_that_differs_in_one_colour_or_one_pixel_is_no_copy(copy_test, all_sprites):
    known = to_tensor(all_sprites.split()[0].images[:40])
    assert copy_test.copies(known).all()
    recoloured = torch.where((known == 1).all(1, keepdim=True), known, (known + 0.15).clamp(-1, 1))
    moved = known.clone()
    moved[:, :, 8, 8] = -moved[:, :, 8, 8].sign()
    assert copy_test.copies(recoloured).mean() < 0.1 and copy_test.copies(moved).mean() < 0.1


def test_false_alarms_are_counted_on_sprites_that_did_not_set_the_limit(copy_test, all_sprites):
    unseen = to_tensor(all_sprites.split()[1].images)
    called = copy_test.copies(unseen)
    assert called[1::2].mean() == copy_test.false_alarms
    assert called[::2].mean() <= FALSE_ALARMS


def test_without_a_palette_nothing_is_planted(sprites):
    training, unseen = (to_tensor(part.images) for part in sprites.split())
    assert CopyTest(training, unseen, "").caught(training) is None


def test_nothing_held_out_is_told(sprites):
    x = to_tensor(sprites.images)
    with pytest.raises(ValueError, match="held out"):
        CopyTest(x, x[:0], "")


class ByHeart(nn.Module):
    """The exact velocity of whoever knows these sprites, and no others: the posterior mean over them."""

    def __init__(self, known):
        super().__init__()
        self.known = nn.Parameter(known.flatten(1))

    def forward(self, x, u, context):
        u = u[:, None]
        far = torch.cdist(x.flatten(1)[:, None], (1 - u)[..., None] * self.known[None])[:, 0].square()
        x0 = (-far / (2 * u**2)).softmax(1) @ self.known
        return ((x.flatten(1) - x0) / u).reshape(x.shape)


def test_learning_by_heart_shows_in_the_losses(sprites, tiny_model):
    known, unseen = sprites.split()
    by_heart = dataclasses.replace(tiny_model, net=ByHeart(to_tensor(known.images)))
    found = losses(by_heart, known, unseen)
    assert found.unseen > 100 * found.training and found.unseen - found.training > found.spread
    fair = losses(tiny_model, known, unseen)
    assert abs(fair.unseen - fair.training) < 5 * fair.spread


def test_the_loss_of_a_network_that_answers_nothing_is_that_of_its_targets(sprites, tiny_model):
    class Nothing(nn.Module):
        def __init__(self):
            super().__init__()
            self.parameter = nn.Parameter(torch.zeros(()))

        def forward(self, x, u, context):
            return torch.zeros_like(x)

    known, unseen = sprites.split()
    found = losses(dataclasses.replace(tiny_model, net=Nothing()), known, unseen)
    expected = np.mean((unseen.images / 127.5 - 1) ** 2) + 1   # E|eps - x0|^2
    assert found.unseen == pytest.approx(expected, rel=0.05)
