"""The lanes of a race as controls: who runs, with how many steps and what eta; two to begin with, up to four."""

from collections.abc import Sequence
from typing import NamedTuple

import gradio as gr

from diffusion.samplers import SAMPLERS
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

    @property
    def inputs(self) -> list:
        return [self.runner, self.steps, self.eta]


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
        lane.runner.input(_suiting, lane.runner, [lane.steps, lane.eta], **controls.PRIVATE)
    checkpoint.input(
        welcome(services)(lambda guest, name: [gr.Dropdown(runners(guest.engine, name))] * MAX_LANES),
        checkpoint, [lane.runner for lane in lanes], **controls.TELLING,
    )   # fmt: skip
    return built


def chosen_lanes(count: int, *values: str | float) -> list[Lane]:
    """The lanes behind the values of `Lanes.inputs`; eta is asked of those alone that take it."""
    threes = [values[3 * i : 3 * i + 3] for i in range(int(count))]
    return [
        Lane(runner, whole("steps", steps), float(eta) if takes_eta(runner) else 0.0)
        for runner, steps, eta in threes
    ]


def runners(engine: Engine, checkpoint: str | None) -> list[tuple[str, str]]:
    """Who can run: the samplers, and the students of the model."""
    named = [(Lane(runner).title, runner) for runner in students(engine, checkpoint)]
    return [(sampler.title, name) for name, sampler in SAMPLERS.items()] + named


def takes_eta(runner: str) -> bool:
    """Whether it is a sampler that adds as much fresh noise as it is told."""
    return isinstance(runner, str) and runner in SAMPLERS and SAMPLERS[runner].takes_eta


def _lane(place: int, lane: Lane, choices: Sequence[tuple[str, str]]) -> LaneControls:
    with gr.Group(visible=place <= MIN_LANES, elem_classes="lane") as box:
        with gr.Row():
            runner = gr.Dropdown(choices, value=lane.runner, label=f"Lane {place}", interactive=True, min_width=130)
            steps = gr.Slider(
                1, controls.MAX_STEPS, value=lane.steps, step=1, label="Steps", min_width=130,
                elem_id=f"race-steps-{place}",
            )   # fmt: skip
        takes_it = takes_eta(lane.runner)
        eta = gr.Slider(0, 1, value=lane.eta, step=0.05, label="eta: how much fresh noise", visible=takes_it)
    return LaneControls(box, runner, steps, eta)


def _so_many(count: int) -> list:
    """The count within its bounds, which lanes are shown, and which of the buttons can be pressed."""
    count = max(MIN_LANES, min(MAX_LANES, count))
    shown = [gr.Group(visible=place < count) for place in range(MAX_LANES)]
    return [count, *shown, gr.Button(interactive=count < MAX_LANES), gr.Button(interactive=count > MIN_LANES)]


def _suiting(runner: str) -> tuple[gr.Slider, gr.Slider]:
    """Steps and eta as they suit a runner: a student has its own."""
    if Lane(runner).kind == "student":
        return gr.Slider(visible=False), gr.Slider(visible=False)
    return gr.Slider(value=SAMPLERS[runner].usual_steps, visible=True), gr.Slider(visible=SAMPLERS[runner].takes_eta)
