"""What the readers say to people: their one error, and the wording of names, counts and lists."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

LONGEST_NAME = 80
NAMES_LISTED = 5


class SpriteDataError(ValueError):
    """Sprites that cannot be read: one plain sentence of the file's name and its problem."""

    def __init__(self, file: Path | str, problem: str) -> None:
        self.problem = problem
        super().__init__(f"{shown(file)} {problem}.")


class UnreadableFileError(SpriteDataError):
    """A file that is damaged or too large, and can be passed over where others are fine."""


def has_control(text: str) -> bool:
    """Whether `text` holds line breaks, control characters or bytes that are not text."""
    return any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text)


def shown(file: Path | str) -> str:
    """A file's name on one line, however it is spelt: control characters replaced, the middle of long ones cut."""
    name = (file.name or str(file)) if isinstance(file, Path) else file
    name = "".join("\ufffd" if has_control(char) else char for char in name)
    if len(name) <= LONGEST_NAME:
        return name
    half = LONGEST_NAME // 2
    return f"{name[:half]}…{name[-half + 1 :]}"


def counted(n: int, noun: str) -> str:
    """The count with its noun, such as "1 sprite" or "1,788 sprites"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """The first few names, then how many more there are."""
    first = [shown(name) for name in names[:NAMES_LISTED]]
    if len(names) > NAMES_LISTED:
        return f"{', '.join(first)} and {len(names) - NAMES_LISTED:,} more"
    return " and ".join([", ".join(first[:-1]), first[-1]] if len(first) > 1 else first)
