"""The engine: loaded models and the runs that the app asks for."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.checkpoints import CHECKPOINTS, CheckpointError, list_checkpoints, load_checkpoint, weights_path
from diffusion.copies import Match, built_in_copies
from diffusion.demonstrations import DEMONSTRATIONS
from diffusion.denoiser import MAX_STUDENT_STEPS, DiffusionModel
from diffusion.generation import Run, SampleConfig, categories_in_turn, context_rows, usual_run
from diffusion.mixing import Path as MixPath
from diffusion.samplers import USUAL_SAMPLER
from diffusion.support.device import pick_device
from diffusion.support.images import to_uint8
from diffusion.trajectory import Recording, Trajectory, record
from diffusion.uploads import keep_upload

MAX_SPRITES = 64   # in one request of the app
LIVE_EVERY_S = 0.25
KEPT_MODELS = 4
KEPT_TRAJECTORIES = 8
QUICK_STEPS = 2   # of a model that has no student, while a slider is dragged


@dataclass(frozen=True)
class RunRequest:
    """What a learner asks for. weights: the mix as (category, weight) pairs; None means the categories in turn.

    path: where the mix is going, if the sprites lie on a path from one mix to another.
    Raises ValueError if it asks for more sprites than a request may have, or for a path from no mix.
    """

    checkpoint: str
    config: SampleConfig = field(default_factory=SampleConfig)
    weights: tuple[tuple[str, float], ...] | None = None
    path: MixPath | None = None

    def __post_init__(self) -> None:
        if self.path and self.weights is None:
            raise ValueError("weights: a path needs a mix to start from.")
        if self.config.n > MAX_SPRITES:
            raise ValueError(f"n = {self.config.n}: one request may ask for 1 to {MAX_SPRITES} sprites.")

    @property
    def recipe(self) -> dict[str, Any]:
        """The request as JSON values, to keep inside a saved picture."""
        path = self.path and asdict(self.path)
        return {"checkpoint": self.checkpoint, "config": asdict(self.config), "weights": self.weights, "path": path}

    @classmethod
    def from_recipe(cls, recipe: dict[str, Any]) -> "RunRequest":
        """The request behind a recipe; raises ValueError if it is none."""
        try:
            weights, path = recipe["weights"], recipe.get("path")   # no path in older pictures
            pairs = None if weights is None else tuple((str(name), float(weight)) for name, weight in weights)
            config = SampleConfig.from_values(recipe["config"])
            return cls(str(recipe["checkpoint"]), config, pairs, path and MixPath.from_values(path))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("these settings do not describe a run: they are of another kind, or damaged.") from error

    @property
    def columns(self) -> int | None:
        """How many sprites stand in a row of the picture; None for nearly square."""
        return self.path and self.path.points

    def context(self, model: DiffusionModel) -> Tensor:
        """One row of category weights a sprite, (n, K)."""
        if self.weights is None:
            return categories_in_turn(model.categories, self.config.n)
        rows = context_rows(dict(self.weights), model.categories, self.config.n)
        return self.path.context(rows, model.categories) if self.path else rows

    def run(self, model: DiffusionModel) -> Run:
        """The run that answers the request."""
        start = self.path.start(self.config, model) if self.path else None
        return Run(model, self.config, self.context(model), start=start)


class Live(NamedTuple):
    """A run under way."""

    step: int
    steps: int
    seconds_left: float
    sprites: np.ndarray   # uint8 (n, 16, 16, 3), still noisy


class Drawing(NamedTuple):
    """Finished sprites, and what they cost."""

    sprites: np.ndarray   # uint8 (n, 16, 16, 3)
    calls: int            # network evaluations a sprite
    seconds: float


class Engine:
    """Loads models once and answers run requests; safe to call from many threads."""

    def __init__(self, folder: Path = CHECKPOINTS, device: str = "auto") -> None:
        self.folder = folder
        self.device = pick_device(device)
        self._lock = Lock()
        self._uploading = Lock()
        self._models: OrderedDict[tuple[str, int], DiffusionModel] = OrderedDict()
        self._trajectories: OrderedDict[tuple[RunRequest, int], Trajectory] = OrderedDict()

    def names(self) -> list[str]:
        """The models there are, the shipped one first."""
        return list_checkpoints(self.folder)

    def first_usable(self) -> str | None:
        """The first model that loads, to start with: a damaged one is told only to who chooses it."""
        for name in self.names():
            try:
                self.model(name)
            except CheckpointError:
                continue
            return name
        return None

    def model(self, name: str) -> DiffusionModel:
        """The model called `name`, read again if its file has changed; raises CheckpointError."""
        key = name, self._version(name)
        with self._lock:
            if key not in self._models:
                self._models[key] = load_checkpoint(name, self.folder, self.device)
                _trim(self._models, KEPT_MODELS)
            self._models.move_to_end(key)
            return self._models[key]

    def keep_upload(self, path: Path) -> str:
        """Keep a course file that a learner gave; returns its name among the models. ValueError if it is none."""
        with self._uploading:
            return keep_upload(path, self.folder)

    def sprites(self, request: RunRequest) -> np.ndarray:
        """The finished sprites alone, uint8 (n, 16, 16, 3)."""
        return self.drawing(request).sprites

    def drawing(self, request: RunRequest) -> Drawing:
        """The finished sprites and their cost, nothing kept of the way: the fast path, for sliders."""
        model = self.model(request.checkpoint)
        start = perf_counter()
        with torch.inference_mode():
            run = request.run(model)
            *_, last = run
            sprites = to_uint8(last.x_next)
        return Drawing(sprites, run.calls, perf_counter() - start)

    def student(self, name: str, steps: int = 1) -> str | None:
        """The student of a model that takes so many steps: it is called NAME-1, has the same categories, and loads."""
        student = f"{name}-{steps}"
        if self._version(name) == 0 or self._version(student) == 0:
            return None
        try:
            model = self.model(student)
        except CheckpointError:
            return None
        return student if model.config.steps == steps and model.categories == self.model(name).categories else None

    def students(self, name: str | None) -> dict[int, str]:
        """The students of a model by their steps, those with more steps first."""
        found = {steps: self.student(name, steps) for steps in range(MAX_STUDENT_STEPS, 0, -1)} if name else {}
        return {steps: student for steps, student in found.items() if student}

    def quick(self, request: RunRequest) -> RunRequest:
        """The request at a price that follows a drag: drawn by the one-step student, whose guidance is built in; where
        that does not serve, by the model itself in few steps. A student is quick already."""
        model, config = self.model(request.checkpoint), request.config
        if model.config.steps is not None:
            return request
        student = self.student(request.checkpoint)
        if student is None or config.guidance not in (None, model.config.guidance):
            return replace(request, config=replace(config, sampler=USUAL_SAMPLER, steps=QUICK_STEPS, eta=0.0))
        kept = {"n": config.n, "seed": config.seed, "mixing": config.mixing, "origins": config.origins}
        return replace(request, checkpoint=student, config=usual_run(self.model(student), **kept))

    def trajectory(self, request: RunRequest) -> Trajectory:
        """The whole run; an equal request that was answered lately is not computed again."""
        *_, whole = self.live(request)
        return whole

    def live(self, request: RunRequest) -> Iterator[Live | Trajectory]:
        """The run as it goes: what there is now and then, and in the end the whole; an equal one is only recalled."""
        key = request, self._version(request.checkpoint)
        with self._lock:
            known = self._trajectories.get(key)
        if known is None:
            model = self.model(request.checkpoint)
            recording = Recording(request.run(model))
            yield from _now_and_then(recording)
            known = recording.trajectory
            with self._lock:
                self._trajectories[key] = known
                _trim(self._trajectories, KEPT_TRAJECTORIES)
        yield known

    def fresh_trajectory(
        self, request: RunRequest, progress: Callable[[float], None] = lambda share: None
    ) -> Trajectory:
        """The whole run, computed now and so timed now."""
        return record(request.run(self.model(request.checkpoint)), progress)

    def demonstration(self, name: str, request: RunRequest) -> tuple[Trajectory, Trajectory]:
        """The right and the wrong run of a demonstration; ValueError if there is none of that name for the model."""
        if name not in DEMONSTRATIONS:
            raise ValueError(f"demonstration {name!r} is unknown: choose from {', '.join(DEMONSTRATIONS)}.")
        model = self.model(request.checkpoint)
        right, wrong = DEMONSTRATIONS[name].pair(model, request.config, request.context(model))
        return record(right), record(wrong)

    def copy_check(self, request: RunRequest) -> list[Match]:
        """For each sprite of a run, what it is nearest to among the built-in training sprites; ValueError if the
        model learnt from others."""
        if self.model(request.checkpoint).categories != built_in_copies().categories:
            raise ValueError("this model learnt from other sprites than the built-in ones: nothing can be compared.")
        return built_in_copies().check(self.trajectory(request).sprites)

    def _version(self, name: str) -> int:
        """Changes with the file, so that a retrained model is not answered from the cache."""
        path = weights_path(name, self.folder)
        return path.stat().st_mtime_ns if path.exists() else 0


def _now_and_then(recording: Recording) -> Iterator[Live]:
    """Run a recording to its end; tell of it every so often."""
    next_at = LIVE_EVERY_S
    for frame in recording:
        if 0 < frame.step < recording.steps and next_at <= frame.at:
            left = frame.at / frame.step * (recording.steps - frame.step)
            yield Live(frame.step, recording.steps, left, to_uint8(frame.x_t))
            next_at = frame.at + LIVE_EVERY_S


def _trim(cache: OrderedDict, size: int) -> None:
    while len(cache) > size:
        cache.popitem(last=False)
