"""Controls as they follow a model: the learner's own settings stay where the model can take them."""

import gradio as gr
import pytest

from diffusion.models.checkpoints import save_checkpoint
from diffusion.serving.engine import Engine
from diffusion.training.distillation import new_student
from diffusion.ui import build_app, controls


@pytest.fixture
def engine(folder, tiny_model):
    save_checkpoint(new_student(tiny_model, 2), {}, "tiny-2", folder)
    save_checkpoint(tiny_model, {}, "other", folder)
    return Engine(folder, "cpu")


def followed(engine, name, sampler, steps, aside=None):
    """The sampler, the steps, whether they can be moved, what is said of them, and what is laid aside."""
    sampler, steps, _, aside = controls.followed_run(engine, name, sampler, steps, aside)
    return sampler.value, steps.value, steps.interactive, steps.info, aside


@pytest.mark.parametrize("steps", [1, 33, 500])
def test_another_model_keeps_sampler_and_steps(engine, steps):
    assert followed(engine, "other", "ddpm", steps) == ("ddpm", steps, True, "", ["other"])


def test_a_student_takes_its_own_says_so_and_what_was_chosen_is_back_with_the_next_model(engine):
    sampler, steps, moves, told, aside = followed(engine, "tiny-2", "ddpm", 77)
    assert (sampler, steps, moves) == ("jumps", 2, False) and "2 steps" in told and "77" in told
    assert followed(engine, "tiny-2", sampler, steps, aside)[4] == aside == ["tiny-2", "ddpm", 77]
    assert followed(engine, "tiny", sampler, steps, aside) == ("ddpm", 77, True, "", ["tiny"])


def test_who_begins_with_a_student_is_told_why_there_is_no_choice_of_steps(engine):
    _, steps, _ = controls.run_controls(engine, "tiny-2")
    assert not steps.interactive and steps.info == "tiny-2 is a student and always takes 2 steps."
    assert controls.run_controls(engine, "tiny")[1].info == ""


def test_who_began_with_a_student_has_the_usual_run_of_the_next_model(engine):
    assert followed(engine, "tiny", "jumps", 2) == ("sa_solver", 10, True, "", ["tiny"])


def test_a_choice_that_is_told_twice_changes_nothing_the_second_time(engine):
    sampler, steps, _, aside = controls.followed_run(engine, "tiny", "ddim", 2, ["tiny"])
    assert sampler == steps == gr.skip() and aside == ["tiny"]


def test_more_steps_than_a_model_has_noise_levels_become_fewer_and_it_is_said(engine, monkeypatch):
    monkeypatch.setattr(controls, "MAX_STEPS", 100)
    _, steps, _, told, _ = followed(engine, "other", "ddim", 300)
    assert steps == 100 and "100" in told and "300" in told


def test_only_tabs_stand_among_the_tabs(folder):
    """Gradio counts whatever else stands there as a tab, and shows one of them twice."""
    demo, _ = build_app(folder, "cpu")
    try:
        rows = [block for block in demo.blocks.values() if isinstance(block, gr.Tabs)]
        assert rows and all(isinstance(child, gr.Tab) for row in rows for child in row.children)
    finally:
        demo.close()
