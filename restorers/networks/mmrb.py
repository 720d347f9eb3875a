"""The asymmetric codec in front of a frozen face prior: mixed multi-path residual blocks (MMRB), styles, and SFT maps.

Hu et al., Enhancing Quality of Pose-varied Face Restoration with Local Weak Feature Sensing and GAN Prior, arXiv:2205.14377,
name the block and the codec; their layer lists are not public, so paths, widths and the way into the prior are this project's.
"""

from itertools import pairwise
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.style_prior import CHANNELS, STYLE, Change, styles_needed

WIDTHS: Final = (32, 64, 96, 160, 224, 248)
"""Channels of the encoder at 128, 64, 32, 16, 8 and 4 px."""
BRIDGE: Final = {16: 96, 32: 96, 64: 96, 128: 48}
"""Channels of the maps that steer the prior at each resolution."""
TOP: Final = 256
"""Resolution at which the prior is read."""
SLOPE: Final = 0.2
RESIDUAL: Final = 0.2
"""What a block adds is scaled by this, as in ESRGAN, so that deep stacks without normalisation start tame."""
CODES: Final = 64
"""Directions in style space along which layers may differ."""


class MixedMultiPathBlock(nn.Module):
    """MMRB: four paths of different reach, each of which sees the one before, mixed and weighed. (N, C, S, S) -> the same.

    Reaches: 3x3, 3x3 dilated by 2, 5x5 as two 3x3, and an average over 3x3. No normalisation: the size of a hole must not
    change the features of what is visible.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        path = channels // 4
        hidden = max(channels // 16, 4)
        self.split = nn.Conv2d(channels, 4 * path, 1)
        self.near = nn.Conv2d(path, path, 3, padding=1)
        self.dilated = nn.Conv2d(path, path, 3, padding=2, dilation=2)
        self.wide = nn.Sequential(
            nn.Conv2d(path, path, 3, padding=1), nn.LeakyReLU(SLOPE), nn.Conv2d(path, path, 3, padding=1)
        )
        self.smooth = nn.Conv2d(path, path, 1)
        self.mix = nn.Conv2d(4 * path, channels, 1)
        self.attention = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, hidden, 1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(hidden, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Refine features."""
        first, second, third, fourth = functional.leaky_relu(self.split(features), SLOPE).chunk(4, 1)
        first = functional.leaky_relu(self.near(first), SLOPE)
        # in bfloat16 on a CPU the weight gradient of a dilated convolution comes back with NaNs (torch 2.13, 24 channels)
        with torch.autocast(features.device.type, enabled=False):
            second = functional.leaky_relu(self.dilated((second + first).float()), SLOPE)
        third = functional.leaky_relu(self.wide(third + second), SLOPE)
        fourth = functional.leaky_relu(self.smooth(functional.avg_pool2d(fourth + third, 3, 1, 1)), SLOPE)
        mixed = self.mix(torch.cat([first, second, third, fourth], 1))
        result: Tensor = features + RESIDUAL * mixed * self.attention(mixed)
        return result


