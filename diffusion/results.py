"""The numbers of the README: quality and speed of what ships, measured in one go on one machine."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from diffusion.benchmark import benchmark
from diffusion.checkpoints import CHECKPOINTS, DEFAULT, list_checkpoints, load_checkpoint
from diffusion.device import describe_machine
from diffusion.generation import SampleConfig, usual_run
from diffusion.quality import evaluate, load_judge
from diffusion.samplers import SAMPLER_NAMES
from diffusion.sprites.painter import built_in

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
RUNS = (("ddim", 25), ("dpmpp_2m", 10))
N = 2000
SEEDS = (0, 1, 2)

Progress = Callable[[float], None]


def measure(device: torch.device, progress: Progress, folder: Path = CHECKPOINTS) -> dict[str, Any]:
    """Quality of the shipped model and its students on the built-in sprites, and speed: JSON values."""
    students = sorted(name for name in list_checkpoints(folder) if name.startswith(f"{DEFAULT}-"))
    runs = [(DEFAULT, SampleConfig(sampler, steps, N)) for sampler, steps in RUNS]
    runs += [(name, usual_run(load_checkpoint(name, folder), n=N)) for name in reversed(students)]
    judge, sprites, rows = load_judge(), built_in(), []
    for i, (name, config) in enumerate(runs):
        model = load_checkpoint(name, folder, device)
        share = lambda part, i=i: progress((i + part) / (len(runs) + 1))   # noqa: E731
        rows.append({"model": name} | asdict(evaluate(model, sprites, judge, config, SEEDS, share)))
    speed = benchmark(device)
    progress(1.0)
    return {"machine": describe_machine(device.type), "quality": rows, "speed": speed}


def markdown(results: dict[str, Any]) -> str:
    """The results as the tables of the README."""
    rows, speed = results["quality"], results["speed"]
    first, ratios = rows[0], speed["ratios"]
    lines = [
        f"Measured on {results['machine']}: {first['n']:,} sprites a seed, {len(first['seeds'])} seeds, against",
        "sprites that training never saw. FSD is the Fréchet sprite distance, lower is better;",
        f"its floor, real sprites against real ones, is {first['fsd_floor']:.2f}. The judge names "
        f"{first['context_accuracy_real']:.1%} of real sprites rightly.",
        "",
        "| model | sampler | steps | guidance | FSD | times the floor | asked category comes out |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['model']} | {SAMPLER_NAMES[row['sampler']]} | {row['steps']} | {row['guidance']:g} "
        f"| {row['fsd']:.2f} ± {row['fsd_spread']:.2f} | {row['fsd'] / row['fsd_floor']:.1f} "
        f"| {row['context_accuracy']:.1%} |"
        for row in rows
    ]
    lines += [
        "",
        f"Copies of a training sprite: {first['memorisation']:.1%} of the samples, by a test that calls "
        f"{first['memorisation_real']:.1%} of unseen real sprites copies.",
        "",
        "| how many times faster | |",
        "|---|---|",
        "| a network call, 16 sprites: `SpriteUnet` over the course's network "
        f"| {ratios['network_call_batch_16']:.1f} |",
        f"| training, images a second: the same | {ratios['training_images']:.1f} |",
        f"| DDIM with 25 steps over DDPM with 500, same network | {ratios['ddim-25_over_ddpm-500']:.0f} |",
        f"| DPM-Solver++ with 10 steps over the course's DDPM with 500 "
        f"| {ratios['dpmpp_2m-10_over_course_ddpm-500']:.0f} |",
    ]
    return "\n".join(lines)


def write_readme(results: dict[str, Any], path: Path = README) -> None:
    """Put the tables between the README's two markers; ValueError if they are not there."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path.name} has no place for results: it lacks {BEGIN} or {END}.")
    path.write_text(f"{before}{BEGIN}\n{markdown(results)}\n{END}{after}", encoding="utf-8")
