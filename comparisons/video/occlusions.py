"""What covers a face over time: an object that the app puts there, a mask drawn on the first frame, or what a network finds.

Whatever it is, a method gets a mask that is `GROWN` pixels larger than what covers the face: pasting fades in over two pixels inside
the mask, and of the object's rim nothing shall be left.
"""

import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
import torch

from comparisons.video.temporal import Mask
from comparisons.video.tracking import corners_of, followed, moved, similarity, small_grey
from restorers import images
from restorers.contract import SIDE, BadMask, Problem
from restorers.corruptions import masks, occluders
from restorers.faces import occluder_finder
from restorers.faces.align import Affine, Aligned, Array, Floats, at_centres, paste_back
from restorers.sentences import Sentence

GROWN: Final = 3
"""Pixels of the aligned crop by which a mask reaches over what covers the face."""
RECTANGLE_SHARE: Final = 0.16
"""Of the crop that a moving rectangle hides."""
RECTANGLE_ASPECT: Final = 1.25
"""Its width over its height."""
MOVING: Final = ("rectangle", *occluders.OCCLUDER_NAMES)
"""Everything that the app can put on a face that moves."""
SWAY: Final = {"rectangle": (0.35, 0.14), "hand": (0.35, 0.07), "phone": (0.35, 0.06), "microphone": (0.35, 0.06)}
"""How far these move over the face, right and down, in sides of the crop; everything else is worn and moves with the head alone.

So far to either side that the mouth comes out from under them. A mouth that is never seen could have any expression, and whether it
is followed could not be asked: when the objects strayed by 0.08 to 0.16, or were worn, all ten points of the lips were covered in 4
to 36 of each test clip's 36 frames, and in three of five clips some were in every frame. Now they are all covered in 1 to 5 frames,
some in 16 to 28, none in 7 to 16.
"""
RATES: Final = (0.37, 0.53)
"""Swings a second to the right and down."""
_MIDDLE: Final = (0.5, 0.64)
"""Of a rectangle's path: between nose and mouth."""
_REANCHORED: Final = 0.5
"""Share of a mask's corners that must be found again in the first frame's likeness for the mask to be set by them."""
_WIDTH: Final = 2.0
"""Pixels by which corners may disagree about a mask's motion."""


@dataclass(frozen=True, eq=False)
class OccludedFrame:
    """One frame as a method gets it."""

    frame: Array
    """uint8 (H, W, 3): the whole frame, covered."""
    crop: Array
    """uint8 (256, 256, 3): the aligned crop, covered."""
    mask: Mask
    """(256, 256), True = missing."""
    put: Mask | None = None
    """(256, 256), where the app put something on; None where the frame itself shows it."""


class FrameOccluder(ABC):
    """What covers the face; sees every frame of a clip in order."""

    knows_truth: bool = False
    """Whether the clip shows the face uncovered."""
    note: str = ""
    """One sentence for people, once the last frame has been seen."""

    @abstractmethod
    def occlude(self, frame: Array, aligned: Aligned | None, time: Fraction, shot: int) -> OccludedFrame | None:
        """Cover the next frame.

        Args:
            frame: uint8 (H, W, 3).
            aligned: the face in it; None where there is none.
            time: seconds from the first frame.
            shot: number of the shot.

        Returns:
            None where nothing of the face is covered or nothing of it is visible: such a frame stays as it is.
        """


