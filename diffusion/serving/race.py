"""A race: several samplers from the same noise, timed alike one after the other, and what came of them compared."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from queue import Queue
from threading import Event, Lock, Thread
from time import perf_counter, thread_time
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.generation import MAX_SEED, MAX_STEPS, Run, SampleConfig, usual_config
from diffusion.samplers import ALL_SAMPLERS, JUMPS, SAMPLERS, VARIANCES
from diffusion.serving.caches import Recent
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError, check_known, check_number, check_whole
from diffusion.support.images import to_uint8
from diffusion.support.progress import Progress, part
from diffusion.support.wording import counted, quoted, shown
from diffusion.trajectory import MAX_VIEW_BYTES, Recording, Trajectory

MIN_LANES, MAX_LANES = 2, 4
STUDENT = "student-"        # a lane may be a student of the model: "student-4"
VIEWS = ("x_t", "x0")
WARM_UP_STEPS = 3
LIVE_EVERY_S = 0.25
ASK_EVERY_S = 0.5
UNDISTURBED = 0.85          # of the time, at least, a run of an idle machine has the processor
TWICE_SPRITES = 4
OTHER_NOISE = 1             # added to the seed where fresh noise shall be another
KEPT_RACES = 4


class Kind(NamedTuple):
    """How all lanes of a kind are shown."""

    title: str
    short: str
    mark: str
    light: str   # its colour on a light page
    dark: str


_JUMPS = ALL_SAMPLERS[JUMPS]
KINDS = {name: Kind(s.title, s.short, s.mark, s.light, s.dark) for name, s in SAMPLERS.items()} | {
    "student": Kind("Students", "Students", _JUMPS.mark, _JUMPS.light, _JUMPS.dark),
}


@dataclass(frozen=True)
class Lane:
    """Who runs: a sampler with its steps and what else it takes, or a student of the model, which has its own."""

    runner: str
    steps: int = 25
    eta: float = 0.0
    variance: str = "beta"

    def __post_init__(self) -> None:
        if not isinstance(self.runner, str) or not (self.runner in SAMPLERS or self.runner.startswith(STUDENT)):
            known = f"{', '.join(SAMPLERS)} or a student"
            raise InputError(f"runner {quoted(self.runner)} is unknown: choose from {known}.")
        check_whole("steps", self.steps, 1, MAX_STEPS)
        check_number("eta", self.eta, 0, 1)
        check_known("variance", self.variance, VARIANCES)

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> "Lane":
        """A lane as programs write it, {"runner": "ddim", "steps": 25, "eta": 0}; InputError if it is none."""
        try:
            return cls(**values)
        except TypeError as error:
            raise InputError(f"{shown(values)} is no lane: give its runner, steps, eta and variance.") from error

    @property
    def kind(self) -> str:
        """The sampler, or "student": one of KINDS."""
        return "student" if self.runner.startswith(STUDENT) else self.runner

    @property
    def title(self) -> str:
        if self.kind == "student":
            return f"Student, {_steps(self.runner.removeprefix(STUDENT))}"
        eta = f", eta {self.eta:g}" if self.eta else ""
        smaller = f", {self.variance} variance" if self.variance != "beta" else ""
        return f"{SAMPLERS[self.runner].title}, {_steps(str(self.steps))}{eta}{smaller}"

    def request(self, engine: Engine, checkpoint: str, start: "Start") -> RunRequest:
        """The run of this lane; raises InputError if there is no such student, or a setting is out of range."""
        if self.kind != "student":
            told = {"eta": self.eta, "variance": self.variance, "clean": start.clean}
            config = SampleConfig(self.runner, self.steps, start.n, start.seed, **told)
            return RunRequest(checkpoint, config, start.weights)
        name = students(engine, checkpoint).get(self.runner)
        if name is None:
            said = f"{quoted(checkpoint)} has no student called {quoted(self.runner)}: choose another runner."
            raise InputError(said)
        config = usual_config(engine.model(name), n=start.n, seed=start.seed, clean=start.clean)
        return RunRequest(name, config, start.weights)


@dataclass(frozen=True)
class Start:
    """What all lanes of a race share besides the model: how many sprites, from which noise, of which context, and
    whether they are brought back to the palette, see SampleConfig."""

    n: int = 16
    seed: int = 0
    weights: tuple[tuple[str, float], ...] | None = None
    clean: bool | None = None


def students(engine: Engine, checkpoint: str | None) -> dict[str, str]:
    """The checkpoints of a model's students by runner, those with more steps first."""
    return {f"{STUDENT}{steps}": name for steps, name in engine.students(checkpoint).items()}


