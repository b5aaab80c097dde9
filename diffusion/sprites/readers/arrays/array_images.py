"""Pictures kept as numbers, in every form that can mean one thing only, to sprites."""

import numpy as np

from diffusion.sprites.readers.archives import MAX_SPRITES, Entry
from diffusion.sprites.readers.arrays.npy_files import described
from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.readers.fitting import Drawing, on_best_ground
from diffusion.sprites.spriteset import SIZE

CHANNELS = (1, 3, 4)   # grey, colour, colour with transparency
SMALLEST, LARGEST = 8, 4096   # pixels a side
BRIGHTEST = 255
FEW_LEVELS = 16   # whole numbers that stay below may be any number of things
SLACK = 1e-3      # of floats, beyond the ends of their range


def sprites_of_array(entry: Entry, images: np.ndarray, ground: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Sprites uint8 (N, 16, 16, 3), and a note for each thing that was done to them.

    The numbers may be 0 to 255, 0 to 1 or -1 to 1; channels may come last or first, or be one or four.
    Raises SpriteDataError if they can mean something else as well, or nothing.
    """
    if len(images.shape) and len(images) > MAX_SPRITES:
        raise SpriteDataError(entry.title, f"holds {len(images):,} sprites, and at most {MAX_SPRITES:,} are read")
    pixels = _bytes(entry, _channels_last(entry, images))
    if pixels.shape[1:] == (SIZE, SIZE, 3):
        return pixels, ()
    return on_best_ground([_drawing(picture) for picture in pixels], [entry.name] * len(pixels), ground)


def _channels_last(entry: Entry, images: np.ndarray) -> np.ndarray:
    shape = images.shape
    if images.dtype.kind in "biuf" and images.ndim == 3 and _are_sides(shape[1:]):
        return images[..., np.newaxis]
    if images.dtype.kind in "biuf" and images.ndim == 4 and shape[3] in CHANNELS and _are_sides(shape[1:3]):
        return images
    if images.dtype.kind in "biuf" and images.ndim == 4 and shape[1] in CHANNELS and _are_sides(shape[2:]):
        return images.transpose(0, 2, 3, 1)
    raise _unclear(entry, images)


def _are_sides(lengths: tuple[int, ...]) -> bool:
    return all(SMALLEST <= length <= LARGEST for length in lengths)


def _bytes(entry: Entry, images: np.ndarray) -> np.ndarray:
    """The same as uint8."""
    if not images.size or images.dtype == bool:
        return images.astype(np.uint8) * BRIGHTEST
    low, high = images.min(), images.max()
    if images.dtype.kind in "iu":
        if low < 0 or high > BRIGHTEST or high < FEW_LEVELS:
            raise _unclear(entry, images)
        return images.astype(np.uint8)
    if not np.isfinite(low) or not np.isfinite(high):
        raise SpriteDataError(entry.title, "holds NaN or infinite values; colours should be finite numbers")
    if high <= 1 + SLACK and low >= -SLACK:
        return _scaled(images, BRIGHTEST, 0)
    if high <= 1 + SLACK and low >= -1 - SLACK:
        return _scaled(images, BRIGHTEST / 2, BRIGHTEST / 2)
    if FEW_LEVELS <= high <= BRIGHTEST and low >= 0 and (images == np.rint(images)).all():
        return images.astype(np.uint8)
    raise _unclear(entry, images)


def _scaled(images: np.ndarray, factor: float, offset: float) -> np.ndarray:
    scaled = images.astype(np.float32)
    scaled *= factor
    scaled += offset
    return np.rint(scaled, out=scaled).clip(0, BRIGHTEST).astype(np.uint8)


def _drawing(pixels: np.ndarray) -> Drawing:
    """uint8 (H, W, C) with any number of channels as a drawing."""
    if pixels.shape[2] < 4:
        colours = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
        return np.dstack([colours, np.full(pixels.shape[:2], BRIGHTEST, dtype=np.uint8)])
    return np.where(pixels[..., 3:] == 0, np.uint8(0), pixels)


def _unclear(entry: Entry, images: np.ndarray) -> SpriteDataError:
    is_numbers = images.size and images.dtype.kind in "biuf"
    span = f", from {images.min():g} to {images.max():g}" if is_numbers else ""
    return SpriteDataError(
        entry.title,
        f"holds {described(images)}{span}; sprites should be N x {SIZE} x {SIZE} x 3, from 0 to 255, or floats to 1",
    )
