"""Where the tiles of a sheet lie: a value that can be shown, corrected by hand, and given back."""

from dataclasses import dataclass

import numpy as np

from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.support.wording import counted

MAX_TILES = 200_000
MAX_NUMBER = 2**24   # of pixels, in any part of a grid


@dataclass(frozen=True)
class SheetGrid:
    """Equal tiles in rows and columns, in pixels of the sheet as it is: what is left over at its far edges is no tile.

    left, top: where the first tile begins; gap_x, gap_y: between one tile and the next.
    Raises SpriteDataError if there can be no such tiles.
    """

    width: int
    height: int
    left: int = 0
    top: int = 0
    gap_x: int = 0
    gap_y: int = 0

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            _check(name, getattr(self, name), 1)
        for name in ("left", "top", "gap_x", "gap_y"):
            _check(name, getattr(self, name), 0)

    def shape(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of whole tiles in a picture of this height and width."""
        rows = (height - self.top + self.gap_y) // (self.height + self.gap_y)
        columns = (width - self.left + self.gap_x) // (self.width + self.gap_x)
        return max(rows, 0), max(columns, 0)

    def cut(self, pixels: np.ndarray) -> np.ndarray:
        """The whole tiles of a picture (H, W, C), row by row: (N, height, width, C)."""
        rows, columns = self.shape(*pixels.shape[:2])
        down, right = self.height + self.gap_y, self.width + self.gap_x
        padded = pixels[self.top : self.top + rows * down, self.left : self.left + columns * right]
        missing = [(0, rows * down - padded.shape[0]), (0, columns * right - padded.shape[1]), (0, 0)]
        cells = np.pad(padded, missing).reshape(rows, down, columns, right, -1).swapaxes(1, 2)
        return cells[:, :, : self.height, : self.width].reshape(-1, self.height, self.width, pixels.shape[2])

    def boxes(self, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """Left, top, right and bottom of each whole tile in a picture of this height and width, row by row."""
        rows, columns = self.shape(height, width)
        lefts = [self.left + k * (self.width + self.gap_x) for k in range(columns)]
        tops = [self.top + k * (self.height + self.gap_y) for k in range(rows)]
        return [(left, top, left + self.width, top + self.height) for top in tops for left in lefts]

    def enlarged(self, factor: int) -> "SheetGrid":
        """The same grid on the picture enlarged by a whole factor."""
        return SheetGrid(*(factor * value for value in vars(self).values()))

    def __str__(self) -> str:
        """In words, such as "tiles of 16x16 pixels, 1 apart, from 1 right and 1 down"."""
        words = f"tiles of {self.width}x{self.height} pixels"
        if self.gap_x or self.gap_y:
            words += f", {self.gap_x} apart" if self.gap_x == self.gap_y else f", {self.gap_x} and {self.gap_y} apart"
        if self.left or self.top:
            words += f", the first {self.left} right and {self.top} down"
        return words


def check_tile_count(title: str, grid: SheetGrid, height: int, width: int) -> None:
    """Raise SpriteDataError unless a picture of this height and width has from one to MAX_TILES such tiles."""
    rows, columns = grid.shape(height, width)
    if not rows * columns:
        tile = grid.width if grid.width == grid.height else f"{grid.width}x{grid.height}"
        raise SpriteDataError(
            title, f"is {width} x {height} pixels, smaller than a tile of {tile}; give a sheet of many tiles"
        )
    if rows * columns > MAX_TILES:
        raise SpriteDataError(title, f"would give {counted(rows * columns, 'tile')}; at most {MAX_TILES:,} are read")


def _check(name: str, value: int, low: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MAX_NUMBER:
        raise SpriteDataError(
            "The grid", f"cannot have {name.replace('_', ' ')} = {value}; give a whole number of pixels, at least {low}"
        )
