"""The queue of training jobs: apart from any page, one after another, on disk as they go."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

import numpy as np

from diffusion.checkpoints import CHECKPOINTS, CheckpointError, check_there, read_config
from diffusion.job_files import broken_off, free_name, make_room, sprites_behind, strike_out, write_down
from diffusion.limits import Limits
from diffusion.logbook import STATE_ENDING, Logbook, read_train_config
from diffusion.snapshots import link_or_copy
from diffusion.sprites.painter import built_in
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.device import pick_device, work_behind
from diffusion.training import TrainConfig, new_model, recipe, train
from diffusion.training_job import DONE, FAILED, PAUSED, QUEUED, RUNNING, STOPPED, TrainingJob

KEPT_JOBS = 32
HALTS_WITHIN_S = 1.0

log = logging.getLogger(__name__)


class JobTable:
    """The jobs of this program: so many train at once as the limits say, the others wait in turn."""

    def __init__(self, folder: Path = CHECKPOINTS, device: str = "auto", limits: Limits | None = None) -> None:
        self.folder = folder
        self.device = pick_device(device)
        self.limits = limits or Limits.of_this_place()
        self._lock = Lock()
        self._jobs: dict[str, TrainingJob] = {job.id: job for job in broken_off(folder, self.limits)}
        self._queue: list[TrainingJob] = []
        self._warming = Lock()
        self._is_warm = False

    def warm_up(self) -> None:
        """Paint the built-in sprites and train one step on one of them, so that the first training begins at once."""
        with self._warming:
            if self._is_warm:
                return
            sprites, config = built_in(), recipe("fast", minutes=None, steps=1, batch=1)
            next(train(new_model(config, sprites.categories, self.device), sprites.take(np.arange(1)), config))
            self._is_warm = True

    def get(self, job_id: str | None) -> TrainingJob | None:
        """The job of an owner, whose page is there as long as it asks."""
        job = self._jobs.get(job_id) if isinstance(job_id, str) else None
        if job:
            job.seen = monotonic()
            job.recall()
        return job

    def watched(self, link: str) -> TrainingJob | None:
        """The job behind a link that its owner gave away, to be looked at only."""
        return next((job for job in list(self._jobs.values()) if job.link == link), None)

    def start(self, sprites: SpriteSet | None, config: TrainConfig) -> TrainingJob:
        """Put a training on `sprites`, or on the built-in ones, in the queue.

        Raises ValueError, one sentence, if the limits do not allow it.
        """
        return self._enter(sprites, config)

    def go_on_from(self, checkpoint: str) -> TrainingJob:
        """A new training that goes on, bit for bit, where `checkpoint` was; the old one stays as it is.

        Raises ValueError, one sentence, if nothing was kept to go on from.
        """
        check_there(checkpoint, self.folder)
        state = self.folder / f"{checkpoint}{STATE_ENDING}"
        if not state.exists():
            raise CheckpointError(f"checkpoint {checkpoint!r} keeps no unfinished training: choose another one.")
        _, record = read_config(checkpoint, self.folder)
        config, sprites = read_train_config(record, checkpoint), sprites_behind(checkpoint, self.folder)
        return self._enter(sprites, config, lambda job: link_or_copy(state, job.logbook.state_path))

    def resume(self, job: TrainingJob) -> None:
        """Put a job that was paused, stopped or broken off in the queue again; ValueError if it cannot go on."""
        with self._lock:
            if not job.can_go_on:
                raise ValueError("this training cannot go on: it is under way, or nothing of it was kept.")
            write_down(job)
            self._queue_up(job)

    def pause(self, job: TrainingJob) -> None:
        """Let a job rest; what it has learnt is kept."""
        self._halt(job, PAUSED)

    def stop(self, job: TrainingJob) -> None:
        """End a job; what it has learnt is kept."""
        self._halt(job, STOPPED)

    def change_learning_rate(self, job: TrainingJob, rate: float) -> None:
        """Let a job go on with another learning rate; ValueError if it is out of range."""
        job.learning_rate = TrainConfig(learning_rate=rate).learning_rate

    def place(self, job: TrainingJob) -> tuple[int, float]:
        """How many trainings go before a waiting one, and about how many seconds that will take."""
        with self._lock:
            before = [other for other in self._jobs.values() if other.status == RUNNING]
            before += self._queue[: self._queue.index(job)] if job in self._queue else []
        return len(before), sum(other.seconds_left for other in before) / self.limits.at_once

    def _enter(
        self, sprites: SpriteSet | None, config: TrainConfig, prepare: Callable[[TrainingJob], None] = lambda job: None
    ) -> TrainingJob:
        self._check_limits(config)
        with self._lock:
            if len(self._queue) >= self.limits.waiting:
                raise ValueError(f"{len(self._queue)} trainings wait already: try again when some have finished.")
            alive = {job.name for job in self._jobs.values() if job.under_way or job.can_go_on}
            make_room(self.folder, alive, self.limits)
            name = free_name(self.folder)
            made = {"command": "the Train tab", "sprites_of": name if sprites else None}
            job = TrainingJob(Logbook(config, name, self.folder, **made), sprites, self.limits)
            prepare(job)
            write_down(job)
            self._jobs[job.id] = job
            self._forget_some()
            self._queue_up(job)
        return job

    def _check_limits(self, config: TrainConfig) -> None:
        for name in ("minutes", "steps", "batch"):
            value, most = getattr(config, name), getattr(self.limits, name)
            if value is not None and value > most:
                raise ValueError(f"{name} = {value:g}: here a training may have at most {most:g}.")

    def _halt(self, job: TrainingJob, status: str) -> None:
        with self._lock:
            if job.status == RUNNING:
                job.asked, job.message = status, ""
            elif job.status in (QUEUED, PAUSED):
                job.status, job.message = status, ""
                self._queue = [waiting for waiting in self._queue if waiting is not job]
            if job.status == STOPPED:
                strike_out(job)
        job.rests.wait(HALTS_WITHIN_S)   # so that who asked sees it halted

    def _queue_up(self, job: TrainingJob) -> None:
        job.status, job.message, job.seen = QUEUED, "", monotonic()
        self._queue.append(job)
        self._start_next()

    def _start_next(self) -> None:
        """Start waiting jobs while there is room; the lock is held."""
        running = sum(job.status == RUNNING for job in self._jobs.values())
        for job in self._queue[: max(0, self.limits.at_once - running)]:
            self._queue.remove(job)
            job.status = RUNNING
            job.rests.clear()
            Thread(target=self._work, args=(job,), name=job.name, daemon=True).start()

    def _work(self, job: TrainingJob) -> None:
        work_behind()
        try:
            job.run(self.device)
            if job.status in (DONE, STOPPED):
                strike_out(job)
        except Exception as error:   # whatever it is: the app goes on, and the queue too
            log.exception("training %s broke off", job.name)
            job.status, job.message = FAILED, f"it broke off for an unknown reason ({type(error).__name__})."
        job.rests.set()
        with self._lock:
            self._start_next()

    def _forget_some(self) -> None:
        """Forget the oldest ended jobs, not their files; the lock is held."""
        ended = [job for job in self._jobs.values() if job.status in (DONE, STOPPED, FAILED)]
        for job in ended[: max(0, len(self._jobs) - KEPT_JOBS)]:
            strike_out(job)
            del self._jobs[job.id]
