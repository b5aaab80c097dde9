"""How lively the app stays while it trains: a slider's requests alone, then beside a training job."""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

import numpy as np

from diffusion.generation import usual_config
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT
from diffusion.serving.engine import Engine
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.limits import Limits
from diffusion.serving.requests import RunRequest
from diffusion.training.recipes import recipe

REQUESTS = 60
PAUSE_S = 0.02           # between the requests of a drag: the browser's share
SPRITES = 16
STEPS_BEFORE = 3         # of training, that have to be done before it counts as running
PATIENCE_S = 120


def drag_while_training(device: str = "cpu", folder: Path = CHECKPOINTS) -> dict[str, Any]:
    """Milliseconds of the requests of a context drag, idle and beside a training, by the model that draws them."""
    engine = Engine(folder, device)
    names = [name for name in (f"{DEFAULT}-1", DEFAULT) if name in engine.names()]
    idle = {name: _drag_ms(engine, name) for name in names}
    with TemporaryDirectory() as scratch:
        jobs = JobTable(Path(scratch), device, Limits())
        job = jobs.start(None, recipe("fast", minutes=30))
        try:
            _wait_for(job)
            before, start = job.at, perf_counter()
            training = {name: _drag_ms(engine, name) for name in names}
            speed = (job.at.step - before.step) / (perf_counter() - start)
        finally:
            jobs.stop(job)
            while job.under_way:
                sleep(0.05)
    models = {
        name: {"idle": idle[name], "training": training[name], "ratio_p95": training[name]["p95"] / idle[name]["p95"]}
        for name in names
    }
    return {
        "models": models,
        "training_images_a_second_meanwhile": speed * job.config.batch,
    }


def liveliness_table(measured: dict[str, Any]) -> str:
    """The same as text."""
    lines = [f"a context drag, {SPRITES} sprites    idle, p50 / p95    while training, p50 / p95    ratio of p95"]
    for name, times in measured["models"].items():
        idle, training = times["idle"], times["training"]
        lines.append(
            f"{name:28}{idle['p50']:8.0f} / {idle['p95']:.0f} ms{training['p50']:18.0f} / {training['p95']:.0f} ms"
            f"{times['ratio_p95']:14.2f}x"
        )
    speed = measured["training_images_a_second_meanwhile"]
    return "\n".join([*lines, f"training meanwhile: {speed:.0f} images/s"])


def _drag_ms(engine: Engine, name: str) -> dict[str, float]:
    model = engine.model(name)
    config = usual_config(model, n=SPRITES)
    seconds = []
    for i in range(REQUESTS):
        weights = ((model.categories[0], 1 - i / REQUESTS), (model.categories[-1], i / REQUESTS))
        start = perf_counter()
        engine.sprites(RunRequest(name, config, weights))
        seconds.append(perf_counter() - start)
        sleep(PAUSE_S)
    return {f"p{share}": 1000 * float(np.percentile(seconds, share)) for share in (50, 95)}


def _wait_for(job: TrainingJob) -> None:
    """Wait until a job has done its first steps; TimeoutError if it never does."""
    deadline = perf_counter() + PATIENCE_S
    while job.at is None or job.at.step < STEPS_BEFORE:
        if perf_counter() > deadline or not job.under_way:
            raise TimeoutError(f"the training did not begin: {job.message}")
        sleep(0.05)
