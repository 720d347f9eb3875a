"""Layers of MobileStyleGAN: modulated convolutions, and inverse Haar transforms that double the side.

References:
    Belousov, MobileStyleGAN: A Lightweight Convolutional Neural Network for High-Fidelity Image Synthesis, 2021.
    https://arxiv.org/abs/2104.04767
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

STYLE: Final = 512
"""Numbers in a style vector."""
FIRST: Final = 4
"""Side in pixels of the learned constant that every face starts from."""
CHANNELS: Final = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64}
"""Channels of the features at each resolution."""
SLOPE: Final = 0.2


def inverse_haar(bands: Tensor) -> Tensor:
    """Inverse 2x2 Haar transform: (N, 4C, r, r) -> (N, C, 2r, 2r).

    The first C channels are means; then come, for each of the C, the differences by row, by column and by both.
    """
    count = bands.shape[1] // 4
    mean = bands[:, :count]
    rows, columns, both = bands[:, count:].reshape(len(bands), count, 3, *bands.shape[2:]).unbind(2)
    top, bottom = mean + rows, mean - rows
    left, right = columns + both, columns - both
    # (N, C, 4, r, r), the four pixels of a 2x2 square in reading order
    square = torch.stack((top + left, top - left, bottom + right, bottom - right), 2)
    return functional.pixel_shuffle(square.flatten(1, 2) * 0.5, 2)


class StyleModulation(nn.Linear):
    """Style -> one factor per channel: (N, 512) -> (N, C, 1, 1)."""

    def __init__(self, channels: int) -> None:
        super().__init__(STYLE, channels)
        nn.init.normal_(self.weight, std=STYLE**-0.5)
        nn.init.ones_(self.bias)

    def forward(self, style: Tensor) -> Tensor:
        """The factors."""
        return super().forward(style)[..., None, None]


class Up(nn.Module):
    """Modulated inverse Haar transform: (N, C, r, r) -> (N, C/4, 2r, 2r)."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.mod = StyleModulation(inputs)

    def forward(self, features: Tensor, style: Tensor) -> Tensor:
        """Double the side."""
        return inverse_haar(features * self.mod(style))


class StyledConv(nn.Module):
    """Modulation, convolution, noise, bias, leaky ReLU: (N, C, r, r) -> (N, C', r, r).

    The convolution is a full 3x3 one at 4 px, and depthwise 3x3 then pointwise elsewhere.
    """

    noise: Tensor

    def __init__(self, inputs: int, outputs: int, resolution: int, *, separable: bool = True) -> None:
        super().__init__()
        self.mod = StyleModulation(inputs)
        self.dw = nn.Parameter(torch.randn(inputs, 1, 3, 3)) if separable else None
        size = 1 if separable else 3
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("noise", torch.zeros(1, 1, resolution, resolution))
        # training kept weights at unit variance and scaled by fan-in here (equalised learning rate)
        self.scale = (9 * inputs) ** -0.5

    def forward(self, features: Tensor, style: Tensor, *, noise: bool) -> Tensor:
        """The layer's features."""
        features = features * (self.mod(style) * self.scale)
        if self.dw is not None:
            features = functional.conv2d(features, self.dw, padding=1, groups=len(self.dw))
        features = functional.conv2d(features, self.weight, self.bias, padding=self.weight.shape[-1] // 2)
        if noise:
            # cast: a float32 pattern would lift bfloat16 features to float32 under autocast
            features = features + self.noise.to(features.dtype)
        return functional.leaky_relu(features, SLOPE)


class First(nn.Module):
    """The layer at 4 px."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = StyledConv(CHANNELS[FIRST], CHANNELS[FIRST], FIRST, separable=False)

    def forward(self, features: Tensor, styles: tuple[Tensor, ...], *, noise: bool) -> Tensor:
        """Features at 4 px, from the constant and one style."""
        result: Tensor = self.conv(features, styles[0], noise=noise)
        return result


class Block(nn.Module):
    """Twice the side: `up`, `conv1`, `conv2`, each with a style of its own."""

    def __init__(self, resolution: int) -> None:
        super().__init__()
        inputs, outputs = CHANNELS[resolution // 2], CHANNELS[resolution]
        self.up = Up(inputs)
        self.conv1 = StyledConv(inputs // 4, outputs, resolution)
        self.conv2 = StyledConv(outputs, outputs, resolution)

    def forward(self, features: Tensor, styles: tuple[Tensor, ...], *, noise: bool) -> Tensor:
        """Features at the block's resolution, from those at half of it and three styles."""
        features = self.up(features, styles[0])
        features = self.conv1(features, styles[1], noise=noise)
        result: Tensor = self.conv2(features, styles[2], noise=noise)
        return result


class Opening(nn.Module):
    """Where a block begins: its inverse Haar transform alone, (N, C, r, r) -> (N, C/4, 2r, 2r)."""

    def __init__(self, resolution: int) -> None:
        super().__init__()
        self.up = Up(CHANNELS[resolution // 2])

    def forward(self, features: Tensor, styles: tuple[Tensor, ...], *, noise: bool) -> Tensor:  # noqa: ARG002 - as a block's
        """Twice the side, from the features of the block before and one style."""
        result: Tensor = self.up(features, styles[0])
        return result


class Head(nn.Module):
    """Features at 512 px -> 12 Haar bands -> colours at 1024 px, in [-1, 1] but for overshoots."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.mod = StyleModulation(inputs)
        self.weight = nn.Parameter(torch.randn(12, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(12))
        self.scale = inputs**-0.5

    def forward(self, features: Tensor, style: Tensor) -> Tensor:
        """The picture."""
        return inverse_haar(functional.conv2d(features * (self.mod(style) * self.scale), self.weight, self.bias))
