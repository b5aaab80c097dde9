"""What the Train tab shows of a job: a line, the curve, the sprites so far, and which buttons make sense."""

from typing import Any, NamedTuple

import gradio as gr
import numpy as np

from diffusion.device import describe_machine
from diffusion.jobs import JobTable
from diffusion.theatre import ROWS, Preview
from diffusion.training_job import DONE, PAUSED, QUEUED, RUNNING, STOPPED, TrainingJob
from diffusion.trajectory import frames_payload
from diffusion.ui.player import pack
from diffusion.ui.wording import duration

PREVIEW_FRAMES = 40
IDLE = "No training yet: press *Start training*."


class Seen(NamedTuple):
    """What a page has of its job, so that only what is new is sent."""

    job: str = ""
    status: str = ""
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
    now = Seen(job.name, job.status, len(job.theatre.previews), tuple(job.checkpoints()))
    series = job.logbook.series
    curve = series.text(job.status, job.snapshots.marks)
    view = View(curve=curve, bands=series.bands_text(), line=progress_line(job, jobs))
    if now.previews != seen.previews:
        view = view._replace(sprites=theatre(job.theatre.previews))
    if now.checkpoints != seen.checkpoints:
        choices = gr.Dropdown(choices=list(now.checkpoints), value=next(iter(now.checkpoints), None))
        view = view._replace(checkpoints=choices)
    if now.status != seen.status:
        view = view._replace(**_buttons(job), link=f"{page}?watch={job.link}")
    return view, now


def nothing() -> View:
    """What a page without a job shows."""
    return View(line=IDLE, start=gr.Button(interactive=True), **_off("pause", "resume", "stop"))


def progress_line(job: TrainingJob, jobs: JobTable) -> str:
    """Where the job is, in a line."""
    if job.status == QUEUED:
        before, seconds = jobs.place(job)
        others = "one training" if before == 1 else f"{before} trainings"
        return f"**Waiting**: {others} before it, about {duration(seconds)}. It starts by itself: keep the page open."
    if job.at is None:
        return "Painting the sprites and building the network..." if job.status == RUNNING else _ended(job)
    done = f"step {job.at.step:,}, {duration(job.at.seconds)} of training"
    if job.status != RUNNING:
        return f"{_ended(job)} {done[0].upper()}{done[1:]}."
    left, machine = duration(job.at.seconds_left), describe_machine(jobs.device.type)
    speed = f"{job.at.images_a_second:,.0f} sprites a second, learning rate {job.at.learning_rate:g}"
    return f"**Running**: {done}, {left} to go, {speed}, on {machine}."


def _ended(job: TrainingJob) -> str:
    because = f": {job.message}" if job.message else "."
    if job.status == PAUSED:
        return f"**Paused**{because} Press *Resume* to go on."
    if job.status in (DONE, STOPPED):
        return f"**{job.status.capitalize()}**. The model is called **{job.name}** in the other tabs."
    return f"**Training failed**{because}"


def theatre(previews: list[Preview]) -> str:
    """The sprites so far as one scrubbable series, the newest showing, beside what the untrained network made."""
    pick = np.unique(np.linspace(0, len(previews) - 1, PREVIEW_FRAMES).round().astype(int))
    series = np.stack([previews[i].sprites for i in pick])
    labels = [f"step {previews[i].step:,}" if previews[i].step else "untrained" for i in pick]
    so_far = frames_payload(series, labels) | {"title": "By now"}
    untrained = frames_payload(series[:1], labels[:1]) | {"title": "Before training"}
    columns = series.shape[1] // ROWS
    return pack(so_far, untrained, columns=columns, autoplay=False, clock="step", grows=True)


def _buttons(job: TrainingJob) -> dict[str, gr.Button]:
    on = {
        "start": not job.under_way,
        "pause": job.under_way,
        "resume": job.can_go_on,
        "stop": job.under_way or job.status == PAUSED,
    }
    return {name: gr.Button(interactive=is_on) for name, is_on in on.items()}


def _off(*names: str) -> dict[str, gr.Button]:
    return {name: gr.Button(interactive=False) for name in names}
