"""A U-Net that says of every pixel whether something covers the face there, and what it seems to be.

The mask network (A -> C) of Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua 82(2),
2025, paints the mask's picture with the same generator as the face. Ours answers with one logit a pixel, and looks with a trunk that
knew objects before it saw a face: few covered photographs are to be had, and drawn objects do not teach what real ones look like.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.blocks import dense_gradient, exact_on_cpu
from restorers.networks.efficient_trunk import EfficientTrunk

WIDTHS: Final = (128, 96, 64, 32)
"""Channels that come up at S/16, S/8, S/4 and S/2."""
KINDS: Final = ("sunglasses", "mask", "hat", "hand", "hair", "object")
"""What may be said of a cover; any number of them may be right."""


class MaskUNet(nn.Module):
    """(N, 3, S, S) in [0, 1] -> logits (N, 1, S, S), above 0 where the face is covered. 32 divides S."""

    def __init__(self, trunk: EfficientTrunk | None = None, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.trunk = EfficientTrunk() if trunk is None else trunk
        *finer, deepest = self.trunk.widths
        sources = (deepest, *widths[:-1])
        self.up = nn.ModuleList(
            Joining(a, skip, b) for a, skip, b in zip(sources, reversed(finer), widths, strict=True)
        )
        self.head = nn.Conv2d(widths[-1], 4, 3, padding=1)
        self.kinds = nn.Linear(2 * deepest, len(KINDS))

    def forward(self, pictures: Tensor) -> Tensor:
        """Find what covers the faces."""
        return self.with_kinds(pictures)[0]

    def with_kinds(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Also logits of the kinds of what was found, (N, 6) in the order of `KINDS`."""
        features = self.trunk(pictures)
        rising = features[-1]
        for block, skip in zip(self.up, reversed(features[:-1]), strict=True):
            rising = block(rising, skip)
        logits = functional.pixel_shuffle(self.head(rising), 2)
        return logits, self.kinds(_seen(features[-1].float(), logits.detach().float()))


class Joining(nn.Module):
    """Twice as fine, beside what the trunk saw there; then pointwise, depthwise, pointwise."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.entry = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.beside = nn.Sequential(nn.Conv2d(skip, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.depthwise = nn.Sequential(
            nn.Conv2d(outputs, outputs, 3, padding=1, groups=outputs, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
        )
        self.pointwise = nn.Sequential(nn.Conv2d(outputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        """(N, C, S, S) and (N, C', 2 S, 2 S) -> (N, C'', 2 S, 2 S)."""
        # pointwise before it is enlarged: a quarter of the work
        risen = functional.interpolate(self.entry(features), scale_factor=2.0, mode="nearest")
        joined = functional.relu(risen + self.beside(skip))
        with exact_on_cpu(joined):
            inner = self.depthwise(joined.float())
        return dense_gradient(functional.relu(joined + self.pointwise(inner)))


def _seen(features: Tensor, logits: Tensor) -> Tensor:
    """What the trunk saw where something was found, and everywhere: (N, 2 C)."""
    weight = functional.adaptive_avg_pool2d(torch.sigmoid(logits), features.shape[-1])
    there = (features * weight).sum((2, 3)) / (weight.sum((2, 3)) + 0.1)
    return torch.cat([there, features.mean((2, 3))], 1)
