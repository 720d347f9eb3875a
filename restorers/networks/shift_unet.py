"""U-Nets with a shift connection at 32 x 32 cells: the paper's and the small one."""

from abc import ABC, abstractmethod
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.attention import hole_cells, shift
from restorers.networks.patch_unet import BaseAndDetail, TwoBranchPatchUNet

SHIFT_CELLS: Final = 32
"""Width = height of the feature map that the shift connection works on."""
PAPER_DOWN: Final = (64, 128, 256, 512, 512, 512, 512, 512)
"""Output channels of the encoder at 128, 64, 32, 16, 8, 4, 2 and 1 px (for 256 px input)."""
PAPER_UP: Final = (512, 512, 512, 512, 256, 128, 64)
"""Output channels of the decoder at 2, 4, 8, 16, 32, 64 and 128 px."""


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
    features: Tensor | None = None
    """(N, C, 32, 32), what both pictures are painted from, where a network has two branches."""


class ShiftUNet(nn.Module, ABC):
    """What both have in common. Inputs (N, 4, S, S): picture in [-1, 1] with missing pixels 0, then the mask."""

    def __init__(self, *, mirror: bool = False) -> None:
        super().__init__()
        self.mirror = mirror

    @abstractmethod
    def shallow(self, inputs: Tensor) -> list[Tensor]:
        """Encoder features down to 32 x 32; the last entry is what the shift connection copies."""

    @abstractmethod
    def forward(self, inputs: Tensor, complete: Tensor | None = None) -> ShiftOutput:
        """Paint.

        Args:
            inputs: (N, 4, S, S) as above.
            complete: the same without a hole, for the guidance loss.
        """

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

    def forward(self, inputs: Tensor, complete: Tensor | None = None) -> ShiftOutput:
        """Paint, as `ShiftUNet.forward` says."""
        wanted = self.wanted(complete)
        hole = hole_cells(inputs[:, 3:], SHIFT_CELLS).to(inputs.dtype)
        skips = self.shallow(inputs)
        asked, offered = functional.relu(self.deep(skips[-1])), functional.relu(skips[-1])
        joined = torch.cat([asked, offered, shift(asked, offered, hole, self.mirrored(inputs))], 1)
        return ShiftOutput(torch.tanh(self.finish(skips, joined)), asked, hole, wanted)

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

    def finish(self, skips: list[Tensor], joined: Tensor) -> Tensor:
        """From (N, 3 C, 32, 32) to the picture before its tanh: three doublings."""
        features = torch.cat([self.up[5](joined), skips[1]], 1)
        features = torch.cat([self.up[6](features), skips[0]], 1)
        result: Tensor = self.head(features)
        return result


class SmallShiftUNet(ShiftUNet):
    """A shift connection in the lightweight GAN's network, with a two-branch decoder: 4.98 M parameters, 128 px.

    There its 32 x 32 cells cover the same part of a face as the paper's at 256. The decoder asks through a convolution, and what is
    copied joins through another one that begins with nothing: it can start from the weights of a network that copies nothing.
    """

    def __init__(self, painter: TwoBranchPatchUNet | None = None, *, mirror: bool = False) -> None:
        super().__init__(mirror=mirror)
        self.painter = TwoBranchPatchUNet() if painter is None else painter
        width = self.painter.trunk.stem.out_channels
        self.ask = nn.Conv2d(width, width, 1)
        self.join = nn.Conv2d(width, width, 1, bias=False)

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights: ask for what the decoder has, and take nothing yet of what is copied."""
        self.painter.reset_parameters(random)
        nn.init.dirac_(self.ask.weight)
        if self.ask.bias is not None:
            nn.init.zeros_(self.ask.bias)
        nn.init.zeros_(self.join.weight)

    def shallow(self, inputs: Tensor) -> list[Tensor]:
        """The outermost scale of the 128 px picture."""
        return [self.painter.trunk.outermost(inputs)]

    def forward(self, inputs: Tensor, complete: Tensor | None = None) -> ShiftOutput:
        """The likeliest picture, as `ShiftUNet.forward` says."""
        wanted = self.wanted(complete)
        trunk = self.painter.trunk
        found = trunk.encode(inputs)
        joined = trunk.joined(found)
        asked = functional.relu(self.ask(joined))
        hole = hole_cells(inputs[:, 3:], SHIFT_CELLS).to(inputs.dtype)
        copied = shift(asked, functional.relu(found[0]), hole, self.mirrored(inputs))
        features = trunk.finish(joined + self.join(copied))
        return ShiftOutput(trunk.base(features), asked, hole, wanted, features)

    def sharp(self, inputs: Tensor, made: ShiftOutput) -> Tensor:
        """The sharp picture, (N, 3, 128, 128) nominally in [-1, 1].

        Raises:
            ValueError: if `made` is another network's.
        """
        if made.features is None:
            raise ValueError("expected what SmallShiftUNet painted, got what a network made that paints once")
        result: Tensor = self.painter.sharp(made.features, inputs, made.picture)
        return result

    def twice(self, inputs: Tensor) -> BaseAndDetail:
        """Both pictures."""
        made = self(inputs)
        return BaseAndDetail(made.picture, self.sharp(inputs, made))

    def base(self, inputs: Tensor) -> Tensor:
        """The first of the two pictures alone."""
        made: ShiftOutput = self(inputs)
        return made.picture
