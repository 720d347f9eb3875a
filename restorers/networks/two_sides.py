"""A network that works at 128 px, and what lets it answer at 256: the inner part sees the same geometry at both sides.

Trained at 128 first, then at 256, nothing inside has to be learned again, and a step at 256 costs little more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

INNER: Final = 128
"""Width = height in pixels that the inner part works at."""


def inner(inputs: Tensor) -> Tensor:
    """Masked pictures and masks (N, 4, S, S) at 128 px: a pixel is missing if any that it covers is, and then grey."""
    if inputs.shape[-1] == INNER:
        return inputs
    if inputs.shape[-1] != 2 * INNER:
        raise ValueError(f"expected pictures of {INNER} or {2 * INNER} px, got {inputs.shape[-1]}")
    hole = functional.max_pool2d(inputs[:, 3:], 2)
    return torch.cat([functional.avg_pool2d(inputs[:, :3], 2) * (1 - hole), hole], 1)


class Refinement(nn.Module):
    """From 128 to 256 px: the inner picture enlarged, plus detail from inner features and the full picture."""

    def __init__(self, channels: int, look: int = 24, width: int = 32) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Conv2d(4, look, 4, 2, 1), nn.LeakyReLU(0.2))
        self.unfold = nn.Sequential(nn.Conv2d(channels, 64, 1), nn.PixelShuffle(2))
        self.detail = nn.Sequential(
            nn.Conv2d(look + 16 + 3, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 12, 3, 1, 1),
            nn.PixelShuffle(2),
        )

    def forward(self, inputs: Tensor, features: Tensor, picture: Tensor) -> Tensor:
        """Refine.

        Args:
            inputs: (N, 4, 256, 256).
            features: (N, C, 64, 64), what the inner picture was made from.
            picture: (N, 3, 128, 128) before its tanh.

        Returns:
            (N, 3, 256, 256) before its tanh.
        """
        seen = torch.cat([self.look(inputs), self.unfold(features), picture], 1)
        large = functional.interpolate(picture, scale_factor=2.0, mode="bilinear", align_corners=False)
        result: Tensor = large + self.detail(seen)
        return result

    def begin(self) -> None:
        """Almost nothing but the inner picture enlarged: the first steps at 256 px start from what 128 px had reached."""
        last = self.detail[3]
        if isinstance(last, nn.Conv2d):
            with torch.no_grad():
                last.weight.mul_(0.05)


@contextmanager
def statistics_kept(module: nn.Module) -> Iterator[None]:
    """Batch norms use the batch's statistics but do not remember them: for passes that are not made when a network is used."""
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def halving(inputs: int, outputs: int, *, norm: bool = True) -> nn.Sequential:
    """4x4 convolution with stride 2, BN, LeakyReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not norm),
        nn.BatchNorm2d(outputs) if norm else nn.Identity(),
        nn.LeakyReLU(0.2),
    )


def keeping(inputs: int, outputs: int) -> nn.Sequential:
    """3x3 convolution, BN, LeakyReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


def doubling(inputs: int, outputs: int) -> nn.Sequential:
    """Nearest upsampling and `keeping`: faster on a CPU than a transposed convolution."""
    return nn.Sequential(nn.Upsample(scale_factor=2.0), *keeping(inputs, outputs))
