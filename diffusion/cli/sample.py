"""sample: sprites of a model into a picture, and into arrays."""

import csv
import sys
from argparse import BooleanOptionalAction, Namespace
from pathlib import Path

from diffusion.cli.arguments import (
    A_MODEL,
    Commands,
    above_0,
    add_command,
    add_device,
    add_run,
    add_seed,
    progress_bar,
    run_config,
)
from diffusion.denoiser import MIXINGS
from diffusion.generation import categories_in_turn, context_rows, generate
from diffusion.models.checkpoints import DEFAULT
from diffusion.models.hub import from_pretrained
from diffusion.sprites.spriteset import SpriteSet, held_out_by_picture
from diffusion.support.checks import InputError
from diffusion.support.device import pick_device
from diffusion.support.images import picture_of, to_uint8
from diffusion.support.wording import counted, quoted

A_MIX = 'a mix such as hero=1,food=0.6, or \'"red, blue"=1\' where a name has a comma (default: the categories in turn)'


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "sample", run, "Sample sprites into a picture.")
    add_seed(parser)
    add_device(parser)
    add_run(parser, 64)
    parser.add_argument("--checkpoint", default=DEFAULT, help=f"{A_MODEL} (default {DEFAULT})")
    parser.add_argument("--eta", type=float, default=0.0, help="fresh noise in ddim, 0 to 1 (default 0)")
    parser.add_argument("--variance", default="beta", help="of the noise in ddpm: beta or posterior (default beta)")
    parser.add_argument("--context", help=A_MIX)
    parser.add_argument("--mixing", default="vector", help=f"how it is mixed: {', '.join(MIXINGS)} (default vector)")
    parser.add_argument(
        "--clean", action=BooleanOptionalAction,
        help="bring the sprites back to the training set's colours (default: if there are up to 512)",
    )   # fmt: skip
    parser.add_argument("--columns", type=above_0, help="columns of the picture (default: nearly square)")
    parser.add_argument("--scale", type=above_0, default=4, help="size of a pixel in the picture (default 4)")
    parser.add_argument("--out", type=Path, default=Path("sprites.png"), help="the picture (default sprites.png)")
    parser.add_argument("--npz", type=Path, help="also write images, context and categories to this .npz file")


def run(options: Namespace) -> None:
    """Sample and save."""
    model = from_pretrained(options.checkpoint, pick_device(options.device))
    chosen = {name: getattr(options, name) for name in ("eta", "variance", "mixing", "clean")}
    config = run_config(model, options, **chosen)
    mix = _mix(options.context)
    context = context_rows(mix, model.categories, config.n) if mix else categories_in_turn(model.categories, config.n)
    with progress_bar("sampling") as progress:
        images = to_uint8(generate(model, config, context, progress))
    if options.npz:
        SpriteSet(images, context.numpy(), model.categories, held_out_by_picture(images)).save(options.npz)
    picture_of(images, options.columns, options.scale).save(options.out)
    print(f"{counted(len(images), 'sprite')} in {options.out}", file=sys.stderr)


def _mix(text: str | None) -> dict[str, float]:
    """A mix such as hero=1,food=0.6 by category, names with commas in quotes; InputError if it is written otherwise."""
    mix = {}
    for part in filter(None, next(csv.reader([text or ""], skipinitialspace=True), [])):
        name, _, weight = part.rpartition("=")
        try:
            mix[name.strip()] = float(weight)
        except ValueError:
            raise InputError(f"context {quoted(part)} is not written like hero=1,food=0.6.") from None
    return mix
