"""The command line: python -m diffusion COMMAND; --help lists the commands, and each has a file here or in studies/."""

import sys
from argparse import ArgumentParser

from diffusion.cli import (
    distill,
    evaluate,
    export,
    first_run,
    first_training,
    looks,
    paint,
    remake,
    sample,
    sheets,
    train,
    train_judge,
)
from diffusion.cli.studies import (
    ablation,
    benchmark,
    chosen_guidance,
    learning_curve,
    measured_frontier,
    results,
    second_judge,
)
from diffusion.support.faults import exit_code

COMMANDS = (
    paint, sheets, first_run, first_training, looks, train_judge, train, distill, sample, export, evaluate, results,
    measured_frontier, ablation, learning_curve, chosen_guidance, second_judge, remake, benchmark,
)   # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    options.written, options.main = arguments, main
    return exit_code(lambda: options.command(options))


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m diffusion", description="Diffusion models of 16x16 sprites.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        command.add(commands)
    return parser
