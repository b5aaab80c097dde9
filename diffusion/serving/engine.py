"""The engine: loaded models, and the runs that the app asks for."""

from collections.abc import Callable, Generator, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import NamedTuple, TypeVar

import numpy as np
import torch

from diffusion.denoiser import MAX_STUDENT_STEPS, DiffusionModel
from diffusion.explain.demonstrations import DEMONSTRATIONS
from diffusion.generation import Run, usual_config
from diffusion.models.checkpoints import CHECKPOINTS, CheckpointError, list_checkpoints, load_checkpoint, weights_path
from diffusion.models.measured import fingerprint
from diffusion.samplers import SMOOTH_SAMPLER
from diffusion.serving.caches import Recent
from diffusion.serving.desks.long_runs import draw_on_lent_gpu, is_for_lent_gpu, is_long
from diffusion.serving.requests import RunRequest, joined_run
from diffusion.serving.turns import LeftError, Question, Turn, Turns
from diffusion.serving.visitors.belongings import Belongings, each_training_once
from diffusion.support.checks import check_known
from diffusion.support.device import device_clock, pick_shared_device
from diffusion.support.files import modified_at
from diffusion.support.images import to_uint8
from diffusion.trajectory import Frame, Recording, Trajectory

LIVE_EVERY_S = 0.25
KEPT_MODELS = 16   # what ships is four
KEPT_TRAJECTORIES = 8
QUICK_STEPS = 2    # of a model that has no student, while a slider is dragged
QUICK_EDIT_STEPS = 4
GUIDED_EDIT_STEPS = 2   # of these; at 70% noise that comes as near to the full run as guidance in all of them
TOGETHER = 64      # sprites in one run for several learners: from 48 to 128, none is clearly quicker (measured)
FEWEST = 2         # sprites that follow a drag, where many learners drag

Seen, Answer = TypeVar("Seen"), TypeVar("Answer")


class Live(NamedTuple):
    """A run under way."""

    step: int
    steps: int
    seconds_left: float   # at the pace so far, by the clock
    sprites: np.ndarray   # uint8 (n, 16, 16, 3), still noisy
    guesses: np.ndarray   # the same, what the network takes them for
    others: int           # visitors whose long work takes turns with it


class Drawing(NamedTuple):
    """Finished sprites, and what they cost."""

    sprites: np.ndarray   # uint8 (n, 16, 16, 3)
    calls: int            # network evaluations a sprite
    seconds: float


