"""One picture file, of any size and colour mode, to its pixels with transparency."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from diffusion.sprites.readers.archives import Entry
from diffusion.sprites.readers.errors import UnreadableFileError

FORMATS = ("PNG", "GIF", "JPEG", "BMP", "WEBP")
FORMATS_IN_WORDS = "PNG, GIF, JPEG, BMP or WebP"
PICTURE_SUFFIXES = {".png", ".gif", ".jpg", ".jpeg", ".bmp", ".webp"}
MAX_PIXELS = 2**24   # of one picture

KEYS = ("ff00ff", "00ff00", "00ffff")   # colours that stood for transparent before pictures could be so

PNG_DEPTH, PNG_KIND = 24, 25   # bytes of a PNG file
PNG_GREY = 0


@dataclass(frozen=True)
class Picture:
    """A decoded picture, the first frame if it moves.

    pixels: uint8 (H, W, 4), all 0 where nothing is drawn.
    """

    entry: Entry
    pixels: np.ndarray
    is_moving: bool

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[:2]

    def with_key(self, key: str | None) -> "Picture":
        """The same with nothing drawn where it has the colour rrggbb; the same as it is without one."""
        if key is None:
            return self
        is_key = (self.pixels[..., :3] == np.frombuffer(bytes.fromhex(key), np.uint8)).all(axis=2)
        return replace(self, pixels=np.where(is_key[..., np.newaxis], np.uint8(0), self.pixels))


def offered_key(pictures: Sequence[Picture]) -> str:
    """The colour key, as rrggbb, that most of the pictures have in all their corners; "" if they have none."""
    corners = Counter(_corner_colour(picture.pixels) for picture in pictures)
    return next((key for key in KEYS if 2 * corners[key] > len(pictures)), "")


def read_picture(entry: Entry) -> Picture:
    """The picture in a file, upright, in its true colours.

    Raises UnreadableFileError if it is no picture of the formats read here, is damaged, or has over MAX_PIXELS pixels.
    """
    data = entry.read()
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(entry) from error
    except Exception as error:   # on damaged files the decoders raise nearly anything
        raise _undecodable(entry) from error
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(entry)
    try:
        is_moving = getattr(image, "is_animated", False)
        pixels = _rgba(image, data)
    except Exception as error:   # as above
        raise _undecodable(entry) from error
    if not pixels.size:
        raise _undecodable(entry)
    return Picture(entry, pixels, is_moving)


def _corner_colour(pixels: np.ndarray) -> str:
    """The colour of all four corners as rrggbb, "" if they differ or are transparent."""
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    is_one = (corners == corners[0]).all() and corners[0, 3] == 255
    return bytes(corners[0, :3]).hex() if is_one else ""


def _rgba(image: Image.Image, data: bytes) -> np.ndarray:
    """uint8 (H, W, 4), all 0 where it is wholly transparent."""
    frame = image.tile[0].extents if image.format == "GIF" and image.tile else None
    grey = image.format == "PNG" and data[PNG_KIND] == PNG_GREY
    key = image.info.get("transparency")
    if grey and isinstance(key, int) and data[PNG_DEPTH] in (2, 4):   # told in steps of its own depth
        image.info["transparency"] = key * 255 // (2 ** data[PNG_DEPTH] - 1)
    if isinstance(key, tuple) and data[PNG_DEPTH] == 16:   # of which Pillow keeps the high bytes
        image.info["transparency"] = tuple(value >> 8 for value in key)
    image.load()
    image = _upright(image)
    pixels = _deep_grey(image) if image.mode.startswith("I") else np.array(image.convert("RGBA"))
    if frame is not None:
        pixels = _only_within(pixels, frame)
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation says; damaged EXIF data says nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:   # the parser raises nearly anything
        return image


def _deep_grey(image: Image.Image) -> np.ndarray:
    """16 bits of grey, which Pillow would clip instead of scaling."""
    values = np.asarray(image)
    grey = (values >> 8).astype(np.uint8)
    key = image.info.get("transparency")
    alpha = np.where(values == key, 0, 255) if isinstance(key, int) else np.full_like(grey, 255)
    return np.stack([grey, grey, grey, alpha.astype(np.uint8)], axis=-1)


def _only_within(pixels: np.ndarray, frame: tuple[int, int, int, int]) -> np.ndarray:
    """A first frame may leave a part of the canvas free, which Pillow fills with the first colour."""
    left, top, right, bottom = frame
    inside = np.zeros_like(pixels)
    inside[top:bottom, left:right] = pixels[top:bottom, left:right]
    return inside


def _undecodable(entry: Entry) -> UnreadableFileError:
    return UnreadableFileError(entry.title, f"cannot be read as a {FORMATS_IN_WORDS} picture")


def _too_large(entry: Entry) -> UnreadableFileError:
    return UnreadableFileError(entry.title, f"cannot be read, being over {MAX_PIXELS // 2**20} million pixels")
