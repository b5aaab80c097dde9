"""Did it copy? Sprites beside the nearest training sprites, and how near real sprites that are unseen come to those."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.evaluation.metrics import nearest
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.images import to_tensor

COPY_RATIO = 1 / 3   # Yoon et al., 2023: nearer to one training sprite than a third of the way to the next


def copied_share(sprites: Tensor, training: Tensor) -> float:
    """The share of sprites that look like copies: nearest training sprite under 1/3 of the distance to the second.

    sprites: (N, 3, 16, 16); training: (M, 3, 16, 16), M at least 2.
    """
    ratios = []
    for part in sprites.flatten(1).split(512):
        nearest = torch.cdist(part, training.flatten(1)).topk(2, largest=False).values
        ratios.append(nearest[:, 0] / nearest[:, 1].clamp(min=1e-6))
    return float((torch.cat(ratios) < COPY_RATIO).double().mean())


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
        """Raises InputError if nothing is held out."""
        self._training, unseen = sprites.split()
        if not len(unseen):
            raise InputError("no sprites are held out: there is nothing to compare with.")
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
