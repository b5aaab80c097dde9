"""Palettes: the colours a model learnt from, and sprites brought back to them, without the last traces of noise."""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.support.checks import InputError
from diffusion.support.images import to_tensor

MAX_COLOURS = 512   # of a palette; what has more is no pixel art
NOISE = 0.08        # left in a finished sprite: standard deviation of a pixel, in -1..1
PASSES = 10         # more would merge colours that lie close, in sprites that have both
PRICE = 2.75        # of a colour, in pixels: with it samples of the shipped model have as many colours as drawn sprites
ALMOST_NONE = 1e-6  # what is left of a colour that is not worth its price
NEAR = 16           # colours that a pixel may be meant to have; of 8, some are missing, more change nothing
CELLS = 16          # along red, green and blue: the colours about a pixel are looked up by its cell
KEPT_PALETTES = 16  # with a megabyte and a half each
AT_ONCE = 64        # sprites
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

    A pixel x is taken for one of the NEAR colours about it with noise: p(x) = sum_k share_k N(x; colour_k, NOISE^2).
    The shares are those of the sprite that make its own pixels likelier: from equal ones, PASSES times,
    share_k <- max(sum of p(k | x) over its pixels - price, ALMOST_NONE), while the price rises from 0 to PRICE.
    So a colour that the sprite uses wins over a rare neighbour, and needs some pixels to be used. Expectation
    maximisation with a price for each part of the mixture; Figueiredo & Jain, 10.1109/34.990138.
    """
    around = _Neighbourhoods(*(part.to(x.device) for part in _neighbourhoods(palette)))
    return torch.cat([_cleaned(part, around) for part in x.split(AT_ONCE)])


class _Neighbourhoods(NamedTuple):
    """The colours of a palette, and which of them are nearest to the middle of each of CELLS^3 cells."""

    colours: Tensor   # (K, 3)
    named: Tensor     # (CELLS^3, NEAR), their places in `colours`
    near: Tensor      # (CELLS^3, 3, NEAR), themselves


def _cleaned(x: Tensor, around: _Neighbourhoods) -> Tensor:
    pixels = x.flatten(2).transpose(1, 2)                                   # (N, H W, 3)
    cells, colours = _cells(pixels).flatten(), around.colours.to(x)         # (N H W), (K, 3)
    named = around.named.index_select(0, cells).view(*pixels.shape[:2], -1)   # (N, H W, NEAR), which colours
    near = around.near.index_select(0, cells).to(x).view(*pixels.shape, -1)   # (N, H W, 3, NEAR)
    far = (near - pixels[..., None]).square_().sum(2)                       # (N, H W, NEAR)
    likely = (-(far - far.amin(2, keepdim=True)) / (2 * NOISE**2)).exp()    # over that of the likeliest colour
    shares = x.new_ones(len(x), len(colours))
    places = named.flatten(1)
    for i in range(PASSES):
        meant = likely * shares.gather(1, places).view_as(likely)
        meant /= meant.sum(2, keepdim=True)                                 # p(k | x)
        worth = torch.zeros_like(shares).scatter_add_(1, places, meant.flatten(1))   # in pixels
        shares = (worth - PRICE * i / (PASSES - 1)).clamp_min(ALMOST_NONE)
    best = (likely * shares.gather(1, places).view_as(likely)).argmax(2, keepdim=True)
    return colours[named.gather(2, best)[..., 0]].transpose(1, 2).reshape(x.shape)


def _cells(pixels: Tensor) -> Tensor:
    """In which of CELLS^3 cells of the cube of colours each pixel lies, (N, H W), by its red, green and blue."""
    red, green, blue = ((pixels + 1) * (CELLS / 2)).long().clamp(0, CELLS - 1).unbind(2)
    return (red * CELLS + green) * CELLS + blue


@lru_cache(maxsize=KEPT_PALETTES)
def _neighbourhoods(palette: str) -> _Neighbourhoods:
    colours = colours_of(palette)
    middles = (torch.arange(CELLS) + 0.5) * (2 / CELLS) - 1
    cells = torch.cartesian_prod(middles, middles, middles)
    named = torch.cdist(cells, colours).topk(min(NEAR, len(colours)), 1, largest=False).indices
    return _Neighbourhoods(colours, named, colours[named].transpose(1, 2).contiguous())
