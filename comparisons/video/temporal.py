"""Restorations that do not flicker: the last result, carried along by optical flow, has a say in the present frame's mask.

After Bonneel et al., Blind Video Temporal Consistency, SIGGRAPH Asia 2015, and Lai et al., Learning Blind Video Temporal Consistency,
ECCV 2018, with the recurrence written out instead of learned. Flow is OpenCV's DIS (Kroeger et al., Fast Optical Flow using Dense
Inverse Search, ECCV 2016), between two restorations (filled in by `comparisons.video.completion`): they are true where the face is
visible, and plausible where a flow of the occluder would be of no use. A pixel is carried as far as the flow there and back agree
with each other and what it brings agrees with what is there now; a pixel that was visible a moment ago is known and counts for
more than a painted one. What is blended is then shifted to meet the visible pixels around the mask.
"""

from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import torch

from restorers.compositing.poisson import harmonic_fill
from restorers.contract import SIDE
from restorers.faces.align import Floats

HOLD: Final = 0.8
"""Weight of what was painted before, where it is trusted fully: a painted pixel is a mean over some five frames."""
HOLD_SEEN: Final = 0.95
"""The same for what was visible a moment ago."""
FADING: Final = 0.93
"""How much of having been seen is left after a frame under the mask; halved in ten frames, or a mouth would stand still."""
FLOW_ERROR: Final = 1.0
"""Pixels of 256 by which flow there and back may miss each other until trust falls to a third."""
UNLIKE: Final = 0.15
"""Difference of smoothed pixels, of [0, 1], at which what is carried is trusted a third."""
SMOOTHING: Final = 9
"""Side in pixels of the window over which that difference is taken."""
SEAM_STEP: Final = 4
"""The shift that meets the visible pixels is smooth: it is computed on every fourth pixel."""
TURNS: Final = 5
"""Of the iteration that inverts a motion."""
_MEAN: Final = np.full((1, 3), 1 / 3)
"""Of three channels, as a matrix."""

Mask = npt.NDArray[np.bool_]


class Flow:
    """Dense flow between pictures of one size."""

    def __init__(self, preset: int = cv2.DISOPTICAL_FLOW_PRESET_FAST) -> None:
        self._dis: Any = cv2.DISOpticalFlow.create(preset)

    def between(self, here: Floats, there: Floats) -> tuple[Floats, Floats]:
        """Flow from one picture to another, and how far it can be believed.

        Args:
            here: (S, S, 3) in [0, 1].
            there: the same.

        Returns:
            (S, S, 2), pixels to the right and down from a pixel here to its like there; (S, S), by how many pixels the way there
            and back misses, infinite where the way leads out of the picture.
        """
        one, other = _grey(here), _grey(there)
        ahead = np.asarray(self._dis.calc(one, other, None), np.float32)
        back = np.asarray(self._dis.calc(other, one, None), np.float32)
        away = ahead + carried(back, ahead)
        missed = cv2.magnitude(away[..., 0], away[..., 1])
        rows, columns = _grid(one.shape[0], one.shape[1])
        x, y = columns + ahead[..., 0], rows + ahead[..., 1]
        out = (x < 0) | (y < 0) | (x > one.shape[1] - 1) | (y > one.shape[0] - 1)
        return ahead, np.where(out, np.inf, missed).astype(np.float32)


