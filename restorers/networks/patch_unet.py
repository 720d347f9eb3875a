"""A U-Net of depthwise-separable residual blocks over cells of 4 x 4 pixels, which paints a face twice.

After Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua 82(2), 2025,
DOI 10.32604/cmc.2024.057554, whose blocks are depthwise and pointwise convolutions. Here nothing is computed at the full side:
memory, not arithmetic, is what a step costs on a CPU.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.two_sides import INNER_PX

CELL_PX: Final = 4
"""Width = height in pixels of what one cell sees and paints."""
CELLS_PER_SIDE: Final = INNER_PX // CELL_PX
"""Cells a side of the picture that is read."""
WIDTHS: Final = (128, 224, 320, 384)
"""Channels at 32, 16, 8 and 4 cells a side."""
DEPTH: Final = 2
"""Residual blocks a scale, in each half."""
DETAIL_WIDTH: Final = 64
"""Channels of the second decoder, at 64 cells a side."""
DETAIL_CELL_PX: Final = 2
"""Width = height in pixels of what one of these cells sees and paints."""
SLOPE: Final = 0.2


class BaseAndDetail(NamedTuple):
    """Two pictures of one face, (N, 3, S, S) in [-1, 1]."""

    base: Tensor
    """The likeliest picture: right in its low frequencies, soft."""
    detail: Tensor
    """As sharp as a photograph: only its high frequencies are shown."""


class SeparableResidual(nn.Module):
    """x + pointwise(LReLU(pointwise(depthwise 3x3(x)))), the channels doubled in between: (N, C, S, S) -> the same.

    No normalisation: the size of a hole must not change the features of what is visible. It starts near the identity.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.widen = nn.Conv2d(channels, 2 * channels, 1)
        self.narrow = nn.Conv2d(2 * channels, channels, 1)

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights."""
        self.around.weight.normal_(std=0.1, generator=random)[:, :, 1, 1] += 0.7
        he_(self.widen, SLOPE, random)
        self.narrow.weight.normal_(std=0.3 * (2 * self.around.out_channels) ** -0.5, generator=random)
        for part in (self.around, self.narrow):
            nn.init.zeros_(_bias(part))

    def forward(self, features: Tensor) -> Tensor:
        """Refine."""
        hidden = functional.leaky_relu(self.widen(self.around(features)), SLOPE, inplace=True)
        result: Tensor = features + self.narrow(hidden)
        return result


class DenseResidual(nn.Module):
    """x + 3x3(LReLU(3x3(x))), ordinary convolutions: (N, C, S, S) -> the same. It starts as the identity.

    With few channels it costs a CPU no more than `SeparableResidual`, and has twice the weights.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights."""
        he_(self.first, SLOPE, random)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(_bias(self.second))

    def forward(self, features: Tensor) -> Tensor:
        """Refine."""
        result: Tensor = features + self.second(functional.leaky_relu(self.first(features), SLOPE, inplace=True))
        return result


class PatchUNet(nn.Module):
    """The trunk: what is visible -> features of 32 x 32 cells, and the likeliest picture read off them.

    Encoder features join the decoder twice, as they lie and mirrored: the hidden half of a face looks much like the other one.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, depth: int = DEPTH) -> None:
        super().__init__()
        outer = widths[:-1]
        self.stem = nn.Conv2d(4 * CELL_PX**2, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(_blocks(width, depth) for width in widths)
        self.down = nn.ModuleList(nn.Conv2d(here, deeper, 1) for here, deeper in pairwise(widths))
        # where in the picture a cell lies: faces are aligned, more or less
        self.places = nn.ParameterList(
            torch.zeros(1, width, CELLS_PER_SIDE >> scale, CELLS_PER_SIDE >> scale)
            for scale, width in enumerate(outer)
            if scale > 0
        )
        self.up = nn.ModuleList(nn.Conv2d(deeper, here, 1) for here, deeper in pairwise(widths))
        self.mirrored = nn.ModuleList(nn.Conv2d(width, width, 1, bias=False) for width in outer)
        self.decoder = nn.ModuleList(_blocks(width, depth) for width in outer)
        self.head = nn.Conv2d(widths[0], 3 * CELL_PX**2, 3, padding=1)

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights."""
        for part in (self.stem, *self.down, *self.up):
            he_(part, 1.0, random)
        for place in self.places:
            place.normal_(std=0.02, generator=random)
        for part in self.mirrored.parameters():
            part.normal_(std=0.2 * len(part) ** -0.5, generator=random)
        self.head.weight.normal_(std=0.01, generator=random)
        nn.init.zeros_(_bias(self.head))
        reset_blocks(self, random)

    def outermost(self, inputs: Tensor, hint: Tensor | None = None) -> Tensor:
        """The finest features, (N, widths[0], 32, 32); arguments as in `encode`."""
        cells = functional.pixel_unshuffle(inputs, CELL_PX).contiguous(memory_format=torch.channels_last)
        features = self.stem(cells)
        result: Tensor = self.encoder[0](features if hint is None else features + hint.to(features.dtype))
        return result

    def encode(self, inputs: Tensor, hint: Tensor | None = None) -> list[Tensor]:
        """Features of all scales, the finest first.

        Args:
            inputs: (N, 4, 128, 128) the picture in [-1, 1] with missing pixels 0, then the mask.
            hint: (1, widths[0], 1, 1), added to what the first blocks see; None adds nothing.

        Raises:
            ValueError: if the pictures have another side than 128 px.
        """
        if inputs.shape[-1] != INNER_PX:
            raise ValueError(f"expected pictures of {INNER_PX} px, got {inputs.shape[-1]}")
        found = [self.outermost(inputs, hint)]
        for scale, (narrower, blocks) in enumerate(zip(self.down, self.encoder[1:], strict=True)):
            # a mean has less deviation than what it is of
            features = narrower(1.5 * functional.avg_pool2d(found[-1], 2))
            if scale < len(self.places):
                features = features + self.places[scale].to(features.dtype)
            found.append(blocks(features))
        return found

    def levels(self, found: Sequence[Tensor]) -> list[Tensor]:
        """The decoder's features of 32, 16, ... cells; the first, (N, widths[0], 32, 32), before its last blocks."""
        features, passed = found[-1], []
        for scale in reversed(range(len(self.decoder))):
            if scale < len(self.decoder) - 1:
                features = self.decoder[scale + 1](features)
                passed.append(features)
            beside = found[scale] + self.mirrored[scale](found[scale].flip(3))
            features = functional.interpolate(self.up[scale](features), scale_factor=2.0) + beside
        return [features, *reversed(passed)]

    def joined(self, found: Sequence[Tensor]) -> Tensor:
        """The decoder down to its last blocks: (N, widths[0], 32, 32), which `finish` goes on with."""
        return self.levels(found)[0]

    def finish(self, features: Tensor) -> Tensor:
        """The last blocks: what both pictures are painted from, (N, widths[0], 32, 32)."""
        result: Tensor = self.decoder[0](features)
        return result

    def base(self, features: Tensor) -> Tensor:
        """The likeliest picture, (N, 3, 128, 128) nominally in [-1, 1], float32."""
        return functional.pixel_shuffle(self.head(features), CELL_PX).float()


class DetailDecoder(nn.Module):
    """What the likeliest picture lacks, painted from the features that it was painted from: a sharp picture of the same side.

    A block of its own at 32 x 32 cells, then four at 64 x 64, where it sees the visible picture and the likeliest one as well.
    """

    def __init__(self, width: int = WIDTHS[0], detail_width: int = DETAIL_WIDTH, depth: int = DEPTH) -> None:
        super().__init__()
        self.deep = _blocks(width, 1)
        self.up = nn.Conv2d(width, 4 * detail_width, 1)
        self.look = nn.Conv2d(7 * DETAIL_CELL_PX**2, detail_width, 3, padding=1)
        self.blocks = _blocks(detail_width, 2 * depth)
        self.head = nn.Conv2d(detail_width, 3 * DETAIL_CELL_PX**2, 3, padding=1)

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights: they add next to nothing."""
        for part in (self.up, self.look):
            he_(part, 1.0, random)
        self.head.weight.normal_(std=0.001, generator=random)
        nn.init.zeros_(_bias(self.head))
        reset_blocks(self, random)

    def start(self, features: Tensor, inputs: Tensor, base: Tensor) -> Tensor:
        """What the blocks see: (N, C, 32, 32), (N, 4, 128, 128) and (N, 3, 128, 128) -> (N, fine, 64, 64)."""
        seen = functional.pixel_unshuffle(torch.cat([inputs, base], 1), DETAIL_CELL_PX)
        here: Tensor = self.look(seen.contiguous(memory_format=torch.channels_last))
        return here + functional.pixel_shuffle(self.up(self.deep(features)), DETAIL_CELL_PX)

    def finish(self, here: Tensor, base: Tensor) -> Tensor:
        """(N, fine, 64, 64) and the likeliest picture -> (N, 3, 128, 128), nominally in [-1, 1], float32."""
        added: Tensor = functional.pixel_shuffle(self.head(self.blocks(here)), DETAIL_CELL_PX)
        return base + added.float()

    def forward(self, features: Tensor, inputs: Tensor, base: Tensor) -> Tensor:
        """(N, C, 32, 32), (N, 4, 128, 128) and (N, 3, 128, 128) -> (N, 3, 128, 128), nominally in [-1, 1], float32."""
        return self.finish(self.start(features, inputs, base), base)


def he_(part: nn.Module, slope: float, random: torch.Generator) -> None:
    """He's first weights for a convolution (He et al., ICCV 2015), bias 0; under `torch.no_grad`."""
    if isinstance(part, nn.Conv2d):
        nn.init.kaiming_normal_(part.weight, a=slope, generator=random)
        nn.init.zeros_(_bias(part))


def reset_blocks(network: nn.Module, random: torch.Generator) -> None:
    """First weights of every residual block in a network; under `torch.no_grad`."""
    for part in network.modules():
        if isinstance(part, SeparableResidual):
            part.reset_parameters(random)


def _bias(part: nn.Conv2d) -> Tensor:
    if part.bias is None:
        raise ValueError("expected a convolution with a bias")
    return part.bias


def _blocks(channels: int, depth: int) -> nn.Sequential:
    return nn.Sequential(*(SeparableResidual(channels) for _ in range(depth)))
