"""Students: they learn their teacher's strides, keep its seeds, and go through the same sample() as all else."""

import pytest
import torch

from diffusion.generation import Run, SampleConfig, categories_in_turn, generate, usual_config
from diffusion.models.checkpoints import load_checkpoint, save_checkpoint
from diffusion.training.distillation import _fine, distill, new_student
from diffusion.training.loop import new_model
from diffusion.training.recipes import recipe


@pytest.fixture(scope="module")
def student(tiny_model, sprites):
    config = recipe("student", minutes=None, steps=60, batch=16, warmup_steps=5)
    *_, last = distill(tiny_model, new_student(tiny_model, 1), sprites, config)
    return last


def test_a_student_comes_nearer_to_its_teacher(student, tiny_model):
    rows = categories_in_turn(tiny_model.categories, 10)
    taught = generate(tiny_model, SampleConfig("ddim", 4, 10), rows)
    before, after = (
        float((generate(pupil, SampleConfig("ddim", 1, 10), rows) - taught).square().mean())
        for pupil in (new_student(tiny_model, 1), student.model)
    )
    assert after < 0.8 * before


def test_a_student_of_a_student_uses_its_grid(tiny_model):
    assert _fine(new_student(tiny_model, 4), 500, 250) == [500, 375, 250]
    assert _fine(tiny_model, 500, 250)[0] == 500 and _fine(tiny_model, 500, 250)[-1] == 250


def test_teaching_leaves_the_teacher_as_it_was(tiny_model, sprites):
    before = [parameter.clone() for parameter in tiny_model.net.parameters()]
    next(distill(tiny_model, new_student(tiny_model, 2), sprites, recipe("student", minutes=None, steps=1, batch=4)))
    assert all(torch.equal(a, b) for a, b in zip(before, tiny_model.net.parameters(), strict=True))


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
    with pytest.raises(ValueError, match="cannot teach"):
        new_student(new_student(tiny_model, 2), 4)
