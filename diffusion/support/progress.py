"""How long work tells of its progress, whatever it is that listens."""

from collections.abc import Callable

Progress = Callable[[float], None]   # hears the share done, 0..1; what it raises ends the work


def silent(share: float) -> None:
    """Progress that nobody listens to."""


def part(progress: Progress, done: float, whole: float, cost: float = 1) -> Progress:
    """The progress of a piece of work that costs `cost` of the `whole`, once `done` of it is done."""
    return lambda share: progress((done + cost * share) / whole)
