"""The Train tab: start a training job, watch its loss fall and its sprites appear, pause it, go on, share it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.serving.jobs.table import JobTable
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.scripts.network_scripts import training_script
from diffusion.serving.services import Services
from diffusion.support.checks import InputError, whole
from diffusion.training.recipes import TrainConfig, recipe
from diffusion.ui import controls
from diffusion.ui.address import TabState
from diffusion.ui.components.component import component
from diffusion.ui.components.player.player import player
from diffusion.ui.components.recordings import first_training
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.sections.as_code.python_section import python_section
from diffusion.ui.sections.own_models_section import own_models_section
from diffusion.ui.sections.training.checkpoints_section import checkpoints_section
from diffusion.ui.sections.training.class_section import (
    VOTE_KEY,
    Voting,
    asking_section,
    booth_section,
    follow_votes,
)
from diffusion.ui.sections.training.opened_section import InTraining, opened_section
from diffusion.ui.sections.training.own_sprites_section import chosen, own_sprites, own_sprites_section
from diffusion.ui.sections.training.training_views import (
    Seen,
    Watching,
    button_id,
    look_at,
    news_of,
    nothing,
    reasons_text,
)
from diffusion.ui.words import lessons, trainings

USUAL_MINUTES = 5
RECIPES = [
    (f"fast: good sprites in {USUAL_MINUTES} minutes", "fast"),
    ("as in the course: needs hours", "course"),
    ("as in the course, with its faults", "as-taught"),
]
LINK_KEY = "watch"   # in the page's address
# As a page opens again: what it remembers of its training is asked for, if there is one.
WATCHES_ON = "(job) => (job ? { __type__: 'update', active: true } : undefined)"
WATCH = Path(__file__).with_name("watch.js")
KEYS = ("recipe", "minutes", "seed", "steps", "batch", "rate", "dropout")   # of its settings, there as well
CURVE = "recorded/first-training/curve"


def train_tab(
    services: Services, watching: Watching, voting: Voting, demo: gr.Blocks, made: gr.State
) -> tuple[TabState, Callable[[Guest], bool]]:
    """Build the tab inside `demo`; `made` holds the paths of sprites that were made in other tabs, to train on.

    Returns what of it stands in the page's address, and what tells whether a guest came by a link that leads here.
    """
    jobs, ballots, welcomed = services.jobs, services.ballots, welcome(services)
    job_id, link, seen, timer, looks = watching
    limits, idle = jobs.limits, idle_line()

    @welcomed
    def start_training(
        guest: Guest, files: list[str] | None, choices: dict[str, Any] | None, recipe_name: str, minutes: float,
        seed: int, steps: int = 0, batch: int | None = None, learning_rate: float | None = None,
        dropout: float | None = None,
    ) -> tuple:   # fmt: skip
        config = wanted(recipe_name, minutes, seed, steps, batch, learning_rate, dropout)
        return jobs.start(own_sprites(files, choices or {}), config, guest.visitor).id, Seen(), gr.Timer(active=True)

    def pause_training(job_id: str | None) -> None:
        jobs.pause(_own(jobs, job_id))

    def stop_training(job_id: str | None) -> None:
        jobs.stop(_own(jobs, job_id))

    def resume_training(job_id: str | None) -> gr.Timer:
        jobs.resume(_own(jobs, job_id))
        return gr.Timer(active=True)

    def change_rate(job_id: str | None, rate: float) -> None:
        jobs.change_learning_rate(_own(jobs, job_id), rate)

    def watched(job_id: Any, link: Any) -> TrainingJob | None:
        return jobs.watched(link) if link else jobs.get(job_id)

    def news(about: Any) -> dict[str, str]:
        told = about if isinstance(about, dict) else {}
        return news_of(watched(told.get("job"), told.get("link")), jobs, idle)

    @welcomed
    def watch_training(guest: Guest, job_id: str | None, link: str, seen: Seen | None) -> tuple:
        job = watched(job_id, link)
        if job is None:
            return *nothing(), seen, gr.Timer(active=False)
        view, seen = look_at(job, seen or Seen(), guest.page)
        return *view, seen, gr.Timer(active=job.under_way or bool(link))

    def is_sent_here(guest: Guest) -> bool:
        return bool(jobs.watched(guest.asked(LINK_KEY))) or ballots.has(guest.asked(VOTE_KEY))

    @welcomed
    def receive(guest: Guest) -> tuple:
        """Let the page of who was sent here follow a training, or vote; the controls of one's own go."""
        if not is_sent_here(guest):
            return "", "", *[gr.skip()] * 6
        link, vote = guest.asked(LINK_KEY), guest.asked(VOTE_KEY)
        hidden, ticking = (gr.Row(visible=False), gr.Column(visible=False)), gr.Timer(active=True)
        if jobs.watched(link):
            return link, "", *hidden, gr.Markdown(visible=True), gr.skip(), ticking, gr.skip()
        return "", vote, *hidden, gr.skip(), gr.Column(visible=True), gr.skip(), ticking

    def in_training(job_id: str | None) -> InTraining | None:
        job = jobs.get(job_id)
        learnt = job and job.learnt(jobs.device)
        return InTraining(learnt, job.training_part(), job.config) if learnt else None

    def usual(recipe_name: str) -> tuple:
        config = recipe(recipe_name)
        return config.batch, config.learning_rate, config.context_dropout

    with gr.Tab("Train", id="train", elem_id="tab-train") as tab:
        controls.lesson(lessons.TRAIN)
        guest = gr.Markdown(lessons.GUEST, visible=False, elem_classes="lesson")
        booth = booth_section(services, voting)
        with gr.Row(elem_classes="steering", equal_height=True) as steering:
            most = limits.minutes
            minutes = gr.Slider(
                0.1, most, value=min(USUAL_MINUTES, most), step=0.1, label="Minutes of training", min_width=260, scale=3
            )
            start = gr.Button("Start training", variant="primary", min_width=160, elem_id=button_id("start"))
            pause, resume, stop = (
                gr.Button(name, interactive=False, min_width=90, elem_id=button_id(name.lower()))
                for name in ("Pause", "Resume", "Stop")
            )
        with gr.Row():
            with gr.Column(scale=3, min_width=320):
                component("training_line", "training-line", idle, [news])
                view = player(services, "train-player", recorded="recorded/first-training/sprites")
                component("loss_plot", "loss-plot", recorded=CURVE)
                component("noise_bands", "noise-bands", recorded=CURVE)
            with gr.Column(scale=2, min_width=280) as panel:
                with gr.Accordion("More settings", open=False):
                    gr.Markdown(lessons.TRAIN_SETTINGS)
                    recipe_name = gr.Radio(RECIPES, value="fast", label="Recipe", info=lessons.RECIPES)
                    usual_batch, usual_rate, usual_dropout = usual("fast")
                    steps = gr.Number(0, label="Steps (0: by minutes)", precision=0, minimum=0, maximum=limits.steps)
                    batch = gr.Number(
                        usual_batch, label="Batch: sprites in each step", precision=0, minimum=1, maximum=limits.batch
                    )
                    rate = gr.Number(usual_rate, label="Learning rate", minimum=0, maximum=1)
                    dropout = gr.Slider(
                        0, 1, value=usual_dropout, step=0.01, label="Context dropout: how often the category is hidden"
                    )
                    seed = controls.seed_number()
                with gr.Accordion("While it runs", open=False):
                    gr.Markdown(lessons.while_it_runs(limits))
                    with gr.Row():
                        new_rate = gr.Number(usual_rate, label="New learning rate", minimum=0, min_width=120)
                        change = gr.Button("Change it", min_width=80)
                    shared = gr.Textbox(label="A link for others, to watch", interactive=False, buttons=["copy"])
                files, choices = own_sprites_section()
                checkpoint = checkpoints_section(services, job_id, seen, timer)
                standing = asking_section(services, voting, watching)
                own_models_section(services)
        opened_section(in_training, job_id)
        with gr.Accordion("What does it predict? Velocity, noise and schedules", open=False):
            controls.lesson(lessons.PREDICTION)
        settings = [files, choices, recipe_name, minutes, seed, steps, batch, rate, dropout]
        python_section(services, "train", training_as_python, settings)
        reasons = component("button_reasons", "training-reasons", reasons_text(trainings.UNUSABLE))

    tab.select(with_made, [files, made], [files, made], **controls.PRIVATE)
    tab.select(jobs.warm_up, None, None, **controls.PRIVATE)   # while the learner reads
    watch = controls.in_page(WATCH.read_text(encoding="utf-8"), [job_id, link])
    start.click(start_training, settings, [job_id, seen, timer], api_name="train").then(**watch)
    resume.click(resume_training, job_id, timer, **controls.TELLING)
    change.click(change_rate, [job_id, new_rate], None, **controls.TELLING)
    recipe_name.input(usual, recipe_name, [batch, rate, dropout], **controls.PRIVATE)
    outputs = [view, start, pause, resume, stop, reasons, checkpoint, shared, seen, timer]
    timer.tick(**watch)
    # Once more when it is done: what was told before may have changed since, and a timer that is off tells no more.
    looks.click(watch_training, [job_id, link, seen], outputs, **controls.LIVE).then(**watch)
    pause.click(pause_training, job_id, None, **controls.TELLING).then(**watch)
    stop.click(stop_training, job_id, None, **controls.TELLING).then(**watch)
    follow_votes(services, voting, watching, standing, booth, guest)
    demo.load(None, job_id, timer, js=WATCHES_ON, **controls.PRIVATE)
    arrives = [link, voting.link, steering, panel, guest, booth.column, timer, voting.timer]
    sent = {"fn": receive, "outputs": arrives, "js": controls.NOTHING, **controls.PRIVATE}
    named = dict(zip(KEYS, [recipe_name, minutes, seed, steps, batch, rate, dropout], strict=True))
    return TabState("train", named, lambda guest, checkpoint: named, sent), is_sent_here


