"""first-run: what the app shows before anything is computed, a run and a sprite that dissolves."""

import json
from argparse import Namespace
from pathlib import Path

from diffusion.cli.arguments import Commands, add_command, add_seed
from diffusion.explain.dissolving import first_drawing, record_dissolving
from diffusion.generation import Run, SampleConfig, categories_in_turn
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT, load_checkpoint
from diffusion.serving.reference import Reference
from diffusion.serving.wire_formats import player_value, run_payload
from diffusion.support.files import write_text
from diffusion.trajectory import record

STEPS, SPRITES = 20, 16
FIRST_RUN, DISSOLVING = Path("assets/first_run.json"), Path("assets/dissolving.json")


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Record what the app shows before anything is computed: a run, and a sprite that dissolves."
    parser = add_command(commands, "first-run", run, summary)
    add_seed(parser)
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="the folder of the shipped model")
    parser.add_argument("--out", type=Path, default=FIRST_RUN, help=f"the run's file (default {FIRST_RUN})")
    help_dissolving = f"the dissolving sprite's file (default {DISSOLVING})"
    parser.add_argument("--dissolving", type=Path, default=DISSOLVING, help=help_dissolving)


def run(options: Namespace) -> None:
    """Record and save both."""
    model = load_checkpoint(DEFAULT, options.checkpoints)
    config = SampleConfig(steps=STEPS, n=SPRITES, seed=options.seed)
    trajectory = record(Run(model, config, categories_in_turn(model.categories, config.n)))
    write_text(options.out, player_value(run_payload(trajectory)))
    write_text(options.dissolving, json.dumps(record_dissolving(model, Reference().thinker, first_drawing())))
