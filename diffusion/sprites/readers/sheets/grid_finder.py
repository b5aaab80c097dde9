"""The grid of a sheet, found in its pixels: tiles end where drawings do not go on, again and again at one distance.

A drawing goes on over the line between two rows or columns where both sides are drawn, and the more so in nearly one
colour. Over the lines of the true grid it goes on far less than over others, however much the figures fill their tiles.
Gaps between tiles are empty, or repeat the tiles' edges (extruded, against seams).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from diffusion.sprites.readers.fitting import Drawing, common_ground, enlargement
from diffusion.sprites.readers.sheets.sheet_grid import SheetGrid

SMALLEST, SMALLEST_OBLONG, LARGEST = 8, 12, 512   # pixels a side of a tile that is found
GAPS = range(17)
LOOKED_AT = 8192   # rows or columns, of very long sheets
ONE_COLOUR = 24   # how far apart, of 255, two colours are that may be of one thing
LEAST_GROUND = 0.05   # of all pixels
COUNTED = 512         # pixels a side of the part in which colours are counted
MANY_COLOURS = 2048   # as after JPEG,
BLUR = 0.1            # which leaves traces in as much of an empty row or column
FULL = 0.8        # of all pixels
LITTLE = 0.03     # of all lines: where less goes on anywhere, as in noise, that tells of no grid
FEW = 0.55        # of what goes on over other lines: at most so much goes on over those of a grid
REPEATS = 0.5     # of all lines: if more than these repeat the one before, that tells of no extruded edges,
STRAY = 0.25      # and if, at one pitch, as many of a tile's lines do so, the picture was enlarged by a broken factor
NEARLY = 0.9      # of the best evidence: what has as much may be meant as well
USUAL = 8         # tiles are mostly multiples of this

T = TypeVar("T")


@dataclass(frozen=True)
class Wanted:
    """What is known of a grid already; None is to be found."""

    width: int | None = None
    height: int | None = None
    gap: int | None = None
    margin: int | None = None

    def reduced(self, factor: int) -> "Wanted | None":
        """The same on the picture made smaller by a whole factor, if all numbers have it."""
        known = {name: value for name, value in vars(self).items() if value is not None}
        if any(value % factor for value in known.values()):
            return None
        return Wanted(**{name: value // factor for name, value in known.items()})


@dataclass(frozen=True)
class _Axis:
    """What sheets of one size show along one axis, all of them taken together.

    going_on: how much of the drawings goes on over the line before each row or column, in units of its mean (NaN
    outside of all ink); empty: those without ink; same: those that repeat the one before.
    """

    going_on: np.ndarray
    empty: np.ndarray
    same: np.ndarray
    length: int
    inked: tuple[int, int]   # the first row or column with ink, and the one after the last


@dataclass(frozen=True)
class _Tiles:
    """Tiles along one axis. fills: they leave nothing of it but a margin; evidence: the lines that speak for them."""

    size: int
    gap: int
    start: int
    count: int
    fills: bool
    evidence: float



Pair = tuple[_Tiles, _Tiles]


def find_grid(sheets: Sequence[Drawing], wanted: Wanted) -> SheetGrid | None:
    """The grid of at least two tiles that sheets of one size have in common, if their pixels tell; it is as wanted."""
    factor = enlargement(sheets)
    if factor > 1 and (smaller := wanted.reduced(factor)) is not None:
        found = find_grid([sheet[::factor, ::factor] for sheet in sheets], smaller)
        return found and found.enlarged(factor)
    across, down = _axis(sheets, 1), _axis(sheets, 0)
    if across.empty.all():
        return None
    columns, rows = list(_possible(across, wanted.width, wanted)), list(_possible(down, wanted.height, wanted))
    pairs = [_pair(_with_gap(columns, gap), _with_gap(rows, gap)) for gap in GAPS]
    best = _best([pair for pair in pairs if pair], _evidence_of_both, _plainness_of_both)
    if best is None:
        return None
    x, y = best
    gap = max(x.gap, y.gap)   # a single tile has none of its own
    return SheetGrid(x.size, y.size, x.start, y.start, gap, gap)


def cuts_through(sheet: Drawing, grid: SheetGrid) -> bool:
    """Whether drawings go on over the lines of this grid as over any others; False where there is no ground."""
    if _sheet_ink(sheet).all():
        return False
    rows, columns = grid.shape(*sheet.shape[:2])
    across = grid.left + np.arange(1, columns) * (grid.width + grid.gap_x)
    down = grid.top + np.arange(1, rows) * (grid.height + grid.gap_y)
    over = []
    for axis, starts, gap in ((_axis([sheet], 1), across, grid.gap_x), (_axis([sheet], 0), down, grid.gap_y)):
        lines = np.union1d(starts, starts - gap)
        over.append(axis.going_on[lines[lines < len(axis.going_on)]])
    known = np.concatenate(over)
    known = known[~np.isnan(known)]
    return bool(known.size) and float(known.mean()) > FEW


def _sheet_ink(sheet: Drawing) -> np.ndarray:
    """Which pixels are drawn, bool (H, W), though figures may reach into corners, and tiles there be blank."""
    is_there = sheet[..., 3] > 0
    if not is_there.all():
        return is_there
    if _is_lossy(sheet):
        grounds, near = [sheet[y, x] for y in (0, -1) for x in (0, -1)], ONE_COLOUR
    else:
        grounds, near = list(_grounds(sheet)), 0
    for ground in grounds:
        apart = np.maximum(sheet, ground) - np.minimum(sheet, ground)
        is_ground = (apart <= near).all(axis=2)
        if is_ground.mean() > LEAST_GROUND:
            return ~is_ground
    return is_there


def _is_lossy(sheet: Drawing) -> bool:
    """Whether it has more colours than are drawn by hand, as after JPEG: then its ground is not of one colour."""
    corner = np.ascontiguousarray(sheet[:COUNTED, :COUNTED])
    return len(np.unique(corner.view(np.uint32))) > MANY_COLOURS


def _grounds(sheet: Drawing) -> Iterator[np.ndarray]:
    """Colours that may be the ground, the likeliest first: that of most corners, of a blank one, of two of them."""
    if (common := common_ground([sheet])) is not None:
        yield common
    ends = (slice(SMALLEST), slice(-SMALLEST, None))
    blocks = [sheet[rows, columns] for rows in ends for columns in ends]
    yield from (block[0, 0] for block in blocks if (block == block[0, 0]).all())
    corners = Counter(tuple(sheet[y, x].tolist()) for y in (0, -1) for x in (0, -1))
    yield from (np.array(colour, np.uint8) for colour, count in corners.items() if count > 1)


def _axis(sheets: Sequence[Drawing], axis: int) -> _Axis:
    n = sheets[0].shape[axis]
    going_on, empty, same = np.zeros(n), np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    for sheet in sheets:
        is_ink, lines = _sheet_ink(sheet), np.moveaxis(sheet, axis, 0)
        going_on += _going_on(sheet, is_ink, axis).mean(axis=1)
        empty &= is_ink.mean(axis=1 - axis) <= (BLUR if _is_lossy(sheet) else 0)
        same[1:] &= (lines[1:] == lines[:-1]).all(axis=(1, 2))
    drawn = np.flatnonzero(~empty)
    inked = (int(drawn[0]), int(drawn[-1]) + 1) if len(drawn) else (0, 0)
    mean = going_on.sum() / max(inked[1] - inked[0] - 1, 1)
    going_on = going_on / mean if mean > LITTLE * len(sheets) else np.ones(n)
    going_on[: inked[0] + 1] = going_on[inked[1] :] = np.nan
    start = slice(LOOKED_AT)
    return _Axis(going_on[start], empty[start], same[start], n, inked)


def _going_on(sheet: Drawing, is_ink: np.ndarray, axis: int) -> np.ndarray:
    """How much the drawing goes on over the line before each row (axis 0) or column (axis 1); that axis comes first."""
    lines, drawn = np.moveaxis(sheet[..., :3], axis, 0), np.moveaxis(is_ink, axis, 0)
    apart = np.maximum(lines[1:], lines[:-1]) - np.minimum(lines[1:], lines[:-1])
    goes_on = np.zeros(drawn.shape, dtype=np.float32)
    goes_on[1:] = (apart < ONE_COLOUR).all(axis=2) & drawn[1:] & drawn[:-1]
    if drawn.mean() < FULL or not drawn.any(axis=1).all():   # else nearly every line has ink on both sides
        goes_on[1:] += drawn[1:] & drawn[:-1]
        goes_on /= 2
    return goes_on


def _possible(axis: _Axis, size: int | None, wanted: Wanted) -> Iterator[_Tiles]:
    """Every way to lay tiles along the axis, a single one included, that the pixels do not speak against."""
    sizes = range(SMALLEST, min(axis.length // 2, LARGEST) + 1) if size is None else range(size, size + 1)
    gaps = GAPS if wanted.gap is None else range(wanted.gap, wanted.gap + 1)
    starts = GAPS if wanted.margin is None else range(wanted.margin, wanted.margin + 1)
    for pitch in range(sizes.start + gaps.start, sizes.stop + gaps.stop - 1):
        for tiles in (*_between_gaps(axis, pitch, gaps, starts), *_extruded(axis, pitch, gaps, starts)):
            if tiles.size in sizes and tiles.count > 1:
                yield tiles
    for start in starts:
        for end in (axis.length, axis.length - start):
            if size in (None, end - start) and end > start and _holds_all(axis, start, end):
                yield _Tiles(end - start, 0, start, 1, True, 0.0)


def _between_gaps(axis: _Axis, pitch: int, gaps: range, starts: range) -> Iterator[_Tiles]:
    """Tiles with one pitch, and empty gaps or none, over whose starts little goes on."""
    halves = _folded_mean(axis.going_on, 2 * pitch).reshape(2, pitch)   # each second line by itself
    is_empty = _folded_all(axis.empty, pitch)
    is_few = (halves <= FEW).all(axis=0)
    for start in starts[: max(axis.inked[0] + 1 - starts.start, 0)]:
        lines = _lines(axis, pitch, start) if is_few[start % pitch] else 0
        clearness = 1 - float(halves[:, start % pitch].mean()) / FEW
        for gap in gaps if lines else ():
            if gap and not is_empty[(start - gap) % pitch]:
                break
            tiles = _laid(axis, pitch, gap, start, clearness * lines)
            if _holds_all(axis, start, start + tiles.count * pitch - gap):
                yield tiles


def _extruded(axis: _Axis, pitch: int, gaps: range, starts: range) -> Iterator[_Tiles]:
    """Tiles with one pitch, whose outermost rows or columns are repeated in the gaps and at the edges of the sheet."""
    if axis.same[1:].mean() > REPEATS:
        return
    is_same = _folded_all(axis.same, pitch)
    if not 0 < is_same.sum() <= STRAY * pitch:
        return
    for gap in gaps:
        edge = gap // 2
        if gap % 2 or not edge or pitch - gap < SMALLEST:
            continue
        for start in {0, edge}.intersection(starts):
            repeated = start + np.concatenate([np.arange(1 - edge, 1), np.arange(pitch - gap, pitch - edge)])
            if is_same[repeated % pitch].all():
                tiles = _laid(axis, pitch, gap, start, _lines(axis, pitch, start))
                if tiles.count > 2 and tiles.fills:
                    yield tiles


def _laid(axis: _Axis, pitch: int, gap: int, start: int, evidence: float) -> _Tiles:
    """As many tiles as there is room for."""
    count = (axis.length - start + gap) // pitch
    rest = axis.length - start - count * pitch + gap
    return _Tiles(pitch - gap, gap, start, count, rest in (0, start, gap, start + gap), evidence)


def _lines(axis: _Axis, pitch: int, start: int) -> int:
    """How many lines between tiles have ink in the tiles on both sides."""
    is_inked = ~_folded(axis.empty[start:], pitch, True).all(axis=1)
    return int((is_inked[1:] & is_inked[:-1]).sum())


def _holds_all(axis: _Axis, start: int, end: int) -> bool:
    """Whether all ink lies between."""
    first, last = axis.inked
    return start <= first and last <= end


def _folded_mean(values: np.ndarray, period: int) -> np.ndarray:
    """The mean of every `period`th value, from each of the first on; 0 where there is none but NaN."""
    cells = _folded(values, period, np.nan)
    counts = (~np.isnan(cells)).sum(axis=0)
    return np.nansum(cells, axis=0) / np.maximum(counts, 1)


def _folded_all(flags: np.ndarray, period: int) -> np.ndarray:
    """Whether every `period`th flag is set, from each of the first on."""
    return _folded(flags, period, True).all(axis=0)


def _folded(values: np.ndarray, period: int, filling: float) -> np.ndarray:
    cells = np.full(-(-len(values) // period) * period, filling, dtype=values.dtype)
    cells[: len(values)] = values
    return cells.reshape(-1, period)


def _with_gap(possible: Sequence[_Tiles], gap: int) -> list[_Tiles]:
    """Those with this gap; a single tile has any."""
    return [tiles for tiles in possible if tiles.gap == gap or tiles.count == 1]


def _pair(columns: Sequence[_Tiles], rows: Sequence[_Tiles]) -> Pair | None:
    """The likeliest columns with the likeliest rows, if there are two tiles at least."""
    x, y = (_best([one for one in each if one.count > 1], _evidence, _plainness) for each in (columns, rows))
    if x and y and x.size != y.size and min(x.size, y.size) < SMALLEST_OBLONG:
        return _pair(*([one for one in each if one.size >= SMALLEST_OBLONG] for each in (columns, rows)))
    if x is None and y is None:
        return None
    x = x or _single(columns, y.size)
    y = y or _single(rows, x.size)
    return (x, y) if x and y else None


def _single(possible: Sequence[_Tiles], size: int) -> _Tiles | None:
    """One tile along an axis: as large as along the other, or else all there is."""
    ones = [tiles for tiles in possible if tiles.count == 1]
    return max(ones, key=lambda tiles: (tiles.size == size, tiles.size), default=None)


def _best(possible: Sequence[T], evidence: Callable[[T], float], plainness: Callable[[T], tuple]) -> T | None:
    """The plainest of those with about as much evidence as the best has."""
    if not possible:
        return None
    enough = NEARLY * max(map(evidence, possible))
    return max((one for one in possible if evidence(one) >= enough), key=plainness)


def _evidence(tiles: _Tiles) -> float:
    return tiles.evidence


def _plainness(tiles: _Tiles) -> tuple[bool, bool, int, int]:
    return tiles.fills, tiles.size % USUAL == 0, -tiles.gap, -tiles.start


def _evidence_of_both(pair: Pair) -> float:
    return pair[0].evidence + pair[1].evidence


def _plainness_of_both(pair: Pair) -> tuple[bool, bool, int, int]:
    x, y = map(_plainness, pair)
    return x[0] and y[0], x[1] and y[1], x[2] + y[2], x[3] + y[3]
