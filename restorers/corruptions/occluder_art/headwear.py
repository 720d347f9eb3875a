"""Caps with a brim: plain, two-toned with a mesh back, washed cotton."""

from dataclasses import dataclass

import numpy as np

from restorers.corruptions.occluder_art.canvas import Array, Canvas, Colour, Points, lit, mirrored, mix, ramp

_CROWN: Points = (
    (0.0, -1.98), (0.34, -1.95), (0.68, -1.81), (0.97, -1.52), (1.15, -1.14), (1.21, -0.80), (1.22, -0.46),
    (0.95, -0.56), (0.5, -0.66), (0.0, -0.68),
)  # fmt: skip
_BRIM: Points = (
    (0.0, -0.80), (0.46, -0.79), (0.86, -0.74), (1.12, -0.64), (1.185, -0.54), (1.14, -0.45), (0.95, -0.36),
    (0.70, -0.30), (0.36, -0.265), (0.0, -0.255),
)  # fmt: skip
_PANEL: Points = ((0.0, -1.93), (0.30, -1.88), (0.58, -1.55), (0.70, -1.10), (0.72, -0.62), (0.0, -0.66))


@dataclass(frozen=True)
class Cap:
    """What tells one cap from another."""

    crown: Colour
    front: Colour
    brim: Colour
    mesh: bool
    badge: Colour | None
    worn: float
    """How faded and creased, 0 to 1."""
    droop: float
    """How much the sides of the brim are bent down, face units."""


LOOKS: tuple[Cap, ...] = (
    Cap(
        (0.10, 0.13, 0.22),
        (0.10, 0.13, 0.22),
        (0.10, 0.13, 0.22),
        mesh=False,
        badge=(0.85, 0.84, 0.80),
        worn=0.2,
        droop=0.16,
    ),
    Cap(
        (0.14, 0.14, 0.15),
        (0.86, 0.85, 0.82),
        (0.14, 0.14, 0.15),
        mesh=True,
        badge=(0.55, 0.13, 0.12),
        worn=0.15,
        droop=0.05,
    ),
    Cap((0.56, 0.52, 0.42), (0.56, 0.52, 0.42), (0.52, 0.48, 0.38), mesh=False, badge=None, worn=1.0, droop=0.20),
    Cap((0.50, 0.09, 0.10), (0.50, 0.09, 0.10), (0.09, 0.09, 0.10), mesh=False, badge=None, worn=0.3, droop=0.10),
)


def cap(look: int) -> Canvas:
    """Draw one cap, front view; the brim's own depth is given where it is placed."""
    kind = LOOKS[look]
    canvas = Canvas(-1.5, -2.15, 1.5, -0.2)
    _paint_crown(canvas, kind, look)
    _paint_brim(canvas, kind, look)
    return canvas


def _whole(half: Points) -> list[tuple[float, float]]:
    return [*half, *reversed(mirrored(half[1:-1]))]


def _cloth(canvas: Canvas, seed: int, worn: float) -> Array:
    """Twill and fading, a factor around 1."""
    twill = 0.015 * np.sin((canvas.x + 0.6 * canvas.y) * 190)
    fading = 0.10 * worn * canvas.noise(0.25, 60 + seed, 4)
    return np.asarray(1 + twill + fading + 0.03 * canvas.noise(0.02, 61 + seed, 1), np.float32)


