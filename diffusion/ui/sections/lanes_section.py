"""The lanes of a race as controls: who runs, with how many steps, what fresh noise; two to begin with, up to four."""

from collections.abc import Sequence
from typing import NamedTuple

import gradio as gr

from diffusion.samplers import SAMPLERS, VARIANCES
from diffusion.serving.engine import Engine
from diffusion.serving.race import MAX_LANES, MIN_LANES, Lane, students
from diffusion.serving.services import Services
from diffusion.support.checks import whole
from diffusion.ui import controls
from diffusion.ui.guests import welcome

FIRST = (Lane("ddpm", 500), Lane("ddim", 25), Lane("unipc", 10), Lane("ddim", 25, 1.0))   # what lanes begin with


class LaneControls(NamedTuple):
    """The controls of one lane."""

    box: gr.Group
    runner: gr.Dropdown
    steps: gr.Slider
    eta: gr.Slider
    variance: gr.Radio

    @property
    def inputs(self) -> list:
        return [self.runner, self.steps, self.eta, self.variance]


class Lanes(NamedTuple):
    """All lanes, how many of them run, and the two buttons that change it."""

    all: list[LaneControls]
    count: gr.State
    more: gr.Button
    fewer: gr.Button

    @property
    def inputs(self) -> list:
        return [self.count, *(control for lane in self.all for control in lane.inputs)]


def lane_controls(services: Services, checkpoint: gr.Dropdown) -> Lanes:
    """Build the controls of the lanes, which follow the choice of model."""
    choices = runners(services.engine, checkpoint.value)
    lanes = [_lane(place, lane, choices) for place, lane in enumerate(FIRST, 1)]
    with gr.Row():
        more, fewer = gr.Button("Add a lane", size="sm"), gr.Button("Remove a lane", size="sm", interactive=False)
    built = Lanes(lanes, gr.State(MIN_LANES), more, fewer)
    changed = [built.count, *(lane.box for lane in lanes), more, fewer]
    more.click(lambda count: _so_many(count + 1), built.count, changed, **controls.PRIVATE)
    fewer.click(lambda count: _so_many(count - 1), built.count, changed, **controls.PRIVATE)
    for lane in lanes:
        lane.runner.input(_suiting, lane.runner, [lane.steps, lane.eta, lane.variance], **controls.PRIVATE)
    checkpoint.input(
        welcome(services)(lambda guest, name: [gr.Dropdown(runners(guest.engine, name))] * MAX_LANES),
        checkpoint, [lane.runner for lane in lanes], **controls.TELLING,
    )   # fmt: skip
    return built


def chosen_lanes(count: int, *values: str | float) -> list[Lane]:
    """The lanes behind the values of `Lanes.inputs`; eta and variance are asked of those alone that take them."""
    lanes = []
    for place in range(int(count)):
        runner, steps, *fresh_noise = values[4 * place : 4 * place + 4]
        told = dict(zip(("eta", "variance"), fresh_noise, strict=True))
        lanes.append(Lane(runner, whole("steps", steps), **{name: told[name] for name in taken_by(runner)}))
    return lanes


def runners(engine: Engine, checkpoint: str | None) -> list[tuple[str, str]]:
    """Who can run: the samplers, and the students of the model."""
    named = [(Lane(runner).title, runner) for runner in students(engine, checkpoint)]
    return [(sampler.title, name) for name, sampler in SAMPLERS.items()] + named


def taken_by(runner: str) -> tuple[str, ...]:
    """What a runner can be told of its fresh noise."""
    return SAMPLERS[runner].takes if isinstance(runner, str) and runner in SAMPLERS else ()


def _lane(place: int, lane: Lane, choices: Sequence[tuple[str, str]]) -> LaneControls:
    with gr.Group(visible=place <= MIN_LANES, elem_classes="lane") as box:
        with gr.Row():
            runner = gr.Dropdown(choices, value=lane.runner, label=f"Lane {place}", interactive=True, min_width=130)
            steps = gr.Slider(
                1, controls.MAX_STEPS, value=lane.steps, step=1, label="Steps", min_width=130,
                elem_id=f"race-steps-{place}",
            )   # fmt: skip
        taken = taken_by(lane.runner)
        eta = gr.Slider(0, 1, value=lane.eta, step=0.05, label="eta: how much fresh noise", visible="eta" in taken)
        variance = gr.Radio(
            VARIANCES, value=lane.variance, label="Variance of the fresh noise", visible="variance" in taken,
            elem_id=f"race-variance-{place}",
        )   # fmt: skip
    return LaneControls(box, runner, steps, eta, variance)


def _so_many(count: int) -> list:
    """The count within its bounds, which lanes are shown, and which of the buttons can be pressed."""
    count = max(MIN_LANES, min(MAX_LANES, count))
    shown = [gr.Group(visible=place < count) for place in range(MAX_LANES)]
    return [count, *shown, gr.Button(interactive=count < MAX_LANES), gr.Button(interactive=count > MIN_LANES)]


def _suiting(runner: str) -> tuple[gr.Slider, gr.Slider, gr.Radio]:
    """Steps, eta and variance as they suit a runner: a student has its own steps, and takes nothing else."""
    student, taken = Lane(runner).kind == "student", taken_by(runner)
    steps = gr.Slider(visible=False) if student else gr.Slider(value=SAMPLERS[runner].usual_steps, visible=True)
    return steps, gr.Slider(visible="eta" in taken), gr.Radio(visible="variance" in taken)
