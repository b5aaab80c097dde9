"""What the Train tab shows of a job: a line, the curve, the sprites so far, and which buttons make sense.

The page asks for what changes with every step, see components/training_line; the rest is told by Gradio.
"""

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

    @classmethod
    def of(cls, job: TrainingJob) -> "Seen":
        """All there is."""
        return cls(job.name, job.state, len(job.previews.all), tuple(job.checkpoints()))


class Watching(NamedTuple):
    """What a page remembers of its training job; it must stand outside the tabs, whose insides mount late."""

    job_id: gr.BrowserState   # survives a reload
    link: gr.HTML             # of a job that another page owns; the page itself must know it
    seen: gr.State            # what the page has of it
    timer: gr.Timer
    looks: gr.Button          # pressed by the page

    @classmethod
    def nothing(cls) -> "Watching":
        """No job is watched yet."""
        job_id = gr.BrowserState(None, storage_key="training-job", secret="sprites")
        looks = gr.Button(visible="hidden", elem_id="training-look")
        return cls(job_id, gr.HTML("", visible=False), gr.State(Seen()), gr.Timer(TICK_S, active=False), looks)


class View(NamedTuple):
    """The updates of a page, in the order of the tab's outputs."""

    sprites: Any = gr.skip()
    start: Any = gr.skip()
    pause: Any = gr.skip()
    resume: Any = gr.skip()
    stop: Any = gr.skip()
    reasons: Any = gr.skip()
    checkpoints: Any = gr.skip()
    link: Any = gr.skip()


def look_at(job: TrainingJob, seen: Seen, page: str) -> tuple[View, Seen]:
    """What is new of a job since the page has `seen` it; page: the address that the link is made from."""
    if seen.job != job.name:
        seen = Seen()
    now, view = Seen.of(job), View()
    if now.previews != seen.previews:
        view = view._replace(sprites=so_far(job.previews.all))
    if now.checkpoints != seen.checkpoints:
        choices = gr.Dropdown(choices=list(now.checkpoints), value=next(iter(now.checkpoints), None))
        view = view._replace(checkpoints=choices)
    if now.state != seen.state:
        view = view._replace(**_buttons(job), link=f"{page}?watch={job.link}")
    return view, now


def nothing() -> View:
    """What a page without a job shows; a value, since gr.skip() takes the player's props from gr.HTML."""
    return View(sprites="", **_looks(trainings.UNUSABLE))


def news_of(job: TrainingJob | None, jobs: JobTable, idle: str) -> dict[str, str]:
    """What changes with every step of a job, as training_line.js takes it; idle: the line of a page without one."""
    if job is None:
        return {"line": idle, "curve": "", "bands": "", "seen": "nothing"}
    series, seen = job.logbook.series, json.dumps(Seen.of(job))
    curve = series.text(job.state, job.snapshots.marks)
    return {"line": trainings.progress(job, jobs), "curve": curve, "bands": series.bands_text(), "seen": seen}


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