def _paint_crown(canvas: Canvas, kind: Cap, seed: int) -> None:
    x, y = canvas.x, canvas.y
    body = canvas.within(_whole(_CROWN))
    ball = np.sqrt(np.clip(1.12 - (x / 1.30) ** 2 - ((y + 0.72) / 1.33) ** 2, 0.0004, None))
    height = 0.95 * ball + (0.010 + 0.022 * kind.worn) * canvas.noise(0.45, 62 + seed, 3)
    panel = canvas.within(_whole(_PANEL))
    seams = [np.abs(panel)]
    if not kind.mesh:
        seams.append(np.abs(x) + np.where(y > -0.62, 1, 0))
    seams.append(np.abs(np.abs(x) - 1.02 - 0.25 * (y + 1.0)) + np.where(y < -1.65, 0.2, 0))
    seam = np.minimum.reduce(seams)
    height = height - 0.018 * np.exp(-((seam / 0.012) ** 2)) + 0.010 * np.exp(-(((seam - 0.035) / 0.015) ** 2))
    normal = canvas.normals(canvas.blur(height, 0.006))
    light = (
        (0.14 + 0.86 * lit(normal, 0.40)) * (1 - 0.30 * ramp(np.abs(x), 0.75, 1.3)) * _cloth(canvas, seed, kind.worn)
    )
    light = light * (1 - 0.45 * np.exp(-((seam / 0.010) ** 2)))
    # The stitching on both sides of each seam.
    thread = np.exp(-(((seam - 0.04) / 0.006) ** 2)) * (np.sin(75 * (x + y)) > 0)
    light = light * (1 + 0.22 * thread)
    colour = mix(kind.crown, kind.front, canvas.cover(panel))
    if kind.mesh:
        holes = (np.sin(x * 120) * np.sin(y * 120) > 0.15) & (panel < -0.02)
        light = light * np.where(holes, 0.55, 1)
    canvas.paint(np.asarray(colour * light[..., None], np.float32), canvas.cover(body, 0.012))
    for ex in (-0.36, 0.36):
        ring = np.hypot((x - ex) / 0.9, y + 1.52)
        canvas.shade(0.45, canvas.cover(0.022 - ring) * canvas.alpha)
    if kind.badge is not None:
        _paint_badge(canvas, kind.badge, normal)


def _paint_badge(canvas: Canvas, colour: Colour, normal: Array) -> None:
    """An embroidered U, nobody's mark."""
    x, y = canvas.x, canvas.y + 1.18
    bars = np.minimum(0.05 - np.abs(np.abs(x) - 0.16), 0.14 - np.abs(y + 0.10))
    bowl = np.where(y > 0.02, 0.05 - np.abs(np.hypot(x, y - 0.02) - 0.16), -1)
    shape = np.maximum(bars, bowl).astype(np.float32)
    threads = 0.88 + 0.12 * np.sin(140 * (x - y))
    ink = np.asarray(colour, np.float32) * ((0.2 + 0.75 * lit(normal, 0.45)) * threads)[..., None]
    canvas.shade(0.6, canvas.cover(shape + 0.012, 0.02) * canvas.alpha)
    canvas.paint(ink, canvas.cover(shape, 0.012) * canvas.alpha)


def _paint_brim(canvas: Canvas, kind: Cap, seed: int) -> None:
    x = canvas.x
    bent = [(px, py + kind.droop * (px * px - 0.35)) for px, py in _whole(_BRIM)]
    body = canvas.within(bent)
    y = canvas.y - kind.droop * (x**2 - 0.35)
    # It throws a line of shade on the crown where it is sewn on.
    canvas.shade(0.45, canvas.blur(canvas.cover(body + 0.05, 0.03), 0.03) * canvas.alpha)
    # Seen a little from above: the upper side falls away to the front, below its edge the dark underside shows.
    front = -0.335 - 0.17 * x**2
    height = (
        -(0.25 + 1.2 * kind.droop) * x**2 - 0.45 * np.maximum(y + 0.62, 0) + 0.004 * canvas.noise(0.4, 63 + seed, 2)
    )
    rows = np.abs(np.mod(front - y, 0.062) - 0.031)
    height = height - 0.003 * np.exp(-((rows / 0.006) ** 2))
    light = (0.25 + 0.80 * lit(canvas.normals(height), 0.45)) * _cloth(canvas, seed + 5, kind.worn)
    light = light * (1 - 0.18 * np.exp(-((rows / 0.006) ** 2)))
    light = light * (1 - 0.55 * ramp(y + 0.05 * x**2, -0.60, -0.80))
    light = light * (1 + 0.35 * np.exp(-(((y - front + 0.012) / 0.014) ** 2)))
    under = ramp(y - front, 0.0, 0.012)
    light = light * (1 - under * (0.70 + 0.15 * ramp(y - front, 0.0, 0.07)))
    ink = np.asarray(kind.brim, np.float32) * light[..., None]
    canvas.paint(ink, canvas.cover(body, 0.012))
