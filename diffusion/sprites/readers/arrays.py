"""Sprites kept as NumPy arrays: the course's pair of .npy files, and the .npz that SpriteSet.save writes."""

import unicodedata
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from diffusion.sprites.readers.archives import MAX_SPRITES, Entry, check_total, zip_entries
from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.spriteset import COURSE_CATEGORIES, MAX_CATEGORIES, SIZE, SpriteSet, held_out_by_picture
from diffusion.support.wording import counted, has_control, listed, shown

MAX_CATEGORY_NAME = 40

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
NEEDED = {"images", "context", "categories"}
OPTIONAL = {"held_out", "descriptions"}
REAL_KINDS = "biuf"


def read_pair(images: Entry, labels: Entry | None) -> SpriteSet:
    """The course's .npy files: images uint8 (N, 16, 16, 3) and one-hot labels (N, K), or images alone.

    Raises SpriteDataError if an array is not what it should be, or the two differ in number.
    """
    pictures = _checked_images(images, read_array(images))
    if labels is None:
        context, categories, notes = np.zeros((len(pictures), 0), dtype=np.float32), (), ()
    else:
        context = _checked_labels(labels, read_array(labels), len(pictures))
        categories = _label_names(context.shape[1])
        notes = (f"The labels come from {shown(labels.name)}.",)
    return SpriteSet(pictures, context, categories, held_out_by_picture(pictures), notes=notes)


def read_npz(path: Path) -> SpriteSet:
    """A set written by SpriteSet.save; its parts `held_out` and `descriptions` may be missing.

    Raises SpriteDataError if a part is missing, unknown, or not what it should be.
    """
    with zip_entries(path) as entries:
        check_total(path, entries)
        _check_members(path, [entry.name for entry in entries])
        members = {entry.name.removesuffix(".npy"): entry for entry in entries}
        arrays = {name: read_array(entry) for name, entry in members.items()}
    images = _checked_images(members["images"], arrays["images"])
    held_out = arrays.get("held_out")
    descriptions = arrays.get("descriptions")
    categories = _checked_categories(path, members["categories"], arrays["categories"])
    return SpriteSet(
        images=images,
        context=_checked_weights(members["context"], arrays["context"], len(images), len(categories)),
        categories=categories,
        held_out=held_out_by_picture(images) if held_out is None
        else _checked_held_out(members["held_out"], held_out, len(images)),
        descriptions=() if descriptions is None
        else _checked_descriptions(members["descriptions"], descriptions, len(images)),
    )


def read_array(entry: Entry) -> np.ndarray:
    """The array of an .npy file; nothing is unpickled, and no memory is taken on the word of its header.

    Raises SpriteDataError if it is no .npy file, is cut short, or holds pickled objects.
    """
    data = entry.read()
    stream = BytesIO(data)
    try:
        shape, is_fortran, dtype = HEADERS[npy.read_magic(stream)](stream)
    except Exception as error:   # a header is parsed as Python text, which can fail in any way
        raise SpriteDataError(entry.title, "is not an .npy file of numbers, whatever its name says") from error
    if dtype.hasobject:
        raise SpriteDataError(entry.title, "holds pickled Python objects, which are never opened; save plain numbers")
    try:
        array = np.ndarray(shape, dtype, data, stream.tell(), order="F" if is_fortran else "C")
    except (TypeError, ValueError) as error:
        raise _size_differs(entry) from error
    if array.nbytes != len(data) - stream.tell():
        raise _size_differs(entry)
    return array


def category_name(path: Path, name: str) -> str:
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


def _label_names(count: int) -> tuple[str, ...]:
    if count == len(COURSE_CATEGORIES):
        return COURSE_CATEGORIES
    return tuple(f"category {k}" for k in range(1, count + 1))


def _check_members(path: Path, names: Sequence[str]) -> None:
    missing = {f"{name}.npy" for name in NEEDED}.difference(names)
    if missing:
        raise SpriteDataError(
            path, f"lacks {listed(sorted(missing))}; a saved set holds images, context and categories"
        )
    if unknown := set(names) - {f"{name}.npy" for name in NEEDED | OPTIONAL}:
        raise SpriteDataError(path, f"holds {listed(sorted(unknown))}, unknown as parts of a saved set")
    if len(set(names)) < len(names):
        raise SpriteDataError(path, "holds the same array twice; a saved set holds each once")


def _checked_images(entry: Entry, images: np.ndarray) -> np.ndarray:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (SIZE, SIZE, 3):
        raise SpriteDataError(
            entry.title, f"holds {_described(images)}; sprites should be uint8 of shape (N, {SIZE}, {SIZE}, 3)"
        )
    if len(images) > MAX_SPRITES:
        raise SpriteDataError(entry.title, f"holds {len(images):,} sprites, and at most {MAX_SPRITES:,} are read")
    return images


def _checked_labels(entry: Entry, labels: np.ndarray, count: int) -> np.ndarray:
    if labels.ndim != 2 or labels.shape[1] < 1:
        raise SpriteDataError(entry.title, f"holds {_described(labels)}; labels should be one-hot of shape (N, K)")
    check_category_count(entry.title, labels.shape[1])
    weights = _checked_weights(entry, labels, count, labels.shape[1])
    if ((weights != 0) & (weights != 1)).any() or (weights.sum(axis=1) != 1).any():
        raise SpriteDataError(entry.title, "is not one-hot; each row should have a single 1, and 0 elsewhere")
    return weights


def _checked_weights(entry: Entry, weights: np.ndarray, count: int, categories: int) -> np.ndarray:
    """Category weights as float32 (N, K)."""
    if weights.dtype.kind not in REAL_KINDS or weights.ndim != 2 or weights.shape[1] != categories:
        raise SpriteDataError(
            entry.title, f"holds {_described(weights)}; it should be numbers of shape (N, {categories})"
        )
    if len(weights) != count:
        raise SpriteDataError(
            entry.title, f"has {counted(len(weights), 'row')} for {counted(count, 'sprite')}; they should be equal"
        )
    if not np.isfinite(weights).all():
        raise SpriteDataError(entry.title, "holds NaN or infinite values; labels should be 0 or 1")
    if (weights < 0).any() or (weights > 1).any():
        raise SpriteDataError(entry.title, "holds values that are negative or over 1; labels should be 0 or 1")
    return weights.astype(np.float32)


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
        raise SpriteDataError(entry.title, f"holds {_described(held_out)}; it should be bool of shape ({count},)")
    return held_out


def _checked_texts(entry: Entry, texts: np.ndarray) -> tuple[str, ...]:
    if texts.dtype.kind != "U" or texts.ndim != 1:
        raise SpriteDataError(entry.title, f"holds {_described(texts)}; it should be a list of texts")
    codes = texts.astype(texts.dtype.newbyteorder("<")).tobytes()
    try:
        codes.decode("utf-32-le")   # NumPy itself takes any number for a character, and then breaks on it
    except UnicodeDecodeError as error:
        raise SpriteDataError(entry.title, "holds texts with characters that do not exist; save it again") from error
    return tuple(texts.tolist())


def _described(array: np.ndarray) -> str:
    return f"{array.dtype.name} of shape {array.shape}"


def _size_differs(entry: Entry) -> SpriteDataError:
    return SpriteDataError(entry.title, "is not whole: its header promises an array of another size than it holds")
