"""SpriteUnet, the default network: a small U-Net that a CPU trains and asks fast."""

from collections.abc import Iterator
from math import log
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.networks.anatomy import CONTEXT, TIME, Anatomy, Block
from diffusion.support.checks import InputError

EMBEDDING = 128
LEAST_SHARE = 0.05    # of noise, by which what is left of the way is divided
TIME_SCALE = 1000.0   # times in 0..1 are spread over the range that sinusoids of periods 6 to 60,000 resolve
HALVES = "Every 2x2 places become one, so that a map sees further."
DOUBLES = "Every place becomes 2x2 places again."


class SpriteUnet(nn.Module):
    """A U-Net behind space-to-depth: (B, 3, 16, 16) in and out, with a time in 0..1 and a context a sprite.

    A patch of 2x2 pixels becomes 12 channels at 8x8, one of 1x1 stays a pixel. The first maps, `width` of them, are
    halved in size and doubled in number from level to level; the two blocks of each arm are shared out among all levels
    but the last, which has three: with 2 levels and a patch of 2 they work at 8x8 and 4x4, with 3 levels and a patch of
    1 at 16x16, 8x8 and 4x4.
    n_context may be 0: then no context is used. Channels are normalised in `groups`.
    from_x0: 1 if the last convolution says x0, of which the answer is made: the velocity v = (x - x0) / u with u the
    time, the share of noise in x, and at least 0.05. Sprites are simple where noise is not: Li & He, 2511.13720.
    Raises InputError if the patch is not 1, 2 or 4, the groups do not divide the width, from_x0 is another number, or
    there are not 2 or 3 levels that a picture of patches can be halved for.
    """

    def __init__(
        self, n_context: int, width: int = 64, patch: int = 2, groups: int = 8, from_x0: int = 0, levels: int = 2
    ) -> None:
        super().__init__()
        if patch not in (1, 2, 4) or width % groups:
            raise InputError("a sprite network has a patch of 1, 2 or 4, and groups that divide its width.")
        if from_x0 not in (0, 1):
            raise InputError(f"from_x0 = {from_x0}: it is 0 or 1.")
        if levels not in (2, 3) or (levels == 3 and patch == 4):
            raise InputError(f"levels = {levels}: a sprite network has 2, or 3 with a patch of 1 or 2.")
        self.patch, self.from_x0, self.levels = patch, from_x0, levels
        w, wide = width, width * 2 ** (levels - 2)   # of the first level, of the last but one
        self.time = nn.Sequential(nn.Linear(EMBEDDING, EMBEDDING), nn.SiLU(), nn.Linear(EMBEDDING, EMBEDDING))
        self.context = nn.Linear(n_context, EMBEDDING, bias=False) if n_context else None
        self.enter = nn.Conv2d(3 * patch**2, w, 3, padding=1)
        self.down = nn.ModuleList([ResidualBlock(w, w, groups), ResidualBlock(wide, wide, groups)])
        self.to_bottom = _halve(wide)
        self.bottom = nn.ModuleList([ResidualBlock(2 * wide, 2 * wide, groups) for _ in range(3)])
        self.to_up = _double(wide)
        self.up = nn.ModuleList([ResidualBlock(2 * wide, wide, groups), ResidualBlock(w * (levels - 1), w, groups)])
        if levels == 3:
            self.to_middle, self.to_top = _halve(w), _double(w)
        to_patch = zero_init(nn.Conv2d(w, 3 * patch**2, 3, padding=1))
        self.leave = nn.Sequential(nn.GroupNorm(groups, w), nn.SiLU(), to_patch)

    def forward(self, x: Tensor, time: Tensor, context: Tensor) -> Tensor:
        """x: (B, 3, 16, 16); time: (B,); context: (B, K), zeros for none. Returns (B, 3, 16, 16)."""
        embedding = self.time(sinusoids(time))
        if self.context is not None:
            embedding = embedding + self.context(context)
        embedding = F.silu(embedding)                      # (B, 128)

        h = self.enter(F.pixel_unshuffle(x, self.patch))   # (B, w, 16 / patch, 16 / patch)
        levels, skips = self._levels(), []
        for level in levels:
            for block in level.down:
                h = block(h, embedding)
            skips.append(h)
            h = level.halve(h)                             # twice the maps, half the side
        for block in self.bottom:
            h = block(h, embedding)
        for level in reversed(levels):
            h = torch.cat([level.double(h), skips.pop()], dim=1)
            for block in level.up:
                h = block(h, embedding)
        y = F.pixel_shuffle(self.leave(h), self.patch)     # (B, 3, 16, 16)
        return (x - y) / time.clamp_min(LEAST_SHARE)[:, None, None, None] if self.from_x0 else y

    def _levels(self) -> list["_Level"]:
        """All levels above the last, from the outermost on."""
        if self.levels == 2:
            return [_Level(list(self.down), self.to_bottom, self.to_up, list(self.up))]
        (outer, inner), (joins, leaves) = self.down, self.up
        return [
            _Level([outer], self.to_middle, self.to_top, [leaves]),
            _Level([inner], self.to_bottom, self.to_up, [joins]),
        ]

    def anatomy(self) -> Anatomy:
        """The blocks in the order of `forward`."""
        takes = (TIME,) if self.context is None else (TIME, CONTEXT)
        p = self.patch
        enters = f"Every {p}x{p} pixels become one place; a convolution makes its maps." if p > 1 else (
            "A convolution makes the first maps from the pixels.")
        said = "the sprite that it expects" if self.from_x0 else "the answer"
        leaves = f"A last convolution; its {3 * p * p} maps unfold into pixels: {said}." if p > 1 else (
            f"A last convolution; its 3 maps are the red, green and blue of {said}.")
        steered = " and ".join(takes)
        residual = f"Two convolutions look for patterns and add what they find to their input, steered by {steered}."

        def chain(place: str, modules: nn.ModuleList) -> dict[nn.Module, Block]:
            return {it: Block(f"{place} {i}", place, it, residual, takes) for i, it in enumerate(modules, 1)}

        named = chain("down", self.down) | chain("up", self.up)
        return Anatomy(
            blocks=(
                Block("enter", "enter", self.enter, enters),
                *self._way_down(named),
                *chain("bottom", self.bottom).values(),
                *self._way_up(named),
                Block("leave", "leave", self.leave, leaves),
            ),
            embeddings={TIME: (self.time,)} | ({} if self.context is None else {CONTEXT: (self.context,)}),
        )

    def _way_down(self, named: dict[nn.Module, Block]) -> Iterator[Block]:
        for i, level in enumerate(self._levels(), 1):
            yield from (named[module] for module in level.down)
            yield Block(self._of_its_kind("shrink", i), "down", level.halve, HALVES)

    def _way_up(self, named: dict[nn.Module, Block]) -> Iterator[Block]:
        for i, level in enumerate(reversed(self._levels()), 1):
            yield Block(self._of_its_kind("grow", i), "up", level.double, DOUBLES)
            joined, *others = (named[module] for module in level.up)
            carried = named[level.down[-1]].name
            joins = f"Joins the maps carried over from {carried} to those from below. {joined.does}"
            yield joined._replace(does=joins, skip_from=carried)
            yield from others

    def _of_its_kind(self, name: str, i: int) -> str:
        """Numbered where there are several."""
        return f"{name} {i}" if self.levels > 2 else name


