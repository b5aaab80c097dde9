"""Readers of people's own sprites: arrays, folders and zips of pictures, and sheets, all to a SpriteSet."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from diffusion.sprites.readers.archives import Entry, check_total, file_entry, folder_entries, unwrapped, zip_entries
from diffusion.sprites.readers.arrays import category_name, check_category_count, read_npz, read_pair
from diffusion.sprites.readers.errors import SpriteDataError, UnreadableFileError
from diffusion.sprites.readers.pictures import (
    FORMATS_IN_WORDS,
    MAX_PIXELS,
    PICTURE_SUFFIXES,
    cut_sheet,
    decode,
    open_picture,
    to_sprite,
)
from diffusion.sprites.spriteset import SIZE, SpriteSet, held_out_by_picture
from diffusion.support.wording import counted, listed

LABELS_MARK = "label"


def read_sprites(path: Path, labels: Path | None = None, tile: int | None = None) -> SpriteSet:
    """Sprites that people bring, as a SpriteSet without exact repeats; nothing on disk is changed.

    `path` is a folder or .zip of pictures (a subfolder a category), a sheet of tiles of `tile` pixels a side, an
    .npz written by SpriteSet.save, or an .npy of images; `labels` goes with the last, and is otherwise looked for
    beside it. Raises SpriteDataError, one plain sentence, if the sprites cannot be read or are fewer than 2.
    """
    try:
        sprites = _read(path, labels, tile)
    except OSError as error:
        raise SpriteDataError(path, f"cannot be opened: {error.strerror or error}") from error
    return _with_both_parts(path, _without_repeats(sprites))


def describe_set(sprites: SpriteSet) -> str:
    """A few plain lines: the counts, in all and for each category, how many are held out, and the notes."""
    held_out = int(sprites.held_out.sum())
    return "\n".join([
        f"{counted(len(sprites), 'sprite')} of {SIZE}x{SIZE} pixels, {held_out:,} of them held out from training.",
        *(f"{name}: {count:,}" for name, count in sprites.counts().items()),
        *sprites.notes,
    ])


def _read(path: Path, labels: Path | None, tile: int | None) -> SpriteSet:
    suffix = "" if path.is_dir() else path.suffix.lower()
    if labels is not None and suffix != ".npy":
        raise SpriteDataError(path, "takes no file of labels; only an .npy of images does")
    if tile is not None and suffix not in PICTURE_SUFFIXES:
        raise SpriteDataError(path, "takes no tile size; only a single picture, a sheet of tiles, does")
    if path.is_dir():
        return _read_files(path, *_pictures_and_others(folder_entries(path)))
    entry = file_entry(path)
    if suffix == ".zip":
        with zip_entries(path) as entries:
            pictures, others = _pictures_and_others(entries)
            return _read_files(path, unwrapped(pictures), others)
    if suffix == ".npz":
        return read_npz(path)
    if suffix == ".npy":
        labels = labels or _labels_beside(path)
        return read_pair(entry, file_entry(labels) if labels else None)
    if suffix in PICTURE_SUFFIXES:
        return _read_sheet(entry, tile)
    raise SpriteDataError(
        path, f"is of no kind read here; give a folder, .zip, .npz, .npy, or a {FORMATS_IN_WORDS} sheet"
    )


def _pictures_and_others(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    pictures = [entry for entry in entries if entry.suffix in PICTURE_SUFFIXES]
    return pictures, [entry for entry in entries if entry.suffix not in PICTURE_SUFFIXES]


def _read_files(path: Path, pictures: Sequence[Entry], others: Sequence[Entry]) -> SpriteSet:
    """A folder or zip: either pictures or the course's arrays, never both."""
    arrays = [entry for entry in others if entry.suffix == ".npy"]
    passed_over = [entry.name for entry in others if entry.suffix != ".npy"]
    if arrays and pictures:
        raise SpriteDataError(path, "holds both pictures and .npy files; please give only the one or the other")
    if not arrays and not pictures:
        found = f", only {listed(passed_over)}" if passed_over else ""
        raise SpriteDataError(path, f"holds no pictures{found}; put {FORMATS_IN_WORDS} pictures into it")
    check_total(path, arrays or pictures)
    sprites = read_pair(*_pair(path, arrays)) if arrays else _read_pictures(path, pictures)
    if not passed_over:
        return sprites
    note = f"Skipped {counted(len(passed_over), 'file')} of other kinds: {listed(passed_over)}."
    return replace(sprites, notes=(*sprites.notes, note))


