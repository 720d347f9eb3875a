"""Loose hair before the face: a fringe over one eye, a wavy strand, curtains, thin wet strands."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from restorers.corruptions.occluder_art.canvas import DENSITY, Array, Canvas, Colour, Points, curve, mirrored

Bytes = NDArray[np.uint8]

_FRINGE: tuple[Points, ...] = (
    ((0.50, -1.45), (0.12, -1.12), (-0.30, -0.62), (-0.62, 0.00), (-0.92, 0.62)),
    ((0.52, -1.45), (0.22, -1.08), (-0.06, -0.56), (-0.34, -0.05), (-0.58, 0.36)),
    ((0.40, -1.45), (-0.06, -1.16), (-0.54, -0.74), (-0.92, -0.10), (-1.12, 0.66)),
    ((0.56, -1.42), (0.36, -1.00), (0.16, -0.50), (-0.04, -0.16), (-0.22, 0.10)),
)
_STRAND: tuple[Points, ...] = (
    ((0.16, -1.40), (0.40, -0.86), (0.36, -0.30), (0.54, 0.25), (0.48, 0.80), (0.62, 1.40)),
    ((0.20, -1.40), (0.48, -0.84), (0.50, -0.28), (0.60, 0.28), (0.60, 0.84), (0.80, 1.30)),
    ((0.10, -1.38), (0.30, -0.86), (0.22, -0.34), (0.36, 0.10), (0.28, 0.46)),
)
_CURTAIN: tuple[Points, ...] = (
    ((0.04, -1.42), (0.46, -1.12), (0.80, -0.52), (0.84, 0.16), (0.94, 0.85), (0.84, 1.50), (0.95, 2.1)),
    ((0.06, -1.42), (0.60, -1.10), (0.98, -0.45), (1.02, 0.25), (1.10, 0.95), (1.02, 1.60), (1.08, 2.2)),
    ((0.03, -1.40), (0.36, -1.10), (0.64, -0.60), (0.68, -0.05), (0.78, 0.45), (0.74, 0.95)),
)
_CURTAINS: tuple[Points, ...] = (*_CURTAIN, *(tuple(mirrored(guide)) for guide in _CURTAIN))
_WET: tuple[Points, ...] = (
    ((-0.34, -1.40), (-0.44, -0.80), (-0.30, -0.26), (-0.40, 0.22)),
    ((-0.06, -1.40), (-0.16, -0.80), (-0.02, -0.36), (-0.10, 0.04)),
    ((0.08, -1.40), (0.26, -0.76), (0.30, -0.20), (0.44, 0.38), (0.40, 0.85)),
    ((0.40, -1.38), (0.50, -0.74), (0.68, -0.16), (0.60, 0.26)),
    ((-0.55, -1.30), (-0.74, -0.66), (-0.66, -0.08), (-0.80, 0.46)),
    ((0.20, -1.40), (0.14, -0.86), (0.22, -0.46), (0.12, -0.12)),
)


@dataclass(frozen=True)
class Hair:
    """What tells one head of hair from another."""

    guides: tuple[Points, ...]
    width: float
    """Half width of a lock in its middle, face units."""
    clumps: int
    """In each lock."""
    dark: Colour
    light: Colour
    sheen: float


LOOKS: tuple[Hair, ...] = (
    Hair(_FRINGE, 0.17, 13, (0.10, 0.065, 0.045), (0.33, 0.23, 0.16), 0.16),
    Hair(_STRAND, 0.085, 6, (0.42, 0.30, 0.17), (0.80, 0.65, 0.44), 0.12),
    Hair(_CURTAINS, 0.15, 12, (0.035, 0.03, 0.03), (0.15, 0.13, 0.12), 0.20),
    Hair(_WET, 0.026, 3, (0.04, 0.03, 0.025), (0.14, 0.10, 0.07), 0.30),
    Hair(_FRINGE, 0.14, 9, (0.40, 0.29, 0.17), (0.80, 0.65, 0.44), 0.12),
    Hair(_STRAND, 0.11, 8, (0.22, 0.09, 0.04), (0.52, 0.26, 0.14), 0.16),
)
_HAIRS = 44
"""Single hairs in a clump."""


def hair(look: int) -> Canvas:
    """Draw the locks of one look, hair by hair."""
    kind = LOOKS[look]
    # A hair is far thinner than a pixel: drawn at twice the density, then shrunk.
    canvas = Canvas(-1.5, -1.6, 1.5, 2.3, density=2 * DENSITY)
    generator = np.random.default_rng(500 + look)
    for guide in kind.guides:
        _paint_lock(canvas, kind, curve(guide, closed=False, steps=12), generator)
    # Where the hair bends towards the lamp each hair has its highlight, a little higher or lower than its neighbour's.
    ragged = (
        canvas.y
        + 0.16 * canvas.x**2
        + 0.16 * canvas.noise(0.05, 610 + look, 2)
        + 0.1 * canvas.noise(0.4, 620 + look, 2)
    )
    band = np.exp(-(((ragged + 0.78) / 0.16) ** 2)) + 0.6 * np.exp(-(((ragged - 0.35) / 0.2) ** 2))
    canvas.rgb = np.minimum(canvas.rgb * (1 + 2.2 * kind.sheen * band)[..., None], canvas.alpha[..., None]).astype(
        np.float32
    )
    return canvas.halved()


def _paint_lock(canvas: Canvas, kind: Hair, guide: Array, generator: np.random.Generator) -> None:
    """Clumps of hairs that run to a point, from the dark ones below to the lit ones above."""
    rows, columns = canvas.alpha.shape
    ink = np.zeros((rows, columns, 3), np.uint8)
    cover = np.zeros((rows, columns), np.uint8)
    t = np.linspace(0, 1, len(guide), dtype=np.float32)
    tangent = np.gradient(guide, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    across = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    places = np.linspace(-1, 1, kind.clumps) + generator.uniform(-0.25, 0.25, kind.clumps)
    for rank, where in enumerate(generator.permutation(places)):
        level = (rank + 1) / kind.clumps
        # Narrow at the root, widest half way, and each clump goes its own way at the end.
        spread = kind.width * (0.45 + 0.75 * t - 0.25 * t**2)
        drift = generator.normal() * 0.09 * t**2 + 0.02 * np.sin(
            generator.uniform(0, 6.3) + generator.uniform(4, 8) * t
        )
        end = generator.uniform(0.70, 1.0)
        clump = guide + across * (where * spread + drift)[:, None]
        _paint_clump(canvas, kind, (ink, cover), (clump, across, t), (level, end, where), generator)
    alpha = cover.astype(np.float32) / 255
    # The lock rests on what is beneath it and darkens it a little.
    canvas.shade(0.6, canvas.blur(alpha, 0.03) * canvas.alpha)
    canvas.rgb = np.asarray(ink.astype(np.float32) / 255 + canvas.rgb * (1 - alpha[..., None]), np.float32)
    canvas.alpha = np.asarray(alpha + canvas.alpha * (1 - alpha), np.float32)


def _paint_clump(
    canvas: Canvas,
    kind: Hair,
    sheets: tuple[Bytes, Bytes],
    lane: tuple[Array, Array, Array],
    place: tuple[float, float, float],
    generator: np.random.Generator,
) -> None:
    """Hairs round one lane, which ends at `end` of its length and lies `level` high in the lock."""
    clump, across, t = lane
    level, end, where = place
    dark, light = np.asarray(kind.dark, np.float32), np.asarray(kind.light, np.float32)
    width = 1.15 * kind.width / kind.clumps * 1.6 * np.sqrt(np.clip(1 - (t / end) ** 3, 0, 1)) + 0.003
    for level_within in np.sort(generator.random(_HAIRS)):
        offset = generator.uniform(-1, 1)
        stray = 0.012 * t * generator.normal() ** 3 + 0.006 * np.sin(generator.uniform(0, 6.3) + 9 * t)
        path = clump + across * (offset * width + stray)[:, None]
        # The roots are lost in the hair that is already there; the tips end one by one.
        first = int(len(t) * generator.uniform(0.0, 0.45) ** 2)
        last = max(int(len(t) * min(end * (1.04 - 0.45 * generator.random() ** 2), 1.0)), first + 3)
        # A clump is round, and so is the lock: both turn dark towards their sides.
        shade = (0.15 + 0.85 * level_within) * (0.55 + 0.45 * level) * (1 - 0.35 * offset**2) * (1 - 0.3 * where**2)
        colour = np.clip(dark + (light - dark) * shade * generator.uniform(0.85, 1.15), 0, 1) * 255
        line = [np.rint((path[first:last] - canvas.box[:2]) * canvas.density * 16).astype(np.int32)]
        cv2.polylines(sheets[0], line, False, colour.tolist(), 1, cv2.LINE_AA, 4)
        cv2.polylines(sheets[1], line, False, (255,), 1, cv2.LINE_AA, 4)
