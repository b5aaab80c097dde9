"""What the Train tab shows of a job: a line, the curve, the sprites so far, and which buttons make sense."""

import json
from typing import Any, NamedTuple

import gradio as gr

from diffusion.serving.jobs.table import JobTable
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.states import State
from diffusion.ui.components.player.grown_sprites import so_far
from diffusion.ui.words import trainings

TICK_S = 0.5


class Seen(NamedTuple):
    """What a page has of its job, so that only what is new is sent."""

    job: str = ""
    state: str = ""
    previews: int = -1   # so that a training which has none yet clears what stands there
    checkpoints: tuple[str, ...] = ()


class Watching(NamedTuple):
    """What a page remembers of its training job; it must stand outside the tabs, whose insides mount late."""

    job_id: gr.BrowserState   # survives a reload
    link: gr.State            # of a job that another page owns
    seen: gr.State            # what the page has of it
    timer: gr.Timer

    @classmethod
    def nothing(cls) -> "Watching":
        """No job is watched yet."""
        job_id = gr.BrowserState(None, storage_key="training-job", secret="sprites")
        return cls(job_id, gr.State(""), gr.State(Seen()), gr.Timer(TICK_S, active=False))


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
    reasons: Any = gr.skip()
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


def nothing(idle: str) -> View:
    """What a page without a job shows, whose line says so; values, since gr.skip() takes their props from gr.HTML."""
    return View(curve="", bands="", line=idle, sprites="", **_looks(trainings.UNUSABLE))


def _buttons(job: TrainingJob) -> dict[str, Any]:
    can = {
        "start": not job.under_way,
        "pause": job.under_way,
        "resume": job.can_go_on,
        "stop": job.under_way or job.state is State.PAUSED,
    }
    return _looks({name: "" if can[name] else trainings.why_not(name, job) for name in can})


def _looks(reasons: dict[str, str]) -> dict[str, Any]:
    """The buttons, those on for which there is no reason why not."""
    buttons = {name: gr.Button(interactive=not reason) for name, reason in reasons.items()}
    return buttons | {"reasons": reasons_text(reasons)}


def reasons_text(reasons: dict[str, str]) -> str:
    """What the component that tells reasons takes: the sentence for each button, by its id in the page."""
    return json.dumps({button_id(name): reason for name, reason in reasons.items()})


def button_id(name: str) -> str:
    """The id of a button of the tab in the page."""
    return f"training-{name}"
