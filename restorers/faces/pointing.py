"""Where a face is, from what a person shows: a box around it, or some of its eyes, nose and mouth corners.

For faces that no detector finds because too much of them is covered. Two points are enough to know size and turn; the
points that cannot be seen are filled in where they lie on the average face.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from restorers.contract import FaceNotFound
from restorers.faces.align import TEMPLATE, Box, Floats

Point = tuple[float, float]
"""x and y in pixels of the photograph."""

POINTS: Final = (
    "one eye",
    "the other eye",
    "the tip of the nose",
    "one corner of the mouth",
    "the other corner of the mouth",
)
"""What to show: no left and no right, which nobody can tell of a face that stands on its head."""
FACE_BOX: Final = Box(0.222, 0.185, 0.778, 0.916)
"""Where detectors' boxes lie in an aligned crop, as fractions of its side: the mean of both detectors of `restorers.faces`
over 32 generated faces, made symmetric (standard deviation 0.05 across, 0.02 down)."""
LEAST_SIDE: Final = 32.0
"""Pixels of the photograph that an aligned crop must span at least: below it no face could be made out."""

_LIKENESS: Final = 0.6
"""As in `restorers.faces`: share of the points' spread that a similarity must explain."""
_ORDERS: Final = ((0, 1, 2, 3, 4), (1, 0, 2, 3, 4), (0, 1, 2, 4, 3), (1, 0, 2, 4, 3))
"""What `POINTS` may stand for among the landmarks: each eye, and each corner of the mouth, may be the left one."""
_AS_LIKELY: Final = 0.01
"""Difference in likeness below which the order decides that turns the face less: two points fit any way round."""


def landmarks_from(points: Sequence[Point | None], box: Box | None = None) -> Floats:
    """Five landmarks from what was shown.

    Args:
        points: up to five in the order of `POINTS`, None where it cannot be seen; which of two eyes or corners comes first
            does not matter.
        box: around the face, from forehead to chin; needed with fewer than two points, else not looked at.

    Returns:
        (5, 2) in pixels of the photograph, in the order of `DetectedFace.landmarks`: shown points as they are, the others
        where the average face has them. Eyes alone are taken for those of a face that is not on its head.

    Raises:
        FaceNotFound: if too little was shown, it spans too few pixels, or the points do not lie as on a face.
        ValueError: if there are more than five points.
    """
    if len(points) > len(POINTS):
        raise ValueError(f"expected up to {len(POINTS)} points, got {len(points)}")
    shown = [place for place, point in enumerate(points) if point is not None]
    given = np.array([points[place] for place in shown], dtype=np.float64).reshape(-1, 2)
    if len(shown) >= 2:
        shown = _arranged(shown, given)
        turn, shift = _fit(TEMPLATE[shown], given)
    elif box is not None:
        turn, shift = _from_box(box, shown, given)
    else:
        raise FaceNotFound(
            "Expected a box or at least two of the five points, got {count}: click one that can be seen.",
            count=len(shown),
        )
    if not abs(turn) >= LEAST_SIDE:
        raise FaceNotFound(
            "Expected a face that spans at least {least:.0f} pixels, got one of {size:.0f}: show it again, "
            "points farther apart, or take a larger photograph.",
            least=LEAST_SIDE,
            size=abs(turn),
        )
    placed = _complex(TEMPLATE) * turn + shift
    landmarks = np.stack([placed.real, placed.imag], axis=1)
    landmarks[shown] = given
    return landmarks.astype(np.float32)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    shared = Box(
        max(one.left, other.left),
        max(one.top, other.top),
        min(one.right, other.right),
        min(one.bottom, other.bottom),
    )
    common = shared.area if shared.left < shared.right and shared.top < shared.bottom else 0.0
    union = one.area + other.area - common
    return common / union if union > 0 else 0.0


def frame(landmarks: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Where the crop lies that `restorers.faces.align` would cut out.

    Args:
        landmarks: (5, 2) in pixels of the photograph.

    Returns:
        (4, 2) corners of a square, clockwise from the one at the face's upper left; it may reach beyond the photograph.
    """
    # the very fit that align makes, read backwards: corners of the crop as the landmarks see them
    back, shift = _fit(np.asarray(landmarks, dtype=np.float64), TEMPLATE)
    corners = (np.array([0, 1, 1 + 1j, 1j]) - shift) / back
    return np.stack([corners.real, corners.imag], axis=1)


def box_of(corners: tuple[Point, Point]) -> Box:
    """The box between two opposite corners, whichever they are."""
    (x0, y0), (x1, y1) = corners
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _complex(points: npt.NDArray[np.float64]) -> npt.NDArray[np.complex128]:
    found: npt.NDArray[np.complex128] = points[:, 0] + 1j * points[:, 1]
    return found


def _fit(template: npt.NDArray[np.float64], points: npt.NDArray[np.float64]) -> tuple[complex, complex]:
    """Turn (with size) and shift of the similarity from template to points; in the complex plane it is a line fit."""
    source, target = _complex(template), _complex(points)
    about, towards = source.mean(), target.mean()
    turn = np.vdot(source - about, target - towards) / np.vdot(source - about, source - about)
    return complex(turn), complex(towards - turn * about)


def _from_box(box: Box, shown: list[int], given: npt.NDArray[np.float64]) -> tuple[complex, complex]:
    """Size from the box, upright; place from the one point if there is one, else from the box's middle."""
    scale = float(np.sqrt(box.area / FACE_BOX.area))
    if shown:
        return complex(scale), complex(_complex(given)[0] - scale * _complex(TEMPLATE[shown])[0])
    here = complex(box.left + box.right, box.top + box.bottom) / 2
    there = complex(FACE_BOX.left + FACE_BOX.right, FACE_BOX.top + FACE_BOX.bottom) / 2
    return complex(scale), here - scale * there


def _arranged(shown: list[int], given: npt.NDArray[np.float64]) -> list[int]:
    """The landmarks that points stand for, whichever eye and whichever corner was shown first.

    Raises:
        FaceNotFound: if they form a face in no order.
    """
    orders = [[order[place] for place in shown] for order in _ORDERS]
    likely = {tuple(order): _likeness(TEMPLATE[order], given) for order in orders}
    most = max(likely.values())
    if not most >= _LIKENESS:
        raise FaceNotFound(
            "Expected eyes, nose and mouth where a face has them, got points that lie otherwise: start again, and "
            "click each where it is."
        )
    fitting = [list(order) for order, likeness in likely.items() if likeness >= most - _AS_LIKELY]
    return min(fitting, key=lambda order: abs(np.angle(_fit(TEMPLATE[order], given)[0])))


def _likeness(template: npt.NDArray[np.float64], points: npt.NDArray[np.float64]) -> float:
    """Share of the points' spread that a similarity from the template explains, 0 to 1."""
    source, target = _complex(template), _complex(points)
    source, target = source - source.mean(), target - target.mean()
    product, spread, wanted = np.vdot(source, target), np.vdot(source, source).real, np.vdot(target, target).real
    return float(abs(product) ** 2 / (spread * wanted)) if wanted > 0 else 0.0
