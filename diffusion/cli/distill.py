"""distill: students of a checkpoint that need 4, 2 and 1 steps."""

from argparse import Namespace
from pathlib import Path

import torch

from diffusion.cli.arguments import (
    A_MODEL,
    Commands,
    add_command,
    add_data,
    add_device,
    add_seed,
    progress_bar,
    written,
)
from diffusion.cli.train import follow, same_data
from diffusion.evaluation.quality import check_comparable
from diffusion.models.checkpoints import DEFAULT
from diffusion.models.hub import find_model
from diffusion.support.checks import check_number
from diffusion.support.device import pick_device
from diffusion.training.distillation import RUNS_SHARE, STUDENTS, all_timesteps, distill, new_student
from diffusion.training.dmd import match_distribution
from diffusion.training.logbook import Logbook
from diffusion.training.own_runs import own_runs
from diffusion.training.recipes import recipe

LEAST_MINUTES = 0.2   # for three students, each in two trainings


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "distill", run, "Make students of a checkpoint that need 4, 2 and 1 steps.")
    add_seed(parser)
    add_data(parser)
    add_device(parser)
    parser.add_argument("checkpoint", help=f"the teacher: {A_MODEL}")
    parser.add_argument("--minutes", type=float, default=9.0, help="minutes of training, all together (default 9)")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="the folder to write to (default runs)")
    parser.add_argument("--name", default=DEFAULT, help=f"their names are NAME-4, NAME-2, NAME-1 (default {DEFAULT})")


def run(options: Namespace) -> None:
    """Each student starts from the one before it, and learns the model's own runs: their strides, then to be crisp."""
    check_number("minutes", options.minutes, LEAST_MINUTES, 10_000)
    files = find_model(options.checkpoint)
    model = student = files.load(pick_device(options.device))
    sprites = same_data(options, files.record(), files.name)
    check_comparable(model, sprites)
    training, _ = sprites.split()
    random = torch.Generator().manual_seed(options.seed)
    with progress_bar(f"running {files.name}") as progress:
        runs = own_runs(model, training, all_timesteps(model), RUNS_SHARE * options.minutes, random, progress)
    for steps, share in STUDENTS.items():
        name, made = f"{options.name}-{steps}", {"command": written(options), "runs": len(runs.context)}
        config = recipe("student", seed=options.seed, minutes=share.strides * options.minutes)
        logbook = Logbook(config, name, options.out, **made)
        student = follow(logbook, distill(runs, new_student(student, steps), config))
        config = recipe("dmd", seed=options.seed, minutes=share.dmd * options.minutes)
        logbook = Logbook(config, name, options.out, **made, strides=logbook.record())
        student = follow(logbook, match_distribution(model, runs, student, training, config))
