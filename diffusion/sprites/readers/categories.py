"""Names of categories as people give them, in folders, files and arrays."""

import unicodedata
from pathlib import Path

from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.spriteset import MAX_CATEGORIES
from diffusion.support.wording import has_control, shown

MAX_CATEGORY_NAME = 40


def category_name(path: Path | str, name: str) -> str:
    """A category's name, stripped and in one Unicode form; raises SpriteDataError if it cannot be shown in a list."""
    if has_control(name):
        raise SpriteDataError(path, f"has the category {shown(name)}, whose name holds control characters; rename it")
    clean = unicodedata.normalize("NFC", name).strip()
    if not clean:
        raise SpriteDataError(path, "has a category with an empty name; please name it")
    if len(clean) > MAX_CATEGORY_NAME:
        raise SpriteDataError(
            path, f"has the category {shown(clean)}, whose name is over {MAX_CATEGORY_NAME} characters; shorten it"
        )
    return clean


def check_category_count(path: Path | str, count: int) -> None:
    """Raise SpriteDataError if there are more categories than MAX_CATEGORIES."""
    if count > MAX_CATEGORIES:
        raise SpriteDataError(path, f"has {count:,} categories, and at most {MAX_CATEGORIES} can be learnt")
