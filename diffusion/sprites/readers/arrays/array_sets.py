"""Sets of sprites kept as NumPy arrays: images with their labels, and the .npz that SpriteSet.save writes."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

import numpy as np

from diffusion.sprites.readers.archives import Entry, check_total, zip_entries
from diffusion.sprites.readers.arrays.array_images import sprites_of_array
from diffusion.sprites.readers.arrays.npy_files import described, read_array
from diffusion.sprites.readers.categories import category_name, check_category_count
from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.spriteset import COURSE_CATEGORIES, MAX_WEIGHT, SpriteSet, held_out_by_picture, one_hot
from diffusion.support.wording import counted, listed, shown

NEEDED = {"images", "context", "categories"}
OPTIONAL = {"held_out", "descriptions"}
REAL_KINDS = "biuf"
LABELS_MARK = "label"   # in the name of an .npy file

Named = tuple[Entry, np.ndarray]


def read_arrays(arrays: Sequence[Named], ground: str | None) -> SpriteSet | None:
    """Images, and labels if there are any, whatever they are called; None if it is not plain which is which.

    Raises SpriteDataError if an array is not what it should be, or the two differ in number.
    """
    images = [pair for pair in arrays if pair[1].ndim > 2]
    labels = [pair for pair in arrays if pair[1].ndim <= 2]
    if len(labels) > 1:
        labels = [pair for pair in labels if is_marked(pair[0].name)]
    if len(images) != 1 or len(labels) > 1 or len(images) + len(labels) < len(arrays):
        return None
    return read_labelled(images[0], labels[0] if labels else None, ground)


def read_labelled(images: Named, labels: Named | None, ground: str | None) -> SpriteSet:
    """The sprites in one array with the labels in another; raises SpriteDataError as `read_arrays` does."""
    pictures, notes = sprites_of_array(*images, ground)
    if labels is None:
        context, categories = np.zeros((len(pictures), 0), dtype=np.float32), ()
    else:
        context, categories = _labels(*labels, len(pictures))
        notes = (f"The labels come from {shown(labels[0].name)}.", *notes)
    return SpriteSet(pictures, context, categories, held_out_by_picture(pictures), notes=notes)


def is_marked(file: PurePath | str) -> bool:
    """Whether a file's name says that it holds labels."""
    return LABELS_MARK in PurePath(file).name.lower()


def read_npz(path: Path, ground: str | None) -> SpriteSet:
    """A set written by SpriteSet.save, whose parts `held_out` and `descriptions` may be missing, or images and labels.

    Raises SpriteDataError if a part is missing, unknown, or not what it should be.
    """
    with zip_entries(path) as entries:
        check_total(path, entries)
        arrays = {entry.name.removesuffix(".npy"): (entry, read_array(entry)) for entry in entries}
        _check_once(path, entries)
    if not arrays.keys() & {"context", "categories"} and (sprites := read_arrays(list(arrays.values()), ground)):
        return sprites
    return _saved_set(path, arrays, ground)


def _saved_set(path: Path, arrays: Mapping[str, Named], ground: str | None) -> SpriteSet:
    _check_members(path, arrays)
    images, notes = sprites_of_array(*arrays["images"], ground)
    categories = _checked_categories(path, *arrays["categories"])
    held_out, descriptions = arrays.get("held_out"), arrays.get("descriptions")
    return SpriteSet(
        images=images,
        context=_checked_weights(*arrays["context"], len(images), len(categories), -MAX_WEIGHT, MAX_WEIGHT),
        categories=categories,
        held_out=_checked_held_out(*held_out, len(images)) if held_out else held_out_by_picture(images),
        descriptions=_checked_descriptions(*descriptions, len(images)) if descriptions else (),
        notes=notes,
    )


