"""A small depthwise-separable U-Net that says of every pixel whether something covers the face there.

After the mask network (A -> C) of Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua
82(2), 2025, which paints the mask's picture with the same generator as the face. Ours answers with one logit a pixel, is narrower,
and keeps residual blocks where pixels are few.
"""

from itertools import pairwise
from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.blocks import SeparableDown, SeparableUp, dense_gradient, exact_on_cpu
from restorers.networks.hourglass import rising, through
from restorers.networks.two_sides import halving

WIDTHS: Final = (32, 64, 128, 192, 256, 256)
"""Channels at 128, 64, 32, 16, 8 and 4 px (for 256 px input): 0.6 M weights."""
DEEP: Final = 3
"""Residual blocks follow the halvings from this one on: a hand is told from a face by what is around it."""


class MaskUNet(nn.Module):
    """(N, 3, S, S) in [0, 1] -> logits (N, 1, S, S), above 0 where the face is covered. 64 divides S."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        steps = list(pairwise(widths))
        # dense at first: a depthwise convolution could not tell one colour from another
        self.stem = halving(3, widths[0])
        self.down = nn.ModuleList(
            nn.Sequential(SeparableDown(a, b, "batch"), DepthwiseResidual(b) if depth >= DEEP else nn.Identity())
            for depth, (a, b) in enumerate(steps, 1)
        )
        self.up = nn.ModuleList(SeparableUp(a, b, "batch", transposed=False) for a, b in rising(widths[0], widths[1:]))
        self.head = nn.Sequential(nn.LeakyReLU(0.2), nn.Conv2d(2 * widths[0], 4, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, pictures: Tensor) -> Tensor:
        """Find what covers the faces."""
        features = through(self.stem(pictures * 2 - 1), self.down, self.up)
        result: Tensor = self.head(features)
        return result


class DepthwiseResidual(nn.Module):
    """Depthwise 3x3, BN, LeakyReLU, pointwise, BN, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.LeakyReLU(0.2),
        )
        self.pointwise = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Transform."""
        with exact_on_cpu(features):
            inner = self.depthwise(functional.leaky_relu(features.float(), 0.2))
        return dense_gradient(features + self.pointwise(inner))
