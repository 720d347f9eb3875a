"""Loose hair as heads wear it: fringes, a lock swept over one eye, curtains, curls, a few wisps; drawn hair by hair.

A style is a sheet of hair between guide curves. Locks lie anywhere across it, from those beneath to those on top, and each is a bundle of
hairs that come to a point. A hair is a thin cylinder: it shines where it runs across the light (Kajiya & Kay, Rendering Fur with Three
Dimensional Textures, SIGGRAPH 1989).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from restorers.corruptions.occluder_art.canvas import (
    DENSITY,
    LAMP,
    Array,
    Canvas,
    Colour,
    Points,
    curve,
    mirrored,
    ramp,
)

Bytes = NDArray[np.uint8]

_SWEPT: tuple[Points, ...] = (
    ((0.62, -1.50), (0.50, -1.20), (0.22, -0.86), (-0.10, -0.56), (-0.44, -0.26)),
    ((0.60, -1.62), (0.34, -1.32), (-0.10, -0.94), (-0.50, -0.48), (-0.78, 0.02)),
    ((0.52, -1.72), (0.12, -1.46), (-0.44, -1.02), (-0.86, -0.40), (-1.04, 0.36)),
    ((0.44, -1.80), (-0.10, -1.60), (-0.72, -1.12), (-1.08, -0.34), (-1.16, 0.60)),
)
_STRAIGHT: tuple[Points, ...] = (
    ((-0.62, -1.60), (-0.88, -1.22), (-1.00, -0.76), (-1.02, -0.30), (-1.00, 0.22)),
    ((-0.36, -1.66), (-0.56, -1.26), (-0.64, -0.82), (-0.66, -0.40), (-0.64, -0.02)),
    ((0.00, -1.68), (-0.04, -1.28), (-0.02, -0.84), (0.00, -0.44), (0.02, -0.08)),
    ((0.36, -1.66), (0.54, -1.26), (0.62, -0.82), (0.65, -0.40), (0.66, -0.02)),
    ((0.62, -1.60), (0.88, -1.22), (1.00, -0.76), (1.02, -0.30), (1.00, 0.22)),
)
_SIDE: tuple[Points, ...] = (
    ((0.10, -1.62), (0.42, -1.30), (0.66, -0.80), (0.74, -0.10), (0.78, 0.60), (0.86, 1.30), (0.80, 2.00)),
    ((0.12, -1.70), (0.56, -1.36), (0.86, -0.78), (0.96, 0.00), (1.00, 0.80), (1.06, 1.60), (1.00, 2.50)),
    ((0.16, -1.78), (0.72, -1.42), (1.08, -0.74), (1.22, 0.06), (1.28, 0.90), (1.32, 1.70), (1.26, 2.60)),
)
_HALF: tuple[Points, ...] = (
    ((0.50, -1.55), (0.30, -1.18), (-0.06, -0.66), (-0.30, -0.02), (-0.42, 0.66), (-0.52, 1.30), (-0.50, 1.90)),
    ((0.50, -1.64), (0.12, -1.32), (-0.40, -0.78), (-0.66, -0.02), (-0.76, 0.76), (-0.80, 1.50), (-0.76, 2.20)),
    ((0.46, -1.72), (-0.10, -1.50), (-0.74, -0.92), (-1.00, -0.06), (-1.08, 0.80), (-1.12, 1.70), (-1.06, 2.50)),
    ((0.40, -1.80), (-0.30, -1.60), (-1.00, -1.00), (-1.28, -0.04), (-1.34, 0.90), (-1.38, 1.80), (-1.30, 2.60)),
)
_WISPS: tuple[Points, ...] = (
    ((-0.60, -1.60), (-0.92, -1.10), (-0.80, -0.40), (-0.96, 0.40), (-0.74, 1.30)),
    ((-0.20, -1.64), (-0.50, -1.14), (-0.40, -0.50), (-0.56, 0.16), (-0.36, 0.86)),
    ((0.10, -1.66), (0.04, -1.16), (0.24, -0.54), (0.06, 0.06), (0.28, 0.62)),
    ((0.36, -1.62), (0.52, -1.12), (0.40, -0.46), (0.66, 0.24), (0.44, 1.00)),
    ((0.64, -1.58), (0.96, -1.06), (0.84, -0.36), (1.00, 0.44), (0.80, 1.40)),
)
_OTHER_SIDE: tuple[Points, ...] = tuple(tuple(mirrored(guide)) for guide in _SIDE)


@dataclass(frozen=True)
class Loose:
    """What tells one head of loose hair from another."""

    sheets: tuple[tuple[Points, ...], ...]
    """Guides from one edge of each sheet to the other, all with as many points."""
    locks: int
    hairs: int
    """In a lock."""
    width: float
    """Half width of a lock, face units."""
    ends: tuple[float, float]
    """Where locks end, as parts of their guides."""
    colour: Colour
    curl: float = 0.0
    """How far curls swing to a side, face units."""
    turns: float = 7.0
    """Radians of a curl along its guide."""
    stray: float = 0.09
    """How far locks cross over, as a part of the sheet."""


LOOKS: tuple[Loose, ...] = (
    Loose((_SWEPT,), 84, 60, 0.085, (0.66, 1.0), (0.34, 0.225, 0.145)),
    Loose((_STRAIGHT,), 108, 50, 0.075, (0.72, 1.0), (0.15, 0.115, 0.095)),
    Loose((_SIDE, _OTHER_SIDE), 110, 46, 0.085, (0.55, 1.0), (0.25, 0.165, 0.115)),
    Loose((_HALF,), 96, 54, 0.10, (0.55, 1.0), (0.66, 0.51, 0.33)),
    Loose((_WISPS,), 26, 14, 0.030, (0.45, 1.0), (0.28, 0.19, 0.13), curl=0.02, stray=0.3),
    Loose((_STRAIGHT, _SIDE, _OTHER_SIDE), 120, 30, 0.060, (0.5, 0.95), (0.13, 0.095, 0.075), curl=0.07, turns=20.0),
    Loose((_SWEPT, _OTHER_SIDE), 110, 46, 0.080, (0.55, 1.0), (0.45, 0.23, 0.13), curl=0.02),
)
_LAYERS = 6
"""From the hair beneath to that on top."""
_STEPS = 10
"""Points between two of a guide."""


def loose_hair(look: int) -> Canvas:
    """Draw one look, front view."""
    kind = LOOKS[look]
    # A hair is far thinner than a pixel: drawn at twice the density, then shrunk.
    canvas = Canvas(-1.7, -1.9, 1.7, 2.6, density=2 * DENSITY)
    generator = np.random.default_rng(700 + look)
    sheets = [np.stack([curve(guide, closed=False, steps=_STEPS) for guide in sheet]) for sheet in kind.sheets]
    # evenly over the sheet, in any order
    places = (generator.permutation(kind.locks) + generator.random(kind.locks)) / kind.locks
    for layer in range(_LAYERS):
        ink = np.zeros((*canvas.alpha.shape, 3), np.uint8)
        cover = np.zeros(canvas.alpha.shape, np.uint8)
        for number in range(layer, kind.locks, _LAYERS):
            guide = _between(sheets[number // _LAYERS % len(sheets)], places[number], kind.stray * generator.normal())
            _paint_lock((ink, cover), canvas, kind, guide, layer, generator)
        _lay(canvas, ink, cover)
    # Roots are lost in the hair that is already there.
    roots = ramp(canvas.y + 0.06 * canvas.noise(0.08, 720 + look, 2), -1.80, -1.25)
    canvas.rgb, canvas.alpha = canvas.rgb * roots[..., None], canvas.alpha * roots
    return canvas.halved()


def _between(sheet: Array, across: float, stray: float) -> Array:
    """A curve of a sheet (G, K, 2) from `across` of the way from its first guide to its last, `stray` farther at its end."""
    steps = np.arange(sheet.shape[1])
    place = np.clip(across + stray * (steps / steps[-1] - 0.3), -0.05, 1.05) * (len(sheet) - 1)
    first = np.clip(place.astype(int), 0, len(sheet) - 2)
    share = (place - first)[:, None]
    return np.asarray((1 - share) * sheet[first, steps] + share * sheet[first + 1, steps], np.float32)


def _lay(canvas: Canvas, ink: Bytes, cover: Bytes) -> None:
    """Put a layer on what is beneath, and darken that a little around it."""
    alpha = cover.astype(np.float32) / np.float32(255)
    canvas.shade(0.7, canvas.blur(alpha, 0.025) * canvas.alpha)
    canvas.rgb = np.asarray(ink.astype(np.float32) / 255 + canvas.rgb * (1 - alpha[..., None]), np.float32)
    canvas.alpha = np.asarray(alpha + canvas.alpha * (1 - alpha), np.float32)


def _paint_lock(
    sheets: tuple[Bytes, Bytes], canvas: Canvas, kind: Loose, guide: Array, layer: int, generator: np.random.Generator
) -> None:
    t = np.linspace(0, 1, len(guide), dtype=np.float32)
    across = _across(guide)
    end = generator.uniform(*kind.ends)
    drift = generator.normal() * 0.07 * t**2
    swing = kind.curl * np.sqrt(t) * np.sin(generator.uniform(0, 6.3) + kind.turns * generator.uniform(0.8, 1.2) * t)
    lock = guide + across * (drift + swing)[:, None]
    # Narrow at the root, widest half way, and drawn to a point.
    size = generator.uniform(0.3, 1.35)
    width = kind.width * size * (0.55 + 0.7 * t) * np.sqrt(np.clip(1 - (t / end) ** 3, 0, 1))
    tone = generator.uniform(0.74, 1.18) * (0.72 + 0.28 * (layer + 1) / _LAYERS)
    shift = generator.uniform(-0.25, 0.25)
    # those at the sides of the bundle first, those that bulge towards the camera last
    for offset in sorted(generator.normal(0, 0.45, int(kind.hairs * size)), key=abs, reverse=True):
        stray = 0.012 * np.clip(generator.normal(), -2, 2) ** 3 * t**2 + 0.004 * np.sin(
            generator.uniform(0, 6.3) + 14 * t
        )
        path = lock + across * (offset * (width + 0.004) + stray)[:, None]
        first = int(len(t) * 0.25 * generator.random())
        last = max(int(len(t) * min(end * (1.04 - 0.55 * generator.random() ** 2), 1.0)), first + 4)
        own = tone * generator.uniform(0.78, 1.22) * (1 - 0.32 * min(offset**2, 1))
        shades = own * _light(path, t, float(offset), shift + 0.15 * generator.normal(), end)
        _paint_hair(sheets, canvas, path[first:last], shades[first:last], kind.colour)


def _light(path: Array, t: Array, offset: float, shift: float, end: float) -> Array:
    """How light a hair is along its way, (K,) around 1: where it runs across the light it shines."""
    run = np.gradient(path, axis=0)
    # hair leaves the head, bends over the brow and falls back: its slope towards the camera
    depth = 0.9 * np.cos(3.0 * np.clip(t / end, 0, 1) + 0.35 + shift + 0.2 * offset)
    tangent = np.column_stack([run / np.linalg.norm(run, axis=1, keepdims=True).clip(1e-6), depth])
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    along = tangent @ LAMP
    eye = tangent[:, 2]
    sine, sine_eye = np.sqrt(np.clip(1 - along**2, 0, 1)), np.sqrt(np.clip(1 - eye**2, 0, 1))
    gloss = np.clip(sine * sine_eye - along * eye, 0, 1) ** 24
    root = 0.7 + 0.3 * np.clip(t / 0.35, 0, 1)
    return np.asarray((0.55 + 0.45 * sine + 0.75 * gloss) * root * (1 + 0.12 * t), np.float32)


def _paint_hair(sheets: tuple[Bytes, Bytes], canvas: Canvas, path: Array, shades: Array, colour: Colour) -> None:
    """A line whose colour changes along it."""
    points = np.rint((path - canvas.box[:2]) * canvas.density * 16).astype(np.int32)
    for start in range(-(len(points) % 3), len(points) - 1, 3):
        line = [points[max(start, 0) : start + 4]]
        shade = float(shades[max(start, 0) : start + 4].mean())
        # what is lighter is less saturated
        ink = np.clip(np.asarray(colour, np.float32) * shade + 0.05 * max(shade - 1, 0), 0, 1) * 255
        cv2.polylines(sheets[0], line, False, ink.tolist(), 1, cv2.LINE_AA, 4)
        cv2.polylines(sheets[1], line, False, (255,), 1, cv2.LINE_AA, 4)


def _across(guide: Array) -> Array:
    run = np.gradient(guide, axis=0)
    run /= np.linalg.norm(run, axis=1, keepdims=True)
    return np.asarray(np.stack([-run[:, 1], run[:, 0]], 1), np.float32)
