"""results: the numbers of the README, quality and speed of what ships, measured by one command."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from math import hypot
from pathlib import Path
from typing import Any

import torch

from diffusion.cli.arguments import Commands, add_command, add_device, progress_bar
from diffusion.cli.studies import readme
from diffusion.cli.studies.benchmark import benchmark, shipped_points, shipped_runs
from diffusion.cli.studies.both_sides import (
    COURSE_MINUTES,
    USUAL_RUN,
    check_measured,
    keep_course,
    load_course,
    measure_course,
    quality_of_sides,
)
from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.judge import load_judge
from diffusion.evaluation.quality import evaluate, made_likeness, real_likeness
from diffusion.evaluation.real_sprites import BESIDE, LEGEND, RealSprites, beside, for_reporting
from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import CHECKPOINTS
from diffusion.models.measured import fingerprint
from diffusion.samplers import ALL_SAMPLERS, SAMPLERS, USUAL_SAMPLER
from diffusion.sprites.painter import built_in
from diffusion.support.checks import InputError, check_known
from diffusion.support.device import describe_machine, pick_device
from diffusion.support.files import DamagedFileError, read_json, write_json
from diffusion.support.progress import Progress, part
from diffusion.support.wording import counted, each_once, listed, with_spread

BEGIN, END = "<!-- results -->", "<!-- end of results -->"
N, SEEDS = 2000, (0, 1, 2)
QUALITY_FILE = "quality.json"        # beside the models, written when they are measured
MAX_BYTES = 1_000_000
MEASURES = (                         # of Likeness: its column, and what is less is not called a difference
    ("coverage", "coverage", 0.01), ("nearest", "nearest", 0.005), ("accuracy", "asked category", 0.002),
)   # fmt: skip
LONG_RUN = "ddpm-500"                # hours at that size: it is compared with the usual run on the frontier
USUAL_NAME = SAMPLERS[USUAL_SAMPLER].title


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "results", run, "Measure what ships and write the tables of the README.")
    add_device(parser)
    help_course = f"minutes of training for the course's network, to compare with (default {COURSE_MINUTES:g})"
    parser.add_argument("--course-minutes", type=float, default=COURSE_MINUTES, help=help_course)
    stored = parser.add_mutually_exclusive_group()
    help_stored = "take the quality as last measured, and measure speed only"
    stored.add_argument("--stored", action="store_true", help=help_stored)
    help_course_stored = "take the course's side as last measured, and measure the rest"
    stored.add_argument("--course-stored", action="store_true", help=help_course_stored)
    help_only = "measure the quality of these runs only, such as student-2, and take all else as last measured"
    stored.add_argument("--only", nargs="+", default=(), metavar="RUN", help=help_only)


def run(options: Namespace) -> None:
    """Measure, write the README's tables, and print them."""
    device = pick_device(options.device)
    if not options.stored:
        real = RealSprites(for_reporting(built_in()), load_judge())
        if not options.course_stored and not options.only:
            with progress_bar("training and measuring the course's side") as progress:
                keep_course(measure_course(options.course_minutes, real, device, progress))
        with progress_bar("measuring quality") as progress:
            measure_shipped(real, device, progress, only=options.only)
    with progress_bar("measuring speed") as progress:
        text = markdown(gather(device, progress))
    readme.write_between(BEGIN, END, text)
    print(text)


def measure_shipped(
    real: RealSprites, device: torch.device, progress: Progress, folder: Path = CHECKPOINTS, only: Sequence[str] = ()
) -> None:
    """Measure the shipped model and its students against real sprites, and keep the numbers beside the models.

    only: the runs to measure, if not all; the numbers of the others stay. Raises CheckpointError if a model is missing,
    InputError if a run is unknown.
    """
    runs, machine = _measured_runs(folder, device), describe_machine(device.type)
    for name in only:
        check_known("run", name, [name for name, *_ in runs])
    rows = {row["run"]: row for row in _kept(folder)["rows"]} if only else {}
    missing = [run for run in runs if run[0] in only or run[0] not in rows]
    for i, (name, model, config) in enumerate(missing):
        quality = evaluate(model, real, replace(config, n=N), SEEDS, part(progress, i, len(missing)))
        measured = {
            "run": name, "weights": fingerprint(model), "judge": real.judge.fingerprint, "machine": machine,
        }   # fmt: skip
        rows[name] = quality.values() | measured
    in_order = [rows[name] for name, *_ in runs]
    write_json(folder / QUALITY_FILE, {"rows": in_order})


