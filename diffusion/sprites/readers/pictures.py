"""One picture, of any size and colour mode, to sprites of 16x16 pixels on white."""

from io import BytesIO

import numpy as np
from PIL import Image

from diffusion.sprites.readers.archives import MAX_SPRITES, Entry
from diffusion.sprites.readers.errors import SpriteDataError, UnreadableFileError
from diffusion.sprites.spriteset import SIZE
from diffusion.support.wording import counted

FORMATS = ("PNG", "GIF", "JPEG", "BMP", "WEBP")
FORMATS_IN_WORDS = "PNG, GIF, JPEG, BMP or WebP"
PICTURE_SUFFIXES = {".png", ".gif", ".jpg", ".jpeg", ".bmp", ".webp"}
MAX_SIDE = 4096
MAX_PIXELS = 2**27   # of all the pictures of a set together
WHITE = 255
LOOKED_AT = 16   # pixels a side of a large block that are looked at, at least

COLOUR_CODE = np.array([2**16, 2**8, 1])
FURTHEST_COLOURS = 3 * 255 + 1


def open_picture(entry: Entry) -> Image.Image:
    """The picture with its size known but its pixels not yet decoded.

    Raises UnreadableFileError if it is no picture of the formats read here, or has over MAX_SIDE pixels a side.
    """
    data = entry.read()
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(entry) from error
    except Exception as error:   # on damaged files the decoders raise nearly anything
        raise _undecodable(entry) from error
    if max(image.size) > MAX_SIDE:
        raise _too_large(entry)
    if min(image.size) < 1:
        raise _undecodable(entry)
    return image


def decode(entry: Entry, image: Image.Image) -> np.ndarray:
    """The opened picture of `entry` on white (the first frame, if it moves), uint8 (H, W, 3).

    Raises UnreadableFileError if its pixels are damaged.
    """
    try:
        return _on_white(image)
    except Exception as error:   # as above
        raise _undecodable(entry) from error


def to_sprite(pixels: np.ndarray) -> np.ndarray:
    """A picture as a sprite, uint8 (H, W, 3) to (16, 16, 3), centred on white where it is not square.

    No colours are mixed if it fits into 16x16 (it is enlarged by the largest whole factor) or if its longer side
    is a multiple of 16 (each block of pixels gives its most common colour); otherwise it is averaged over areas,
    which has none of the halos that sharper filters put around hard edges.
    """
    side = max(pixels.shape[:2])
    if side <= SIZE:
        factor = SIZE // side
        return _centred(pixels.repeat(factor, axis=0).repeat(factor, axis=1), SIZE)
    square = _centred(pixels, side)
    if side % SIZE == 0:
        return _most_common_colours(square)
    return np.asarray(Image.fromarray(square).resize((SIZE, SIZE), Image.Resampling.BOX))


def cut_sheet(entry: Entry, tile: int | None) -> tuple[np.ndarray, int]:
    """The sprites of a sheet of square tiles, uint8 (N, 16, 16, 3), and how many tiles of one colour were left out.

    Without `tile` the tiles are 16 pixels a side. Raises SpriteDataError if the tiles do not fill the picture.
    """
    image = open_picture(entry)
    size = _tile_size(entry, image.size, tile)
    pixels = decode(entry, image)
    rows, columns = pixels.shape[0] // size, pixels.shape[1] // size
    tiles = pixels.reshape(rows, size, columns, size, 3).swapaxes(1, 2).reshape(-1, size, size, 3)
    is_drawn = (tiles != tiles[:, :1, :1]).any(axis=(1, 2, 3))
    if not is_drawn.any():
        raise SpriteDataError(entry.title, "holds no sprite: each of its tiles is of a single colour")
    return np.stack([to_sprite(drawn) for drawn in tiles[is_drawn]]), int((~is_drawn).sum())


def _tile_size(entry: Entry, picture_size: tuple[int, int], tile: int | None) -> int:
    width, height = picture_size
    size = SIZE if tile is None else tile
    if size < 1:
        raise SpriteDataError(entry.title, f"cannot be cut into tiles of {size} pixels; give at least 1")
    if size > min(width, height):
        raise SpriteDataError(
            entry.title, f"is {width} x {height} pixels, smaller than a tile of {size}; give a sheet of many tiles"
        )
    if width % size or height % size:
        raise SpriteDataError(
            entry.title, f"is {width} x {height} pixels, which tiles of {size} do not fill; give their true size"
        )
    tiles = (width // size) * (height // size)
    if tiles == 1:
        raise SpriteDataError(entry.title, "is a single sprite, and at least 2 are needed; give a sheet or a folder")
    if tiles > MAX_SPRITES:
        raise SpriteDataError(entry.title, f"would give {counted(tiles, 'tile')}; at most {MAX_SPRITES:,} are read")
    return size


def _on_white(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):   # 16 bits of grey, which Pillow would clip instead of scaling
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.stack([grey] * 3, axis=-1)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))


def _centred(pixels: np.ndarray, side: int) -> np.ndarray:
    height, width, _ = pixels.shape
    if height == width == side:
        return pixels
    square = np.full((side, side, 3), WHITE, dtype=np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = pixels
    return square


def _most_common_colours(square: np.ndarray) -> np.ndarray:
    """Each of 16x16 blocks in its most common colour; of equally common ones, that nearest to the block's mean.

    Blocks of more than 31x31 pixels are judged by a regular grid of their pixels.
    """
    block = len(square) // SIZE
    step = max(1, block // LOOKED_AT)
    blocks = square.reshape(SIZE, block, SIZE, block, 3)[:, ::step, :, ::step].swapaxes(1, 2)
    codes = np.sort(blocks.reshape(SIZE * SIZE, -1, 3) @ COLOUR_CODE, axis=1)   # equal colours stand in runs
    position = np.arange(codes.shape[1])
    starts = np.where(np.diff(codes, axis=1, prepend=-1) != 0, position, 0)
    run_so_far = position - np.maximum.accumulate(starts, axis=1)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1)
    off_mean = np.abs(colours - colours.mean(axis=1, keepdims=True)).sum(axis=-1)
    best = (run_so_far * FURTHEST_COLOURS - off_mean).argmax(axis=1)
    return colours[np.arange(len(colours)), best].astype(np.uint8).reshape(SIZE, SIZE, 3)


def _undecodable(entry: Entry) -> UnreadableFileError:
    return UnreadableFileError(entry.title, f"cannot be read as a {FORMATS_IN_WORDS} picture")


def _too_large(entry: Entry) -> UnreadableFileError:
    return UnreadableFileError(entry.title, f"cannot be read, being over {MAX_SIDE} pixels a side")
