"""The queue of training jobs: apart from any page, one after another, on disk as they go."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

import numpy as np

from diffusion.models.checkpoints import CHECKPOINTS, CheckpointError, read_config
from diffusion.serving.caches import Once
from diffusion.serving.jobs import job_files
from diffusion.serving.jobs.training_job import TOO_LONG, TrainingJob
from diffusion.serving.limits import Limits
from diffusion.serving.reference import Reference
from diffusion.serving.states import State
from diffusion.serving.visitors.belongings import Belongings
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.device import behind_others, pick_shared_device
from diffusion.support.faults import tell
from diffusion.support.wording import counted, quoted
from diffusion.training.logbook import STATE_ENDING, Logbook
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import TrainConfig, read_train_config, recipe
from diffusion.training.snapshots import link_or_copy

KEPT_JOBS = 32
HALTS_WITHIN_S, ENDS_WITHIN_S = 1.0, 10.0


class JobTable:
    """The jobs of this program: so many train at once as the limits say, the others wait in turn."""

    def __init__(
        self,
        folder: Path = CHECKPOINTS,
        device: str = "auto",
        limits: Limits | None = None,
        reference: Reference | None = None,
        belongings: Belongings | None = None,
    ) -> None:
        self.folder = folder
        self.device = pick_shared_device(device)
        self.limits = limits or Limits.of_this_place()
        self.warm_up = Once(self._warm_up)
        self._reference = reference or Reference()
        self._belongings = belongings or Belongings.over(folder)
        self._lock = Lock()
        unfinished = job_files.broken_off(folder, self.limits, self._reference)
        self._jobs: dict[str, TrainingJob] = {job.id: job for job in unfinished}
        self._queue: list[TrainingJob] = []

    def get(self, job_id: str | None) -> TrainingJob | None:
        """The job of an owner, whose page is there as long as it asks."""
        job = self._jobs.get(job_id) if isinstance(job_id, str) else None
        if job:
            job.seen = monotonic()
            self._belongings.greet(self._belongings.owner(job.name))
            job.recall()
        return job

    def watched(self, link: str) -> TrainingJob | None:
        """The job behind a link that its owner gave away, to be looked at only."""
        return next((job for job in list(self._jobs.values()) if job.link == link), None)

    def start(self, sprites: SpriteSet | None, config: TrainConfig, owner: str = "") -> TrainingJob:
        """Put a training on `sprites`, or on the built-in ones, in the queue.

        Raises InputError, one sentence, if the limits do not allow it.
        """
        return self._enter(owner, sprites, config)

    def go_on_from(self, checkpoint: str, owner: str = "") -> TrainingJob:
        """A new training that goes on, bit for bit, where `checkpoint` was; the old one stays as it is.

        Raises InputError, one sentence, if nothing was kept to go on from, or it is made of another's sprites.
        """
        _, record = read_config(checkpoint, self.folder)
        if record.get("sprites_of") and not self._belongings.is_owner(owner, checkpoint):
            raise InputError(f"{checkpoint} learnt from the sprites of somebody else, who alone can go on from it.")
        saved = self.folder / f"{checkpoint}{STATE_ENDING}"
        if not saved.exists():
            raise CheckpointError(f"checkpoint {quoted(checkpoint)} keeps no unfinished training: choose another one.")
        config, sprites = read_train_config(record, checkpoint), job_files.sprites_behind(checkpoint, self.folder)
        return self._enter(owner, sprites, config, lambda job: link_or_copy(saved, job.logbook.state_path))

    def resume(self, job: TrainingJob) -> None:
        """Put a job that was paused, stopped or broken off in the queue again; InputError if it cannot go on."""
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

    def rest(self) -> None:
        """Let all jobs rest, with all that they have learnt on disk: the program ends."""
        with self._lock:
            waiting, self._queue = self._queue, []
            for job in waiting:
                job.state = State.PAUSED
        running = [job for job in self._jobs.values() if job.state is State.RUNNING]
        for job in running:
            self.pause(job)
        for job in running:
            job.rests.wait(ENDS_WITHIN_S)

    def change_learning_rate(self, job: TrainingJob, rate: float) -> None:
        """Let a job go on with another learning rate; InputError if it is out of range."""
        job.learning_rate = TrainConfig(learning_rate=rate).learning_rate

    def place(self, job: TrainingJob) -> tuple[int, float]:
        """How many turns go before that of a waiting training, and about how many seconds they will take."""
        with self._lock:
            before = [other for other in self._jobs.values() if other.state is State.RUNNING]
            before += self._queue[: self._queue.index(job)] if job in self._queue else []
        return len(before), sum(min(other.seconds_left, self._turn_s) for other in before) / self.limits.at_once

    @property
    def _turn_s(self) -> float:
        return 60 * self.limits.turn_minutes

    def _warm_up(self) -> None:
        """Paint the built-in sprites and train one step on one of them, so that the first training begins at once."""
        sprites, config = self._reference.training, recipe("fast", minutes=None, steps=1, batch=1)
        next(train(new_model(config, sprites.categories, self.device), sprites.take(np.arange(1)), config))

    def _enter(
        self,
        owner: str,
        sprites: SpriteSet | None,
        config: TrainConfig,
        prepare: Callable[[TrainingJob], None] = lambda job: None,
    ) -> TrainingJob:
        self._check_limits(config)
        with self._lock:
            self._check_places(owner)
            self._make_room()
            self._check_room(owner)
            name = job_files.claim_name(self.folder, self._belongings, owner, private=sprites is not None)
            try:
                job = self._written_down(name, sprites, config, prepare)
            except OSError:
                self._remove(name)
                raise
            self._jobs[job.id] = job
            self._forget_some()
            self._queue_up(job)
        return job

    def _written_down(
        self, name: str, sprites: SpriteSet | None, config: TrainConfig, prepare: Callable[[TrainingJob], None]
    ) -> TrainingJob:
        """A new job, all that it needs on disk."""
        logbook = Logbook(config, name, self.folder, **job_files.made_in_the_app(name, sprites is not None))
        read_own = None
        if sprites is not None:
            job_files.keep_sprites(name, self.folder, sprites)
            read_own = partial(job_files.own_sprites, name, self.folder)
        job = TrainingJob(logbook, read_own, self.limits, self._reference)
        prepare(job)
        job_files.write_down(job)
        return job

    def _check_places(self, owner: str) -> None:
        """Raise InputError unless the owner may have one more unfinished training, and the house too."""
        limits, unfinished = self.limits, [job for job in self._jobs.values() if job.is_unfinished]
        own = [job for job in unfinished if self._belongings.owner(job.name) == owner]
        if len(own) >= limits.unfinished_each:
            raise InputError(f"you have {counted(len(own), 'unfinished training')} already: stop one of them first.")
        if len(self._queue) >= limits.waiting:
            wait = f"{counted(len(self._queue), 'training')} {'waits' if len(self._queue) == 1 else 'wait'} already"
            raise InputError(f"{wait}: try again when some have finished.")
        if len(unfinished) >= limits.unfinished:
            raise InputError(f"{len(unfinished)} trainings are unfinished here: try again when some have finished.")

    def _check_room(self, owner: str) -> None:
        """Raise InputError if the owner's trainings take all the room that they may, or all of them together do."""
        limits = self.limits
        if job_files.megabytes(self.folder, self._belongings.owned_by(owner)) > limits.disk_mb_each:
            raise InputError(f"your trainings take all of the {limits.disk_mb_each:,} MB that they may: remove some.")
        if job_files.megabytes(self.folder) > limits.disk_mb:
            raise InputError(f"the {limits.disk_mb:,} MB for trainings are all in use: try again later.")

    def _check_limits(self, config: TrainConfig) -> None:
        for name in ("minutes", "steps", "batch"):
            value, most = getattr(config, name), getattr(self.limits, name)
            if value is not None and value > most:
                raise InputError(f"{name} = {value:g}: here a training may have at most {most:g}.")

    def expire(self) -> None:
        """Remove what nobody came back to finish for longer than the limits allow."""
        with self._lock:
            for job in list(self._jobs.values()):
                if job.state is State.PAUSED and self._away_s(job) > 3600 * self.limits.rest_hours:
                    self._take_leave(job, TOO_LONG)

    def _away_s(self, job: TrainingJob) -> float:
        """For how long its owner has been away; what an older version left without an owner may stay."""
        return self._belongings.away_s(job.name) if self._belongings.owner(job.name) is not None else 0.0

    def remove(self, name: str) -> None:
        """Remove all files of a training, by its owner's wish; InputError while it is running."""
        job = self._job_called(name)
        if job and job.under_way:
            raise InputError(f"{name} is being trained: stop it first.")
        with self._lock:
            if job:
                del self._jobs[job.id]
            self._remove(name)

    def _make_room(self) -> None:
        """Remove trainings while all of them take more room than allowed; the lock is held.

        First go those that have no owner, then those whose owner has been away for longest. Who is under way stays,
        and whose owner is around.
        """
        for name in self._belongings.longest_away_first(job_files.trainings(self.folder)):
            if job_files.megabytes(self.folder) <= self.limits.disk_mb:
                return
            job = self._job_called(name)
            if self._belongings.is_around(name) or (job and job.under_way):
                continue
            if job:
                self._take_leave(job)
            else:
                self._remove(name)

    def _job_called(self, name: str) -> TrainingJob | None:
        return next((job for job in self._jobs.values() if job.name == name), None)

    def _take_leave(self, job: TrainingJob, *why: str) -> None:
        self._queue = [waiting for waiting in self._queue if waiting is not job]
        job_files.take_leave(job, *why)
        self._belongings.release(job.name)

    def _remove(self, name: str) -> None:
        job_files.remove(name, self.folder)
        self._belongings.release(name)

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
            job.state, job.asked = State.RUNNING, None
            job.rests.clear()
            Thread(target=self._work, args=(job,), name=job.name, daemon=True).start()

    def _work(self, job: TrainingJob) -> None:
        try:
            with behind_others():
                job.run(self.device, partial(self._is_over, monotonic()))
            self._wait_again(job)
            if job.state in (State.FINISHED, State.STOPPED):
                job_files.strike_out(job)
        except Exception as error:   # whatever it is: the app goes on, and the queue too
            job.state, job.message = State.FAILED, tell(error)
        job.rests.set()
        with self._lock:
            with suppress(OSError):   # such as a disk that cannot be written any more: the next one says so itself
                self._make_room()
            self._start_next()

    def _is_over(self, begun: float) -> bool:
        """Whether a turn that began then has been long enough for others who wait."""
        return bool(self._queue) and monotonic() - begun > self._turn_s

    def _wait_again(self, job: TrainingJob) -> None:
        """Put a job that gave way behind the others, if its owner has not asked for anything else meanwhile."""
        with self._lock:
            if job.state is not State.QUEUED:
                return
            job.state = job.asked or State.QUEUED
            if job.state is State.QUEUED:
                self._queue.append(job)

    def _forget_some(self) -> None:
        """Forget the oldest ended jobs, not their files; the lock is held."""
        ended = [job for job in self._jobs.values() if job.state in (State.FINISHED, State.STOPPED, State.FAILED)]
        for job in ended[: max(0, len(self._jobs) - KEPT_JOBS)]:
            job_files.strike_out(job)
            del self._jobs[job.id]
