"""Pictures between their forms: tensors in [-1, 1], uint8 arrays, PIL images; grids and crisp enlargement."""

import base64
from math import ceil, sqrt

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def to_tensor(images: np.ndarray) -> Tensor:
    """uint8 (N, H, W, 3) to float32 (N, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


def to_uint8(x: Tensor) -> np.ndarray:
    """(N, 3, H, W) in [-1, 1] to uint8 (N, H, W, 3); values outside are clipped."""
    pixels = ((x.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).cpu().numpy()


def as_base64(data: np.ndarray | bytes) -> str:
    """Bytes, or those of an array row by row, as base64: the way pictures travel to the page and back."""
    return base64.b64encode(data if isinstance(data, bytes) else np.ascontiguousarray(data).tobytes()).decode()


def from_base64(text: str) -> bytes:
    """The bytes that `as_base64` wrote; raises ValueError or TypeError if it is something else."""
    return base64.b64decode(text, validate=True)


def grid(images: np.ndarray, columns: int, gap: int = 2) -> np.ndarray:
    """Lay uint8 (N, H, W, 3) out in rows of `columns` on white, `gap` pixels apart and around."""
    n, height, width, _ = images.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 255, dtype=np.uint8)
    for i, image in enumerate(images):
        y, x = gap + i // columns * (height + gap), gap + i % columns * (width + gap)
        sheet[y : y + height, x : x + width] = image
    return sheet


def grid_columns(n: int) -> int:
    """Columns that make a grid of n sprites nearly square, never narrower than high."""
    return ceil(sqrt(n))


def picture_of(images: np.ndarray, columns: int | None = None, scale: int = 4) -> Image.Image:
    """uint8 (N, H, W, 3) as one PIL image: a grid, nearly square unless `columns` says otherwise, crisply enlarged."""
    return enlarge(grid(images, columns or grid_columns(len(images))), scale)


def enlarge(image: np.ndarray, scale: int) -> Image.Image:
    """uint8 (H, W, 3) as a PIL image, each pixel a crisp square of `scale` pixels."""
    return Image.fromarray(image.repeat(scale, axis=0).repeat(scale, axis=1))
