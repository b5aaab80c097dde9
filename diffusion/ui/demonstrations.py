"""Demonstrations: a fault of the course beside its mending, from the same noise and the same weights."""

from collections.abc import Callable

import gradio as gr
import numpy as np

from diffusion.as_taught import as_taught, has_course_network, mended
from diffusion.denoiser import DiffusionModel
from diffusion.device import describe_machine
from diffusion.engine import Engine, RunRequest
from diffusion.generation import Run
from diffusion.trajectory import Trajectory, record
from diffusion.ui import lessons
from diffusion.ui.player import pack

MENDED, AS_TAUGHT = "mended", "as in the course"


def fault_choice(engine: Engine, checkpoint: str | None) -> gr.Checkbox:
    """Whether to show the course's fault as well; it can be seen with the course's network only."""
    shown = bool(checkpoint) and has_course_network(engine.model(checkpoint))
    return gr.Checkbox(False, label="Beside it, the same run as in the course", info=lessons.FAULT, visible=shown)


def beside_its_fault(engine: Engine, request: RunRequest, progress: Callable[[float], None]) -> tuple[str, str]:
    """The player's value with two lanes, mended and as in the course, and what is seen in a few sentences.

    Raises ValueError if the model has not the course's network.
    """
    model = engine.model(request.checkpoint)
    right = _recorded(mended(model), request, lambda share: progress(share / 2))
    faulty = _recorded(as_taught(model, request.config.seed), request, lambda share: progress((1 + share) / 2))
    lanes = right.payload(MENDED), faulty.payload(AS_TAUGHT)
    return pack(*lanes, clock="step"), _what_is_seen(right, faulty, describe_machine(engine.device.type))


def _recorded(model: DiffusionModel, request: RunRequest, progress: Callable[[float], None]) -> Trajectory:
    return record(Run(model, request.config, request.context(model)), model.schedule, progress)


def _what_is_seen(right: Trajectory, faulty: Trajectory, machine: str) -> str:
    difference = np.abs(right.sprites.astype(float) - faulty.sprites).mean()
    return (
        f"{lessons.WHAT_THE_FAULT_DOES} Here the finished pixels of the two differ by {difference:.0f} of 255 on "
        f"average, after {right.steps} steps each: {right.seconds:.2f} s and {faulty.seconds:.2f} s on {machine}."
    )
