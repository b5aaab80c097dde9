"""How numbers, counts, names and lists are said, wherever people read them."""

import reprlib
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

FAR = 100 * 60   # seconds from which a time is told in hours
LONGEST_NAME = 80
NAMES_LISTED = 5
SIGNS = frozenset("&<>\\\"'`*_~#|[](){}!$^:@.")   # what Markdown or HTML may take for more than a sign
TURNS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def duration(seconds: float) -> str:
    """A time as people say it, such as "40 s" or "4 min 10 s"."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < FAR:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return f"{seconds / 3600:.1f} hours"


def minutes(count: float) -> str:
    """So many minutes, such as "1 minute" or "0.5 minutes"."""
    return counted(int(count), "minute") if count == int(count) else f"{count:g} minutes"


def counted(n: int, noun: str) -> str:
    """The count with its noun, such as "1 sprite" or "1,788 sprites"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def with_spread(mean: float, spread: float | None) -> str:
    """A mean, with its standard deviation where there is more than one to take it over."""
    return f"{mean:.2f}" if spread is None else f"{mean:.2f} ± {spread:.2f}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table as lines of text: the first column to the left, all others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))])
        for first, *cells in rows
    ]


def listed(names: Sequence[str]) -> str:
    """The first few names, then how many more there are."""
    first = [shown(name) for name in names[:NAMES_LISTED]]
    if len(names) > NAMES_LISTED:
        return f"{', '.join(first)} and {len(names) - NAMES_LISTED:,} more"
    return " and ".join([", ".join(first[:-1]), first[-1]] if len(first) > 1 else first)


def each_once(names: Iterable[str]) -> str:
    """As `listed`, each name where it comes first, such as the machines that measured a table's rows."""
    return listed([*dict.fromkeys(names)])


def shown(given: object, longest: int = LONGEST_NAME) -> str:
    """What somebody gave, on one line: a file by its name, a text as it is, all else as Python writes it.

    Control characters are replaced, marks that turn the reading direction left out, and the middle of what is long cut.
    """
    if isinstance(given, Path):
        given = given.name or str(given)
    text = given if isinstance(given, str) else reprlib.repr(given)
    text = "".join("\ufffd" if has_control(char) else char for char in unturned(text))
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}…{text[-half + 1 :]}"


def quoted(given: object) -> str:
    """The same, a text between quotation marks."""
    return repr(shown(given)) if isinstance(given, str) else shown(given)


def unturned(text: str) -> str:
    """The text without the marks that turn the reading direction: what stands after one could pose as another."""
    return text.translate(TURNS)


def plain(text: str) -> str:
    """A text from outside as Markdown and HTML show it: just as it is, nothing in it interpreted."""
    return "".join(f"&#{ord(char)};" if char in SIGNS else char for char in unturned(text))


def has_control(text: str) -> bool:
    """Whether `text` holds line breaks, control characters or bytes that are not text."""
    return any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text)