def with_made(files: list[str] | None, made: list[str]) -> tuple[Any, list[str]]:
    """The files to train on with those made in other tabs, which are then taken."""
    return ([*(files or []), *made], []) if made else (gr.skip(), made)


def wanted(
    recipe_name: str, minutes: float, seed: int, steps: int, batch: int | None, learning_rate: float | None,
    dropout: float | None,
) -> TrainConfig:   # fmt: skip
    """The training that is asked for; what is None is as in the recipe."""
    budget = {"minutes": None, "steps": whole("steps", steps)} if steps else {"minutes": minutes}
    told = {"batch": batch, "learning_rate": learning_rate, "context_dropout": dropout}
    changes = {name: value for name, value in told.items() if value is not None}
    return recipe(recipe_name, seed=whole("seed", seed), **budget, **changes)


def training_as_python(
    guest: Guest, files: list[str] | None, choices: dict[str, Any] | None, recipe_name: str, *settings: Any
) -> str:
    """The script of the training that is asked for."""
    return training_script(recipe_name, wanted(recipe_name, *settings), files or (), chosen(choices or {}))


def idle_line() -> str:
    """What is said while there is no training: of the recorded one, if it is there."""
    try:
        return trainings.recorded(first_training())
    except InputError:
        return trainings.IDLE


def _own(jobs: JobTable, job_id: str | None) -> TrainingJob:
    job = jobs.get(job_id)
    if job is None:
        raise InputError("this page has no training: press Start training first.")
    return job
