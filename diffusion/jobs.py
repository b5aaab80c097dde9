"""Training jobs: they run in a thread of their own, so a page can be reloaded while one is under way."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

import numpy as np
import torch

from diffusion.checkpoints import CHECKPOINTS
from diffusion.device import cores, pick_device
from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.images import to_uint8
from diffusion.logbook import Logbook
from diffusion.sprites.spriteset import SpriteSet
from diffusion.training import TrainConfig, TrainingDivergedError, TrainStep, new_model, train

RUNNING, DONE, STOPPED, FAILED = "running", "finished", "stopped", "failed"
PREVIEW_STEPS, PREVIEW_SEED = 8, 1
PREVIEW_COLUMNS, PREVIEW_ROWS = 5, 2   # at least so many columns, a whole number for each category
KEPT_JOBS = 32
PREVIEW_SHARE = 0.1        # of the training time, at most
MIN_PREVIEW_GAP_S = 3.0


class Preview(NamedTuple):
    """Sprites sampled during training."""

    step: int
    sprites: np.ndarray   # uint8 (n, 16, 16, 3)


@dataclass
class TrainingJob:
    """One training run and all that a page may show of it; only its own thread changes it."""

    logbook: Logbook
    id: str = field(default_factory=lambda: uuid4().hex)
    status: str = RUNNING
    message: str = ""
    previews: list[Preview] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    @property
    def running(self) -> bool:
        return self.status == RUNNING


class JobTable:
    """The jobs of this program: one trains at a time, the finished ones stay to be looked at."""

    def __init__(self, folder: Path = CHECKPOINTS, device: str = "auto") -> None:
        self.folder = folder
        self.device = pick_device(device)
        self._lock = Lock()
        self._jobs: dict[str, TrainingJob] = {}

    def get(self, job_id: str | None) -> TrainingJob | None:
        return self._jobs.get(job_id or "")

    def start(self, load: Callable[[], SpriteSet], config: TrainConfig) -> TrainingJob:
        """Start training on the sprites that `load` gives; raises ValueError while another job runs."""
        with self._lock:
            if any(job.running for job in self._jobs.values()):
                raise ValueError("a model is being trained already: wait until it is finished, or stop it.")
            name = f"trained-{datetime.now():%Y%m%d-%H%M%S}"
            job = TrainingJob(Logbook(config, name, self.folder, "the Train tab"))
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT_JOBS:
                del self._jobs[next(iter(self._jobs))]
        Thread(target=self._run, args=(job, load), name=job.logbook.name, daemon=True).start()
        return job

    def _run(self, job: TrainingJob, load: Callable[[], SpriteSet]) -> None:
        torch.set_num_threads(max(1, cores() - 1))   # of this thread only: the others keep answering sliders
        try:
            self._train(job, load())
            job.status = STOPPED if job.stop.is_set() else DONE
        except (TrainingDivergedError, ValueError, OSError, RuntimeError) as error:
            job.message = str(error).partition("\n")[0]
            job.status = FAILED

    def _train(self, job: TrainingJob, sprites: SpriteSet) -> None:
        training, _ = sprites.split()
        config = job.logbook.config
        model = new_model(config, sprites.categories, self.device)
        next_preview = 0.0
        with closing(job.logbook.follow(train(model, training, config))) as steps:
            for step in steps:
                ends = step.progress >= 1 or job.stop.is_set()
                if ends or step.seconds >= next_preview:
                    next_preview = step.seconds + max(MIN_PREVIEW_GAP_S, _preview(job, step) / PREVIEW_SHARE)
                if ends:
                    return


def _preview(job: TrainingJob, step: TrainStep) -> float:
    """Sample a few sprites from fixed seeds; returns the seconds it took."""
    start = monotonic()
    n = PREVIEW_ROWS * preview_columns(step.model.categories)
    config = SampleConfig(steps=PREVIEW_STEPS, n=n, seed=PREVIEW_SEED)
    made = generate(step.model, config, categories_in_turn(step.model.categories, n))
    job.previews.append(Preview(step.step, to_uint8(made)))
    return monotonic() - start


def preview_columns(categories: tuple[str, ...]) -> int:
    """Columns of a preview, so that each column keeps to one category."""
    k = max(1, len(categories))
    return k * -(-PREVIEW_COLUMNS // k)
