"""Few-step students: a trained model's own runs, learnt by heart in strides. Luhman & Luhman, 2101.02388."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.predictions import on_path
from diffusion.schedule import Schedule
from diffusion.support.checks import InputError
from diffusion.training.loop import BatchLoss, TrainStep, fit
from diffusion.training.own_runs import OwnRuns
from diffusion.training.recipes import TrainConfig

BEND = 0.1            # up to about here errors count by their squares, beyond it by their size
RUNS_SHARE = 7 / 64   # of the time, in which the model makes its runs


class Shares(NamedTuple):
    """How much of the time one student has: to learn its strides, and then to be made crisp by DMD."""

    strides: float
    dmd: float


# by steps; one big stride takes longest to learn
STUDENTS = {4: Shares(5 / 64, 10 / 64), 2: Shares(6 / 64, 11 / 64), 1: Shares(11 / 64, 14 / 64)}


def new_student(model: DiffusionModel, steps: int) -> DiffusionModel:
    """A student that starts from the weights of `model` and takes `steps` even steps; its guidance is built in.

    Raises InputError if the model predicts anything else than velocity.
    """
    if model.config.prediction != "velocity":
        raise InputError("only a model that predicts velocity can be distilled.")
    even = {name: value for name, value in model.config.schedule_options.items() if name != "spacing"}
    config = replace(model.config, steps=steps, guidance=1.0, guided_below=1.0, schedule_options=even)
    return DiffusionModel(config, copy.deepcopy(model.net), evenly_spaced(model.schedule))


def all_timesteps(model: DiffusionModel) -> list[int]:
    """Where the strides of the students of a model begin and end, from T to 0."""
    even = evenly_spaced(model.schedule)
    return sorted({t for steps in STUDENTS for t in even.timesteps(steps)}, reverse=True)


def evenly_spaced(schedule: Schedule) -> Schedule:
    """The schedule as students walk it: the same noise at each t, in even steps."""
    return replace(schedule, spacing=1.0)


def distill(runs: OwnRuns, student: DiffusionModel, config: TrainConfig) -> Iterator[TrainStep]:
    """Teach `student` to go in one step where the runs of its model go in several, yielding after each one."""
    return fit(student, config, stride_loss(runs, student, config.batch))


def stride_loss(runs: OwnRuns, student: DiffusionModel, batch: int) -> Callable[[torch.Generator], BatchLoss]:
    """What `student` has yet to learn of the strides of its model's runs, on a random batch.

    For a stride from t to t_next of the student's own timesteps, where a run goes from x_t to x_next, the student's
    answer should be the mean velocity between the two on the straight path:
    loss = |net(x, u) - (x' - x) / (u' - u)| with x = x_t / (a + s) and u = s / (a + s), likewise at t_next.
    Squared errors would ask for the mean of all sprites that the student cannot tell apart, which is blurred; these
    ask for their median, which is one of their colours.
    """
    timesteps = student.schedule.timesteps(student.config.steps)

    def batch_loss(random: torch.Generator) -> BatchLoss:
        pick = torch.randint(len(runs.context), (batch,), generator=random)
        stride = int(torch.randint(student.config.steps, (), generator=random))
        ends = timesteps[stride : stride + 2]
        (x, u), (x_next, u_next) = (on_path(student.schedule, runs.at(t)[pick], t) for t in ends)
        time = x.new_full((batch,), u)
        answer = student.net(x, time, runs.context[pick])
        return BatchLoss(bent_errors(answer, (x_next - x) / (u_next - u)), time)

    return batch_loss


def bent_errors(answer: Tensor, target: Tensor) -> Tensor:
    """The mean of sqrt(d^2 + BEND^2) - BEND over the errors d of each example, (B,): pseudo-Huber, 2310.14189."""
    d = answer.float() - target
    return ((d.square() + BEND**2).sqrt() - BEND).flatten(1).mean(1)