def _read_pictures(path: Path, pictures: Sequence[Entry]) -> SpriteSet:
    """Pictures, each a sprite of the category that its first folder names; those that are damaged are skipped."""
    category_of = _categories_by_folder(path, pictures)
    images = np.empty((len(pictures), SIZE, SIZE, 3), dtype=np.uint8)
    names: list[str] = []
    skipped: dict[str, list[str]] = defaultdict(list)
    pixels = 0
    for entry in pictures:
        try:
            image = open_picture(entry)
            pixels += max(image.size) ** 2   # as much as it takes once it is made square
            if pixels > MAX_PIXELS:
                raise SpriteDataError(path, f"holds over {MAX_PIXELS // 10**6} million pixels; please give fewer")
            images[len(names)] = to_sprite(decode(entry, image))
        except UnreadableFileError as error:
            skipped[error.problem].append(entry.name)
            continue
        names.append(category_of[entry.folder])
    if not names:
        problem, files = next(iter(skipped.items()))
        raise SpriteDataError(path, f"holds no picture that can be read: {listed(files)} {problem}")
    return _labelled(images[: len(names)], names, _skip_notes(skipped))


def _categories_by_folder(path: Path, pictures: Sequence[Entry]) -> dict[str, str]:
    """The category's name for each first folder; "" to "" where no picture lies in a folder."""
    folders = {entry.folder for entry in pictures}
    if folders == {""}:
        return {"": ""}
    if "" in folders:
        raise SpriteDataError(path, "has pictures both in subfolders and outside; move each into its category's folder")
    category_of = {folder: category_name(path, folder) for folder in folders}
    check_category_count(path, len(set(category_of.values())))
    return category_of


def _labelled(images: np.ndarray, names: Sequence[str], notes: tuple[str, ...]) -> SpriteSet:
    """Images uint8 (N, 16, 16, 3) with the N names of their categories, which are "" if there are none."""
    categories = tuple(sorted(set(names) - {""}))
    context = np.array([[name == category for category in categories] for name in names], dtype=np.float32)
    return SpriteSet(images, context, categories, held_out_by_picture(images), notes=notes)


def _skip_notes(skipped: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(
        f"Skipped {counted(len(files), 'file')} that {problem}: {listed(files)}." for problem, files in skipped.items()
    )


def _read_sheet(entry: Entry, tile: int | None) -> SpriteSet:
    images, empty = cut_sheet(entry, tile)
    notes = (f"Skipped {counted(empty, 'tile')} of a single colour.",) if empty else ()
    return _labelled(images, [""] * len(images), notes)


def _labels_beside(path: Path) -> Path | None:
    """The only .npy file next to an .npy of images whose name says that it holds labels."""
    beside = (file for file in sorted(path.parent.glob("*.npy")) if file.name != path.name)
    marked = [file for file in beside if _is_marked(file.name)]
    if len(marked) > 1:
        names = listed([file.name for file in marked])
        raise SpriteDataError(path, f"lies beside several files of labels, {names}; please say which it goes with")
    return marked[0] if marked else None


def _pair(path: Path, arrays: Sequence[Entry]) -> tuple[Entry, Entry | None]:
    """The images and the labels among the .npy files of a folder or zip."""
    labels = [entry for entry in arrays if _is_marked(entry.parts[-1])]
    images = [entry for entry in arrays if not _is_marked(entry.parts[-1])]
    if len(images) != 1 or len(labels) > 1:
        names = listed([entry.name for entry in arrays])
        raise SpriteDataError(
            path, f'holds {names}; it should hold one .npy of images and one whose name contains "{LABELS_MARK}"'
        )
    return images[0], labels[0] if labels else None


def _is_marked(file_name: str) -> bool:
    return LABELS_MARK in file_name.lower()


def _without_repeats(sprites: SpriteSet) -> SpriteSet:
    """The first of all sprites that are equal to the pixel."""
    first_at: dict[bytes, int] = {}
    first = np.array([first_at.setdefault(image.tobytes(), i) for i, image in enumerate(sprites.images)], dtype=int)
    is_first = first == np.arange(len(sprites))
    repeats = int((~is_first).sum())
    if not repeats:
        return sprites
    strays = int((sprites.context != sprites.context[first]).any(axis=1).sum())
    note = f"{counted(repeats, 'exact repeat')} {'was' if repeats == 1 else 'were'} dropped"
    if strays:
        note += f", {strays:,} of them in another category than the first, which was kept"
    return replace(sprites.take(is_first), notes=(*sprites.notes, f"{note}."))


def _with_both_parts(path: Path, sprites: SpriteSet) -> SpriteSet:
    """The same sprites, of which at least one is held out and at least one is not."""
    if len(sprites) < 2:
        raise SpriteDataError(
            path, f"holds {counted(len(sprites), 'distinct sprite')}, and at least 2 are needed to learn from"
        )
    held_out = sprites.held_out.copy()
    held_out[-1] |= not held_out.any()
    held_out[0] &= not held_out.all()
    if (held_out == sprites.held_out).all():
        return sprites
    note = "One sprite changed sides, so that there is one to train on and one held out."
    return replace(sprites, held_out=held_out, notes=(*sprites.notes, note))
