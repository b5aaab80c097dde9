"""Students: they learn where their model's runs lead, keep its seeds, and go through the same sample() as all."""

import json
from dataclasses import replace

import pytest
import torch

from diffusion.generation import Run, SampleConfig, categories_in_turn, generate, usual_config
from diffusion.models.checkpoints import load_checkpoint, save_checkpoint
from diffusion.samplers import jumps, sample
from diffusion.training.distillation import BEND, bent_errors, distill, jump_loss, new_student, some_answer
from diffusion.training.loop import new_model
from diffusion.training.own_runs import own_runs
from diffusion.training.recipes import recipe


@pytest.fixture(scope="module")
def runs(tiny_model, sprites):
    return own_runs(tiny_model, sprites, 1e-9, torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def student(tiny_model, runs):
    config = recipe("student", minutes=None, steps=60, batch=16, warmup_steps=5)
    *_, last = distill(runs, new_student(tiny_model, 1), config)
    return last


def test_a_student_comes_nearer_to_its_model(student, tiny_model):
    rows = categories_in_turn(tiny_model.categories, 10)
    taught = generate(tiny_model, SampleConfig("unipc", 10, 10), rows)
    before, after = (
        float((generate(pupil, SampleConfig("jumps", 1, 10), rows) - taught).abs().mean())
        for pupil in (new_student(tiny_model, 1), student.model)
    )
    assert after < 0.8 * before


class Knowing(torch.nn.Module):
    """Says where each of the runs leads, however noisy it is seen."""

    def __init__(self, runs):
        super().__init__()
        self.runs, self.weight = runs, torch.nn.Parameter(torch.zeros(()))

    def forward(self, x, time, context):
        u = time[:, None, None, None]
        states = (1 - u[:1]) * self.runs.x0 + u[:1] * self.runs.noise
        x0 = self.runs.x0[torch.cdist(x.flatten(1), states.flatten(1)).argmin(1)]
        return (x - x0) / u + self.weight


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_who_knows_where_all_runs_lead_has_nothing_to_learn(tiny_model, runs, steps):
    pupil = replace(new_student(tiny_model, steps), net=Knowing(runs))
    assert float(jump_loss(runs, pupil, 8)(torch.Generator().manual_seed(2)).each.detach().max()) < 1e-4


def test_each_answer_of_a_student_is_asked_for_and_is_the_one_that_sampling_gives(tiny_model):
    pupil, rows = new_student(tiny_model, 4), categories_in_turn(tiny_model.categories, 2)
    noise, random = torch.randn(2, *pupil.shape), torch.Generator().manual_seed(0)
    steps = sample(pupil.denoiser(rows), pupil.schedule, noise, pupil.schedule.timesteps(4), jumps())
    known = {round(float(pupil.schedule.noise_share(step.t)), 5): step.x0 for step in steps}
    answers = [some_answer(pupil, noise, rows, random) for _ in range(30)]
    seen = {round(float(answer.time[0]), 5): answer.x0 for answer in answers}
    assert seen.keys() == known.keys()
    for time, x0 in seen.items():
        torch.testing.assert_close(x0, known[time], rtol=0, atol=2e-3)   # eps is divided by the signal at T, 0.0008


def test_a_lesson_goes_through_one_answer_alone(tiny_model):
    pupil, rows, asked = new_student(tiny_model, 4), categories_in_turn(tiny_model.categories, 2), []
    pupil.net.register_forward_hook(lambda *_: asked.append(torch.is_grad_enabled()))
    lengths = set()
    for k in range(12):
        asked.clear()
        some_answer(pupil, torch.randn(2, *pupil.shape), rows, torch.Generator().manual_seed(k))
        lengths.add(len(asked))
        assert asked == [False] * (len(asked) - 1) + [True]
    assert lengths == {1, 2, 3, 4}


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
    for config in (SampleConfig("jumps", 5, 2), SampleConfig("ddim", 1, 2)):
        with pytest.raises(ValueError, match="student: it takes the sampler jumps with steps = 1"):
            Run(pupil, config, rows)
    with pytest.raises(ValueError, match="guidance built in"):
        Run(pupil, SampleConfig("jumps", 1, 2, guidance=2), rows)


def test_only_students_jump(tiny_model):
    with pytest.raises(ValueError, match="sampler = jumps: only a student can jump; choose from ddpm, ddim, "):
        Run(tiny_model, SampleConfig("jumps", 2, 1), categories_in_turn(tiny_model.categories, 1))


def test_a_student_that_an_earlier_version_made_takes_strides(tiny_model, tmp_path):
    """Its description names no sampler."""
    strider = replace(tiny_model, config=replace(tiny_model.config, steps=2, guidance=1.0))
    save_checkpoint(strider, {}, "strider", tmp_path)
    path = tmp_path / "strider.json"
    described = json.loads(path.read_text())
    del described["model"]["sampler"]
    path.write_text(json.dumps(described))
    strider, rows = load_checkpoint("strider", tmp_path), categories_in_turn(tiny_model.categories, 2)
    config = SampleConfig("ddim", 2, 2)
    assert usual_config(strider, n=2) == config
    assert torch.equal(generate(strider, config, rows), generate(tiny_model, replace(config, guidance=1.0), rows))


def test_who_cannot_teach_is_refused(tiny_model):
    with pytest.raises(ValueError, match="predicts velocity"):
        new_student(new_model(recipe("course"), tiny_model.categories), 1)