class Outcome(NamedTuple):
    """What a lane came to, whoever ran it."""

    lane: Lane
    request: RunRequest
    calls: int            # network evaluations a sprite
    seconds: float        # of computing
    sprites: np.ndarray   # the finished ones, uint8 (n, 16, 16, 3)

    @property
    def sprites_a_second(self) -> float:
        return len(self.sprites) / self.seconds


class Timed(NamedTuple):
    """One lane that has run on this machine."""

    lane: Lane
    request: RunRequest
    trajectory: Trajectory
    start: Tensor             # x_T, (n, 3, 16, 16): the noise that it really started from
    processor_share: float    # of its time, what it had the processor for
    threads: int              # that computed it

    @property
    def outcome(self) -> Outcome:
        run = self.trajectory
        return Outcome(self.lane, self.request, run.calls, run.seconds, run.sprites)


def entered(
    engine: Engine, checkpoint: str, lanes: Sequence[Lane], start: Start
) -> list[tuple[Lane, RunRequest]]:
    """The lanes of a race, with the run of each; raises InputError if one cannot be."""
    check_whole("the number of lanes", len(lanes), MIN_LANES, MAX_LANES)
    entrants = [(lane, lane.request(engine, checkpoint, start)) for lane in lanes]
    for _, request in entrants:
        _run(engine, request)
    return entrants


class Waiting(NamedTuple):
    """Another race is being timed."""


class UnderWay(NamedTuple):
    """A race that is being run: what each lane shows, uint8 (n, 16, 16, 3), who has ended, where the running one is."""

    pictures: list[np.ndarray]
    ended: list[Timed | None]
    running: int
    step: int
    steps: int
    seconds_left: float


class Track:
    """Where races are run: one at a time on this machine, so that they do not slow each other. Keeps the last few."""

    def __init__(self) -> None:
        self._running = Lock()
        self._finished: Recent[tuple[RunRequest, ...], list[Timed]] = Recent(KEPT_RACES)

    def race(
        self, engine: Engine, checkpoint: str, lanes: Sequence[Lane], start: Start
    ) -> Iterator[Waiting | UnderWay | list[Timed]]:
        """Run a race in a thread of its own; tells how it goes, and in the end what came of it.

        Raises InputError, before anything is run, if a lane cannot be.
        """
        return _from_own_thread(self._in_turn(engine, entered(engine, checkpoint, lanes, start)))

    def finished(self, engine: Engine, requests: Sequence[RunRequest]) -> list[Timed]:
        """A race that was run lately; InputError if it is no longer kept, or was of a model that cannot be opened."""
        for request in requests:
            engine.model(request.checkpoint)
        kept = self._finished.get(tuple(requests))
        if kept is None:
            raise InputError("this race is no longer kept: run it again.")
        return kept

    def twice(self, engine: Engine, requests: Sequence[RunRequest], progress: Progress) -> "list[Twice]":
        """Each run twice from the same start, the second time with other fresh noise; a few sprites of each."""
        with self._running:
            shares = (part(progress, i, len(requests)) for i in range(len(requests)))
            return [_twice(engine, request, share) for request, share in zip(requests, shares, strict=True)]

    def give_way(self) -> None:
        """Return when no race is being run: for work in the background, which would slow it."""
        with self._running:
            pass

    def _in_turn(
        self, engine: Engine, entrants: list[tuple[Lane, RunRequest]]
    ) -> Iterator[Waiting | UnderWay | list[Timed]]:
        while not self._running.acquire(timeout=ASK_EVERY_S):
            yield Waiting()
        try:
            yield from self._run_all(engine, entrants)
        finally:
            self._running.release()

    def _run_all(self, engine: Engine, entrants: list[tuple[Lane, RunRequest]]) -> Iterator[UnderWay | list[Timed]]:
        """The quickest lane first, so that there is something to see at once; they end in the order asked for."""
        view_bytes = view_room(len(entrants))
        pictures: list[np.ndarray] = []
        ended: list[Timed | None] = [None] * len(entrants)
        for place in sorted(range(len(entrants)), key=lambda i: entrants[i][1].config.steps):
            lane, request = entrants[place]
            _warm_up(engine, request)
            recording = Recording(_run(engine, request), VIEWS, view_bytes)
            clock, next_at = _Clock(), 0.0
            for frame in engine.giving_way(clock.timing(recording)):
                if frame.step == 0:
                    x_T = frame.x_t.cpu()
                    pictures = pictures or [to_uint8(x_T)] * len(entrants)
                if frame.at < next_at and frame.step < recording.steps:
                    continue
                next_at = frame.at + LIVE_EVERY_S
                pictures = [*pictures[:place], to_uint8(frame.x_t), *pictures[place + 1 :]]
                left = frame.at / max(1, frame.step) * (recording.steps - frame.step)
                yield UnderWay(pictures, ended, place, frame.step, recording.steps, left)
            threads = torch.get_num_threads()
            one = Timed(lane, request, recording.trajectory, x_T, clock.processor_share, threads)
            ended = [*ended[:place], one, *ended[place + 1 :]]
        self._finished.put(tuple(request for _, request in entrants), ended)
        yield ended


