"""How numbers, counts, names and lists are said, wherever people read them."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

FAR = 100 * 60   # seconds from which a time is told in hours
LONGEST_NAME = 80
NAMES_LISTED = 5


def duration(seconds: float) -> str:
    """A time as people say it, such as "40 s" or "4 min 10 s"."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < FAR:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return f"{seconds / 3600:.1f} hours"


def counted(n: int, noun: str) -> str:
    """The count with its noun, such as "1 sprite" or "1,788 sprites"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def with_spread(mean: float, spread: float, repeats: int) -> str:
    """A mean, with its standard deviation where there is more than one to take it over."""
    return f"{mean:.2f} ± {spread:.2f}" if repeats > 1 else f"{mean:.2f}"


def listed(names: Sequence[str]) -> str:
    """The first few names, then how many more there are."""
    first = [shown(name) for name in names[:NAMES_LISTED]]
    if len(names) > NAMES_LISTED:
        return f"{', '.join(first)} and {len(names) - NAMES_LISTED:,} more"
    return " and ".join([", ".join(first[:-1]), first[-1]] if len(first) > 1 else first)


def shown(file: Path | str) -> str:
    """A file's name on one line, however it is spelt: control characters replaced, the middle of long ones cut."""
    name = (file.name or str(file)) if isinstance(file, Path) else file
    name = "".join("\ufffd" if has_control(char) else char for char in name)
    if len(name) <= LONGEST_NAME:
        return name
    half = LONGEST_NAME // 2
    return f"{name[:half]}…{name[-half + 1 :]}"


def has_control(text: str) -> bool:
    """Whether `text` holds line breaks, control characters or bytes that are not text."""
    return any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text)
