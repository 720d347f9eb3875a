"""Whether the mouth of a restored clip moves as the true one does, and what a frozen patch gets by the same measure.

Ten points on the edges of the lips, found by the landmark network (`restorers.networks.landmark_net`) in the aligned crop, count in
the frames in which the true one lies under the mask. The measure is Pearson's correlation of their places over time with the
truth's (`correlation`), on two kinds of axes:

in the frame  Pixels of the frame, so the head's motion counts. It shows whether the mouth stays where the head takes it: a patch that
              stands still in the frame fails. It says nothing about expression: a patch that is glued to the face passes.
on the face   The aligned crop, in which place, size and tilt of the head are taken out. What is left is expression, and the little
              that turning and nodding still shift. It shows whether what the mouth does behind the cover is recovered: a patch that
              is glued to the face fails. Its motions are of two pixels, so it is the harder one.

Both controls are true pixels of the first covered frame, put under the mask in place of a restoration and measured like one:
`still` stays where it was in the frame, `worn` stays where it was on the face. They need not get 0: the network sees the face around the
patch as well. A mouth is only followed where a restoration is well above the control that stands still on those axes.

The network was trained on whole faces, sharp and soft ones, and finds these points in the true clips of `assets/clips` as it
does in their mirror images (correlation 0.96 or more on the face). JPEG at quality 30, a blur of 1.5 pixels and noise of 8 levels
leave 0.98 or more, frames that jump by a pixel 0.90: its own error hides little. The keypoint term of
the method `dual_stage` is the same network; of that method alone these figures are no independent measure.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from comparisons.video.occlusions import face_points
from comparisons.video.restoring import FrameResult
from comparisons.video.temporal import Mask
from comparisons.video.tracking import moved
from restorers import checkpoints
from restorers.contract import SIDE
from restorers.faces import align
from restorers.faces.align import Affine, Array, Floats
from restorers.networks.landmark_net import LEFT, RIGHT, LandmarkNet, peaks

WEIGHTS: Final = checkpoints.WEIGHTS / "landmark_net.safetensors"
SIDEWAYS: Final = 3
"""The last so many of LEFT and of RIGHT are the mouth's: a corner and two bows."""
LIPS: Final = 4
"""The last so many points of all are the lips' edges on the axis."""
LEAST_FRAMES: Final = 3
"""A point that counts in fewer frames says nothing of motion."""
PIECE: Final = 16
"""Pictures that the network gets at a time."""

Counted = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Correlations:
    """With the truth's motion, on one kind of axes; in [-1, 1]."""

    frame_by_frame: float
    consistent: float
    still: float
    """Of the first frame's pixels at their place in the frame."""
    worn: float
    """Of the first frame's pixels at their place on the face."""


@dataclass
class Mouths:
    """Sees the steps of one clip in order."""

    network: nn.Module
    _crops: list[tuple[Array, ...]] = field(default_factory=list)
    _masks: list[Mask] = field(default_factory=list)
    _affines: list[Affine] = field(default_factory=list)
    _first: tuple[Array, Array] | None = None

    def see(self, step: FrameResult) -> None:
        """Take in the next frame; one in which nothing is covered is passed over."""
        if step.aligned is None or step.covered is None or step.crops is None:
            return
        truth, mask = step.aligned.pixels, step.covered.mask
        if self._first is None:
            self._first = step.original, truth
        frame, crop = self._first
        still = np.where(mask[..., None], align.align(frame, face_points(step.aligned)).pixels, truth)
        worn = np.where(mask[..., None], crop, truth)
        self._crops.append((truth, *step.crops, still, worn))
        self._masks.append(mask)
        self._affines.append(step.aligned.affine)

    def correlations(self) -> tuple[Correlations, Correlations, int]:
        """In the frame, on the face, and how many frames are behind them; NaN where the mouth was seldom covered."""
        if not self._crops:
            nothing = Correlations(*[math.nan] * 4)
            return nothing, nothing, 0
        places = [mouths(self.network, np.stack(kind)) for kind in zip(*self._crops, strict=True)]
        counted = np.stack([under(mask, points) for mask, points in zip(self._masks, places[0], strict=True)])
        framed = [
            np.stack([in_frame(points, affine) for points, affine in zip(kind, self._affines, strict=True)])
            for kind in places
        ]
        frame, face = (
            Correlations(*(correlation(kind, axes[0], counted) for kind in axes[1:])) for axes in (framed, places)
        )
        return frame, face, int(counted.any(axis=1).sum())


def load() -> Mouths:
    """One to begin a clip with.

    Raises:
        MissingWeights: if the landmark network has none.
    """
    network = LandmarkNet()
    checkpoints.load(network, WEIGHTS)
    return Mouths(network.eval())


def mouths(network: nn.Module, crops: Array) -> Floats:
    """The mouth's points in uint8 (T, 256, 256, 3) crops: (T, 10, 2) fractions of the side."""
    with torch.inference_mode():
        pixels = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
        found = torch.cat([peaks(network(piece)) for piece in torch.split(pixels, PIECE)]).numpy()
    left, right = len(LEFT), len(LEFT) + len(RIGHT)
    kept = [
        *range(left - SIDEWAYS, left),
        *range(right - SIDEWAYS, right),
        *range(found.shape[1] - LIPS, found.shape[1]),
    ]
    return np.asarray(found[:, kept], np.float32)


def under(mask: Mask, points: Floats) -> Counted:
    """Which of (P, 2) points, fractions of the side, lie under a mask (S, S)."""
    side = len(mask)
    columns, rows = np.clip((points * side).astype(int), 0, side - 1).T
    return np.asarray(mask[rows, columns])


def in_frame(points: Floats, affine: Affine) -> Floats:
    """(P, 2) places in the frame, in sides of the crop, of places in it; `affine` (2, 3) leads from the frame's pixels to the crop's."""
    back = np.asarray(cv2.invertAffineTransform(affine), np.float64)
    return moved(points * SIDE, back) / np.float32(SIDE)


def correlation(
    restored: npt.NDArray[np.floating], truth: npt.NDArray[np.floating], counted: Counted | None = None
) -> float:
    """Pearson's correlation of motions, pooled over points and axes after each point has lost its mean place.

    Args:
        restored: (T, P, 2) places of P points over time.
        truth: the same shape.
        counted: (T, P), in which frames a point counts; None counts all.

    Returns:
        In [-1, 1]; 0 where the restored points do not move, NaN where the true ones do not or no point counts in three frames.
    """
    kept = np.ones(truth.shape[:2], bool) if counted is None else counted & (counted.sum(axis=0) >= LEAST_FRAMES)
    if len(truth) < LEAST_FRAMES or not kept.any():
        return math.nan
    one, other = (_about_the_mean(np.asarray(points, np.float64), kept) for points in (restored, truth))
    if float(np.abs(other).max()) < 1e-9:
        return math.nan
    norm = math.sqrt(float((one**2).sum()) * float((other**2).sum()))
    return float((one * other).sum()) / norm if norm > 1e-12 else 0.0


def _about_the_mean(points: npt.NDArray[np.float64], kept: Counted) -> npt.NDArray[np.float64]:
    weight = kept[..., None].astype(np.float64)
    mean = (points * weight).sum(axis=0) / weight.sum(axis=0).clip(1)
    return np.asarray((points - mean) * weight)
