"""Many pictures, sprites and sheets, to one set."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from diffusion.sprites.readers.account import PassedOver, Reading, Sheet
from diffusion.sprites.readers.archives import Entry
from diffusion.sprites.readers.choices import Choices
from diffusion.sprites.readers.errors import SpriteDataError, UnreadableFileError
from diffusion.sprites.readers.fitting import on_best_ground
from diffusion.sprites.readers.packs import categories_of, without_previews
from diffusion.sprites.readers.pictures import Picture, offered_key, read_picture
from diffusion.sprites.readers.sheets.cutting import By, Cut, cut, cutting_notes
from diffusion.sprites.spriteset import SpriteSet, held_out_by_picture
from diffusion.support.wording import listed

T = TypeVar("T")

MAX_PIXELS = 2**27   # of all the pictures of a set together
MAX_SIDE = 4096      # of a picture that is one sprite
HERE_ALREADY = 0.9   # of a sheet's tiles: then it shows what other files hold


def read_pictures(source: str, entries: Sequence[Entry], choices: Choices) -> Reading:
    """The sprites in picture files; those that are damaged, previews, or sheets of what is there are passed over.

    Raises SpriteDataError if none is left, they are too many, or it is not plain how they are meant.
    """
    pictures, damaged = _opened(source, entries)
    key = "" if choices.key else offered_key(pictures)
    pictures, previews = without_previews([picture.with_key(choices.key) for picture in pictures])
    cuts = cut(pictures, choices, is_alone=len(pictures) == 1 and not damaged)
    cuts, oversized = _parted(cuts, [one.grid is None and max(one.picture.size) > MAX_SIDE for one in cuts])
    images, fitting_notes = _images(source, cuts, choices.ground)
    is_here = _show_nothing_new(cuts, images)
    (cuts, repeated), (images, _) = _parted(cuts, is_here), _parted(images, is_here)
    names, category_notes = categories_of(source, cuts)
    passed_over = (
        *damaged,
        *_passed_over(previews, "called previews, of another size than the rest"),
        *_passed_over(oversized, f"that cannot be read, being over {MAX_SIDE} pixels a side"),
        *_passed_over(repeated, "whose tiles are here already"),
    )
    notes = (*map(str, passed_over), *cutting_notes(cuts), *_look_notes(cuts, key), *fitting_notes, *category_notes)
    sprites = _labelled(images, names, notes)
    sheets = tuple(Sheet(one.name, one.picture.pixels, one.grid, one.by is not By.NOBODY) for one in cuts if one.grid)
    return Reading(sprites, sheets, passed_over, key)


def _opened(source: str, entries: Sequence[Entry]) -> tuple[list[Picture], tuple[PassedOver, ...]]:
    """The pictures that can be read, and the files that cannot."""
    pictures: list[Picture] = []
    problems: dict[str, list[str]] = defaultdict(list)
    pixels = 0
    for entry in entries:
        try:
            picture = read_picture(entry)
        except UnreadableFileError as error:
            problems[error.problem].append(entry.name)
            continue
        pictures.append(picture)
        pixels += picture.size[0] * picture.size[1]
        if pixels > MAX_PIXELS:
            raise _too_many_pixels(source)
    if not pictures and len(entries) == 1 and not entries[0].container:
        raise SpriteDataError(source, next(iter(problems)))
    if not pictures:
        problem, files = next(iter(problems.items()))
        raise SpriteDataError(source, f"holds no picture that can be read: {listed(files)} {problem}")
    return pictures, tuple(PassedOver(tuple(files), f"that {problem}") for problem, files in problems.items())


def _parted(items: Sequence[T], is_out: Sequence[bool]) -> tuple[list[T], list[T]]:
    """Those that stay, and those that are out."""
    stay = [item for item, goes in zip(items, is_out, strict=True) if not goes]
    return stay, [item for item, goes in zip(items, is_out, strict=True) if goes]


def _images(source: str, cuts: Sequence[Cut], ground: str | None) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """The sprites of each picture, uint8 (N, 16, 16, 3), and what was done to them."""
    drawings = [drawing for one in cuts for drawing in one.drawings]
    if not cuts:
        raise SpriteDataError(source, f"holds no picture that can be read: all are over {MAX_SIDE} pixels a side")
    if not drawings:
        raise SpriteDataError(source, "holds no sprite: each of its tiles is of a single colour")
    if sum(max(drawing.shape) ** 2 for drawing in drawings) > MAX_PIXELS:   # they are made square
        raise _too_many_pixels(source)
    images, notes = on_best_ground(drawings, [one.name for one in cuts for _ in one.drawings], ground)
    return np.split(images, np.cumsum([len(one.drawings) for one in cuts])[:-1]), notes


def _too_many_pixels(source: str) -> SpriteDataError:
    return SpriteDataError(source, f"holds over {MAX_PIXELS // 10**6} million pixels; please give fewer")


def _show_nothing_new(cuts: Sequence[Cut], images: Sequence[np.ndarray]) -> list[bool]:
    """Which are sheets of what single pictures, or sheets before them, hold already."""
    is_here = [False] * len(cuts)
    known = {image.tobytes() for one, part in zip(cuts, images, strict=True) if not one.grid for image in part}
    for i, (one, part) in enumerate(zip(cuts, images, strict=True)):
        if one.grid:
            tiles = {image.tobytes() for image in part}
            is_here[i] = len(tiles & known) >= HERE_ALREADY * len(tiles)
            known |= tiles
    return is_here


def _passed_over(pictures: Sequence[Picture | Cut], why: str) -> tuple[PassedOver, ...]:
    return (PassedOver(tuple(picture.name for picture in pictures), why),) if pictures else ()


def _look_notes(cuts: Sequence[Cut], key: str) -> Iterator[str]:
    if moving := [one.name for one in cuts if one.picture.is_moving]:
        yield f"Took the first frame of {listed(moving)}."
    if key:
        yield f"The colour {key} behind the drawings looks as if it meant transparent: choose it as such if it does."


def _labelled(images: Sequence[np.ndarray], names: Sequence[str], notes: tuple[str, ...]) -> SpriteSet:
    """The sprites of each picture under the name of its category, which is "" if there are none."""
    together = np.concatenate(images)
    categories = tuple(sorted(set(names) - {""}))
    rows = np.array([[name == category for category in categories] for name in names], dtype=np.float32)
    context = rows.repeat([len(part) for part in images], axis=0)
    return SpriteSet(together, context, categories, held_out_by_picture(together), notes=notes)
