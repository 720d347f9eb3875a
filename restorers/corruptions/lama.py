"""The mask protocols of LaMa's evaluation: strokes or boxes. Masks are (1, 1, S, S) float32, 1 = missing.

Suvorov et al., Resolution-robust Large Mask Inpainting with Fourier Convolutions, WACV 2022; `random_thick_256` and
`random_medium_256` of the authors' code. They draw from a global random state, so these are new draws from the same
distributions. Everything is stated at 256 px and scaled with the picture.
"""

from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

REFERENCE_SIDE: Final = 256
LARGEST_SHARE: Final = 0.5
"""The protocol leaves out masks that hide more."""
SEGMENTS: Final = 5
"""Of a stroke, at most."""
HEADINGS: Final = 4
"""A segment heads 0 to 3 whole radians, strokes by turns to one side and to the other."""
MARGIN_PX: Final = 10
"""Between a box and the border."""


@dataclass(frozen=True)
class Protocol:
    """Ranges of pixels at 256 and of counts, both ends included."""

    strokes: tuple[int, int]
    length: tuple[int, int]
    width: tuple[int, int]
    boxes: tuple[int, int]
    box: tuple[int, int]
    """Width and height of a box."""
    box_share: float = 0.3 / 1.3
    """Of the masks that are made of boxes; the others are made of strokes."""


THICK: Final = Protocol((1, 6), (10, 209), (5, 104), (1, 3), (30, 149))
MEDIUM: Final = Protocol((4, 6), (10, 109), (5, 54), (1, 5), (10, 49))


def mask(protocol: Protocol, generator: Generator, side: int) -> Tensor:
    """One mask that hides something and at most half of the picture, (1, 1, side, side)."""
    while True:
        canvas = np.zeros((side, side), np.uint8)
        if generator.random() < protocol.box_share:
            _boxes(canvas, protocol, generator)
        else:
            _strokes(canvas, protocol, generator)
        if 0 < canvas.mean() <= LARGEST_SHARE:
            return torch.from_numpy(canvas).float()[None, None]


def _strokes(canvas: NDArray[np.uint8], protocol: Protocol, generator: Generator) -> None:
    side = len(canvas)
    for number in range(_among(generator, protocol.strokes)):
        x, y = (int(value) for value in generator.integers(0, side, 2))
        for _ in range(int(generator.integers(1, SEGMENTS + 1))):
            heading = 0.01 + float(generator.integers(HEADINGS))
            heading = 2 * pi - heading if number % 2 == 0 else heading
            length, width = (_scaled(_among(generator, ends), side) for ends in (protocol.length, protocol.width))
            there = (int(np.clip(x + length * sin(heading), 0, side)), int(np.clip(y + length * cos(heading), 0, side)))
            cv2.line(canvas, (x, y), there, 1, width)
            x, y = there


def _boxes(canvas: NDArray[np.uint8], protocol: Protocol, generator: Generator) -> None:
    side = len(canvas)
    margin = _scaled(MARGIN_PX, side)
    for _ in range(_among(generator, protocol.boxes)):
        width, height = (_scaled(_among(generator, protocol.box), side) for _ in range(2))
        left = int(generator.integers(margin, side - margin - width + 1))
        top = int(generator.integers(margin, side - margin - height + 1))
        canvas[top : top + height, left : left + width] = 1


def _among(generator: Generator, ends: tuple[int, int]) -> int:
    return int(generator.integers(ends[0], ends[1], endpoint=True))


def _scaled(pixels: int, side: int) -> int:
    return max(round(pixels * side / REFERENCE_SIDE), 1)