class MovingOccluder(FrameOccluder):
    """A rectangle that wanders over the face, or an object of `restorers.corruptions` that is worn or held before it."""

    knows_truth = True

    def __init__(self, occluder: str, seed: int = 0) -> None:
        """Choose what.

        Args:
            occluder: one of `MOVING`.
            seed: of the object's look and of its path.

        Raises:
            Problem: if there is no such object.
        """
        if occluder not in MOVING:
            raise Problem(
                "Expected something to cover the face with, got {occluder!r}: choose one of {choices}.",
                occluder=occluder,
                choices=", ".join(MOVING),
            )
        self._occluder, self._seed = occluder, seed
        self._phases = self._random("path").uniform(0, 2 * np.pi, 2)
        self._likeness: torch.Tensor | None = None

    def occlude(self, frame: Array, aligned: Aligned | None, time: Fraction, shot: int) -> OccludedFrame | None:  # noqa: ARG002
        """Put it on."""
        if aligned is None:
            return None
        swings = np.sin(2 * np.pi * np.array(RATES) * float(time) + self._phases)
        place = np.array(SWAY.get(self._occluder, (0.0, 0.0))) * swings
        crop, mask = self._rectangle(aligned, place) if self._occluder == "rectangle" else self._object(aligned, place)
        whole = grown(mask)
        if not mask.any() or whole.all():
            return None
        return OccludedFrame(paste_back(frame, crop, aligned, mask), crop, whole, mask)

    def _rectangle(self, aligned: Aligned, place: np.ndarray) -> tuple[Array, Mask]:
        centre = (_MIDDLE[0] + float(place[0]), _MIDDLE[1] + float(place[1]))
        width, height = masks.box_size(SIDE, RECTANGLE_SHARE, RECTANGLE_ASPECT)
        left, top = round(centre[0] * SIDE - width / 2), round(centre[1] * SIDE - height / 2)
        mask = np.zeros((SIDE, SIDE), bool)
        mask[max(top, 0) : top + height, max(left, 0) : left + width] = True
        crop = aligned.pixels.copy()
        crop[mask] = 0
        return crop, mask

    def _object(self, aligned: Aligned, place: np.ndarray) -> tuple[Array, Mask]:
        pixels = images.to_tensor(aligned.pixels)[0]
        if self._likeness is None:
            self._likeness = pixels  # its colours are matched to the first frame once, or they would flicker
        points = np.asarray(aligned.landmarks, np.float32) + place.astype(np.float32)
        # the colours are looked up where the object is, so they wander with it
        across, down = (round(float(part) * SIDE) for part in place)
        likeness = torch.roll(self._likeness, (down, across), (1, 2))
        placed = occluders.place(self._occluder, self._random("look"), SIDE, points, likeness)
        return images.to_array(occluders.composite(pixels, placed)), placed.mask[0].numpy() > 0

    def _random(self, purpose: str) -> np.random.Generator:
        # the same for every frame: the object keeps its look
        return np.random.default_rng([self._seed, zlib.crc32(purpose.encode())])


