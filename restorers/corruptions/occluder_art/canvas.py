"""A sheet to draw on: shapes as distance fields, heights lit by one lamp and one sky, layers put over one another.

Coordinates are **face units**: x to the right, y down, the origin midway between the eyes, 1 = the distance between the
eyes of a face seen from the front. Colours are RGB in [0, 1]. Every drawing is a pure function of its arguments.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Real = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
Points = Sequence[tuple[float, float]]

DENSITY = 160
"""Pixels per face unit: more than twice what a 256 px face needs, so that placing always shrinks."""
LAMP = np.array((-0.35, -0.62, 0.70), np.float32)
"""Direction towards the lamp: from above, a little from the left, mostly from the front."""


class Canvas:
    """Colour and coverage over a box in face units."""

    def __init__(self, left: float, top: float, right: float, bottom: float, density: int = DENSITY) -> None:
        self.box = (left, top, right, bottom)
        self.density = density
        columns, rows = round((right - left) * density), round((bottom - top) * density)
        across = left + (np.arange(columns, dtype=np.float32) + 0.5) / np.float32(density)
        down = top + (np.arange(rows, dtype=np.float32) + 0.5) / np.float32(density)
        self.x, self.y = (np.ascontiguousarray(grid, np.float32) for grid in np.meshgrid(across, down))
        self.rgb: Array = np.zeros((rows, columns, 3), np.float32)
        """(H, W, 3) premultiplied by `alpha`."""
        self.alpha: Array = np.zeros((rows, columns), np.float32)
        """(H, W) coverage in [0, 1]."""
        self.skin: Array = np.zeros((rows, columns), np.float32)
        """(H, W) how much of what covers is human skin, premultiplied by `alpha`."""

    def halved(self) -> "Canvas":
        """The same drawing at half the density."""
        half = Canvas(*self.box, density=self.density // 2)
        size = half.alpha.shape[::-1]
        half.rgb = np.asarray(cv2.resize(self.rgb, size, interpolation=cv2.INTER_AREA), np.float32)
        half.alpha = np.asarray(cv2.resize(self.alpha, size, interpolation=cv2.INTER_AREA), np.float32)
        return half

    def within(self, points: Points, smooth: bool = True) -> Array:
        """Signed distance to an outline in face units, positive inside, (H, W)."""
        outline = curve(points, closed=True) if smooth else np.asarray(points, np.float32)
        left, top = self.box[:2]
        # Twice the pixels, so that the distance knows where between two pixels the edge runs.
        fine = (np.asarray(outline, np.float32) - (left, top)) * (2 * self.density)
        binary = np.zeros((2 * self.alpha.shape[0], 2 * self.alpha.shape[1]), np.uint8)
        cv2.fillPoly(binary, [np.rint(fine * 16).astype(np.int32)], 1, lineType=cv2.LINE_8, shift=4)
        distance = cv2.distanceTransform(binary, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - binary, cv2.DIST_L2, 5)
        small = cv2.resize(distance, self.alpha.shape[::-1], interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32) / np.float32(2 * self.density)

    def along(self, points: Points, smooth: bool = True) -> Array:
        """Distance to a line in face units, (H, W), never negative."""
        line = curve(points, closed=False) if smooth else np.asarray(points, np.float32)
        return polyline_distance(self.x, self.y, line)

    def cover(self, distance: Real, softness: float = 0.0) -> Array:
        """Coverage of a signed distance: half covered on the edge, `softness` face units wide, one pixel at least."""
        return np.asarray(np.clip(0.5 + distance / max(softness, 1.2 / self.density), 0, 1), np.float32)

    def paint(self, colour: Real | Colour, coverage: Real, skin: bool = False) -> None:
        """Lay a colour, (3,) or (H, W, 3), over what is there."""
        ink = np.clip(np.asarray(colour, np.float32), 0, 1)
        cover = coverage[..., None]
        self.rgb = np.asarray(ink * cover + self.rgb * (1 - cover), np.float32)
        self.alpha = np.asarray(coverage + self.alpha * (1 - coverage), np.float32)
        self.skin = np.asarray(coverage * skin + self.skin * (1 - coverage), np.float32)

    def shade(self, amount: Real | float, coverage: Real) -> None:
        """Multiply what is there by `amount` where covered, without covering anything new."""
        self.rgb *= (1 - coverage * (1 - np.asarray(amount, np.float32)))[..., None]

    def glow(self, colour: Real | Colour, amount: Real) -> None:
        """Add light to what is there."""
        light = np.asarray(colour, np.float32) * (amount * self.alpha)[..., None]
        self.rgb = np.minimum(self.rgb + light, self.alpha[..., None]).astype(np.float32)

    def blur(self, layer: Real, radius: float) -> Array:
        """Gaussian blur with a standard deviation in face units."""
        return np.asarray(
            cv2.GaussianBlur(layer.astype(np.float32), (0, 0), max(radius * self.density, 0.3)), np.float32
        )

    def noise(self, cell: float, seed: int, octaves: int = 3) -> Array:
        """Smooth random values around 0, about -1 to 1, (H, W), with features of `cell` face units."""
        generator = np.random.default_rng(seed)
        rows, columns = self.alpha.shape
        total = np.zeros((rows, columns), np.float32)
        for octave in range(octaves):
            size = max(cell * self.density / 2**octave, 1.0)
            grid = generator.uniform(-1, 1, (int(rows / size) + 3, int(columns / size) + 3)).astype(np.float32)
            large = cv2.resize(grid, (columns, rows), interpolation=cv2.INTER_CUBIC)
            total += np.asarray(large, np.float32) / np.float32(2**octave)
        return total

    def normals(self, height: Real) -> Array:
        """Unit normals of a height field in face units, (H, W, 3), z towards the camera."""
        down, across = np.gradient(height.astype(np.float32) * np.float32(self.density))
        normal = np.stack([-across, -down, np.ones_like(height)], -1)
        return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True), np.float32)


def lit(normal: Array, ambient: float = 0.45) -> Array:
    """Matt light of the lamp and of a sky brighter above, (H, W); 1 for a surface that faces the camera."""
    lamp = np.maximum(normal @ LAMP, 0) / LAMP[2]
    sky = 1 - 0.35 * normal[..., 1]
    return np.asarray(ambient * sky + (1 - ambient) * lamp, np.float32)


def highlight(normal: Array, sharpness: float) -> Array:
    """The lamp's mirror image on a glossy surface, (H, W) in [0, 1]."""
    halfway = LAMP + np.array((0, 0, 1), np.float32)
    halfway = halfway / np.linalg.norm(halfway)
    return np.asarray(np.maximum(normal @ halfway, 0) ** sharpness, np.float32)


