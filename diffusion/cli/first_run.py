"""first-run: the run that the app shows before anything is computed."""

from argparse import Namespace
from pathlib import Path

from diffusion.cli.arguments import Commands, add_command, add_seed
from diffusion.generation import Run, SampleConfig, categories_in_turn
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT, load_checkpoint
from diffusion.serving.wire_formats import player_value, run_payload
from diffusion.support.files import write_text
from diffusion.trajectory import record

STEPS, SPRITES = 20, 16
FIRST_RUN = Path("assets/first_run.json")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "first-run", run, "Record the run that the app shows before anything is computed.")
    add_seed(parser)
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="the folder of the shipped model")
    parser.add_argument("--out", type=Path, default=FIRST_RUN, help=f"the file to write (default {FIRST_RUN})")


def run(options: Namespace) -> None:
    """Record and save it."""
    model = load_checkpoint(DEFAULT, options.checkpoints)
    config = SampleConfig(steps=STEPS, n=SPRITES, seed=options.seed)
    trajectory = record(Run(model, config, categories_in_turn(model.categories, config.n)))
    write_text(options.out, player_value(run_payload(trajectory)))
