"""Things held before the face: microphones and telephones, with the fingers that hold them."""

from dataclasses import dataclass

import numpy as np

from restorers.corruptions.occluder_art.canvas import Array, Canvas, Colour, highlight, lit, mix, ramp, sky
from restorers.corruptions.occluder_art.skin import Finger, Flesh, paint_skin


@dataclass(frozen=True)
class Microphone:
    """What tells one microphone from another."""

    ball: Colour
    foam: bool
    handle: Colour
    ring: Colour
    radius: float
    cube: Colour | None = None
    """Colour of a broadcaster's block under the ball."""


@dataclass(frozen=True)
class Phone:
    """What tells one telephone from another."""

    back: Colour
    gloss: float
    edge: Colour
    layout: str
    """Of the cameras: square, column or bar."""


MICROPHONES: tuple[Microphone, ...] = (
    Microphone((0.50, 0.51, 0.53), foam=False, handle=(0.07, 0.07, 0.075), ring=(0.30, 0.30, 0.32), radius=0.41),
    Microphone((0.055, 0.055, 0.06), foam=True, handle=(0.09, 0.09, 0.095), ring=(0.09, 0.09, 0.1), radius=0.46),
    Microphone((0.72, 0.60, 0.34), foam=False, handle=(0.60, 0.48, 0.25), ring=(0.80, 0.70, 0.46), radius=0.40),
    Microphone((0.09, 0.09, 0.10), True, (0.10, 0.10, 0.11), (0.1, 0.1, 0.1), 0.43, cube=(0.10, 0.23, 0.52)),
)
PHONES: tuple[Phone, ...] = (
    Phone((0.055, 0.057, 0.065), 0.8, (0.32, 0.32, 0.34), "square"),
    Phone((0.86, 0.86, 0.85), 0.45, (0.72, 0.72, 0.73), "column"),
    Phone((0.20, 0.29, 0.33), 0.5, (0.30, 0.36, 0.40), "bar"),
    Phone((0.60, 0.30, 0.33), 0.15, (0.50, 0.25, 0.28), "square"),
)


def microphone(look: int) -> Canvas:
    """Draw one microphone, ball at the origin, handle down, held low by a hand."""
    kind = MICROPHONES[look]
    canvas = Canvas(-1.1, -0.6, 1.1, 3.2)
    _paint_handle(canvas, kind)
    if kind.cube is not None:
        _paint_cube(canvas, kind.cube, kind.radius)
    _paint_ball(canvas, kind, look)
    _paint_grip(canvas, 1.25 if kind.cube is None else 1.75, 0.30, look)
    return canvas


def _paint_handle(canvas: Canvas, kind: Microphone) -> None:
    x, y = canvas.x, canvas.y
    half = 0.285 - 0.085 * ramp(y, 0.35, 1.2) - 0.02 * ramp(y, 1.2, 3.0)
    round_ = np.clip(x / half, -1, 1)
    normal = np.stack([round_, np.full_like(x, 0.05), np.sqrt(1 - 0.98 * round_**2)], -1).astype(np.float32)
    streaks = np.exp(-(((round_ + 0.45) / 0.13) ** 2)) + 0.5 * np.exp(-(((round_ - 0.62) / 0.10) ** 2))
    light = 0.2 + 0.8 * lit(normal, 0.4)
    ink = np.asarray(kind.handle, np.float32) * light[..., None] + (0.28 * streaks)[..., None] * (
        0.5 + np.asarray(kind.handle)
    )
    canvas.paint(ink, canvas.cover(np.minimum(half - np.abs(x), y - 0.2).astype(np.float32)))
    switch = np.minimum(0.05 - np.abs(x + 0.01), 0.13 - np.abs(y - 0.95)).astype(np.float32)
    canvas.shade(0.4, canvas.cover(switch + 0.015, 0.02))
    canvas.paint((0.35, 0.35, 0.36), canvas.cover(switch - 0.01) * ramp(y, 0.80, 0.98))


