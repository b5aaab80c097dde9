"""first-training: the training that the app shows before there is one of one's own."""

from argparse import Namespace
from pathlib import Path

from diffusion.cli.arguments import Commands, add_command, add_seed
from diffusion.serving.jobs.recorded_training import record_training
from diffusion.serving.reference import Reference
from diffusion.training.recipes import recipe

MINUTES = 5.0
FIRST_TRAINING = Path("assets/first_training.json")


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Record the training that the app shows before there is one of one's own."
    parser = add_command(commands, "first-training", run, summary)
    add_seed(parser)
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"of training (default {MINUTES:g})")
    help_out = f"the file to write (default {FIRST_TRAINING})"
    parser.add_argument("--out", type=Path, default=FIRST_TRAINING, help=help_out)


def run(options: Namespace) -> None:
    """Record and save it."""
    config = recipe("fast", minutes=options.minutes, seed=options.seed)
    record_training(config, Reference()).save(options.out)
