"""Few-step students: where a trained model's own runs lead, learnt by heart. Luhman & Luhman, 2101.02388."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.predictions import on_path
from diffusion.samplers import JUMPS, jumps, sample
from diffusion.schedule import Schedule
from diffusion.support.checks import InputError
from diffusion.training.loop import BatchLoss, TrainStep, fit
from diffusion.training.own_runs import OwnRuns
from diffusion.training.recipes import TrainConfig

BEND = 0.1            # up to about here errors count by their squares, beyond it by their size
RUNS_SHARE = 6 / 64       # of the time, in which the model makes its runs
BY_HEART_SHARE = 8 / 64   # in which the first student learns them by heart

# In which each is made crisp, by its steps; it begins as the one with fewer, and one big jump takes longest to learn.
STUDENTS = {4: 12 / 64, 2: 14 / 64, 1: 24 / 64}


def new_student(model: DiffusionModel, steps: int) -> DiffusionModel:
    """A student that starts from the weights of `model` and takes `steps` even jumps; its guidance is built in.

    Raises InputError if the model predicts anything else than velocity.
    """
    if model.config.prediction != "velocity":
        raise InputError("only a model that predicts velocity can be distilled.")
    even = {name: value for name, value in model.config.schedule_options.items() if name != "spacing"}
    config = replace(model.config, steps=steps, sampler=JUMPS, guidance=1.0, guided_below=1.0, schedule_options=even)
    return DiffusionModel(config, copy.deepcopy(model.net), evenly_spaced(model.schedule))


def evenly_spaced(schedule: Schedule) -> Schedule:
    """The schedule as students walk it: the same noise at each t, in even steps."""
    return replace(schedule, spacing=1.0)


def distill(runs: OwnRuns, student: DiffusionModel, config: TrainConfig) -> Iterator[TrainStep]:
    """Teach `student` to go in few jumps where the runs of its model go, yielding after each step."""
    return fit(student, config, jump_loss(runs, student, config.batch))


def jump_loss(runs: OwnRuns, student: DiffusionModel, batch: int) -> Callable[[torch.Generator], BatchLoss]:
    """What `student` has yet to learn of its model's runs, on a random batch: loss = |x0_student - x0|.

    Squared errors would ask for the mean of all sprites that the student cannot tell apart, which is blurred; these
    ask for their median, which is one of their colours.
    """

    def batch_loss(random: torch.Generator) -> BatchLoss:
        pick = torch.randint(len(runs.context), (batch,), generator=random)
        answer = some_answer(student, runs.noise[pick], runs.context[pick], random)
        return BatchLoss(bent_errors(answer.x0, runs.x0[pick]), answer.time)

    return batch_loss


class Answer(NamedTuple):
    """The sprites that a student says, and how noisy it was told that what it saw is."""

    x0: Tensor     # (B, 3, 16, 16)
    time: Tensor   # (B,) in 0..1


def some_answer(student: DiffusionModel, x_T: Tensor, context: Tensor, random: torch.Generator) -> Answer:
    """A random one of the student's answers on its run from x_T, (B, 3, 16, 16): a whole sprite, as each shall be.

    Differentiable through that answer alone: through those before it, it would lead away from the model's sprite at
    each seed.
    """
    timesteps = student.schedule.timesteps(student.config.steps)
    jump = int(torch.randint(student.config.steps, (), generator=random))
    x_t = x_T
    if jump:
        *_, last = sample(student.denoiser(context), student.schedule, x_T, timesteps[: jump + 1], jumps())
        x_t = last.x_next
    x, u = on_path(student.schedule, x_t, timesteps[jump])
    time = x.new_full((len(x),), u)
    return Answer(x - u * student.net(x, time, context).float(), time)


def bent_errors(answer: Tensor, target: Tensor) -> Tensor:
    """The mean of sqrt(d^2 + BEND^2) - BEND over the errors d of each example, (B,): pseudo-Huber, 2310.14189."""
    d = answer.float() - target
    return ((d.square() + BEND**2).sqrt() - BEND).flatten(1).mean(1)
