"""Putting a restored face back into its photograph, so that no seam shows and nothing else changes.

The restored crop is first brought to the colours that surround it: what is visible at the edge of the mask and what was
painted next to it shall agree, and their difference is spread smoothly over the painted part (membrane interpolation
after Perez, Gangnet, Blake: Poisson Image Editing, SIGGRAPH 2003). Then it is warped back at the photograph's own
resolution and faded in, inside the mask only (`restorers.faces.paste_back`).
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from restorers import images, originals
from restorers.compositing.poisson import harmonic_fill
from restorers.faces import align
from restorers.images import Array

_ALONG: Final = 7
"""Pixels of the seam over which its difference is averaged: texture on either side must not become stripes inside."""


def put_back(photograph: Array, restored: Array, cut: align.Aligned, mask: npt.NDArray[np.bool_] | None) -> Array:
    """The photograph with a restored face in it.

    Args:
        photograph: uint8 (H, W, 3), what `cut` was cut from.
        restored: uint8 (S, S, 3) of the cut's own side.
        cut: how the face was cut out.
        mask: bool (S, S), True = missing: only there the photograph changes. None where the method changed visible
            pixels too: then the whole crop is laid over, fading out towards its border.

    Returns:
        uint8 (H, W, 3), a new array; every pixel whose place in the crop is not masked is the photograph's own, bit for
        bit.

    Raises:
        ValueError: if a shape does not fit.
    """
    result = photograph.copy()
    laid = patch((photograph.shape[0], photograph.shape[1]), restored, cut, mask)
    if laid is not None:
        originals.blended(result, laid, laid.pixels)
    return result


def patch(
    size: tuple[int, int], restored: Array, cut: align.Aligned, mask: npt.NDArray[np.bool_] | None
) -> originals.Patch | None:
    """What a restored face changes in its photograph.

    Args:
        size: height and width of the photograph.
        restored: as for `put_back`, and so are `cut` and `mask`.
        cut: how the face was cut out.
        mask: True = missing, or None.

    Returns:
        None where the crop lies beside the photograph.

    Raises:
        ValueError: if a shape does not fit.
    """
    if mask is None:
        return align.patch(size, restored, cut)
    return align.patch(size, harmonised(restored, cut.pixels, mask), cut, mask)


def harmonised(restored: Array, visible: Array, mask: npt.NDArray[np.bool_]) -> Array:
    """Bring what was painted to the colours that surround it.

    Args:
        restored: uint8 (S, S, 3), painted where the mask is True.
        visible: uint8 (S, S, 3), the photograph's own crop, right where the mask is False.
        mask: bool (S, S), True = missing.

    Returns:
        uint8 (S, S, 3): `visible` outside the mask.

    Raises:
        ValueError: if the shapes differ.
    """
    if restored.shape != visible.shape or mask.shape != restored.shape[:2]:
        raise ValueError(
            f"expected two crops and a mask of one size, got {restored.shape}, {visible.shape} and {mask.shape}"
        )
    if mask.all() or not mask.any():
        return restored.copy() if mask.all() else visible.copy()
    hidden = images.mask_to_tensor(mask)
    painted, pixels = images.to_tensor(restored), images.to_tensor(visible)
    seam = functional.max_pool2d(hidden, 3, 1, 1) - hidden
    # each visible pixel of the seam against the painted ones that touch it
    difference = pixels - _mean_of(painted, hidden, 3)
    error = _mean_of(difference, seam, _ALONG) * seam
    return images.to_array(torch.where(hidden > 0, painted + harmonic_fill(error, seam), pixels))


def _mean_of(values: Tensor, known: Tensor, window: int) -> Tensor:
    """The mean over the known pixels of a window around each pixel; 0 where it holds none."""
    reach = window // 2
    sums = functional.avg_pool2d(values * known, window, 1, reach)
    return sums / functional.avg_pool2d(known, window, 1, reach).clamp_min(1e-6)
