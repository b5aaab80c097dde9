"""benchmark: speed in numbers, measured in one run on this machine; ratios first, since machines differ."""

import copy
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from diffusion.cli.arguments import Commands, add_command, add_device, progress_bar
from diffusion.cli.studies.both_sides import COURSE_NAME, COURSE_RUN, load_course, quality_of_sides, what_is
from diffusion.cli.studies.liveliness import drag_while_training, liveliness_table
from diffusion.denoiser import DiffusionModel
from diffusion.evaluation import frontier
from diffusion.evaluation.frontier import Point
from diffusion.evaluation.judge import load_judge
from diffusion.generation import Run, SampleConfig, categories_in_turn, usual_config
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT, list_checkpoints, load_checkpoint
from diffusion.models.measured import fingerprint
from diffusion.sprites.spriteset import COURSE_CATEGORIES, SpriteSet, one_hot
from diffusion.support.checks import InputError
from diffusion.support.device import describe_machine, device_clock, pick_device, threads
from diffusion.support.progress import Progress, silent
from diffusion.support.wording import aligned
from diffusion.training.distillation import STUDENTS
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import recipe

BATCHES = (1, 16, 64)
ROUNDS = 15
# of the shipped model, with its own guidance
RUNS = (("ddpm", 500), ("ddim", 25), ("dpmpp_2m", 10), ("unipc", 10), ("sa_solver", 10))
SPRITES = 16
RUN_S = 1.0             # at least, of each run: one of a student takes 10 ms, too short to be measured once
TRAINING_STEPS = 20
REST = "x rest: what is neither; far from 1 also where other programs slowed one of them more than the other"


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "benchmark", run, "Measure speed on this machine.")
    add_device(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run(options: Namespace) -> None:
    """Measure and print."""
    device = pick_device(options.device)
    with progress_bar("measuring") as progress:
        measured = benchmark(device, progress=progress)
    lively = drag_while_training("auto" if options.device == "mps" else options.device)   # as the app picks
    if options.json:
        print(json.dumps(measured | {"drag_while_training": lively}))
    else:
        print(table(measured), "", *_quality(device), "", liveliness_table(lively), sep="\n")


def benchmark(
    device: torch.device, folder: Path = CHECKPOINTS, progress: Progress = silent
) -> dict[str, Any]:
    """Measure the networks and the shipped models side by side: JSON values, ratios first.

    Speed does not depend on what was learnt, so networks have fresh weights. Raises CheckpointError if a shipped
    model is missing from `folder`.
    """
    course = new_model(recipe("course"), COURSE_CATEGORIES, device)
    networks = _networks(course, device)
    calls = {batch: call_ms(networks, batch, device) for batch in BATCHES}
    choices = inference_choices(networks["sprite"], device)
    progress(0.2)
    training = training_images(("fast", "course"), device)
    progress(0.3)
    runs = {COURSE_NAME: run_speed(course, COURSE_RUN)}
    progress(0.7)
    shipped = shipped_runs(folder, device)
    runs |= {name: run_speed(model, config) for name, model, config in shipped}
    network_call = {
        name: {batch: calls[batch][name] / calls[batch]["sprite"] for batch in BATCHES}
        for name in networks
        if name != "sprite"
    }
    return {
        "ratios": {
            "network_call": network_call,
            "training_images": training["fast"] / training["course"],
            "sprites_over_course_ddpm-500": factors(runs, network_call["course"][SPRITES]),
            "ddim-25_over_ddpm-500": runs["ddim-25"]["sprites_a_second"] / runs["ddpm-500"]["sprites_a_second"],
        },
        "inference_choices_ms": choices,
        "call_ms": {name: {batch: calls[batch][name] for batch in BATCHES} for name in networks},
        "parameters": {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()},
        "training_images_a_second": training,
        "runs": runs,
        "what": {name: what_is(model, config) for name, model, config in [(COURSE_NAME, course, COURSE_RUN), *shipped]},
        "peak_memory_mb": peak_memory_mb(device),
        "machine": describe_machine(device.type),
        "threads": torch.get_num_threads(),
    }


def factors(runs: dict[str, dict[str, float]], network: float) -> dict[str, dict[str, float]]:
    """How many times faster than the course each run makes sprites, and of which factors that is the product.

    network: the course's time for a call of SPRITES over that of the other network; calls: the course's calls of a
    sprite over the run's; rest: what is left, such as both halves of guidance in one call, noise, and step rules.
    """
    course = runs[COURSE_NAME]
    split = {}
    for name, run in runs.items():
        all_together = run["sprites_a_second"] / course["sprites_a_second"]
        of_network, of_calls = 1.0 if run is course else network, course["calls"] / run["calls"]
        rest = all_together / of_network / of_calls
        split[name] = {"times": all_together, "network": of_network, "calls": of_calls, "rest": rest}
    return split


def shipped_runs(folder: Path, device: torch.device) -> list[tuple[str, DiffusionModel, SampleConfig]]:
    """The runs that people make with what ships: a name, the model, and the run."""
    model = load_checkpoint(DEFAULT, folder, device)
    named = [(f"{sampler}-{steps}", model, SampleConfig(sampler, steps, SPRITES)) for sampler, steps in RUNS]
    students = [load_checkpoint(f"{DEFAULT}-{steps}", folder, device) for steps in STUDENTS]
    return named + [
        (f"student-{student.config.steps}", student, usual_config(student, n=SPRITES)) for student in students
    ]


def shipped_points(folder: Path, device: torch.device) -> dict[str, Point]:
    """The points kept of the frontier by their runs' names, as far as they are of these models and this judge.

    Raises CheckpointError if the file, a model or the judge is damaged or missing.
    """
    points = frontier.load(folder)
    models = {point.model for point in points} & set(list_checkpoints(folder))
    weights = {name: fingerprint(load_checkpoint(name, folder, device)) for name in models}
    judge = load_judge().fingerprint if points else ""
    here = [point for point in points if (weights.get(point.model), judge) == (point.weights, point.judge)]
    return {frontier.run_name(point): point for point in here}


def call_ms(networks: dict[str, nn.Module], batch: int, device: torch.device) -> dict[str, float]:
    """Median milliseconds of a call of each network; they take turns, so that a busy machine slows all alike."""
    x = torch.zeros(batch, 3, 16, 16, device=device)
    time = torch.full((batch,), 0.5, device=device)
    context = categories_in_turn(COURSE_CATEGORIES, batch).to(device)
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    with torch.inference_mode():
        for _ in range(ROUNDS):
            for name, network in networks.items():
                network(x, time, context)
                seconds[name].append(_seconds(lambda network=network: network(x, time, context), device))
    return {name: 1000 * median(values) for name, values in seconds.items()}


def inference_choices(net: nn.Module, device: torch.device) -> dict[str, float]:
    """Milliseconds for 16 sprites with guidance, as the app computes them and with one choice made otherwise."""
    guided, batch = 2 * SPRITES, SPRITES
    plain = copy.deepcopy(net).to(memory_format=torch.contiguous_format)
    ways = {"as the app does": net, "memory not channels_last": plain, "bfloat16": _InBfloat16(net)}
    measured = call_ms(ways, guided, device)
    measured["two batches, not one"] = 2 * call_ms({"net": net}, batch, device)["net"]
    with threads(1):
        measured["one thread"] = call_ms({"net": net}, guided, device)["net"]
    return measured


def training_images(recipes: Sequence[str], device: torch.device) -> dict[str, float]:
    """Images a second in training, by each recipe's own batch, optimizer and number format, their steps in turns."""
    pixels = np.random.default_rng(0).integers(0, 256, (1000, 16, 16, 3), dtype=np.uint8)
    labels = one_hot(np.arange(1000) % len(COURSE_CATEGORIES), len(COURSE_CATEGORIES))
    sprites = SpriteSet(pixels, labels, COURSE_CATEGORIES, np.zeros(1000, dtype=bool))
    configs = [recipe(name, minutes=None, steps=TRAINING_STEPS) for name in recipes]
    trainings = [train(new_model(config, COURSE_CATEGORIES, device), sprites, config) for config in configs]
    took = np.array([[step.took for step in turn] for turn in zip(*trainings, strict=True)])
    seconds = np.median(took[1:], axis=0)   # the first step wakes threads
    return {name: config.batch / float(s) for name, config, s in zip(recipes, configs, seconds, strict=True)}


def run_speed(model: DiffusionModel, config: SampleConfig) -> dict[str, float]:
    """Sprites a second and network calls a sprite of a run of SPRITES, over RUN_S or more, after one warming call."""
    context = categories_in_turn(model.categories, SPRITES)
    next(iter(Run(model, config, context)))
    seconds: list[float] = []
    while sum(seconds) < RUN_S:
        run = Run(model, config, context)
        seconds.append(_seconds(lambda run=run: [step.x_next for step in run][-1], model.device))
    return {"sprites_a_second": SPRITES / median(seconds), "calls": run.calls}


def peak_memory_mb(device: torch.device) -> float | None:
    """The most memory that this program has held so far, in MB: of the GPU if it computes there.

    None where the system does not tell, which is Windows.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    if not find_spec("resource"):
        return None
    import resource

    units = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * units / 1e6


def table(measured: dict[str, Any]) -> str:
    """A benchmark as text."""
    ratios, training = measured["ratios"], measured["training_images_a_second"]
    lines = [f"{measured['machine']}, {measured['threads']} threads", ""]
    lines += ["a network call      " + "".join(f"{f'batch {batch}':>12}" for batch in BATCHES) + "  parameters"]
    for name, times in measured["call_ms"].items():
        cells = "".join(f"{times[batch]:9.2f} ms" for batch in BATCHES)
        lines.append(f"{name:20}{cells}{measured['parameters'][name]:12,}")
    for name, times in ratios["network_call"].items():
        lines.append(f"{f'{name} / sprite':20}" + "".join(f"{times[batch]:11.2f}x" for batch in BATCHES))
    lines += ["", f"{SPRITES} sprites with guidance, a step:"]
    lines += [f"{way:28}{ms:8.2f} ms" for way, ms in measured["inference_choices_ms"].items()]
    rows = [(f"{SPRITES} sprites", "sprites/s", "calls", "over the course", "= network", "x calls", "x rest")]
    for name, run in measured["runs"].items():
        split = ratios["sprites_over_course_ddpm-500"][name]
        shares = [f"{split[factor]:.2f}" for factor in ("network", "calls", "rest")]
        rows.append((name, f"{run['sprites_a_second']:.2f}", f"{run['calls']}", f"{split['times']:.1f}x", *shares))
    lines += ["", *aligned(rows), REST, "", *(f"{name}: {what}" for name, what in measured["what"].items())]
    lines += ["", f"training, images/s: fast {training['fast']:.0f}, course {training['course']:.0f}, ratio "]
    lines[-1] += f"{ratios['training_images']:.2f}x"
    memory = measured["peak_memory_mb"]
    return "\n".join([*lines, f"peak memory: {memory:.0f} MB" if memory else "peak memory: not told by this system"])


def _quality(device: torch.device) -> list[str]:
    """How good both sides are, which no speed tells; or how to measure it."""
    try:
        return quality_of_sides(load_course(load_judge().fingerprint), shipped_points(CHECKPOINTS, device))
    except InputError as error:
        return [str(error)]


def _networks(course: DiffusionModel, device: torch.device) -> dict[str, nn.Module]:
    """The networks to compare, by name; that of diffusers only where it is installed."""
    fast = new_model(recipe("fast"), COURSE_CATEGORIES, device)
    networks = {"sprite": fast.net, "course": course.net}
    if find_spec("diffusers"):
        networks["diffusers"] = _DiffusersNetwork().to(device)
    return {name: network.eval().requires_grad_(False) for name, network in networks.items()}


class _DiffusersNetwork(nn.Module):
    """A UNet2DModel of the diffusers library, of about as many parameters, called like the networks here."""

    def __init__(self) -> None:
        super().__init__()
        from diffusers import UNet2DModel

        self.net = UNet2DModel(
            sample_size=16,
            layers_per_block=1,
            block_out_channels=(64, 96),
            down_block_types=("DownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D"),
            norm_num_groups=8,
        )

    def forward(self, x: Tensor, time: Tensor, context: Tensor) -> Tensor:
        """It takes no context; time counts to 1000."""
        return self.net(x, 1000 * time).sample


class _InBfloat16(nn.Module):
    """A network with its weights in bfloat16, called like the others."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = copy.deepcopy(net).bfloat16()

    def forward(self, x: Tensor, time: Tensor, context: Tensor) -> Tensor:
        return self.net(x.bfloat16(), time.bfloat16(), context.bfloat16()).float()


def _seconds(work: Callable[[], Any], device: torch.device) -> float:
    start = device_clock(device)
    work()
    return device_clock(device) - start
