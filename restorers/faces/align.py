"""Faces in a photograph: finding them (`restorers.faces.detectors`), cutting one out upright, and putting it back.

Coordinates are continuous: (0, 0) is the outer corner of the first pixel, whose centre is (0.5, 0.5), so they scale with the
picture.
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from restorers import images, originals
from restorers.contract import SIDE, FaceNotFound
from restorers.faces.detectors import Array, Box, DetectedFace, Detection, Floats, locate
from restorers.originals import Patch

__all__ = [
    "TEMPLATE",
    "Affine",
    "Aligned",
    "Array",
    "Box",
    "DetectedFace",
    "Detection",
    "Floats",
    "align",
    "at_centres",
    "centre_crop",
    "locate",
    "paste_back",
    "patch",
]

Affine = npt.NDArray[np.float64]

TEMPLATE: Final = (
    np.array(
        [
            (192.98138, 239.94708),
            (318.90277, 240.1936),
            (256.63416, 314.01935),
            (201.26117, 371.41043),
            (313.08905, 371.15118),
        ]
    )
    / 512
)
"""(5, 2) where FFHQ's eyes, nose and mouth corners lie on average, as fractions of the side; facexlib's template."""

NO_FACE: Final = (
    "Expected two eyes, a nose and a mouth in the arrangement of a face, got points that form none: "
    "choose another face or use the centre crop."
)

_LIKENESS: Final = 0.6
"""Share of the landmarks' spread that a similarity must explain; frontal and half-profile faces are above 0.9."""
_ROUNDING: Final = 1e-6
"""Pixels by which a corner may lie outside and still count as on the border."""
_SEAM: Final = 1 / 12
"""Width of the feathered border of a pasted crop, as a fraction of its side."""
_MASK_FEATHER: Final = 2
"""Width in crop pixels over which a pasted region fades in, measured inwards from the mask's edge."""


@dataclass(frozen=True, eq=False)
class Aligned:
    """A square crop of a photograph, and how it was cut."""

    pixels: Array
    """uint8 (side, side, 3)."""
    landmarks: Floats | None
    """(5, 2) as fractions of the side; None where nobody knows them."""
    affine: Affine
    """(2, 3) from the photograph to the crop, continuous pixel coordinates."""
    detector: str
    """What found the landmarks, for people."""
    photograph: tuple[int, int] | None = None
    """Its height and width; None where nobody needs them."""

    @property
    def outside(self) -> npt.NDArray[np.bool_]:
        """(side, side), True where the photograph shows nothing: such pixels are its mirror image and nobody's face."""
        side = self.pixels.shape[0]
        if self.photograph is None:
            return np.zeros((side, side), np.bool_)
        height, width = self.photograph
        back = inverse(self.affine)
        # a pixel is of the photograph if all of its corners are
        corners = np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1)), axis=-1) @ back[:, :2].T + back[:, 2]
        beyond: npt.NDArray[np.bool_] = np.asarray(
            ((corners < -_ROUNDING) | (corners > np.array([width, height]) + _ROUNDING)).any(axis=-1)
        )
        sides: npt.NDArray[np.bool_] = beyond[:-1] | beyond[1:]
        return np.asarray(sides[:, :-1] | sides[:, 1:])


