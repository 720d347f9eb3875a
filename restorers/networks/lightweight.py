"""The generator of Zhou & Lu: a U-Net of depthwise-separable blocks; one that also undoes degradation, and its outer decoder.

Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua 82(2), 2025,
DOI 10.32604/cmc.2024.057554.
"""

from collections.abc import Sequence
from typing import Final, Literal

import torch
from torch import Tensor, nn

from restorers.networks.blocks import SeparableDown, SeparableUp
from restorers.networks.dense_unet import LOOK
from restorers.networks.two_sides import keeping

DOWN: Final = (64, 128, 256, 512, 512, 512, 512, 512)
"""Output channels of the eight encoder blocks at 128, 64, 32, 16, 8, 4, 2 and 1 px (for 256 px input). The decoder's mirror them."""

SCALED_DOWN: Final = (48, 96, 192, 384, 384, 384, 384)
"""The same for 128 px input: the paper's layout a block smaller, three quarters as wide."""
MASK_DOWN: Final = (24, 48, 96, 192, 192, 192, 192)
"""Of the generator that finds the occluder, which is the easier task."""

OUTER: Final = 3
"""Decoder blocks that are the outer decoder: from a sixteenth of the side to its half."""


class LightweightGenerator(nn.Module):
    """U-Net of depthwise-separable blocks, 3.55 M parameters: (N, C, S, S) in [-1, 1] -> (N, 3, S, S) in [-1, 1].

    S is 256, or 128, where the innermost block has nothing left to halve and is passed over.
    """

    def __init__(
        self,
        inputs: int = 4,
        norm: str = "batch",
        dropout: float = 0.0,
        *,
        transposed: bool = False,
        widths: tuple[int, ...] = DOWN,
        papers_head: bool | None = None,
        upsampling: Literal["nearest", "bilinear"] = "nearest",
    ) -> None:
        """Build it.

        Args:
            inputs: channels.
            norm: of the blocks, see `normalisation`.
            dropout: share.
            transposed: of the decoder's blocks, see `SeparableUp`.
            widths: output channels of the encoder's blocks.
            papers_head: upsampling, by nearest in the paper, and a 4x4 convolution; False is a 3x3 convolution whose channels become
                pixels, which does the same work faster on a CPU; None takes the paper's where the decoder is.
            upsampling: of the decoder's blocks where they are not transposed, and of the paper's head.
        """
        super().__init__()
        before, risen = (inputs, *widths[:-1]), tuple(reversed(widths[:-1]))
        # pix2pix's places: no norm in the first and last block, dropout in blocks 4 to 8 and in the first four of the decoder
        self.down = nn.ModuleList(
            SeparableDown(
                source, target, "none" if depth in (0, len(widths) - 1) else norm, dropout if depth >= 3 else 0.0
            )
            for depth, (source, target) in enumerate(zip(before, widths, strict=True))
        )
        sources = (widths[-1], *(up + skip for up, skip in zip(risen[:-1], reversed(widths[1:-1]), strict=True)))
        self.up = nn.ModuleList(
            SeparableUp(
                source, target, norm, dropout if depth < 4 else 0.0, transposed=transposed, upsampling=upsampling
            )
            for depth, (source, target) in enumerate(zip(sources, risen, strict=True))
        )
        self.risen = risen
        self.head: nn.Module = (
            nn.Sequential(
                nn.Upsample(scale_factor=2.0, mode=upsampling),
                nn.ZeroPad2d((1, 0, 1, 0)),
                nn.Conv2d(2 * widths[0], 3, 4, padding=1),
            )
            if (transposed if papers_head is None else papers_head)
            else nn.Sequential(nn.Conv2d(2 * widths[0], 12, 3, padding=1), nn.PixelShuffle(2))
        )

    def forward(self, picture: Tensor) -> Tensor:
        """Complete a picture."""
        result: Tensor = self.head(self.features(picture))
        return torch.tanh(result)

    def features(self, picture: Tensor) -> Tensor:
        """What the head paints from: (N, C, S, S) -> (N, 2 * widths[0], S/2, S/2)."""
        skips = self.encode(picture)
        return risen(self.up[-OUTER:], self.deep(skips), skips[:OUTER])

    def encode(self, picture: Tensor) -> list[Tensor]:
        """What the encoder's blocks give, the outermost first."""
        skips: list[Tensor] = []
        features = picture
        for block in self.down:
            if features.shape[-1] == 1:
                break
            features = block(features)
            skips.append(features)
        return skips

    def deep(self, skips: Sequence[Tensor]) -> Tensor:
        """The inner decoder: from what `encode` gives to (N, C, S/16, S/16), which the outer one goes on with."""
        passed_over = len(self.down) - len(skips)
        features = skips[-1]
        if passed_over:
            # what the missing inner block would have added
            features = torch.cat([features.new_zeros(len(features), self.risen[passed_over - 1], 1, 1), features], 1)
        return risen(self.up[passed_over:-OUTER], features, skips[OUTER:-1])


