"""A kind of sprite, such as the apple: its drawings, its colours, and every way they may be combined."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from diffusion.sprites.painter.pixelmap import colour, load_maps, stack

NONE = "none"
Attributes = dict[str, str]


class Kind(Protocol):
    """What the painter asks of a kind: named attributes with their choices, and a picture for each combination."""

    name: str
    options: dict[str, tuple[str, ...]]

    def allows(self, attributes: Attributes) -> bool:
        """Whether this combination should be painted."""

    def paint(self, attributes: Attributes) -> np.ndarray:
        """The sprite with these attributes, uint8 (16, 16, 3)."""


@dataclass(frozen=True)
class Thing:
    """A kind drawn by stacking one map a layer, each material in one of its ramps.

    `materials` maps an attribute such as "skin" to the ramps it may wear; the first owns the characters 01234,
    the second abcde, and so on. `layers` maps an attribute such as "leaf" to its choices, painted in order;
    choice "two" of layer "leaf" of the apple is the map "apple/leaf/two", and the choice "none" paints nothing.
    """

    maps_file: str
    name: str
    materials: dict[str, tuple[str, ...]]
    layers: dict[str, tuple[str, ...]]

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        return self.materials | self.layers

    def allows(self, attributes: Attributes) -> bool:
        return True

    def paint(self, attributes: Attributes) -> np.ndarray:
        maps = load_maps(self.maps_file)
        chosen = [f"{self.name}/{layer}/{attributes[layer]}" for layer in self.layers if attributes[layer] != NONE]
        return colour(stack(maps[name] for name in chosen), [attributes[material] for material in self.materials])
