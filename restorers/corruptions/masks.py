"""Masks drawn by geometry: boxes and brush strokes. Masks are (1, 1, S, S) float32, 1 = missing.

Everything is drawn from the numpy Generator that is passed in, whose bit stream numpy keeps stable across platforms.
"""

from math import cos, exp, log, pi, sin, sqrt

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

ASPECTS = (0.5, 2.0)
"""Width / height of a random box is log-uniform between these."""


def ratio(mask: Tensor) -> float:
    """Missing share of a mask, in [0, 1]."""
    return float(mask.mean())


def box_mask(side: int, left: int, top: int, width: int, height: int) -> Tensor:
    """One box in pixels as a mask (1, 1, side, side)."""
    mask = torch.zeros(1, 1, side, side)
    mask[:, :, top : top + height, left : left + width] = 1.0
    return mask


def box_size(side: int, area: float, aspect: float) -> tuple[int, int]:
    """Width and height in pixels of a box that covers `area` (a fraction of the picture) and fits inside it.

    The width is rounded first and the height takes up the rest, so that the area is hit within half a column of pixels; an aspect
    that does not fit is narrowed to the picture.
    """
    width = min(max(round(sqrt(area * aspect) * side), 1), side)
    height = min(max(round(area * side * side / width), 1), side)
    width = min(max(round(area * side * side / height), 1), side)
    return width, height


def rectangle(generator: Generator, side: int, low: float, high: float) -> Tensor:
    """One axis-aligned box wholly inside the picture.

    Area is uniform in [low, high] (fractions of the picture), aspect log-uniform in [1/2, 2] as far as it fits, place uniform.

    Returns:
        (1, 1, side, side).

    Raises:
        ValueError: unless 0 < low <= high <= 1.
    """
    if not 0 < low <= high <= 1:
        raise ValueError(f"expected 0 < low <= high <= 1, got {low} and {high}")
    area = generator.uniform(low, high)
    aspect = exp(generator.uniform(log(ASPECTS[0]), log(ASPECTS[1])))
    width, height = box_size(side, area, aspect)
    left = int(generator.integers(0, side - width + 1))
    top = int(generator.integers(0, side - height + 1))
    return box_mask(side, left, top, width, height)


def rectangle_at(side: int, area: float, centre: tuple[float, float], aspect: float = 1.0) -> Tensor:
    """The box of exactly this area whose centre is as near to `centre` (x, y as fractions of the side) as fits inside.

    Returns:
        (1, 1, side, side); its area differs from the wanted one by less than 0.005.
    """
    width, height = box_size(side, area, aspect)
    left = min(max(round(centre[0] * side - width / 2), 0), side - width)
    top = min(max(round(centre[1] * side - height / 2), 0), side - height)
    return box_mask(side, left, top, width, height)


def strokes(generator: Generator, side: int, low: float, high: float) -> Tensor:
    """Free-form brush strokes that together cover a share of [low, high] of the picture.

    Strokes as in DeepFill v2 (Yu et al., ICCV 2019, algorithm 1): 4 to 11 vertices, turns of 2 pi / 5 give or take 2 pi / 15,
    alternately reflected, segments N(r, r / 2) with r = diagonal / 8, round joints. Strokes are added until `low` is reached; a
    vertex that would exceed `high` is left out.
    """
    canvas = np.zeros((side, side), np.uint8)
    reach = sqrt(2.0) * side / 8
    for _ in range(200):
        if canvas.mean() >= low:
            break
        _stroke(canvas, generator, reach, high)
    return torch.from_numpy(canvas).float()[None, None]


def _stroke(canvas: np.ndarray, generator: Generator, reach: float, high: float) -> None:
    side = len(canvas)
    angle_mean = 2 * pi / 5 + generator.uniform(-2 * pi / 15, 2 * pi / 15)
    width = max(int(generator.uniform(12, 40) * side / 256), 1)
    here = tuple(int(value) for value in generator.integers(0, side, 2))
    for vertex in range(int(generator.integers(4, 12))):
        turn = generator.uniform(angle_mean - 2 * pi / 15, angle_mean + 2 * pi / 15)
        heading = turn if vertex % 2 else 2 * pi - turn
        length = float(np.clip(generator.normal(reach, reach / 2), 0, 2 * reach))
        there = tuple(
            int(np.clip(value, 0, side - 1))
            for value in (here[0] + length * cos(heading), here[1] + length * sin(heading))
        )
        longer = cv2.line(canvas.copy(), here, there, 1, width)
        cv2.circle(longer, there, width // 2, 1, -1)
        if longer.mean() > high:
            continue
        canvas[:] = longer
        here = there


def zhou_lu(side: int, generator: Generator) -> Tensor:
    """The rectangle of Zhou & Lu, CMC 2025: two corners in 0..156 of 256 px, its outline 50 to 100 px thick, mostly filled solid by it.

    This reading of the paper's `rectangle(p1, p2, thickness)` is the only one whose areas reach both of its ratio bins.

    Returns:
        (1, 1, side, side).
    """
    canvas = np.zeros((side, side), np.uint8)
    corners = generator.integers(0, 157, 4) * side // 256
    thickness = max(int(generator.integers(50, 101)) * side // 256, 1)
    cv2.rectangle(canvas, (int(corners[0]), int(corners[1])), (int(corners[2]), int(corners[3])), 1, thickness)
    return torch.from_numpy(canvas).float()[None, None]


def rectangles_batch(generator: Generator, count: int, side: int, low: float, high: float) -> Tensor:
    """`count` independent `rectangle`s, (count, 1, side, side)."""
    return torch.cat([rectangle(generator, side, low, high) for _ in range(count)])
