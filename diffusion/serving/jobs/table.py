"""The queue of training jobs: apart from any page, one after another, on disk as they go."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

import numpy as np

from diffusion.models.checkpoints import CHECKPOINTS, CheckpointError, check_there, read_config
from diffusion.serving.caches import Once
from diffusion.serving.jobs import job_files
from diffusion.serving.jobs.limits import Limits
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.reference import Reference
from diffusion.serving.states import State
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.device import behind_others, pick_device
from diffusion.support.faults import tell
from diffusion.support.wording import counted, quoted
from diffusion.training.logbook import STATE_ENDING, Logbook
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import TrainConfig, read_train_config, recipe
from diffusion.training.snapshots import link_or_copy

KEPT_JOBS = 32
HALTS_WITHIN_S = 1.0


class JobTable:
    """The jobs of this program: so many train at once as the limits say, the others wait in turn."""

    def __init__(
        self,
        folder: Path = CHECKPOINTS,
        device: str = "auto",
        limits: Limits | None = None,
        reference: Reference | None = None,
    ) -> None:
        self.folder = folder
        self.device = pick_device(device)
        self.limits = limits or Limits.of_this_place()
        self.warm_up = Once(self._warm_up)
        self._reference = reference or Reference()
        self._lock = Lock()
        unfinished = job_files.broken_off(folder, self.limits, self._reference)
        self._jobs: dict[str, TrainingJob] = {job.id: job for job in unfinished}
        self._queue: list[TrainingJob] = []

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
        saved = self.folder / f"{checkpoint}{STATE_ENDING}"
        if not saved.exists():
            raise CheckpointError(f"checkpoint {quoted(checkpoint)} keeps no unfinished training: choose another one.")
        _, record = read_config(checkpoint, self.folder)
        config, sprites = read_train_config(record, checkpoint), job_files.sprites_behind(checkpoint, self.folder)
        return self._enter(sprites, config, lambda job: link_or_copy(saved, job.logbook.state_path))

    def resume(self, job: TrainingJob) -> None:
        """Put a job that was paused, stopped or broken off in the queue again; ValueError if it cannot go on."""
        with self._lock:
            if not job.can_go_on:
                raise InputError("this training cannot go on: it is under way, or nothing of it was kept.")
            job_files.write_down(job)
            self._queue_up(job)

    def pause(self, job: TrainingJob) -> None:
        """Let a job rest; what it has learnt is kept."""
        self._halt(job, State.PAUSED)

    def stop(self, job: TrainingJob) -> None:
        """End a job; what it has learnt is kept."""
        self._halt(job, State.STOPPED)

    def change_learning_rate(self, job: TrainingJob, rate: float) -> None:
        """Let a job go on with another learning rate; ValueError if it is out of range."""
        job.learning_rate = TrainConfig(learning_rate=rate).learning_rate

    def place(self, job: TrainingJob) -> tuple[int, float]:
        """How many trainings go before a waiting one, and about how many seconds that will take."""
        with self._lock:
            before = [other for other in self._jobs.values() if other.state is State.RUNNING]
            before += self._queue[: self._queue.index(job)] if job in self._queue else []
        return len(before), sum(other.seconds_left for other in before) / self.limits.at_once

    def _warm_up(self) -> None:
        """Paint the built-in sprites and train one step on one of them, so that the first training begins at once."""
        sprites, config = self._reference.training, recipe("fast", minutes=None, steps=1, batch=1)
        next(train(new_model(config, sprites.categories, self.device), sprites.take(np.arange(1)), config))

    def _enter(
        self, sprites: SpriteSet | None, config: TrainConfig, prepare: Callable[[TrainingJob], None] = lambda job: None
    ) -> TrainingJob:
        self._check_limits(config)
        with self._lock:
            if len(self._queue) >= self.limits.waiting:
                wait = f"{counted(len(self._queue), 'training')} {'waits' if len(self._queue) == 1 else 'wait'} already"
                raise InputError(f"{wait}: try again when some have finished.")
            self._make_room()
            if job_files.megabytes(self.folder) > self.limits.disk_mb:
                raise InputError(f"the {self.limits.disk_mb:,} MB for trainings are all in use: try again later.")
            name = job_files.free_name(self.folder)
            made = job_files.made_in_the_app(name, own_sprites=sprites is not None)
            job = TrainingJob(Logbook(config, name, self.folder, **made), sprites, self.limits, self._reference)
            prepare(job)
            job_files.write_down(job)
            self._jobs[job.id] = job
            self._forget_some()
            self._queue_up(job)
        return job

    def _check_limits(self, config: TrainConfig) -> None:
        for name in ("minutes", "steps", "batch"):
            value, most = getattr(config, name), getattr(self.limits, name)
            if value is not None and value > most:
                raise InputError(f"{name} = {value:g}: here a training may have at most {most:g}.")

    def _make_room(self) -> None:
        """Remove trainings while all of them take more room than allowed; the lock is held.

        First go those of which this program knows nothing, then those whose page has been away for longest. Who is
        under way stays, and who rests while its page is there.
        """
        jobs = {job.name: job for job in self._jobs.values()}
        seen = {name: jobs[name].seen if name in jobs else 0.0 for name in job_files.trainings(self.folder)}
        for name in sorted(seen, key=seen.get):
            if job_files.megabytes(self.folder) <= self.limits.disk_mb:
                return
            if name not in jobs:
                job_files.remove(name, self.folder)
            elif jobs[name].is_abandoned:
                job_files.take_leave(jobs[name])

    def _halt(self, job: TrainingJob, state: State) -> None:
        with self._lock:
            if job.state is State.RUNNING:
                job.asked, job.message = state, ""
            elif job.state in (State.QUEUED, State.PAUSED):
                job.state, job.message = state, ""
                self._queue = [waiting for waiting in self._queue if waiting is not job]
            if job.state is State.STOPPED:
                job_files.strike_out(job)
        job.rests.wait(HALTS_WITHIN_S)   # so that who asked sees it halted

    def _queue_up(self, job: TrainingJob) -> None:
        job.state, job.message, job.seen = State.QUEUED, "", monotonic()
        self._queue.append(job)
        self._start_next()

    def _start_next(self) -> None:
        """Start waiting jobs while there is room; the lock is held."""
        running = sum(job.state is State.RUNNING for job in self._jobs.values())
        for job in self._queue[: max(0, self.limits.at_once - running)]:
            self._queue.remove(job)
            job.state = State.RUNNING
            job.rests.clear()
            Thread(target=self._work, args=(job,), name=job.name, daemon=True).start()

    def _work(self, job: TrainingJob) -> None:
        try:
            with behind_others():
                job.run(self.device)
            if job.state in (State.FINISHED, State.STOPPED):
                job_files.strike_out(job)
        except Exception as error:   # whatever it is: the app goes on, and the queue too
            job.state, job.message = State.FAILED, tell(error)
        job.rests.set()
        with self._lock:
            self._make_room()
            self._start_next()

    def _forget_some(self) -> None:
        """Forget the oldest ended jobs, not their files; the lock is held."""
        ended = [job for job in self._jobs.values() if job.state in (State.FINISHED, State.STOPPED, State.FAILED)]
        for job in ended[: max(0, len(self._jobs) - KEPT_JOBS)]:
            job_files.strike_out(job)
            del self._jobs[job.id]
