"""Drawings for tests of the readers: painted sprites with nothing behind them, and sheets of such tiles."""

import io

import numpy as np
from PIL import Image

from diffusion.sprites.painter import paint

NOTHING = (0, 0, 0, 0)


def figures(n: int, seed: int = 7) -> np.ndarray:
    """Different painted sprites, uint8 (n, 16, 16, 4), transparent where white is joined to the border."""
    return np.stack([_cut_out(image) for image in paint(n, seed).images])


def on_white(drawings: np.ndarray) -> np.ndarray:
    """uint8 (..., 4) laid on white, (..., 3): the figures are either there or not."""
    return np.where(drawings[..., 3:] > 0, drawings[..., :3], 255).astype(np.uint8)


def sheet(
    tiles: np.ndarray,
    columns: int,
    margin: int = 0,
    gap: int = 0,
    tail: bool = False,
    ground: tuple[int, ...] = NOTHING,
    rest: tuple[int, int] = (0, 0),
) -> np.ndarray:
    """Tiles in rows; `tail`: a gap after the last ones too; rest: more rows and columns of ground at the far edges."""
    n, height, width, channels = tiles.shape
    rows = -(-n // columns)
    shape = (
        rows * (height + gap) - gap * (not tail) + 2 * margin + rest[0],
        columns * (width + gap) - gap * (not tail) + 2 * margin + rest[1],
    )
    picture = np.empty((*shape, channels), np.uint8)
    picture[:] = ground[:channels]
    for i in range(n):
        y, x = margin + i // columns * (height + gap), margin + i % columns * (width + gap)
        picture[y : y + height, x : x + width] = tiles[i]
    return picture


def framed(tiles: np.ndarray, height: int, width: int, top: int, left: int) -> np.ndarray:
    """Each tile on a larger canvas with nothing around it."""
    _, inner_height, inner_width, _ = tiles.shape
    below, right = height - top - inner_height, width - left - inner_width
    return np.pad(tiles, ((0, 0), (top, below), (left, right), (0, 0)))


def extruded(tiles: np.ndarray, edge: int = 1) -> np.ndarray:
    """Tiles whose outermost pixels are repeated outwards."""
    return np.pad(tiles, ((0, 0), (edge, edge), (edge, edge), (0, 0)), mode="edge")


def enlarged(pixels: np.ndarray, factor: int) -> np.ndarray:
    """A picture (H, W, C), or many, each pixel a square."""
    return pixels.repeat(factor, axis=-3).repeat(factor, axis=-2)


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    """The pixels as a picture file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def _cut_out(image: np.ndarray) -> np.ndarray:
    is_white = np.pad((image == 255).all(axis=-1), 1, constant_values=True)
    outside = np.zeros_like(is_white)
    outside[0] = outside[-1] = outside[:, 0] = outside[:, -1] = True
    while True:
        spread = outside.copy()
        for axis in (0, 1):
            for step in (-1, 1):
                spread |= np.roll(outside, step, axis)
        spread &= is_white
        if (spread == outside).all():
            break
        outside = spread
    alpha = np.where(outside[1:-1, 1:-1], 0, 255).astype(np.uint8)
    return np.dstack([np.where(alpha[..., None] > 0, image, 0), alpha]).astype(np.uint8)
