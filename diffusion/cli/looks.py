"""looks: sprites as drawn, and of the model and its students, in pictures to be looked at side by side."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import torch

from diffusion.cli.arguments import Commands, add_command, add_seed
from diffusion.generation import categories_in_turn, generate, usual_config
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT, load_checkpoint
from diffusion.sprites.painter import built_in
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import enlarge, grid, to_uint8
from diffusion.training.distillation import STUDENTS

ROWS, SCALE = 8, 3   # a column for each category


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Picture sprites as drawn, and of the shipped model and its students from the same noises."
    parser = add_command(commands, "looks", run, summary)
    add_seed(parser)
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="the folder of the shipped models")
    parser.add_argument("--out", type=Path, default=Path("assets"), help="the folder to write to (default assets)")


def run(options: Namespace) -> None:
    """Write looks-drawn.png, and looks-N.png for each number of steps."""
    _, held_out = built_in().split()
    _save(_in_turn(held_out), len(held_out.categories), options.out / "looks-drawn.png")
    for name in (DEFAULT, *(f"{DEFAULT}-{steps}" for steps in STUDENTS)):
        model = load_checkpoint(name, options.checkpoints)
        context = categories_in_turn(model.categories, ROWS * len(model.categories))
        config = usual_config(model, n=len(context), seed=options.seed)
        with torch.inference_mode():
            made = to_uint8(generate(model, config, context))
        _save(made, len(model.categories), options.out / f"looks-{config.steps}.png")


def _in_turn(sprites: SpriteSet) -> np.ndarray:
    """The first of each category, row by row, uint8 (N, 16, 16, 3)."""
    columns = [sprites.images[sprites.labels == label][:ROWS] for label in range(len(sprites.categories))]
    return np.stack(columns, axis=1).reshape(-1, *sprites.images.shape[1:])


def _save(images: np.ndarray, columns: int, path: Path) -> None:
    enlarge(grid(images, columns), SCALE).save(path)
