"""Where the parts of a face are, as heatmaps; frozen, it measures how far a restored face has its parts elsewhere.

An hourglass in the manner of Newell, Yang, Deng: Stacked Hourglass Networks for Human Pose Estimation, ECCV 2016, with one stack,
strided convolutions and concatenated skips.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.hourglass import rising, through
from restorers.networks.two_sides import doubling, halving, keeping

MESH: Final = 162
"""Mesh points of a face in a training batch."""
LEFT: Final = ((33, 12), (133, 50), (159, 64), (145, 53), (468, 152), (70, 30), (105, 44), (107, 45), (64, 26), (61, 24),
               (37, 13), (84, 35))  # fmt: skip
"""Points on the picture's left, as (vertex of MediaPipe's face mesh, column of a batch's points): corners, lids and iris of the eye,
the brow's ends and top, the nostril, the corner and both bows of the mouth."""
RIGHT: Final = ((263, 85), (362, 123), (386, 136), (374, 126), (473, 157), (300, 103), (334, 117), (336, 118), (294, 99),
                (291, 97), (267, 86), (314, 108))  # fmt: skip
"""Their mirror images, in the same order."""
MIDDLE: Final = ((168, 69), (195, 78), (1, 1), (2, 2), (0, 0), (13, 8), (14, 9), (17, 10))
"""On the axis: root, ridge, tip and base of the nose, the four edges of the lips."""
POINTS: Final = (*LEFT, *RIGHT, *MIDDLE)
IRIS: Final = 4
"""Which of LEFT and RIGHT is the iris."""

INPUT_PX: Final = 128
"""Width = height in pixels at which faces are looked at."""
HEATMAP_CELLS: Final = 32
"""Width = height of a heatmap."""
SIGMA: Final = 1.25
"""Standard deviation of a point in cells: 5 px of 128."""
WIDTHS: Final = (24, 48, 64, 96, 128)
"""Channels at 64, 32, 16, 8 and 4 px: 0.7 M weights."""


def chosen(points: Tensor) -> Tensor:
    """The points that are looked for, in the order of POINTS as seen in the picture.

    Args:
        points: (N, 162, 2) of a batch. Columns follow the face when it is mirrored; here they are put back to the picture's sides,
            because a network cannot tell a mirrored face from another one.

    Returns:
        (N, 32, 2), fractions of the side.

    Raises:
        ValueError: if there are not 162 points.
    """
    if points.ndim != 3 or points.shape[1:] != (MESH, 2):
        raise ValueError(f"expected points of shape (N, {MESH}, 2), got {tuple(points.shape)}")
    left, right, middle = (points[:, [column for _, column in group]] for group in (LEFT, RIGHT, MIDDLE))
    straight = torch.cat([left, right, middle], 1)
    crossed = torch.cat([right, left, middle], 1)
    mirrored = left[:, IRIS, 0] > right[:, IRIS, 0]
    return torch.where(mirrored[:, None, None], crossed, straight)


def heatmaps(points: Tensor, cells: int = HEATMAP_CELLS, sigma: float = SIGMA) -> Tensor:
    """Gaussians of height 1 around points (N, P, 2), fractions of the side: (N, P, cells, cells)."""
    centres = torch.arange(cells, device=points.device, dtype=points.dtype)
    # cell k covers (k, k + 1) / cells
    there = points * cells - 0.5
    along_x, along_y = (torch.exp(-0.5 * ((centres - there[..., axis, None]) / sigma).square()) for axis in (0, 1))
    return along_y[..., :, None] * along_x[..., None, :]


def peaks(maps: Tensor, reach: float = 2.0) -> Tensor:
    """The points of heatmaps (N, P, C, C): centroids of their highest cells' neighbourhoods, (N, P, 2), fractions of the side."""
    cells = maps.shape[-1]
    best = maps.flatten(2).argmax(2)
    centres = torch.arange(cells, device=maps.device, dtype=maps.dtype)
    near_x, near_y = (
        ((centres - place[..., None]).abs() <= reach).to(maps.dtype) for place in (best % cells, best // cells)
    )
    # what is far below the peak is no part of it
    weight = (maps - 0.2 * maps.amax((2, 3), keepdim=True)).clamp_min(0) * near_y[..., :, None] * near_x[..., None, :]
    weight = weight / weight.sum((2, 3), keepdim=True).clamp_min(1e-12)
    x, y = (weight.sum(2) * centres).sum(-1), (weight.sum(3) * centres).sum(-1)
    return (torch.stack([x, y], -1) + 0.5) / cells


def heatmap_error(found: Tensor, wanted: Tensor) -> Tensor:
    """Squared error summed over each heatmap, averaged over points and faces: a scalar.

    A sum and not a mean over cells, so that it does not depend on how much empty picture there is; a missed point counts about
    2 pi SIGMA^2 = 10.
    """
    return (found - wanted).square().sum((2, 3)).mean()


class LandmarkNet(nn.Module):
    """Pictures (N, 3, S, S) in [0, 1], S = 128 or 256 -> heatmaps (N, 32, 32, 32) in the order of POINTS."""

    def __init__(self, widths: tuple[int, int, int, int, int] = WIDTHS, points: int = len(POINTS)) -> None:
        super().__init__()
        first, fine, *inner = widths
        self.stem = nn.Sequential(halving(3, first), halving(first, fine), keeping(fine, fine))
        self.down = nn.ModuleList(halving(a, b) for a, b in zip((fine, *inner[:-1]), inner, strict=True))
        self.up = nn.ModuleList(doubling(a, b) for a, b in rising(fine, inner))
        self.head = nn.Sequential(keeping(2 * fine, 64), nn.Conv2d(64, points, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Find the points."""
        if pictures.shape[-1] == 2 * INPUT_PX:
            pictures = functional.avg_pool2d(pictures, 2)
        features = through(self.stem(pictures * 2 - 1), self.down, self.up)
        result: Tensor = self.head(features)
        return result


class KeypointLoss(nn.Module):
    """How far the parts of a restored face are from the truth's: the error between a frozen network's heatmaps of both."""

    def __init__(self, network: nn.Module) -> None:
        """`network` gives heatmaps; it is frozen."""
        super().__init__()
        self.network = network.eval().requires_grad_(requires_grad=False)

    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Compare (N, 3, S, S) pictures in [0, 1]; a scalar, 0 where they are equal."""
        found = self.network(restored)
        # its own answer to the truth, not the labels: where the network errs, the restored face is not to blame
        with torch.no_grad():
            wanted = self.network(truth)
        return heatmap_error(found.float(), wanted.float())
