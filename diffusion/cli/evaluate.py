"""evaluate: the quality of a checkpoint in numbers."""

import json
import sys
from argparse import Namespace

from diffusion.cli.arguments import (
    A_MODEL,
    Commands,
    add_command,
    add_data,
    add_device,
    add_repeats,
    add_run,
    add_seed,
    measured_quality,
    run_config,
)
from diffusion.models.hub import find_model
from diffusion.models.measured import Measured, keep_measured
from diffusion.support.device import pick_device


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "evaluate", run, "Measure the quality of a checkpoint.")
    add_seed(parser)
    add_device(parser)
    add_data(parser)
    add_run(parser, 2000)
    parser.add_argument("checkpoint", help=A_MODEL)
    add_repeats(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--keep", action="store_true", help="keep the numbers beside the weights, for the model card")


def run(options: Namespace) -> None:
    """Measure, keep if asked to, and print."""
    files = find_model(options.checkpoint)
    model = files.load(pick_device(options.device))
    measured = measured_quality(model, options, run_config(model, options))
    if options.keep:
        print(f"kept in {keep_measured(measured, files.weights)}", file=sys.stderr)
    print(json.dumps(measured) if options.json else _table(measured))


def _table(values: Measured) -> str:
    shown = {name: f"{value:.4f}" if isinstance(value, float) else value for name, value in values.items()}
    return "\n".join(f"{name:24} {value}" for name, value in shown.items())
