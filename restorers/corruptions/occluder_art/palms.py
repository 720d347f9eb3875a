"""The inner side of a hand: the lines of the palm, the folds where fingers bend, soft pads; no nails and no knuckles."""

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

import numpy as np

from restorers.corruptions.occluder_art.canvas import Array, Canvas, Points, ramp

_LINES: tuple[Points, ...] = (
    ((0.46, -0.06), (0.24, 0.02), (-0.02, -0.08), (-0.20, -0.30)),
    ((-0.40, -0.02), (-0.16, 0.08), (0.10, 0.20), (0.34, 0.40)),
    ((-0.38, -0.06), (-0.14, 0.14), (-0.08, 0.46), (-0.16, 0.76)),
)
"""Of the heart, of the head, of life; the thumb to the left."""
PADS: tuple[tuple[tuple[float, float], float, float], ...] = (((-0.30, 0.44), 0.26, 0.060), ((0.30, 0.46), 0.24, 0.040))
"""Middle, radius and height of the balls of the thumb and of the small finger, face units."""
_Joints = Sequence[tuple[float, float]]


def folds(canvas: Canvas, fingers: Sequence[_Joints], radii: Sequence[float]) -> Array:
    """How deep folds are, (H, W) in [0, 1].

    Args:
        canvas: to draw on.
        fingers: the ends of each one's bones, the knuckle first.
        radii: half the width of each.
    """
    total = np.zeros_like(canvas.x)
    for number, line in enumerate(_LINES):
        off = canvas.along(line)
        thin = 0.011 + 0.003 * canvas.noise(0.12, 190 + number, 1)
        total = np.maximum(total, (1.0, 0.8, 1.0)[number] * np.exp(-((off / thin) ** 2)))
    for joints, radius in zip(fingers, radii, strict=True):
        for number, (start, end) in enumerate(pairwise(joints)):
            # the palm reaches higher than the knuckles behind it
            shift = 0.14 if number == 0 else 0.0
            along, across = _on(canvas, start, end)
            across_limit = np.exp(-((across / (1.05 * radius)) ** 6))
            for place, depth in ((shift, 0.9), (shift + 0.035, 0.5)):
                bow = 0.10 * across**2 / radius
                total = np.maximum(total, depth * across_limit * np.exp(-(((along - place - bow) / 0.009) ** 2)))
    return np.asarray(np.clip(total, 0, 1), np.float32)


def blush(canvas: Canvas, fingers: Sequence[_Joints]) -> Array:
    """Where the skin is redder, (H, W) in [0, 1]: at the tips and on the pads."""
    total = np.zeros_like(canvas.x)
    for joints in fingers:
        x, y = joints[-1]
        total = np.maximum(total, np.exp(-(((canvas.x - x) ** 2 + (canvas.y - y) ** 2) / 0.14**2)))
    for (x, y), radius, _ in PADS:
        total = np.maximum(total, 0.6 * np.exp(-(((canvas.x - x) ** 2 + (canvas.y - y) ** 2) / radius**2)))
    hollow = 0.3 * ramp(np.hypot(canvas.x - 0.05, canvas.y - 0.2), 0.2, 0.0)
    return np.asarray(np.clip(total - hollow, 0, 1), np.float32)


def _on(canvas: Canvas, start: tuple[float, float], end: tuple[float, float]) -> tuple[Array, Array]:
    """Coordinates along and across a bone, from its start."""
    length = max(hypot(end[0] - start[0], end[1] - start[1]), 1e-6)
    ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    dx, dy = canvas.x - np.float32(start[0]), canvas.y - np.float32(start[1])
    return np.asarray(dx * ux + dy * uy, np.float32), np.asarray(dx * uy - dy * ux, np.float32)
