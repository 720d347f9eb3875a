"""A clip of a drawn face that moves over a textured background, and the places where its landmarks really are."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from comparisons.video.clips import Clip, Writer
from restorers.faces.align import Box, DetectedFace, Detection

WIDTH, HEIGHT = 240, 200
POINTS = np.array([(96, 120), (160, 120), (128, 161), (102, 188), (154, 188)], np.float32)
"""Landmarks of the drawn face of 256 pixels."""
SCALE = 0.6


@dataclass
class Drawn:
    """Frames with their landmarks, (5, 2) each."""

    frames: list[npt.NDArray[np.uint8]]
    landmarks: list[npt.NDArray[np.float32]]
    times: tuple[Fraction, ...]


def texture(height: int, width: int, seed: int, grain: float = 2.0) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.asarray(np.clip(128 + 55 * smooth / smooth.std(), 0, 255), np.uint8)


def drawn_clip(face: npt.NDArray[np.uint8], count: int = 18, rate: int = 12, seed: int = 1) -> Drawn:
    """The face wanders to the right and back, nodding and turning a little."""
    background = texture(HEIGHT, WIDTH, seed)
    oval = np.zeros((256, 256), np.float32)
    cv2.ellipse(oval, (128, 145), (95, 105), 0, 0, 360, 1, -1)
    frames, landmarks = [], []
    for number in range(count):
        phase = 2 * np.pi * number / 24
        affine = cv2.getRotationMatrix2D((128, 128), 5 * np.sin(phase), SCALE)
        affine[:, 2] += np.array([WIDTH / 2, HEIGHT / 2]) - 128 + (24 * np.sin(phase), 9 * np.sin(2 * phase))
        weight = cv2.warpAffine(oval, affine, (WIDTH, HEIGHT))[..., None]
        moved = cv2.warpAffine(face, affine, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        frames.append(np.rint(background * (1 - weight) + moved * weight).astype(np.uint8))
        landmarks.append((POINTS @ affine[:, :2].T + affine[:, 2]).astype(np.float32))
    return Drawn(frames, landmarks, tuple(Fraction(number, rate) for number in range(count)))


def face_at(points: npt.NDArray[np.float32], size: float = 1.0) -> DetectedFace:
    """A detection with these landmarks, in a box `size` times as large as is usual."""
    centre, reach = points.mean(axis=0), float(np.ptp(points, axis=0).max()) * size
    return DetectedFace(Box(*(centre - reach), *(centre + reach)), points, 0.99)


class Locator:
    """A detector that knows the truth, give or take some trembling."""

    def __init__(self, clip: Drawn, tremble: float = 0.0) -> None:
        self.clip, self.tremble, self.looks = clip, tremble, 0
        self.random = np.random.default_rng(0)

    def __call__(self, frame: npt.NDArray[np.uint8]) -> Detection:
        self.looks += 1
        errors = [float(np.abs(frame.astype(np.int16) - other).mean()) for other in self.clip.frames]
        points = self.clip.landmarks[int(np.argmin(errors))]
        return Detection((face_at(points + self.random.normal(0, self.tremble, (5, 2)).astype(np.float32)),), "drawn")


def written(path: Path, clip: Drawn) -> Path:
    """The clip as a file."""
    height, width = clip.frames[0].shape[:2]
    with Writer(path, Clip(path, width, height, clip.times, Fraction(0), sound=False)) as writer:
        for frame, time in zip(clip.frames, clip.times, strict=True):
            writer.add(frame, time)
    return path