def _labels(entry: Entry, labels: np.ndarray, count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Context float32 (N, K) and the K names: from one-hot rows, or from a number or a name for each sprite."""
    column = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if column.ndim == 1 and column.dtype.kind in "US":
        return _by_name(entry, _texts(entry, column), count)
    if column.ndim == 1 and column.dtype.kind in REAL_KINDS:
        return _by_number(entry, column, count)
    weights = _one_hot_rows(entry, labels, count)
    return weights, _label_names(weights.shape[1])


def _by_name(entry: Entry, names: Sequence[str], count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    _check_rows(entry, len(names), count)
    plain = {name: category_name(entry.title, name) for name in set(names)}
    categories = tuple(sorted(set(plain.values())))
    check_category_count(entry.title, len(categories))
    index = np.array([categories.index(plain[name]) for name in names], dtype=int)
    return one_hot(index, len(categories)), categories


def _by_number(entry: Entry, numbers: np.ndarray, count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Categories counted from 0 get their usual names; other numbers are their own names."""
    _check_rows(entry, len(numbers), count)
    if not np.isfinite(numbers).all():
        raise SpriteDataError(entry.title, "holds NaN or infinite values; labels should be whole numbers from 0")
    if (numbers < 0).any() or (numbers != np.rint(numbers)).any():
        raise SpriteDataError(entry.title, "holds numbers below 0 or between; labels should be whole numbers from 0")
    known, index = np.unique(numbers, return_inverse=True)
    check_category_count(entry.title, len(known))
    if known.tolist() == list(range(len(known))):
        return one_hot(index, len(known)), _label_names(len(known))
    return one_hot(index, len(known)), tuple(category_name(entry.title, f"category {number:.0f}") for number in known)


def _one_hot_rows(entry: Entry, labels: np.ndarray, count: int) -> np.ndarray:
    if labels.ndim != 2 or labels.shape[1] < 1:
        raise SpriteDataError(
            entry.title, f"holds {described(labels)}; labels should be a number or name a sprite, or one-hot rows"
        )
    check_category_count(entry.title, labels.shape[1])
    weights = _checked_weights(entry, labels, count, labels.shape[1], 0, 1)
    if not (weights.sum(axis=1) == 1).all() or not np.isin(weights, (0, 1)).all():
        raise SpriteDataError(entry.title, "is not one-hot; each row should have a single 1, and 0 elsewhere")
    return weights


def _label_names(count: int) -> tuple[str, ...]:
    if count == len(COURSE_CATEGORIES):
        return COURSE_CATEGORIES
    return tuple(f"category {k}" for k in range(1, count + 1))


def _check_once(path: Path, entries: Sequence[Entry]) -> None:
    if len({entry.name for entry in entries}) < len(entries):
        raise SpriteDataError(path, "holds the same array twice; a saved set holds each once")


def _check_members(path: Path, names: Mapping[str, object]) -> None:
    if missing := NEEDED - names.keys():
        files = listed([f"{name}.npy" for name in sorted(missing)])
        raise SpriteDataError(path, f"lacks {files}; a saved set holds images, context and categories")
    if unknown := names.keys() - NEEDED - OPTIONAL:
        files = listed([f"{name}.npy" for name in sorted(unknown)])
        raise SpriteDataError(path, f"holds {files}, unknown as parts of a saved set")


def _checked_weights(
    entry: Entry, weights: np.ndarray, count: int, categories: int, least: int, most: int
) -> np.ndarray:
    """Category weights as float32 (N, K)."""
    if weights.dtype.kind not in REAL_KINDS or weights.ndim != 2 or weights.shape[1] != categories:
        raise SpriteDataError(
            entry.title, f"holds {described(weights)}; it should be numbers of shape N x {categories}"
        )
    _check_rows(entry, len(weights), count)
    if not np.isfinite(weights).all():
        raise SpriteDataError(entry.title, f"holds NaN or infinite values; they should be from {least} to {most}")
    if (weights < least).any() or (weights > most).any():
        raise SpriteDataError(
            entry.title, f"holds values below {least} or over {most}; they should be from {least} to {most}"
        )
    return weights.astype(np.float32)


def _check_rows(entry: Entry, rows: int, count: int) -> None:
    if rows != count:
        raise SpriteDataError(
            entry.title, f"has {counted(rows, 'row')} for {counted(count, 'sprite')}; they should be equal"
        )


def _checked_categories(path: Path, entry: Entry, categories: np.ndarray) -> tuple[str, ...]:
    names = tuple(category_name(path, name) for name in _checked_texts(entry, categories))
    check_category_count(path, len(names))
    if len(set(names)) < len(names):
        raise SpriteDataError(path, "has two categories of the same name; please rename one")
    return names


def _checked_descriptions(entry: Entry, descriptions: np.ndarray, count: int) -> tuple[str, ...]:
    texts = _checked_texts(entry, descriptions)
    if len(texts) not in {0, count}:
        raise SpriteDataError(
            entry.title, f"has {counted(len(texts), 'text')} for {counted(count, 'sprite')}; they should be equal"
        )
    return texts


def _checked_held_out(entry: Entry, held_out: np.ndarray, count: int) -> np.ndarray:
    if held_out.dtype != bool or held_out.shape != (count,):
        raise SpriteDataError(entry.title, f"holds {described(held_out)}; it should be bool of shape {count}")
    return held_out


def _texts(entry: Entry, texts: np.ndarray) -> tuple[str, ...]:
    """Texts, or bytes in UTF-8."""
    try:
        return _checked_texts(entry, np.char.decode(texts, "utf-8") if texts.dtype.kind == "S" else texts)
    except UnicodeDecodeError as error:
        raise SpriteDataError(entry.title, "holds names that are not UTF-8; save them as texts") from error


def _checked_texts(entry: Entry, texts: np.ndarray) -> tuple[str, ...]:
    if texts.dtype.kind != "U" or texts.ndim != 1:
        raise SpriteDataError(entry.title, f"holds {described(texts)}; it should be a list of texts")
    codes = texts.astype(texts.dtype.newbyteorder("<")).tobytes()
    try:
        codes.decode("utf-32-le")   # NumPy itself takes any number for a character, and then breaks on it
    except UnicodeDecodeError as error:
        raise SpriteDataError(entry.title, "holds texts with characters that do not exist; save it again") from error
    return tuple(texts.tolist())
