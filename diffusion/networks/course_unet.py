"""ContextUnet, the course's network, with the very same state_dict; mended, and as it is taught."""

from zlib import crc32

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.networks.anatomy import CONTEXT, TIME, Anatomy, Block

SQRT_2 = 1.414   # the course's rounding


class ContextUnet(nn.Module):
    """The course's U-Net: (B, 3, height, height) in and out, with a time in 0..1 and a context a sprite.

    In the course, the shortcut of `init_conv` is a new random convolution at every call, which is in no
    state_dict; here it is zero, its mean. ContextUnetAsTaught keeps to the course.
    """

    def __init__(self, in_channels: int = 3, n_feat: int = 64, n_cfeat: int = 5, height: int = 16) -> None:
        super().__init__()
        self.n_cfeat = n_cfeat
        self.init_conv = ResidualConvBlock(in_channels, n_feat)
        self.down1 = UnetDown(n_feat, n_feat)
        self.down2 = UnetDown(n_feat, 2 * n_feat)
        self.to_vec = nn.Sequential(nn.AvgPool2d(height // 4), nn.GELU())
        self.timeembed1 = EmbedFC(1, 2 * n_feat)
        self.timeembed2 = EmbedFC(1, n_feat)
        self.contextembed1 = EmbedFC(n_cfeat, 2 * n_feat)
        self.contextembed2 = EmbedFC(n_cfeat, n_feat)
        self.up0 = nn.Sequential(
            nn.ConvTranspose2d(2 * n_feat, 2 * n_feat, height // 4, height // 4),
            nn.GroupNorm(8, 2 * n_feat),
            nn.ReLU(),
        )
        self.up1 = UnetUp(4 * n_feat, n_feat)
        self.up2 = UnetUp(2 * n_feat, n_feat)
        self.out = nn.Sequential(
            nn.Conv2d(2 * n_feat, n_feat, 3, padding=1),
            nn.GroupNorm(8, n_feat),
            nn.ReLU(),
            nn.Conv2d(n_feat, in_channels, 3, padding=1),
        )

    def forward(self, x: Tensor, time: Tensor, context: Tensor) -> Tensor:
        """x: (B, 3, H, H); time: (B,), t / T; context: (B, n_cfeat), zeros for none. Returns (B, 3, H, H)."""
        x = self.enter(x, time)                         # (B, f, H, H)
        down1 = self.down1(x)                           # (B, f, H/2, H/2)
        down2 = self.down2(down1)                       # (B, 2f, H/4, H/4)
        up1 = self.up0(self.to_vec(down2))              # (B, 2f, H/4, H/4)
        up2 = self.up1(self.contextembed1(context) * up1 + self.timeembed1(time[:, None]), down2)
        up3 = self.up2(self.contextembed2(context) * up2 + self.timeembed2(time[:, None]), down1)
        return self.out(torch.cat([up3, x], dim=1))

    def enter(self, x: Tensor, time: Tensor) -> Tensor:
        """The first block: a shortcut of zero plus the convolutions, (B, f, H, H)."""
        return self.init_conv(x) / SQRT_2

    def anatomy(self) -> Anatomy:
        """The blocks in the order of `forward`."""
        both = (TIME, CONTEXT)
        halve = "Four convolutions look for patterns, then only the strongest of every 2x2 places is kept."
        join = "The context scales the maps, the time shifts them; joined with those of {}, they double in size."
        return Anatomy(
            blocks=(
                Block("enter", "enter", self.init_conv, "Two convolutions make the first maps from the pixels."),
                Block("down 1", "down", self.down1, halve),
                Block("down 2", "down", self.down2, halve),
                Block("vector", "bottom", self.to_vec, "Each map becomes one number, its mean: what, but not where."),
                Block("spread", "bottom", self.up0, "Each place gets its own mix of these numbers."),
                Block("up 1", "up", self.up1, join.format("down 2"), both, skip_from="down 2"),
                Block("up 2", "up", self.up2, join.format("down 1"), both, skip_from="down 1"),
                Block("leave", "leave", self.out, "Joined with the first maps; two convolutions give the answer.",
                      skip_from="enter"),
            ),
            embeddings={
                TIME: (self.timeembed1, self.timeembed2),
                CONTEXT: (self.contextembed1, self.contextembed2),
            },
        )


class ContextUnetAsTaught(ContextUnet):
    """ContextUnet with the course's fault: a new random convolution as the first shortcut, at every call.

    Training never reaches its weights and no file keeps them. They are drawn from `seed` and the times of the call:
    so another step gets another shortcut, a run can be repeated, and global random numbers stay as they are.
    """

    seed = 0

    def enter(self, x: Tensor, time: Tensor) -> Tensor:
        """The first block: the random shortcut plus the convolutions, (B, f, H, H)."""
        convolved = self.init_conv(x)
        weight, bias = self.draw_shortcut(x.shape[1], convolved.shape[1], time)
        return (F.conv2d(x, weight.to(x), bias.to(x)) + convolved) / SQRT_2

    def draw_shortcut(self, n_in: int, n_out: int, time: Tensor) -> tuple[Tensor, Tensor]:
        """Weight (n_out, n_in, 1, 1) and bias (n_out,), uniform within 1 / sqrt(n_in) as in any new convolution."""
        times = time.cpu().unique().numpy().tobytes()
        random = torch.Generator().manual_seed(crc32(times, self.seed))
        weight, bias = torch.rand(n_out, n_in, 1, 1, generator=random), torch.rand(n_out, generator=random)
        return (2 * weight - 1) / n_in**0.5, (2 * bias - 1) / n_in**0.5


class ResidualConvBlock(nn.Module):
    """Twice a 3x3 convolution, BatchNorm and GELU."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(n_in, n_out, 3, 1, 1), nn.BatchNorm2d(n_out), nn.GELU())
        self.conv2 = nn.Sequential(nn.Conv2d(n_out, n_out, 3, 1, 1), nn.BatchNorm2d(n_out), nn.GELU())

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x))


class UnetDown(nn.Module):
    """Two convolution blocks, then half the size."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.model = nn.Sequential(
            ResidualConvBlock(n_in, n_out), ResidualConvBlock(n_out, n_out), nn.MaxPool2d(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


class UnetUp(nn.Module):
    """Concatenate the skip, double the size, then two convolution blocks."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.ConvTranspose2d(n_in, n_out, 2, 2),
            ResidualConvBlock(n_out, n_out),
            ResidualConvBlock(n_out, n_out),
        )

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.model(torch.cat([x, skip], dim=1))


class LinearOfAny(nn.Linear):
    """A linear layer of any number of inputs, none included: PyTorch warns that it cannot start no weights."""

    def reset_parameters(self) -> None:
        if self.in_features:
            super().reset_parameters()
        else:
            nn.init.zeros_(self.bias)


class EmbedFC(nn.Module):
    """A number or a context vector as one value a channel: Linear, GELU, Linear."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.n_in = n_in
        self.model = nn.Sequential(LinearOfAny(n_in, n_out), nn.GELU(), nn.Linear(n_out, n_out))

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)[:, :, None, None]          # (B, n_out, 1, 1)
