"""Bent tubes that melt into one height field, as fingers and the bones of a hand do under one skin."""

from itertools import pairwise

import numpy as np

from restorers.corruptions.occluder_art.canvas import Array, Canvas, Points, capsule, curve


class Hand:
    """A height field that grows limb by limb, and the outline of the whole."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.height: Array = np.full_like(canvas.x, -0.6)
        self.reach: Array = np.full_like(canvas.x, -9.0)
        """Signed distance to the outline, positive inside."""

    def limb(self, points: Points, radii: tuple[float, ...], lift: float, flat: float, melt: float) -> None:
        """Add a bent tube.

        Args:
            points: along its middle.
            radii: at those points.
            lift: height of its middle above the sheet.
            flat: less than 1 for a flattened section.
            melt: face units over which it runs into what is there.
        """
        line = curve(points, closed=False, steps=5)
        thick = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(radii)), radii)
        near = self._around(line, float(max(radii)) + 0.2)
        x, y = self.canvas.x[near], self.canvas.y[near]
        inside, surface = np.full_like(x, -9.0), np.full_like(x, -0.6)
        for (start, end), (r0, r1) in zip(pairwise(line.tolist()), pairwise(thick.tolist()), strict=True):
            distance, t = capsule(x, y, (start[0], start[1]), (end[0], end[1]))
            radius = r0 + (r1 - r0) * t
            inside = np.maximum(inside, radius - distance).astype(np.float32)
            tube = np.where(distance < radius, lift + flat * np.sqrt(np.maximum(radius**2 - distance**2, 0)), -0.6)
            surface = np.maximum(surface, tube).astype(np.float32)
        self.height[near] = _melted(self.height[near], surface, melt)
        self.reach[near] = _melted(self.reach[near], inside, min(melt, 0.05))

    def _around(self, line: Array, reach: float) -> tuple[slice, slice]:
        """Rows and columns of the canvas within `reach` of a line (K, 2)."""
        low, high = line.min(0) - reach - self.canvas.box[:2], line.max(0) + reach - self.canvas.box[:2]
        first, last = (np.clip(edge * self.canvas.density, 0, None).astype(int).tolist() for edge in (low, high))
        return slice(first[1], last[1]), slice(first[0], last[0])

    def swell(self, spot: tuple[float, float], radius: float, amount: float) -> None:
        """Raise a soft bump, as over a knuckle."""
        off = (self.canvas.x - spot[0]) ** 2 + (self.canvas.y - spot[1]) ** 2
        self.height = np.where(self.reach > 0, self.height + amount * np.exp(-off / radius**2), self.height).astype(
            np.float32
        )


def _melted(one: Array, other: Array, width: float) -> Array:
    """The larger of the two, rounded off where they are within `width` of each other."""
    near = np.clip(1 - np.abs(one - other) / max(width, 1e-4), 0, 1)
    return np.asarray(np.maximum(one, other) + 0.25 * width * near**2, np.float32)
