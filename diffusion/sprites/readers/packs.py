"""Packs as they are downloaded: which folders are categories, and which pictures are no sprites."""

import re
from collections.abc import Sequence
from dataclasses import replace

from diffusion.sprites.readers.archives import Entry
from diffusion.sprites.readers.categories import MAX_CATEGORY_NAME, category_name, check_category_count
from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.readers.pictures import Picture
from diffusion.sprites.readers.sheets.cutting import Cut
from diffusion.sprites.spriteset import MAX_CATEGORIES
from diffusion.support.wording import has_control

SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}
PREVIEW = re.compile("(preview|sample|screenshot|cover|banner|thumbnail)s?", re.IGNORECASE)


def without_previews(pictures: Sequence[Picture]) -> tuple[list[Picture], list[Picture]]:
    """The sprites, and what a pack shows them in: pictures called so, of a size that no other has."""
    usual = {picture.size for picture in pictures if not _is_called_preview(picture)}
    sprites: list[Picture] = []
    previews: list[Picture] = []
    for picture in pictures:
        is_preview = usual and _is_called_preview(picture) and picture.size not in usual
        (previews if is_preview else sprites).append(picture)
    return sprites, previews


def categories_of(source: str, cuts: Sequence[Cut]) -> tuple[list[str], tuple[str, ...]]:
    """The category of each picture, "" if there are none, and notes about that.

    The first folder names it, below those that wrap all pictures and those of splits, such as train and test; without
    folders, each of several sheets is one. Raises SpriteDataError if it is not plain what the categories are.
    """
    entries, splits = _in_categories([one.picture.entry for one in cuts])
    notes = (f"{' and '.join(splits)} were read as parts of one set.",) if splits else ()
    folders = {entry.folder for entry in entries}
    if folders == {""}:
        names, more = _by_sheet(cuts)
        return names, notes + more
    if "" in folders:
        raise SpriteDataError(
            source, "has pictures both in subfolders and outside; move each into its category's folder"
        )
    category_of = {folder: category_name(source, folder) for folder in folders}
    check_category_count(source, len(set(category_of.values())))
    return [category_of[entry.folder] for entry in entries], notes


def _is_called_preview(picture: Picture) -> bool:
    return bool(PREVIEW.fullmatch(re.sub(r"[\W\d_]+", "", picture.entry.stem)))


def _in_categories(entries: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
    """The entries without the folders above those of the categories, and the splits that were among them."""
    entries, splits = list(entries), []
    while len({entry.folder for entry in entries}) == 1 and entries[0].folder:
        entries = _without_first(entries)
    folders = {entry.folder for entry in entries}
    if {folder.lower() for folder in folders} <= SPLITS:
        splits = sorted(folders)
        entries, _ = _in_categories(_without_first(entries))
    return entries, splits


def _without_first(entries: Sequence[Entry]) -> list[Entry]:
    return [replace(entry, parts=entry.parts[1:]) for entry in entries]


def _by_sheet(cuts: Sequence[Cut]) -> tuple[list[str], tuple[str, ...]]:
    """A category for each sheet, if all are sheets, of names that can be those of categories."""
    none = [""] * len(cuts)
    stems = [one.picture.entry.stem for one in cuts]
    if len(set(stems)) < 2 or not all(one.grid for one in cuts):
        return none, ()
    if len(set(stems)) > MAX_CATEGORIES:
        return none, (f"No categories: there are more sheets than {MAX_CATEGORIES}.",)
    if any(has_control(stem) or not stem.strip() or len(stem) > MAX_CATEGORY_NAME for stem in stems):
        return none, ("No categories: the names of the sheets are too long or cannot be shown.",)
    return [category_name(stem, stem) for stem in stems], ("Each sheet is a category.",)
