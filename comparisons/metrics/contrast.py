"""How strong the forms of a restored part are against the truth's, by their size: what a painter leaves faint or overdoes.

    column                  forms, deviations of the Gaussians that part them, in pixels at 128
    contrast_fine_mask      below 0.8
    contrast_middle_mask    0.8 to 1.5
    contrast_coarse_mask    1.5 to 3

1 is as strong as the truth. Where forms lie does not count: noise of the right strength scores 1.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from comparisons.metrics.scorer import MASK, Column, Metric
from restorers.compositing.bands import low_pass
from restorers.images import quantised

SIDE: Final = 128
"""Width = height in pixels at which forms are parted."""
BANDS: Final = {"fine": 0.8, "middle": 1.5, "coarse": 3.0}
"""The largest deviation of each band."""
MARGIN: Final = 2
"""Pixels at 128 next to the edge of the mask that do not count: a seam is no form of a face."""
_FLAT: Final = 1e-6
"""Mean square per pixel below which the truth has no such forms."""

COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {
        column.key: column
        for column in (
            Column(
                Metric(
                    f"contrast_{name}",
                    f"Contrast of {name} forms",
                    "",
                    True,
                    (0.0, math.inf),
                    "1 is as strong as the truth, below is faint, above is overdone: not whether forms are in the right place.",
                    target=1.0,
                ),
                MASK,
            )
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
    """

    def __init__(self, truth: Tensor, mask: Tensor) -> None:
        hidden = functional.adaptive_avg_pool2d((mask > 0).float(), SIDE) == 1
        width = 2 * MARGIN + 1
        self._inner = 1 - functional.max_pool2d(1 - hidden.float(), width, stride=1, padding=MARGIN)
        least = _FLAT * float(self._inner.sum())
        self._truth = [length if length > least else math.nan for length in self._squares(truth)]

    @torch.inference_mode()
    def __call__(self, restored: Tensor) -> dict[str, float]:
        """Score one restoration (1, 3, S, S) in [0, 1].

        Returns:
            A ratio for each key of `COLUMNS`; NaN where nothing is hidden deep enough or the truth is flat there.
        """
        ratios = (math.sqrt(ours / theirs) for ours, theirs in zip(self._squares(restored), self._truth, strict=True))
        return dict(zip(COLUMNS, ratios, strict=True))

    def _squares(self, picture: Tensor) -> list[float]:
        small = functional.adaptive_avg_pool2d(quantised(picture), SIDE)
        levels = [small, *(low_pass(small, deviation) for deviation in BANDS.values())]
        return [
            float(((finer - coarser).square() * self._inner).sum(dtype=torch.float64))
            for finer, coarser in pairwise(levels)
        ]
