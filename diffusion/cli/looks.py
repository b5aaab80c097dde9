"""looks: sprites as drawn, and of the model and its students, in pictures to be looked at side by side."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from diffusion.cli.arguments import Commands, add_command, add_seed
from diffusion.denoiser import DiffusionModel
from diffusion.generation import Run, SampleConfig, categories_in_turn, context_rows, generate, smooth_config
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT, load_checkpoint
from diffusion.sprites.painter import built_in
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import enlarge, grid, to_uint8
from diffusion.training.distillation import STUDENTS
from diffusion.trajectory import record
from diffusion.ui.routes.link_preview import SIZE as PREVIEW

ROWS, SCALE = 8, 3   # a column for each category
GROUND = "#f0f4f8"
PREVIEWED, PREVIEW_STEPS, PREVIEW_COLUMNS, PREVIEW_SCALE = ("hero", "food", "spell"), 100, 6, 10


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Picture sprites as drawn, and of the shipped model and its students from the same noises; and one run."
    parser = add_command(commands, "looks", run, summary)
    add_seed(parser)
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="the folder of the shipped models")
    parser.add_argument("--out", type=Path, default=Path("assets"), help="the folder to write to (default assets)")


def run(options: Namespace) -> None:
    """Write looks-drawn.png, looks-N.png for each number of steps, and preview.png, which links to the lab show."""
    _, held_out = built_in().split()
    _save(_in_turn(held_out), len(held_out.categories), options.out / "looks-drawn.png")
    for name in (DEFAULT, *(f"{DEFAULT}-{steps}" for steps in STUDENTS)):
        model = load_checkpoint(name, options.checkpoints)
        context = categories_in_turn(model.categories, ROWS * len(model.categories))
        config = smooth_config(model, n=len(context), seed=options.seed)   # fresh noise would lead elsewhere
        with torch.inference_mode():
            made = to_uint8(generate(model, config, context))
        _save(made, len(model.categories), options.out / f"looks-{config.steps}.png")
    _preview(load_checkpoint(DEFAULT, options.checkpoints), options.seed).save(options.out / "preview.png")


def _preview(model: DiffusionModel, seed: int) -> Image.Image:
    """Sprites of some categories, a row each, as they come out of noise, on a ground of PREVIEW px."""
    context = torch.cat([context_rows({name: 1.0}, model.categories, 1) for name in PREVIEWED])
    run = record(Run(model, SampleConfig("ddim", PREVIEW_STEPS, n=len(context), seed=seed), context))
    signal, noise = np.sqrt(run.alpha_bar), np.sqrt(1 - np.array(run.alpha_bar))
    share = signal / (signal + noise)
    shown = [int(np.abs(share - wanted).argmin()) for wanted in np.linspace(0, 1, PREVIEW_COLUMNS)]
    states = run.views["x_t"][shown].swapaxes(0, 1)   # (rows, columns, 16, 16, 3)
    sprites = enlarge(grid(states.reshape(-1, *states.shape[2:]), PREVIEW_COLUMNS), PREVIEW_SCALE)
    ground = Image.new("RGB", PREVIEW, GROUND)
    ground.paste(sprites, tuple((side - own) // 2 for side, own in zip(PREVIEW, sprites.size, strict=True)))
    return ground


def _in_turn(sprites: SpriteSet) -> np.ndarray:
    """The first of each category, row by row, uint8 (N, 16, 16, 3)."""
    columns = [sprites.images[sprites.labels == label][:ROWS] for label in range(len(sprites.categories))]
    return np.stack(columns, axis=1).reshape(-1, *sprites.images.shape[1:])


def _save(images: np.ndarray, columns: int, path: Path) -> None:
    enlarge(grid(images, columns), SCALE).save(path)
