"""What people decide about their sprites where a picture can be read in two ways."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from diffusion.sprites.readers.sheets.sheet_grid import SheetGrid
from diffusion.support.checks import InputError, check_whole
from diffusion.support.wording import shown

COLOUR = re.compile("[0-9a-f]{6}")
LARGEST_GAP = 4096


@dataclass(frozen=True)
class Choices:
    """None, or nothing, leaves it to what the pictures show.

    tile: width and height of a sheet's tiles; gap: pixels between them; margin: pixels before the first;
    grids: the grid of each sheet by its name, before all those; whole: each picture is one sprite, never a sheet;
    ground: the colour behind the sprites, as rrggbb; key: the colour that means transparent, as rrggbb.
    Raises InputError naming the setting out of range; tiles are checked against their sheets.
    """

    tile: tuple[int, int] | None = None
    gap: int | None = None
    margin: int | None = None
    grids: Mapping[str, SheetGrid] = field(default_factory=dict)
    whole: bool = False
    ground: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        for name in ("gap", "margin"):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name), 0, LARGEST_GAP)
        for name in ("ground", "key"):
            if getattr(self, name) is not None:
                _check_colour(name, getattr(self, name))

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Choices":
        """The ones described by JSON values; raises InputError or TypeError if they describe none."""
        tile, grids = values.get("tile"), values.get("grids", {})
        grids = {name: SheetGrid(**grid) for name, grid in grids.items()}
        return cls(**{**values, "tile": tile and tuple(tile), "grids": grids})

    def values(self) -> dict[str, Any]:
        """As JSON values, without those that leave it open."""
        left_open = vars(Choices())
        return {name: value for name, value in asdict(self).items() if getattr(self, name) != left_open[name]}

    @property
    def names_a_grid(self) -> bool:
        return self != Choices(ground=self.ground, key=self.key)


def _check_colour(name: str, colour: str) -> None:
    if not isinstance(colour, str) or not COLOUR.fullmatch(colour):
        raise InputError(f"{name} = {shown(str(colour))}: it must be a colour as rrggbb, such as ff00ff.")
