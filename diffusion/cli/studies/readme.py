"""The README as a page that measured tables are written into."""

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
