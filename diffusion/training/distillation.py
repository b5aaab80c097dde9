"""Few-step students: a trained model's own run, learnt by heart in strides. Progressive distillation, 2202.00512."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.predictions import on_path
from diffusion.samplers import ddim, sample, unipc
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.device import on_device
from diffusion.support.images import to_tensor
from diffusion.training.batch import squared_errors
from diffusion.training.loop import BatchLoss, TrainStep, fit
from diffusion.training.recipes import TrainConfig

TEACHER_STEPS = 4     # of a teacher that is no student itself, in each stride of its student
BLENDED_SHARE = 0.25    # of the batches: mixes of two categories, so that students keep to fractional contexts


class Shares(NamedTuple):
    """How much of the time one student has: to learn its strides, and then to be made crisp by DMD."""

    strides: float
    dmd: float


# by steps; one big stride takes longest to learn
STUDENTS = {4: Shares(9 / 54, 4 / 54), 2: Shares(9 / 54, 4 / 54), 1: Shares(15 / 54, 13 / 54)}


def new_student(teacher: DiffusionModel, steps: int) -> DiffusionModel:
    """A student that starts from its teacher's weights and takes `steps` even steps; its guidance is built in.

    Raises InputError if the teacher predicts anything else than velocity, or is a student of as few steps.
    """
    if teacher.config.prediction != "velocity":
        raise InputError("only a model that predicts velocity can be distilled.")
    if teacher.is_student and teacher.config.steps % steps:
        raise InputError(f"a student of {teacher.config.steps} steps cannot teach one of {steps}.")
    even = {name: value for name, value in teacher.config.schedule_options.items() if name != "spacing"}
    config = replace(teacher.config, steps=steps, guidance=1.0, guided_below=1.0, schedule_options=even)
    return DiffusionModel(config, copy.deepcopy(teacher.net), replace(teacher.schedule, spacing=1.0))


def distill(
    teacher: DiffusionModel, student: DiffusionModel, sprites: SpriteSet, config: TrainConfig
) -> Iterator[TrainStep]:
    """Teach `student` to go in one step where `teacher` goes in several, yielding after each training step."""
    return fit(student, config, stride_loss(teacher, student, sprites, config.batch))


def stride_loss(
    teacher: DiffusionModel, student: DiffusionModel, sprites: SpriteSet, batch: int
) -> Callable[[torch.Generator], BatchLoss]:
    """What `student` has yet to learn of its teacher's strides, on a random batch.

    For a stride from t to t_next of the student's own timesteps, starting at a noised sprite x_t, the teacher's
    run ends at x_next; on the straight path the student's answer is the mean velocity between the two:
    loss = |net(x, u) - (x' - x) / (u' - u)|^2 with x = x_t / (a + s) and u = s / (a + s), likewise at t_next.
    """
    images = on_device(to_tensor(sprites.images), teacher.device)
    contexts = torch.from_numpy(sprites.context).to(teacher.device)
    timesteps = student.schedule.timesteps(student.config.steps)

    solver = unipc if not teacher.is_student else ddim

    def batch_loss(random: torch.Generator) -> BatchLoss:
        pick = torch.randint(len(images), (batch,), generator=random)
        context = some_blended(contexts[pick], random)
        stride = int(torch.randint(student.config.steps, (), generator=random))
        t, t_next = timesteps[stride], timesteps[stride + 1]
        x0 = images[pick]
        x_t = student.schedule.add_noise(x0, t, torch.randn(x0.shape, generator=random).to(x0.device))
        *_, last = sample(teacher.denoiser(context), teacher.schedule, x_t, _fine(teacher, t, t_next), solver())
        (x, u), (x_next, u_next) = (on_path(student.schedule, *at) for at in ((x_t, t), (last.x_next, t_next)))
        time = x.new_full((len(x),), u)
        return BatchLoss(squared_errors(student.net(x, time, context), (x_next - x) / (u_next - u)), time)

    return batch_loss


def _fine(teacher: DiffusionModel, t: int, t_next: int) -> list[int]:
    """The teacher's timesteps within a stride of its student."""
    if teacher.is_student:
        return [step for step in teacher.schedule.timesteps(teacher.config.steps) if t_next <= step <= t]
    return [int(step) for step in np.linspace(t, t_next, TEACHER_STEPS + 1).round()]


def some_blended(context: Tensor, random: torch.Generator) -> Tensor:
    """A quarter of the rows blended with another row, in random proportion."""
    n = len(context)
    share = torch.rand(n, 1, generator=random).to(context.device)
    mixed = torch.rand(n, 1, generator=random).to(context.device) < BLENDED_SHARE
    return torch.where(mixed, share * context + (1 - share) * context.roll(1, 0), context)
