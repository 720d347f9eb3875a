"""The U-Net with a shift connection at 32 x 32 cells."""

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.attention import hole_cells, shift

SHIFT_CELLS: Final = 32
"""Width = height of the feature map that the shift connection works on."""
PAPER_DOWN: Final = (64, 128, 256, 512, 512, 512, 512, 512)
"""Output channels of the encoder at 128, 64, 32, 16, 8, 4, 2 and 1 px (for 256 px input)."""
SCALED_DOWN: Final = (16, 48, 96, 128, 192, 192, 192)
"""Output channels of the encoder at 64, 32, 16, 8, 4, 2 and 1 px, for 128 px input: the paper's layout a halving smaller, at widths
that two cores can train."""


class ShiftOutput(NamedTuple):
    """What a pass gives."""

    picture: Tensor
    """(N, 3, S, S) in [-1, 1]."""
    asked: Tensor
    """(N, C, 32, 32) decoder features at the shift connection."""
    hole: Tensor
    """(N, 1, 32, 32)."""
    wanted: Tensor | None
    """(N, C, 32, 32) encoder features of the complete pictures, where those were given; constant to autograd."""


class ShiftUNet(nn.Module):
    """Yan et al.'s generator, 54.93 M parameters at 256 px; with the widths `SCALED_DOWN` 4.99 M at 128 px.

    Inputs (N, 4, S, S): picture in [-1, 1] with missing pixels 0, then the mask. The encoder halves down to one cell, the decoder mirrors
    it, and the shift connection joins what asks, what may be copied and what was copied at 32 x 32 cells. Instance norm stands behind
    every convolution but the encoder's first and last. With `mirror` the mirrored face may be copied as well (no weights of its own).
    """

    def __init__(self, widths: tuple[int, ...] = PAPER_DOWN, *, mirror: bool = False) -> None:
        super().__init__()
        self.mirror = mirror
        self.side = 1 << len(widths)
        """Width and height of the pictures in pixels: the innermost features are one cell."""
        self.above = (self.side // SHIFT_CELLS).bit_length() - 1
        """Halvings down to the shift connection."""
        before, risen, last = (4, *widths[:-1]), tuple(reversed(widths[:-1])), len(widths) - 1
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.Identity() if depth == 0 else nn.LeakyReLU(0.2),
                nn.Conv2d(source, target, 4, 2, 1),
                nn.Identity() if depth in (0, last) else nn.InstanceNorm2d(target),
            )
            for depth, (source, target) in enumerate(zip(before, widths, strict=True))
        )
        # each block is joined by the encoder's features of its side; the shift connection adds twice its width
        sources = [widths[-1], *(2 * width for width in risen[:-1])]
        sources[last - self.above + 1] += widths[self.above - 1]
        self.up = nn.ModuleList(
            nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(source, target, 4, 2, 1), nn.InstanceNorm2d(target))
            for source, target in zip(sources, risen, strict=True)
        )
        self.head = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(2 * widths[0], 3, 4, 2, 1))

    def shallow(self, inputs: Tensor) -> list[Tensor]:
        """Encoder features down to 32 x 32; the last entry is what the shift connection copies."""
        if inputs.shape[-1] != self.side:
            raise ValueError(f"expected pictures of {self.side} px, got {inputs.shape[-1]}")
        features, skips = inputs, []
        for block in self.down[: self.above]:
            features = block(features)
            skips.append(features)
        return skips

    def forward(self, inputs: Tensor, complete: Tensor | None = None) -> ShiftOutput:
        """Paint.

        Args:
            inputs: as above.
            complete: the same without a hole, for the guidance loss.
        """
        wanted = self.wanted(complete)
        hole = hole_cells(inputs[:, 3:], SHIFT_CELLS).to(inputs.dtype)
        skips = self.shallow(inputs)
        asked, offered = functional.relu(self.deep(skips[-1])), functional.relu(skips[-1])
        joined = torch.cat([asked, offered, shift(asked, offered, hole, self.mirrored(inputs))], 1)
        return ShiftOutput(torch.tanh(self.finish(skips, joined)), asked, hole, wanted)

    def wanted(self, complete: Tensor | None) -> Tensor | None:
        """What the decoder should ask for: the complete pictures' features, constant to autograd."""
        if complete is None:
            return None
        with torch.no_grad():
            return functional.relu(self.shallow(complete)[-1])

    def mirrored(self, inputs: Tensor) -> Tensor | None:
        """The mirrored faces' features, where they may be copied, too."""
        if not self.mirror:
            return None
        return functional.relu(self.shallow(inputs.flip(3))[-1])

    def deep(self, features: Tensor) -> Tensor:
        """Down to one cell and back up to the shift connection."""
        skips = []
        for block in self.down[self.above :]:
            features = block(features)
            skips.append(features)
        skips.pop()
        for block in self.up[: len(self.up) - self.above + 1]:
            features = block(features)
            if skips:
                features = torch.cat([features, skips.pop()], 1)
        return features

    def finish(self, skips: list[Tensor], joined: Tensor) -> Tensor:
        """From (N, 3 C, 32, 32) to the picture before its tanh."""
        features = joined
        for block, skip in zip(self.up[len(self.up) - self.above + 1 :], reversed(skips[:-1]), strict=True):
            features = torch.cat([block(features), skip], 1)
        result: Tensor = self.head(features)
        return result
