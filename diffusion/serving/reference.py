"""The built-in sprites and all that is compared with them, each made once for whoever comes first."""

from collections.abc import Callable

import numpy as np

from diffusion.evaluation.judge import Judge, load_judge
from diffusion.evaluation.memorisation import Comparison, Copies
from diffusion.evaluation.real_sprites import RealSprites, for_reporting
from diffusion.explain.thoughts import Thinker
from diffusion.models.checkpoints import CheckpointError
from diffusion.serving.caches import Once
from diffusion.sprites.painter import built_in, examples
from diffusion.sprites.spriteset import COURSE_CATEGORIES, SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.images import to_tensor


class Reference:
    """What models of the built-in sprites are held against; safe to use from many threads."""

    def __init__(
        self, paint: Callable[[], SpriteSet] = built_in, read_judge: Callable[[], Judge] = load_judge
    ) -> None:
        self._sprites = Once(paint)
        self._parts = Once(lambda: self.sprites.split())
        self._judge = Once(read_judge)
        self._real = Once(lambda: RealSprites(for_reporting(self.sprites), self.judge))
        self._copies = Once(lambda: Copies(self.sprites))
        self._thinker = Once(lambda: Thinker(self.training, {0: "Bob"}))
        self._examples = Once(examples)

    @property
    def sprites(self) -> SpriteSet:
        """The whole built-in set."""
        return self._sprites()

    @property
    def training(self) -> SpriteSet:
        """The part of it to train on."""
        return self._parts()[0]

    @property
    def unseen(self) -> SpriteSet:
        """The part of it that training never sees."""
        return self._parts()[1]

    @property
    def examples(self) -> dict[str, np.ndarray]:
        """Bob and another sprite of each category, by name, uint8 (16, 16, 3)."""
        return self._examples()

    @property
    def judge(self) -> Judge:
        """The classifier that knows them; raises CheckpointError if it is missing or damaged."""
        return self._judge()

    def find_judge(self) -> Judge | None:
        """The classifier, or None where it is missing or damaged."""
        try:
            return self.judge
        except CheckpointError:
            return None

    @property
    def real(self) -> RealSprites:
        """What quality is measured against; raises CheckpointError as `judge` does."""
        return self._real()

    @property
    def copies(self) -> Copies:
        """What tells whether sprites were copied."""
        return self._copies()

    @property
    def thinker(self) -> Thinker:
        """One who knows the training part by heart."""
        return self._thinker()

    def nearest(self, sprites: np.ndarray, categories: tuple[str, ...]) -> Comparison:
        """For each of the sprites, uint8 (N, 16, 16, 3), the nearest training sprite, and whether it is a copy.

        Raises InputError if the model of these `categories` learnt from other sprites.
        """
        self.check_learnt_from(categories)
        return self.copies.check(sprites)

    def check_learnt_from(self, categories: tuple[str, ...]) -> None:
        """Raise InputError if the model of these `categories` learnt from other sprites than the built-in ones."""
        if categories != COURSE_CATEGORIES:
            raise InputError("this model learnt from other sprites than the built-in ones: nothing can be compared.")

    def read_categories(self, sprites: np.ndarray, categories: tuple[str, ...]) -> np.ndarray | None:
        """How the judge reads sprites, uint8 (N, 16, 16, 3): the probability of each category, (N, K).

        None where `categories` are others than those that the judge has learnt.
        """
        if categories != COURSE_CATEGORIES:
            return None
        return self.judge.read(to_tensor(sprites)).numpy()