def gather(device: torch.device, progress: Progress, folder: Path = CHECKPOINTS) -> dict[str, Any]:
    """What is kept beside the models, with their speed measured now.

    "frontier" holds the long run and the usual one, measured alike; "sides" tells how good both sides of the comparison
    of speeds are. Raises InputError if something was never measured,
    or with other weights or another judge than those that are here.
    """
    results = _kept(folder)
    _check_measured_here(results["rows"], folder, device)
    points = shipped_points(folder, device)
    check_measured(points, (LONG_RUN, USUAL_RUN))
    sides = quality_of_sides(load_course(load_judge().fingerprint, folder), points, folder)
    return results | {"frontier": points, "sides": sides, "speed": benchmark(device, folder, progress)}


def _kept(folder: Path) -> dict[str, Any]:
    """What was measured last; InputError if nothing was."""
    try:
        return read_json(folder / QUALITY_FILE, _with_rows, MAX_BYTES)
    except DamagedFileError as error:
        raise InputError(f"{error} Measure the quality first: python -m diffusion results.") from error


def _measured_runs(folder: Path, device: torch.device) -> list[tuple[str, DiffusionModel, SampleConfig]]:
    return [run for run in shipped_runs(folder, device) if run[0] != LONG_RUN]


def _with_rows(results: dict[str, Any]) -> dict[str, Any]:
    if not results["rows"] or not all({"run", "weights", "judge", "machine"} <= row.keys() for row in results["rows"]):
        raise ValueError("a row does not say what it is of")
    return results


def _check_measured_here(rows: list[dict[str, Any]], folder: Path, device: torch.device) -> None:
    judge = load_judge().fingerprint
    expected = {name: (fingerprint(model), judge) for name, model, _ in _measured_runs(folder, device)}
    found = {row["run"]: (row["weights"], row["judge"]) for row in rows}
    others = [name for name, ids in expected.items() if found.get(name) != ids]
    if others:
        message = f"{QUALITY_FILE} was measured with other weights or another judge"
        raise InputError(f"{message} ({listed(others)}): measure again by python -m diffusion results.")


def markdown(results: dict[str, Any]) -> str:
    """The results as the tables of the README."""
    usual = next(row for row in results["rows"] if row["run"] == USUAL_RUN)
    long, short = (results["frontier"][run] for run in (LONG_RUN, USUAL_RUN))
    return "\n".join([
        *_quality_table(results, usual),
        "",
        *_disagreements(results["rows"], usual),
        *_looks(usual),
        "",
        f"Many small steps against few good ones: with {long.n:,} sprites from one seed,",
        f"DDPM with 500 steps has FSD {long.made.fsd:.2f}, {USUAL_NAME} with 10 steps {short.made.fsd:.2f}, and",
        f"as many real sprites have {with_spread(short.real.fsd, short.floor_spread)}.",
        "",
        *_speed_table(results["speed"]),
        "",
        *results["sides"],
    ])


def _quality_table(results: dict[str, Any], usual: dict[str, Any]) -> list[str]:
    floor = with_spread(usual["fsd_floor"], usual["fsd_floor_spread"])
    machines = each_once(row["machine"] for row in results["rows"])
    rows = [["real sprites", "", "", "", floor, "1.0", *beside(real_likeness(usual))]]
    rows += [
        [
            row["run"], ALL_SAMPLERS[row["sampler"]].title, f"{row['steps']}", f"{row['guidance']:g}",
            with_spread(row["fsd"], row["fsd_spread"]), f"{row['fsd'] / row['fsd_floor']:.1f}",
            *beside(made_likeness(row)),
        ]
        for row in results["rows"]
    ]   # fmt: skip
    return [
        f"Measured on {machines}:",
        f"{usual['n']:,} sprites a seed, against the half of the held-out sprites on which no setting was chosen.",
        "FSD is the Fréchet sprite distance, lower is better and larger with fewer",
        f"sprites, with its standard deviation over {counted(len(usual['seeds']), 'sampling seed')} of one model. Its",
        "floor is what as many real sprites of the same categories have, with the standard deviation over",
        f"{counted(usual['floor_draws'], 'draw')} of them.",
        LEGEND,
        "",
        *readme.table(["run", "sampler", "steps", "guidance", "FSD", "times the floor", *BESIDE], rows),
    ]


