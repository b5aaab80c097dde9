"""Turns: one network call at a time on this server. What follows a finger goes first, and equal questions together."""

from collections import Counter
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from threading import Condition, Thread
from time import monotonic
from typing import Any, TypeVar

from diffusion.support.checks import InputError

BUSY = "The server is busy: try again in a moment."
MOST_WAITING = 128                 # questions
LONG_EACH, LONG_ALL = 2, 12        # pieces of long work of one visitor, and of all, that hold a thread of the server
IDLE_S = 30.0                      # after which the thread ends; the next question starts another
ASKS_AGAIN_S = 0.03                # within which who drags has seen an answer, and asks again
DRAGS_S = 1.0                      # after an answer, for which its owner counts as one who drags
END = object()

Item, Answer = TypeVar("Item"), TypeVar("Answer")
# Computes the answers to some items, and yields wherever something more urgent may go between.
Work = Callable[[Sequence[Item]], Generator[None, None, Sequence[Answer]]]


class Turn(IntEnum):
    """How urgent work is; the first goes first."""

    DRAG = 0   # follows a slider
    REST = 1   # the same in full, once it rests
    RUN = 2
    LONG = 3   # hundreds of steps, files that are saved, measuring


# How long a question waits until it is answered that the server is busy; the others wait as long as it takes.
WAITS_S = {Turn.DRAG: 5.0, Turn.REST: 20.0}
# The part of the time that each has at least while more urgent work never ends, so that everything does.
SHARES = {Turn.REST: 0.3, Turn.RUN: 0.2, Turn.LONG: 0.1}


class BusyError(InputError):
    """There is too much to do to answer in time."""

    def __init__(self) -> None:
        super().__init__(BUSY)


class SupersededError(Exception):
    """The same learner asked something newer meanwhile."""


class LeftError(InputError):
    """Nobody waits for the answer any more."""

    def __init__(self) -> None:
        super().__init__("Whoever asked this has left.")


@dataclass(eq=False)
class Question:
    """One thing asked. owner: the visitor; about: a newer question of the owner about it makes this one void, "" for
    none; key: questions with the same one that wait are answered by one call of `work`, at most `together` of them."""

    turn: Turn
    owner: str
    item: Any
    work: Work
    key: Hashable = None
    about: str = ""
    together: int = 1
    answer: Future = field(default_factory=Future)


@dataclass(eq=False)
class _Group:
    """Questions that are being answered together."""

    questions: list[Question]
    steps: Generator[None, None, Sequence[Any]]

    @property
    def turn(self) -> Turn:
        return self.questions[0].turn

    @property
    def owners(self) -> list[str]:
        return [question.owner for question in self.questions]


