"""What several commands share: their options, what these name, and a bar of progress."""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.judge import JUDGE_STEPS, Judge, load_judge, train_judge
from diffusion.evaluation.quality import check_comparable, check_enough, measure_quality
from diffusion.evaluation.real_sprites import for_reporting
from diffusion.generation import SampleConfig, usual_config
from diffusion.models.measured import Measured
from diffusion.samplers import SAMPLERS
from diffusion.sprites.painter import built_in
from diffusion.sprites.readers import Choices, describe_set, read_given
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.device import DEVICES
from diffusion.support.progress import Progress
from diffusion.support.wording import listed
from diffusion.training import parallel

A_MODEL = "a name in checkpoints/, a path, or owner/name on the Hugging Face Hub; what is here wins"
COLOURS = {"white": "ffffff", "black": "000000", "magenta": "ff00ff"}

Commands = Any   # what ArgumentParser.add_subparsers gives: it has no public name


def add_command(commands: Commands, name: str, run: Callable[[Namespace], None], summary: str) -> ArgumentParser:
    """A command called `name`, which `run` does; its own options are then added to what is returned."""
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(command=run)
    return parser


def add_seed(parser: ArgumentParser) -> None:
    """Where the random numbers start."""
    parser.add_argument("--seed", type=int, default=0, help="start of the random numbers (default 0)")


def add_device(parser: ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default auto)")


def add_data(parser: ArgumentParser) -> None:
    """People's own sprites, read by `data_of`."""
    own = parser.add_argument_group("your own sprites")
    own.add_argument(
        "--data", type=Path, action="append", help="a folder, .zip, .npy, .npz or picture; once for each, if many"
    )
    own.add_argument("--labels", type=Path, help="the .npy of labels that goes with an .npy of images")
    own.add_argument("--tile", type=_tile, help="the tile size of sheets, 16 or 24x32 (default: as found)")
    own.add_argument("--gap", type=int, help="pixels between the tiles of sheets (default: as found)")
    own.add_argument("--margin", type=int, help="pixels before the first tile of sheets (default: as found)")
    own.add_argument("--whole", action="store_true", help="each picture is one sprite, never a sheet")
    own.add_argument("--ground", type=_colour, help="the colour behind the sprites: white, black or rrggbb")
    own.add_argument("--transparent", type=_colour, help="the colour that means transparent, such as ff00ff")


def add_run(parser: ArgumentParser, n: int) -> None:
    """A sampling run, described by `run_config`."""
    parser.add_argument("--sampler", help=f"one of {', '.join(SAMPLERS)} (default: what suits the model)")
    parser.add_argument("--steps", type=int, help="steps from noise to sprite (default: what suits the model)")
    parser.add_argument("--n", type=int, default=n, help=f"number of sprites (default {n})")
    parser.add_argument("--guidance", type=float, help="how strongly the context pulls (default: the model's own)")


def add_repeats(parser: ArgumentParser) -> None:
    """How often quality is measured."""
    parser.add_argument("--repeats", type=above_0, default=3, help="number of seeds, from --seed on (default 3)")


def above_0(text: str) -> int:
    """A whole number above 0, as an argument type."""
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _tile(text: str) -> tuple[int, int]:
    """Width and height of a tile, as an argument type."""
    sides = re.fullmatch("([0-9]{1,8})(?:x([0-9]{1,8}))?", text)
    if not sides:
        raise ArgumentTypeError(f"{text!r} is not a tile size such as 16 or 24x32")
    return int(sides[1]), int(sides[2] or sides[1])


def _colour(text: str) -> str:
    """A colour as rrggbb, as an argument type."""
    colour = COLOURS.get(text.lower(), text.lower().removeprefix("#"))
    if not re.fullmatch("[0-9a-f]{6}", colour):
        raise ArgumentTypeError(f"{text!r} is not a colour: give {', '.join(COLOURS)}, or rrggbb")
    return colour


def data_of(options: Namespace) -> SpriteSet:
    """The sprites that the command line asks for; what was read of one's own is told."""
    if options.data is None:
        return built_in()
    return told(read_given(options.data, choices_of(options), options.labels).sprites)


def choices_of(options: Namespace) -> Choices:
    """What the command line says of how one's own sprites are to be read."""
    return Choices(
        tile=options.tile, gap=options.gap, margin=options.margin, whole=options.whole,
        ground=options.ground, key=options.transparent,
    )   # fmt: skip


def called(options: Namespace) -> str:
    """The sprites that the command line asks for, in words."""
    return listed([path.name for path in options.data]) if options.data else "the built-in sprites"


def told(sprites: SpriteSet) -> SpriteSet:
    """The same sprites, once it was told what was read."""
    print(describe_set(sprites), file=sys.stderr)
    return sprites


def written(options: Namespace) -> str:
    """The command as it was written, for the record."""
    return " ".join(["python -m diffusion", *options.written])


def run_config(model: DiffusionModel, options: Namespace, **more: float | str | bool) -> SampleConfig:
    """The run that the command line describes, as it suits the model where nothing is said."""
    asked = {name: getattr(options, name) for name in ("sampler", "steps", "n", "seed", "guidance")}
    return usual_config(model, **asked, **more)


def measured_quality(model: DiffusionModel, options: Namespace, config: SampleConfig) -> Measured:
    """The quality of a model against the sprites that the command line asks for.

    Of the built-in ones those count on which no setting was chosen.
    """
    sprites = data_of(options)
    check_comparable(model, sprites)
    check_enough(sprites)
    if options.data is None:
        sprites, judge = for_reporting(sprites), load_judge()
    else:
        judge = trained_judge(sprites.split()[0], JUDGE_STEPS, 0)
    seeds = range(options.seed, options.seed + options.repeats)
    with progress_bar("measuring quality") as progress:
        return measure_quality(model, sprites, called(options), judge, config, seeds, progress)


def trained_judge(training: SpriteSet, steps: int, seed: int) -> Judge:
    """A judge of these sprites, with a bar while it learns."""
    with progress_bar("training the judge") as progress:
        return train_judge(training, steps, seed, progress)


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """A bar on standard error; of several processes that train together, the first one draws it."""
    look = "{desc} {percentage:3.0f}% |{bar:30}| {elapsed}"
    with tqdm(total=1.0, desc=what, bar_format=look, disable=not parallel.is_first()) as bar:
        yield lambda share: bar.update(share - bar.n)
