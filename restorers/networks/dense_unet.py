"""A U-Net of ordinary convolutions for 128 px: completes a face and undoes degradation in one pass."""

from typing import Final

import torch
from torch import Tensor, nn

from restorers.networks.two_sides import doubling, halving, keeping

WIDTHS: Final = (64, 128, 256, 512, 512, 512)
"""Channels at 64, 32, 16, 8, 4 and 2 px: pix2pix's, the usual generator of its kind."""
LOOK: Final = 16
"""Channels at the full side: noise and blocks of JPEG are one or two pixels large and do not survive halving."""


class DenseUNet(nn.Module):
    """(N, 4, S, S), the picture in [-1, 1] with missing pixels 0 and the mask -> (N, 3, S, S), nominally in [-1, 1].

    It answers with what has to be added to the picture it is given. S is a multiple of 2 ** len(widths).
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, look: int = LOOK) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Conv2d(4, look, 3, 1, 1), nn.LeakyReLU(0.2))
        self.down = nn.ModuleList(
            halving(source, target, norm=depth > 0)
            for depth, (source, target) in enumerate(zip((look, *widths[:-1]), widths, strict=True))
        )
        targets = tuple(reversed(widths[:-1]))
        # after the innermost one, each step up sees the step before and the skip beside it
        sources = (widths[-1], *(2 * width for width in targets[:-1]))
        self.up = nn.ModuleList(doubling(source, target) for source, target in zip(sources, targets, strict=True))
        self.unfold = nn.Sequential(nn.Conv2d(2 * widths[0], 4 * look, 3, 1, 1), nn.PixelShuffle(2), nn.LeakyReLU(0.2))
        self.head = nn.Sequential(keeping(2 * look, look), nn.Conv2d(look, 3, 3, 1, 1))

    def forward(self, inputs: Tensor) -> Tensor:
        """Restore."""
        fine = self.look(inputs)
        features, skips = fine, []
        for block in self.down:
            features = block(features)
            skips.append(features)
        features = skips.pop()
        for block, skip in zip(self.up, reversed(skips), strict=True):
            features = torch.cat([block(features), skip], 1)
        change: Tensor = self.head(torch.cat([self.unfold(features), fine], 1))
        # in float32: a picture has more levels than bfloat16 knows
        return inputs[:, :3].float() + change.float()

    def reset_parameters(self) -> None:
        """Answer almost with the picture that is given: visible pixels are right from the first step."""
        last = self.head[1]
        if isinstance(last, nn.Conv2d):
            with torch.no_grad():
                last.weight.mul_(0.1)
