"""Finding the faces of a photograph at any turn and of any size, each with its landmarks the right way up.

Detectors know upright faces: one on its head is found with its eyes where the chin is, and one on its side askew. So each face
is looked at once more, cut out and turned by quarters, and the reading counts in which it looks most like a face; where none
is found at all, the whole photograph is turned, and large or long ones are looked through in tiles.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from restorers.faces import detectors, pointing
from restorers.faces.align import at_centres, inverse
from restorers.faces.detectors import LONG_SIDE, Array, Box, DetectedFace, Detection, Floats

Affine = npt.NDArray[np.float64]

_QUARTERS: Final = (90.0, 180.0, 270.0)
_EIGHTHS: Final = (45.0, 135.0, 225.0, 315.0)
_LONG: Final = 2.0
"""Ratio of the sides from which a photograph is looked through in tiles anyhow: seen whole, its faces are tiny."""
_MOST_TILES: Final = 16
_OVERLAP: Final = 0.25
"""Share of a tile that its neighbour shows too, so that no face lies on a border of both."""
_SAME: Final = 0.3
"""Intersection over union from which two boxes are of one face."""
_ROOM: Final = 0.6
"""How far beyond a drawn box a face is looked for, in longer sides of the box."""
_LEAST_OVERLAP: Final = 0.2
"""Intersection over union from which a face counts as the one that was meant; people draw boxes with room around."""
_CROP: Final = 320
"""Side in pixels of the crop in which a face is looked at once more."""
_MARGIN: Final = 0.25
"""How far that crop reaches beyond an aligned one on each side, in sides of the aligned one."""
_SURE: Final = 1.0
"""Powers of ten between the odds of the likeliest and the next reading of a face, below which nobody knows which way is up."""
_ASKEW: Final = 12.0
"""Degrees by which landmarks may be turned against each other and still be of one reading."""
_OTHERWISE: Final = 45.0
"""Degrees from which two readings are of different ways up."""
_ROUNDS: Final = 4
"""How often a reading that turns the face is looked at again, the right way up."""


class _Reading(NamedTuple):
    """A face as it is read one way up."""

    odds: float
    """Of being a face, as a power of ten."""
    face: DetectedFace


def find(image: Array, weights: Path | None = None) -> Detection:
    """Find the faces of a photograph, whichever way up they are.

    Args:
        image: uint8 (H, W, 3) RGB.
        weights: as for `detectors.locate`.

    Returns:
        Faces, largest first, in pixels of the photograph; a face of which nobody could say which way is up is left out.
    """
    finder = _Finder(image, weights)
    finder.look([_whole(image)], (0.0,))
    height, width = image.shape[:2]
    if max(height, width) > _LONG * min(height, width):
        finder.look(_tiles(height, width), (0.0,))
    for turns in (_QUARTERS, _EIGHTHS):
        if not finder.faces:
            finder.look([_whole(image)], turns)
    if not finder.faces and max(height, width) > 2 * LONG_SIDE:
        finder.look(_tiles(height, width), (0.0,))
    return Detection(tuple(sorted(finder.faces, key=lambda face: -face.box.area)), finder.name)


def find_in(image: Array, box: Box) -> Detection:
    """Look for the one face in a box: enlarged, a face is found that was overlooked in the whole photograph.

    Args:
        image: uint8 (H, W, 3).
        box: around the face, in pixels of the image.

    Returns:
        The face that covers the box best, in pixels of the image; none where there is none.
    """
    left, top, right, bottom = _around(image, box)
    if right - left < 2 or bottom - top < 2:
        return Detection((), "")
    found = find(np.ascontiguousarray(image[top:bottom, left:right]))
    offset = np.array([left, top], dtype=np.float32)
    moved = [
        DetectedFace(
            Box(face.box.left + left, face.box.top + top, face.box.right + left, face.box.bottom + top),
            face.landmarks + offset,
            face.confidence,
        )
        for face in found.faces
    ]
    fitting = [face for face in moved if pointing.overlap(face.box, box) > _LEAST_OVERLAP]
    best = max(fitting, key=lambda face: pointing.overlap(face.box, box), default=None)
    return Detection(() if best is None else (best,), found.detector)


class _Finder:
    """What has been seen of one photograph so far."""

    def __init__(self, image: Array, weights: Path | None) -> None:
        self.image, self.weights = image, weights
        self.name = ""
        self.faces: list[DetectedFace] = []
        self._doubtful: list[Box] = []

    def look(self, windows: list[Box], turns: tuple[float, ...]) -> None:
        """Look through parts of the photograph at some turns, and keep every face whose upright reading is sure."""
        candidates = [face for window in windows for turn in turns for face in self._seen(window, turn)]
        for face in sorted(candidates, key=lambda one: -one.confidence):
            known = [*(one.box for one in self.faces), *self._doubtful]
            if any(pointing.overlap(face.box, box) > _SAME for box in known):
                continue
            upright = self._upright(face)
            if upright is None:
                self._doubtful.append(face.box)
            elif not any(pointing.overlap(upright.box, one.box) > _SAME for one in self.faces):
                self.faces.append(upright)

    def _seen(self, window: Box, turn: float) -> Iterator[DetectedFace]:
        left, top, right, bottom = map(int, window)
        part = self.image[top:bottom, left:right]
        scale = min(1.0, LONG_SIDE / max(part.shape[:2]))
        size = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
        # from the photograph's pixels to those that are looked at
        there = np.array([[size[0] / part.shape[1], 0, 0], [0, size[1] / part.shape[0], 0]])
        there[:, 2] = -there[:, :2] @ (left, top)
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False) if scale < 1 else part
        turned, around = _turned(small, turn)
        yield from self._located(turned, _after(around, there))

    def _located(self, picture: Array, there: Affine, long_side: int = LONG_SIDE) -> Iterator[DetectedFace]:
        """Faces of a picture that was made of the photograph by `there`, in the photograph's pixels."""
        found = detectors.locate(picture, self.weights, long_side)
        self.name = found.detector
        back = inverse(there)
        for face in found.faces:
            landmarks = (face.landmarks @ back[:, :2].T + back[:, 2]).astype(np.float32)
            yield DetectedFace(_box(face.box, back), landmarks, face.confidence)

    def _upright(self, face: DetectedFace) -> DetectedFace | None:
        """The face the right way up; None where another way is as likely, or nothing is a face on a second look."""
        for _ in range(_ROUNDS):
            readings = sorted(self._readings(face), key=lambda one: -one.odds)
            if not readings:
                return None
            best = readings[0]
            if _angle(best.face.landmarks, face.landmarks) < _ASKEW:
                others = [one.odds for one in readings if _angle(best.face.landmarks, one.face.landmarks) > _OTHERWISE]
                return face if best.odds - max(others, default=0.0) >= _SURE else None
            face = best.face  # and once more, now that it stands the right way up
        return None

    def _readings(self, face: DetectedFace) -> Iterator[_Reading]:
        """The face cut out and turned by quarters: what a detector takes it for each time."""
        try:
            frame = pointing.frame(face.landmarks)
        except ZeroDivisionError:
            return
        middle, across, down = frame.mean(axis=0), frame[1] - frame[0], frame[3] - frame[0]
        corner = middle - (0.5 + _MARGIN) * (across + down)
        side = (1 + 2 * _MARGIN) / _CROP
        there = inverse(np.stack([across * side, down * side, corner], axis=1))
        crop = _cut(self.image, there, _CROP)
        for turn in (0.0, *_QUARTERS):
            turned, around = _turned(crop, turn)
            for other in self._located(turned, _after(around, there), _CROP):
                if pointing.overlap(other.box, face.box) > _SAME:
                    yield _Reading(-float(np.log10(max(1 - other.confidence, 1e-7))), other)