def carried(picture: Floats, flow: Floats, how: int = cv2.INTER_LINEAR) -> Floats:
    """Fetch pixels along a flow: the result at p is the picture at p + flow(p); (S, S, ...) float32."""
    rows, columns = _grid(flow.shape[0], flow.shape[1])
    found = cv2.remap(picture, columns + flow[..., 0], rows + flow[..., 1], how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


@lru_cache(maxsize=8)
def _grid(height: int, width: int) -> tuple[Floats, Floats]:
    """Row and column of every pixel, (height, width) each: to be read only."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    for each in (rows, columns):
        each.setflags(write=False)
    return rows, columns


def unlikeness(one: Floats, other: Floats) -> Floats:
    """Mean absolute difference of the channels: twice (S, S, 3) in [0, 1] -> (S, S); several times as fast as NumPy's mean."""
    return np.asarray(cv2.transform(cv2.absdiff(one, other), _MEAN), np.float32)


def inverted(moved: Floats) -> Floats:
    """(S, S, 2) from each pixel of a frame back to the reference, of a motion (S, S, 2) from there to it."""
    back = -moved
    for _ in range(TURNS - 1):
        back = -carried(moved, back)
    return back


def fine(coarse: Floats) -> Floats:
    """A picture on a coarse grid at the crop's size, (256, 256, ...) float32."""
    return np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


class Memory:
    """What was shown in the last frame; one for each face that is followed."""

    def __init__(self) -> None:
        self._flow = Flow()
        self._restored: Floats | None = None
        self._shown: Floats | None = None
        self._seen: Floats | None = None

    def forget(self) -> None:
        """Begin anew: at a cut, or where the face was lost."""
        self._restored = self._shown = self._seen = None

    def steady(self, restored: Floats, mask: Mask) -> Floats:
        """The present frame, kept together with the last one.

        Args:
            restored: (S, S, 3) in [0, 1], this frame before it is kept together with the last one; true outside the mask.
            mask: (S, S), True = missing.

        Returns:
            (S, S, 3) in [0, 1]; outside the mask the pixels given, bit for bit.
        """
        if self._restored is None or self._shown is None or self._seen is None:
            shown, seen = restored, np.zeros(mask.shape, np.float32)
        else:
            flow, missed = self._flow.between(restored, self._restored)
            brought = carried(self._shown, flow)
            trust = np.exp(-((missed / FLOW_ERROR) ** 2)) * _likeness(brought, restored)
            seen = carried(self._seen, flow) * trust * FADING
            weight = (trust * (HOLD + (HOLD_SEEN - HOLD) * seen))[..., None]
            blended = restored + weight * (brought - restored)
            shown = np.where(mask[..., None], np.clip(met(blended, restored, mask), 0, 1), restored).astype(np.float32)
        self._restored, self._shown = restored, shown
        self._seen = np.where(mask, seen, 1).astype(np.float32)
        return shown


def _likeness(one: Floats, other: Floats) -> Floats:
    apart = cv2.blur(unlikeness(one, other), (SMOOTHING, SMOOTHING))
    return np.asarray(np.exp(-((apart / UNLIKE) ** 2)), np.float32)


def met(blended: Floats, restored: Floats, mask: Mask) -> Floats:
    """Shift (S, S, 3) so that it meets the pixels of `restored` outside the mask.

    Spread what is missing at the visible pixels over the hole, as `restorers.compositing.poisson.poisson_blend` does, on a coarser grid.
    """
    visible = torch.from_numpy((~mask).astype(np.float32))[None, None]
    error = torch.from_numpy(restored - blended).permute(2, 0, 1)[None] * visible
    share = torch.nn.functional.avg_pool2d(visible, SEAM_STEP)
    coarse = torch.nn.functional.avg_pool2d(error, SEAM_STEP) / share.clamp_min(1e-6)
    spread = harmonic_fill(coarse, (share > 0).float(), rounds=8)
    fine = torch.nn.functional.interpolate(spread, size=mask.shape, mode="bilinear", align_corners=False)
    return np.asarray(blended + fine[0].permute(1, 2, 0).numpy(), np.float32)


def as_float(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Levels as numbers in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(255)


def as_levels(pixels: Floats) -> npt.NDArray[np.uint8]:
    """Numbers in [0, 1] as levels."""
    return np.clip(np.rint(pixels * 255), 0, 255).astype(np.uint8)


def _grey(picture: Floats) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(as_levels(picture), cv2.COLOR_RGB2GRAY), np.uint8)
