"""Where the skin of a face has moved, in every frame of a shot: seen by optical flow, and filled in where something hides it.

Places are told in the aligned crop of one reference frame, on a grid. What is seen of a frame's motion (OpenCV's DIS flow from the
reference to it) is a sum of few motions, turning, nodding, opening the mouth and so on, that are learnt from the clip itself: a
probabilistic principal component analysis of data with gaps (Everson & Sirovich, Karhunen-Loeve procedure for gappy data, JOSA A
1995; Tipping & Bishop, Probabilistic Principal Component Analysis, JRSS B 1999), whose scores move smoothly: a prior on their second
differences, so that a gap is bridged by a cubic spline (Wahba, Spline Models for Observational Data, SIAM 1990). So a hidden mouth
moves as the chin and the cheeks around it say, and as it moved before and after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from comparisons.video.temporal import Flow, Mask, as_float, carried
from restorers.contract import SIDE
from restorers.faces.align import Array, Floats

STEP: Final = 4
"""Pixels of the crop between points of the grid."""
POINTS: Final = SIDE // STEP
"""Points of the grid along a side."""
RIM: Final = 5
"""Pixels beside a hidden one in which flow is not believed: its windows reach into what was painted."""
MISSES: Final = 1.0
"""Pixels by which flow there and back may miss each other until a motion counts a third."""
RANK: Final = 6
"""Motions that are learnt."""
ROUNDS: Final = 3
"""Of alternating between the motions and their scores, whenever one more motion is learnt."""
NOISE: Final = 0.25
"""Pixels by which flow errs."""
ALIKE: Final = 16.0
"""Points of the grid that err together."""
WILD: Final = 100.0
"""Spectral density of a score's change of speed, of scores of variance 1 and seconds: accelerations of 20 / s^2, a motion of 0.7 Hz,
that last 0.25 s. Half or five times as much changes little."""
STILL: Final = 0.05
"""Weight of the prior that a score is 0, so that nothing runs off where nothing is seen."""
WEAKEST: Final = 1e-3
"""Pixels; of a motion that moves the face by less nothing is believed."""
FACE: Final = ((0.5, 0.62), (0.36, 0.42))
"""Centre and half axes, in sides of the crop, of the oval from which motions are learnt: what lies around it moves otherwise."""
SOFT: Final = 4.0
"""Pixels over which it gives way to what is beside it."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Observed:
    """What is seen of T frames' motion."""

    moved: Floats
    """(T, N, N, 2) pixels right and down from a point of the reference to its like in each frame."""
    sure: Floats
    """(T, N, N) in [0, 1], 0 where it is hidden here or there."""
    reference: int = 0
    """Number of the frame whose places these are."""


@dataclass(frozen=True, eq=False)
class Deformation:
    """The motion of every point in every frame."""

    moved: Floats
    """(T, N, N, 2) as in `Observed`, without gaps."""
    error: Floats
    """(N, N) root mean square of what the few motions leave of what is seen, in pixels; 0 where nothing ever is."""


def observe(crops: Sequence[Array], masks: Sequence[Mask]) -> Observed:
    """Flow from the frame that shows most of the face to all of them.

    Args:
        crops: T times uint8 (S, S, 3), restored.
        masks: T times (S, S), True = was missing.
    """
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1))
    seen = [np.float32(1) - cv2.dilate(mask.astype(np.uint8), rim).astype(np.float32) for mask in masks]
    face, middle = oval(SIDE), len(crops) / 2
    # of several that show all of it, the one in the middle
    first = min(
        range(len(crops)), key=lambda number: (-float(seen[number][face].mean().round(3)), abs(number - middle))
    )
    flow, reference = Flow(), as_float(crops[first])
    moved, sure = [], []
    for number, crop in enumerate(crops):
        if number == first:
            there, weight = np.zeros((SIDE, SIDE, 2), np.float32), seen[first]
        else:
            there, missed = flow.between(reference, as_float(crop))
            weight = seen[first] * (carried(seen[number], there) > 0.99) * np.exp(-((missed / MISSES) ** 2))
        moved.append(_coarse(there))
        sure.append(_coarse(weight.astype(np.float32, copy=False)))
    return Observed(np.stack(moved), np.stack(sure), first)


