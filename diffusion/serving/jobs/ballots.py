"""Ballots: what most of a class want of a training that all of them will watch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from secrets import token_urlsafe
from threading import Lock
from typing import Any, NamedTuple

from diffusion.serving.caches import Recent
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.limits import Limits
from diffusion.support.checks import InputError
from diffusion.support.wording import shown
from diffusion.training.recipes import TrainConfig, recipe

KEPT = 32      # ballots; then the one that nobody has looked at for longest is forgotten
VOTERS = 500   # of one ballot


class Question(NamedTuple):
    """A setting of the recipe "fast", and the values that may be chosen, in order."""

    setting: str
    values: tuple[float, ...]

    @property
    def usual(self) -> float:
        """The value that is nearest to the recipe's own."""
        own = getattr(recipe("fast"), self.setting)
        return min(self.values, key=lambda value: abs(value - own))

    def within(self, limits: Limits) -> "Question":
        """The same without the values that are not allowed here, but for the least."""
        most = getattr(limits, self.setting, inf)
        return self._replace(values=tuple(value for value in self.values if value <= most) or self.values[:1])

    def winner(self, counts: Sequence[int]) -> float:
        """The value with most votes; of several, the one that stands nearest to the usual one."""
        place = self.values.index(self.usual)
        best = max(range(len(self.values)), key=lambda i: (counts[i], -abs(i - place)))
        return self.values[best]


QUESTIONS = (
    Question("minutes", (1, 2, 5, 10)),
    Question("batch", (16, 64, 256)),
    Question("learning_rate", (2e-4, 2e-3, 2e-2)),
    Question("context_dropout", (0.0, 0.1, 0.5)),
)


@dataclass
class Ballot:
    """The votes for one training. `link` is known to the class; only the owner can close it."""

    owner: str
    link: str = field(default_factory=lambda: token_urlsafe(16))
    votes: dict[str, tuple[float, ...]] = field(default_factory=dict)   # by voter, a value for each question
    job: TrainingJob | None = None   # once it is closed

    def counts(self, questions: Sequence[Question]) -> list[list[int]]:
        """How many votes each value of each question has."""
        votes = list(self.votes.values())
        return [
            [sum(vote[i] == value for vote in votes) for value in question.values]
            for i, question in enumerate(questions)
        ]


class Ballots:
    """The ballots of one app."""

    def __init__(self, jobs: JobTable) -> None:
        self.questions = tuple(question.within(jobs.limits) for question in QUESTIONS)
        self._jobs = jobs
        self._kept: Recent[str, Ballot] = Recent(KEPT)
        self._lock = Lock()

    def open(self, owner: str) -> Ballot:
        """A new ballot of an owner."""
        ballot = Ballot(owner)
        self._kept.put(ballot.link, ballot)
        return ballot

    def find(self, link: str) -> Ballot:
        """The ballot behind a link; InputError if there is none (any more)."""
        ballot = self._kept.get(link) if isinstance(link, str) else None
        if ballot is None:
            raise InputError("there is no such vote (any more): ask for a new link.")
        return ballot

    def has(self, link: str) -> bool:
        """Whether there is a ballot behind a link."""
        return self._kept.get(link) is not None

    def vote(self, link: str, voter: str, values: Sequence[Any]) -> Ballot:
        """Take a voter's values, one for each question, in place of earlier ones.

        Raises InputError if one cannot be chosen, or the ballot is closed or full.
        """
        ballot = self.find(link)
        for question, value in zip(self.questions, values, strict=True):
            if value not in question.values:
                choices = ", ".join(f"{one:g}" for one in question.values)
                raise InputError(f"{question.setting} = {shown(value)}: choose one of {choices}.")
        with self._lock:
            if ballot.job is not None:
                raise InputError("the vote is over: its training has begun.")
            if len(ballot.votes) >= VOTERS and voter not in ballot.votes:
                raise InputError(f"{VOTERS} have voted already: no more can.")
            ballot.votes[voter] = tuple(values)
        return ballot

    def close(self, link: str, owner: str) -> TrainingJob:
        """Begin the training that most want; InputError if it is somebody else's ballot, or none may begin."""
        ballot = self.find(link)
        if ballot.owner != owner:
            raise InputError("only who asked the class can begin its training.")
        with self._lock:
            if ballot.job is None:
                ballot.job = self._jobs.start(None, self.wanted(ballot), owner)
            return ballot.job

    def wanted(self, ballot: Ballot) -> TrainConfig:
        """The training that most want by now."""
        counted = zip(self.questions, ballot.counts(self.questions), strict=True)
        return recipe("fast", **{question.setting: question.winner(counts) for question, counts in counted})
