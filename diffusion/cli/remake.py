"""remake: everything that ships, in order."""

import sys
from argparse import Namespace

from diffusion.cli.arguments import Commands, add_command, add_seed
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT
from diffusion.support.checks import InputError

SHIPPED_TRAINING = ["--recipe", "long", "--steps", "16000"]


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Remake everything that ships, in order; about four hours on two cores."
    add_seed(add_command(commands, "remake", run, summary))


def run(options: Namespace) -> None:
    """Run the other commands one after the other; InputError where one of them fails."""
    for command in steps(options.seed):
        print("python -m diffusion", *command, file=sys.stderr)
        if options.main(command):
            raise InputError(f"remaking stopped at {command[0]}.")


def steps(seed: int) -> list[list[str]]:
    """The commands that remake what ships."""
    seeded = ["--seed", str(seed)]
    return [
        ["sheets"],
        ["judge", *seeded],
        ["train", *SHIPPED_TRAINING, "--out", str(CHECKPOINTS), *seeded],
        ["distill", DEFAULT, "--out", str(CHECKPOINTS), *seeded],
        ["first-run"],
        ["frontier", *seeded],
        ["results"],
        ["curve", *seeded],
    ]
