"""curve: how good a model is after so many minutes, trained from nothing several times over, then measured."""

from argparse import Namespace
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from diffusion.cli.arguments import Commands, above_0, add_command, add_device, add_seed, progress_bar
from diffusion.cli.studies import readme
from diffusion.cli.studies.ablation import train_and_measure
from diffusion.evaluation.judge import load_judge
from diffusion.evaluation.quality import Quality, made_likeness, mean_likeness, real_likeness, spread
from diffusion.evaluation.real_sprites import BESIDE, RealSprites, beside, for_reporting
from diffusion.samplers import SAMPLERS
from diffusion.sprites.painter import built_in
from diffusion.support.device import describe_machine, pick_device
from diffusion.support.progress import Progress, silent
from diffusion.support.wording import counted, with_spread
from diffusion.training.recipes import recipe

BEGIN, END = "<!-- curve -->", "<!-- end of curve -->"
N = 2000
ONCE_FROM = 10.0   # minutes: longer trainings differ less, and take long


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "curve", run, "Measure how good a model is after so many minutes, for the README.")
    add_seed(parser)
    add_device(parser)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 2, 5, 20], help="lengths (default 1 2 5 20)")
    help_repeats = f"trainings of each length under {ONCE_FROM:g} minutes (default 3)"
    parser.add_argument("--repeats", type=above_0, default=3, help=help_repeats)


def run(options: Namespace) -> None:
    """Measure, write the README's table, and print it."""
    seeds = range(options.seed, options.seed + options.repeats)
    with progress_bar("training") as progress:
        curve = learning_curve(options.minutes, seeds, pick_device(options.device), progress)
    readme.write_between(BEGIN, END, curve)
    print(curve)


class Point(NamedTuple):
    """What the trainings of one length came to."""

    minutes: float
    training_steps: int        # of the mean training
    qualities: list[Quality]   # one a seed


def learning_curve(
    minutes: Sequence[float], seeds: Sequence[int], device: torch.device, progress: Progress = silent
) -> str:
    """Train the fast recipe for each of `minutes` from each of `seeds` and measure what came of it: markdown.

    Lengths from ONCE_FROM on are trained from the first seed alone.
    """
    trained = {length: seeds if length < ONCE_FROM else seeds[:1] for length in minutes}
    configs = {
        (length, seed): recipe("fast", minutes=length, seed=seed) for length in minutes for seed in trained[length]
    }
    real = RealSprites(for_reporting(built_in()), load_judge())
    measured = train_and_measure(configs, real, N, device, progress)
    points = []
    for length in minutes:
        steps, qualities = zip(*(measured[length, seed] for seed in trained[length]), strict=True)
        points.append(Point(length, int(np.mean(steps)), list(qualities)))
    return markdown(points, describe_machine(device.type))


def markdown(points: list[Point], machine: str) -> str:
    """The curve as a table."""
    first = points[0].qualities[0]
    floor = with_spread(first.fsd_floor, first.fsd_floor_spread)
    rows = [["real sprites", "", "", floor, "1.0", *beside(real_likeness(first.values()))]]
    for minutes, steps, qualities in points:
        likeness = mean_likeness([made_likeness(quality.values()) for quality in qualities])
        fsd = with_spread(likeness.fsd, spread([quality.fsd for quality in qualities]))
        times = f"{likeness.fsd / first.fsd_floor:.1f}"
        rows.append([f"{minutes:g}", f"{len(qualities)}", f"{steps:,}", fsd, times, *beside(likeness)])
    return "\n".join([
        f"From nothing, on {machine}, by the recipe `fast`:",
        f"{first.n:,} sprites of each, {first.steps} steps of {SAMPLERS[first.sampler].title},",
        f"guidance {first.guidance:g}. The ± is the standard deviation over the trainings, for real sprites over",
        f"{counted(first.floor_draws, 'draw')}. The columns are those of the table above.",
        "",
        *readme.table(["minutes", "trainings", "training steps", "FSD", "times the floor", *BESIDE], rows),
    ])
