"""The asymmetric codec in front of a frozen face prior: mixed multi-path residual blocks (MMRB), styles, and maps that steer it.

Hu et al., Enhancing Quality of Pose-varied Face Restoration with Local Weak Feature Sensing and GAN Prior, arXiv:2205.14377,
name the block and the codec; their layer lists are not public, so paths, widths and the way into the prior are this project's.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks import framing
from restorers.networks.patch_unet import DEPTH, SLOPE, WIDTHS, PatchUNet, SeparableResidual, he_
from restorers.networks.style_blocks import STYLE
from restorers.networks.style_prior import Change

PATHS: Final = 3
"""Paths of a block beside the depthwise one."""
NARROW: Final = 8
"""How many times narrower than the block each of them is."""
CODES: Final = 32
"""Directions in style space along which layers may differ."""


class MixedMultiPathBlock(nn.Module):
    """MMRB: paths of different reach, mixed and weighed, are added to what comes in. (N, C, S, S) -> the same.

    A depthwise 3x3 between two wide pointwise layers; beside it, each seeing the one before, 3x3, 5x5 as two 3x3, and an average
    over 3x3. No normalisation: the size of a hole must not change the features of what is visible.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        path, hidden = channels // NARROW, max(channels // 16, 4)
        self.separable = SeparableResidual(channels)
        self.split = nn.Conv2d(channels, PATHS * path, 1)
        self.near = nn.Conv2d(path, path, 3, padding=1)
        self.wide = nn.Sequential(
            nn.Conv2d(path, path, 3, padding=1), nn.LeakyReLU(SLOPE), nn.Conv2d(path, path, 3, padding=1)
        )
        self.smooth = nn.Conv2d(path, path, 1)
        self.mix = nn.Conv2d(PATHS * path, channels, 1)
        self.attention = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, hidden, 1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(hidden, channels, 1),
            nn.Sigmoid(),
        )

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights of all but the depthwise path: near the identity."""
        for part in (self.split, self.near, *self.wide, self.smooth, *self.attention):
            he_(part, SLOPE, random)
        self.mix.weight.normal_(std=0.1 * self.mix.in_channels**-0.5, generator=random)
        if self.mix.bias is not None:
            nn.init.zeros_(self.mix.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Refine features."""
        first, second, third = functional.leaky_relu(self.split(features), SLOPE).chunk(PATHS, 1)
        first = functional.leaky_relu(self.near(first), SLOPE)
        second = functional.leaky_relu(self.wide(second + first), SLOPE)
        third = functional.leaky_relu(self.smooth(functional.avg_pool2d(third + second, 3, 1, 1)), SLOPE)
        mixed = self.mix(torch.cat([first, second, third], 1))
        result: Tensor = self.separable(features) + mixed * self.attention(mixed)
        return result


class Codec(PatchUNet):
    """A `PatchUNet` whose encoder is made of MMRBs: deep and wide there, a light decoder after it."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS, depth: int = DEPTH) -> None:
        super().__init__(widths, depth)
        self.encoder = nn.ModuleList(
            nn.Sequential(*(MixedMultiPathBlock(width) for _ in range(depth))) for width in widths
        )

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights."""
        super().reset_parameters(random)
        for part in self.modules():
            if isinstance(part, MixedMultiPathBlock):
                part.reset_parameters(random)


class Styles(nn.Module):
    """Innermost features -> a style for each layer, as the mean style plus offsets: (N, C, 4, 4) -> (N, L, 512).

    All layers share one offset; each adds its own along a few shared directions, which keeps the layers of one face alike.
    """

    mean: Tensor

    def __init__(self, channels: int, layers: int, mean: Tensor, hidden: int = 256) -> None:
        super().__init__()
        self.layers = layers
        self.narrow = nn.Conv2d(channels, 32, 1)
        self.hidden = nn.Linear(32 * 16, hidden)
        self.shared = nn.Linear(hidden, STYLE)
        self.codes = nn.Linear(hidden, layers * CODES)
        self.directions = nn.Linear(CODES, STYLE, bias=False)
        self.register_buffer("mean", mean.clone())

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights: the face of the mean style, nearly."""
        he_(self.narrow, SLOPE, random)
        for part, gain in ((self.hidden, 1.4), (self.shared, 0.1), (self.codes, 1.0), (self.directions, 0.1)):
            part.weight.normal_(std=gain * part.in_features**-0.5, generator=random)
            if part.bias is not None:
                nn.init.zeros_(part.bias)

    def forward(self, features: Tensor) -> Tensor:
        """The styles, float32."""
        hidden = functional.leaky_relu(self.narrow(features), SLOPE).flatten(1)
        hidden = functional.leaky_relu(self.hidden(hidden), SLOPE)
        own = self.directions(self.codes(hidden).unflatten(1, (self.layers, CODES)))
        styles: Tensor = self.mean + self.shared(hidden)[:, None].float() + own.float()
        return styles


class Steering(nn.Module):
    """Features of the codec -> the scale and shift that bring the prior's own features to the input (SFT)."""

    def __init__(self, channels: int, steered: int, hidden: int = 64) -> None:
        super().__init__()
        self.see = nn.Conv2d(channels, hidden, 1)
        self.change = nn.Conv2d(hidden, 2 * steered, 1)

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights: near the prior as it is; exact zeros would keep gradients from what is before."""
        he_(self.see, SLOPE, random)
        self.change.weight.normal_(std=0.01, generator=random)
        if self.change.bias is not None:
            nn.init.zeros_(self.change.bias)

    def forward(self, features: Tensor, frames: Tensor, dtype: torch.dtype) -> Change:
        """Features (N, C, r, r) in the pictures' own framing -> scale and shift (N, C', r, r) in FFHQ's, of a dtype."""
        # few channels travel, many are made of them
        seen = framing.warp(self.see(features).float(), frames, features.shape[-1])
        scale, shift = self.change(functional.leaky_relu(seen, SLOPE).to(dtype)).chunk(2, 1)
        return scale, shift
