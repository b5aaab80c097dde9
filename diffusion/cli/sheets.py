"""sheets: Bob, the cast, and a contact sheet of each category."""

from argparse import Namespace
from pathlib import Path

import numpy as np

from diffusion.cli.arguments import Commands, add_command
from diffusion.sprites.painter import KINDS, bob, paint
from diffusion.support.images import enlarge, grid

SHEET_SPRITES, SHEET_COLUMNS, SHEET_SCALE, SHEET_SEED = 96, 16, 4, 1
BOB_SCALE = 16
CAST_EACH = 10   # of each category, in the picture of all


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "sheets", run, "Paint Bob, the cast, and a contact sheet of each category.")
    parser.add_argument("--out", type=Path, default=Path("assets"), help="the folder to write to (default assets)")


def run(options: Namespace) -> None:
    """Paint all pictures into the folder."""
    options.out.mkdir(parents=True, exist_ok=True)
    enlarge(bob(), BOB_SCALE).save(options.out / "bob.png")
    sprites = paint(SHEET_SPRITES * len(KINDS), SHEET_SEED)
    for label, category in enumerate(sprites.categories):
        sheet = grid(sprites.images[sprites.labels == label], SHEET_COLUMNS)
        enlarge(sheet, SHEET_SCALE).save(options.out / f"{category}.png")
    cast = np.concatenate([sprites.images[sprites.labels == k][:CAST_EACH] for k in range(len(KINDS))])
    enlarge(grid(cast, CAST_EACH), SHEET_SCALE).save(options.out / "cast.png")
