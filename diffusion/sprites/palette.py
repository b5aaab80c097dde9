"""Palettes: the colours a model learnt from, and sprites brought back to them, without the last traces of noise."""

import re

import numpy as np
import torch
from torch import Tensor

from diffusion.support.checks import InputError
from diffusion.support.images import to_tensor

MAX_COLOURS = 512   # of a palette; what has more is no pixel art
NOISE = 0.12        # left in a finished sprite: standard deviation of a pixel, in -1..1
PASSES = 30
AT_ONCE = 64        # sprites; how likely each colour is at each pixel takes 33 MB
WRITTEN = re.compile("([0-9a-f]{6}( [0-9a-f]{6})*)?")


def palette_of(images: np.ndarray) -> str:
    """The colours of uint8 (N, H, W, 3), each as rrggbb, with spaces between; "" if there are more than MAX_COLOURS."""
    numbers = np.unique(images.reshape(-1, 3).astype(np.int64) @ [1 << 16, 1 << 8, 1])
    return " ".join(f"{number:06x}" for number in numbers) if len(numbers) <= MAX_COLOURS else ""


def check_palette(palette: str) -> None:
    """Raise InputError unless `palette` is written as `palette_of` writes it."""
    if not isinstance(palette, str) or not WRITTEN.fullmatch(palette) or len(palette.split()) > MAX_COLOURS:
        raise InputError(f"palette: it must be at most {MAX_COLOURS} colours, each as rrggbb, with spaces between.")


def colours_of(palette: str) -> Tensor:
    """The colours of a palette, (K, 3) in [-1, 1]."""
    numbers = np.frombuffer(bytearray.fromhex(palette), np.uint8)
    return to_tensor(numbers.reshape(1, 1, -1, 3))[0, :, 0].T


def clean(x: Tensor, palette: str) -> Tensor:
    """Finished sprites (N, 3, H, W) with each pixel in the likeliest colour of the palette, in [-1, 1].

    A pixel x is taken for a colour with noise: p(x) = sum_k share_k N(x; colour_k, NOISE^2). The shares are those of
    the sprite that make its own pixels likeliest: from equal ones, share_k <- mean of p(k | x) over its pixels,
    PASSES times. So a colour that the sprite uses wins over a rare neighbour. Expectation maximisation,
    Dempster, Laird & Rubin, 1977.
    """
    colours = colours_of(palette).to(x)
    return torch.cat([_cleaned(part, colours) for part in x.split(AT_ONCE)])


def _cleaned(x: Tensor, colours: Tensor) -> Tensor:
    pixels = x.flatten(2).transpose(1, 2)                                       # (N, H W, 3)
    far = torch.cdist(pixels, colours.expand(len(x), -1, -1)).square()          # (N, H W, K)
    likely = (-(far - far.amin(2, keepdim=True)) / (2 * NOISE**2)).exp()        # over that of the likeliest colour
    shares = x.new_full((len(x), len(colours), 1), 1 / len(colours))
    for _ in range(PASSES):
        shares = shares * (likely.transpose(1, 2) @ (1 / (likely @ shares))) / pixels.shape[1]
    best = (likely * shares.transpose(1, 2)).argmax(2)                          # (N, H W)
    return colours[best].transpose(1, 2).reshape(x.shape)