class _Clock:
    """Adds up how long some work took, and how long its thread had the processor for it."""

    def __init__(self) -> None:
        self._wall = self._processor = 0.0

    def timing(self, items: Iterator | Recording) -> Iterator:
        stream = iter(items)
        while True:
            wall, processor = perf_counter(), thread_time()
            item = next(stream, None)
            self._wall += perf_counter() - wall
            self._processor += thread_time() - processor
            if item is None:
                return
            yield item

    @property
    def processor_share(self) -> float:
        return min(1.0, self._processor / self._wall)


def view_room(lanes: int) -> int:
    """Bytes of each view that a lane may send, so that all lanes together are no larger than one run alone.

    That has two views of 8 bits and two of 4, a lane of a race two of 8.
    """
    return MAX_VIEW_BYTES * 3 // 2 // lanes


def same_start(timed: Sequence[Timed]) -> tuple[bool, int]:
    """Whether all lanes really started from the same noise, and how many numbers were compared."""
    alike = all(torch.equal(a.start, b.start) for a, b in pairwise(timed))
    return alike, timed[0].start.numel()


def disturbed(timed: Sequence[Timed], device: str) -> float | None:
    """The least share of its time that a lane had the processor for, if other work on this machine took from it."""
    least = min(one.processor_share for one in timed)
    return least if device == "cpu" and least < UNDISTURBED else None


class Difference(NamedTuple):
    """How two sets of sprites differ, pixel by pixel."""

    picture: np.ndarray   # uint8 (N, 16, 16, 3), |a - b|: black where they are the same
    mean: float           # of 255
    values: int           # of those compared, how many differ at all
    others: float         # the mean for sprites of one set that have nothing in common: its own, moved by one


def difference(a: np.ndarray, b: np.ndarray) -> Difference:
    """|a - b| of sprites, uint8 (N, 16, 16, 3)."""
    apart = np.abs(a.astype(np.int16) - b)
    moved = np.abs(a.astype(np.int16) - np.roll(a, 1, axis=0))
    return Difference(apart.astype(np.uint8), float(apart.mean()), int((apart > 0).sum()), float(moved.mean()))


class Twice(NamedTuple):
    """A run and its repetition, uint8 (N, 16, 16, 3)."""

    first: np.ndarray
    second: np.ndarray


def _twice(engine: Engine, request: RunRequest, progress: Progress) -> Twice:
    few = replace(request, config=replace(request.config, n=min(TWICE_SPRITES, request.config.n)))
    other = (request.config.seed + OTHER_NOISE) % (MAX_SEED + 1)
    made = []
    for i, noise_seed in enumerate((None, other)):
        for j, step in enumerate(engine.giving_way(iter(_run(engine, few, noise_seed))), 1):
            progress((i + j / few.config.steps) / 2)
            x = step.x_next
        made.append(to_uint8(x))
    return Twice(*made)


def _run(engine: Engine, request: RunRequest, noise_seed: int | None = None) -> Run:
    model = engine.model(request.checkpoint)
    return Run(model, request.config, request.context(model), noise_seed=noise_seed)


def _warm_up(engine: Engine, request: RunRequest) -> None:
    """The first steps of the same run, of the same size: they warm caches and memory up."""
    for _ in engine.giving_way(islice(_run(engine, request), WARM_UP_STEPS)):
        pass


def _from_own_thread(items: Iterator) -> Iterator:
    """The same items, made in one thread that ends at its next item when nobody takes them any more."""
    made, abandoned = Queue(), Event()

    def make() -> None:
        try:
            with closing(items):
                for item in items:
                    made.put((item, None))
                    if abandoned.is_set():
                        return
            made.put((None, StopIteration()))
        except Exception as error:
            made.put((None, error))

    Thread(target=make, name="race", daemon=True).start()
    try:
        while True:
            item, ended = made.get()
            if isinstance(ended, StopIteration):
                return
            if ended is not None:
                raise ended
            yield item
    finally:
        abandoned.set()


def _steps(number: str) -> str:
    """The number of steps with its noun; whatever stands there in place of a number is left as it is."""
    return counted(int(number), "step") if number.isdecimal() else f"{number} steps"
