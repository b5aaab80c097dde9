"""The readers of people's own sprites: pictures, sheets, folders, zips and arrays, all of them untrusted."""

from diffusion.sprites.readers.account import PassedOver, Reading, Sheet
from diffusion.sprites.readers.arrays.array_sets import LABELS_MARK
from diffusion.sprites.readers.choices import Choices
from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.readers.reading import describe_set, read_given, read_sprites, read_uploads
from diffusion.sprites.readers.sheets.sheet_grid import SheetGrid

__all__ = [
    "LABELS_MARK",
    "Choices",
    "PassedOver",
    "Reading",
    "Sheet",
    "SheetGrid",
    "SpriteDataError",
    "describe_set",
    "read_given",
    "read_sprites",
    "read_uploads",
]
