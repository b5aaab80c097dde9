"""One training as a job: what it trains on, how far it is, and what a page may ask of it."""

import errno
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

import torch
from torch import nn

from diffusion.checkpoints import CheckpointError, load_checkpoint, weights_path
from diffusion.denoiser import DiffusionModel
from diffusion.limits import Limits
from diffusion.logbook import Logbook
from diffusion.snapshots import Snapshots
from diffusion.sprites.painter import built_in
from diffusion.sprites.palette import palette_of
from diffusion.sprites.spriteset import SpriteSet
from diffusion.theatre import Theatre
from diffusion.training import TrainConfig, TrainingDivergedError, TrainStep, new_model, train

QUEUED, RUNNING, PAUSED, DONE, STOPPED, FAILED = "queued", "running", "paused", "finished", "stopped", "failed"
UNDER_WAY = (QUEUED, RUNNING)
CAN_GO_ON = (PAUSED, STOPPED, FAILED)


class _HaltedError(Exception):
    """Raised inside a training to leave it at once."""


class Progress(NamedTuple):
    """How far a training is."""

    step: int
    seconds: float
    images_a_second: float
    learning_rate: float
    share: float   # 0..1

    @property
    def seconds_left(self) -> float:
        return self.seconds * (1 / self.share - 1)


@dataclass
class TrainingJob:
    """A training and all that a page may show of it. `id` is known to its owner alone, `link` to all who watch."""

    logbook: Logbook
    sprites: SpriteSet | None   # None: the built-in ones
    limits: Limits
    id: str = field(default_factory=lambda: uuid4().hex)
    link: str = field(default_factory=lambda: uuid4().hex[:12])
    status: str = QUEUED
    message: str = ""
    at: Progress | None = None
    asked: str | None = None             # PAUSED or STOPPED, by the owner
    learning_rate: float | None = None   # asked for, to be taken up
    seen: float = field(default_factory=monotonic)   # when the owner's page was last there
    rests: Event = field(default_factory=Event)      # set while no thread trains it

    def __post_init__(self) -> None:
        self.rests.set()
        self.snapshots = Snapshots(self.logbook, self.limits.checkpoints)
        self.theatre = Theatre(self.logbook.series, self.sprites is None, lambda share: self.check())
        self.logbook.companions.append(self.theatre)

    @property
    def name(self) -> str:
        return self.logbook.name

    @property
    def config(self) -> TrainConfig:
        return self.logbook.config

    @property
    def under_way(self) -> bool:
        return self.status in UNDER_WAY

    @property
    def can_go_on(self) -> bool:
        """Whether it is not under way and has something to go on from: a kept state, or nothing learnt yet."""
        return self.status in CAN_GO_ON and (self.logbook.state_path.exists() or self.at is None)

    @property
    def seconds_left(self) -> float:
        """An estimate of the training time that it still needs."""
        return self.at.seconds_left if self.at else 60 * (self.config.minutes or self.limits.minutes)

    def check(self) -> None:
        """Leave the training if its owner asked for that, or has been gone for long."""
        if not self.asked and monotonic() - self.seen > 60 * self.limits.absent_minutes:
            self.asked = PAUSED
            self.message = f"its page has been gone for {self.limits.absent_minutes:g} minutes."
        if self.asked:
            raise _HaltedError

    def learnt(self, device: torch.device) -> DiffusionModel | None:
        """The model as it is now, live while it trains; None before there is any."""
        last = self.logbook.last
        if last:
            return last.state.model
        return load_checkpoint(self.name, self.logbook.folder, device) if self.checkpoints() else None

    def training_part(self) -> SpriteSet:
        """The sprites that it learns from."""
        training, _ = (self.sprites or built_in()).split()
        return training

    def checkpoints(self) -> list[str]:
        """The names of all that can be loaded of it: the last state, the best one, and those along the way."""
        names = [self.name, *(self.snapshots.name(mark) for mark in reversed(self.snapshots.marks))]
        return [name for name in names if weights_path(name, self.logbook.folder).exists()]

    def recall(self) -> None:
        """Bring back what an unfinished training of an earlier program had shown, as far as it can be read."""
        if self.logbook.losses or not self.logbook.state_path.exists():
            return
        try:
            saved = self.logbook.resume()
        except CheckpointError as error:
            self.message = str(error)
            return
        step, seconds, rate = (saved[key].item() for key in ("step", "seconds", "learning_rate"))
        self.at = self._progress(step, seconds, rate)

    def run(self, device: torch.device) -> None:
        """Train to the end, or to where it is halted; `status` says which, `message` what went wrong."""
        try:
            self.status, self.message = self._train(device), self.message
        except TrainingDivergedError as error:
            self._failed(f"{error} {self._what_is_kept()}")
        except (OSError, RuntimeError, MemoryError, ValueError) as error:
            self._failed(self._in_a_sentence(error))
        finally:
            self.asked, self.logbook.last = None, None   # the last step holds all of the network: let it go

    def _train(self, device: torch.device) -> str:
        training = self.training_part()
        saved = self.logbook.resume() if self.logbook.state_path.exists() else None
        model = new_model(self.config, training.categories, device, palette_of(training.images))
        _check_size(model.net, self.limits)
        try:
            self.theatre.open(model)
            with closing(self.logbook.follow(train(model, training, self.config, saved))) as steps:
                for step in steps:
                    self._follow(step)
        except _HaltedError:
            return self.asked
        return DONE

    def _follow(self, step: TrainStep) -> None:
        self.at = self._progress(step.step, step.seconds, step.state.learning_rate)
        self._take_up_learning_rate(step)
        kept = self.snapshots.follow(step)
        score = self.theatre.look(step, kept)
        if self.sprites is not None and kept:
            score = self.logbook.series.smooth   # no judge knows these sprites: the loss has to do
        if score is not None:
            self.snapshots.judged(step, score)
        if step.progress < 1:
            self.check()

    def _progress(self, step: int, seconds: float, rate: float) -> Progress:
        return Progress(step, seconds, step * self.config.batch / seconds, rate, self.config.progress(step, seconds))

    def _take_up_learning_rate(self, step: TrainStep) -> None:
        rate, self.learning_rate = self.learning_rate, None
        if rate is not None and rate != step.state.learning_rate:
            step.state.learning_rate = rate
            self.logbook.series.rate_changed(step.step, step.seconds, rate)

    def _failed(self, sentence: str) -> None:
        self.status, self.message = FAILED, sentence

    def _in_a_sentence(self, error: Exception) -> str:
        """What went wrong, for the learner."""
        text = str(error).partition("\n")[0]
        if isinstance(error, MemoryError) or "memory" in text.lower():
            return f"there was not enough memory for a batch of {self.config.batch}: choose a smaller one."
        if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in text:
            then = "press Resume" if self.logbook.state_path.exists() else "start again"
            return f"the disk is full: make room, then {then}. {self._what_is_kept()}"
        if isinstance(error, OSError):
            return f"{error.filename or 'a file'} could not be used: {error.strerror or text}. {self._what_is_kept()}"
        return text

    def _what_is_kept(self) -> str:
        names = self.checkpoints()
        return f"The last good checkpoint is {names[0]}." if names else "No checkpoint had been saved yet."


def _check_size(net: nn.Module, limits: Limits) -> None:
    parameters = sum(weight.numel() for weight in net.parameters())
    if parameters > limits.parameters:
        raise ValueError(f"this network has {parameters:,} parameters: here it may have at most {limits.parameters:,}.")
