"""How the camera has moved since a shot began: the motion of most corners around the head, which is the background's.

Global motion estimation by the similarity that most tracked corners agree on (Lucas-Kanade and RANSAC, as for the face in
`comparisons.video.tracking`), carried from frame to frame and set anew by the shot's first frame wherever enough of it is found again,
so that small errors do not add up. A camera of which nothing tells is taken to stand still.
"""

from typing import Final

import cv2
import numpy as np

from comparisons.video.tracking import Grey, corners_of, followed, moved, similarity, small_grey
from restorers.faces.align import Affine, Array, Floats

CORNERS: Final = 200
"""Most corners that are followed."""
HEAD: Final = (1.7, 2.1)
"""Half axes of the oval around the landmarks in which nothing is followed, in longer sides of their box."""
REANCHORED: Final = 0.4
"""Share of the first frame's corners that must be found again for the motion to be set by them."""
WITHIN: Final = 1.5
"""Pixels of the small picture by which corners may disagree about the motion."""


class Camera:
    """Sees the frames of a clip in order."""

    def __init__(self) -> None:
        """Begin before the first shot."""
        self._shot = -1
        self._motion: Affine = np.eye(2, 3)
        self._first: Grey | None = None
        self._before: Grey | None = None
        self._corners = self._recent = np.empty((0, 2), np.float32)

    def see(self, frame: Array, landmarks: Floats | None, shot: int) -> Affine:
        """Take in the next frame.

        Args:
            frame: uint8 (H, W, 3).
            landmarks: (5, 2) of the face, in its pixels; None where there is none.
            shot: number of the shot.

        Returns:
            (2, 3) from continuous coordinates of the shot's first frame to those of this one.
        """
        grey, scale = small_grey(frame)
        recent = corners_of(grey, _around(grey, None if landmarks is None else landmarks * np.float32(scale)), CORNERS)
        if shot != self._shot or self._first is None or self._before is None:
            self._shot, self._first, self._corners, self._motion = shot, grey, recent, np.eye(2, 3)
        else:
            self._motion = self._moved(grey)
        self._before, self._recent = grey, recent
        # of the small picture, whose whole numbers are centres of pixels, to continuous coordinates of the frame
        there = self._motion.copy()
        there[:, 2] = (there[:, 2] + 0.5 - there[:, :2] @ (0.5, 0.5)) / scale
        return there

    def _moved(self, grey: Grey) -> Affine:
        assert self._first is not None
        assert self._before is not None
        step = _fit(self._before, grey, self._recent, None, 0.0)
        carried = self._motion if step is None else after(step, self._motion)
        anew = _fit(self._first, grey, self._corners, moved(self._corners, carried), REANCHORED)
        return carried if anew is None else anew


def _fit(before: Grey, now: Grey, points: Floats, guess: Floats | None, least: float) -> Affine | None:
    """The similarity by which most of the points have moved."""
    if len(points) == 0:
        return None
    there, tracked = followed(before, now, points, guess)
    return None if tracked.mean() < least else similarity(points[tracked], there[tracked], WITHIN)


def _around(grey: Grey, landmarks: Floats | None) -> Grey:
    """255 where no head is."""
    where = np.full_like(grey, 255)
    if landmarks is not None:
        (x, y), reach = landmarks.mean(axis=0), float(np.ptp(landmarks, axis=0).max())
        axes = (max(1, round(HEAD[0] * reach)), max(1, round(HEAD[1] * reach)))
        cv2.ellipse(where, (round(float(x)), round(float(y))), axes, 0, 0, 360, 0, -1)
    return where


def after(second: Affine, first: Affine) -> Affine:
    """One map after another."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])
