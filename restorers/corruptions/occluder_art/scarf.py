"""Scarves wound over mouth and chin: knitted, tartan, smooth."""

from dataclasses import dataclass

import numpy as np

from restorers.corruptions.occluder_art.canvas import Array, Canvas, Colour, Points, lit, mirrored, mix, ramp

_HALF: Points = (
    (0.0, 0.80), (0.25, 0.81), (0.55, 0.79), (0.82, 0.71), (1.04, 0.62), (1.22, 0.64), (1.36, 0.80), (1.43, 1.02),
    (1.42, 1.18), (1.53, 1.30), (1.62, 1.52), (1.62, 1.72), (1.78, 1.88), (1.94, 2.2), (2.05, 2.7), (2.1, 3.6),
    (0.0, 3.6),
)  # fmt: skip


@dataclass(frozen=True)
class Scarf:
    """What tells one scarf from another."""

    kind: str
    """knit, tartan or smooth."""
    colour: Colour
    second: Colour
    fold: float
    """Depth of the folds."""


LOOKS: tuple[Scarf, ...] = (
    Scarf("knit", (0.55, 0.13, 0.14), (0.40, 0.08, 0.10), 1.0),
    Scarf("tartan", (0.62, 0.50, 0.36), (0.14, 0.13, 0.15), 0.8),
    Scarf("smooth", (0.20, 0.27, 0.40), (0.15, 0.20, 0.32), 1.3),
    Scarf("knit", (0.62, 0.61, 0.59), (0.50, 0.49, 0.48), 1.0),
)


def scarf(look: int) -> Canvas:
    """Draw one scarf, front view, down past the neck."""
    kind = LOOKS[look]
    canvas = Canvas(-2.2, 0.45, 2.2, 3.5, density=144)
    wobble = 0.05 * np.sin(5 * canvas.x + look) + 0.06 * canvas.noise(0.5, 5 + look, 2)
    outline = canvas.within([*_HALF, *reversed(mirrored(_HALF[1:-1]))])
    body = (outline + 0.55 * wobble).astype(np.float32)
    height, valley, across, down = _windings(canvas, kind, look)
    stitch, tint = _pattern(canvas, kind, across, down)
    normal = canvas.normals(canvas.blur((height + stitch - 0.20 * ramp(body, 0.16, 0.0)).astype(np.float32), 0.005))
    light = 0.08 + 0.92 * lit(normal, 0.42)
    light = light * (1 - 0.62 * valley) * (1 - 0.35 * ramp(np.abs(canvas.x), 0.8, 1.7))
    light = light * (1 + 0.05 * canvas.noise(0.03, 77 + look, 2))
    canvas.paint(
        np.asarray(tint * light[..., None], np.float32), canvas.cover(body, 0.035 if kind.kind != "smooth" else 0.015)
    )
    return canvas


def _windings(canvas: Canvas, kind: Scarf, seed: int) -> tuple[Array, Array, Array, Array]:
    """Layers that sag like hanging ropes: height, depth in a valley (0 to 1), and cloth coordinates across and down."""
    x, y = canvas.x, canvas.y
    height = -0.12 * x**2
    valley = np.zeros_like(x)
    # From the lowest winding up: each lies over the one below it.
    edges = ((2.55, 0.30, 0.16), (1.98, 0.22, -0.20), (1.42, 0.14, 0.12), (0.70, 0.02, -0.04))
    for number, (level, sag, tilt) in enumerate(edges):
        line = level + sag * (1 - (x / 1.3) ** 2) + tilt * x + 0.05 * canvas.noise(0.9, 20 * seed + number, 2)
        below = y - line
        if number < 3:
            inside = below > 0
            roll = np.exp(-np.maximum(below, 0) / 0.16)
            height = np.where(inside, height - 0.10 * roll, height + 0.085 * np.exp(-np.maximum(-below, 0) / 0.12))
            depth = 0.55 + 0.45 * ramp(canvas.noise(0.6, 70 + 20 * seed + number, 2), -0.5, 0.4)
            beneath = 0.95 * np.exp(-np.maximum(below, 0) / 0.13)
            valley = np.maximum(valley, depth * np.where(inside, beneath, 0.45 * np.exp(np.minimum(below, 0) / 0.035)))
        # Small folds along each winding.
        phase = (y - line) * (9 + 2 * number) + 1.5 * canvas.noise(0.55, 50 + 20 * seed + number, 2)
        local = np.exp(-(((y - line + 0.25) / 0.35) ** 2))
        height = height + 0.026 * kind.fold * np.sin(phase) * local
        valley = np.maximum(valley, 0.22 * kind.fold * np.clip(-np.sin(phase), 0, 1) * local)
    across = x + 0.06 * canvas.noise(0.8, 9 + seed, 2)
    down = y + 0.16 * x**2 + 0.22 * height + 0.07 * canvas.noise(0.7, 10 + seed, 2)
    return tuple(np.asarray(part, np.float32) for part in (height, np.clip(valley, 0, 1), across, down))  # type: ignore[return-value]


def _pattern(canvas: Canvas, kind: Scarf, across: Array, down: Array) -> tuple[Array, Array]:
    """Height of the stitches, and colour (H, W, 3)."""
    if kind.kind == "knit":
        # Columns of stitches, each a leaning V.
        column = across / 0.105
        place = column - np.floor(column) - 0.5
        row = down / 0.085 - 1.1 * np.abs(place)
        bump = np.cos(2 * np.pi * row) * 0.5 + 0.5
        groove = np.clip(1 - np.abs(place) * 2, 0, 1) ** 0.5
        relief = bump * groove
        return np.asarray(0.013 * relief, np.float32), mix(
            kind.second, kind.colour, np.asarray(0.25 + 0.75 * relief, np.float32)
        )
    if kind.kind == "tartan":
        bands = [ramp(np.abs(np.mod(value, 0.62) - 0.31), 0.125, 0.11) for value in (across, down)]
        lines = [np.exp(-(((np.mod(value, 0.62) - 0.05) / 0.012) ** 2)) for value in (across, down)]
        twill = 0.5 + 0.5 * np.sin((across + down) * 190)
        colour = mix(kind.colour, kind.second, np.asarray(0.46 * (bands[0] + bands[1]), np.float32))
        colour = mix(colour, (0.60, 0.12, 0.11), np.asarray(0.6 * np.clip(lines[0] + lines[1], 0, 1), np.float32))
        colour = colour * (0.93 + 0.07 * twill)[..., None]
        return np.asarray(0.002 * twill, np.float32), np.asarray(colour, np.float32)
    sheen = ramp(canvas.noise(0.5, 3, 3), -0.8, 0.8)
    return np.zeros_like(across), mix(kind.second, kind.colour, sheen)
