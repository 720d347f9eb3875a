"""Masks over nose and mouth: pleated surgical, plain cloth with a seam, folded respirator, dark pleated."""

from dataclasses import dataclass

import numpy as np

from restorers.corruptions.occluder_art.canvas import Array, Canvas, Colour, Points, curve, lit, mirrored, mix, ramp

_PLEATED: Points = (
    (0.0, 0.27), (0.16, 0.31), (0.34, 0.44), (0.62, 0.53), (0.90, 0.56), (0.985, 0.62), (0.97, 0.90), (0.91, 1.20),
    (0.80, 1.47), (0.58, 1.73), (0.30, 1.88), (0.0, 1.92),
)  # fmt: skip
_CLOTH: Points = (
    (0.0, 0.24), (0.13, 0.31), (0.32, 0.46), (0.62, 0.52), (0.93, 0.56), (1.01, 0.68), (0.97, 0.95), (0.90, 1.15),
    (0.76, 1.42), (0.52, 1.70), (0.26, 1.86), (0.0, 1.90),
)  # fmt: skip
_RESPIRATOR: Points = (
    (0.0, 0.20), (0.15, 0.29), (0.38, 0.47), (0.68, 0.60), (0.92, 0.72), (0.98, 0.84), (0.92, 1.04), (0.80, 1.28),
    (0.62, 1.56), (0.40, 1.80), (0.18, 1.92), (0.0, 1.94),
)  # fmt: skip


@dataclass(frozen=True)
class Mask:
    """What tells one mask from another."""

    outline: Points
    """Right half, from the nose down to the chin."""
    colour: Colour
    trim: Colour
    pleats: int
    seam: float
    """Depth of a vertical seam or fold in the middle, 0 = none."""
    weave: float
    """Contrast of the texture."""
    wire: bool
    loop: Colour = (0.93, 0.93, 0.92)
    crumpled: float = 0.0
    """Height of the wrinkles of a mask that has been worn, face units."""
    strap: float = 0.016
    """Half width of the bands."""


LOOKS: tuple[Mask, ...] = (
    Mask(_PLEATED, (0.50, 0.70, 0.82), (0.80, 0.89, 0.94), 3, 0.0, 0.03, wire=True),
    Mask(_PLEATED, (0.90, 0.91, 0.92), (0.96, 0.96, 0.97), 3, 0.0, 0.025, wire=True),
    Mask(_CLOTH, (0.10, 0.10, 0.115), (0.13, 0.13, 0.14), 0, 0.05, 0.10, wire=False, loop=(0.10, 0.10, 0.11)),
    Mask(_RESPIRATOR, (0.92, 0.925, 0.92), (0.86, 0.865, 0.87), 0, 0.10, 0.015, wire=True),
    Mask(_PLEATED, (0.13, 0.135, 0.15), (0.17, 0.175, 0.19), 3, 0.0, 0.06, wire=True, loop=(0.12, 0.12, 0.13)),
    Mask(_CLOTH, (0.52, 0.33, 0.33), (0.47, 0.29, 0.30), 0, 0.04, 0.12, wire=False, loop=(0.9, 0.88, 0.86)),
)

WORN: tuple[Mask, ...] = (
    Mask(_PLEATED, (0.47, 0.66, 0.78), (0.72, 0.82, 0.88), 3, 0.0, 0.03, wire=True, crumpled=0.030, strap=0.022),
    Mask(_PLEATED, (0.85, 0.86, 0.86), (0.90, 0.90, 0.90), 3, 0.0, 0.025, wire=True, crumpled=0.036, strap=0.024),
    Mask(_CLOTH, (0.09, 0.09, 0.10), (0.11, 0.11, 0.12), 0, 0.035, 0.12, False, (0.09, 0.09, 0.10), 0.028, 0.030),
    Mask(_RESPIRATOR, (0.87, 0.87, 0.855), (0.80, 0.80, 0.79), 0, 0.08, 0.02, wire=True, crumpled=0.018, strap=0.028),
    Mask(_CLOTH, (0.24, 0.28, 0.36), (0.20, 0.24, 0.31), 0, 0.03, 0.14, False, (0.85, 0.84, 0.82), 0.032, 0.030),
)
"""Crumpled and pulled at the straps."""


def surgical_mask(look: int) -> Canvas:
    """Draw one new mask, front view, with its loops to the ears."""
    return _drawn(LOOKS[look], look)


def worn_mask(look: int) -> Canvas:
    """Draw one that has been worn, in the same way."""
    return _drawn(WORN[look], 10 + look)


def _drawn(mask: Mask, look: int) -> Canvas:
    canvas = Canvas(-1.32, 0.0, 1.32, 2.1)
    _paint_loops(canvas, mask)
    body = canvas.within([*mask.outline, *reversed(mirrored(mask.outline[1:-1]))])
    height, crease = _form(canvas, mask, body, look)
    light = 0.10 + 0.92 * lit(canvas.normals(height), 0.5)
    # The cheeks turn away and the chin lies in the shade of the face.
    light = light * (1 - 0.20 * ramp(np.abs(canvas.x), 0.45, 1.05)) * (1 - 0.30 * ramp(canvas.y, 1.35, 1.95))
    light = 0.25 + 0.75 * light * (1 - 0.34 * crease)
    colour = mix(mask.colour, mask.trim, canvas.cover(0.055 - body, 0.02) * (0.9 if mask.pleats else 0.6))
    texture = _weave(canvas, mask, look)
    canvas.paint(np.asarray(colour * (light * (1 + texture))[..., None], np.float32), canvas.cover(body, 0.012))
    _paint_stitches(canvas, body)
    return canvas


