"""How strong the detail of a restored part is against the truth's, by its size: what a method leaves faint or overdoes.

    column                  detail, by deviations of the Gaussians that part it, in pixels at 128
    contrast_fine_mask      below 0.8
    contrast_middle_mask    0.8 to 1.5
    contrast_coarse_mask    1.5 to 3

`_face` and `_rest` in place of `_mask`: of the hole only what lies in the face, or outside it (hair, hat, background). 1 is as strong
as the truth. Where the detail lies does not count: noise of the right strength scores 1.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from comparisons.metrics.scorer import MASK, Column, Metric, Region
from restorers.compositing.bands import low_pass
from restorers.images import quantised

SIDE: Final = 128
"""Width = height in pixels at which detail is parted."""
BANDS: Final = {"fine": 0.8, "middle": 1.5, "coarse": 3.0}
"""The largest deviation of each band."""
MARGIN: Final = 2
"""Pixels at 128 next to the edge of the mask that do not count: a seam is no detail of a face."""
FACE: Final = Region("_face", "inside the mask, in the face")
REST: Final = Region("_rest", "inside the mask, outside the face")
REGIONS: Final = (MASK, FACE, REST)

_FLAT: Final = 1e-6
"""Mean square per pixel below which the truth has no such detail."""
_FEWEST: Final = 16
"""Pixels at 128 below which a region is too small to say anything."""
_ABOVE: Final = 1.1
"""How far the face goes beyond the eyes, in distances from eyes to mouth."""
_BELOW: Final = 0.85
"""And beyond the mouth."""
_BESIDE: Final = 1.1
"""Half the face's width, in distances between the eyes, or from eyes to mouth where the head is turned."""

COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {
        column.key: column
        for column in (
            Column(
                Metric(
                    f"contrast_{name}",
                    f"Contrast of {name} detail",
                    "",
                    True,
                    (0.0, math.inf),
                    "1 is as strong as the truth, below is faint, above is overdone: not whether detail is in the right place.",
                    target=1.0,
                ),
                region,
            )
            for region in REGIONS
            for name in BANDS
        )
    }
)
"""Every score by its key."""


class Contrast:
    """The contrast of restored parts of one face over the truth's.

    Args:
        truth: (1, 3, S, S) in [0, 1], S at least 128.
        mask: (1, 1, S, S), 1 = missing.
        landmarks: (1, 5, 2) of the truth as fractions of the side; None leaves the face and the rest without numbers.
    """

    def __init__(self, truth: Tensor, mask: Tensor, landmarks: Tensor | None = None) -> None:
        hidden = functional.adaptive_avg_pool2d((mask > 0).float(), SIDE) == 1
        width = 2 * MARGIN + 1
        inner = 1 - functional.max_pool2d(1 - hidden.float(), width, stride=1, padding=MARGIN)
        face = torch.full_like(inner, math.nan) if landmarks is None else oval(landmarks)
        self._weights = torch.cat([inner, inner * face, inner * (1 - face)], 1)
        pixels = self._weights.sum((2, 3))[0]
        squares = self._squares(truth)
        # what is flat, small or unknown has no contrast
        told = (squares > _FLAT * pixels) & (pixels >= _FEWEST)
        self._truth = torch.where(told, squares, math.nan)

    @torch.inference_mode()
    def __call__(self, restored: Tensor) -> dict[str, float]:
        """Score one restoration (1, 3, S, S) in [0, 1].

        Returns:
            A ratio for each key of `COLUMNS`; NaN where nothing is hidden deep enough or the truth is flat there.
        """
        ratios = (self._squares(restored) / self._truth).sqrt().t().flatten()
        return dict(zip(COLUMNS, ratios.tolist(), strict=True))

    def _squares(self, picture: Tensor) -> Tensor:
        """Sums over each region of each band's squares, (bands, regions)."""
        small = functional.adaptive_avg_pool2d(quantised(picture), SIDE)
        levels = [small, *(low_pass(small, deviation) for deviation in BANDS.values())]
        bands = [(finer - coarser).square().sum(1, keepdim=True) for finer, coarser in pairwise(levels)]
        return torch.stack([(band * self._weights).sum((0, 2, 3), dtype=torch.float64) for band in bands])


def oval(landmarks: Tensor) -> Tensor:
    """The face as the oval that its five points span.

    Args:
        landmarks: (1, 5, 2) as fractions of the side.

    Returns:
        (1, 1, 128, 128), 1 = face.
    """
    points = landmarks[0].double()
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    down = mouth - eyes
    height = float(down.norm().clamp_min(1e-6))
    axis = down / height
    middle = eyes + axis * height * (1 + _BELOW - _ABOVE) / 2
    tall = height * (1 + _ABOVE + _BELOW) / 2
    wide = _BESIDE * max(float((points[1] - points[0]).norm()), height)
    at = (torch.arange(SIDE, dtype=torch.float64) + 0.5) / SIDE
    rows, columns = torch.meshgrid(at, at, indexing="ij")
    offset = torch.stack([columns, rows], -1) - middle
    along, across = offset @ axis, offset @ torch.stack([-axis[1], axis[0]])
    return ((along / tall).square() + (across / wide).square() <= 1).float()[None, None]
