"""The README as a page that measured tables are written into, and how its tables are written."""

from collections.abc import Sequence
from pathlib import Path

from diffusion.support.checks import InputError

PATH = Path(__file__).parents[3] / "README.md"


def write_between(begin: str, end: str, text: str, path: Path = PATH) -> None:
    """Replace what stands between two markers of a page; InputError if they are not there."""
    page = path.read_text(encoding="utf-8")
    before, found_begin, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise InputError(f"{path.name} has no place for results: it lacks {begin} or {end}.")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in the lines of a page."""
    return [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]