def _around(image: Array, box: Box) -> tuple[int, int, int, int]:
    height, width = image.shape[:2]
    margin = _ROOM * max(box.right - box.left, box.bottom - box.top)
    left, top = max(int(box.left - margin), 0), max(int(box.top - margin), 0)
    return left, top, min(int(box.right + margin) + 1, width), min(int(box.bottom + margin) + 1, height)


def _whole(image: Array) -> Box:
    return Box(0, 0, image.shape[1], image.shape[0])


def _tiles(height: int, width: int) -> list[Box]:
    """Squares that cover a picture and overlap, as small as the largest number of them allows."""
    side = min(height, width, LONG_SIDE)
    while len(tiles := _grid(height, width, side)) > _MOST_TILES:
        side = min(round(side * 1.1), max(height, width))
    return tiles


def _grid(height: int, width: int, side: int) -> list[Box]:
    across, down = (_starts(length, min(side, length)) for length in (width, height))
    return [Box(left, top, left + min(side, width), top + min(side, height)) for top in down for left in across]


def _starts(length: int, side: int) -> list[int]:
    """Where tiles of a side begin so that they cover a length."""
    count = 1 if side >= length else int(np.ceil((length - side) / (side * (1 - _OVERLAP)))) + 1
    return [round(start) for start in np.linspace(0, length - side, count)]


def _turned(picture: Array, degrees: float) -> tuple[Array, Affine]:
    """A picture turned clockwise onto a canvas that holds all of it, and the map of its continuous coordinates there."""
    height, width = picture.shape[:2]
    turn = np.exp(1j * np.radians(degrees))
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)]) @ matrix.T
    shift = -corners.min(axis=0)
    around = np.column_stack([matrix, shift])
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(picture, -round(degrees / 90))), np.round(around)
    size = np.ceil(np.ptp(corners, axis=0)).astype(int)
    return _cut(picture, around, int(size[0]), int(size[1])), around


def _cut(picture: Array, there: Affine, width: int, height: int | None = None) -> Array:
    """Pixels under a map of continuous coordinates, averaged where they shrink; black beyond the picture."""
    size = (width, width if height is None else height)
    scale = float(np.sqrt(abs(np.linalg.det(there[:, :2]))))
    factor = max(1, min(8, int(np.ceil(1 / scale - 1e-6))))
    fine = cv2.warpAffine(
        picture, at_centres(there * factor), (size[0] * factor, size[1] * factor), flags=cv2.INTER_LINEAR
    )
    return (
        cv2.resize(fine, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        if factor > 1
        else fine.astype(np.uint8, copy=False)
    )


def _after(second: Affine, first: Affine) -> Affine:
    """One map after another."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])


def _box(box: Box, back: Affine) -> Box:
    """A box where a map takes its middle, as large as it makes it."""
    middle = back[:, :2] @ ((box.left + box.right) / 2, (box.top + box.bottom) / 2) + back[:, 2]
    scale = float(np.sqrt(abs(np.linalg.det(back[:, :2]))))
    half = np.array([box.right - box.left, box.bottom - box.top]) * scale / 2
    if abs(back[0, 0]) < abs(back[0, 1]):
        half = half[::-1]
    return Box(*map(float, (*(middle - half), *(middle + half))))


def _angle(one: Floats, other: Floats) -> float:
    """Degrees, 0 to 180, by which a face's landmarks are turned against another's."""
    turns = [complex(*(points[1] + points[4] - points[0] - points[3])) for points in (one, other)]
    return abs(float(np.degrees(np.angle(turns[0] / turns[1])))) if all(turns) else 180.0