def _form(canvas: Canvas, mask: Mask, body: Array, seed: int) -> tuple[Array, Array]:
    """Height of the cloth over the face, and how deep in a crease each point lies, 0 to 1."""
    x, y = canvas.x, canvas.y
    nose = 0.42 * np.exp(-((x / 0.30) ** 2) - ((y - 0.62) / 0.42) ** 2)
    chin = 0.10 * np.exp(-((x / 0.42) ** 2) - ((y - 1.55) / 0.25) ** 2)
    height = nose + chin - 0.16 * x**2 - 0.10 * np.maximum(y - 1.2, 0) ** 2
    # Cloth drawn tight between nose and cheeks: soft rays towards the corners.
    rays = canvas.noise(0.30, 11 + seed, 2) * ramp(np.abs(x), 0.25, 0.9)
    height = height + 0.016 * rays + 0.012 * canvas.noise(0.5, 31 + seed, 2)
    crease = np.zeros_like(x)
    for pleat in range(mask.pleats):
        level = 0.80 + 0.235 * pleat
        line = level + 0.05 * (1 - (x / 0.9) ** 2) + 0.012 * np.sin(3 * x + pleat + seed)
        below = y - line
        # A pleat is a step: the cloth above lies over the cloth below.
        height = height - 0.030 * (1 / (1 + np.exp(-np.clip(below / 0.012, -30, 30)))) + 0.030 * ramp(below, 0.0, 0.23)
        shade = 0.75 * np.exp(-(((below - 0.012) / 0.020) ** 2)) + 0.45 * np.exp(-np.maximum(below, 0) / 0.07) * (
            below > 0
        )
        crease = np.maximum(crease, shade * 0.75)
    if mask.seam:
        ridge = np.abs(x + 0.01 * np.sin(4 * y))
        height = height - mask.seam * 1.3 * np.minimum(ridge, 0.45)
        crease = np.maximum(crease, 0.55 * np.exp(-((ridge / 0.012) ** 2)))
    if mask.wire:
        wire = canvas.along([(px, py + 0.075) for px, py in (*mirrored(mask.outline[2:0:-1]), *mask.outline[:3])])
        height = height + 0.012 * np.exp(-((wire / 0.022) ** 2))
    height = height - 0.05 * ramp(body, 0.05, 0.0)
    if mask.crumpled:
        folds = _folds(canvas, seed)
        height = height + mask.crumpled * folds
        crease = np.maximum(crease, np.clip(-1.1 * folds - 0.25, 0, 0.6))
    return canvas.blur(height, 0.006), crease.astype(np.float32)


def _folds(canvas: Canvas, seed: int) -> Array:
    """Wrinkles, about -1 to 1: drawn tight from the corners to the nose, sagging at the chin, and crumpled anywhere."""
    x, y = canvas.x, canvas.y
    total = 0.45 * canvas.noise(0.22, 110 + seed, 3)
    random = np.random.default_rng(130 + seed)
    for way in (-1, 1):
        for level in (0.62, 1.12):
            # a fold runs from the strap's end inwards and fades
            start, end = (way * 0.95, level), (way * random.uniform(0.15, 0.4), level + random.uniform(-0.02, 0.3))
            slope = (end[1] - start[1]) / (end[0] - start[0])
            off = y - (start[1] + slope * (x - start[0]) + 0.05 * np.sin(5 * x + seed))
            along = ramp(way * x, 0.1, 0.55)
            total = total + along * (np.exp(-((off / 0.035) ** 2)) - 1.2 * np.exp(-(((off - 0.05) / 0.03) ** 2)))
    sag = y - 1.62 + 0.22 * x**2 + 0.03 * canvas.noise(0.3, 120 + seed, 2)
    total = total - 0.9 * np.exp(-((sag / 0.03) ** 2)) * ramp(np.abs(x), 0.7, 0.2)
    return np.asarray(total, np.float32)


def _weave(canvas: Canvas, mask: Mask, seed: int) -> Array:
    fine = canvas.noise(0.02, 91 + seed, 1) + 0.6 * canvas.noise(0.09, 92 + seed, 2)
    threads = np.sin(canvas.x * 210) * np.sin(canvas.y * 210)
    return np.asarray(mask.weave * (0.6 * fine + (0.0 if mask.pleats else 0.5) * threads), np.float32)


def _paint_stitches(canvas: Canvas, body: Array) -> None:
    line = np.exp(-(((body - 0.058) / 0.007) ** 2))
    dashes = 0.5 + 0.5 * np.sign(np.sin(85 * canvas.x + 40 * canvas.y))
    canvas.shade(0.80, np.asarray(line * dashes * canvas.alpha, np.float32))


def _paint_loops(canvas: Canvas, mask: Mask) -> None:
    """Bands from the corners to the ears."""
    outline = curve(mask.outline, closed=False)
    upper, lower = (
        max(outline, key=lambda point: point[0] - 0.45 * point[1]),
        max(outline, key=lambda p: p[0] + 0.35 * p[1]),
    )
    for way in (-1, 1):
        for corner, ear, bow in ((upper, (1.16, 0.18), -0.03), (lower, (1.15, 0.62), 0.05)):
            middle = (0.5 * (corner[0] + ear[0]) + 0.02, 0.5 * (corner[1] + ear[1]) + bow)
            band = canvas.along(
                [(way * (corner[0] - 0.03), corner[1]), (way * middle[0], middle[1]), (way * ear[0], ear[1])]
            )
            shade = 0.72 + 0.28 * np.sqrt(np.clip(1 - (band / (mask.strap + 0.002)) ** 2, 0, 1))
            colour = np.asarray(mask.loop, np.float32) * shade[..., None]
            canvas.paint(colour, canvas.cover(mask.strap - band))
