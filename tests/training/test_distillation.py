"""Students: they learn the strides of their model's runs, keep its seeds, and go through the same sample() as all."""

from dataclasses import replace

import pytest
import torch

from diffusion.generation import Run, SampleConfig, categories_in_turn, generate, usual_config
from diffusion.models.checkpoints import load_checkpoint, save_checkpoint
from diffusion.training.distillation import BEND, all_timesteps, bent_errors, distill, new_student, stride_loss
from diffusion.training.loop import new_model
from diffusion.training.own_runs import own_runs
from diffusion.training.recipes import recipe


@pytest.fixture(scope="module")
def runs(tiny_model, sprites):
    return own_runs(tiny_model, sprites, all_timesteps(tiny_model), 1e-9, torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def student(tiny_model, runs):
    config = recipe("student", minutes=None, steps=60, batch=16, warmup_steps=5)
    *_, last = distill(runs, new_student(tiny_model, 1), config)
    return last


def test_a_student_comes_nearer_to_its_model(student, tiny_model):
    rows = categories_in_turn(tiny_model.categories, 10)
    taught = generate(tiny_model, SampleConfig("unipc", 10, 10), rows)
    before, after = (
        float((generate(pupil, SampleConfig("ddim", 1, 10), rows) - taught).abs().mean())
        for pupil in (new_student(tiny_model, 1), student.model)
    )
    assert after < 0.8 * before


def test_the_strides_of_all_students_begin_and_end_where_runs_are_seen(tiny_model, runs):
    for steps in (4, 2, 1):
        assert set(new_student(tiny_model, steps).schedule.timesteps(steps)) <= set(runs.timesteps)
    odd = distill(runs, new_student(tiny_model, 3), recipe("student", minutes=None, steps=20, batch=4))
    with pytest.raises(ValueError, match="not seen at t = "):
        list(odd)


def test_who_knows_every_stride_has_nothing_to_learn(tiny_model, runs):
    def known(x, time, context):
        """Where the noise x leads, in velocity: x - x0, as the stride is the whole way."""
        start, end = runs.at(tiny_model.schedule.T).flatten(1), runs.at(0)
        return x - end[torch.cdist(x.flatten(1), start).argmin(1)]

    pupil = replace(new_student(tiny_model, 1), net=known)
    assert float(stride_loss(runs, pupil, 8)(torch.Generator().manual_seed(2)).each.max()) < 0.01


def test_teaching_leaves_the_model_as_it_was(tiny_model, runs):
    before = [parameter.clone() for parameter in tiny_model.net.parameters()]
    next(distill(runs, new_student(tiny_model, 2), recipe("student", minutes=None, steps=1, batch=4)))
    assert all(torch.equal(a, b) for a, b in zip(before, tiny_model.net.parameters(), strict=True))


def test_errors_count_by_their_squares_while_small_and_by_their_size_beyond():
    target = torch.zeros(2, 3, 16, 16)
    small, large = bent_errors(torch.stack([target[0] + BEND / 100, target[1] + 100 * BEND]), target)
    assert float(small) == pytest.approx((BEND / 100) ** 2 / (2 * BEND), rel=0.01)
    assert float(large) == pytest.approx(99 * BEND, rel=0.01)


def test_who_cannot_tell_two_sprites_apart_is_asked_for_the_commoner_one_not_for_their_mean():
    sprites = torch.cat([torch.full((3, 3, 16, 16), 1.0), torch.full((2, 3, 16, 16), -1.0)])
    losses = {guess: float(bent_errors(torch.full_like(sprites, guess), sprites).mean()) for guess in (-1.0, 0.2, 1.0)}
    assert min(losses, key=losses.get) == 1.0


def test_a_student_takes_its_own_number_of_steps_only(student, tmp_path):
    save_checkpoint(student.model, {}, "pupil", tmp_path)
    pupil = load_checkpoint("pupil", tmp_path)
    rows = categories_in_turn(pupil.categories, 2)
    assert usual_config(pupil, n=2).steps == 1
    run = Run(pupil, usual_config(pupil, n=2), rows)
    assert len(list(run)) == 1 and run.calls == 1
    with pytest.raises(ValueError, match="student: it takes the sampler ddim with steps = 1"):
        Run(pupil, SampleConfig("ddim", 5, 2), rows)
    with pytest.raises(ValueError, match="guidance built in"):
        Run(pupil, SampleConfig("ddim", 1, 2, guidance=2), rows)


def test_who_cannot_teach_is_refused(tiny_model):
    with pytest.raises(ValueError, match="predicts velocity"):
        new_student(new_model(recipe("course"), tiny_model.categories), 1)
