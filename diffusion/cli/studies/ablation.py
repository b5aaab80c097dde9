"""ablation: what each choice of the recipe is worth; variants trained for the same time, then measured alike."""

from argparse import Namespace
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from diffusion.cli.arguments import Commands, add_command, add_device, add_seed, progress_bar
from diffusion.cli.studies import readme
from diffusion.evaluation.judge import load_judge
from diffusion.evaluation.quality import Quality, evaluate, made_likeness, real_likeness
from diffusion.evaluation.real_sprites import BESIDE, LEGEND, RealSprites, beside, for_choosing
from diffusion.generation import SampleConfig
from diffusion.samplers import SAMPLERS
from diffusion.sprites.painter import built_in
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.device import describe_machine, pick_device
from diffusion.support.progress import Progress, part, silent
from diffusion.support.wording import counted, with_spread
from diffusion.training.loop import TrainStep, new_model, train
from diffusion.training.recipes import TrainConfig, recipe

VARIANTS: dict[str, dict[str, Any]] = {   # what is changed in the recipe
    "the recipe": {},
    "predicts the noise": {"prediction": "noise"},
    "predicts the noise, linear schedule": {"prediction": "noise", "schedule": "linear", "schedule_options": {}},
    "predicts v": {"prediction": "v"},
    "sampled without shifting the schedule": {"schedule_options": {"shift": 1.0}},
    "guided mildly at every noise level": {"guidance": 1.25, "guided_below": 1.0},
    "width 96": {"network_options": {"width": 96}},
    "no space-to-depth, width 32": {"network_options": {"patch": 1, "width": 32}},
    "one group in each GroupNorm": {"network_options": {"groups": 1}},
    "AdamW": {"optimizer": "adamw"},
    "no averaging of weights (EMA)": {"ema_max": 0.0},
    "context dropped in 20%": {"context_dropout": 0.2},
    "more low noise levels": {"normal_mean": -0.7},
    "more high noise levels": {"normal_mean": 0.7},
    "float32": {"number_format": "float32"},
    "the course's network": {"network": "course", "optimizer": "adamw", "number_format": "float32"},
}
ABLATION_PAGE = Path(__file__).parents[3] / "ABLATION.md"
TURN_S = 1.0
TRAINING_SHARE = 0.8   # of the progress; the rest is measuring
N = 1000
STEPS = 10


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Train variants of the recipe for the same time, and compare them."
    parser = add_command(commands, "ablation", run, summary)
    add_seed(parser)
    add_device(parser)
    parser.add_argument("--minutes", type=float, default=2.0, help="minutes of training for each (default 2)")
    parser.add_argument("--out", type=Path, default=ABLATION_PAGE, help="the page to write (default ABLATION.md)")


def run(options: Namespace) -> None:
    """Compare, write the page, and print it."""
    with progress_bar("training the variants") as progress:
        page = ablate(options.minutes, pick_device(options.device), options.seed, progress)
    options.out.write_text(page, encoding="utf-8")
    print(page)


@dataclass(frozen=True)
class Variant:
    """One row of the table: what came of a variant in the given time."""

    name: str
    steps: int
    quality: Quality


def ablate(minutes: float, device: torch.device, seed: int = 0, progress: Progress = silent) -> str:
    """Train every variant for `minutes` on the built-in sprites and measure it: a page of markdown.

    They take turns of a second, so that whatever else the machine does slows all of them alike.
    """
    configs = {
        name: recipe("fast", minutes=minutes, seed=seed, **changes) for name, changes in VARIANTS.items()
    }
    measured = train_and_measure(configs, for_choosing(built_in()), N, device, progress)
    rows = [Variant(name, steps, quality) for name, (steps, quality) in measured.items()]
    return markdown(rows, minutes, describe_machine(device.type))


def train_and_measure(
    configs: dict[Hashable, TrainConfig], sprites: SpriteSet, n: int, device: torch.device, progress: Progress
) -> dict[Hashable, tuple[int, Quality]]:
    """Train on `sprites` by each of `configs`, in turns, and measure `n` sprites of each from its seed.

    Gives the training steps and the quality of each.
    """
    measured = {}
    training, _ = sprites.split()
    runs = {
        name: train(new_model(config, training.categories, device), training, config)
        for name, config in configs.items()
    }
    ended = in_turns(runs, part(progress, 0, 1, TRAINING_SHARE))
    real = RealSprites(sprites, load_judge())
    for name, last in ended.items():
        run = SampleConfig(steps=STEPS, n=n)
        measured[name] = last.step, evaluate(last.model, real, run, (configs[name].seed,))
        progress(TRAINING_SHARE + (1 - TRAINING_SHARE) * len(measured) / len(configs))
    return measured


def in_turns(
    runs: dict[Hashable, Iterator[TrainStep]], progress: Progress = silent
) -> dict[Hashable, TrainStep]:
    """Follow several trainings to their ends, each for a second at a time; the last step of each."""
    last: dict[Hashable, TrainStep] = {}
    running = dict(runs)
    while running:
        for name, steps in list(running.items()):
            turn_ends = perf_counter() + TURN_S
            while perf_counter() < turn_ends:
                step = next(steps, None)
                if step is None:
                    del running[name]
                    break
                last[name] = step
        progress(sum(step.progress for step in last.values()) / len(runs))
    return last


def markdown(rows: list[Variant], minutes: float, machine: str) -> str:
    """The variants as a table, the recipe first and the others from good to bad."""
    first, *others = rows
    measured = first.quality
    floor = with_spread(measured.fsd_floor, measured.fsd_floor_spread)
    ordered = [first, *sorted(others, key=lambda row: row.quality.fsd)]
    cells = [["real sprites", "", floor, *beside(real_likeness(measured.values()))]]
    cells += [
        [row.name, f"{row.steps:,}", f"{row.quality.fsd:.2f}", *beside(made_likeness(row.quality.values()))]
        for row in ordered
    ]
    return "\n".join([
        "# What each choice of the recipe is worth",
        "",
        f"Each variant changes one thing in the recipe and trains for {minutes:g} minutes on {machine},",
        f"all of them in turns of a second. Then {measured.n:,} sprites are made with {measured.steps} steps",
        f"of {SAMPLERS[measured.sampler].title} at guidance {measured.guidance:g}, one seed, and compared with the",
        "half of the held-out sprites that settings are chosen on; all else is reported on the other half.",
        "FSD is the Fréchet sprite distance, lower is better; that of as many real sprites is the mean ± standard",
        f"deviation over {counted(measured.floor_draws, 'draw')}.",
        LEGEND,
        "Each is one training: differences of a fifth may be chance.",
        "",
        *readme.table(["variant", "training steps", "FSD", *BESIDE], cells),
        "",
        f"Remade by `python -m diffusion ablation --minutes {minutes:g}`.",
        "",
    ])