def sky(normal: Array, horizon: float = 0.0, ripple: Real | float = 0.0) -> Array:
    """What a mirror shows of a bright sky over dark ground, (H, W) in [0, 1]; `ripple` roughens the horizon."""
    up = -2 * normal[..., 2] * normal[..., 1] - horizon + np.asarray(ripple, np.float32)
    step = 1 / (1 + np.exp(-np.clip(up * 18, -30, 30)))
    return np.asarray(0.08 + step * (0.95 - 0.45 * np.clip(up, 0, 1)), np.float32)


def curve(points: Points, closed: bool, steps: int = 16) -> Array:
    """A Catmull-Rom spline through the points, (len * steps, 2)."""
    knots = np.asarray(points, np.float32)
    if closed:
        p0, p1, p2, p3 = (np.roll(knots, shift, 0) for shift in (1, 0, -1, -2))
    else:
        padded = np.concatenate([knots[:1], knots, knots[-1:]])
        p0, p1, p2, p3 = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = (np.arange(steps, dtype=np.float32) / steps)[None, :, None]
    a, b, c, d = (p[:, None] for p in (p0, p1, p2, p3))
    spline = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat = spline.reshape(-1, 2)
    return np.asarray(flat if closed else np.concatenate([flat, knots[-1:]]), np.float32)


def polyline_distance(x: Array, y: Array, line: Array) -> Array:
    """Distance of every grid point to a polyline (K, 2)."""
    best = np.full(x.shape, np.inf, np.float32)
    for start, end in pairwise(line):
        best = np.minimum(best, capsule(x, y, (start[0], start[1]), (end[0], end[1]))[0])
    return best


def capsule(x: Array, y: Array, start: tuple[float, float], end: tuple[float, float]) -> tuple[Array, Array]:
    """Distance to a segment, and how far along it the nearest point lies, 0 to 1; both (H, W)."""
    ax, ay = end[0] - start[0], end[1] - start[1]
    length = max(ax * ax + ay * ay, 1e-12)
    t = np.clip(((x - start[0]) * ax + (y - start[1]) * ay) / length, 0, 1)
    distance = np.hypot(x - start[0] - t * ax, y - start[1] - t * ay)
    return np.asarray(distance, np.float32), np.asarray(t, np.float32)


def mirrored(points: Points) -> list[tuple[float, float]]:
    """The same outline on the other side of the nose."""
    return [(-x, y) for x, y in points]


def mix(first: Real | Colour, second: Real | Colour, share: Real) -> Array:
    """Colour between two colours, (H, W, 3): `share` 0 gives the first."""
    a, b = np.asarray(first, np.float32), np.asarray(second, np.float32)
    return np.asarray(a + (b - a) * share[..., None], np.float32)


def ramp(value: Real, start: float, end: float) -> Array:
    """Smooth step from 0 at `start` to 1 at `end`."""
    t = np.clip((value - start) / (end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