class LightweightPair(nn.Module):
    """The paper's two generators, for 128 px: occluded face to clean face, and occluded face to the picture of its mask.

    Layers as in the paper, but for the decoder's blocks: bilinear upsampling and a depthwise 3x3 do there what transposed convolutions
    do, and the head upsamples likewise. With a block less per side the innermost features are one cell at 128 px; the last block of the
    encoder has no norm there. The paper gives no share of dropout; here it is 0: with the half that is pix2pix's, the second half of the
    budget led nowhere.
    """

    def __init__(self, face: tuple[int, ...] = SCALED_DOWN, mask: tuple[int, ...] = MASK_DOWN) -> None:
        super().__init__()
        self.side = 1 << len(face)
        """Width and height of the pictures in pixels."""
        self.face, self.mask = (
            LightweightGenerator(3, "instance", 0.0, widths=widths, papers_head=True, upsampling="bilinear")
            for widths in (face, mask)
        )


def risen(blocks: Sequence[nn.Module] | nn.ModuleList, features: Tensor, skips: Sequence[Tensor]) -> Tensor:
    """Decoder blocks, each joined by the encoder's features of its side; `skips` stand in the encoder's order."""
    for block, skip in zip(blocks, reversed(skips), strict=True):
        features = torch.cat([block(features), skip], 1)
    return features


def to_quarter(blocks: nn.ModuleList, deep: Tensor, skips: Sequence[Tensor]) -> Tensor:
    """An outer decoder's features at a quarter of the side: (N, widths[1], S/4, S/4)."""
    quarter: Tensor = blocks[1](risen(blocks[:1], deep, skips[2:3]))
    return quarter


def from_quarter(blocks: nn.ModuleList, head: nn.Module, quarter: Tensor, skips: Sequence[Tensor]) -> Tensor:
    """The picture in [-1, 1] that an outer decoder goes on to paint."""
    result: Tensor = head(risen(blocks[2:], torch.cat([quarter, skips[1]], 1), skips[:1]))
    return torch.tanh(result)


class OuterDecoder(nn.Module):
    """The last three blocks of a lightweight generator's decoder and its head, for `to_quarter` and `from_quarter`."""

    def __init__(self, widths: tuple[int, ...] = DOWN) -> None:
        super().__init__()
        half, quarter, eighth, deep = widths[:4]
        self.up = nn.ModuleList(
            SeparableUp(source, target, "batch", transposed=False)
            for source, target in ((2 * deep, eighth), (2 * eighth, quarter), (2 * quarter, half))
        )
        self.head = nn.Sequential(nn.Conv2d(2 * half, 12, 3, padding=1), nn.PixelShuffle(2))


class BlindGenerator(nn.Module):
    """Completes what is missing and restores what is visible: (N, 4, S, S), missing pixels 0, and the mask -> (N, 3, S, S).

    Pictures nominally in [-1, 1]. The lightweight generator paints the hole; layers at the full side add a change to that and to
    the visible pixels. S is 128 or 256.
    """

    def __init__(self, widths: tuple[int, ...] = DOWN, look: int = LOOK) -> None:
        super().__init__()
        self.trunk = LightweightGenerator(widths=widths)
        self.look = nn.Sequential(nn.Conv2d(4, look, 3, 1, 1), nn.LeakyReLU(0.2))
        self.unfold = nn.Sequential(nn.Conv2d(2 * widths[0], 4 * look, 3, 1, 1), nn.PixelShuffle(2), nn.LeakyReLU(0.2))
        self.head = nn.Sequential(keeping(2 * look + 3, look), nn.Conv2d(look, 3, 3, 1, 1))

    def forward(self, inputs: Tensor) -> Tensor:
        """Restore."""
        features = self.trunk.features(inputs)
        painted = torch.tanh(self.trunk.head(features).float())
        change: Tensor = self.head(torch.cat([self.unfold(features), self.look(inputs), painted], 1))
        # in float32: a picture has more levels than bfloat16 knows
        return torch.where(inputs[:, 3:] > 0, painted, inputs[:, :3].float()) + change.float()

    def reset_parameters(self) -> None:
        """Answer almost with the trunk's picture and the one that is given: visible pixels are right from the first step."""
        last = self.head[1]
        if isinstance(last, nn.Conv2d):
            with torch.no_grad():
                last.weight.mul_(0.1)
