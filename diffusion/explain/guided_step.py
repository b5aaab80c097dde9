"""Classifier-free guidance as pictures: one step of a run, asked with the context and without, and the difference."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel, check_no_student
from diffusion.generation import Run
from diffusion.samplers import Step
from diffusion.support.checks import check_number
from diffusion.support.images import to_uint8


class GuidedStep(NamedTuple):
    """What is shown of a step, pictures as uint8 (n, H, W, 3).

    without, within: the guess x0 without the context and with it; difference: within - without, grey being 0, as strong
    as its largest value allows; guided: without + guidance (within - without). noise: the share of x_t; apart: the mean
    of |within - without|, of 255.
    """

    t: int
    noise: float
    guidance: float
    x_t: np.ndarray
    without: np.ndarray
    within: np.ndarray
    difference: np.ndarray
    guided: np.ndarray
    apart: float


@torch.inference_mode()
def take_apart(model: DiffusionModel, run: Run, context: Tensor, guidance: float, share: float) -> GuidedStep:
    """The first step of a run that has at most this share of noise, or its last one.

    context: (n, K), as the run has it. As x0 is linear in eps, what guidance does to eps it does to x0: 2207.12598.
    Raises InputError if the model is a student, whose guidance is built in, or the share is not in 0..1.
    """
    check_no_student(model)
    check_number("share of noise", share, 0, 1)
    step, schedule, context = _step_at(run, share), model.schedule, context.to(model.device)
    guidance = model.denoiser(context, guidance).guidance_at(step.t)

    def guess(asked: Tensor) -> Tensor:
        eps = model.prediction.eps(model.net, schedule, step.x_t, step.t, asked)
        return schedule.predict_x0(step.x_t, step.t, eps)

    within, without = guess(context), guess(torch.zeros_like(context))
    difference = within - without
    return GuidedStep(
        t=step.t,
        noise=float(schedule.noise_share(step.t)),
        guidance=guidance,
        x_t=to_uint8(step.x_t),
        without=to_uint8(without),
        within=to_uint8(within),
        difference=to_uint8(difference / difference.abs().max().clamp_min(1e-6)),
        guided=to_uint8(without + guidance * difference),
        apart=float(difference.abs().mean()) * 255 / 2,
    )


def _step_at(run: Run, share: float) -> Step:
    for step in run:
        if float(run.schedule.noise_share(step.t)) <= share:
            break
    return step
