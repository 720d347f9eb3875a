"""What was seen of a hidden place before and after: fetched from the nearest frames in which it is visible, along the face's motion.

Flow-guided video completion (Xu et al., Deep Flow-Guided Video Inpainting, CVPR 2019; Gao et al., Flow-edge Guided Video Completion,
ECCV 2020), with the flow of `comparisons.video.deformation` in place of a learnt one: one pass from the last frame to the first
brings what will be seen, one from the first to the last what was seen, and the two are blended by how soon and how long ago that is.
Beside the head the background is fetched along the camera's motion (`comparisons.video.backdrop`). What is never seen stays as the
method painted it. A shot is worked on in pieces, so that a long clip takes no more memory than a short one beside the crops
themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from comparisons.video import deformation
from comparisons.video.backdrop import Backdrop, Place, beside, with_camera
from comparisons.video.deformation import Deformation, Doubles, Observed, oval_softly
from comparisons.video.temporal import Mask, as_float, carried, fine, inverted, met
from restorers.contract import SIDE
from restorers.faces.align import Array, Floats

PIECE_SECONDS: Final = 4.0
"""Longest piece of a shot that shares one reference frame."""
MARGIN_SECONDS: Final = 0.5
"""By which a piece looks into its neighbours."""
SEEN: Final = 0.5
"""How sure a motion must be to be taken for seen."""
FORGOTTEN: Final = 1.0
"""Seconds after which a third is left of how a place differed from the few motions when it was last seen."""
NEAR: Final = 0.15
"""Seconds at which what was seen counts half of what is seen just now."""
PAINTED: Final = 0.1
"""Weight of what the method painted, beside 1 for what is seen just now."""
PAINTED_BESIDE: Final = 0.01
"""The same beside the face, where methods that know faces paint a blur."""
STRAYS: Final = 1.0
"""Pixels by which a place strays from the few motions at which what is fetched for it counts a third."""
RIM: Final = 2
"""Pixels beside a hidden one that are not fetched."""

_NEVER: Final = np.float32(1e4)
"""Seconds since what was never seen."""


@dataclass(frozen=True, eq=False)
class Fetched:
    """What one pass brings for the hidden pixels of one frame."""

    pixels: Floats
    """(H, 3) in [0, 1]."""
    seconds: Floats
    """(H,) to the frame in which they were seen; 1e4 or more: never."""


@dataclass(frozen=True, eq=False)
class _Way:
    """The motion between the reference and one frame, (S, S, 2) each."""

    there: Floats
    back: Floats


def completed(
    crops: Sequence[Array],
    masks: Sequence[Mask],
    seconds: Sequence[float],
    places: Sequence[Place] | None = None,
) -> Iterator[Floats]:
    """Fill in, from frame to frame of one shot, what other frames show.

    Args:
        crops: T times uint8 (256, 256, 3), restored frame by frame; true outside the masks.
        masks: T times (256, 256), True = was missing.
        seconds: T times, growing.
        places: of each crop before the background; None where nobody knows: then only the face is fetched.

    Yields:
        (256, 256, 3) in [0, 1] for each frame; outside its mask the pixels given.
    """
    times = np.asarray(seconds, np.float64)
    for start, end in pieces(times):
        first = int(np.searchsorted(times, times[start] - MARGIN_SECONDS))
        last = int(np.searchsorted(times, times[end - 1] + MARGIN_SECONDS, side="right"))
        whole = slice(first, last)
        there = None if places is None else places[whole]
        yield from _piece(crops[whole], masks[whole], times[whole], there, range(start - first, end - first))


def pieces(times: Doubles) -> list[tuple[int, int]]:
    """Beginnings and ends of equally long pieces of T frames, none longer than `PIECE_SECONDS`."""
    many = max(1, int(np.ceil((times[-1] - times[0]) / PIECE_SECONDS)))
    edges = np.linspace(0, len(times), many + 1).round().astype(int).tolist()
    return list(pairwise(edges))


def _piece(
    crops: Sequence[Array], masks: Sequence[Mask], times: Doubles, places: Sequence[Place] | None, inner: range
) -> Iterator[Floats]:
    """Fill in the frames in `inner`; those around them are looked at only."""
    if len(times) < 2 or not any(masks[number].any() for number in inner):
        yield from (as_float(crops[number]) for number in inner)
        return
    observed = deformation.observe(crops, masks)
    found = deformation.complete(observed, times)
    if places is not None:
        found = beside(with_camera(observed, crops, masks, places), found, places, times)
    moved = _without_gaps(observed, found, times)
    trusted = fine(np.exp(-((found.error / STRAYS) ** 2)))
    behind = None if places is None else Backdrop(crops, masks, places, times, moved)
    ways = [_Way(there, inverted(there)) for there in map(fine, moved)]
    later = dict(_fetched(crops, masks, ways, times, range(len(times) - 1, -1, -1)))
    earlier = dict(_fetched(crops, masks, ways, times, range(inner.stop)))
    paint = _paint()
    for number in inner:
        crop, mask = as_float(crops[number]), masks[number]
        if not mask.any():
            yield crop
            continue
        weight = carried(trusted, ways[number].back)[mask]
        if behind is not None:  # what is behind the head is fetched from where it is seen, or painted
            weight = weight * np.minimum(1, 2 * (1 - behind.share[mask])) ** 4
        mixed = crop.copy()
        mixed[mask] = _blended(crop[mask], earlier.pop(number), later.pop(number), weight, paint[mask])
        if behind is not None:
            backdrop = behind.fetch(number)
            mixed = mixed + backdrop.weight[..., None] * (backdrop.pixels - mixed)
        yield np.where(mask[..., None], np.clip(met(mixed, crop, mask), 0, 1), crop).astype(np.float32)


def _without_gaps(observed: Observed, found: Deformation, times: Doubles) -> Floats:
    """(T, N, N, 2) the motion that is seen, or the filled-in one, set on to it at either end of a gap."""
    seen = observed.sure > SEEN
    apart = observed.moved - found.moved
    before, since = _last(apart, seen, times)
    after, until = (part[::-1] for part in _last(apart[::-1], seen[::-1], -times[::-1]))
    share = (since / np.maximum(since + until, np.float32(1e-6)))[..., None]
    either = before * (np.exp(-since / FORGOTTEN) * (since < _NEVER))[..., None] * (1 - share)
    either = either + after * (np.exp(-until / FORGOTTEN) * (until < _NEVER))[..., None] * share
    return np.where(seen[..., None], observed.moved, found.moved + either).astype(np.float32)


def _last(values: Floats, seen: npt.NDArray[np.bool_], times: Doubles) -> tuple[Floats, Floats]:
    """Each point's value when it was last seen, 0 before, and the seconds since."""
    held, since = np.zeros_like(values), np.full(seen.shape, _NEVER, np.float32)
    for number in range(len(values)):
        if number:
            held[number] = held[number - 1]
            since[number] = since[number - 1] + np.float32(times[number] - times[number - 1])
        held[number][seen[number]] = values[number][seen[number]]
        since[number][seen[number]] = 0
    return held, since


