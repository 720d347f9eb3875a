"""MobileStyleGAN: a light generator of faces, used as a frozen prior.

References:
    Belousov, MobileStyleGAN: A Lightweight Convolutional Neural Network for High-Fidelity Image Synthesis, 2021.
    https://arxiv.org/abs/2104.04767

Style w (512 numbers) scales the channels before each convolution; every block doubles the side by an inverse Haar
transform. Demodulation was trained to be independent of the style and is folded into the weights, so at run time this
is a plain convolutional net: nothing is normalised per picture, and pictures of a batch do not see each other.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from restorers.contract import MissingWeights
from restorers.networks.rounding import widened

STYLE: Final = 512
"""Numbers in a style vector."""
FIRST: Final = 4
"""Side in pixels of the learned constant that every face starts from."""
PICTURE: Final = 1024
"""Side in pixels of the finished picture."""
CHANNELS: Final = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64}
"""Channels of the features at each resolution."""
SLOPE: Final = 0.2

Change = tuple[Tensor, Tensor]
"""(scale, shift) of a spatial feature transform, each broadcast to (N, C, r, r)."""
Sft = Mapping[int, Change] | Callable[[int, Tensor], Change | None]
"""By resolution; a function sees (resolution, features) and answers None where nothing is to change."""


def styles_needed(until: int = PICTURE) -> int:
    """How many style vectors a run reads, one per modulated layer: one at 4 px, three a block, one for the colours.

    Args:
        until: a feature resolution of `CHANNELS`, or 1024 for the picture.
    """
    return 1 + 3 * sum(FIRST < resolution <= until for resolution in CHANNELS) + (until == PICTURE)


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


class StylePrior(nn.Module):
    """The synthesis network.

    Args:
        top: build no further than this feature resolution (4 to 512), or 1024 for the whole; a restorer that reads the
            features at 64 px keeps no weights above.
        opened: of the block at `top` build its beginning alone, see `Opening`; a quarter of the channels comes out there.
    """

    def __init__(self, top: int = PICTURE, *, opened: bool = False) -> None:
        super().__init__()
        self.top, self.opened = _known(top, PICTURE), opened
        self.const = nn.Parameter(torch.randn(1, CHANNELS[FIRST], FIRST, FIRST))
        kept = [resolution for resolution in CHANNELS if resolution <= top]
        self.b = nn.ModuleDict({str(r): _part(r, opened=opened and r == top) for r in kept})
        self.heads = nn.ModuleDict({"512": Head(CHANNELS[512])} if top == PICTURE else {})

    def forward(self, ws: Tensor, sft: Sft | None = None, *, until: int | None = None, noise: bool = True) -> Tensor:
        """Features of the faces that styles stand for.

        Args:
            ws: (N, 512), one style for all layers, or (N, L, 512), L >= `styles_needed(until)`, one for each.
            sft: spatial feature transforms by resolution: features * (1 + scale) + shift after a block's last layer.
            until: resolution of the features wanted, 4 to 512, or 1024 for the picture; `top` if not given.
            noise: add the noise baked into the weights; without it faces are the same, a little smoother.

        Returns:
            (N, C, until, until) with C of `CHANNELS`, of the resolution before at the top of an opened network divided by four; for
            1024 see `picture`.

        Raises:
            ValueError: if the resolution or the styles' shape is not one of these.
        """
        until = _known(self.top if until is None else until, self.top)
        styles = _by_layer(ws, styles_needed(until) - 2 * (self.opened and until == self.top))
        features = self.const.expand(len(ws), -1, -1, -1)
        read = 0
        for name, block in self.b.items():
            resolution = int(name)
            if resolution > until:
                break
            count = 1 if resolution == FIRST else 3
            features = block(features, styles[read : read + count], noise=noise)
            read += count
            features = _changed(features, resolution, sft)
        if until == PICTURE:
            picture: Tensor = self.heads["512"](features, styles[read])
            return (picture + 1) / 2
        return features

    def picture(self, ws: Tensor, sft: Sft | None = None, *, noise: bool = True) -> Tensor:
        """The faces themselves: (N, 3, 1024, 1024) RGB, nominally [0, 1]; overshoots are not clamped.

        Raises:
            ValueError: as `forward`, or if the network was built without its upper end.
        """
        return self.forward(ws, sft, until=PICTURE, noise=noise)


class MappingNetwork(nn.Module):
    """Normal numbers -> styles: (N, 512) -> (N, 512). Draws faces; a restorer does not need it."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.ModuleList(nn.Linear(STYLE, STYLE) for _ in range(8))

    def forward(self, z: Tensor) -> Tensor:
        """The styles."""
        styles = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.fc:
            styles = functional.leaky_relu(layer(styles), SLOPE) * 2**0.5
        return styles


def _part(resolution: int, *, opened: bool) -> nn.Module:
    if resolution == FIRST:
        return First()
    return Opening(resolution) if opened else Block(resolution)


def load(path: Path, top: int = PICTURE, *, opened: bool = False) -> StylePrior:
    """The trained synthesis network, frozen, in evaluation mode.

    Args:
        path: safetensors file whose tensors are called `synthesis.…`.
        top: see `StylePrior`; tensors above it are left in the file.
        opened: the same.

    Raises:
        MissingWeights: if the file is missing, damaged or not of this network.
    """
    prior = StylePrior(top, opened=opened)
    _fill(prior, path, "synthesis.", whole=top == PICTURE)
    return prior


def load_mapping(path: Path) -> MappingNetwork:
    """The trained mapping network, frozen, in evaluation mode, from the `mapping.…` tensors of the same file.

    Raises:
        MissingWeights: if the file is missing, damaged or not of this network.
    """
    mapping = MappingNetwork()
    _fill(mapping, path, "mapping.", whole=True)
    return mapping


def _fill(network: nn.Module, path: Path, prefix: str, *, whole: bool) -> None:
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise MissingWeights(
            f"expected the face prior's weights at {path}, but they cannot be read: {error}"
        ) from error
    found = {name.removeprefix(prefix): tensor for name, tensor in widened(tensors).items() if name.startswith(prefix)}
    if not whole:
        found = {name: tensor for name, tensor in found.items() if name in network.state_dict()}
    try:
        network.load_state_dict(found)
    except RuntimeError as error:
        raise MissingWeights(f"expected {path} to hold the face prior's tensors, got others: {error}") from error
    network.eval().requires_grad_(requires_grad=False)


def _known(resolution: int, top: int) -> int:
    if resolution not in (*CHANNELS, PICTURE) or resolution > top:
        raise ValueError(f"expected a resolution that is a power of two from {FIRST} to {top}, got {resolution}")
    return resolution


def _by_layer(ws: Tensor, needed: int) -> tuple[Tensor, ...]:
    if ws.ndim == 2 and ws.shape[1] == STYLE:
        return (ws,) * needed
    if ws.ndim == 3 and ws.shape[1] >= needed and ws.shape[2] == STYLE:
        return ws.unbind(1)
    raise ValueError(f"expected styles (N, {STYLE}) or (N, at least {needed}, {STYLE}), got {tuple(ws.shape)}")


def _changed(features: Tensor, resolution: int, sft: Sft | None) -> Tensor:
    if sft is None:
        return features
    change = sft.get(resolution) if isinstance(sft, Mapping) else sft(resolution, features)
    if change is None:
        return features
    scale, shift = (part.to(features.dtype) for part in change)
    return features * (1 + scale) + shift
