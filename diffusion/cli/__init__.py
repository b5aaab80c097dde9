"""The command line: python -m diffusion COMMAND; --help lists the commands, and each has a file here or in studies/."""

import sys
from argparse import ArgumentParser

from diffusion.cli import distill, evaluate, export, first_run, paint, remake, sample, sheets, train, train_judge
from diffusion.cli.studies import ablation, benchmark, learning_curve, measured_frontier, results
from diffusion.training.loop import TrainingDivergedError

COMMANDS = (
    paint, sheets, first_run, train_judge, train, distill, sample, export, evaluate, results, measured_frontier,
    ablation, learning_curve, remake, benchmark,
)   # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    options.written, options.main = arguments, main
    try:
        options.command(options)
    except (ValueError, TrainingDivergedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename or 'the file'}: {error.strerror or error}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 130
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m diffusion", description="Diffusion models of 16x16 sprites.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        command.add(commands)
    return parser
