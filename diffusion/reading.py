"""What came out: how the judge, a small classifier, reads each sprite."""

from functools import cache
from threading import Lock

import numpy as np

from diffusion.quality import Judge, load_judge
from diffusion.sprites.spriteset import COURSE_CATEGORIES
from diffusion.support.images import to_tensor

_loading = Lock()


def read_categories(sprites: np.ndarray, categories: tuple[str, ...]) -> np.ndarray | None:
    """The probability of each category for each sprite, (N, K), from uint8 (N, 16, 16, 3).

    None where `categories` are others than those that the judge has learnt.
    """
    if categories != COURSE_CATEGORIES:
        return None
    return _judge().read(to_tensor(sprites)).numpy()


def _judge() -> Judge:
    with _loading:
        return _loaded()


@cache
def _loaded() -> Judge:
    return load_judge()
