"""A set of sprites, whoever drew them: pictures, contexts, category names, and which are held out."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import numpy as np

SIZE = 16   # pixels a side
COURSE_CATEGORIES = ("hero", "non-hero", "food", "spell", "side-facing")
MAX_CATEGORIES = 10
MAX_WEIGHT = 5   # of a category in a context
HELD_OUT_SHARE = 10   # one in ten


@dataclass(frozen=True)
class SpriteSet:
    """Sprites with their contexts.

    images: uint8 (N, 16, 16, 3); context: float32 (N, K), one row of category weights a sprite (K may be 0);
    held_out: bool (N,), sprites that training never sees; descriptions: a few words a sprite, or empty;
    notes: what a reader skipped and why, one sentence each.
    """

    images: np.ndarray
    context: np.ndarray
    categories: tuple[str, ...]
    held_out: np.ndarray
    descriptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def labels(self) -> np.ndarray:
        """The heaviest category of each sprite, int64 (N,); all zero without categories."""
        if not self.categories:
            return np.zeros(len(self), dtype=np.int64)
        return self.context.argmax(axis=1)

    def take(self, index: np.ndarray) -> "SpriteSet":
        """The sprites at `index` (positions or a mask), in that order."""
        positions = np.arange(len(self))[index]
        descriptions = tuple(self.descriptions[i] for i in positions) if self.descriptions else ()
        return replace(
            self,
            images=self.images[positions],
            context=self.context[positions],
            held_out=self.held_out[positions],
            descriptions=descriptions,
        )

    def split(self) -> tuple["SpriteSet", "SpriteSet"]:
        """The part to train on and the part held out; they share no picture."""
        return self.take(~self.held_out), self.take(self.held_out)

    @property
    def fingerprint(self) -> str:
        """A short hash that changes with any picture, its context, or what is held out."""
        digest = sha256(repr(self.categories).encode())
        for part in (self.images, self.context, self.held_out):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()[:16]

    def counts(self) -> dict[str, int]:
        """Sprites in each category."""
        return {name: int((self.labels == k).sum()) for k, name in enumerate(self.categories)}

    def save(self, path: Path) -> None:
        """Write `images`, `context` and `categories` (and the rest) to an .npz file."""
        with path.open("wb") as file:   # given a path, savez would add an ending of its own
            np.savez_compressed(
                file,
                images=self.images,
                context=self.context,
                categories=np.array(self.categories, dtype=np.str_),
                held_out=self.held_out,
                descriptions=np.array(self.descriptions, dtype=np.str_),
            )


def one_hot(labels: np.ndarray, n_categories: int) -> np.ndarray:
    """Integer labels (N,) as float32 rows (N, K) with a single 1."""
    return np.eye(n_categories, dtype=np.float32)[labels]


def held_out_by_picture(images: np.ndarray) -> np.ndarray:
    """Hold out about one picture in ten, chosen by its own pixels: the same on every run, equal ones together."""
    return np.array([crc32(image.tobytes()) % HELD_OUT_SHARE == 0 for image in images], dtype=bool)
