"""What the readers raise: one plain sentence of a file's name and its problem."""

from pathlib import Path

from diffusion.support.checks import InputError
from diffusion.support.wording import shown


class SpriteDataError(InputError):
    """Sprites that cannot be read: one plain sentence of the file's name and its problem."""

    def __init__(self, file: Path | str, problem: str) -> None:
        self.problem = problem
        super().__init__(f"{shown(file)} {problem}.")


class UnreadableFileError(SpriteDataError):
    """A file that is damaged or too large, and can be passed over where others are fine."""
