"""One face followed through a clip: found every few frames, carried by optical flow between, smoothed without delay.

Between two looks at the detector the five landmarks move with the similarity that most of the face's corners agree on (pyramidal
Lucas-Kanade, forward and backward, RANSAC); where the next look disagrees, the difference is spread over the frames between.
Landmarks are then smoothed by a local parabola in time, which lags behind nothing. Nothing is carried across a cut.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from restorers.contract import FaceNotFound
from restorers.faces import align
from restorers.faces.align import Affine, Array, DetectedFace, Detection, Floats
from restorers.sentences import Sentence

LOOK_EVERY: Final = 6
"""Frames from one look at the detector to the next while a face is followed."""
SEARCH_EVERY: Final = 3
"""The same while none is."""
TRUST: Final = 0.5
"""Share of a disagreement that goes to the detector, whose points tremble; the rest stays with the flow, which drifts."""
SMOOTH_SECONDS: Final = 0.15
"""Standard deviation of the Gaussian window of that fit."""
SMALL: Final = 480
"""Longer side in pixels at which flow is computed."""
CUT_CHANGE: Final = 0.1
"""Mean change of grey, of [0, 1], from which two frames may lie on either side of a cut."""
CUT_FOLLOWED: Final = 0.5
"""Smaller a share of corners that are found again, and they do."""
LEAST_POINTS: Final = 8
"""Fewer corners than this say nothing about a motion."""
CENTRAL: Final = 0.35
"""How far from the middle, in diagonals of the frame, a face counts a third of one in the middle."""

Grey = npt.NDArray[np.uint8]
Locate = Callable[[Array], Detection]


@dataclass(frozen=True, eq=False)
class Track:
    """Where the face is in every frame."""

    landmarks: tuple[Floats | None, ...]
    """(5, 2) pixels of the frame, smoothed; None where there is no face to work on."""
    shots: tuple[int, ...]
    """Number of the shot that a frame belongs to, from 0; it grows at every cut."""
    detector: str
    notes: tuple[str, ...]
    """Sentences for people."""


@dataclass
class Follower:
    """Sees the frames of a clip one after the other."""

    locate: Locate = align.locate
    _found: list[Floats | None] = field(default_factory=list)
    _shots: list[int] = field(default_factory=list)
    _grey: Grey | None = None
    _looked: int = 0
    _most: int = 0
    _detector: str = ""

    def see(self, frame: Array) -> None:
        """Take in the next frame, uint8 (H, W, 3)."""
        grey, scale = small_grey(frame)
        cut = self._grey is not None and is_cut(self._grey, grey)
        self._shots.append((self._shots[-1] if self._shots else 0) + cut)
        here = len(self._found)
        before = self._found[-1] if self._found and not cut else None
        carried = None
        if before is not None and self._grey is not None:
            motion = face_motion(self._grey, grey, before * scale)
            carried = None if motion is None else inside(moved(before * scale, motion) / scale, frame)
        wait = LOOK_EVERY if carried is not None else SEARCH_EVERY
        lost = before is not None and carried is None
        if here == 0 or cut or lost or here - self._looked >= wait:
            carried = self._look(frame, carried)
        self._found.append(carried)
        self._grey = grey

    def track(self, times: Sequence[Fraction]) -> Track:
        """Where the face was, once all frames have been seen.

        Args:
            times: of the frames, in seconds.

        Raises:
            FaceNotFound: if there was none in the whole clip.
        """
        missing = sum(points is None for points in self._found)
        if missing == len(self._found):
            raise FaceNotFound(
                "Expected a face in the clip, but {detector} found none: take a clip in which a face is larger "
                "and less covered.",
                detector=self._detector or Sentence("the detector"),
            )
        seconds = np.array([float(time) for time in times])
        return Track(
            tuple(smoothed(self._found, self._shots, seconds)),
            tuple(self._shots),
            self._detector,
            tuple(self._notes(times, missing)),
        )

    def _look(self, frame: Array, carried: Floats | None) -> Floats | None:
        """Ask the detector, and bring what was carried here into line with it."""
        here, last = len(self._found), self._looked
        self._looked = here
        detection = self.locate(frame)
        self._detector = detection.detector
        self._most = max(self._most, len(detection.faces))
        if carried is None:
            return _most_prominent(detection.faces, frame)
        near = _same_face(detection.faces, carried)
        if near is None:
            return carried
        error = TRUST * (near - carried)
        for number in range(last + 1, here):
            points = self._found[number]
            # a face that was found again after the last look has nothing to do with it
            if points is not None and self._shots[number] == self._shots[-1]:
                self._found[number] = points + np.float32((number - last) / (here - last)) * error
        return carried + error

    def _notes(self, times: Sequence[Fraction], missing: int) -> list[str]:
        notes: list[str] = []
        if self._most > 1:
            notes.append(
                Sentence(
                    "Up to {count} faces were seen at a time; the largest and most central one is worked on, the others stay "
                    "as they are.",
                    count=self._most,
                )
            )
        cuts = [
            float(times[number]) for number in range(1, len(times)) if self._shots[number] != self._shots[number - 1]
        ]
        if cuts:
            when = ", ".join(f"{time:.1f} s" for time in cuts)
            notes.append(
                Sentence(
                    "The clip cuts at {when}; the face is looked for again there, and nothing is carried over.",
                    when=when,
                )
            )
        if missing:
            notes.append(
                Sentence(
                    "In {count} of {total} frames there is no face; they stay as they are.",
                    count=missing,
                    total=len(times),
                )
            )
        return notes


def small_grey(frame: Array) -> tuple[Grey, float]:
    """A grey copy whose longer side is at most `SMALL`, and its scale."""
    scale = min(1.0, SMALL / max(frame.shape[:2]))
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return grey.astype(np.uint8, copy=False), scale


def is_cut(before: Grey, now: Grey) -> bool:
    """Whether two neighbouring frames, grey and of one size, show different shots: much changes and little is found again."""
    one, other = (cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32) for grey in (before, now))
    if float(np.abs(one - other).mean()) / 255 < CUT_CHANGE:
        return False
    corners = corners_of(before, None, 200)
    if len(corners) < LEAST_POINTS:
        return True
    _, tracked = followed(before, now, corners)
    return bool(tracked.mean() < CUT_FOLLOWED)


def corners_of(grey: Grey, where: Grey | None, most: int) -> Floats:
    """(N, 2) corners that can be followed, N at most `most`; only where `where` is not 0."""
    corners = cv2.goodFeaturesToTrack(grey, most, 0.01, 5, mask=where)
    return np.empty((0, 2), np.float32) if corners is None else corners.reshape(-1, 2).astype(np.float32)


def followed(
    before: Grey, now: Grey, points: Floats, guess: Floats | None = None
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Where points (N, 2) have gone by pyramidal Lucas-Kanade, and which of them come back to within a pixel of where they began."""
    ahead: dict[str, Any] = {"winSize": (15, 15), "maxLevel": 3}
    targets, tracked, _ = _flow(before, now, points, guess, ahead)
    back, tracked_back, _ = _flow(now, before, targets, None if guess is None else points, ahead)
    apart = np.linalg.norm(back - points, axis=1)
    return targets, (tracked.ravel() > 0) & (tracked_back.ravel() > 0) & (apart < 1)


