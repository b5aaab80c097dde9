"""Distances between sets of sprites, and how cleanly sprites are drawn."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.support.images import to_uint8

NEIGHBOURS = 5


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """|mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)) of features (N, F) and (M, F). Heusel et al., 1706.08500."""
    root = _psd_root(np.cov(a, rowvar=False))
    cross = np.linalg.eigvalsh(root @ np.cov(b, rowvar=False) @ root)
    spread = np.trace(root @ root) + np.trace(np.cov(b, rowvar=False)) - 2 * np.sqrt(cross.clip(0)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + spread)


def nearest(sprites: Tensor, training: Tensor) -> tuple[Tensor, Tensor]:
    """Which training sprite (M, 3, H, W) is nearest to each of the sprites (N, 3, H, W), and how far it is.

    The distance is the root mean square difference over the pixels; both results are (N,).
    """
    found = [torch.cdist(part, training.flatten(1)).min(1) for part in sprites.flatten(1).split(512)]
    distance = torch.cat([part.values for part in found]) / sprites[0].numel() ** 0.5
    return torch.cat([part.indices for part in found]), distance


def density_and_coverage(made: np.ndarray, real: np.ndarray) -> tuple[float, float]:
    """How close to real sprites the made ones are, and how many real ones have a made one near. Naeem, 2002.09797.

    With r_i the distance of real feature i to its 5th nearest real neighbour: density is the mean number of balls
    (i, r_i) that a made feature lies in, over 5; coverage is the share of balls with a made feature inside.
    """
    real_set, made_set = torch.from_numpy(real), torch.from_numpy(made)
    radius = torch.cdist(real_set, real_set).kthvalue(NEIGHBOURS + 1, dim=1).values   # the first is itself
    inside = torch.cdist(real_set, made_set) < radius[:, None]                        # (real, made)
    return float(inside.sum(0).double().mean() / NEIGHBOURS), float(inside.any(1).double().mean())


class Crispness(NamedTuple):
    """How cleanly sprites are drawn, as means over sprites."""

    colours: float    # distinct colours, of 16 levels a channel, that fill two pixels or more
    white: float      # share of pixels that are exactly white
    nearest: float    # root mean square distance to the nearest training sprite, pixels in -1..1


def crispness(sprites: Tensor, training: Tensor) -> Crispness:
    """Measure sprites (N, 3, 16, 16) in [-1, 1] against training sprites (M, 3, 16, 16)."""
    images = to_uint8(sprites)
    levels = (images // 16).astype(np.int64) @ [256, 16, 1]
    colours = [(np.unique(picture, return_counts=True)[1] > 1).sum() for picture in levels]
    white = (images == 255).all(axis=3).mean()
    _, distance = nearest(sprites, training)
    return Crispness(float(np.mean(colours)), float(white), float(distance.mean()))


def _psd_root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T