class _Level(NamedTuple):
    """What works at one size: the blocks on the way down and up, and the ways to the next smaller size and back."""

    down: list[nn.Module]
    halve: nn.Module
    double: nn.Module
    up: list[nn.Module]


def _halve(n: int) -> nn.Conv2d:
    """Half the side, twice the n maps."""
    return nn.Conv2d(n, 2 * n, 2, stride=2)


def _double(n: int) -> nn.ConvTranspose2d:
    """The way back: twice the side, n maps of 2 n."""
    return nn.ConvTranspose2d(2 * n, n, 2, stride=2)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut; the embedding scales and shifts between them (FiLM, 1709.07871)."""

    def __init__(self, n_in: int, n_out: int, groups: int = 8) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, n_in)
        self.conv1 = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.film = nn.Linear(EMBEDDING, 2 * n_out)
        self.norm2 = nn.GroupNorm(groups, n_out)
        self.conv2 = zero_init(nn.Conv2d(n_out, n_out, 3, padding=1))
        self.shortcut = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        scale, shift = self.film(embedding)[:, :, None, None].chunk(2, dim=1)   # (B, n_out, 1, 1) each
        h = self.conv1(F.silu(self.norm1(x)))
        h = torch.addcmul(shift, self.norm2(h), 1 + scale)
        return self.shortcut(x) + self.conv2(F.silu(h))


def sinusoids(time: Tensor) -> Tensor:
    """Times in 0..1, (B,), as sines and cosines of geometric frequencies, (B, 128)."""
    half = EMBEDDING // 2
    frequencies = torch.exp(-log(10_000) * torch.arange(half, device=time.device, dtype=time.dtype) / half)
    angles = TIME_SCALE * time[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def zero_init(conv: nn.Conv2d) -> nn.Conv2d:
    """The convolution with zero weights, so that its block starts as the identity."""
    nn.init.zeros_(conv.weight)
    nn.init.zeros_(conv.bias)
    return conv