class Encoder(nn.Module):
    """(N, 4, 256, 256) -> features at 128, 64, ... 4 px, finest first, of `widths` channels.

    The blocks begin at 64 px; at 128 there is one convolution, for what is visible is sharp already and a block there costs as
    much as all the others together.
    """

    def __init__(self, inputs: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        fine, *inner = widths
        # four or sixteen pixels a cell: every pixel is seen, at the price of half or a quarter of the side
        self.fine = nn.Conv2d(4 * inputs, fine, 3, padding=1)
        self.stem = nn.Conv2d(16 * inputs, inner[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(*(MixedMultiPathBlock(width) for _ in range(2 if depth < 2 else 1)))
            for depth, width in enumerate(inner)
        )
        self.down = nn.ModuleList(nn.Conv2d(before, after, 2, 2) for before, after in pairwise(inner))

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Features of all scales."""
        found = [functional.leaky_relu(self.fine(functional.pixel_unshuffle(picture, 2)), SLOPE)]
        features = functional.leaky_relu(self.stem(functional.pixel_unshuffle(picture, 4)), SLOPE)
        found.append(self.blocks[0](features))
        for down, block in zip(self.down, self.blocks[1:], strict=True):
            found.append(block(functional.leaky_relu(down(found[-1]), SLOPE)))
        return found


class Styles(nn.Module):
    """Innermost features -> a style for each layer, as the mean style plus offsets: (N, C, 4, 4) -> (N, L, 512).

    All layers share one offset; each adds its own along a few shared directions, which keeps the layers of one face alike.
    """

    mean: Tensor

    def __init__(self, channels: int, mean: Tensor, hidden: int = 256) -> None:
        super().__init__()
        self.layers = styles_needed(TOP)
        self.narrow = nn.Conv2d(channels, 32, 1)
        self.hidden = nn.Linear(32 * 16, hidden)
        self.shared = nn.Linear(hidden, STYLE)
        self.codes = nn.Linear(hidden, self.layers * CODES)
        self.directions = nn.Linear(CODES, STYLE, bias=False)
        self.register_buffer("mean", mean.clone())
        nn.init.normal_(self.directions.weight, std=CODES**-0.5 * 0.1)

    def forward(self, features: Tensor) -> Tensor:
        """The styles."""
        hidden = functional.leaky_relu(self.narrow(features), SLOPE).flatten(1)
        hidden = functional.leaky_relu(self.hidden(hidden), SLOPE)
        own = self.directions(self.codes(hidden).unflatten(1, (self.layers, CODES)))
        styles: Tensor = self.mean + self.shared(hidden)[:, None] + own
        return styles


class Bridge(nn.Module):
    """The decoder's light half: from coarse to fine, one map for each resolution of `BRIDGE`.

    It knows the input only, so that its maps can be compared between two corruptions of one face.
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        first, *finer = BRIDGE
        # the three innermost scales meet at the coarsest map
        self.inner = nn.ModuleList(nn.Conv2d(width, BRIDGE[first], 1) for width in widths[:-4:-1])
        self.side = nn.ModuleDict({str(r): nn.Conv2d(_width_at(r, widths), BRIDGE[r], 1) for r in finer})
        self.up = nn.ModuleDict({str(r): nn.Conv2d(BRIDGE[r // 2], BRIDGE[r], 1) for r in finer})
        self.blocks = nn.ModuleDict({str(r): MixedMultiPathBlock(width) for r, width in BRIDGE.items()})

    def forward(self, features: list[Tensor], until: int) -> dict[int, Tensor]:
        """Maps by resolution, up to `until` px."""
        maps: dict[int, Tensor] = {}
        current: Tensor | None = None
        for lateral, scale in zip(self.inner, features[:-4:-1], strict=True):
            here = lateral(scale)
            current = here if current is None else here + functional.interpolate(current, scale_factor=2.0)
        for resolution in BRIDGE:
            if resolution > until or current is None:
                break
            name = str(resolution)
            if name in self.up:
                above = functional.interpolate(self.up[name](current), scale_factor=2.0)
                current = above + self.side[name](features[_depth_at(resolution)])
            current = maps[resolution] = self.blocks[name](current)
        return maps


class PlainConv(nn.Conv2d):
    """A convolution, pointwise or depthwise, whose weights never ask for channels last.

    Either layout fits such weights, and PyTorch lets them decide: the result would lie otherwise than the features that it joins.
    Backwards through the frozen prior, plain features are the faster ones.
    """

    def forward(self, features: Tensor) -> Tensor:
        """As `nn.Conv2d`."""
        channels = self.in_channels // self.groups
        # a size of 1 has any stride: reshaping through fewer dimensions gives it the plain one
        weight = self.weight.flatten(1).reshape(self.out_channels, channels, *self.kernel_size)
        result: Tensor = self._conv_forward(features, weight, self.bias)
        return result


class Steering(nn.Module):
    """A map and the prior's own features -> the scale and shift that bring the features to the input.

    Seeing the features, as CodeFormer's transform does, the layer corrects what the prior drew rather than adding to it blindly.
    """

    def __init__(self, resolution: int) -> None:
        super().__init__()
        width = BRIDGE[resolution]
        self.see = PlainConv(CHANNELS[resolution], width, 1)
        self.around = PlainConv(width, width, 3, padding=1, groups=width)
        self.change = PlainConv(width, 2 * CHANNELS[resolution], 1)
        # start near the prior as it is; exact zeros would keep gradients from everything before
        for part in self.change.parameters():
            nn.init.normal_(part, std=0.01)

    def forward(self, wanted: Tensor, features: Tensor) -> Change:
        """(N, C, r, r) scale and shift."""
        layout = (
            torch.channels_last
            if features.is_contiguous(memory_format=torch.channels_last)
            else torch.contiguous_format
        )
        wanted = wanted.contiguous(memory_format=layout)
        hidden = functional.leaky_relu(self.around(wanted + self.see(features)), SLOPE)
        scale, shift = self.change(hidden).chunk(2, 1)
        return scale, shift


class ColourHead(nn.Module):
    """Features -> colours in [0, 1] but for overshoots: a 1x1 convolution, its channels scaled by a style if `styled`."""

    def __init__(self, channels: int, *, styled: bool) -> None:
        super().__init__()
        self.scaling = nn.Linear(STYLE, channels) if styled else None
        self.conv = PlainConv(channels, 3, 1)
        if self.scaling is not None:
            nn.init.zeros_(self.scaling.weight)
            self.scaling.bias.data.zero_()

    def forward(self, features: Tensor, style: Tensor) -> Tensor:
        """(N, C, r, r) and (N, 512) -> (N, 3, r, r)."""
        if self.scaling is not None:
            features = features * (1 + self.scaling(style))[..., None, None]
        picture: Tensor = self.conv(features)
        return picture + 0.5


class Codes(NamedTuple):
    """What the codec makes of a damaged face."""

    styles: Tensor
    """(N, 19, 512)."""
    maps: dict[int, Tensor]
    """By resolution, (N, C, r, r)."""


def _depth_at(resolution: int) -> int:
    """Which of the encoder's scales has this side."""
    return (TOP // resolution).bit_length() - 2


def _width_at(resolution: int, widths: tuple[int, ...]) -> int:
    return widths[_depth_at(resolution)]
