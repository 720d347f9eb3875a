"""Frames that a method has restored one by one: kept small until the whole clip is done, then kept together.

Consistency looks both ways (`comparisons.video.completion`), so no frame is done before the last one is restored. Of each frame are
kept the restored crop and what covered it, at most 0.4 MB, 0.25 MB as a rule: 75 MB for ten seconds at 30 a second, whatever
the size of the frames, which are decoded again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from comparisons.video import completion
from comparisons.video.backdrop import Place
from comparisons.video.camera import after
from comparisons.video.deformation import oval_softly
from comparisons.video.occlusions import OccludedFrame
from comparisons.video.temporal import Mask, Memory
from restorers.contract import SIDE
from restorers.faces.align import Affine, Aligned, Array, Floats, paste_back

HELD_BESIDE: Final = 0.5
"""Share of the steadying that what lies beside the face gets: what is fetched there is steady by itself, and holding it blurs it."""


@dataclass(frozen=True, eq=False)
class RestoredFrame:
    """One frame after the method has had it."""

    restored: Array | None
    """uint8 (256, 256, 3): the aligned crop, restored where it was covered; None where there is no face."""
    _hidden: npt.NDArray[np.uint8] | None = None
    _put: npt.NDArray[np.uint8] | None = None
    _object: Array | None = None
    place: Place | None = None
    """Where the crop lies in what the camera showed at the shot's beginning."""

    @property
    def mask(self) -> Mask:
        """(256, 256), True = was missing; nothing where nothing was covered."""
        return np.zeros((SIDE, SIDE), bool) if self._hidden is None else _unpacked(self._hidden)

    @property
    def is_covered(self) -> bool:
        """Whether anything was missing."""
        return self._hidden is not None

    def covered(self, frame: Array, aligned: Aligned) -> OccludedFrame:
        """Cover the frame again, as it was."""
        if self._put is None or self._object is None:
            return OccludedFrame(frame, aligned.pixels, self.mask)
        put, crop = _unpacked(self._put), aligned.pixels.copy()
        crop[put] = self._object
        return OccludedFrame(paste_back(frame, crop, aligned, put), crop, self.mask, put)


def kept(
    aligned: Aligned | None, covered: OccludedFrame | None, restored: Array | None, camera: Affine | None = None
) -> RestoredFrame:
    """Pack a frame.

    Args:
        aligned: its face; None where there is none.
        covered: what the method got; None where nothing is covered.
        restored: uint8 (256, 256, 3), what it made of it; the same.
        camera: (2, 3) from the shot's first frame to this one; None where nobody knows.
    """
    place = None if aligned is None or camera is None else Place(after(aligned.affine, camera), aligned.outside)
    if aligned is None or covered is None or restored is None:
        return RestoredFrame(None if aligned is None else aligned.pixels, place=place)
    hidden = np.packbits(covered.mask)
    if covered.put is None:
        return RestoredFrame(restored, hidden, place=place)
    return RestoredFrame(restored, hidden, np.packbits(covered.put), covered.crop[covered.put], place)


def kept_together(
    frames: Sequence[RestoredFrame], shots: Sequence[int], seconds: Sequence[float]
) -> Iterator[Floats | None]:
    """The crops of a clip, each with what other frames know of it.

    Args:
        frames: of the clip, in order.
        shots: number of each frame's shot; nothing is carried over from one to another, or over a frame without a face.
        seconds: of each frame.

    Yields:
        (256, 256, 3) in [0, 1] for each frame; None where there is no face.
    """
    for run in _runs(frames, shots):
        crops = [frame.restored for frame in frames[run] if frame.restored is not None]
        if not crops:
            yield None
            continue
        masks, memory = [frame.mask for frame in frames[run]], Memory()
        held = (HELD_BESIDE + (1 - HELD_BESIDE) * oval_softly())[..., None]
        known = [frame.place for frame in frames[run] if frame.place is not None]
        places = known if len(known) == len(crops) else None
        for filled, mask in zip(completion.completed(crops, masks, seconds[run], places), masks, strict=True):
            yield filled + held * (memory.steady(filled, mask) - filled)


def _runs(frames: Sequence[RestoredFrame], shots: Sequence[int]) -> Iterator[slice]:
    """Stretches of one shot in which there is a face; a frame without one stands alone."""
    start = 0
    for number in range(1, len(frames) + 1):
        ended = number == len(frames) or shots[number] != shots[start]
        if ended or frames[number].restored is None or frames[start].restored is None:
            yield slice(start, number)
            start = number


def _unpacked(mask: npt.NDArray[np.uint8]) -> Mask:
    return np.unpackbits(mask).reshape(SIDE, SIDE).astype(bool)
