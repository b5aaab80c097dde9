"""Checks of what people give, with one sentence that names it and what would be right."""

from collections.abc import Collection
from math import isfinite


def check_number(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless `value` is a finite number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or not low <= value <= high:
        raise ValueError(f"{name} = {value}: it must be a number from {low:g} to {high:g}.")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raise ValueError unless `value` is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} = {value}: it must be a whole number from {low} to {high}.")


def check_known(what: str, value: object, known: Collection[str]) -> None:
    """Raise ValueError unless `value` is among those known, such as "sampler 'x' is unknown: choose from ddpm."."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{what} {value!r} is unknown: choose from {', '.join(known) or 'none'}.")