def _flow(one: Grey, other: Grey, points: Floats, guess: Floats | None, how: dict[str, Any]) -> tuple[Any, Any, Any]:
    start = None if guess is None else np.ascontiguousarray(guess, np.float32).copy()
    flags = 0 if guess is None else cv2.OPTFLOW_USE_INITIAL_FLOW
    lucas_kanade: Any = cv2.calcOpticalFlowPyrLK  # its stubs know no points without a guess
    targets, tracked, errors = lucas_kanade(one, other, points, start, flags=flags, **how)
    return targets, tracked, errors


def face_motion(before: Grey, now: Grey, landmarks: Floats) -> Affine | None:
    """The similarity (2, 3) by which most of a face's corners have moved from one frame to the next; None where they do not say."""
    where = np.zeros_like(before)
    centre, reach = landmarks.mean(axis=0), float(np.ptp(landmarks, axis=0).max())
    axes = (max(1, round(1.1 * reach)), max(1, round(1.3 * reach)))
    cv2.ellipse(where, (round(float(centre[0])), round(float(centre[1]))), axes, 0, 0, 360, 255, -1)
    corners = corners_of(before, where, 120)
    if len(corners) < LEAST_POINTS:
        return None
    targets, tracked = followed(before, now, corners)
    return similarity(corners[tracked], targets[tracked])


