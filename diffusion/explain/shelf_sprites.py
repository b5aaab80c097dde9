"""The shelf: a few built-in sprites to choose from."""

import numpy as np

from diffusion.sprites.painter import paint
from diffusion.sprites.spriteset import SpriteSet

PAINTED = 200   # to choose from; they open the built-in set


def shelf_sprites() -> tuple[SpriteSet, SpriteSet]:
    """Bob first: two of each category, and one of each that training never sees."""
    training, held_out = paint(PAINTED).split()
    return first_of_each(training, 2), first_of_each(held_out, 1)


def first_of_each(sprites: SpriteSet, n: int) -> SpriteSet:
    """The first n sprites of each category."""
    places = [np.flatnonzero(sprites.labels == k)[:n] for k in range(len(sprites.categories))]
    return sprites.take(np.concatenate(places))