class Engine:
    """Loads models once and answers run requests; safe to call from many threads.

    What it opens and lists is what its visitor may see; `of` gives another visitor's, which shares all that is loaded.
    """

    def __init__(self, folder: Path = CHECKPOINTS, device: str = "auto", belongings: Belongings | None = None) -> None:
        self.folder = folder
        self.device = pick_shared_device(device)
        self._belongings = belongings or Belongings.over(folder)
        self._visitor = ""   # nobody yet
        self._has_left: Callable[[], bool] = bool   # never
        self.turns = Turns()
        self._models: Recent[tuple[str, float], DiffusionModel] = Recent(KEPT_MODELS)
        self._fingerprints: Recent[tuple[str, float], str] = Recent(KEPT_MODELS)
        self._trajectories: Recent[tuple[RunRequest, float], Trajectory] = Recent(KEPT_TRAJECTORIES)

    def of(self, visitor: str, has_left: Callable[[], bool] = bool) -> "Engine":
        """The engine as a visitor has it; what takes many steps raises LeftError once the visitor `has_left`."""
        theirs = copy(self)
        theirs._visitor, theirs._has_left = visitor, has_left
        return theirs

    def names(self) -> list[str]:
        """The models that the visitor's lists offer, the shipped one first; of each training the last state alone."""
        return each_training_once(self._belongings.listed(self._visitor, list_checkpoints(self.folder)))

    def first_usable(self) -> str | None:
        """The first model that loads, to start with: a damaged one is told only to who chooses it."""
        return next((name for name in self.names() if self.find(name)), None)

    def model(self, name: str) -> DiffusionModel:
        """The model called `name`, read again if its file has changed; raises CheckpointError."""
        key = name, self._version(name)
        if not key[1]:
            raise self._not_found(name)
        return self._models.get_or_make(key, lambda: load_checkpoint(name, self.folder, self.device))

    def files(self, name: str) -> list[Path]:
        """The files of a model: weights and description; CheckpointError if it is not here for the visitor."""
        if not self._version(name):
            raise self._not_found(name)
        weights = weights_path(name, self.folder)
        return [path for path in (weights, weights.with_suffix(".json")) if path.exists()]

    def find(self, name: str) -> DiffusionModel | None:
        """The model called `name`; None where it is missing, damaged, or could not even be called so."""
        try:
            return self.model(name) if self._version(name) else None
        except CheckpointError:
            return None

    def fingerprint(self, name: str) -> str | None:
        """The fingerprint of the model called `name`, or None where it is not here, or damaged."""
        model = self.find(name)
        if model is None:
            return None
        return self._fingerprints.get_or_make((name, self._version(name)), lambda: fingerprint(model))

    def sprites(self, request: RunRequest) -> np.ndarray:
        """The finished sprites alone, uint8 (n, 16, 16, 3)."""
        return self.drawing(request).sprites

    def drawing(self, request: RunRequest) -> Drawing:
        """The finished sprites and their cost, nothing kept of the way. Raises BusyError."""
        return self.drawn(request, Turn.RUN, "", _as_drawn)

    def drawn(
        self, request: RunRequest, turn: Turn, about: str, see: Callable[[Sequence[Drawing]], Sequence[Seen]]
    ) -> Seen:
        """What is seen in the finished sprites: the fast path, for sliders, drawn together with what others ask.

        While many drag, fewer sprites of each are drawn. about: see Question; see: looks at several drawings at once;
        two that are equal see the same.
        Raises BusyError, or SupersededError.
        """
        request.run(self.model(request.checkpoint))   # what is wrong with it is told before others share its run
        fewest = FEWEST if turn is Turn.DRAG else request.config.n
        together = max(1, TOGETHER // min(fewest, request.config.n))
        key = request.kind and (turn, request.kind, self._version(request.checkpoint), see)
        work = partial(self._draw_together, turn, see)
        return self.turns.ask(Question(turn, self._visitor, request, work, key, about, together))

    def _draw_together(
        self, turn: Turn, see: Callable[[Sequence[Drawing]], Sequence[Seen]], requests: Sequence[RunRequest]
    ) -> Generator[None, None, Sequence[Seen]]:
        if turn is Turn.DRAG:
            dragging = max(len(requests), self.turns.dragging)   # who asks first gets no more than who asks last
            requests = [request.first(max(FEWEST, TOGETHER // dragging)) for request in requests]
        model = self.model(requests[0].checkpoint)
        run = joined_run(model, requests) if len(requests) > 1 else requests[0].run(model)
        seconds, steps = 0.0, iter(run)
        for _ in pairwise(run.timesteps):
            start = device_clock(self.device)
            with torch.inference_mode():
                x = next(steps).x_next
            seconds += device_clock(self.device) - start
            yield
        ends = np.cumsum([request.config.n for request in requests])
        return see([Drawing(sprites, run.calls, seconds) for sprites in np.split(to_uint8(x), ends[:-1])])

    def student(self, name: str, steps: int = 1) -> str | None:
        """The student of a model that takes so many steps: it is called NAME-1, has the same categories, and loads."""
        student = f"{name}-{steps}"
        model, teacher = self.find(student), self.find(name)
        if model is None or model.config.steps != steps:
            return None
        return student if teacher and model.categories == teacher.categories else None

    def students(self, name: str | None) -> dict[int, str]:
        """The students of a model by their steps, those with more steps first."""
        found = {steps: self.student(name, steps) for steps in range(MAX_STUDENT_STEPS, 0, -1)} if name else {}
        return {steps: student for steps, student in found.items() if student}

    def quick(self, request: RunRequest) -> RunRequest:
        """The request at a price that follows a drag: drawn by the one-step student, whose guidance is built in; where
        that does not serve, by the model itself in few steps. A student is quick already, and edits nothing."""
        model, config = self.model(request.checkpoint), request.config
        if model.is_student:
            return request
        if request.edit:
            few = replace(config, steps=min(config.steps, QUICK_EDIT_STEPS), guided_steps=GUIDED_EDIT_STEPS)
            return replace(request, config=few, edit=request.edit.at_once)
        student = self.student(request.checkpoint)
        if student is None or config.guidance not in (None, model.config.guidance):
            quick = {"sampler": SMOOTH_SAMPLER, "steps": QUICK_STEPS, "eta": 0.0, "variance": "beta"}
            return replace(request, config=replace(config, **quick))
        kept = {name: getattr(config, name) for name in ("n", "seed", "mixing", "clean", "origins")}
        return replace(request, checkpoint=student, config=usual_config(self.model(student), **kept))

    def trajectory(self, request: RunRequest) -> Trajectory:
        """The whole run; an equal request that was answered lately is not computed again."""
        *_, whole = self.live(request)
        return whole

    def live(self, request: RunRequest) -> Iterator[Live | Trajectory]:
        """The run as it goes: what there is now and then, and in the end the whole; an equal one is only recalled."""
        key = request, self._version(request.checkpoint)
        known = self._trajectories.get(key)
        if known is None:
            known = yield from self._followed(request)
            self._trajectories.put(key, known)
        yield known

    def _followed(self, request: RunRequest) -> Generator[Live, None, Trajectory]:
        """The run as it goes, or in one piece where a GPU is lent for it; returns the whole."""
        model = self.model(request.checkpoint)
        if is_for_lent_gpu(request):
            return draw_on_lent_gpu(model, request)
        recording = Recording(request.run(model))
        turn = Turn.LONG if is_long(request) else Turn.RUN
        with self.turns.place(self._visitor):
            for frame, seconds in _now_and_then(recording, self._in_turns(turn, iter(recording))):
                left = seconds / frame.step * (recording.steps - frame.step)
                others = self.turns.others(self._visitor)
                yield Live(frame.step, recording.steps, left, to_uint8(frame.x_t), to_uint8(frame.x0), others)
        return recording.trajectory

    def demonstration(self, name: str, request: RunRequest) -> tuple[Trajectory, Trajectory]:
        """The right and the wrong run of a demonstration; InputError if there is none of that name for the model."""
        check_known("demonstration", name, DEMONSTRATIONS)
        model = self.model(request.checkpoint)
        right, wrong = DEMONSTRATIONS[name].pair(model, request.config, request.context(model))
        return self.recorded(right), self.recorded(wrong)

    def recorded(self, run: Run) -> Trajectory:
        """A whole run, which gives way to what is more urgent. Raises BusyError."""
        recording = Recording(run)
        for _ in self.giving_way(iter(recording)):
            pass
        return recording.trajectory

    def giving_way(self, steps: Iterator[Answer]) -> Iterator[Answer]:
        """The same steps, between which goes what is more urgent. Raises BusyError."""
        with self.turns.place(self._visitor):
            yield from self._in_turns(Turn.RUN, steps)

    def _in_turns(self, turn: Turn, steps: Iterator[Answer]) -> Iterator[Answer]:
        for step in self.turns.each(turn, self._visitor, steps):
            if self._has_left():
                raise LeftError
            yield step

    def after_others(self, steps: Iterator[Answer]) -> Iterator[Answer]:
        """The same steps, between which goes all that somebody waits for."""
        return self._in_turns(Turn.LONG, steps)

    def at_once(self, compute: Callable[[], Answer]) -> Answer:
        """What `compute` gives, for a slider. Raises BusyError."""
        return self.turns.alone(Turn.DRAG, self._visitor, compute)

    def _version(self, name: str) -> float:
        """Changes with the file, so that a retrained model is not answered from the cache; 0 if there is none.

        All ways to a model lead by here: raises CheckpointError if the visitor may not open it.
        """
        path = weights_path(name, self.folder)
        if not self._belongings.may_open(self._visitor, name):
            raise self._not_found(name)
        return modified_at(path)

    def _not_found(self, name: str) -> CheckpointError:
        return CheckpointError(f"checkpoint {name!r} was not found; there is: {', '.join(self.names()) or 'none yet'}.")


def _now_and_then(recording: Recording, frames: Iterator[Frame]) -> Iterator[tuple[Frame, float]]:
    """Run a recording to its end by its `frames`; every so often the frame that it is at, and the seconds so far."""
    start = monotonic()
    next_at = start + LIVE_EVERY_S
    for frame in frames:
        now = monotonic()
        if 0 < frame.step < recording.steps and next_at <= now:
            yield frame, now - start
            next_at = now + LIVE_EVERY_S


def _as_drawn(drawings: Sequence[Drawing]) -> Sequence[Drawing]:
    return drawings
