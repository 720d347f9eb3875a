"""Structural similarity (SSIM) of many pictures with one truth, over the whole picture or a region of it.

Wang et al., Image Quality Assessment: From Error Visibility to Structural Similarity, TIP 2004, DOI 10.1109/TIP.2003.819861:
eq. (13) with K1 = 0.01, K2 = 0.03 and L = 1, in Gaussian windows of 11 x 11 pixels (sigma 1.5), each channel for itself. In
double precision: a variance is the difference of two means that are nearly alike where a picture is smooth.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from torch import Tensor

_WINDOW: Final = 11
_SIGMA: Final = 1.5
_C1: Final = 0.01**2
_C2: Final = 0.03**2

Planes = npt.NDArray[np.float64]
"""(C, H, W)."""


class Similarity:
    """SSIM with one truth; what depends on the truth alone is computed once.

    Args:
        truth: (1, 3, H, W) in [0, 1].
        inside: (1, 1, H, W) of zeros and ones, at least one of them 1: only its pixels count (normalised convolution), and
            each of them is the centre of a window. None: every pixel counts, and a window is used where it lies wholly
            inside the picture, which must hold one.
    """

    def __init__(self, truth: Tensor, inside: Tensor | None = None) -> None:
        self._inside: Planes | None = None
        self._box: tuple[slice, ...] = (slice(None),)
        if inside is not None:
            region = inside[0].numpy() > 0
            # Pixels outside the region enter no window, so the rest of the picture can be cut away.
            self._box = (slice(None), _extent(region[0].any(1)), _extent(region[0].any(0)))
            self._inside = region[self._box].astype(np.float64)
            self._weight = _smoothed(self._inside).clip(1e-12)
        self._truth = self._cut(truth)
        self._mean, self._square = self._means(self._truth), self._means(self._truth * self._truth)

    def __call__(self, picture: Tensor) -> float:
        """Mean SSIM over the region and the channels.

        Args:
            picture: (1, 3, H, W) in [0, 1], the truth's shape.

        Returns:
            A number in [-1, 1]; 1 where the picture is the truth.
        """
        cut = self._cut(picture)
        differs = (cut != self._truth).any(0)
        if not (differs if self._inside is None else differs & (self._inside > 0)).any():
            return 1.0
        if self._inside is not None:
            found = self._windows(cut, self._truth, self._mean, self._square)
            return float((found * self._inside).sum() / (self._inside.sum() * len(found)))
        # a window in which nothing differs gives 1: only those around what was restored need be computed
        rows, columns = (_windows_around(differs.any(axis)) for axis in (1, 0))
        pixels = (slice(None), *(slice(each.start, each.stop + _WINDOW - 1) for each in (rows, columns)))
        windows = (slice(None), rows, columns)
        found = self._windows(cut[pixels], self._truth[pixels], self._mean[windows], self._square[windows])
        return 1.0 + float((found - 1.0).sum()) / self._mean.size

    def _windows(self, picture: Planes, truth: Planes, true_mean: Planes, true_square: Planes) -> Planes:
        """Eq. (13) in each window."""
        mean, square, product = (self._means(planes) for planes in (picture, picture * picture, picture * truth))
        both, squares = mean * true_mean, mean * mean + true_mean * true_mean
        found: Planes = (
            (2 * both + _C1) / (squares + _C1) * (2 * (product - both) + _C2) / (square + true_square - squares + _C2)
        )
        return found

    def _cut(self, picture: Tensor) -> Planes:
        cut: Planes = picture[0].numpy()[self._box].astype(np.float64)
        return cut

    def _means(self, planes: Planes) -> Planes:
        """Gaussian means in the windows of the region; meaningless outside it."""
        if self._inside is not None:
            masked: Planes = _smoothed(planes * self._inside) / self._weight
            return masked
        border = _WINDOW // 2
        return _smoothed(planes)[:, border:-border, border:-border]


def _smoothed(planes: Planes) -> Planes:
    """Gaussian sums of (C, H, W), zeros beyond the border."""
    offsets = np.arange(_WINDOW) - _WINDOW // 2
    kernel = np.exp(-0.5 * (offsets / _SIGMA) ** 2)
    kernel = kernel / kernel.sum()
    # OpenCV, not torch: that unfolds the windows for a convolution of single planes, which takes many times as long.
    smoothed = [cv2.sepFilter2D(plane, -1, kernel, kernel, borderType=cv2.BORDER_CONSTANT) for plane in planes]
    return np.stack(smoothed).astype(np.float64, copy=False)


def _extent(used: npt.NDArray[np.bool_]) -> slice:
    places = np.flatnonzero(used)
    return slice(int(places[0]), int(places[-1]) + 1)


def _windows_around(differs: npt.NDArray[np.bool_]) -> slice:
    """Which windows along one side hold a pixel that differs, of those that lie wholly inside: by their first pixel."""
    pixels = _extent(differs)
    return slice(max(0, pixels.start - _WINDOW + 1), min(len(differs) - _WINDOW + 1, pixels.stop))
