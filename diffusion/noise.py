"""A sprite's own noise: the same whether it is drawn alone, in a batch, or beside a stranger's."""

from collections.abc import Sequence

import torch
from torch import Tensor


class SpriteNoise:
    """Noise for a batch of sprites: each draws from a CPU generator of its own, seeded by (seed, index).

    So sprite k gets the same noise alone or in any batch, on any device. `seed` is one for all, or one a sprite.
    A call gives (B, *shape). Raises InputError if there are other than one seed, or one a sprite.
    """

    def __init__(
        self,
        seed: int | Sequence[int],
        indices: Sequence[int],
        shape: tuple[int, ...] = (3, 16, 16),
        device: torch.device | str = "cpu",
    ) -> None:
        seeds = [seed] * len(indices) if isinstance(seed, int) else seed
        pairs = zip(seeds, indices, strict=True)
        self._generators = [torch.Generator().manual_seed(generator_seed(*origin)) for origin in pairs]
        self._shape = shape
        self._device = device

    def __call__(self) -> Tensor:
        rows = [torch.randn(self._shape, generator=generator) for generator in self._generators]
        return torch.stack(rows).to(self._device)


def generator_seed(seed: int, index: int) -> int:
    """One 63-bit seed from two numbers, by SplitMix64, so that neighbouring seeds do not share sprites.

    Steele, Lea & Flood, 2014.
    """
    z = (seed * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03 + 0x2545F4914F6CDD1D) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return (z ^ (z >> 31)) % 2**63
