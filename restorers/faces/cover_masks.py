"""Masks of what covers a face: grown and shrunk, and moved between a photograph and the crops that are cut out of it."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from restorers.contract import BadMask
from restorers.faces.align import Aligned, at_centres, inverse

Mask = npt.NDArray[np.bool_]

GROWN: Final = 5
"""Pixels of 256 by which the mask of a real cover is grown: its rim and shadow, left visible, would colour what is painted. Looked
at on real covers with masks drawn by hand: at 2 dark frames come back as glasses, at 5 they are gone."""
MOST_GROWN: Final = 24
"""Pixels of 256 by which a mask may be grown or shrunk."""
_TOUCHED: Final = 0.02
"""Share of a pixel from which it counts as covered."""


def grown(mask: Mask, pixels: int) -> Mask:
    """A mask with a rim.

    Args:
        mask: (H, W), True = missing.
        pixels: by which it grows on every side, at most `MOST_GROWN`; shrinks where it is negative.

    Returns:
        (H, W); as it was where the number is 0.
    """
    reach = min(abs(int(pixels)), MOST_GROWN)
    if not reach:
        return mask.copy()
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    change = cv2.dilate if pixels > 0 else cv2.erode
    # beyond the border nothing is known, so a cover that runs into it does not shrink there
    solid = np.pad(mask.astype(np.uint8), reach, mode="edge")
    return np.asarray(change(solid, disc)[reach:-reach, reach:-reach] > 0)


def in_crop(mask: Mask, cut: Aligned) -> Mask:
    """The part of a photograph's mask that lies in a face's crop.

    Args:
        mask: (H, W) of the photograph, True = missing.
        cut: how the face was cut out.

    Returns:
        (side, side): a pixel is missing if any part of it worth the name is.

    Raises:
        BadMask: if the mask is not as large as the photograph.
    """
    if cut.photograph is not None and mask.shape != cut.photograph:
        raise wrong_size(mask.shape, cut)
    side = cut.pixels.shape[0]
    scale = float(np.sqrt(abs(np.linalg.det(cut.affine[:, :2]))))
    factor = max(1, int(np.ceil(1 / scale - 1e-6)))
    fine = (side * factor, side * factor)
    moved = cv2.warpAffine(mask.astype(np.float32), at_centres(cut.affine * factor), fine, flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(moved, (side, side), interpolation=cv2.INTER_AREA) > _TOUCHED)


def in_photograph(mask: Mask, cut: Aligned, size: tuple[int, int]) -> Mask:
    """A crop's mask as it lies in the photograph.

    Args:
        mask: (side, side), True = missing.
        cut: how the face was cut out.
        size: height and width of the photograph.
    """
    back = inverse(cut.affine)
    wide = (size[1], size[0])
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), at_centres(back), wide, flags=cv2.INTER_NEAREST) > 0)


def fitted(missing: Mask, side: int, cut: Aligned | None) -> Mask:
    """A mask that somebody sent, at the size of a face's crop.

    Args:
        missing: (H, W), True = missing; one of the crop's own size is the crop's, even where the photograph is as small.
        side: of the crop.
        cut: how the face was cut out of its photograph; None where there is no photograph.

    Raises:
        BadMask: if it is neither as large as the crop nor as the photograph.
    """
    if missing.shape == (side, side):
        return missing
    if cut is not None and cut.photograph == missing.shape:
        return in_crop(missing, cut)
    raise wrong_size(missing.shape, cut)


def wrong_size(shape: tuple[int, ...], cut: Aligned | None) -> BadMask:
    """The sentence on a mask of another size."""
    if cut is None or cut.photograph is None:
        return BadMask(
            "Expected a mask of 256 x 256 pixels, got {width} x {height}: save it at the face's size and try again.",
            width=shape[1],
            height=shape[0],
        )
    height, width = cut.photograph
    return BadMask(
        "Expected a mask as large as the photograph ({width} x {height}) or as the face (256 x 256), got "
        "{got_width} x {got_height}: save it at one of these sizes and try again.",
        width=width,
        height=height,
        got_width=shape[1],
        got_height=shape[0],
    )
