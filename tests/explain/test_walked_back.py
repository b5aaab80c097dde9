"""A drawing walked back to its noise: what is told of it, on the model that ships."""

import pytest
import torch

from diffusion.explain.walked_back import BLENDED, blend, restoration, walk_back
from diffusion.generation import context_rows
from diffusion.models.checkpoints import load_checkpoint
from diffusion.sprites.painter import paint
from diffusion.support.images import to_tensor


@pytest.fixture(scope="module")
def model():
    return load_checkpoint("sprites")


@pytest.fixture(scope="module")
def sprites():
    _, held_out = paint(300).split()
    return to_tensor(held_out.images[:2])


def asked(model, category):
    return context_rows({category: 1}, model.categories, 1)


def test_the_ways_meet_in_the_noise_and_the_numbers_are_those_of_the_pictures(model, sprites):
    drawing = sprites[0]
    walked = walk_back(model, drawing, asked(model, "food"), 25, 0)
    assert walked.back.t == walked.restored.t[::-1] == walked.other.t[::-1]
    assert (walked.back.views["x_t"][-1] == walked.restored.views["x_t"][0]).all()
    assert (to_tensor(walked.back.views["x_t"][0])[0] - drawing).abs().max() == 0
    assert walked.restoration.apart < 0.03 < walked.other_apart
    restored = to_tensor(walked.restored.sprites)[0]
    assert walked.restoration.apart == pytest.approx(float((restored - drawing).abs().mean() / 2))


def test_others_may_go_between_its_steps(model, sprites):
    passed = []

    def paced(steps):
        for step in steps:
            passed.append(step)
            yield step

    walked = walk_back(model, sprites[0], asked(model, "food"), 10, 0, paced)
    assert len(passed) == 3 * (10 + 1)
    assert walked.restoration == restoration(model, sprites[0], 10, 0)
    passed.clear()
    blend(model, *sprites, 10, paced)
    assert len(passed) == 2 * 10


def test_more_steps_restore_a_drawing_better(model, sprites):
    ways = [restoration(model, sprites[0], steps, 0) for steps in (10, 25, 100)]
    assert [way.steps for way in ways] == [10, 25, 100] and ways[0].apart > ways[1].apart > ways[2].apart


def test_a_touch_of_noise_makes_its_end_look_like_noise(model, sprites):
    clean, touched = (walk_back(model, sprites[0], asked(model, "food"), 25, touch) for touch in (0, 0.1))
    assert clean.restoration.sd_of_white < 0.8 and abs(touched.restoration.sd_of_white - 1) < 0.15
    assert touched.restoration.apart > clean.restoration.apart


def test_a_drawing_without_white_has_no_number_for_it(model, sprites):
    assert restoration(model, torch.zeros_like(sprites[0]), 10, 0).sd_of_white is None


def test_a_blend_goes_from_one_drawing_to_the_other(model, sprites):
    blended = blend(model, *sprites, 25)
    assert blended.shape == (BLENDED, 3, 16, 16)
    far = [(blended - sprite).abs().mean((1, 2, 3)) for sprite in sprites]
    assert far[0][0] < 0.06 and far[1][-1] < 0.06
    assert far[0].argmax() >= BLENDED - 2 and far[1].argmax() <= 1
