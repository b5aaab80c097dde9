"""remake: everything that ships, in order; what was broken off goes on."""

import sys
from argparse import Namespace
from pathlib import Path

from diffusion.cli.arguments import Commands, add_command, add_seed
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT
from diffusion.support.checks import InputError
from diffusion.support.files import DamagedFileError, read_json, write_json

SHIPPED_TRAINING = ["--recipe", "long", "--steps", "20000"]
STUDENT_MINUTES, COURSE_MINUTES = "32", "10"
PROGRESS = Path("runs/remake.json")   # which commands have ended, until all have
MAX_BYTES = 10_000


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Remake everything that ships, in order; what was broken off goes on. About three hours on two cores."
    parser = add_command(commands, "remake", run, summary)
    add_seed(parser)
    parser.add_argument("--anew", action="store_true", help="begin at the first command, whatever was broken off")
    parser.add_argument("--progress", type=Path, default=PROGRESS, help=f"how far it is (default {PROGRESS})")


def run(options: Namespace) -> None:
    """Run the other commands one after the other; InputError where one of them fails."""
    commands = steps(options.seed)
    ended = 0 if options.anew else _ended(options.progress, commands)
    for number, command in enumerate(commands[ended:], ended):
        print("python -m diffusion", *command, file=sys.stderr)
        if options.main(command):
            raise InputError(f"remaking stopped at {command[0]}: the same command goes on there.")
        options.progress.parent.mkdir(parents=True, exist_ok=True)
        write_json(options.progress, {"ended": commands[: number + 1]})
    options.progress.unlink()


def steps(seed: int) -> list[list[str]]:
    """The commands that remake what ships."""
    seeded = ["--seed", str(seed)]
    return [
        ["sheets"],
        ["judge", *seeded],
        ["train", *SHIPPED_TRAINING, "--out", str(CHECKPOINTS), *seeded],
        ["distill", DEFAULT, "--minutes", STUDENT_MINUTES, "--out", str(CHECKPOINTS), *seeded],
        ["first-run"],
        ["first-training", *seeded],
        ["looks", *seeded],
        ["frontier", *seeded],
        ["results", "--course-minutes", COURSE_MINUTES],
        ["curve", *seeded],
    ]


def _ended(progress: Path, commands: list[list[str]]) -> int:
    """How many of the commands have ended in a remake that was broken off; none of one that had other commands."""
    if not progress.exists():
        return 0
    try:
        ended = read_json(progress, lambda values: list(values["ended"]), MAX_BYTES)
    except DamagedFileError:
        return 0
    return len(ended) if ended == commands[: len(ended)] else 0