def _paint_ball(canvas: Canvas, kind: Microphone, seed: int) -> None:
    x, y = canvas.x, canvas.y
    radius = kind.radius
    r = np.hypot(x, y)
    z = np.sqrt(np.clip(1 - (r / radius) ** 2, 0, 1))
    normal = np.stack([x / radius, y / radius, z], -1).astype(np.float32)
    light = 0.10 + 0.90 * lit(normal, 0.35)
    if kind.foam:
        pores = canvas.noise(0.022, 33 + seed, 2)
        ink = np.asarray(kind.ball, np.float32) * (light * (1.15 + 0.55 * pores))[..., None] + 0.05 * z[..., None] ** 3
    else:
        # Crossed wires, closer towards the edge of the ball as they are in perspective.
        u, v = np.arcsin(np.clip(x / radius, -1, 1)), np.arcsin(np.clip(y / radius, -1, 1))
        wires = np.maximum(np.sin(34 * (u + v)), np.sin(34 * (u - v)))
        wire = ramp(wires.astype(np.float32), 0.35, 0.85)
        shine = 0.65 * highlight(normal, 12) + 0.25 * sky(normal, 0.3) * z
        ink = (
            np.asarray(kind.ball, np.float32) * (light * (0.22 + 0.95 * wire))[..., None]
            + (shine * (0.25 + 0.75 * wire))[..., None]
        )
    canvas.shade(
        0.4,
        canvas.blur(canvas.cover((radius + 0.05 - np.hypot(x, y - 0.06)).astype(np.float32), 0.03), 0.03)
        * canvas.alpha,
    )
    canvas.paint(ink, canvas.cover((radius - r).astype(np.float32), 0.03 if kind.foam else 0.01))
    if not kind.foam:
        band = np.minimum(0.045 - np.abs(y - 0.10 - 0.05 * (1 - (x / radius) ** 2)), radius * 1.03 - np.abs(x) - 0.01)
        bright = 0.35 + 0.8 * lit(normal, 0.4) + 0.9 * np.exp(-(((x + 0.16) / 0.06) ** 2))
        canvas.paint(np.asarray(np.asarray(kind.ring) * bright[..., None], np.float32), canvas.cover(band))


def _paint_cube(canvas: Canvas, colour: Colour, top: float) -> None:
    x, y = canvas.x, canvas.y
    body = np.minimum(0.44 - np.abs(x), 0.36 - np.abs(y - top - 0.33)).astype(np.float32)
    face = ramp(x, 0.13, 0.15)
    ink = mix(colour, 0.62 * np.asarray(colour), face) * (1.1 - 0.25 * (y - top))[..., None]
    stripe = np.minimum(0.05 - np.abs(y - top - 0.33), 0.10 - np.abs(x + 0.15) + 0.06).astype(np.float32)
    canvas.paint(ink, canvas.cover(body))
    canvas.paint((0.93, 0.93, 0.93), canvas.cover(stripe))


def _paint_grip(canvas: Canvas, top: float, spacing: float, seed: int) -> None:
    """Four fingers wound round a handle from the right, and the thumb along it."""
    fingers = [
        Finger((0.46, top + spacing * index), -86 + 2 * index, (0.34, 0.30), 0.165 - 0.008 * index, -5.0, nail=True)
        for index in range(4)
    ]
    thumb = Finger((-0.36, top + 0.62), 14, (0.42, 0.32), 0.165, 6.0)
    flesh = Flesh(canvas)
    flesh.limb([(0.48, top), (0.52, top + 4 * spacing)], [0.20, 0.26], lift=-0.1)
    flesh.limb([(-0.30, top + 0.75), (-0.1, top + 1.6), (0.25, top + 2.4)], [0.22, 0.30, 0.4], lift=-0.12)
    flesh.finger(thumb, lift=-0.02)
    for finger in reversed(fingers):
        flesh.finger(finger, lift=0.03)
    canvas.shade(0.5, canvas.blur(canvas.cover(flesh.reach + 0.06, 0.06), 0.05) * canvas.alpha)
    paint_skin(canvas, flesh, [*fingers, thumb], seed)


