"""U-Nets with a shift connection at 32 x 32 cells: the paper's and the small one."""

from abc import ABC, abstractmethod
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.attention import hole_cells, shift
from restorers.networks.two_sides import INNER, Refinement, doubling, halving, inner, keeping, statistics_kept

CELLS: Final = 32
"""Width = height of the feature map that the shift connection works on."""
PAPER_DOWN: Final = (64, 128, 256, 512, 512, 512, 512, 512)
"""Output channels of the encoder at 128, 64, 32, 16, 8, 4, 2 and 1 px (for 256 px input)."""
PAPER_UP: Final = (512, 512, 512, 512, 256, 128, 64)
"""Output channels of the decoder at 2, 4, 8, 16, 32, 64 and 128 px."""
SMALL_DOWN: Final = (48, 96, 160, 208, 224, 224)
"""Output channels of the small encoder at 64, 32, 16, 8, 4 and 2 px (for 128 px input)."""


class Painted(NamedTuple):
    """What a pass gives."""

    picture: Tensor
    """(N, 3, S, S) in [-1, 1]."""
    asked: Tensor
    """(N, C, 32, 32) decoder features at the shift connection."""
    hole: Tensor
    """(N, 1, 32, 32)."""
    wanted: Tensor | None
    """(N, C, 32, 32) encoder features of the complete pictures, where those were given; constant to autograd."""


class ShiftUNet(nn.Module, ABC):
    """What both have in common. Inputs (N, 4, S, S): picture in [-1, 1] with missing pixels 0, then the mask."""

    def __init__(self, *, mirror: bool = False) -> None:
        super().__init__()
        self.mirror = mirror

    @abstractmethod
    def shallow(self, inputs: Tensor) -> list[Tensor]:
        """Encoder features down to 32 x 32; the last entry is what the shift connection copies."""

    @abstractmethod
    def deep(self, features: Tensor) -> Tensor:
        """Down from 32 x 32 to the bottleneck and back up to the decoder features at 32 x 32."""

    @abstractmethod
    def finish(self, inputs: Tensor, skips: list[Tensor], joined: Tensor) -> Tensor:
        """From (N, 3 C, 32, 32) to the picture before its tanh."""

    def forward(self, inputs: Tensor, complete: Tensor | None = None) -> Painted:
        """Paint.

        Args:
            inputs: (N, 4, S, S) as above.
            complete: the same without a hole, for the guidance loss.
        """
        wanted = None
        if complete is not None:
            with torch.no_grad(), statistics_kept(self):
                wanted = functional.relu(self.shallow(complete)[-1])
        hole = hole_cells(inputs[:, 3:], CELLS).to(inputs.dtype)
        skips = self.shallow(inputs)
        asked = functional.relu(self.deep(skips[-1]))
        offered = functional.relu(skips[-1])
        mirrored = None
        if self.mirror:
            with statistics_kept(self):
                mirrored = functional.relu(self.shallow(inputs.flip(3))[-1])
        joined = torch.cat([asked, offered, shift(asked, offered, hole, mirrored)], 1)
        return Painted(torch.tanh(self.finish(inputs, skips, joined)), asked, hole, wanted)


class PaperShiftUNet(ShiftUNet):
    """Yan et al.'s generator, 54.93 M parameters: 256 px only."""

    def __init__(self, *, mirror: bool = False) -> None:
        super().__init__(mirror=mirror)
        before = (4, *PAPER_DOWN[:-1])
        last = len(PAPER_DOWN) - 1
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.Identity() if depth == 0 else nn.LeakyReLU(0.2),
                nn.Conv2d(source, target, 4, 2, 1),
                nn.Identity() if depth in (0, last) else nn.InstanceNorm2d(target),
            )
            for depth, (source, target) in enumerate(zip(before, PAPER_DOWN, strict=True))
        )
        skips = (0, *reversed(PAPER_DOWN[3:-1]), 2 * PAPER_DOWN[2], PAPER_DOWN[1])
        sources = [up + skip for up, skip in zip((PAPER_DOWN[-1], *PAPER_UP[:-1]), skips, strict=True)]
        self.up = nn.ModuleList(
            nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(source, target, 4, 2, 1), nn.InstanceNorm2d(target))
            for source, target in zip(sources, PAPER_UP, strict=True)
        )
        self.head = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(PAPER_UP[-1] + PAPER_DOWN[0], 3, 4, 2, 1))

    def shallow(self, inputs: Tensor) -> list[Tensor]:
        """Three halvings."""
        if inputs.shape[-1] != 256:
            raise ValueError(f"expected pictures of 256 px, got {inputs.shape[-1]}")
        features, skips = inputs, []
        for block in self.down[:3]:
            features = block(features)
            skips.append(features)
        return skips

    def deep(self, features: Tensor) -> Tensor:
        """Five halvings and five doublings."""
        skips = []
        for block in self.down[3:]:
            features = block(features)
            skips.append(features)
        skips.pop()
        for block in self.up[:5]:
            features = block(features)
            if skips:
                features = torch.cat([features, skips.pop()], 1)
        return features

    def finish(self, inputs: Tensor, skips: list[Tensor], joined: Tensor) -> Tensor:  # noqa: ARG002 - the small one looks at it
        """Three doublings."""
        features = torch.cat([self.up[5](joined), skips[1]], 1)
        features = torch.cat([self.up[6](features), skips[0]], 1)
        result: Tensor = self.head(features)
        return result


class SmallShiftUNet(ShiftUNet):
    """At most 5 M parameters; works at 128 px, where its 32 x 32 cells cover the same part of a face as the paper's at 256."""

    def __init__(self, widths: tuple[int, ...] = SMALL_DOWN, *, mirror: bool = False) -> None:
        super().__init__(mirror=mirror)
        before = (4, *widths[:-1])
        self.down = nn.ModuleList(
            halving(source, target, norm=depth > 0)
            for depth, (source, target) in enumerate(zip(before, widths, strict=True))
        )
        targets = widths[-2:0:-1]
        sources = (widths[-1], *(2 * width for width in targets[:-1]))
        self.up = nn.ModuleList(doubling(source, target) for source, target in zip(sources, targets, strict=True))
        self.fuse = keeping(3 * widths[1], widths[1])
        self.last = doubling(widths[1], widths[0])
        self.head = nn.Sequential(nn.Conv2d(2 * widths[0], 12, 3, 1, 1), nn.PixelShuffle(2))
        self.refinement = Refinement(2 * widths[0])

    def shallow(self, inputs: Tensor) -> list[Tensor]:
        """Two halvings of the 128 px picture."""
        first = self.down[0](inner(inputs))
        return [first, self.down[1](first)]

    def deep(self, features: Tensor) -> Tensor:
        """Four halvings and four doublings."""
        skips = []
        for block in self.down[2:]:
            features = block(features)
            skips.append(features)
        skips.pop()
        for block in self.up:
            features = block(features)
            if skips:
                features = torch.cat([features, skips.pop()], 1)
        return features

    def finish(self, inputs: Tensor, skips: list[Tensor], joined: Tensor) -> Tensor:
        """Two doublings, and a third for 256 px."""
        features = torch.cat([self.last(self.fuse(joined)), skips[0]], 1)
        picture: Tensor = self.head(features)
        if inputs.shape[-1] > INNER:
            picture = self.refinement(inputs, features, picture)
        return picture