def similarity(sources: Floats, targets: Floats, within: float = 2.0) -> Affine | None:
    """The similarity (2, 3) that takes most of (N, 2) points to `targets`, to `within` pixels; None where fewer than 8 agree."""
    if len(sources) < LEAST_POINTS:
        return None
    affine, agree = cv2.estimateAffinePartial2D(sources, targets, method=cv2.RANSAC, ransacReprojThreshold=within)
    if affine is None or int(agree.sum()) < LEAST_POINTS:
        return None
    return np.asarray(affine, np.float64)


def moved(points: npt.NDArray[np.floating], affine: Affine) -> Floats:
    """(N, 2) points under an affine map (2, 3)."""
    return np.asarray(points @ affine[:, :2].T + affine[:, 2], np.float32)


def inside(points: Floats, frame: Array) -> Floats | None:
    """The points, or None where their middle has left the frame."""
    x, y = points.mean(axis=0)
    return points if 0 <= x < frame.shape[1] and 0 <= y < frame.shape[0] else None


def smoothed(
    landmarks: Sequence[Floats | None], shots: Sequence[int], seconds: npt.NDArray[np.float64]
) -> list[Floats | None]:
    """Landmarks after a local quadratic fit in time with a Gaussian window; runs that a cut or a missing face parts are fitted apart.

    Args:
        landmarks: (5, 2) a frame, or None.
        shots: number of each frame's shot.
        seconds: of each frame.
    """
    result: list[Floats | None] = [None] * len(landmarks)
    run: list[int] = []
    for number in range(len(landmarks) + 1):
        goes_on = (
            number < len(landmarks) and landmarks[number] is not None and (not run or shots[number] == shots[run[-1]])
        )
        if not goes_on and run:
            values = np.stack([np.asarray(landmarks[member], np.float64) for member in run])
            for member, points in zip(run, _fit(seconds[run], values), strict=True):
                result[member] = points.astype(np.float32)
            run = []
        if number < len(landmarks) and landmarks[number] is not None:
            run.append(number)
    return result


def _fit(seconds: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Value at each time of the parabola that fits its neighbourhood best: motion that speeds up evenly is left as it is."""
    offsets = (seconds[None] - seconds[:, None]) / SMOOTH_SECONDS  # (T, T)
    weights = np.exp(-0.5 * offsets**2)
    powers = np.stack([offsets**power for power in range(3)], axis=-1)  # (T, T, 3)
    normal = np.einsum("st,sti,stj->sij", weights, powers, powers)
    # the intercept's row of weighted least squares; the pseudo-inverse serves runs too short for a parabola
    first = np.linalg.pinv(normal, hermitian=True)[:, 0]
    hat = np.einsum("si,sti,st->st", first, powers, weights)
    return np.asarray(np.einsum("st,tpc->spc", hat, values))


def _most_prominent(faces: Sequence[DetectedFace], frame: Array) -> Floats | None:
    middle = np.array([frame.shape[1], frame.shape[0]]) / 2
    diagonal = float(np.hypot(*frame.shape[:2]))

    def prominence(face: DetectedFace) -> float:
        off = np.hypot(*((np.array(face.box[:2]) + np.array(face.box[2:])) / 2 - middle)) / diagonal
        return face.box.area * float(np.exp(-((off / CENTRAL) ** 2)))

    return max(faces, key=prominence).landmarks.astype(np.float32) if faces else None


def _same_face(faces: Sequence[DetectedFace], carried: Floats) -> Floats | None:
    """The detected face nearest to the carried one, if it is near."""
    reach = float(np.ptp(carried, axis=0).max())
    apart = [float(np.linalg.norm(face.landmarks - carried, axis=1).mean()) for face in faces]
    if not apart or min(apart) > 0.4 * reach:
        return None
    return faces[int(np.argmin(apart))].landmarks.astype(np.float32)