def _disagreements(rows: list[dict[str, Any]], usual: dict[str, Any]) -> list[str]:
    """A sentence for each run that another number ranks otherwise than FSD does, beside the usual run."""
    told = [(row, _ranked_otherwise(row, usual)) for row in rows]
    said = [
        f"The numbers disagree: {row['run']} has FSD {row['fsd']:.2f}, {usual['run']} {usual['fsd']:.2f}, which ranks\n"
        f"them otherwise than these do: of {row['run']}, {', '.join(others)}."
        for row, others in told
        if others
    ]
    return [*said, ""] if said else []


def _ranked_otherwise(row: dict[str, Any], usual: dict[str, Any]) -> list[str]:
    """What ranks a run and the usual one otherwise than FSD does, with both numbers; nothing if FSD ranks neither."""
    if abs(row["fsd"] - usual["fsd"]) <= hypot(row["fsd_spread"], usual["fsd_spread"]):
        return []
    one, other, real = made_likeness(row), made_likeness(usual), real_likeness(usual)
    cells = [dict(zip(BESIDE, beside(likeness), strict=True)) for likeness in (one, other)]
    said = []
    for measure, column, noted in MEASURES:
        apart = [abs(getattr(likeness, measure) - getattr(real, measure)) for likeness in (one, other)]
        gain = apart[1] - apart[0]
        if abs(gain) >= noted and gain * (other.fsd - one.fsd) < 0:
            said.append(f"its {column} is {cells[0][column]}, not {cells[1][column]}")
    return said


def _looks(usual: dict[str, Any]) -> list[str]:
    """Copies and crispness of the usual run, in sentences."""
    raw, losses = usual["raw"], usual["losses"]
    return [
        f"Copies of a training sprite: {usual['memorisation']:.1%} of the samples of {usual['run']}, by a test that",
        f"calls {usual['memorisation_real']:.1%} of unseen real sprites copies, and finds",
        f"{usual['memorisation_caught']:.1%} of training sprites that carry the traces of noise of these samples.",
        "Its training loss is",
        f"{losses['training']:.4f} on training sprites and {losses['unseen']:.4f} on unseen ones (difference",
        f"{losses['unseen'] - losses['training']:.4f}, standard error {losses['spread']:.4f}).",
        "All are measured in clean colours, as the app shows them. As the network left it, a sample of that run has",
        f"{raw['colours']:.0f} colours, {raw['white']:.0%} white pixels, lies {raw['nearest']:.2f} from the nearest",
        f"training sprite, coverage is {raw['coverage']:.2f}, and FSD {raw['fsd']:.2f} instead of {usual['fsd']:.2f}.",
    ]


def _speed_table(speed: dict[str, Any]) -> list[str]:
    ratios = speed["ratios"]
    over = {name: _product(split) for name, split in ratios["sprites_over_course_ddpm-500"].items()}
    call = {name: f"{times[16]:.1f}" for name, times in ratios["network_call"].items()}
    rows = [
        ("a network call, 16 sprites: `SpriteUnet` over the course's network", call["course"]),
        ("the same over a `UNet2DModel` of diffusers", call.get("diffusers", "not installed")),
        ("training, images a second: the fast recipe over the course's", f"{ratios['training_images']:.1f}"),
        ("DDIM with 25 steps over DDPM with 500, same network", f"{ratios['ddim-25_over_ddpm-500']:.0f}"),
        (f"{USUAL_NAME} with 10 steps and guidance over the course's DDPM with 500", over[USUAL_RUN]),
        ("the 1-step student over the course's DDPM with 500", over["student-1"]),
    ]
    return [
        f"| how many times faster, on {speed['machine']} | |", "|---|---|",
        *(f"| {what} | {times} |" for what, times in rows),
        "",
        "Network: the time of a call of 16 sprites, the course's over that of `SpriteUnet`; calls: the course's for a",
        "sprite over the run's; rest: what is left, as both halves of guidance in one call, fresh noise, step rules.",
    ]   # fmt: skip


def _product(split: dict[str, float]) -> str:
    """A factor with what it is the product of."""
    factors = f"{split['network']:.1f} network × {split['calls']:,.0f} calls × {split['rest']:.1f} rest"
    return f"{split['times']:,.0f} = {factors}"
