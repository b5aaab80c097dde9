"""What one would think who knows the sprites by heart, against answers that can be worked out by hand."""

import json
from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
import torch

from diffusion.explain.noised_sprite import NoisedSprite, denoise, network_guess, noise_of
from diffusion.explain.thoughts import State, Thinker, state_of
from diffusion.generation import MAX_SEED
from diffusion.schedule import SCHEDULES
from diffusion.sprites.painter import bob, paint
from diffusion.sprites.spriteset import SpriteSet, one_hot
from diffusion.support.images import to_tensor, to_uint8

LEVELS = range(5, 501, 5)


def noised(image, t=150, seed=0, schedule="linear"):
    return NoisedSprite(image.tobytes(), t, seed, schedule)


@pytest.fixture(scope="module")
def thinker():
    training, _ = paint(400).split()
    return Thinker(training, {0: "Bob"})


@pytest.fixture(scope="module")
def pair():
    """Two sprites in two categories that differ in one number of one pixel by 255 of 255, so by 2."""
    images = np.full((2, 16, 16, 3), 255, np.uint8)
    images[1, 4, 7, 0] = 0
    return SpriteSet(images, one_hot(np.array([0, 1]), 2), ("light", "dark"), np.zeros(2, bool),
                     ("light, dot, white tip", "dark, dot, cyan tip"))   # fmt: skip


@pytest.mark.parametrize("t", [200, 350, 480])
def test_two_sprites_are_weighed_by_the_one_number_they_differ_in(pair, t):
    question = noised(pair.images[0], t, seed=4)
    a, s = float(question.noise_schedule.signal(t)), float(question.noise_schedule.noise(t))
    z = float(noise_of(4)[0, 0, 4, 7])
    p = 1 / (1 + exp(-(2 * a / s) ** 2 / 2 - 2 * a / s * z))   # the squared distances differ by 4 a^2 + 4 a s z
    thought = Thinker(pair).think(question)
    assert thought.categories == pytest.approx({"light": p, "dark": 1 - p}, abs=1e-4)
    assert thought.itself == pytest.approx(p, abs=1e-4)
    assert thought.candidates == pytest.approx(exp(-p * log(p) - (1 - p) * log(1 - p)), rel=1e-3)
    assert thought.spread == pytest.approx((4 * p * (1 - p) / 768) ** 0.5, abs=2e-3)
    assert float(thought.x0[0, 0, 4, 7]) == pytest.approx(2 * p - 1, abs=1e-3)
    assert [like.index for like in thought.likeliest] == ([0, 1] if p > 0.5 else [1, 0])


def test_the_sentence_names_what_is_open(pair):
    thought = Thinker(pair, {0: "Whitey", 1: "Cyany"}).think(noised(pair.images[0], 480, seed=4))
    best, p = thought.likeliest[0].index, thought.likeliest[0].p
    assert thought.state is State.DETAILS
    assert thought.sentence.startswith(f"Most likely {['Whitey', 'Cyany'][best]}, with some noise. Still open: ")
    assert f"{['white', 'cyan'][best]} tip ({100 * p:.0f} %)" in thought.sentence
    assert "dot" not in thought.sentence   # both have it, so it is settled


@pytest.mark.parametrize(
    ("numbers", "state"),
    [
        ((1.0, 0.0, 1.0, 5.1), State.NEW),
        ((0.99, 0.0, 1.0, 4.9), State.SURE),
        ((0.98, 0.3, 1.0, 0.0), State.DETAILS),
        ((0.98, 0.31, 0.6, 0.0), State.OUTLINE),
        ((0.5, 0.31, 0.59, 0.0), State.NO_IDEA),
    ],
)
def test_the_state_follows_from_the_numbers(numbers, state):
    assert state_of(*numbers) is state


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_bob_goes_through_the_four_states_in_order(thinker, schedule):
    states = thinker.states(noised(bob(), schedule=schedule), LEVELS)
    first = [states.index(state) for state in (State.SURE, State.DETAILS, State.OUTLINE, State.NO_IDEA)]
    assert first[0] == 0 and first == sorted(first)


def test_a_stretch_of_levels_agrees_with_each_level_alone(thinker):
    states = thinker.states(noised(bob(), seed=3), LEVELS)
    for t, state in list(zip(LEVELS, states, strict=True))[::9]:
        assert thinker.think(noised(bob(), t, seed=3)).state is state