class DrawnMask(FrameOccluder):
    """A mask drawn on the first frame, which then follows what it covers.

    Its corners are carried from frame to frame by optical flow, and are set anew wherever enough of them are found again in the first
    frame's likeness, so that small errors do not add up. Where nothing under the mask can be followed it moves with the face.
    """

    def __init__(self, mask: Mask) -> None:
        """Take the mask, (H, W) of the frames' size, True = missing."""
        self._mask = mask.astype(np.uint8)
        self._anchor: Array | None = None
        self._before: Array | None = None
        self._corners = np.empty((0, 2), np.float32)
        self._motion: Affine = np.eye(2, 3)
        self._face: Floats | None = None
        self._left_out = 0
        self._with_face = 0

    def occlude(self, frame: Array, aligned: Aligned | None, time: Fraction, shot: int) -> OccludedFrame | None:  # noqa: ARG002
        """Move the mask along, and cut out what of it lies on the face."""
        if shot > 0:  # what was drawn on one shot says nothing about the next
            self._left_out += 1
            self.note = Sentence(
                "The mask was drawn on the first shot; the {count} frames after the cut stay as they are.",
                count=self._left_out,
            )
            return None
        points = None if aligned is None else face_points(aligned)
        self._follow(frame, points)
        self._face = points
        if aligned is None:
            return None
        matrix = (_square(aligned.affine) @ _square(self._motion))[:2]
        # a crop pixel is missing if what covers it was, even partly
        warped = cv2.warpAffine(self._mask * np.uint8(255), at_centres(matrix), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        mask = grown(warped > 0)
        return None if not mask.any() or mask.all() else OccludedFrame(frame, aligned.pixels, mask)

    def _follow(self, frame: Array, points: Floats | None) -> None:
        grey, scale = small_grey(frame)
        if self._anchor is None or self._before is None:
            self._anchor = grey
            where = cv2.resize(self._mask, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST)
            self._corners = corners_of(grey, where.astype(np.uint8, copy=False), 200) / np.float32(scale)
        else:
            self._motion = self._moved(grey, scale, points)
        self._before = grey

    def _moved(self, grey: Array, scale: float, points: Floats | None) -> Affine:
        assert self._anchor is not None
        assert self._before is not None
        here = moved(self._corners, self._motion)
        step = _fit(self._before, grey, here, None, scale)
        if step is None and points is not None and self._face is not None:
            found, _ = cv2.estimateAffinePartial2D(self._face, points)
            step = None if found is None else np.asarray(found, np.float64)
            self._with_face += 1
            self.note = Sentence(
                "In {count} frames nothing under the mask could be followed; it moves with the face there.",
                count=self._with_face,
            )
        carried = self._motion if step is None else (_square(step) @ _square(self._motion))[:2]
        set_anew = _fit(self._anchor, grey, self._corners, moved(self._corners, carried), scale, _REANCHORED)
        return carried if set_anew is None else set_anew


class OccluderDetector(FrameOccluder):
    """What `restorers.faces.occluder_finder` takes for an occluder in each frame, a mean over three frames."""

    def __init__(self) -> None:
        """Load the network.

        Raises:
            MissingWeights: if its trained weights are not there.
        """
        self._finder = occluder_finder.load()
        self._likely: torch.Tensor | None = None
        self._shot = 0

    def occlude(self, frame: Array, aligned: Aligned | None, time: Fraction, shot: int) -> OccludedFrame | None:  # noqa: ARG002
        """Look for it."""
        if aligned is None or shot != self._shot:
            self._likely, self._shot = None, shot
        if aligned is None:
            return None
        likely = self._finder.propose(images.to_tensor(aligned.pixels))
        # the crop is aligned, so that neighbouring frames lie nearly on each other
        self._likely = likely if self._likely is None else (self._likely + 2 * likely) / 3
        mask = grown(occluder_finder.mask_of(self._likely)[0, 0].numpy() > 0)
        return None if not mask.any() or mask.all() else OccludedFrame(frame, aligned.pixels, mask)


def drawn_on(mask: images.Array | str, width: int, height: int) -> DrawnMask:
    """A covering from a mask picture.

    Args:
        mask: path of a PNG, or pixels, white = missing.
        width: of the frames; the mask must be of their size.
        height: the same.

    Raises:
        Problem: if it is no picture, has another size, or hides nothing or everything.
    """
    missing = images.read_mask(mask, (height, width), allow_empty=False)
    if missing.shape != (height, width):
        raise BadMask(
            "Expected a mask of {width} x {height} pixels, as large as the frames: draw it on the first frame.",
            width=width,
            height=height,
        )
    return DrawnMask(missing)


def grown(mask: Mask) -> Mask:
    """The mask, `GROWN` pixels larger all round."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * GROWN + 1, 2 * GROWN + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)


def face_points(aligned: Aligned) -> Floats:
    """(5, 2) the face's landmarks in the frame, in pixels."""
    side = aligned.pixels.shape[0]
    back = np.asarray(cv2.invertAffineTransform(aligned.affine), np.float64)
    return moved(np.asarray(aligned.landmarks, np.float32) * side, back)


def _fit(
    before: Array, now: Array, points: Floats, guess: Floats | None, scale: float, least: float = 0.0
) -> Affine | None:
    """The similarity by which points of the frame have moved; pictures are `scale` times the frame."""
    if len(points) == 0:
        return None
    small = np.float32(scale)
    there, kept = followed(before, now, points * small, None if guess is None else guess * small)
    if kept.mean() < least:
        return None
    return similarity(points[kept], there[kept] / small, _WIDTH / scale)


def _square(affine: Affine) -> np.ndarray:
    return np.vstack([affine, [0, 0, 1]])
