"""One training as a job: what it trains on, how far it is, and what a page may ask of it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from secrets import token_urlsafe
from threading import Event, Lock
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

import torch
from torch import Tensor, nn

from diffusion.denoiser import DiffusionModel
from diffusion.models.checkpoints import CheckpointError, load_checkpoint, weights_path
from diffusion.serving.caches import Once, Recent
from diffusion.serving.jobs.core_share import CoreShare
from diffusion.serving.jobs.previews import Previews
from diffusion.serving.jobs.time_got import TimeGot
from diffusion.serving.limits import Limits
from diffusion.serving.reference import Reference
from diffusion.serving.states import State
from diffusion.sprites.palette import palette_of
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.faults import is_full, is_out_of_memory, tell
from diffusion.support.files import modified_at
from diffusion.support.wording import counted
from diffusion.training.logbook import Logbook
from diffusion.training.loop import TrainStep, new_model, train
from diffusion.training.recipes import TrainConfig
from diffusion.training.snapshots import Snapshots
from diffusion.training.unavoidable import unavoidable_losses

LEAST_GOT = 0.01   # of the clock's time, for estimates
MADE_ROOM = "it was removed to make room: of all trainings that rested, its owner had been away for longest."
TOO_LONG = "it was removed: its owner had been away for too long."


class _HaltedError(Exception):
    """Raised inside a training to leave it at once."""


class _GivesWayError(Exception):
    """Raised inside a training whose turn is over."""


class HowFar(NamedTuple):
    """How far a training is."""

    step: int
    seconds: float
    images_a_second: float
    learning_rate: float
    share: float          # of the whole training, 0..1
    time_got: float = 1   # of the clock's time lately, 0..1

    @property
    def seconds_left(self) -> float:
        """By the clock, as it goes on lately."""
        return self.seconds * (1 / self.share - 1) / max(self.time_got, LEAST_GOT)


@dataclass
class TrainingJob:
    """A training and all that a page may show of it. `id` is known to its owner alone, `link` to all who watch."""

    logbook: Logbook
    read_own: Callable[[], SpriteSet] | None   # the sprites that its owner gave; None: the built-in ones
    limits: Limits
    reference: Reference
    id: str = field(default_factory=lambda: uuid4().hex)
    link: str = field(default_factory=lambda: token_urlsafe(16))
    state: State = State.QUEUED
    message: str = ""
    at: HowFar | None = None
    asked: State | None = None           # PAUSED or STOPPED, by the owner
    learning_rate: float | None = None   # asked for, to be taken up
    seen: float = field(default_factory=monotonic)   # when the owner's page was last there
    rests: Event = field(default_factory=Event)      # set while no thread trains it
    is_gone: bool = False                # its files were removed

    def __post_init__(self) -> None:
        self.rests.set()
        self._reading = Lock()   # of the saved state, into the logbook
        self._own_part = Once(self._read_own_part)
        self._learnt: Recent[float, DiffusionModel] = Recent(1)
        self._cores = CoreShare()
        self._turn_is_over: Callable[[], bool] = lambda: False
        self._time_got = TimeGot()
        self.snapshots = Snapshots(self.logbook, self.limits.checkpoints)
        real = None if self.has_own_sprites else lambda: self.reference.real
        self.previews = Previews(self.logbook.series, real, lambda share: self.check())
        self.logbook.companions.append(self.previews)

    @property
    def name(self) -> str:
        return self.logbook.name

    @property
    def has_own_sprites(self) -> bool:
        """Whether its owner gave the sprites."""
        return self.read_own is not None

    @property
    def config(self) -> TrainConfig:
        return self.logbook.config

    @property
    def under_way(self) -> bool:
        return self.state.under_way

    @property
    def is_unfinished(self) -> bool:
        """Whether it is under way or pauses, and so keeps a place."""
        return self.under_way or (self.state is State.PAUSED and not self.is_gone)

    @property
    def can_go_on(self) -> bool:
        """Whether it rests and has something to go on from: a kept state, or nothing learnt yet."""
        has_start = self.at is None or self.logbook.state_path.exists()
        return self.state.can_go_on and has_start and not self.is_gone

    @property
    def seconds_left(self) -> float:
        """An estimate of the time that it still needs, by the clock."""
        return self.at.seconds_left if self.at else 60 * (self.config.minutes or self.limits.minutes)

    @property
    def _absent_s(self) -> float:
        return monotonic() - self.seen

    def check(self) -> None:
        """Leave the training if its owner asked for that, or has been gone for long, or its turn is over."""
        if not self.asked and self._absent_s > 60 * self.limits.absent_minutes:
            self.asked = State.PAUSED
            self.message = f"its page has been gone for {self.limits.absent_minutes:g} minutes."
        if self.asked:
            raise _HaltedError
        if self._turn_is_over():
            raise _GivesWayError

    def learnt(self, device: torch.device) -> DiffusionModel | None:
        """The model as it is now, live while it trains; None before there is any."""
        last = self.logbook.last
        if last:
            return last.state.model
        if not self.checkpoints():
            return None
        version = modified_at(weights_path(self.name, self.logbook.folder))
        return self._learnt.get_or_make(version, lambda: load_checkpoint(self.name, self.logbook.folder, device))

    def training_part(self) -> SpriteSet:
        """The sprites that it learns from; a learner's own are in memory while it trains, else only on disk.

        Raises CheckpointError if they are gone.
        """
        if not self.has_own_sprites:
            return self.reference.training
        return self._own_part() if self.state is State.RUNNING else self._read_own_part()

    def _read_own_part(self) -> SpriteSet:
        return self.read_own().split()[0]

    def checkpoints(self) -> list[str]:
        """The names of all that can be loaded of it: the last state, the best one, and those along the way."""
        names = [self.name, *(self.snapshots.name(mark) for mark in reversed(self.snapshots.marks))]
        return [name for name in names if weights_path(name, self.logbook.folder).exists()]

    def recall(self) -> None:
        """Bring back what an unfinished training of an earlier program had shown, as far as it can be read."""
        with self._reading:
            if self.under_way or self.logbook.losses or not self.logbook.state_path.exists():
                return
            try:
                saved = self.logbook.resume()
            except CheckpointError as error:
                self.message = str(error)
                return
        step, seconds, rate = (saved[key].item() for key in ("step", "seconds", "learning_rate"))
        self.at = self._how_far(step, seconds, rate)

    def forget(self, why: str = MADE_ROOM) -> None:
        """Take leave of files that are gone; the owner is told why."""
        self.state, self.message, self.is_gone = State.FAILED, why, True

    def run(self, device: torch.device, turn_is_over: Callable[[], bool] = lambda: False) -> None:
        """Train to the end, or to where it is halted; `state` says which, `message` what went wrong.

        turn_is_over: asked between steps; then it is QUEUED again.
        """
        self._turn_is_over = turn_is_over
        try:
            self.state = self._train(device)
        except Exception as error:   # whatever it is: the app goes on, and the queue too
            self._failed(self._in_a_sentence(error))
        finally:
            self.logbook.last = None   # the last step holds all of the network: let it go
            self._own_part = Once(self._read_own_part)   # and the sprites

    def _train(self, device: torch.device) -> State:
        training = self.training_part()
        saved = self._saved()
        self._time_got = TimeGot()   # a rest is no time that others got
        model = new_model(self.config, training.categories, device, palette_of(training.images))
        _check_size(model.net, self.limits)
        if saved is None:
            self.logbook.series.cannot_avoid(*unavoidable_losses(model, training, self.config))
        try:
            self.previews.open(model)
            with closing(self.logbook.follow(train(model, training, self.config, saved))) as steps:
                for step in steps:
                    self._follow(step)
        except _HaltedError:
            return self._at_rest(self.asked)
        except _GivesWayError:
            return self._at_rest(State.QUEUED)
        return State.FINISHED

    def _at_rest(self, asked: State) -> State:
        """What it is once it halts: as was asked, or finished, if its last step was made before it heard of that."""
        last = self.logbook.last
        return State.FINISHED if last and last.progress >= 1 else asked

    def _saved(self) -> dict[str, Tensor] | None:
        with self._reading:
            return self.logbook.resume() if self.logbook.state_path.exists() else None

    def _follow(self, step: TrainStep) -> None:
        self._cores.took(step.took)
        got = self._time_got.part(step.seconds)
        self.at = self._how_far(step.step, step.seconds, step.state.learning_rate)._replace(time_got=got)
        self._take_up_learning_rate(step)
        kept = self.snapshots.follow(step)
        score = self.previews.look(step, kept)
        if self.has_own_sprites and kept:
            score = self.logbook.series.smooth   # no judge knows these sprites: the loss has to do
        if score is not None:
            self.snapshots.judged(step, score)
        if step.progress < 1:
            self.check()

    def _how_far(self, step: int, seconds: float, rate: float) -> HowFar:
        return HowFar(step, seconds, step * self.config.batch / seconds, rate, self.config.progress(step, seconds))

    def _take_up_learning_rate(self, step: TrainStep) -> None:
        rate, self.learning_rate = self.learning_rate, None
        if rate is not None and rate != step.state.learning_rate:
            step.state.learning_rate = rate
            self.logbook.series.rate_changed(step.step, step.seconds, rate)

    def _failed(self, sentence: str) -> None:
        self.state, self.message = State.FAILED, sentence

    def _in_a_sentence(self, error: Exception) -> str:
        """What went wrong, for the learner."""
        if is_out_of_memory(error):
            return f"there was not enough memory for a batch of {self.config.batch}: choose a smaller one."
        if is_full(error):
            then = "press Resume" if self.logbook.state_path.exists() else "start again"
            return f"the disk is full: make room, then {then}. {self._what_is_kept()}"
        return f"{tell(error)} {self._what_is_kept()}"

    def _what_is_kept(self) -> str:
        names = self.checkpoints()
        return f"The last good checkpoint is {names[0]}." if names else "No checkpoint had been saved yet."


def _check_size(net: nn.Module, limits: Limits) -> None:
    parameters = sum(weight.numel() for weight in net.parameters())
    if parameters > limits.parameters:
        most = f"here it may have at most {limits.parameters:,}"
        raise InputError(f"this network has {counted(parameters, 'parameter')}: {most}.")
