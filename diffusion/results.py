"""The numbers of the README: quality and speed of what ships, measured in one go on one machine."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from diffusion.benchmark import benchmark, shipped_runs
from diffusion.checkpoints import CHECKPOINTS, write_json
from diffusion.frontier import load, run_name
from diffusion.quality import built_in_sprites, evaluate, with_spread
from diffusion.samplers import SAMPLER_NAMES, USUAL_SAMPLER
from diffusion.support.device import describe_machine

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
N, SEEDS = 2000, (0, 1, 2)
QUALITY_FILE = "quality.json"        # beside the models, written when they are measured
LONG_RUN = "ddpm-500"                # hours at that size: it is compared with the usual run on the frontier
USUAL_RUN = f"{USUAL_SAMPLER}-10"
USUAL_NAME = SAMPLER_NAMES[USUAL_SAMPLER]

Progress = Callable[[float], None]


def measure_shipped(device: torch.device, progress: Progress, folder: Path = CHECKPOINTS) -> None:
    """Measure the shipped model and its students on the built-in sprites, and keep the numbers beside the models.

    Raises CheckpointError if a model is missing.
    """
    real, runs = built_in_sprites(), [run for run in shipped_runs(folder, device) if run[0] != LONG_RUN]
    rows = []
    for i, (name, model, config) in enumerate(runs):
        share = lambda part, i=i: progress((i + part) / len(runs))   # noqa: E731
        quality = evaluate(model, real, replace(config, n=N), SEEDS, share)
        rows.append(quality.values() | {"run": name})
    write_json(folder / QUALITY_FILE, {"machine": describe_machine(device.type), "rows": rows})


def gather(device: torch.device, progress: Progress, folder: Path = CHECKPOINTS) -> dict[str, Any]:
    """What is kept beside the models, with their speed measured now; ValueError if something was never measured.

    "frontier" holds the long run and the usual one, measured alike.
    """
    path = folder / QUALITY_FILE
    if not path.exists():
        raise ValueError(f"{path.name} is not there: measure the quality first.")
    points = {run_name(point): point for point in load(folder)}
    if not points.keys() >= {LONG_RUN, USUAL_RUN}:
        raise ValueError("the frontier is not measured: python -m diffusion frontier does so.")
    results = json.loads(path.read_text(encoding="utf-8"))
    return results | {"frontier": points, "speed": benchmark(device, folder, progress)}


def markdown(results: dict[str, Any]) -> str:
    """The results as the tables of the README."""
    usual = next(row for row in results["rows"] if row["run"] == USUAL_RUN)
    long, short = (results["frontier"][run] for run in (LONG_RUN, USUAL_RUN))
    return "\n".join([
        *_quality_table(results, usual),
        "",
        *_looks(usual),
        "",
        f"Many small steps are hardly better than few good ones: with {long.n:,} sprites from one seed,",
        f"DDPM with 500 steps has FSD {long.fsd:.2f}, {USUAL_NAME} with 10 steps {short.fsd:.2f}.",
        "",
        *_speed_table(results["speed"]),
    ])


def write_readme(results: dict[str, Any], path: Path = README) -> None:
    """Put the tables between the README's two markers; ValueError if they are not there."""
    write_between(BEGIN, END, markdown(results), path)


def write_between(begin: str, end: str, text: str, path: Path) -> None:
    """Replace what stands between two markers of a page; ValueError if they are not there."""
    page = path.read_text(encoding="utf-8")
    before, found_begin, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{path.name} has no place for results: it lacks {begin} or {end}.")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def _quality_table(results: dict[str, Any], usual: dict[str, Any]) -> list[str]:
    lines = [
        f"Measured on {results['machine']}: {usual['n']:,} sprites a seed, {len(usual['seeds'])} seeds, against",
        "sprites that training never saw. FSD is the Fréchet sprite distance, lower is better and larger with fewer",
        "sprites; its floor, real sprites against real ones, is",
        f"{usual['fsd_floor']:.2f}. The judge names {usual['context_accuracy_real']:.2%} of real sprites rightly.",
        "",
        "| run | sampler | steps | guidance | FSD | times the floor | asked category comes out |",
        "|---|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {row['run']} | {SAMPLER_NAMES[row['sampler']]} | {row['steps']} | {row['guidance']:g} "
        f"| {with_spread(row['fsd'], row['fsd_spread'], len(row['seeds']))} | {row['fsd'] / row['fsd_floor']:.1f} "
        f"| {row['context_accuracy']:.1%} |"
        for row in results["rows"]
    ]


def _looks(usual: dict[str, Any]) -> list[str]:
    """Copies and crispness of the usual run, in sentences."""
    made, real, cleaned = usual["crispness"], usual["crispness_real"], usual["cleaned"]
    tidy = cleaned["crispness"]
    return [
        f"Copies of a training sprite: {usual['memorisation']:.1%} of the samples, by a test that calls",
        f"{usual['memorisation_real']:.1%} of unseen real sprites copies. A sample has {made['colours']:.0f} colours",
        f"(a real sprite {real['colours']:.0f}), {made['white']:.0%} of its pixels are exactly white (real"
        f" {real['white']:.0%}), and it",
        f"lies {made['nearest']:.2f} from the nearest training sprite (an unseen real one {real['nearest']:.2f}).",
        f"With clean colours it has {tidy['colours']:.0f} colours, {tidy['white']:.0%} white pixels, lies",
        f"{tidy['nearest']:.2f} from the nearest, and FSD is {cleaned['fsd']:.2f} instead of {usual['fsd']:.2f}.",
    ]


def _speed_table(speed: dict[str, Any]) -> list[str]:
    ratios = speed["ratios"]
    over = ratios["sprites_over_course_ddpm-500"]
    call = {name: f"{times[16]:.1f}" for name, times in ratios["network_call"].items()}
    rows = [
        ("a network call, 16 sprites: `SpriteUnet` over the course's network", call["course"]),
        ("the same over a `UNet2DModel` of diffusers", call.get("diffusers", "not installed")),
        ("training, images a second: the fast recipe over the course's", f"{ratios['training_images']:.1f}"),
        ("DDIM with 25 steps over DDPM with 500, same network", f"{ratios['ddim-25_over_ddpm-500']:.0f}"),
        (f"{USUAL_NAME} with 10 steps and guidance over the course's DDPM with 500", f"{over[USUAL_RUN]:.0f}"),
        ("the 1-step student over the course's DDPM with 500", f"{over['student-1']:,.0f}"),
    ]
    return ["| how many times faster | |", "|---|---|", *(f"| {what} | {times} |" for what, times in rows)]
