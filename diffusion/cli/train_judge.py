"""judge: the network that quality is measured with."""

from argparse import Namespace
from pathlib import Path

import torch

from diffusion.cli.arguments import Commands, add_command, add_data, add_seed, data_of, trained_judge
from diffusion.evaluation.judge import BUILT_IN_JUDGE, JUDGE_STEPS, accuracy, save_judge
from diffusion.support.images import to_tensor
from diffusion.support.wording import counted


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "judge", run, "Train the network that quality is measured with.")
    add_seed(parser)
    add_data(parser)
    parser.add_argument("--steps", type=int, default=JUDGE_STEPS, help=f"training steps (default {JUDGE_STEPS})")
    parser.add_argument(
        "--out", type=Path, default=BUILT_IN_JUDGE, help="the file to write (default: the built-in judge)"
    )


def run(options: Namespace) -> None:
    """Train, save, and tell how right it is."""
    training, held_out = data_of(options).split()
    judge = trained_judge(training, options.steps, options.seed)
    save_judge(judge, options.out)
    right = accuracy(judge, to_tensor(held_out.images), torch.from_numpy(held_out.labels))
    unseen = counted(len(held_out), "held-out sprite")
    print(f"judge saved to {options.out}; it names {right:.1%} of {unseen} rightly.")