def _fetched(
    crops: Sequence[Array], masks: Sequence[Mask], ways: Sequence[_Way], times: Doubles, order: Sequence[int]
) -> Iterator[tuple[int, Fetched]]:
    """What frames up to each one, in this order, have shown of its hidden pixels, by number."""
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1))
    known = np.zeros((SIDE, SIDE, 3), np.float32)  # in the reference's places
    when = np.full((SIDE, SIDE), -_NEVER, np.float32)
    for number in order:
        there, mask = ways[number].there, masks[number]
        visible = np.float32(1) - cv2.dilate(mask.astype(np.uint8), rim).astype(np.float32)
        seen = carried(visible, there) > 0.99
        np.copyto(known, carried(as_float(crops[number]), there, cv2.INTER_CUBIC), where=seen[..., None])
        np.copyto(when, np.float32(times[number]), where=seen)
        if mask.any():
            back = ways[number].back
            pixels = np.clip(carried(known, back, cv2.INTER_CUBIC)[mask], 0, 1)
            seconds = np.abs(np.float32(times[number]) - carried(when, back, cv2.INTER_NEAREST)[mask])
            yield number, Fetched(pixels.astype(np.float32), seconds)


def _paint() -> Floats:
    """(S, S) weight of what the method painted: a face may have changed since it was seen, what is beside it less so."""
    return np.asarray(PAINTED_BESIDE + (PAINTED - PAINTED_BESIDE) * oval_softly(), np.float32)


def _blended(painted: Floats, earlier: Fetched, later: Fetched, trusted: Floats, paint: Floats) -> Floats:
    """(H, 3) what was seen before and will be, each by how near that is; and painted, the more the farther both are."""
    before, after = (
        trusted / (1 + (part.seconds / np.float32(NEAR)) ** 2) * (part.seconds < _NEVER / 2)
        for part in (earlier, later)
    )
    own = paint * np.minimum(1, np.minimum(earlier.seconds, later.seconds)) + np.float32(1e-6)
    total = (before + after + own)[:, None]
    mixed = before[:, None] * earlier.pixels + after[:, None] * later.pixels + own[:, None] * painted
    return np.asarray(mixed / total, np.float32)
