"""Guidance taken apart: the pictures are those of the very step of the run, and their sum is what the run used."""

import numpy as np
import pytest
import torch

from diffusion.explain.guided_step import take_apart
from diffusion.generation import Run, SampleConfig, context_rows
from diffusion.support.images import to_uint8
from diffusion.training.distillation import new_student

GUIDANCE = 3.0


def taken(model, share, guidance=GUIDANCE, **weights):
    context = context_rows(weights or {"hero": 1}, model.categories, 2)
    run = Run(model, SampleConfig("ddim", 10, n=2, guidance=guidance, clean=False), context)
    return take_apart(model, run, context, guidance, share), list(run)


@pytest.mark.parametrize("share", [1.0, 0.7, 0.2])
def test_the_guided_guess_is_that_of_the_run(tiny_model, share):
    shown, steps = taken(tiny_model, share)
    step = next(step for step in steps if step.t == shown.t)
    assert shown.noise <= share and (shown.x_t == to_uint8(step.x_t)).all()
    with torch.no_grad():
        eps = tiny_model.denoiser(context_rows({"hero": 1}, tiny_model.categories, 2), GUIDANCE)(step.x_t, step.t)
    x0 = tiny_model.schedule.predict_x0(step.x_t, step.t, eps)
    assert np.abs(shown.guided.astype(int) - to_uint8(x0)).max() <= 1


def test_it_is_the_first_step_with_so_little_noise_and_the_last_one_if_none_has(tiny_model):
    shown, steps = taken(tiny_model, 0.5)
    shares = [float(tiny_model.schedule.noise_share(step.t)) for step in steps]
    assert shown.noise == next(share for share in shares if share <= 0.5)
    assert taken(tiny_model, 0.0)[0].t == steps[-1].t


def test_with_guidance_one_the_guess_is_the_one_with_the_context(tiny_model):
    shown, _ = taken(tiny_model, 0.5, guidance=1)
    assert shown.guidance == 1 and np.abs(shown.guided.astype(int) - shown.within).max() <= 1


def test_asking_for_nothing_changes_nothing(tiny_model):
    shown, _ = taken(tiny_model, 0.5, hero=0)
    assert shown.apart == 0 and (shown.difference == shown.difference[0, 0, 0, 0]).all()
    assert (shown.guided == shown.without).all()


def test_a_student_and_no_share_are_refused(tiny_model):
    context = context_rows({"hero": 1}, tiny_model.categories, 1)
    run = Run(tiny_model, SampleConfig("ddim", 10, n=1), context)
    with pytest.raises(ValueError, match="this model is a student"):
        take_apart(new_student(tiny_model, 1), run, context, 1.0, 0.5)
    with pytest.raises(ValueError, match="share of noise = 7"):
        take_apart(tiny_model, run, context, 1.0, 7)
