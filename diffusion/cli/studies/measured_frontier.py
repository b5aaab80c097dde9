"""frontier: quality against network calls of every sampler, for the app's plot."""

from argparse import ArgumentTypeError, Namespace

from diffusion.cli.arguments import Commands, above_0, add_command, add_device, add_seed, progress_bar
from diffusion.evaluation import frontier
from diffusion.evaluation.judge import load_judge
from diffusion.evaluation.real_sprites import RealSprites, for_reporting
from diffusion.sprites.painter import built_in
from diffusion.support.device import pick_device

LEAST_SPRITES = 100   # of fewer a distance says nothing


def add(commands: Commands) -> None:
    """Add the command."""
    where = f"checkpoints/{frontier.FILE}"
    summary = f"Measure quality against network calls into {where}; goes on where it was broken off."
    parser = add_command(commands, "frontier", run, summary)
    add_seed(parser)
    add_device(parser)
    parser.add_argument("--n", type=_enough, default=frontier.N, help=f"sprites a run (default {frontier.N})")


def run(options: Namespace) -> None:
    """Measure what is missing, and print all of it."""
    real = RealSprites(for_reporting(built_in()), load_judge())
    with progress_bar("measuring every sampler") as progress:
        points = frontier.measure_frontier(real, pick_device(options.device), options.n, options.seed, progress)
    print(frontier.table(points))


def _enough(text: str) -> int:
    if above_0(text) < LEAST_SPRITES:
        raise ArgumentTypeError(f"{text!r} is less than {LEAST_SPRITES}")
    return int(text)
