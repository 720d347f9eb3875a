"""What lies behind a head, fetched from the frames that show it: the motion there is the camera's, and not the face's.

Two layers (Wang & Adelson, Representing Moving Images with Layers, IEEE TIP 1994): the head, at rest in the aligned crop, and what is
behind it, at rest before the camera. Which of them a place of the crop shows is read off the pairs of frames between which the two
have moved apart: the layer under whose motion the pixels agree, and half of each where no pair tells. A hidden place of the
background takes its pixel from the nearest frames, before and after, in which it is neither hidden nor behind the head.

Neck, hair and shoulders are neither layer: they turn and bend as the head moves, but not with it. `beside` gives them motions of their
own, learnt where the face is not, from what the camera's motion leaves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from comparisons.video import deformation
from comparisons.video.deformation import POINTS, Deformation, Doubles, Observed, oval
from comparisons.video.temporal import Mask, as_float, carried, fine, inverted, unlikeness
from restorers.contract import SIDE
from restorers.faces.align import Affine, Array, Floats, at_centres, inverse

APART: Final = 8.0
"""Pixels that the layers must have moved against each other for a pair of frames to tell them apart; half as many take a neck for
background as often as not."""
PAIRS: Final = 12
"""Most pairs that are looked at."""
LOOKS: Final = 24
"""Most frames to either side in which a hidden place is looked for."""
SPREAD: Final = 5.0
"""Pixels over which evidence for a layer is gathered."""
CLEAR: Final = 0.015
"""Difference of what the layers leave, of [0, 1], at which one counts seven times the other."""
MAYBE: Final = 0.25
"""Share of the background from which a place is looked at as one of it."""
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
SURE: Final = 0.1
"""Pixels of error below which one motion is as good as another."""


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

    def __init__(
        self,
        crops: Sequence[Array],
        masks: Sequence[Mask],
        places: Sequence[Place],
        times: Doubles,
        moved: Floats | None = None,
    ) -> None:
        """Tell the layers apart.

        Args:
            crops: T times uint8 (S, S, 3).
            masks: T times (S, S), True = hidden.
            places: of the T crops.
            times: (T,) seconds.
            moved: (T, N, N, 2) motion of what is no background, as in `Deformation`; None where it rests in the crop.
        """
        self._moved = np.zeros((len(crops), POINTS, POINTS, 2), np.float32) if moved is None else moved
        self._crops, self._times = [as_float(crop) for crop in crops], times
        self._masks, self._ways = masks, [place.way for place in places]
        rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1))
        unseen = [mask | place.beyond for mask, place in zip(masks, places, strict=True)]
        self._visible = [np.float32(1) - cv2.dilate(mask.astype(np.uint8), rim).astype(np.float32) for mask in unseen]
        self.share = self._layer()
        """(S, S) in [0, 1]: how sure a place of the crop shows the background."""
        behind = (self.share > MAYBE).astype(np.float32)
        self._shown = [visible * behind for visible in self._visible]

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
                there = at_centres(_between(self._ways[other], self._ways[number]))
                shown = _warped(self._shown[other], there) > 0.99
                found = left & shown
                if not found.any():
                    continue
                seen = _warped(self._crops[other], there)
                sure = self._agreement(seen, own, shown & (self._shown[number] > 0), found)
                since = abs(float(self._times[other] - self._times[number]))
                weight = ((sure + 1e-3) / (1 + (since / NEAR) ** 2)).astype(np.float32)
                pixels[found] += weight[:, None] * seen[found]
                total[found] += weight
                trust[found] = np.maximum(trust[found], sure)
                left &= ~found
        mean = (pixels / np.maximum(total, 1e-6)[..., None]).astype(np.float32)
        soft = np.asarray(cv2.GaussianBlur(trust, (0, 0), 1.5), np.float32)
        return Behind(mean, np.minimum(trust, soft * np.float32(1.5)) * self.share)

    def _agreement(self, seen: Floats, own: Floats, shared: Mask, wanted: Mask) -> Floats:
        """(W,) in [0, 1]: how far another frame's background agrees with this one's around each wanted place, where both show it."""
        # every second pixel is enough for what is smooth
        both = shared[::2, ::2].astype(np.float32)
        apart = unlikeness(np.ascontiguousarray(seen[::2, ::2]), np.ascontiguousarray(own[::2, ::2])) * both
        coarse = cv2.resize(np.dstack([apart, both]), (SIDE // STEP, SIDE // STEP), interpolation=cv2.INTER_AREA)
        near = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), AROUND / STEP), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        # far from anything that both show, the whole picture tells
        mean = float(apart.sum() / max(float(both.sum()), 1.0)) if both.sum() > 25 else UNLIKE
        error = (near[..., 0][wanted] + 0.01 * mean) / (near[..., 1][wanted] + 0.01)
        return np.exp(-((error / UNLIKE) ** 2)).astype(np.float32)

    def _layer(self) -> Floats:
        """Where the crop shows the background rather than the head."""
        evidence, told = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
        for one, other in self._pairs():
            there = at_centres(_between(self._ways[other], self._ways[one]))
            sheet = np.dstack([self._crops[other], self._visible[other]])
            drifted = _warped(sheet, there)
            back = inverted(fine(self._moved[one]))
            bent = carried(sheet, back + carried(fine(self._moved[other]), back))
            here = self._crops[one]
            both = self._visible[one] * (bent[..., 3] > 0.99) * (drifted[..., 3] > 0.99)
            heads, cameras = (unlikeness(here, np.ascontiguousarray(seen[..., :3])) for seen in (bent, drifted))
            evidence += both * (heads - cameras)
            told += both
        near = cv2.GaussianBlur(np.dstack([evidence, told]), (0, 0), SPREAD)
        # where no pair tells, it may be either
        apart = near[..., 0] / (near[..., 1] + 0.02)
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


def with_camera(observed: Observed, crops: Sequence[Array], masks: Sequence[Mask], places: Sequence[Place]) -> Observed:
    """What is seen of the motion, beside the face the camera's wherever frames are more alike along it: fine grain misleads flow.

    Args:
        observed: of T frames.
        crops: T times uint8 (S, S, 3).
        masks: T times (S, S), True = hidden.
        places: of the T crops.
    """
    drift, face = _drift(places, observed.reference), oval(POINTS)
    here, seen = as_float(crops[observed.reference]), ~masks[observed.reference]
    moved, sure = observed.moved.copy(), observed.sure.copy()
    for number, (crop, mask) in enumerate(zip(crops, masks, strict=True)):
        sheet = np.dstack([as_float(crop), ~mask]).astype(np.float32)
        camera, flow = (_unlike(here, carried(sheet, fine(way)), seen) for way in (drift[number], moved[number]))
        better = (camera < flow) & ~face
        moved[number][better], sure[number][better] = drift[number][better], 1
    return Observed(moved, sure, observed.reference)


def _unlike(here: Floats, there: Floats, seen: Mask) -> Floats:
    """(N, N) difference of two frames, 1 where either shows nothing; `there` is (S, S, 4), its last channel 1 where it shows something."""
    shown = (there[..., 3] > 0.99) & seen
    apart = np.where(shown, unlikeness(np.ascontiguousarray(there[..., :3]), here), 1).astype(np.float32)
    near = cv2.GaussianBlur(apart, (0, 0), SPREAD)
    return np.asarray(cv2.resize(near, (POINTS, POINTS), interpolation=cv2.INTER_AREA), np.float32)


def beside(observed: Observed, found: Deformation, places: Sequence[Place], times: Doubles) -> Deformation:
    """Motions of what lies beside the face, in place of the face's own, as far as they explain better what is seen there.

    Args:
        observed: of T frames.
        found: what the face's motions say.
        places: of the T crops.
        times: (T,) seconds.
    """
    face, drift = oval(POINTS), _drift(places, observed.reference)
    rest = deformation.complete(Observed(observed.moved - drift, observed.sure), times, ~face)
    heads, own = (np.square(error) + SURE**2 for error in (found.error, rest.error))
    share = np.asarray(cv2.GaussianBlur(np.where(face, 0, heads / (heads + own)).astype(np.float32), (0, 0), 1.0))
    moved = found.moved + share[..., None] * (rest.moved + drift - found.moved)
    return Deformation(moved.astype(np.float32), (found.error + share * (rest.error - found.error)).astype(np.float32))


def _drift(places: Sequence[Place], reference: int) -> Floats:
    """(T, N, N, 2) how the grid's points would move with the camera alone."""
    middles = (np.arange(POINTS) + 0.5) * deformation.STEP
    points = np.stack(np.meshgrid(middles, middles), axis=-1)
    ways = [_between(places[reference].way, place.way) for place in places]
    return np.stack([_moved(points, way) for way in ways])


def _moved(points: Doubles, way: Affine) -> Floats:
    return np.asarray(points @ way[:, :2].T + way[:, 2] - points, np.float32)


def _spaced(order: Sequence[int]) -> Iterator[int]:
    """At most `LOOKS` of them, all near ones and ever fewer far ones."""
    place, step = 0, 1.0
    for _ in range(LOOKS):
        if place >= len(order):
            return
        yield order[place]
        place, step = place + int(step), step * 1.15


def _warped(picture: Floats, there: Affine) -> Floats:
    return np.asarray(cv2.warpAffine(picture, there, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.float32)


def _between(one: Affine, other: Affine) -> Affine:
    """The way from one crop to another over what both are maps from."""
    back = inverse(one)
    return np.column_stack([other[:, :2] @ back[:, :2], other[:, :2] @ back[:, 2] + other[:, 2]])


def _shift(way: Affine) -> float:
    """Pixels by which it moves a crop, on average over its corners."""
    corners = np.array([(0, 0), (SIDE, 0), (0, SIDE), (SIDE, SIDE)], np.float64)
    return float(np.linalg.norm(corners @ way[:, :2].T + way[:, 2] - corners, axis=1).mean())
