"""What the Train tab shows of a job: a line, the curve, the sprites so far, and which buttons make sense."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import gradio as gr
import numpy as np

from diffusion.serving.jobs.previews import ROWS, Preview
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.states import State
from diffusion.serving.wire_formats import frames_payload
from diffusion.ui.components.player.player import pack
from diffusion.ui.words import trainings

PREVIEW_FRAMES = 40


class Seen(NamedTuple):
    """What a page has of its job, so that only what is new is sent."""

    job: str = ""
    state: str = ""
    previews: int = 0
    checkpoints: tuple[str, ...] = ()


class View(NamedTuple):
    """The updates of a page, in the order of the tab's outputs."""

    curve: Any = gr.skip()
    bands: Any = gr.skip()
    line: Any = gr.skip()
    sprites: Any = gr.skip()
    start: Any = gr.skip()
    pause: Any = gr.skip()
    resume: Any = gr.skip()
    stop: Any = gr.skip()
    checkpoints: Any = gr.skip()
    link: Any = gr.skip()


def look_at(job: TrainingJob, jobs: JobTable, seen: Seen, page: str) -> tuple[View, Seen]:
    """What is new of a job since the page has `seen` it; page: the address that the link is made from."""
    if seen.job != job.name:
        seen = Seen()
    previews = job.previews.all
    now = Seen(job.name, job.state, len(previews), tuple(job.checkpoints()))
    series = job.logbook.series
    curve = series.text(job.state, job.snapshots.marks)
    view = View(curve=curve, bands=series.bands_text(), line=trainings.progress(job, jobs))
    if now.previews != seen.previews:
        view = view._replace(sprites=so_far(previews))
    if now.checkpoints != seen.checkpoints:
        choices = gr.Dropdown(choices=list(now.checkpoints), value=next(iter(now.checkpoints), None))
        view = view._replace(checkpoints=choices)
    if now.state != seen.state:
        view = view._replace(**_buttons(job), link=f"{page}?watch={job.link}")
    return view, now


def nothing() -> View:
    """What a page without a job shows."""
    return View(line=trainings.IDLE, start=gr.Button(interactive=True), **_off("pause", "resume", "stop"))


def so_far(previews: Sequence[Preview]) -> str:
    """The sprites so far as one scrubbable series, the newest showing, beside what the untrained network made."""
    pick = np.unique(np.linspace(0, len(previews) - 1, PREVIEW_FRAMES).round().astype(int))
    series = np.stack([previews[i].sprites for i in pick])
    labels = [trainings.preview_label(previews[i].step) for i in pick]
    grown = frames_payload(series, labels) | {"title": "By now"}
    untrained = frames_payload(series[:1], labels[:1]) | {"title": "Before training"}
    columns = series.shape[1] // ROWS
    return pack(grown, untrained, columns=columns, autoplay=False, clock="step", grows=True)


def _buttons(job: TrainingJob) -> dict[str, gr.Button]:
    on = {
        "start": not job.under_way,
        "pause": job.under_way,
        "resume": job.can_go_on,
        "stop": job.under_way or job.state is State.PAUSED,
    }
    return {name: gr.Button(interactive=is_on) for name, is_on in on.items()}


def _off(*names: str) -> dict[str, gr.Button]:
    return {name: gr.Button(interactive=False) for name in names}
