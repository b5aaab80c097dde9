"""What a learner draws with: a few colours, and sprites to begin from."""

import numpy as np

from diffusion.sprites.painter import paint
from diffusion.sprites.painter.colours import ramp
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import as_base64

SHELF_OF = 200   # sprites painted to choose the shelf from; they open the built-in set
PALETTE = {   # name of a colour: its ramp and tone
    "outline": ("black", 0), "black": ("black", 2), "grey": ("grey", 2), "brown": ("brown", 2), "skin": ("peach", 2),
    "red": ("red", 2), "orange": ("orange", 2), "yellow": ("yellow", 2), "green": ("green", 2), "cyan": ("cyan", 2),
    "blue": ("blue", 2), "purple": ("purple", 2), "pink": ("pink", 2),
}   # fmt: skip


def paints() -> dict[str, list[int]]:
    """Colours to paint with, red, green and blue by their names."""
    return {name: ramp(colour)[tone].tolist() for name, (colour, tone) in PALETTE.items()}


def shelf() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Sprites to choose from, Bob first: two of each category, and one of each that training never sees."""
    training, held_out = paint(SHELF_OF).split()
    return first_of_each(training, 2), first_of_each(held_out, 1)


def first_of_each(sprites: SpriteSet, n: int) -> list[dict[str, str]]:
    """The first n sprites of each category, with their descriptions."""
    places = [int(i) for k in range(len(sprites.categories)) for i in np.flatnonzero(sprites.labels == k)[:n]]
    return [{"pixels": as_base64(sprites.images[i]), "name": sprites.descriptions[i]} for i in places]
