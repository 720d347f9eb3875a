"""Masks of published protocols that `restorers.corruptions` does not draw, and half a face. 1 = missing.

    zhou_lu     Zhou & Lu, CMC 2025: the outline of a box, 50 to 100 px thick of 256, mostly filled solid by it
    thick       LaMa's wide evaluation masks: strokes or boxes (Suvorov et al., WACV 2022, random_thick_256)
    medium      the same with thinner strokes and smaller boxes (random_medium_256)
    half_face   one half of the face, left or right of its middle line, as the head is turned

LaMa draws its masks from a global random state, so these are new draws from the same distributions. Both sizes are
stated at 256 px and scaled with the picture.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import cos, pi, sin
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from restorers.corruptions import pose
from restorers.corruptions.pose import Array, Surface
from restorers.training.corruptors import zhou_lu_mask

REFERENCE_SIDE: Final = 256
LARGEST_SHARE: Final = 0.5
"""LaMa leaves out evaluation masks that hide more."""

_SEGMENTS: Final = 5
_HEADINGS: Final = 4
_MARGIN: Final = 10
_FACE: Final = Surface(depth=0.25, bend=0.6)
_WIDE: Final = 1.25
_TALL: Final = 1.75
_MIDDLE: Final = 0.35
"""Face units: an ellipse from the hairline to the chin and from ear to ear (see `restorers.corruptions.pose`)."""


@dataclass(frozen=True)
class Mixture:
    """LaMa's mixture of strokes and boxes; ranges of pixels at 256 and of counts, both ends included."""

    strokes: tuple[int, int]
    length: tuple[int, int]
    width: tuple[int, int]
    boxes: tuple[int, int]
    side: tuple[int, int]
    box_weight: float = 0.3
    """Against a weight of 1 for strokes."""


THICK: Final = Mixture((1, 6), (10, 209), (5, 104), (1, 3), (30, 149))
MEDIUM: Final = Mixture((4, 6), (10, 109), (5, 54), (1, 5), (10, 49))

Shape = Callable[[int, Generator, Array], Tensor]
"""(side, generator, landmarks (5, 2)) -> (1, 1, side, side)."""


def draw(name: str, seed: int, side: int, landmarks: Array) -> Tensor:
    """Draw one mask.

    Args:
        name: a key of `SHAPES`.
        seed: of every random choice.
        side: width and height of the picture in pixels.
        landmarks: (5, 2) as fractions of the side; only `half_face` looks at them.

    Returns:
        (1, 1, side, side), 1 = missing; never empty and never the whole picture.

    Raises:
        KeyError: if there is no such shape.
    """
    return SHAPES[name](side, np.random.default_rng(seed), landmarks)


def _zhou_lu(side: int, generator: Generator, landmarks: Array) -> Tensor:  # noqa: ARG001 - one form for all shapes
    return zhou_lu_mask(side, generator)


def _mixed(mixture: Mixture, side: int, generator: Generator, landmarks: Array) -> Tensor:  # noqa: ARG001
    while True:
        canvas = np.zeros((side, side), np.uint8)
        if generator.random() < mixture.box_weight / (1 + mixture.box_weight):
            _boxes(canvas, mixture, generator)
        else:
            _strokes(canvas, mixture, generator)
        if 0 < canvas.mean() <= LARGEST_SHARE:
            return torch.from_numpy(canvas).float()[None, None]


def _strokes(canvas: np.ndarray, mixture: Mixture, generator: Generator) -> None:
    side = len(canvas)
    for number in range(_among(generator, mixture.strokes)):
        x, y = (int(value) for value in generator.integers(0, side, 2))
        for _ in range(int(generator.integers(1, _SEGMENTS + 1))):
            heading = 0.01 + float(generator.integers(0, _HEADINGS))
            heading = 2 * pi - heading if number % 2 == 0 else heading
            length = _scaled(_among(generator, mixture.length), side)
            width = _scaled(_among(generator, mixture.width), side)
            there = tuple(
                int(np.clip(value, 0, side)) for value in (x + length * sin(heading), y + length * cos(heading))
            )
            cv2.line(canvas, (x, y), there, 1, width)
            x, y = there


def _boxes(canvas: np.ndarray, mixture: Mixture, generator: Generator) -> None:
    side = len(canvas)
    margin = _scaled(_MARGIN, side)
    for _ in range(_among(generator, mixture.boxes)):
        width, height = (_scaled(_among(generator, mixture.side), side) for _ in range(2))
        left = int(generator.integers(margin, side - margin - width + 1))
        top = int(generator.integers(margin, side - margin - height + 1))
        canvas[top : top + height, left : left + width] = 1


def _half_face(side: int, generator: Generator, landmarks: Array) -> Tensor:
    x, y, facing = pose.pose_of(np.asarray(landmarks, np.float32)).unproject(side, _FACE)
    way = 1 if generator.random() < 0.5 else -1
    inside = (np.hypot(x / _WIDE, (y - _MIDDLE) / _TALL) < 1) & (facing > 0)
    half = inside & (way * x > 0)
    # A head turned far away shows next to nothing of one half: then the other one is taken.
    half = half if half.any() else inside
    return torch.from_numpy(half.astype(np.float32))[None, None]


def _among(generator: Generator, ends: tuple[int, int]) -> int:
    return int(generator.integers(ends[0], ends[1], endpoint=True))


def _scaled(pixels: int, side: int) -> int:
    return max(round(pixels * side / REFERENCE_SIDE), 1)


SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "zhou_lu": _zhou_lu,
        "thick": partial(_mixed, THICK),
        "medium": partial(_mixed, MEDIUM),
        "half_face": _half_face,
    }
)
