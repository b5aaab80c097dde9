"""Speed in numbers, measured in one run on this machine; ratios first, since machines differ."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch

from diffusion.denoiser import DiffusionModel
from diffusion.device import describe_machine
from diffusion.generation import Run, SampleConfig, categories_in_turn
from diffusion.sprites.spriteset import SpriteSet, one_hot
from diffusion.training import new_model, recipe, train

CATEGORIES = ("a", "b", "c", "d", "e")
BATCHES = (1, 16, 64)
REPEATS = 9
RUNS = {"ddpm-500": ("ddpm", 500), "ddim-25": ("ddim", 25), "dpmpp_2m-10": ("dpmpp_2m", 10)}
TIMED_SPRITES = 16
TRAINING_STEPS = 8

Progress = Callable[[float], None]


@dataclass(frozen=True)
class NetworkSpeed:
    """call_ms: median milliseconds of one network call by batch size; training_images: images a second."""

    parameters: int
    call_ms: dict[int, float]
    training_images: float
    sprites: dict[str, float]   # sprites a second by run, at 16 sprites and without guidance


def benchmark(device: torch.device, progress: Progress = lambda share: None) -> dict[str, Any]:
    """Measure the default network and the course's, one after the other: JSON values, ratios of the two first."""
    networks = {}
    for i, name in enumerate(("fast", "course")):
        networks[name] = measure_network(name, device, lambda share, i=i: progress((i + share) / 2))
    fast, course = networks["fast"], networks["course"]
    return {
        "ratios": {
            "network_call_batch_16": course.call_ms[16] / fast.call_ms[16],
            "training_images": fast.training_images / course.training_images,
            **{f"{run}_over_course_ddpm-500": fast.sprites[run] / course.sprites["ddpm-500"] for run in RUNS},
            "ddim-25_over_ddpm-500": fast.sprites["ddim-25"] / fast.sprites["ddpm-500"],
        },
        "networks": {name: asdict(speed) for name, speed in networks.items()},
        "machine": describe_machine(device.type),
        "threads": torch.get_num_threads(),
    }


def measure_network(recipe_name: str, device: torch.device, progress: Progress) -> NetworkSpeed:
    """The speeds of the network of a recipe, with fresh weights: speed does not depend on what was learnt."""
    config = recipe(recipe_name, minutes=None, steps=TRAINING_STEPS)
    model = new_model(config, CATEGORIES, device)
    training_images = _training_images(model, config)
    model.net.eval().requires_grad_(False)
    progress(0.1)
    call_ms = {batch: 1000 * _median_seconds(lambda batch=batch: _call(model, batch), device) for batch in BATCHES}
    progress(0.2)
    sprites = {}
    for i, (name, (sampler, steps)) in enumerate(RUNS.items(), 1):
        sprites[name] = TIMED_SPRITES / _run_seconds(model, SampleConfig(sampler, steps, TIMED_SPRITES, guidance=1))
        progress(0.2 + 0.8 * i / len(RUNS))
    parameters = sum(parameter.numel() for parameter in model.net.parameters())
    return NetworkSpeed(parameters, call_ms, training_images, sprites)


def _call(model: DiffusionModel, batch: int) -> None:
    x = torch.zeros(batch, 3, 16, 16, device=model.device)
    context = categories_in_turn(CATEGORIES, batch).to(model.device)
    with torch.inference_mode():
        model.net(x, torch.full((batch,), 0.5, device=model.device), context)


def _run_seconds(model: DiffusionModel, config: SampleConfig) -> float:
    _call(model, config.n)
    start = perf_counter()
    for step in Run(model, config, categories_in_turn(CATEGORIES, config.n)):
        last = step.x_next
    last.sum().item()   # waits for a GPU to finish
    return perf_counter() - start


def _training_images(model: DiffusionModel, config: Any) -> float:
    pixels = np.random.default_rng(0).integers(0, 256, (1000, 16, 16, 3), dtype=np.uint8)
    labels = one_hot(np.arange(1000) % len(CATEGORIES), len(CATEGORIES))
    steps = list(train(model, SpriteSet(pixels, labels, CATEGORIES, np.zeros(1000, dtype=bool)), config))
    gaps = np.diff([step.seconds for step in steps])
    return config.batch / float(np.median(gaps))


def _median_seconds(call: Callable[[], None], device: torch.device) -> float:
    times = []
    for _ in range(REPEATS + 2):
        start = perf_counter()
        call()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(perf_counter() - start)
    return median(times[2:])
