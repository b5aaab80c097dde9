"""Text maps of pixels: a character is a material and a tone, so one drawing can wear many colours.

Each material of a drawing owns five characters, from outline to glint: the first 01234, the second abcde,
and so on through QUINTETS. '.' lets what lies below show through, '_' cuts a hole down to the background.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from diffusion.sprites.painter.colours import TONES, ramp
from diffusion.sprites.spriteset import SIZE
from diffusion.support.checks import InputError

QUINTETS = ("01234", "abcde", "klmno", "uvwxy", "ABCDE", "FGHIJ", "KLMNO", "UVWXY")
CLEAR, CUT = 0, 255
BACKGROUND = np.full((1, 3), 255, dtype=np.uint8)

MAPS_FOLDER = Path(__file__).parent / "maps"
LEGEND = {".": CLEAR, "_": CUT} | {char: 1 + i for i, char in enumerate("".join(QUINTETS))}


def parse_map(name: str, rows: list[str], first_row: int = 0) -> np.ndarray:
    """The map `name` as uint8 (16, 16) of pixel codes: CLEAR, CUT, or 1 + 5 * material + tone.

    Raises InputError if a row is not 16 characters wide, a character is not in the legend, or rows overflow.
    """
    if first_row + len(rows) > SIZE:
        raise InputError(f"map {name}: {len(rows)} rows from row {first_row} do not fit into {SIZE}.")
    codes = np.zeros((SIZE, SIZE), dtype=np.uint8)
    for y, row in enumerate(rows, first_row):
        if len(row) != SIZE:
            raise InputError(f"map {name}, row {y}: {row!r} has {len(row)} characters, not {SIZE}.")
        unknown = set(row) - LEGEND.keys()
        if unknown:
            raise InputError(f"map {name}, row {y}: {sorted(unknown)} are not in the legend.")
        codes[y] = [LEGEND[char] for char in row]
    return codes


@cache
def load_maps(file: str) -> dict[str, np.ndarray]:
    """All maps of `maps/{file}.txt`: sections headed '== name' or '== name @first_row', 16 characters a row.

    Lines starting with '# ' between sections are comments. Raises InputError on a malformed or repeated map.
    """
    maps: dict[str, np.ndarray] = {}
    lines = (MAPS_FOLDER / f"{file}.txt").read_text(encoding="utf-8").splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith("== ")]
    for head, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        name, _, first_row = lines[head][3:].partition(" @")
        if name in maps:
            raise InputError(f"map {name} stands twice in {file}.txt.")
        rows = [line for line in lines[head + 1 : end] if line and not line.startswith("# ")]
        maps[name] = parse_map(name, rows, int(first_row or 0))
    return maps


def stack(layers: Iterable[np.ndarray]) -> np.ndarray:
    """Lay maps over one another, the last on top: uint8 (16, 16) of pixel codes without CUT."""
    codes = np.zeros((SIZE, SIZE), dtype=np.uint8)
    for layer in layers:
        np.copyto(codes, layer, where=layer != CLEAR)
    codes[codes == CUT] = CLEAR
    return codes


def colour(codes: np.ndarray, ramps: Iterable[str]) -> np.ndarray:
    """Dress pixel codes (16, 16) in one ramp a material, on white: uint8 (16, 16, 3)."""
    palette = np.concatenate([BACKGROUND, *(ramp(name) for name in ramps)])
    if codes.max() >= len(palette):
        material = (int(codes.max()) - 1) // len(TONES)
        raise InputError(f"a map uses {QUINTETS[material]}, but only {len(palette) // len(TONES)} materials are given.")
    return palette[codes]
