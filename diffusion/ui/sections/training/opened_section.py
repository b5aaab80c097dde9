"""One batch, opened, as the Train tab shows it: each sprite's way from x0 to the number that enters the loss."""

from collections.abc import Callable
from typing import NamedTuple

import gradio as gr
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.explain.opened_batch import EARLIEST, LATEST, OpenedExample, open_batch
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_uint8
from diffusion.support.wording import plain
from diffusion.training.recipes import TrainConfig
from diffusion.trajectory import NOISE_SCALE
from diffusion.ui import controls
from diffusion.ui.components.component import read_asset
from diffusion.ui.picture_html import picture_tag
from diffusion.ui.words import lessons

SHOWN = 4
ERROR_SCALE = 1.0   # the error is shown from -1 to 1: three times as strong as the noise
RIGHT_ANSWERS = {
    "noise": "ε", "noise-as-taught": "ε", "velocity": "ε − x<sub>0</sub>", "v": "√ᾱ ε − √(1−ᾱ) x<sub>0</sub>"
}   # fmt: skip
NOTHING_YET = "<p>There is something to open as soon as a training has begun.</p>"


class InTraining(NamedTuple):
    """What is being trained, on what, and how."""

    model: DiffusionModel
    sprites: SpriteSet
    config: TrainConfig


def opened_section(training: Callable[[str | None], InTraining | None], job_id: gr.components.Component) -> None:
    """Build the accordion; `training` gives what the page's job trains, or None where there is none yet."""

    def show(job_id: str | None, seed: int, time: float | None = None) -> str:
        job = training(job_id)
        return opened_html(open_batch(*job, SHOWN, seed, time)) if job else NOTHING_YET

    def show_another(job_id: str | None, seed: int) -> tuple[str, int]:
        return show(job_id, seed + 1), seed + 1

    def show_same(job_id: str | None, seed: int) -> str:
        return show(job_id, seed)

    def show_at(job_id: str | None, seed: int, time: float) -> str:
        return show(job_id, seed, time)

    with gr.Accordion("One batch, opened", open=False) as section:
        gr.Markdown(lessons.OPENED)
        with gr.Row():
            another = gr.Button("Open another batch", variant="primary", size="sm", min_width=140)
            same = gr.Button("The same batch now", size="sm", min_width=140)
        time = gr.Slider(EARLIEST, LATEST, value=0.5, step=0.01, label="The same batch with another share of noise")
        style = read_asset("opened_batch/opened_batch.css")
        view = gr.HTML(NOTHING_YET, css_template=style, elem_id="opened")
        seed = gr.State(0)

    section.expand(show_same, [job_id, seed], view, **controls.TELLING)
    same.click(show_same, [job_id, seed], view, **controls.TELLING)
    another.click(show_another, [job_id, seed], [view, seed], **controls.TELLING)
    time.input(show_at, [job_id, seed, time], view, **controls.FOLLOWING)


def opened_html(examples: list[OpenedExample]) -> str:
    """The examples one under another, and the mean that is the loss."""
    n, mean = len(examples), sum(example.loss for example in examples) / len(examples)
    rows = "".join(_row(example) for example in examples)
    return (
        f'<div class="opened">{rows}<p class="mean">The mean of these {n} is <strong>{mean:.3f}</strong>, the loss of '
        f"this batch. Training then moves every weight a little, so that it would have been smaller.</p></div>"
    )


def _row(example: OpenedExample) -> str:
    """A sprite's way: mixed with noise, answered, compared."""
    told = f"told “{plain(example.told)}”" if example.told else "told no category"
    at = f"t = {example.t} of {example.T}" if example.t is not None else f"{example.time:.0%} noise"
    mixed = _sum([
        _figure(example.x0, f"sprite x<sub>0</sub><br>× {example.signal:.2f}", example.name), "+",
        _figure(example.eps * NOISE_SCALE, f"noise ε<br>× {example.noise:.2f}", "its noise"), "=",
        _figure(example.x, "x<sub>t</sub>, all that<br>is shown", f"{example.name} at {at}"),
    ])   # fmt: skip
    compared = _sum([
        _figure(example.answer * NOISE_SCALE, "its answer", "the network's answer"), "−",
        _figure(example.target * NOISE_SCALE, f"right: {RIGHT_ANSWERS[example.prediction]}", "the right answer"), "=",
        _figure(example.error * ERROR_SCALE, "error, stronger", "the error"),
    ])   # fmt: skip
    return (
        f'<section><h4>{plain(example.name)}, {told}</h4><div class="ways">'
        f"{_way(f'1. Noise is mixed in, {at}', mixed)}{_way('2. The network answers', compared)}"
        f"{_way('3. Its loss', _number(example))}{_way('4. So in x<sub>t</sub> it sees', _follows(example))}"
        "</div></section>"
    )


def _follows(example: OpenedExample) -> str:
    sprite = _figure(example.x0_told, "sprite that follows", "the sprite that follows")
    if torch.equal(example.eps_told, example.answer):
        return sprite
    return _figure(example.eps_told * NOISE_SCALE, "noise that follows", "the noise that follows") + sprite


def _number(example: OpenedExample) -> str:
    return f'<p class="number"><strong>{example.loss:.3f}</strong>mean of {example.x0.numel()} squared errors</p>'


def _way(title: str, inside: str) -> str:
    return f'<div class="way"><h5>{title}</h5><div>{inside}</div></div>'


def _figure(x: Tensor, caption: str, description: str) -> str:
    return f"<figure>{picture_tag(to_uint8(x[None])[0], description)}<figcaption>{caption}</figcaption></figure>"


def _sum(parts: list[str]) -> str:
    """Figures with the signs between them."""
    return "".join(part if len(part) > 1 else f'<span class="sign">{part}</span>' for part in parts)
