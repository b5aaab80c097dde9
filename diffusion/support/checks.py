"""Checks of what people give, with one sentence that names it and what would be right."""

import sys
from collections.abc import Collection

from diffusion.support.wording import quoted, shown

GREATEST = sys.float_info.max


class InputError(ValueError):
    """What somebody gave cannot be; its text is a sentence for people: what it is, and what would be right."""


def check_number(name: str, value: float, low: float, high: float) -> None:
    """Raise InputError unless `value` is a finite number from `low` to `high`."""
    if not is_number(value) or not low <= value <= high:
        raise InputError(f"{shown(name)} = {shown(value)}: it must be a number from {low:g} to {high:g}.")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raise InputError unless `value` is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{shown(name)} = {shown(value)}: it must be a whole number from {low} to {high}.")


def whole(name: str, value: float | None) -> int:
    """A number such as 3 or 3.0 as a whole one; InputError if it is none, as in a field that was left empty."""
    if not is_number(value) or value != int(value):
        raise InputError(f"{shown(name)} = {shown(value)}: give a whole number.")
    return int(value)


def is_number(value: object) -> bool:
    """Whether it is a finite number, and no larger than a float can be."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -GREATEST <= value <= GREATEST


def check_known(what: str, value: object, known: Collection[str]) -> None:
    """Raise InputError unless `value` is among those known, such as "sampler 'x' is unknown: choose from ddpm."."""
    if not isinstance(value, str) or value not in known:
        raise InputError(f"{what} {quoted(value)} is unknown: choose from {', '.join(known) or 'none'}.")