def align(image: Array, landmarks: npt.ArrayLike, side: int = SIDE, detector: str = "given landmarks") -> Aligned:
    """Cut a face out so that it lies as FFHQ's faces do.

    The similarity that brings the landmarks nearest to the template in the least-squares sense (Umeyama, Least-Squares
    Estimation of Transformation Parameters Between Two Point Patterns, PAMI 1991); what lies outside the photograph is
    its mirror image (`Aligned.outside`).

    Args:
        image: uint8 (H, W, 3) RGB.
        landmarks: (5, 2) in pixels of the image, in the order of `DetectedFace.landmarks`.
        side: wanted width and height in pixels.
        detector: what found the landmarks, for people.

    Returns:
        The crop, its landmarks as fractions of its side, and the way back.

    Raises:
        FaceNotFound: if the landmarks do not look like a face.
        ValueError: if there are not five of them.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    if points.shape != (5, 2):
        raise ValueError(f"expected landmarks of shape (5, 2), got {points.shape}")
    affine = _similarity(points, TEMPLATE * side)
    moved = points @ affine[:, :2].T + affine[:, 2]
    fractions = (moved / side).astype(np.float32)
    return Aligned(_warp(image, affine, (side, side)), fractions, affine, detector, (image.shape[0], image.shape[1]))


def centre_crop(image: Array, side: int = SIDE) -> Aligned:
    """Take the largest centred square, for pictures in which no face is found; nobody knows its landmarks."""
    height, width = image.shape[:2]
    square = min(height, width)
    scale = side / square
    # The same whole-pixel offsets as images.centre_square.
    affine = np.array([[scale, 0, -scale * ((width - square) // 2)], [0, scale, -scale * ((height - square) // 2)]])
    return Aligned(images.resize(images.centre_square(image), side), None, affine, "centre crop", (height, width))


def paste_back(
    image: Array, restored: Array, aligned: Aligned, mask: npt.NDArray[np.bool_] | Array | None = None
) -> Array:
    """Put a restored crop back into its photograph at full resolution.

    Args:
        image: uint8 (H, W, 3), the photograph that `aligned` was cut from.
        restored: as for `patch`.
        aligned: as for `patch`.
        mask: as for `patch`.

    Returns:
        uint8 (H, W, 3), a new array; pixels outside the crop (or the mask) are the photograph's own, bit for bit.

    Raises:
        ValueError: as for `patch`.
    """
    result = image.copy()
    laid = patch((image.shape[0], image.shape[1]), restored, aligned, mask)
    if laid is not None:
        originals.blended(result, laid, laid.pixels)
    return result


def patch(
    size: tuple[int, int], restored: Array, aligned: Aligned, mask: npt.NDArray[np.bool_] | Array | None = None
) -> Patch | None:
    """What a restored crop changes in its photograph, at full resolution.

    Args:
        size: height and width of the photograph that `aligned` was cut from.
        restored: uint8 (S, S, 3), the crop's size or a multiple of it.
        aligned: how the crop was cut.
        mask: (S, S) of the restored crop's size, non-zero = missing. With it only those pixels change, fading in over
            two crop pixels inside the mask; without it the whole crop is laid over, fading out towards its border.

    Returns:
        None where the crop lies beside the photograph.

    Raises:
        ValueError: if the crop is not square or the mask does not fit it.
    """
    side = restored.shape[0]
    if restored.shape != (side, side, 3) or (mask is not None and mask.shape != (side, side)):
        fitting = None if mask is None else mask.shape
        raise ValueError(f"expected a crop of shape (S, S, 3) and a mask of (S, S), got {restored.shape} and {fitting}")
    affine = aligned.affine * (side / aligned.pixels.shape[0])
    back = inverse(affine)
    window = _footprint(back, side, size[1], size[0])
    if window is None:
        return None
    left, top, right, bottom = window
    back = back - np.array([[0, 0, left], [0, 0, top]])
    wide = (right - left, bottom - top)
    weight = _seam_weight(side, back, wide) if mask is None else _mask_weight(mask != 0, back, wide)
    return Patch(left, top, _warp(restored, back, wide), weight)


def inverse(affine: Affine) -> Affine:
    """The way back from an affine map (2, 3)."""
    return np.asarray(cv2.invertAffineTransform(affine), np.float64)


def at_centres(affine: Affine) -> Affine:
    """An affine map (2, 3) of continuous coordinates as OpenCV wants it: there whole numbers are the centres of pixels."""
    moved = affine.copy()
    moved[:, 2] += affine[:, :2] @ (0.5, 0.5) - 0.5
    return moved


def _similarity(points: Affine, template: Affine) -> Affine:
    """The (2, 3) rotation, scale and shift from points to template; in the complex plane it is a line fit."""
    source, target = points @ (1, 1j), template @ (1, 1j)
    if not np.isfinite(source).all() or np.ptp(points, axis=0).max() < 1:
        raise FaceNotFound(NO_FACE)
    about, towards = source.mean(), target.mean()
    product = np.vdot(source - about, target - towards)
    spread, wanted = np.vdot(source - about, source - about).real, np.vdot(target - towards, target - towards).real
    if abs(product) ** 2 < _LIKENESS * spread * wanted:
        raise FaceNotFound(NO_FACE)
    turn = product / spread
    shift = towards - turn * about
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _warp(picture: Array, affine: Affine, size: tuple[int, int]) -> Array:
    """Resample uint8 pixels under `affine` (picture -> result) at (width, height) `size`, without aliasing."""
    fine, factor = _supersampled(affine)
    wide = (size[0] * factor, size[1] * factor)
    matrix = at_centres(fine)
    warped = cv2.warpAffine(picture, matrix, wide, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return _averaged(warped, size).astype(np.uint8, copy=False)


def _supersampled(affine: Affine) -> tuple[Affine, int]:
    """The transform onto a grid so much finer that nothing shrinks, and by how many times it is finer."""
    scale = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    factor = max(1, int(np.ceil(1 / scale - 1e-6)))
    return affine * factor, factor


def _averaged(fine: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    same = (fine.shape[1], fine.shape[0]) == size
    return fine if same else cv2.resize(fine, size, interpolation=cv2.INTER_AREA)


def _footprint(back: Affine, side: int, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the photograph's pixels that the crop covers; None where it covers none."""
    corners = np.array([(0, 0), (side, 0), (0, side), (side, side)]) @ back[:, :2].T + back[:, 2]
    left, top = np.floor(corners.min(axis=0)).astype(int).clip(0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int).clip(None, (width, height))
    return (int(left), int(top), int(right), int(bottom)) if left < right and top < bottom else None