def complete(observed: Observed, seconds: Doubles, where: Mask | None = None) -> Deformation:
    """Fill the gaps.

    Args:
        observed: of T frames.
        seconds: (T,) their times.
        where: (N, N), True where the motions are learnt; the face's oval where it is None.
    """
    count = len(seconds)
    moved = observed.moved.reshape(count, -1, 2).astype(np.float64)
    sure = observed.sure.reshape(count, -1).astype(np.float64)
    inside = (oval(POINTS) if where is None else where).ravel()
    prior, scores, strength = smoothness(seconds), np.empty((count, 0)), np.empty(0)
    motions = _motions(moved, sure, scores, strength)
    # one after the other: learnt at once, gaps in a strong motion would pass for another one
    for _ in range(min(RANK, count - 1)):
        rest = moved[:, inside] - _together(scores, motions[inside])
        scores = np.concatenate([scores, _strongest(rest, sure[:, inside])], axis=1)
        strength = np.append(strength, NOISE)
        for _ in range(ROUNDS):
            motions = _motions(moved, sure, scores, strength)
            strength = np.sqrt(np.square(motions[inside, 1:]).mean(axis=(0, 2)))
            scores = _scores(moved[:, inside], sure[:, inside], motions[inside], prior)
            scores = scores / scores.std(axis=0).clip(1)  # what little speaks for is not blown up
        motions = _motions(moved, sure, scores, strength)
    known = _together(scores, motions)
    error = np.sqrt((np.square(moved - known).sum(-1) * sure).sum(0) / sure.sum(0).clip(1e-3))
    shape = observed.sure.shape
    return Deformation(known.reshape(*shape, 2).astype(np.float32), error.reshape(shape[1:]).astype(np.float32))


def oval(side: int) -> Mask:
    """(side, side), True in the face of an aligned crop."""
    rows, columns = (np.mgrid[:side, :side] + 0.5) / side
    (x, y), (across, down) = FACE
    return np.asarray(((columns - x) / across) ** 2 + ((rows - y) / down) ** 2 < 1)


def oval_softly() -> Floats:
    """(S, S) in [0, 1], 1 in the face of an aligned crop, 0 beside it."""
    return np.asarray(cv2.GaussianBlur(oval(SIDE).astype(np.float32), (0, 0), SOFT), np.float32)


def smoothness(seconds: Doubles) -> Doubles:
    """(T, T) precision of a score over time: second differences as of an integrated Wiener process, and a little pull to 0."""
    count = len(seconds)
    second = np.zeros((max(count - 2, 0), count))
    for row, (before, after) in enumerate(zip(np.diff(seconds)[:-1], np.diff(seconds)[1:], strict=True)):
        step = (before + after) / 2
        first, last = step / before, step / after
        second[row, row : row + 3] = np.array((first, -first - last, last)) / np.sqrt(WILD * step**3 * 2 / 3)
    return np.asarray(second.T @ second + STILL * np.eye(count))


def _strongest(moved: Doubles, sure: Doubles) -> Doubles:
    """(T, 1) scores of variance 1 of the first principal component, where gaps are taken for 0."""
    apart = (moved * sure[..., None]).reshape(len(moved), -1)
    # of the small T x T matrix: the same vector as that of `apart`
    _, vectors = np.linalg.eigh(apart @ apart.T)
    return np.asarray(vectors[:, -1:] * np.sqrt(len(moved)))


def _together(scores: Doubles, motions: Doubles) -> Doubles:
    """(T, P, 2) the places that the motions add up to."""
    ones = np.concatenate([np.ones((len(scores), 1)), scores], axis=1)
    return np.stack([ones @ motions[..., axis].T for axis in (0, 1)], axis=-1)


def _motions(moved: Doubles, sure: Doubles, scores: Doubles, strength: Doubles) -> Doubles:
    """(P, 1 + rank, 2) each point's mean place and its share in each motion: ridge regression on the scores.

    A share is held to be as large as the motion's over the whole face (Bishop, Bayesian PCA, NIPS 1998): a point that is seldom
    seen does not take up motions that are hardly there.
    """
    count, rank = scores.shape
    ones = np.concatenate([np.ones((count, 1)), scores], axis=1)
    products = (ones[:, :, None] * ones[:, None]).reshape(count, -1)
    ridge = np.diag(np.append(0.01, NOISE**2 / strength.clip(WEAKEST) ** 2))
    normal = (sure.T @ products).reshape(-1, rank + 1, rank + 1) + ridge
    right = np.stack([(sure * moved[..., axis]).T @ ones for axis in (0, 1)], axis=-1)
    return np.asarray(np.linalg.solve(normal, right))


def _scores(moved: Doubles, sure: Doubles, motions: Doubles, prior: Doubles) -> Doubles:
    """(T, rank) the scores that what is seen of each frame, and smoothness, make most likely."""
    count, rank = len(moved), motions.shape[1] - 1
    apart, shares = (moved - motions[None, :, 0]) * sure[..., None], motions[:, 1:]
    squares = np.einsum("pic,pjc->pij", shares, shares).reshape(-1, rank * rank)
    variance = NOISE**2 * ALIKE
    evidence = (sure @ squares).reshape(count, rank, rank) / variance
    right = sum(apart[..., axis] @ shares[..., axis] for axis in (0, 1)) / variance
    system = np.zeros((count, rank, count, rank))
    every = np.arange(count)
    system[every, :, every] += evidence
    for part in range(rank):
        system[:, part, :, part] += prior
    size = count * rank
    return np.asarray(np.linalg.solve(system.reshape(size, size), np.asarray(right).ravel()).reshape(count, rank))


def _coarse(picture: Floats) -> Floats:
    return np.asarray(cv2.resize(picture, (POINTS, POINTS), interpolation=cv2.INTER_AREA), np.float32)
