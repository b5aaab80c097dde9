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
from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.quality import check_comparable
from diffusion.models.checkpoints import DEFAULT
from diffusion.models.hub import find_model
from diffusion.support.checks import InputError, check_number
from diffusion.support.device import pick_device
from diffusion.support.wording import quoted
from diffusion.training.distillation import BY_HEART_SHARE, RUNS_SHARE, STUDENTS, distill, new_student
from diffusion.training.dmd import match_distribution
from diffusion.training.logbook import Logbook
from diffusion.training.own_runs import own_runs
from diffusion.training.recipes import recipe

LEAST_MINUTES = 0.2   # for three students


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "distill", run, "Make students of a checkpoint that need 4, 2 and 1 steps.")
    add_seed(parser)
    add_data(parser)
    add_device(parser)
    parser.add_argument("checkpoint", help=f"the teacher: {A_MODEL}")
    help_minutes = "minutes of training, where all are made together (default 9)"
    parser.add_argument("--minutes", type=float, default=9.0, help=help_minutes)
    help_steps = "make only the students with so many steps (default all)"
    parser.add_argument("--steps", type=int, nargs="+", choices=STUDENTS, default=[*STUDENTS], help=help_steps)
    parser.add_argument("--begin", help="a student whose weights the first one begins with (default the teacher's)")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="the folder to write to (default runs)")
    parser.add_argument("--name", default=DEFAULT, help=f"their names are NAME-4, NAME-2, NAME-1 (default {DEFAULT})")


def run(options: Namespace) -> None:
    """The first student learns the model's own runs by heart; then each becomes crisp, and the next begins as it is."""
    check_number("minutes", options.minutes, LEAST_MINUTES, 10_000)
    files = find_model(options.checkpoint)
    model = files.load(pick_device(options.device))
    begun = _begun(options.begin, model) if options.begin else None
    sprites = same_data(options, files.record(), files.name)
    check_comparable(model, sprites)
    training, _ = sprites.split()
    random = torch.Generator().manual_seed(options.seed)
    with progress_bar(f"running {files.name}") as progress:
        runs = own_runs(model, training, RUNS_SHARE * options.minutes, random, progress)
    made = {"command": written(options), "runs": len(runs.context)}
    wanted = sorted(set(options.steps))
    if begun is None:
        config = recipe("student", seed=options.seed, minutes=BY_HEART_SHARE * options.minutes)
        logbook = Logbook(config, f"{options.name}-{wanted[0]}", options.out, **made)
        begun = follow(logbook, distill(runs, new_student(model, wanted[0]), config))
        made["by_heart"] = logbook.record()
    for steps in wanted:
        config = recipe("dmd", seed=options.seed, minutes=STUDENTS[steps] * options.minutes)
        logbook = Logbook(config, f"{options.name}-{steps}", options.out, **made)
        student = new_student(begun, steps)
        begun = follow(logbook, match_distribution(model, runs, student, training, config))


def _begun(checkpoint: str, model: DiffusionModel) -> DiffusionModel:
    """A student of a model like this one; InputError if it is none."""
    student = find_model(checkpoint).load(model.device)
    alike = (student.config.network_options, student.categories) == (model.config.network_options, model.categories)
    if not student.is_student or not alike:
        raise InputError(f"--begin {quoted(checkpoint)}: it must be a student of a model with the same network.")
    return student
