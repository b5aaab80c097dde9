"""How good a model is after so many minutes: trained from nothing several times over, then measured."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from diffusion.ablation import train_and_measure
from diffusion.quality import Quality, with_spread
from diffusion.results import README, write_between
from diffusion.samplers import SAMPLER_NAMES
from diffusion.support.device import describe_machine
from diffusion.training import recipe

BEGIN, END = "<!-- curve -->", "<!-- end of curve -->"
N = 2000

Progress = Callable[[float], None]


class Point(NamedTuple):
    """What the trainings of one length came to."""

    minutes: float
    training_steps: int        # of the mean training
    qualities: list[Quality]   # one a seed


def learning_curve(
    minutes: Sequence[float], seeds: Sequence[int], device: torch.device, progress: Progress = lambda share: None
) -> str:
    """Train the fast recipe for each of `minutes` from each of `seeds` and measure what came of it: markdown."""
    configs = {(length, seed): recipe("fast", minutes=length, seed=seed) for length in minutes for seed in seeds}
    measured = train_and_measure(configs, N, device, progress)
    points = []
    for length in minutes:
        steps, qualities = zip(*(measured[length, seed] for seed in seeds), strict=True)
        points.append(Point(length, int(np.mean(steps)), list(qualities)))
    return markdown(points, describe_machine(device.type))


def markdown(points: list[Point], machine: str) -> str:
    """The curve as a table."""
    first, trainings = points[0].qualities[0], len(points[0].qualities)
    lines = [
        f"From nothing, on {machine}: {'one training' if trainings == 1 else f'{trainings} trainings'} of each length,",
        f"{first.n:,} sprites of each, {first.steps} steps of {SAMPLER_NAMES[first.sampler]},",
        f"guidance {first.guidance:g}.",
        "",
        "| minutes | training steps | FSD | times the floor | asked category comes out |",
        "|---|---|---|---|---|",
    ]
    for minutes, steps, qualities in points:
        fsd = [quality.fsd for quality in qualities]
        ratio = np.mean([quality.fsd / quality.fsd_floor for quality in qualities])
        accuracy = np.mean([quality.context_accuracy for quality in qualities])
        mean = with_spread(np.mean(fsd), np.std(fsd), len(fsd))
        lines.append(f"| {minutes:g} | {steps:,} | {mean} | {ratio:.1f} | {accuracy:.1%} |")
    return "\n".join(lines)


def write_readme(text: str, path: Path = README) -> None:
    """Put the table between the README's two markers; ValueError if they are not there."""
    write_between(BEGIN, END, text, path)
