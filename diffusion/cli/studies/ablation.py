"""ablation: what each choice of the recipe is worth; variants trained for the same time, then measured alike."""

from argparse import Namespace
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch

from diffusion.cli.arguments import Commands, above_0, add_command, add_device, add_seed, progress_bar
from diffusion.cli.studies import readme
from diffusion.evaluation.judge import load_judge
from diffusion.evaluation.quality import Quality, evaluate, made_likeness, mean_likeness, real_likeness, spread
from diffusion.evaluation.real_sprites import BESIDE, LEGEND, Likeness, RealSprites, beside, for_choosing
from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import CHECKPOINTS
from diffusion.models.measured import Measured
from diffusion.samplers import SAMPLERS, SMOOTH_SAMPLER
from diffusion.schedule import Schedule
from diffusion.sprites.painter import built_in
from diffusion.sprites.palette import palette_of
from diffusion.support.checks import InputError
from diffusion.support.device import describe_machine, pick_device
from diffusion.support.files import DamagedFileError, read_json, write_json
from diffusion.support.progress import Progress, part, silent
from diffusion.support.wording import counted, with_spread
from diffusion.training.loop import TrainStep, new_model, train
from diffusion.training.recipes import TrainConfig, recipe

RECIPE = "the recipe"
SCHEDULE, NETWORK = recipe("fast").schedule_options, recipe("fast").network_options
# What the network says is its answer: that needs no x0.
ANSWERS = {"network_options": {name: size for name, size in NETWORK.items() if name != "from_x0"}}
FROM_8_PERCENT = SCHEDULE | {"end": 0.9}   # where the course's schedule ends, too
# Predictions that are told t count noise levels by t: with these numbers theirs are those of the recipe.
SAME_LEVELS = {"normal_mean": -0.52, "normal_spread": 0.7}
SAME_LEVELS_FROM_8_PERCENT = {"normal_mean": -0.4, "normal_spread": 0.76}
EVEN_IN_T = {"normal_mean": 0.0}

VARIANTS: dict[str, dict[str, Any]] = {   # what is changed in the recipe; a + stands between several changes
    RECIPE: {},
    "eight groups in each GroupNorm": {"network_options": NETWORK | {"groups": 8}},
    "the network says the velocity, not x0": ANSWERS,
    "no averaging of weights (EMA)": {"ema_share": None, "ema_max": 0.0},
    "EMA of about the last 1,000 steps": {"ema_share": None},
    "batch 128": {"batch": 128},
    "more high noise levels": {"normal_mean": 0.5},
    "more low noise levels": {"normal_mean": -0.7},
    "context dropped in 20%": {"context_dropout": 0.2},
    "width 48": {"network_options": NETWORK | {"width": 48}},
    "two levels": {"network_options": NETWORK | {"levels": 2}},
    "two levels + space-to-depth + width 64": {"network_options": NETWORK | {"levels": 2, "patch": 2, "width": 64}},
    "AdamW": {"optimizer": "adamw"},
    "float32": {"number_format": "float32"},
    "AdamW + float32": {"optimizer": "adamw", "number_format": "float32"},
    "AdamW + float32 + the course's network": {
        "optimizer": "adamw", "number_format": "float32", "network": "course", "network_options": {},
    },
    "sampled without shifting the schedule": {"schedule_options": SCHEDULE | {"shift": 1.0}},
    "sampled with even steps": {"schedule_options": SCHEDULE | {"spacing": 1.0}},
    "sampled from 8% signal": {"schedule_options": FROM_8_PERCENT},
    "not guided": {"guidance": 1.0},
    "guided at every noise level": {"guided_below": 1.0},
    "predicts v": {"prediction": "v"} | ANSWERS | SAME_LEVELS,
    "predicts v + noise levels even in t": {"prediction": "v"} | ANSWERS | EVEN_IN_T,
    "predicts the noise + sampled from 8% signal": {
        "prediction": "noise", "schedule_options": FROM_8_PERCENT,
    } | ANSWERS | SAME_LEVELS_FROM_8_PERCENT,
    "predicts the noise + sampled from 8% signal + noise levels even in t": {
        "prediction": "noise", "schedule_options": FROM_8_PERCENT,
    } | ANSWERS | EVEN_IN_T,
    "predicts the noise + linear schedule + even steps + noise levels even in t": {
        "prediction": "noise", "schedule": "linear", "schedule_options": {},
    } | ANSWERS | EVEN_IN_T,
}   # fmt: skip
DECIDING = frozenset({   # trained from several seeds: the next recipe is chosen by these
    RECIPE, "eight groups in each GroupNorm", "the network says the velocity, not x0", "no averaging of weights (EMA)",
    "EMA of about the last 1,000 steps", "batch 128", "more high noise levels",
})   # fmt: skip
ABLATION_PAGE = Path(__file__).parents[3] / "ABLATION.md"
KEPT_FILE = CHECKPOINTS / "ablation.json"
MAX_BYTES = 5_000_000
AT_ONCE = 4            # trainings: what is broken off loses no more
TURN_S = 1.0
TRAINING_SHARE = 0.8   # of the progress; the rest is measuring
N = 1000
STEPS = 10


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Train variants of the recipe for the same time, and compare them; goes on where it was broken off."
    parser = add_command(commands, "ablation", run, summary)
    add_seed(parser)
    add_device(parser)
    parser.add_argument("--minutes", type=float, default=2.0, help="minutes of training for each (default 2)")
    help_repeats = "trainings, from --seed on, of each variant that decides the recipe (default 3); others have one"
    parser.add_argument("--repeats", type=above_0, default=3, help=help_repeats)
    parser.add_argument("--only", nargs="+", choices=VARIANTS, metavar="VARIANT", help="train these alone")
    parser.add_argument("--kept", type=Path, default=KEPT_FILE, help="finished trainings (checkpoints/ablation.json)")
    parser.add_argument("--out", type=Path, default=ABLATION_PAGE, help="the page to write (default ABLATION.md)")