def test_bob_is_called_by_his_name(thinker):
    thought = thinker.think(noised(bob(), 100))
    assert thought.sentence == "It is Bob. No other sprite I know fits." and thought.drawing == "Bob"
    assert thought.itself == pytest.approx(1) and np.array_equal(to_uint8(thought.x0)[0], bob())


def test_a_drawing_it_has_never_seen_surprises_it(thinker):
    thought = thinker.think(noised(np.zeros((16, 16, 3), np.uint8), 50))
    assert thought.state is State.NEW and thought.itself is None
    assert thought.sentence.startswith("No sprite I know fits.")


def test_sprites_without_descriptions_or_categories_can_be_thought_of(pair):
    bare = replace(pair, descriptions=())
    assert Thinker(bare).think(noised(pair.images[0], 100)).state is State.SURE
    with pytest.raises(ValueError, match="at least one"):
        Thinker(bare.take(np.zeros(2, bool)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t": 0}, "t = 0"),
        ({"t": 501}, "1 to 500"),
        ({"t": 2.5}, "t = 2.5"),
        ({"seed": -1}, "seed = -1"),
        ({"seed": MAX_SEED + 1}, "seed = "),
        ({"schedule": "sawtooth"}, "'sawtooth' is unknown"),
        ({"pixels": "AAAA"}, "768 bytes, not 3"),
        ({"pixels": "%%%"}, "could not be read"),
        ({"pixels": None}, "could not be read"),
        ({"t": None}, "t = None"),
    ],
)
def test_drawings_out_of_bounds_are_refused(change, message):
    good = {"pixels": "A" * 1024, "t": 100, "seed": 0, "schedule": "linear"}
    assert NoisedSprite.from_json(json.dumps(good)).t == 100
    with pytest.raises(ValueError, match=message):
        NoisedSprite.from_json(json.dumps(good | change))


@pytest.mark.parametrize("text", ["", "null", "[]", "7", "{}", "{"])
def test_what_is_no_drawing_is_refused(text):
    with pytest.raises(ValueError, match="could not be read"):
        NoisedSprite.from_json(text)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_velocity_model_answers_at_the_very_level_that_is_shown(tiny_model, schedule):
    question = noised(bob(), 220, schedule=schedule)
    model, start = question.before(tiny_model)
    assert start.t == 220 and torch.equal(start.x_t, question.x_t)
    assert torch.equal(model.schedule.alpha_bar, question.noise_schedule.alpha_bar)


def test_a_model_bound_to_its_schedule_is_asked_at_the_nearest_level_of_its_own(tiny_model):
    bound = replace(tiny_model, config=replace(tiny_model.config, prediction="noise", network_options={}))
    question = noised(bob(), 220, schedule="linear")
    model, start = question.before(bound)
    own, shown = float(model.schedule.noise(start.t)), float(question.noise_schedule.noise(220))
    assert model.schedule is tiny_model.schedule
    assert abs(own - shown) <= min(abs(float(model.schedule.noise(start.t + d)) - shown) for d in (-1, 1))
    assert torch.equal(start.x_t, model.schedule.add_noise(question.x0, start.t, question.eps))


def test_a_run_from_here_starts_at_x_t_and_ends_clean(tiny_model):
    question = noised(bob(), 60)
    run = denoise(tiny_model, question)
    assert run.t[0] == 60 and run.t[-1] == 0 and run.steps == run.calls == 60
    assert np.array_equal(run.views["x_t"][0], to_uint8(question.x_t))
    assert denoise(tiny_model, noised(bob(), 400)).steps == 100


def test_with_next_to_no_noise_the_drawing_comes_back(tiny_model):
    question = noised(bob(), 1, schedule="cosine")
    for x in (network_guess(tiny_model, question), to_tensor(denoise(tiny_model, question).sprites)):
        assert (x - question.x0).abs().max() < 0.1


def test_fresh_noise_is_not_the_noise_that_was_added(tiny_model, monkeypatch):
    drawn = []
    import diffusion.generation as generation

    def spied(*args, noise, **options):
        drawn.append(noise())
        return iter_steps(*args, noise=noise, **options)

    iter_steps = generation.sample
    monkeypatch.setattr(generation, "sample", spied)
    denoise(tiny_model, noised(bob(), 100, seed=9))
    assert not torch.equal(drawn[0], noise_of(9))


def test_students_are_refused_in_a_sentence(tiny_model):
    student = replace(tiny_model, config=replace(tiny_model.config, steps=2))
    with pytest.raises(ValueError, match="student"):
        network_guess(student, noised(bob()))
