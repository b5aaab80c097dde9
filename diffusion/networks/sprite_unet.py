"""SpriteUnet, the default network: it works at 8x8 and 4x4 only, which a CPU does fast."""

from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.networks.anatomy import CONTEXT, TIME, Anatomy, Block
from diffusion.support.checks import InputError

EMBEDDING = 128
LEAST_SHARE = 0.05    # of noise, by which what is left of the way is divided
TIME_SCALE = 1000.0   # times in 0..1 are spread over the range that sinusoids of periods 6 to 60,000 resolve


class SpriteUnet(nn.Module):
    """A U-Net behind space-to-depth: (B, 3, 16, 16) in and out, with a time in 0..1 and a context a sprite.

    A patch of 2x2 pixels becomes 12 channels at 8x8, so no convolution runs at the full 16x16.
    n_context may be 0: then no context is used. Channels are normalised in `groups`.
    from_x0: 1 if the last convolution says x0, of which the answer is made: the velocity v = (x - x0) / u with u the
    time, the share of noise in x, and at least 0.05. Sprites are simple where noise is not: Li & He, 2511.13720.
    Raises InputError if the patch is not 1, 2 or 4, the groups do not divide the width, or from_x0 is another number.
    """

    def __init__(
        self, n_context: int, width: int = 64, patch: int = 2, groups: int = 8, from_x0: int = 0
    ) -> None:
        super().__init__()
        if patch not in (1, 2, 4) or width % groups:
            raise InputError("a sprite network has a patch of 1, 2 or 4, and groups that divide its width.")
        if from_x0 not in (0, 1):
            raise InputError(f"from_x0 = {from_x0}: it is 0 or 1.")
        w = width
        self.patch, self.from_x0 = patch, from_x0
        self.time = nn.Sequential(nn.Linear(EMBEDDING, EMBEDDING), nn.SiLU(), nn.Linear(EMBEDDING, EMBEDDING))
        self.context = nn.Linear(n_context, EMBEDDING, bias=False) if n_context else None
        self.enter = nn.Conv2d(3 * patch**2, w, 3, padding=1)
        self.down = nn.ModuleList([ResidualBlock(w, w, groups), ResidualBlock(w, w, groups)])
        self.to_bottom = nn.Conv2d(w, 2 * w, 2, stride=2)
        self.bottom = nn.ModuleList([ResidualBlock(2 * w, 2 * w, groups) for _ in range(3)])
        self.to_up = nn.ConvTranspose2d(2 * w, w, 2, stride=2)
        self.up = nn.ModuleList([ResidualBlock(2 * w, w, groups), ResidualBlock(w, w, groups)])
        to_patch = zero_init(nn.Conv2d(w, 3 * patch**2, 3, padding=1))
        self.leave = nn.Sequential(nn.GroupNorm(groups, w), nn.SiLU(), to_patch)

    def forward(self, x: Tensor, time: Tensor, context: Tensor) -> Tensor:
        """x: (B, 3, 16, 16); time: (B,); context: (B, K), zeros for none. Returns (B, 3, 16, 16)."""
        embedding = self.time(sinusoids(time))
        if self.context is not None:
            embedding = embedding + self.context(context)
        embedding = F.silu(embedding)                      # (B, 128)

        h = self.enter(F.pixel_unshuffle(x, self.patch))   # (B, w, 8, 8)
        for block in self.down:
            h = block(h, embedding)
        skip = h
        h = self.to_bottom(h)                              # (B, 2w, 4, 4)
        for block in self.bottom:
            h = block(h, embedding)
        h = torch.cat([self.to_up(h), skip], dim=1)        # (B, 2w, 8, 8)
        for block in self.up:
            h = block(h, embedding)
        y = F.pixel_shuffle(self.leave(h), self.patch)     # (B, 3, 16, 16)
        return (x - y) / time.clamp_min(LEAST_SHARE)[:, None, None, None] if self.from_x0 else y

    def anatomy(self) -> Anatomy:
        """The blocks in the order of `forward`."""
        takes = (TIME,) if self.context is None else (TIME, CONTEXT)
        signals = " and ".join(takes)
        p = self.patch
        enters = f"Every {p}x{p} pixels become one place; a convolution makes its maps." if p > 1 else (
            "A convolution makes the first maps from the pixels.")
        leaves = f"A last convolution; its {3 * p * p} maps unfold into pixels: the answer."
        residual = f"Two convolutions look for patterns and add what they find to their input, steered by {signals}."

        def chain(name: str, modules: nn.ModuleList) -> list[Block]:
            return [Block(f"{name} {i}", name, module, residual, takes) for i, module in enumerate(modules, 1)]

        down, (joined, *up) = chain("down", self.down), chain("up", self.up)
        joins = f"Joins the maps carried over from {down[-1].name} to those from below. {residual}"
        return Anatomy(
            blocks=(
                Block("enter", "enter", self.enter, enters),
                *down,
                Block("shrink", "down", self.to_bottom, "Every 2x2 places become one, so that a map sees further."),
                *chain("bottom", self.bottom),
                Block("grow", "up", self.to_up, "Every place becomes 2x2 places again."),
                joined._replace(does=joins, skip_from=down[-1].name),
                *up,
                Block("leave", "leave", self.leave, leaves),
            ),
            embeddings={TIME: (self.time,)} | ({} if self.context is None else {CONTEXT: (self.context,)}),
        )


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