def run(options: Namespace) -> None:
    """Train and measure what is missing, write the page of all that is there, and print it."""
    device, seeds = pick_device(options.device), range(options.seed, options.seed + options.repeats)
    every = plan(VARIANTS, options.minutes, seeds)
    wanted = [training for training in every if not options.only or training.name in options.only]
    with progress_bar("training the variants") as progress:
        kept = complete(wanted, device, options.kept, progress)
    found = [training for training in kept if training.planned in every]
    page = markdown(found, options.minutes, describe_machine(device.type))
    options.out.write_text(page, encoding="utf-8")
    print(page)


class Planned(NamedTuple):
    """A training of a variant that is to be measured."""

    name: str
    config: TrainConfig


@dataclass(frozen=True)
class Training:
    """What came of a variant in the given time from one seed, where, and by which judge."""

    name: str
    config: TrainConfig
    machine: str
    judge: str
    steps: int
    quality: Measured   # the values of a Quality

    @property
    def planned(self) -> Planned:
        return Planned(self.name, self.config)


def plan(names: Sequence[str], minutes: float, seeds: Sequence[int]) -> list[Planned]:
    """The trainings of these variants: first all from the first seed, then those that decide from each other one."""
    return [
        Planned(name, recipe("fast", minutes=minutes, seed=seed, **VARIANTS[name]))
        for seed in seeds
        for name in names
        if seed == seeds[0] or name in DECIDING
    ]


def complete(
    wanted: Sequence[Planned], device: torch.device, path: Path, progress: Progress = silent
) -> list[Training]:
    """Train and measure what is wanted and not kept yet, and keep it; returns all that is kept of this judge and here.

    Some take turns of a second, so that whatever else the machine does slows them alike. Raises InputError if the file
    is damaged.
    """
    real, machine = RealSprites(for_choosing(built_in()), load_judge()), describe_machine(device.type)
    here = (machine, real.judge.fingerprint)
    kept = [training for training in load(path) if (training.machine, training.judge) == here]
    there = [training.planned for training in kept]
    missing = [planned for planned in wanted if planned not in there]
    for first in range(0, len(missing), AT_ONCE):
        group = missing[first : first + AT_ONCE]
        share = part(progress, first, len(missing), len(group))
        measured = train_and_measure({i: planned.config for i, planned in enumerate(group)}, real, N, device, share)
        kept += [Training(*group[i], *here, steps, quality.values()) for i, (steps, quality) in measured.items()]
        write_json(path, {"trainings": [asdict(training) for training in kept]})
    return kept


