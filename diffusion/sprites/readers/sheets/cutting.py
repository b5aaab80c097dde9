"""Which pictures are sheets, where their tiles lie, and the drawings in them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from diffusion.sprites.readers.choices import Choices
from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.readers.fitting import Drawing, common_ground, fit_as_they_are, ink
from diffusion.sprites.readers.pictures import Picture
from diffusion.sprites.readers.sheets.grid_finder import Wanted, cuts_through, find_grid
from diffusion.sprites.readers.sheets.sheet_grid import SheetGrid, check_tile_count
from diffusion.sprites.spriteset import SIZE
from diffusion.support.wording import counted, listed

STRIP = 3          # times as long as wide: hardly a sprite
SURE_TILES = 12    # in all sheets of one size: fewer may be the look of a large sprite,
SURE_ALONG = 3     # and so may fewer along both axes
SMALL_TILE = 16 * 16   # pixels


class By(StrEnum):
    """Who tells a grid."""

    PEOPLE = "people"
    PIXELS = "pixels"
    NOBODY = "nobody"   # it is a guess


@dataclass(frozen=True)
class Told:
    """A grid, if there is one, and who tells it."""

    grid: SheetGrid | None
    by: By = By.PIXELS


@dataclass(frozen=True)
class Cut:
    """A picture and the drawings in it: itself, or, if it is a sheet, its tiles that are not of a single colour."""

    picture: Picture
    drawings: Sequence[Drawing]
    grid: SheetGrid | None = None
    by: By = By.PIXELS
    blank: int = 0

    @property
    def name(self) -> str:
        return self.picture.name


def cut(pictures: Sequence[Picture], choices: Choices, is_alone: bool) -> list[Cut]:
    """Each picture, in its order, with its drawings: one that is all there is must be a sheet, others may look so.

    Raises SpriteDataError if a sheet cannot be cut as people chose, or has no sprites.
    """
    told = [Told(choices.grids.get(picture.name), By.PEOPLE) for picture in pictures]
    if not choices.whole:
        for same in _by_size(pictures, [i for i in range(len(pictures)) if told[i].grid is None]):
            common = _common_grid([pictures[i] for i in same], choices, is_alone)
            for i in same:
                told[i] = common
    return [_cut(picture, one) for picture, one in zip(pictures, told, strict=True)]


def cutting_notes(cuts: Sequence[Cut]) -> Iterator[str]:
    """What was cut and how, what was left out, and what looks wrong; a sentence each."""
    sheets = [one for one in cuts if one.grid]
    for grid in dict.fromkeys(one.grid for one in sheets):
        yield f"Cut {listed([one.name for one in sheets if one.grid == grid])} into {grid}."
    if guessed := [one.name for one in sheets if one.by is By.NOBODY]:
        yield f"The pixels of {listed(guessed)} did not tell the tile size: if it looks wrong, give it."
    unsure = [one for one in sheets if one.by is not By.PIXELS]
    if torn := [one.name for one in unsure if cuts_through(one.picture.pixels, one.grid)]:
        yield f"Most tiles of {listed(torn)} are cut through their drawing: give the true tile size, gap or margin."
    if partial := [one.name for one in unsure if _leaves_ink(one.picture.pixels, one.grid)]:
        yield f"Left out what lies outside of the whole tiles of {listed(partial)}."
    if blank := sum(one.blank for one in sheets):
        yield f"Skipped {counted(blank, 'tile')} of a single colour."


def _by_size(pictures: Sequence[Picture], those: Sequence[int]) -> list[list[int]]:
    """Where `those` pictures of each size stand in the sequence."""
    of_size = defaultdict(list)
    for i in those:
        of_size[pictures[i].size].append(i)
    return list(of_size.values())


def _common_grid(pictures: Sequence[Picture], choices: Choices, is_alone: bool) -> Told:
    """The grid of pictures of one size, if they are sheets."""
    if choices.tile is not None:
        return _grid_of_tiles(pictures, choices, is_alone)
    wanted = Wanted(gap=choices.gap, margin=choices.margin)
    if is_alone:
        return _grid_of_one(pictures[0], wanted)
    height, width = pictures[0].size
    is_strip = max(height, width) >= STRIP * min(height, width)
    if not is_strip and height * width * len(pictures) < SURE_TILES * SMALL_TILE:
        return Told(None)
    drawings = [picture.pixels for picture in pictures]
    if fit_as_they_are(drawings):
        return Told(None)
    grid = find_grid(drawings, wanted)
    return Told(grid if grid and (is_strip or _is_sure(grid, pictures)) else None)


def _is_sure(grid: SheetGrid, pictures: Sequence[Picture]) -> bool:
    """Whether enough tiles are drawn on, in all and along one axis, that this is not the look of a large sprite."""
    is_drawn = np.array([_is_drawn(grid.cut(picture.pixels)) for picture in pictures])
    in_place = is_drawn.any(axis=0).reshape(grid.shape(*pictures[0].size))
    along = max(in_place.any(axis=0).sum(), in_place.any(axis=1).sum())
    return is_drawn.sum() >= SURE_TILES and along >= SURE_ALONG


def _is_drawn(tiles: np.ndarray) -> np.ndarray:
    """Which tiles are of more than a single colour."""
    return (tiles != tiles[:, :1, :1]).any(axis=(1, 2, 3))


def _grid_of_tiles(pictures: Sequence[Picture], choices: Choices, is_alone: bool) -> Told:
    """The grid of tiles of the chosen size; pictures that are no larger are single sprites."""
    (width, height), picture = choices.tile, pictures[0]
    if min(width, height) < 1:
        raise SpriteDataError(
            picture.entry.title, f"cannot be cut into tiles of {_size(width, height)} pixels; give at least 1"
        )
    rows, columns = picture.size
    if not is_alone and rows <= height and columns <= width:
        return Told(None)
    plain = SheetGrid(width, height, *[choices.margin or 0] * 2, *[choices.gap or 0] * 2)
    if is_alone:
        _check_many(picture, plain)
    if choices.gap is not None and choices.margin is not None:
        return Told(plain, By.PEOPLE)
    found = find_grid([picture.pixels for picture in pictures], Wanted(width, height, choices.gap, choices.margin))
    if found is None and any(_leaves_ink(picture.pixels, plain) for picture in pictures):
        raise SpriteDataError(
            picture.entry.title,
            f"is {columns} x {rows} pixels, which tiles of {_size(width, height)} do not fill; give their true size, "
            "or how far they are apart and from the edge",
        )
    return Told(found) if found else Told(plain, By.PEOPLE)


def _grid_of_one(picture: Picture, wanted: Wanted) -> Told:
    """The grid of a picture that must be a sheet, being all there is."""
    found = find_grid([picture.pixels], wanted)
    if found:
        return Told(found, By.PIXELS if _is_sure(found, [picture]) else By.NOBODY)
    rows, columns = picture.size
    side = _likely_side(rows, columns)
    guess = SheetGrid(side, side, *[wanted.margin or 0] * 2, *[wanted.gap or 0] * 2)
    _check_many(picture, guess)
    if _leaves_ink(picture.pixels, guess):
        raise SpriteDataError(
            picture.entry.title,
            f"is {columns} x {rows} pixels, which tiles of {side} do not fill; give their true size",
        )
    return Told(guess, By.NOBODY)


def _likely_side(rows: int, columns: int) -> int:
    """The side of tiles that fill a sheet: 16 pixels, or else the width of a strip."""
    short, long = sorted((rows, columns))
    return short if short < long and long % short == 0 and (short % SIZE or long % SIZE) else SIZE


def _check_many(picture: Picture, grid: SheetGrid) -> None:
    """Raise SpriteDataError unless there are two such tiles at least."""
    check_tile_count(picture.entry.title, grid, *picture.size)
    if grid.shape(*picture.size) == (1, 1):
        raise SpriteDataError(
            picture.entry.title, "is a single sprite, and at least 2 are needed; give a sheet or a folder"
        )


def _cut(picture: Picture, told: Told) -> Cut:
    if told.grid is None:
        return Cut(picture, [picture.pixels])
    check_tile_count(picture.entry.title, told.grid, *picture.size)
    tiles = told.grid.cut(picture.pixels)
    is_drawn = _is_drawn(tiles)
    return Cut(picture, tiles[is_drawn], told.grid, told.by, int((~is_drawn).sum()))


def _leaves_ink(pixels: Drawing, grid: SheetGrid) -> bool:
    """Whether something is drawn outside of the whole tiles, before the first or after the last."""
    rows, columns = grid.shape(*pixels.shape[:2])
    bottom = grid.top + rows * (grid.height + grid.gap_y) - grid.gap_y
    right = grid.left + columns * (grid.width + grid.gap_x) - grid.gap_x
    outside = ink(pixels, common_ground([pixels]))
    outside[grid.top : bottom, grid.left : right] = False
    return bool(outside.any())


def _size(width: int, height: int) -> str:
    return str(width) if width == height else f"{width}x{height}"
