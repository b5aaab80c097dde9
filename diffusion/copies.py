"""Did it copy? Sprites beside the nearest training sprites, and how near real sprites that are unseen come to those."""

from functools import cache
from threading import Lock
from typing import NamedTuple

import numpy as np
import torch

from diffusion.quality import nearest
from diffusion.sprites.painter import built_in
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor

_painting = Lock()


class Match(NamedTuple):
    """A sprite and the training sprite that is nearest to it."""

    sprite: np.ndarray           # uint8 (16, 16, 3)
    training: np.ndarray         # uint8 (16, 16, 3)
    description: str             # of the training sprite
    distance: float              # root mean square over the pixels, each in -1..1
    share_of_unseen: float       # of the real sprites that training never saw: those that are nearer to theirs


class Copies:
    """Compares sprites with a training set, and with how its held-out part compares."""

    def __init__(self, sprites: SpriteSet) -> None:
        """Raises ValueError if nothing is held out."""
        self._training, unseen = sprites.split()
        if not len(unseen):
            raise ValueError("no sprites are held out: there is nothing to compare with.")
        self._known = to_tensor(self._training.images)
        self._unseen = nearest(to_tensor(unseen.images), self._known)[1].sort().values
        self.categories = sprites.categories

    @property
    def usual_distance(self) -> float:
        """The median distance of unseen real sprites to their nearest training sprites."""
        return float(self._unseen.median())

    def check(self, sprites: np.ndarray) -> list[Match]:
        """A match for each of the sprites, uint8 (N, 16, 16, 3)."""
        index, distance = nearest(to_tensor(sprites), self._known)
        nearer = torch.searchsorted(self._unseen, distance) / len(self._unseen)
        return [
            Match(sprite, self._training.images[i], self._training.descriptions[i], float(d), float(share))
            for sprite, i, d, share in zip(sprites, index.tolist(), distance, nearer, strict=True)
        ]


def built_in_copies() -> Copies:
    """The check against the built-in sprites, made once: a few seconds."""
    with _painting:
        return _built_in_copies()


@cache
def _built_in_copies() -> Copies:
    return Copies(built_in())