class Turns:
    """Does all network work that is asked for, a step at a time, in one thread; safe to ask from many."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: list[Question] = []
        self._begun: list[_Group] = []
        self._long: Counter[str] = Counter()
        self._served: dict[str, float] = {}              # owner: when last
        self._owed_at = dict.fromkeys(SHARES, 0.0)       # when a turn has had so little that it goes before all others
        self._dragged: dict[str, float] = {}             # owner: when the last answer that follows a slider was given
        self._is_running = False

    def ask(self, question: Question) -> Any:
        """The answer to a question; raises what computing it raises.

        Raises BusyError if there is too much to do, or its turn has not come in time; SupersededError if the owner
        asked something newer about the same.
        """
        self._enter(question)
        try:
            return question.answer.result(WAITS_S.get(question.turn))
        except FutureTimeoutError:
            if self._gave_up(question):
                raise BusyError from None
            return question.answer.result()   # it is being answered

    def alone(self, turn: Turn, owner: str, compute: Callable[[], Answer], about: str = "") -> Answer:
        """What `compute` gives, in a turn of its own; raises as `ask` does."""
        return self.ask(Question(turn, owner, compute, _compute_alone, about=about))

    def each(self, turn: Turn, owner: str, items: Iterator[Item]) -> Iterator[Item]:
        """The same items, each made in a turn of its own: others go between."""
        stream = iter(items)
        while (item := self.alone(turn, owner, partial(next, stream, END))) is not END:
            yield item

    @contextmanager
    def place(self, owner: str) -> Iterator[None]:
        """A place for long work; raises BusyError if the owner has as many as are a fair part, or all are taken."""
        with self._changed:
            if self._long[owner] >= LONG_EACH or self._long.total() >= LONG_ALL:
                raise BusyError
            self._long[owner] += 1
        try:
            yield
        finally:
            with self._changed:
                self._long[owner] -= 1
                self._long += Counter()   # drops those with none

    def others(self, owner: str) -> int:
        """How many others have long work here: so many take turns with the owner's."""
        with self._changed:
            return len(self._long.keys() - {owner})

    @property
    def dragging(self) -> int:
        """How many drag by now: they wait, or were answered just now."""
        now = monotonic()
        with self._changed:
            waiting = {question.owner for question in self._waiting if question.turn is Turn.DRAG}
            return len(waiting | self._dragged_lately(now).keys())

    def _dragged_lately(self, now: float) -> dict[str, float]:
        return {owner: at for owner, at in self._dragged.items() if now - at < DRAGS_S}

    def _enter(self, question: Question) -> None:
        with self._changed:
            if question.about:
                self._supersede(question)
            if len(self._waiting) >= MOST_WAITING:
                raise BusyError
            self._waiting.append(question)
            self._changed.notify()
            if not self._is_running:
                self._is_running = True
                Thread(target=self._serve, name="turns", daemon=True).start()

    def _supersede(self, question: Question) -> None:
        same = question.owner, question.about
        for older in [one for one in self._waiting if (one.owner, one.about) == same]:
            self._waiting.remove(older)
            older.answer.set_exception(SupersededError())

    def _gave_up(self, question: Question) -> bool:
        with self._changed:
            waited = question in self._waiting
            if waited:
                self._waiting.remove(question)
            return waited

    def _serve(self) -> None:
        while group := self._next():
            start = monotonic()
            self._take_a_step(group)
            self._note(group, monotonic() - start)

    def _next(self) -> _Group | None:
        """What goes next; None if there has been nothing for a while, and the thread ends."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting or self._begun, IDLE_S):
                self._is_running = False
                return None
            answered_at = max(self._dragged.values(), default=0.0)
            self._changed.wait_for(self._may_begin, answered_at + ASKS_AGAIN_S - monotonic())
            chosen = self._choose()
            if isinstance(chosen, _Group):
                self._begun.remove(chosen)
                return chosen
            return self._gathered(chosen)

    def _may_begin(self) -> bool:
        """Whether what is there goes before what who drags is about to ask: a step that has begun is not broken off."""
        now = monotonic()
        return any(one.turn <= Turn.REST or now > self._owed_at[one.turn] for one in (*self._begun, *self._waiting))

    def _choose(self) -> "Question | _Group":
        """Of the most urgent, or of those that had less than their share, whose owner was served longest ago."""
        there, now = [*self._begun, *self._waiting], monotonic()
        turns = sorted({one.turn for one in there})
        turn = next((turn for turn in turns[1:] if now > self._owed_at[turn]), turns[0])
        return min((one for one in there if one.turn is turn), key=self._last_served)

    def _last_served(self, one: "Question | _Group") -> float:
        owners = one.owners if isinstance(one, _Group) else [one.owner]
        return min(self._served.get(owner, 0.0) for owner in owners)

    def _gathered(self, first: Question) -> _Group:
        same = [one for one in self._waiting if one.key == first.key and one is not first] if first.key else []
        questions = [first, *sorted(same, key=self._last_served)][: max(1, first.together)]
        for question in questions:
            self._waiting.remove(question)
        return _Group(questions, first.work([question.item for question in questions]))

    def _take_a_step(self, group: _Group) -> None:
        try:
            next(group.steps)
        except StopIteration as ended:
            for question, answer in zip(group.questions, ended.value, strict=True):
                question.answer.set_result(answer)
        except BaseException as error:   # whatever it is: who asked is told, and the others are served
            for question in group.questions:
                question.answer.set_exception(error)
        else:
            with self._changed:
                self._begun.append(group)

    def _note(self, group: _Group, seconds: float) -> None:
        now = monotonic()
        with self._changed:
            there = {one.owner for one in self._waiting}.union(*(one.owners for one in self._begun))
            self._served = {owner: at for owner, at in self._served.items() if owner in there or now - at < IDLE_S}
            self._served.update(dict.fromkeys(group.owners, now))
            if group.turn is Turn.DRAG:
                self._dragged = self._dragged_lately(now) | dict.fromkeys(group.owners, now)
            if group.turn in SHARES:
                self._owed_at[group.turn] = now + seconds * (1 / SHARES[group.turn] - 1)


def _compute_alone(computes: Sequence[Callable[[], Any]]) -> Generator[None, None, Sequence[Any]]:
    return [compute() for compute in computes]
    yield   # so that it is a generator
