"""What lies behind a head, fetched from the frames that show it: the motion there is the camera's, and not the face's.

Two layers (Wang & Adelson, Representing Moving Images with Layers, IEEE TIP 1994): the head, at rest in the aligned crop, and what is
behind it, at rest before the camera. Which of them a place of the crop shows is read off the pairs of frames between which the two
have moved apart: the layer under whose motion the pixels agree. A hidden place of the background takes its pixel from the nearest
frames, before and after, in which it is neither hidden nor behind the head.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from comparisons.video.deformation import Doubles, oval
from comparisons.video.temporal import Mask, as_float
from restorers.contract import SIDE
from restorers.faces.align import Affine, Array, Floats, at_centres, inverse

APART: Final = 4.0
"""Pixels that the layers must have moved against each other for a pair of frames to tell them apart."""
PAIRS: Final = 24
"""Most pairs that are looked at."""
LOOKS: Final = 24
"""Most frames to either side in which a hidden place is looked for."""
SPREAD: Final = 5.0
"""Pixels over which evidence for a layer is gathered."""
CLEAR: Final = 0.015
"""Difference of what the layers leave, of [0, 1], at which one counts seven times the other."""
RIM: Final = 3
"""Pixels beside a hidden one that are not fetched."""
UNLIKE: Final = 0.06
"""Difference of smoothed pixels around a hidden place, of [0, 1], at which a frame is trusted a third."""
AROUND: Final = 12.0
"""Pixels over which that is taken."""
STEP: Final = 4
"""It is smooth, and computed on every fourth pixel."""
ENOUGH: Final = 0.005
"""Share of a hole for whose rest no further frame is looked at."""
NEAR: Final = 0.15
"""Seconds at which what was seen counts half of what is seen just now."""


@dataclass(frozen=True, eq=False)
class Place:
    """Where a crop lies before the background."""

    way: Affine
    """(2, 3) from continuous coordinates of the background to those of the crop."""
    beyond: Mask
    """(S, S), True where the crop reaches beyond the frame: what it shows there is a mirror image."""


@dataclass(frozen=True, eq=False)
class Behind:
    """What was fetched for one frame."""

    pixels: Floats
    """(S, S, 3) in [0, 1]."""
    weight: Floats
    """(S, S) in [0, 1]: how far to believe it; 0 on the head and where nothing was found."""


class Backdrop:
    """The background of some frames of one shot."""

    def __init__(self, crops: Sequence[Array], masks: Sequence[Mask], places: Sequence[Place], times: Doubles) -> None:
        """Tell the layers apart.

        Args:
            crops: T times uint8 (S, S, 3).
            masks: T times (S, S), True = hidden.
            places: of the T crops.
            times: (T,) seconds.
        """
        self._crops, self._times = [as_float(crop) for crop in crops], times
        self._masks, self._ways = masks, [place.way for place in places]
        rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1))
        unseen = [mask | place.beyond for mask, place in zip(masks, places, strict=True)]
        self._visible = [np.float32(1) - cv2.dilate(mask.astype(np.uint8), rim).astype(np.float32) for mask in unseen]
        self.share = self._layer()
        """(S, S) in [0, 1]: how sure a place of the crop shows the background."""

    def fetch(self, number: int) -> Behind:
        """What other frames show of the background that one frame hides."""
        own, hidden = self._crops[number], self._masks[number]
        total = np.zeros((SIDE, SIDE), np.float32)
        pixels, trust = np.zeros_like(own), np.zeros_like(total)
        for order in (range(number - 1, -1, -1), range(number + 1, len(self._crops))):
            left = hidden & (self.share > 0.05)
            for other in _spaced(order):
                if left.sum() <= ENOUGH * hidden.sum():
                    break
                seen, shown, sure = self._as_seen(other, number, own)
                found = left & shown
                since = abs(float(self._times[other] - self._times[number]))
                weight = np.where(found, (sure + 1e-3) / (1 + (since / NEAR) ** 2), 0).astype(np.float32)
                pixels += weight[..., None] * seen
                total += weight
                trust = np.maximum(trust, np.where(found, sure, np.float32(0)))
                left &= ~found
        mean = (pixels / np.maximum(total, 1e-6)[..., None]).astype(np.float32)
        soft = np.asarray(cv2.GaussianBlur(trust, (0, 0), 1.5), np.float32)
        return Behind(mean, np.minimum(trust, soft * np.float32(1.5)) * self.share)

    def _as_seen(self, other: int, number: int, own: Floats) -> tuple[Floats, Mask, Floats]:
        """Another frame's background where it lies in this one, where it is shown, and how far it agrees with this one there."""
        there = at_centres(_between(self._ways[other], self._ways[number]))
        sheet = np.dstack([self._crops[other], self._visible[other] * (self.share > 0.5).astype(np.float32)])
        moved = np.asarray(cv2.warpAffine(sheet, there, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.float32)
        seen, shown = moved[..., :3], moved[..., 3] > 0.99
        both = (shown & (self._visible[number] > 0) & (self.share > 0.5)).astype(np.float32)
        apart = np.abs(seen - own).mean(axis=-1) * both
        coarse = cv2.resize(np.dstack([apart, both]), (SIDE // STEP, SIDE // STEP), interpolation=cv2.INTER_AREA)
        near = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), AROUND / STEP), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        # far from anything that both show, the whole picture tells
        mean = float(apart.sum() / max(float(both.sum()), 1.0)) if both.sum() > 100 else UNLIKE
        error = (near[..., 0] + 0.01 * mean) / (near[..., 1] + 0.01)
        return seen, shown, np.exp(-((error / UNLIKE) ** 2)).astype(np.float32)

    def _layer(self) -> Floats:
        """Where the crop shows the background rather than the head."""
        evidence, told = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
        for one, other in self._pairs():
            there = at_centres(_between(self._ways[other], self._ways[one]))
            sheet = np.dstack([self._crops[other], self._visible[other]])
            moved = np.asarray(cv2.warpAffine(sheet, there, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.float32)
            here = self._crops[one]
            both = self._visible[one] * self._visible[other] * (moved[..., 3] > 0.99)
            still, drifts = (np.abs(here - as_seen).mean(axis=-1) for as_seen in (sheet[..., :3], moved[..., :3]))
            evidence += both * (still - drifts)
            told += both
        near = cv2.GaussianBlur(np.dstack([evidence, told]), (0, 0), SPREAD)
        # where no pair tells, what lies outside the face is taken for the background
        apart = (near[..., 0] + 0.02 * CLEAR) / (near[..., 1] + 0.02)
        share = 1 / (1 + np.exp(-np.clip(2 * apart / CLEAR, -30, 30)))
        return np.where(oval(SIDE), 0, share).astype(np.float32)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Frames between which the layers have moved apart, each with the next one that will do."""
        count = len(self._crops)
        for one in range(0, count, max(1, count // PAIRS)):
            for other in range(one + 1, count):
                if _shift(_between(self._ways[other], self._ways[one])) > APART:
                    yield one, other
                    break


def _spaced(order: Sequence[int]) -> Iterator[int]:
    """At most `LOOKS` of them, all near ones and ever fewer far ones."""
    place, step = 0, 1.0
    for _ in range(LOOKS):
        if place >= len(order):
            return
        yield order[place]
        place, step = place + int(step), step * 1.15


def _between(one: Affine, other: Affine) -> Affine:
    """The way from one crop to another over what both are maps from."""
    back = inverse(one)
    return np.column_stack([other[:, :2] @ back[:, :2], other[:, :2] @ back[:, 2] + other[:, 2]])


def _shift(way: Affine) -> float:
    """Pixels by which it moves a crop, on average over its corners."""
    corners = np.array([(0, 0), (SIDE, 0), (0, SIDE), (SIDE, SIDE)], np.float64)
    return float(np.linalg.norm(corners @ way[:, :2].T + way[:, 2] - corners, axis=1).mean())