def phone(look: int) -> Canvas:
    """Draw the back of one telephone, camera side to the viewer, with the hand that holds it."""
    kind = PHONES[look]
    canvas = Canvas(-1.2, -1.4, 1.6, 3.4, density=128)
    palm = Flesh(canvas)
    palm.limb([(0.45, 0.55), (0.40, 1.35), (0.35, 2.0), (0.30, 3.5)], [0.45, 0.55, 0.42, 0.50], lift=-0.2, flat=0.7)
    paint_skin(canvas, palm, [], look)
    body = _rounded(canvas, 0.0, 0.0, 0.575, 1.18, 0.15)
    canvas.shade(0.5, canvas.blur(canvas.cover(body + 0.08, 0.08), 0.06) * canvas.alpha)
    _paint_back(canvas, kind, body, look)
    _paint_cameras(canvas, kind)
    fingers = [
        Finger((0.70, 0.15 + 0.29 * index), -78 - 5 * index, (0.30, 0.26, 0.17), 0.155 - 0.007 * index, -4.0)
        for index in range(4)
    ]
    flesh = Flesh(canvas)
    flesh.limb([(0.70, 0.15), (0.66, 1.05), (0.50, 1.6)], [0.17, 0.19, 0.30], lift=-0.1)
    for finger in reversed(fingers):
        flesh.finger(finger)
    canvas.shade(0.5, canvas.blur(canvas.cover(flesh.reach + 0.05, 0.05), 0.05) * canvas.alpha)
    paint_skin(canvas, flesh, fingers, look)
    return canvas


def _rounded(canvas: Canvas, x: float, y: float, half_width: float, half_height: float, corner: float) -> Array:
    """Signed distance to a box with round corners, positive inside."""
    dx, dy = np.abs(canvas.x - x) - half_width + corner, np.abs(canvas.y - y) - half_height + corner
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
    return np.asarray(corner - outside, np.float32)


def _paint_back(canvas: Canvas, kind: Phone, body: Array, seed: int) -> None:
    x, y = canvas.x, canvas.y
    across = 0.8 * x + 0.5 * y + 0.10 * canvas.noise(0.8, 21 + seed, 2)
    window = ramp(across, -0.42, -0.25) * ramp(across, 0.12, -0.05) + 0.35 * ramp(across, 0.35, 0.5) * ramp(
        across, 0.75, 0.6
    )
    fall = 0.96 - 0.16 * (y + 1.2) / 2.4
    ink = (
        np.asarray(kind.back, np.float32) * fall[..., None] + (0.14 * kind.gloss * canvas.blur(window, 0.03))[..., None]
    )
    ink = ink * (1 + 0.02 * canvas.noise(0.02, 22, 1))[..., None]
    canvas.paint(ink, canvas.cover(body))
    rim = canvas.cover(0.035 - body, 0.012) * canvas.cover(body)
    metal = (
        np.asarray(kind.edge, np.float32)
        * (0.75 + 0.55 * ramp(y + 0.4 * x, 1.1, -1.2) + 0.25 * np.sin(3 * y + x))[..., None]
    )
    canvas.paint(metal, rim)


def _paint_cameras(canvas: Canvas, kind: Phone) -> None:
    if kind.layout == "bar":
        bump = _rounded(canvas, 0.0, -0.84, 0.575, 0.13, 0.02)
        lenses = [(-0.34, -0.84), (-0.08, -0.84), (0.16, -0.84)]
    elif kind.layout == "column":
        bump = _rounded(canvas, -0.35, -0.78, 0.135, 0.31, 0.13)
        lenses = [(-0.35, -0.93), (-0.35, -0.65)]
    else:
        bump = _rounded(canvas, -0.25, -0.85, 0.265, 0.265, 0.09)
        lenses = [(-0.37, -0.97), (-0.37, -0.73), (-0.13, -0.85)]
    canvas.shade(0.6, canvas.blur(canvas.cover(bump + 0.02, 0.02), 0.02) * canvas.alpha)
    plate = tuple(min(0.88 * part + 0.03, 1.0) for part in kind.back)
    canvas.paint((plate[0], plate[1], plate[2]), canvas.cover(bump) * canvas.alpha)
    canvas.glow((0.25, 0.25, 0.25), np.asarray(canvas.cover(0.012 - np.abs(bump - 0.012), 0.01), np.float32))
    for x, y in lenses:
        r = np.hypot(canvas.x - x, canvas.y - y)
        canvas.paint(kind.edge, canvas.cover((0.108 - r).astype(np.float32)))
        canvas.paint((0.015, 0.015, 0.02), canvas.cover((0.092 - r).astype(np.float32)))
        canvas.paint((0.05, 0.06, 0.10), canvas.cover((0.048 - r).astype(np.float32)))
        glint = np.exp(-(((canvas.x - x + 0.03) ** 2 + (canvas.y - y + 0.035) ** 2) / 0.018**2))
        canvas.glow((0.55, 0.6, 0.75), glint)