def load(path: Path) -> list[Training]:
    """The finished trainings in a file, none if there is no such file; InputError if it is damaged."""
    if not path.exists():
        return []
    try:
        return read_json(path, lambda values: [_training(**training) for training in values["trainings"]], MAX_BYTES)
    except DamagedFileError as error:
        raise InputError(f"{error} Remove it, then everything is trained anew.") from error


def _training(config: dict[str, Any], quality: Measured, **others: Any) -> Training:
    made_likeness(quality), real_likeness(quality)   # they are complete, or this raises
    return Training(config=TrainConfig(**config | {"betas": tuple(config["betas"])}), quality=quality, **others)


def train_and_measure(
    configs: dict[Hashable, TrainConfig], real: RealSprites, n: int, device: torch.device, progress: Progress
) -> dict[Hashable, tuple[int, Quality]]:
    """Train by each of `configs`, in turns, and measure `n` sprites of each from its seed.

    Gives the training steps and the quality of each.
    """
    measured, palette = {}, palette_of(real.training.images)
    runs = {
        name: train(new_model(config, real.training.categories, device, palette), real.training, config)
        for name, config in configs.items()
    }
    ended = in_turns(runs, part(progress, 0, 1, TRAINING_SHARE))
    for name, last in ended.items():
        run = SampleConfig(SMOOTH_SAMPLER, STEPS, n)
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


class Row(NamedTuple):
    """What the trainings of one variant came to."""

    name: str
    trainings: int
    steps: int              # of the mean training
    likeness: Likeness      # the mean
    spread: float | None    # of the distance, over the trainings


def rows_of(trainings: Sequence[Training]) -> list[Row]:
    """A row for each variant: the recipe first, then from good to bad."""
    rows = []
    for name in VARIANTS:
        own = [training for training in trainings if training.name == name]
        if own:
            made = [made_likeness(training.quality) for training in own]
            steps = int(np.mean([training.steps for training in own]))
            rows.append(Row(name, len(own), steps, mean_likeness(made), spread([one.fsd for one in made])))
    return sorted(rows, key=lambda row: (row.name != RECIPE, row.likeness.fsd))


def markdown(trainings: Sequence[Training], minutes: float, machine: str) -> str:
    """The variants as a table."""
    measured, usual = trainings[0].quality, recipe("fast")
    floor = with_spread(measured["fsd_floor"], measured["fsd_floor_spread"])
    cells = [["real sprites", "", "", floor, *beside(real_likeness(measured))]]
    cells += [_cells(row) for row in rows_of(trainings)]
    sampler, schedule = SAMPLERS[measured["sampler"]].title, Schedule.cosine(**SCHEDULE)
    return "\n".join([
        "# What each choice of the recipe is worth",
        "",
        "Each variant changes one thing in the recipe; where it changes more, a + stands between them. Each trains",
        f"for {minutes:g} minutes on {machine}, up to {AT_ONCE} of them in turns of a second. Then {measured['n']:,}",
        f"sprites of each are made with {measured['steps']} steps of {sampler}, at guidance",
        f"{usual.guidance:g} where at most {usual.guided_below:.0%} is noise unless the variant says otherwise, and",
        "compared with the half of the held-out sprites that settings are chosen on; all else is reported on the",
        "other. FSD is the Fréchet sprite distance, lower is better; that of as many real sprites is the mean ±",
        f"standard deviation over {counted(measured['floor_draws'], 'draw')}.",
        LEGEND,
        "Where there are several trainings, each is from a seed of its own, the numbers are means, and after ± stands",
        "the standard deviation over them; what is measured of one training alone is no surer than one of these.",
        "Whoever predicts the noise divides by the share of signal that is left. At the first step of the recipe",
        f"that is {float(schedule.signal(schedule.T)):.2%}, and nothing sensible comes out: so its variants begin at",
        "8% signal, as the course's schedule does.",
        "",
        *readme.table(["variant", "trainings", "training steps", "FSD", *BESIDE], cells),
        "",
        f"Remade by `python -m diffusion ablation --minutes {minutes:g}`; finished trainings are kept in",
        "`checkpoints/ablation.json`.",
        "",
    ])


def _cells(row: Row) -> list[str]:
    fsd = with_spread(row.likeness.fsd, row.spread)
    return [row.name, f"{row.trainings}", f"{row.steps:,}", fsd, *beside(row.likeness)]