def _seam_weight(side: int, back: Affine, size: tuple[int, int]) -> Floats:
    """(height, width) in [0, 1]: 1 inside the crop, falling smoothly to 0 at its border."""
    inwards = np.minimum(np.arange(side), np.arange(side)[::-1]) / (side * _SEAM)
    ramp = inwards.clip(0, 1)
    ramp = ramp * ramp * (3 - 2 * ramp)
    return _warp_weight(np.outer(ramp, ramp).astype(np.float32), back, size)


def _mask_weight(missing: npt.NDArray[np.bool_], back: Affine, size: tuple[int, int]) -> Floats:
    """(height, width) in [0, 1]: 0 wherever the crop's mask is 0, rising to 1 inside it."""
    solid = np.pad(missing.astype(np.uint8), 1, constant_values=1)  # the crop's own border is no edge of the mask
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    if missing.all():
        depth = np.full(missing.shape, _MASK_FEATHER, dtype=np.float32)  # no edge at all: the distance is undefined
    # A stroke thinner than the feather still reaches 1 in its middle.
    reach = cv2.dilate(depth, np.ones((2 * _MASK_FEATHER + 1,) * 2, np.uint8)).clip(1e-6, _MASK_FEATHER)
    return _warp_weight((depth / reach).clip(0, 1).astype(np.float32), back, size, missing.astype(np.float32))


def _warp_weight(weight: Floats, back: Affine, size: tuple[int, int], inside: Floats | None = None) -> Floats:
    """Resample weights to the photograph; with `inside`, exactly 0 where its nearest pixel is 0."""
    fine, factor = _supersampled(back)
    matrix, wide = at_centres(fine), (size[0] * factor, size[1] * factor)
    warped: npt.NDArray[Any] = cv2.warpAffine(weight, matrix, wide, flags=cv2.INTER_LINEAR)
    if inside is not None:
        warped = warped * (cv2.warpAffine(inside, matrix, wide, flags=cv2.INTER_NEAREST) > 0)
    return _averaged(warped, size).astype(np.float32, copy=False)
