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
from restorers.networks.style_blocks import CHANNELS, FIRST, SLOPE, STYLE, Block, First, Head, Opening

PICTURE: Final = 1024
"""Side in pixels of the finished picture."""

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
