"""Where the five points of a corrupted face are: eyes, tip of the nose, corners of the mouth, under whatever hides them."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

INPUT: Final = 64
"""Width = height in pixels at which faces are looked at."""
WIDTHS: Final = (8, 16, 24, 24)
"""Channels at 32, 16, 8 and 4 px."""
HIDDEN: Final = 16
"""Width of the layer that sees the whole face: 17 thousand weights in all."""
MIDDLE: Final = ((0.38, 0.47), (0.62, 0.47), (0.50, 0.61), (0.40, 0.73), (0.60, 0.73))
"""Where the points of an aligned face are, as fractions of the side: what the network adds to."""
LEAST: Final = 0.02
"""Distance of the eyes, as a fraction of the side, below which a face is too small or too much in profile to divide by it."""


class FivePointRegressor(nn.Module):
    """Corrupted faces -> five points. It is told which pixels are missing, and guesses what lies behind them from the rest."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, width in zip((4, *WIDTHS[:-1]), WIDTHS, strict=True):
            layers += [nn.Conv2d(before, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.LeakyReLU(0.2)]
        self.look = nn.Sequential(*layers)
        self.hidden = nn.Linear(WIDTHS[-1] * (INPUT // 2 ** len(WIDTHS)) ** 2, HIDDEN)
        self.points = nn.Linear(HIDDEN, 2 * len(MIDDLE))

    def forward(self, pixels: Tensor, mask: Tensor) -> Tensor:
        """Find them.

        Args:
            pixels: (N, 3, S, S) in [0, 1], S a multiple of 64; those under the mask are not looked at.
            mask: (N, 1, S, S), 1 = missing.

        Returns:
            (N, 5, 2), fractions of the side, in the order of `Corrupted.landmarks`.
        """
        seen = torch.cat([(pixels * 2 - 1) * (1 - mask), mask], 1)
        features = self.look(functional.avg_pool2d(seen, pixels.shape[-1] // INPUT))
        found: Tensor = self.points(functional.leaky_relu(self.hidden(features.flatten(1)), 0.2)).float()
        return found.view(-1, len(MIDDLE), 2) + found.new_tensor(MIDDLE)


def point_error(found: Tensor, wanted: Tensor) -> Tensor:
    """Distance of points (N, 5, 2) from where they are, as a share of the eyes' distance: (N,), means over the points."""
    eyes = (wanted[:, 1] - wanted[:, 0]).norm(dim=1).clamp_min(LEAST)
    error: Tensor = (found - wanted).norm(dim=2).mean(1) / eyes
    return error
