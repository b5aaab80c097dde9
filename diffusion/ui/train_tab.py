"""The Train tab: start a training job, watch its loss fall and its sprites appear."""

import json
from pathlib import Path
from typing import NamedTuple

import gradio as gr
import numpy as np

from diffusion.device import describe_machine
from diffusion.engine import Engine
from diffusion.images import enlarge, grid
from diffusion.jobs import PREVIEW_ROWS, JobTable, TrainingJob
from diffusion.logbook import smoothed
from diffusion.sprites.painter import built_in
from diffusion.sprites.pictures import PICTURE_SUFFIXES
from diffusion.sprites.readers import LABELS_MARK, describe_set, read_sprites
from diffusion.sprites.spriteset import SpriteSet
from diffusion.training import RECIPES, recipe
from diffusion.trajectory import frames_payload
from diffusion.ui import controls, lessons
from diffusion.ui.component import component
from diffusion.ui.player import pack, player

TICK_S = 0.5
MAX_POINTS = 400
MAX_MINUTES = 60
PREVIEW_FRAMES = 60
SHEET_SPRITES, SHEET_COLUMNS, SHEET_SCALE = 64, 16, 3
IDLE = "No training yet: press *Start training*."


class Watching(NamedTuple):
    """What a page remembers of its training job; it must stand outside the tabs, whose insides mount late."""

    job_id: gr.BrowserState   # survives a reload
    shown: gr.State           # how many previews the page has
    timer: gr.Timer

    @classmethod
    def nothing(cls) -> "Watching":
        """No job is watched yet."""
        job_id = gr.BrowserState(None, storage_key="training-job", secret="sprites")
        return cls(job_id, gr.State(0), gr.Timer(TICK_S, active=False))


def train_tab(engine: Engine, jobs: JobTable, watching: Watching, demo: gr.Blocks) -> None:
    """Build the tab inside `demo`."""
    job_id, shown, timer = watching

    @controls.told
    def start(files: list[str] | None, tile: int, recipe_name: str, minutes: float, seed: int) -> tuple:
        config = recipe(recipe_name, minutes=min(minutes, MAX_MINUTES), seed=int(seed))
        sprites = own_sprites(files, tile)
        job = jobs.start(lambda: sprites or built_in(), config)
        return job.id, 0, gr.Timer(active=True)

    @controls.told
    def look(files: list[str] | None, tile: int) -> tuple:
        sprites = own_sprites(files, tile)
        return (sheet(sprites), describe_set(sprites).replace("\n", "\n\n")) if sprites else (None, "")

    def stop(job_id: str | None) -> None:
        job = jobs.get(job_id)
        if job:
            job.stop.set()

    def watch(job_id: str | None, shown: int) -> tuple:
        job = jobs.get(job_id)
        if job is None:
            return gr.skip(), IDLE, gr.skip(), shown, gr.Timer(active=False)
        fresh = len(job.previews) > shown
        previews = theatre(job) if fresh else gr.skip()
        return loss_curve(job), progress_line(job), previews, len(job.previews), gr.Timer(active=job.running)

    with gr.Tab("Train", id="train"):
        gr.Markdown(lessons.TRAIN, elem_classes="lesson")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                minutes = gr.Slider(0.1, MAX_MINUTES, value=5, step=0.1, label="Minutes of training")
                recipe_name = gr.Radio(
                    [
                        ("fast: good sprites in 5 minutes", "fast"),
                        ("as in the course: needs hours", "course"),
                        ("as in the course, with its faults", "as-taught"),
                    ],
                    value=next(iter(RECIPES)), label="Recipe",
                )   # fmt: skip
                seed = controls.seed_number()
                with gr.Accordion("Train on your own sprites", open=False):
                    gr.Markdown(lessons.OWN_SPRITES)
                    files = gr.File(label="Your sprites", file_count="multiple", type="filepath", height=120)
                    tile = gr.Number(16, label="Tile size, if it is one sheet", precision=0, minimum=1)
                    found = gr.Image(label="What was read", format="png", interactive=False, height=180, buttons=[])
                    told = gr.Markdown()
                with gr.Row():
                    start_button = gr.Button("Start training", variant="primary")
                    stop_button = gr.Button("Stop")
            with gr.Column(scale=3, min_width=320, elem_classes=["picture"]):
                line = gr.Markdown(IDLE, elem_classes="facts")
                plot = component("loss_plot", "loss-plot")
                view = player(engine, "train-player")

    private = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
    start_button.click(start, [files, tile, recipe_name, minutes, seed], [job_id, shown, timer], api_name="train")
    stop_button.click(stop, job_id, None, **private)
    for control in (files, tile):
        control.change(look, [files, tile], [found, told], api_visibility="private", trigger_mode="always_last")
    outputs = [plot, line, view, shown, timer]
    timer.tick(watch, [job_id, shown], outputs, **private)
    demo.load(lambda job_id: watch(job_id, 0), job_id, outputs, **private)


def own_sprites(files: list[str] | None, tile: int) -> SpriteSet | None:
    """The learner's sprites, if files were given: one, or .npy images with the .npy of their labels."""
    if not files:
        return None
    labels, others = [], []
    for path in map(Path, files):
        (labels if LABELS_MARK in path.name.lower() else others).append(path)
    if len(others) != 1 or len(labels) > 1:
        raise ValueError("give one file of sprites, or an .npy of images and the .npy of its labels.")
    path = others[0]
    is_sheet = path.suffix.lower() in PICTURE_SUFFIXES
    return read_sprites(path, labels=labels[0] if labels else None, tile=int(tile) if is_sheet else None)


def sheet(sprites: SpriteSet) -> object:
    """A contact sheet of some of the sprites."""
    pick = np.linspace(0, len(sprites) - 1, min(len(sprites), SHEET_SPRITES)).astype(int)
    return enlarge(grid(sprites.images[pick], SHEET_COLUMNS), SHEET_SCALE)


def loss_curve(job: TrainingJob) -> str:
    """The loss of each step and its running mean, thinned to what a plot can show."""
    losses = list(job.logbook.losses)
    if not losses:
        return ""
    pick = np.unique(np.linspace(0, len(losses) - 1, MAX_POINTS).astype(int))
    smooth = smoothed(losses)
    return json.dumps({
        "step": [int(i) + 1 for i in pick],
        "loss": [round(losses[i], 4) for i in pick],
        "smooth": [round(smooth[i], 4) for i in pick],
    })


def progress_line(job: TrainingJob) -> str:
    """Where the job is, in a line."""
    if job.message:
        return f"**Training failed:** {job.message}"
    last = job.logbook.last
    if last is None:
        return "Painting the sprites and building the network..."
    done = f"**{job.status.capitalize()}**, step {last.step}, {last.images / last.seconds:.0f} sprites a second"
    if job.running:
        left = last.seconds * (1 / last.progress - 1)
        return f"{done}, {last.seconds:.0f} s done, {left:.0f} s to go, on {describe_machine()}."
    return f"{done}, after {last.seconds:.0f} s. The model is called **{job.logbook.name}** in the other tabs."


def theatre(job: TrainingJob) -> str:
    """The previews so far as one scrubbable series, the newest one showing."""
    pick = np.unique(np.linspace(0, len(job.previews) - 1, PREVIEW_FRAMES).astype(int))
    frames = np.stack([job.previews[i].sprites for i in pick])
    labels = [f"step {job.previews[i].step}" for i in pick]
    return pack(frames_payload(frames, labels), columns=frames.shape[1] // PREVIEW_ROWS, autoplay=False)
