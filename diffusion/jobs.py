"""Training jobs: they run in a thread of their own, so a page can be reloaded while one is under way."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from uuid import uuid4

import numpy as np
import torch

from diffusion.checkpoints import CHECKPOINTS, Record, save_checkpoint
from diffusion.denoiser import DiffusionModel
from diffusion.device import cores, describe_machine, pick_device
from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.images import to_uint8
from diffusion.sprites.spriteset import SpriteSet
from diffusion.training import TrainConfig, TrainingDivergedError, TrainStep, new_model, train

RUNNING, DONE, STOPPED, FAILED = "running", "finished", "stopped", "failed"
PREVIEW = SampleConfig(steps=8, n=10, seed=1)
PREVIEW_SHARE = 0.1        # of the training time, at most
MIN_PREVIEW_GAP_S = 3.0
CHECKPOINT_EVERY_S = 30.0
RECORDED_LOSSES = 200
SMOOTHED_STEPS = 50


@dataclass
class TrainingJob:
    """One training run and all that a page may show of it; only its own thread changes it."""

    config: TrainConfig
    name: str
    id: str = field(default_factory=lambda: uuid4().hex)
    status: str = RUNNING
    message: str = ""
    last: TrainStep | None = None
    losses: list[float] = field(default_factory=list)     # one a step
    seconds: list[float] = field(default_factory=list)    # of training, one a step
    previews: list[np.ndarray] = field(default_factory=list)   # uint8 (n, 16, 16, 3) each
    preview_steps: list[int] = field(default_factory=list)
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
            job = TrainingJob(config, name=f"trained-{datetime.now():%Y%m%d-%H%M%S}")
            self._jobs[job.id] = job
        Thread(target=self._run, args=(job, load), name=job.name, daemon=True).start()
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
        model = new_model(job.config, sprites.categories, self.device)
        next_preview, next_save = 0.0, CHECKPOINT_EVERY_S
        for step in train(model, training, job.config):
            job.last = step
            job.losses.append(step.loss)
            job.seconds.append(step.seconds)
            ends = step.progress >= 1 or job.stop.is_set()
            if ends or step.seconds >= next_preview:
                next_preview = step.seconds + max(MIN_PREVIEW_GAP_S, _preview(job, step) / PREVIEW_SHARE)
            if ends or step.seconds >= next_save:
                self._save(job, step.model)
                next_save = step.seconds + CHECKPOINT_EVERY_S
            if ends:
                return

    def _save(self, job: TrainingJob, model: DiffusionModel) -> None:
        record = training_record(job.config, job.losses, job.seconds[-1], self.device)
        save_checkpoint(model, record, job.name, self.folder)


def _preview(job: TrainingJob, step: TrainStep) -> float:
    """Sample a few sprites from fixed seeds; returns the seconds it took."""
    start = monotonic()
    with torch.no_grad():
        made = generate(step.model, PREVIEW, categories_in_turn(step.model.categories, PREVIEW.n))
    job.previews.append(to_uint8(made))
    job.preview_steps.append(step.step)
    return monotonic() - start


def training_record(config: TrainConfig, losses: list[float], seconds: float, device: torch.device) -> Record:
    """How a model was made, for its readable file."""
    smooth = smoothed(losses)
    every = max(1, len(losses) // RECORDED_LOSSES)
    return {
        "config": asdict(config),
        "steps": len(losses),
        "seconds": round(seconds, 1),
        "machine": describe_machine(device.type),
        "torch": torch.__version__,
        "final_loss": round(smooth[-1], 5),
        "losses": [round(loss, 5) for loss in smooth[::every]],
    }


def smoothed(losses: list[float]) -> list[float]:
    """The running mean of a series: of all its start, then of about its last 50 entries."""
    average, out = 0.0, []
    for i, loss in enumerate(losses):
        average += (loss - average) / min(SMOOTHED_STEPS, 1 + i / 2)
        out.append(average)
    return out
