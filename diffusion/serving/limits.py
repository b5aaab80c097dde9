"""What one app lets its learners use: settings with safe values, each of which the environment can change."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from diffusion.support.checks import InputError, check_number, check_whole
from diffusion.support.wording import quoted

PREFIX = "SPRITE_LAB_"
SPACES_MARK = "SPACE_ID"   # Hugging Face Spaces set it


@dataclass(frozen=True)
class Limits:
    """Bounds of training and of room in the app; SPRITE_LAB_MINUTES=20 in the environment sets `minutes`, and so on.

    Raises InputError naming the first that is out of range.
    """

    minutes: float = 60           # of one training
    steps: int = 100_000          # of one training
    batch: int = 512
    parameters: int = 20_000_000  # of one network
    at_once: int = 1              # trainings that run at the same time
    turn_minutes: float = 1       # of a training, while others wait
    waiting: int = 32             # trainings in the queue
    absent_minutes: float = 10    # without its owner's page, after which a training is paused
    checkpoints: int = 8          # kept of one training, besides the last and the best
    unfinished_each: int = 8      # trainings of one visitor that wait, run or pause
    unfinished: int = 64          # of all visitors
    rest_hours: float = 720       # without its owner, while the app runs, after which an unfinished training goes
    disk_mb_each: int = 2000      # of all that one visitor trained or gave
    disk_mb: int = 4000           # of all visitors together; what has been abandoned longest goes first
    upload_mb_each: int = 500     # of files that one visitor has just uploaded
    upload_mb: int = 2000         # of all visitors together

    def __post_init__(self) -> None:
        check_number("minutes", self.minutes, 0.1, 10_000)
        check_number("turn_minutes", self.turn_minutes, 0.01, 10_000)
        check_number("absent_minutes", self.absent_minutes, 0.01, 100_000)
        check_number("rest_hours", self.rest_hours, 0.001, 1_000_000)
        for field in fields(self):
            if field.type is int:
                check_whole(field.name, getattr(self, field.name), 1, 10**9)

    @classmethod
    def of_this_place(cls, environment: Mapping[str, str] = os.environ) -> "Limits":
        """The limits for where the app runs: tighter on a public Space, and as the environment says."""
        limits = PUBLIC if environment.get(SPACES_MARK) else cls()
        return replace(limits, **_said(environment))


PUBLIC = Limits(
    minutes=10, steps=20_000, batch=256, parameters=8_000_000, waiting=24, checkpoints=4, unfinished_each=3,
    unfinished=32, rest_hours=6, disk_mb_each=300, disk_mb=1500, upload_mb_each=120, upload_mb=600,
)   # fmt: skip


def _said(environment: Mapping[str, str]) -> dict[str, float]:
    """The limits that the environment sets; InputError if one is no number."""
    said = {}
    for field in fields(Limits):
        text = environment.get(PREFIX + field.name.upper())
        if text is None:
            continue
        try:
            said[field.name] = field.type(text)
        except ValueError as error:
            kind = "whole number" if field.type is int else "number"
            raise InputError(f"{PREFIX}{field.name.upper()} = {quoted(text)}: give a {kind}.") from error
    return said
