"""Sprites slightly spoilt, in the ways in which made sprites are wrong: what the judge learns to notice."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

WEAKEST, STRONGEST = 0.02, 0.15   # of noise and of grey, pixels in -1..1: from less than 3 of 255 to 19
MOVED = (0.005, 0.1)              # share of the pixels
BLURRED = (0.1, 0.5)              # share of a pixel that comes from the 3x3 around it

Spoil = Callable[[Tensor, torch.Generator], Tensor]   # sprites (B, 3, H, W) in [-1, 1] to as many spoilt ones


def with_noise(x: Tensor, random: torch.Generator) -> Tensor:
    """Gaussian noise on every value, within what can be shown."""
    return (x + _amounts(x, WEAKEST, STRONGEST, random) * torch.randn(x.shape, generator=random)).clamp(-1, 1)


def with_grey_white(x: Tensor, random: torch.Generator) -> Tensor:
    """All that is exactly white, a little darker."""
    white = (x == 1).all(1, keepdim=True)
    return torch.where(white, 1 - _amounts(x, WEAKEST, STRONGEST, random), x)


def with_moved_pixels(x: Tensor, random: torch.Generator) -> Tensor:
    """A few pixels in the colours of others of the same sprite."""
    flat = x.flatten(2)
    moved = torch.rand(len(x), 1, flat.shape[2], generator=random) < _amounts(x, *MOVED, random)[:, :, :, 0]
    others = torch.randint(flat.shape[2], moved.shape, generator=random).expand_as(flat)
    return torch.where(moved, flat.gather(2, others), flat).reshape(x.shape)


def with_another_top(x: Tensor, random: torch.Generator) -> Tensor:
    """The upper part is that of another sprite."""
    height = x.shape[2]
    cut = torch.randint(height // 4, height - height // 4, (len(x), 1, 1, 1), generator=random)
    return torch.where(torch.arange(height)[:, None] < cut, x.roll(1, 0), x)


def blurred(x: Tensor, random: torch.Generator) -> Tensor:
    """Partly the mean of the 3x3 around each pixel."""
    smooth = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return torch.lerp(x, smooth, _amounts(x, *BLURRED, random))


SPOILT: tuple[Spoil, ...] = (with_noise, with_grey_white, with_moved_pixels, with_another_top, blurred)
FAULTS = 1 + len(SPOILT)   # none comes first


def spoil(x: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """About half of the sprites (B, 3, H, W) spoilt; and of each which fault it has, (B,), 0 for none."""
    fault = torch.randint(2 * len(SPOILT), (len(x),), generator=random) - len(SPOILT) + 1
    fault = fault.clamp(min=0)
    seen = x.clone()
    for i, spoil_some in enumerate(SPOILT, start=1):
        chosen = fault == i
        if chosen.any():
            seen[chosen] = spoil_some(x[chosen], random)
    return seen, fault


def _amounts(x: Tensor, least: float, most: float, random: torch.Generator) -> Tensor:
    """A random amount for each sprite, (B, 1, 1, 1)."""
    return least + (most - least) * torch.rand(len(x), 1, 1, 1, generator=random)
