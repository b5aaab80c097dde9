"""paint: sprites of the built-in set as arrays."""

import sys
from argparse import Namespace
from pathlib import Path

from diffusion.cli.arguments import Commands, add_command, add_seed
from diffusion.sprites.painter import BUILT_IN_SIZE, paint
from diffusion.support.wording import counted


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "paint", run, "Paint sprites of the built-in set into an .npz file.")
    add_seed(parser)
    parser.add_argument("--n", type=int, default=BUILT_IN_SIZE, help=f"number of sprites (default {BUILT_IN_SIZE})")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")


def run(options: Namespace) -> None:
    """Paint and save."""
    sprites = paint(options.n, options.seed)
    sprites.save(options.out)
    print(f"{counted(len(sprites), 'sprite')} in {options.out}: {sprites.counts()}", file=sys.stderr)
