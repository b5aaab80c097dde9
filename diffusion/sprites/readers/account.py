"""The account of a reading: the sprites, the sheets that were cut, and what was passed over."""

from dataclasses import dataclass

import numpy as np

from diffusion.sprites.readers.sheets.sheet_grid import SheetGrid
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.wording import counted, listed


@dataclass(frozen=True)
class Sheet:
    """A picture that was cut, uint8 (H, W, 4), and where; `is_told` is False if the grid is a guess."""

    name: str
    pixels: np.ndarray
    grid: SheetGrid
    is_told: bool


@dataclass(frozen=True)
class PassedOver:
    """Files that were not read, and why, as in "of other kinds" or "that look like previews of the rest"."""

    names: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        return f"Skipped {counted(len(self.names), 'file')} {self.why}: {listed(self.names)}."


@dataclass(frozen=True)
class Reading:
    """What was read of what was given; the notes of the sprites tell all of it in sentences.

    sheets: the pictures that were cut, to be shown and corrected; key: a colour as rrggbb that looks as if it meant
    transparent, to be offered as such, or "".
    """

    sprites: SpriteSet
    sheets: tuple[Sheet, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    key: str = ""
