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
from diffusion.ui.address import Settings
from diffusion.ui.guests import Guest, welcome

KEYS = ("runners", "steps", "eta", "variance")   # of the settings of all lanes, in the page's address
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
    count: gr.Number
    more: gr.Button
    fewer: gr.Button

    @property
    def inputs(self) -> list:
        return [self.count, *(control for lane in self.all for control in lane.inputs)]

    @property
    def settings(self) -> Settings:
        """What of them stands in the page's address."""
        together = zip(*(lane.inputs for lane in self.all), strict=True)
        return {"lanes": self.count} | dict(zip(KEYS, map(list, together), strict=True))

    def coming_with(self, guest: Guest, checkpoint: str) -> Settings:
        """The same as they come with a model, which has students of its own."""
        choices = runners(guest.engine, checkpoint)
        return self.settings | {"runners": [gr.Dropdown(choices, value=lane.runner) for lane in FIRST]}


def lane_controls(services: Services, checkpoint: gr.Dropdown) -> Lanes:
    """Build the controls of the lanes, which follow the choice of model."""
    choices = runners(services.engine, checkpoint.value)
    lanes = [_lane(place, lane, choices) for place, lane in enumerate(FIRST, 1)]
    with gr.Row():
        more, fewer = gr.Button("Add a lane", size="sm"), gr.Button("Remove a lane", size="sm", interactive=False)
    count = gr.Number(MIN_LANES, label="Lanes", minimum=MIN_LANES, maximum=MAX_LANES, precision=0, visible="hidden")
    built = Lanes(lanes, count, more, fewer)
    more.click(_one_more, built.count, built.count, **controls.PRIVATE)
    fewer.click(_one_fewer, built.count, built.count, **controls.PRIVATE)
    built.count.change(_so_many, built.count, [*(lane.box for lane in lanes), more, fewer], **controls.PRIVATE)
    for lane in lanes:
        lane.runner.input(_usual_steps, lane.runner, lane.steps, **controls.PRIVATE)
    chosen = [lane.runner for lane in lanes]
    suited = [control for lane in lanes for control in (lane.steps, lane.eta, lane.variance)]
    gr.on([runner.change for runner in chosen], _suiting, chosen, suited, **controls.LIVE)
    checkpoint.input(
        welcome(services)(lambda guest, name: [gr.Dropdown(runners(guest.engine, name))] * MAX_LANES),
        checkpoint, chosen, **controls.TELLING,
    )   # fmt: skip
    return built


def chosen_lanes(count: float, *values: str | float) -> list[Lane]:
    """The lanes behind the values of `Lanes.inputs`; eta and variance are asked of those alone that take them."""
    lanes = []
    for place in range(whole("lanes", count)):
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
    return SAMPLERS[runner].takes if is_sampler(runner) else ()


def is_sampler(runner: object) -> bool:
    """Whether it is a sampler who runs, and no student."""
    return isinstance(runner, str) and runner in SAMPLERS


def _lane(place: int, lane: Lane, choices: Sequence[tuple[str, str]]) -> LaneControls:
    with gr.Group(visible=place <= MIN_LANES, elem_classes="lane") as box:
        with gr.Row():
            runner = gr.Dropdown(choices, value=lane.runner, label=f"Lane {place}", interactive=True, min_width=130)
            steps = gr.Slider(
                1, controls.MAX_STEPS, value=lane.steps, step=1, label="Steps", min_width=200,
                elem_id=f"race-steps-{place}",
            )   # fmt: skip
        taken = taken_by(lane.runner)
        eta = gr.Slider(0, 1, value=lane.eta, step=0.05, label="eta: how much fresh noise", visible="eta" in taken)
        variance = gr.Radio(
            VARIANCES, value=lane.variance, label="Variance of the fresh noise", visible="variance" in taken,
            elem_id=f"race-variance-{place}",
        )   # fmt: skip
    return LaneControls(box, runner, steps, eta, variance)


def _one_more(count: float) -> int:
    return min(MAX_LANES, whole("lanes", count) + 1)


def _one_fewer(count: float) -> int:
    return max(MIN_LANES, whole("lanes", count) - 1)


def _so_many(count: float) -> list[gr.Group | gr.Button]:
    """Which lanes are shown where so many run, and which of the buttons can be pressed."""
    count = whole("lanes", count)
    shown = [gr.Group(visible=place < count) for place in range(MAX_LANES)]
    return [*shown, gr.Button(interactive=count < MAX_LANES), gr.Button(interactive=count > MIN_LANES)]


def _usual_steps(runner: str) -> gr.Slider:
    """As many steps as a sampler usually takes; a student has its own."""
    return gr.Slider(value=SAMPLERS[runner].usual_steps) if is_sampler(runner) else gr.skip()


def _suiting(*chosen: str) -> list[gr.Slider | gr.Radio]:
    """Which of steps, eta and variance suit the runner of each lane: a student has its own steps, and takes no more."""
    return [control for runner in chosen for control in _suiting_one(runner)]


def _suiting_one(runner: str) -> tuple[gr.Slider, gr.Slider, gr.Radio]:
    has_eta, has_variance = (name in taken_by(runner) for name in ("eta", "variance"))
    return gr.Slider(visible=is_sampler(runner)), gr.Slider(visible=has_eta), gr.Radio(visible=has_variance)
