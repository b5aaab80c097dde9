"""What people give, a file, many, a folder or a zip, to a SpriteSet, with an account of how each thing was read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from diffusion.sprites.readers.account import PassedOver, Reading
from diffusion.sprites.readers.archives import Entry, check_total, file_entry, gathered
from diffusion.sprites.readers.arrays.array_sets import (
    LABELS_MARK,
    Named,
    is_marked,
    read_arrays,
    read_labelled,
    read_npz,
)
from diffusion.sprites.readers.arrays.npy_files import read_array
from diffusion.sprites.readers.choices import Choices
from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.readers.picture_sets import read_pictures
from diffusion.sprites.readers.pictures import FORMATS_IN_WORDS, PICTURE_SUFFIXES
from diffusion.sprites.spriteset import SIZE, SpriteSet
from diffusion.support.files import wrong_with_file
from diffusion.support.wording import counted, listed, shown

FREE = Choices()
KINDS = {".npy", ".npz", ".zip", *PICTURE_SUFFIXES}


def read_sprites(path: Path, labels: Path | None = None, tile: int | None = None) -> SpriteSet:
    """The sprites in one file or folder, without exact repeats; nothing on disk is changed.

    `path` is a folder or .zip of pictures (a subfolder a category), a sheet of tiles of `tile` pixels a side, an
    .npz written by SpriteSet.save, or an .npy of images; `labels` goes with the last, and is otherwise looked for
    beside it. Raises SpriteDataError, one plain sentence, if the sprites cannot be read or are fewer than 2.
    """
    return read_given([path], FREE if tile is None else Choices(tile=(tile, tile)), labels).sprites


def read_given(paths: Sequence[Path], choices: Choices = FREE, labels: Path | None = None) -> Reading:
    """The sprites in all that was given, read like one folder, and how; what is left open is read off the pictures.

    Raises SpriteDataError, one plain sentence, if the sprites cannot be read or are fewer than 2.
    """
    source = shown(paths[0]) if len(paths) == 1 else f"This set of {counted(len(paths), 'file')}"
    try:
        reading = _read(source, paths, choices, labels)
    except OSError as error:
        raise SpriteDataError(source, wrong_with_file(error).removesuffix(".")) from error
    sprites = _without_repeats(reading.sprites)
    if len(sprites) < 2:
        raise _too_few(source, sprites, reading.passed_over)
    return replace(reading, sprites=_with_both_parts(sprites))


def read_uploads(paths: Sequence[Path], choices: Choices = FREE) -> Reading:
    """What learners gave to the app, read like `read_given`; raises SpriteDataError on folders and links as well."""
    for path in paths:
        if path.is_symlink() or path.is_dir():
            raise SpriteDataError(path, "is a link or folder; please give plain files, or a .zip")
    return read_given(paths, choices)


def describe_set(sprites: SpriteSet) -> str:
    """A few plain lines: the counts, in all and for each category, how many are held out, and the notes."""
    held_out = int(sprites.held_out.sum())
    return "\n".join([
        f"{counted(len(sprites), 'sprite')} of {SIZE}x{SIZE} pixels, {held_out:,} of them held out from training.",
        *(f"{name}: {count:,}" for name, count in sprites.counts().items()),
        *sprites.notes,
    ])


def _read(source: str, paths: Sequence[Path], choices: Choices, labels: Path | None) -> Reading:
    if not paths:
        raise SpriteDataError(source, "holds nothing; please give pictures, a folder, .zip, .npz or .npy")
    suffix = "" if len(paths) > 1 or paths[0].is_dir() else paths[0].suffix.lower()
    if labels is not None and suffix != ".npy":
        raise SpriteDataError(source, "takes no file of labels; only an .npy of images does")
    if choices.names_a_grid and suffix in (".npy", ".npz"):
        raise SpriteDataError(source, "takes no tile size; only pictures do")
    if suffix == ".npz":
        file_entry(paths[0])
        return Reading(read_npz(paths[0], choices.ground))
    if suffix == ".npy":
        return Reading(_read_npy(paths[0], labels, choices.ground))
    with gathered(paths) as entries:
        if suffix and suffix not in KINDS:
            raise SpriteDataError(
                source, f"is of no kind read here; give a folder, .zip, .npz, .npy, or a {FORMATS_IN_WORDS} sheet"
            )
        return _read_files(source, entries, choices)


def _read_npy(path: Path, labels: Path | None, ground: str | None) -> SpriteSet:
    labels = file_entry(labels) if labels else _labels_beside(path)
    return read_labelled(_opened(file_entry(path)), _opened(labels) if labels else None, ground)


def _read_files(source: str, entries: Sequence[Entry], choices: Choices) -> Reading:
    """Files that belong together: arrays if there are images with labels, or else pictures."""
    arrays = [entry for entry in entries if entry.suffix == ".npy"]
    pictures = [entry for entry in entries if entry.suffix in PICTURE_SUFFIXES]
    others = [entry for entry in entries if entry.suffix != ".npy" and entry.suffix not in PICTURE_SUFFIXES]
    if not arrays and not pictures:
        found = f", only {listed([entry.name for entry in others])}" if others else ""
        raise SpriteDataError(source, f"holds no pictures{found}; put {FORMATS_IN_WORDS} pictures into it")
    check_total(source, arrays or pictures)
    if arrays:
        reading = _read_arrays(source, arrays, pictures, choices.ground)
    else:
        reading = read_pictures(source, pictures, choices)
    return _passing_over(reading, others, "of other kinds")


def _read_arrays(source: str, arrays: Sequence[Entry], pictures: Sequence[Entry], ground: str | None) -> Reading:
    sprites = read_arrays([_opened(entry) for entry in arrays], ground)
    if pictures and (sprites is None or not sprites.categories):
        raise SpriteDataError(source, "holds both pictures and .npy files; please give only the one or the other")
    if sprites is None:
        names = listed([entry.name for entry in arrays])
        raise SpriteDataError(
            source, f'holds {names}; it should hold one .npy of images and one whose name contains "{LABELS_MARK}"'
        )
    return _passing_over(Reading(sprites), pictures, "beside the arrays, which were read")


def _passing_over(reading: Reading, entries: Sequence[Entry], why: str) -> Reading:
    """The same reading, with word of the files that it left out."""
    if not entries:
        return reading
    passed_over = PassedOver(tuple(entry.name for entry in entries), why)
    sprites = replace(reading.sprites, notes=(*reading.sprites.notes, str(passed_over)))
    return replace(reading, sprites=sprites, passed_over=(*reading.passed_over, passed_over))


def _labels_beside(path: Path) -> Entry | None:
    """The only .npy file next to an .npy of images that is called labels and can be some."""
    beside = [file for file in sorted(path.parent.glob("*.npy")) if file.name != path.name]
    marked = [entry for entry in map(file_entry, filter(is_marked, beside)) if read_array(entry).ndim <= 2]
    if len(marked) > 1:
        names = listed([entry.name for entry in marked])
        raise SpriteDataError(path, f"lies beside several files of labels, {names}; please say which it goes with")
    return marked[0] if marked else None


def _opened(entry: Entry) -> Named:
    return entry, read_array(entry)


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


def _too_few(source: str, sprites: SpriteSet, passed_over: Sequence[PassedOver]) -> SpriteDataError:
    found = f"holds {counted(len(sprites), 'distinct sprite')}, and at least 2 are needed to learn from"
    skipped = [name for part in passed_over for name in part.names]
    return SpriteDataError(source, f"{found}; skipped were {listed(skipped)}" if skipped else found)


def _with_both_parts(sprites: SpriteSet) -> SpriteSet:
    """The same sprites, of which at least one is held out and at least one is not."""
    held_out = sprites.held_out.copy()
    held_out[-1] |= not held_out.any()
    held_out[0] &= not held_out.all()
    if (held_out == sprites.held_out).all():
        return sprites
    note = "One sprite changed sides, so that there is one to train on and one held out."
    return replace(sprites, held_out=held_out, notes=(*sprites.notes, note))
