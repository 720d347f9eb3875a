"""A hand before the face: flat with closed fingers, spread, a loose fist, one finger at the lips."""

import numpy as np

from restorers.corruptions.occluder_art import palms
from restorers.corruptions.occluder_art.canvas import Canvas, Colour, lit, ramp
from restorers.corruptions.occluder_art.skin import Finger, Flesh, paint_skin

_SLEEVES: tuple[Colour, ...] = ((0.16, 0.18, 0.24), (0.80, 0.79, 0.77), (0.33, 0.12, 0.13), (0.12, 0.12, 0.13))

_FLAT = (
    Finger((-0.43, -0.50), -5, (0.56, 0.33, 0.24), 0.150, 1.5),
    Finger((-0.13, -0.58), -1, (0.62, 0.38, 0.26), 0.154, 0.5),
    Finger((0.17, -0.54), 3, (0.57, 0.35, 0.25), 0.148, -0.5),
    Finger((0.43, -0.40), 8, (0.44, 0.26, 0.21), 0.130, -2.0),
)
_SPREAD = (
    Finger((-0.43, -0.48), -21, (0.55, 0.33, 0.24), 0.148, 4.0),
    Finger((-0.13, -0.58), -6, (0.61, 0.38, 0.26), 0.152, 2.0),
    Finger((0.18, -0.54), 9, (0.56, 0.35, 0.25), 0.146, -1.0),
    Finger((0.44, -0.38), 26, (0.44, 0.26, 0.21), 0.128, -4.0),
)
_FIST = (
    Finger((-0.42, -0.38), -4, (0.33, 0.12), 0.185, 0.0, nail=False),
    Finger((-0.13, -0.46), -1, (0.36, 0.12), 0.190, 0.0, nail=False),
    Finger((0.16, -0.42), 3, (0.33, 0.12), 0.182, 0.0, nail=False),
    Finger((0.42, -0.30), 7, (0.28, 0.10), 0.160, 0.0, nail=False),
)
_HUSH = (
    Finger((-0.30, -0.48), -2, (0.58, 0.36, 0.26), 0.168, 1.0),
    Finger((-0.08, -0.42), 4, (0.26, 0.10), 0.185, 0.0, nail=False),
    Finger((0.18, -0.36), 6, (0.24, 0.10), 0.180, 0.0, nail=False),
    Finger((0.40, -0.26), 10, (0.22, 0.10), 0.158, 0.0, nail=False),
)
_THUMBS = (
    Finger((-0.52, 0.02), -24, (0.44, 0.34), 0.175, 18.0),
    Finger((-0.55, 0.05), -52, (0.46, 0.36), 0.172, 12.0),
    Finger((-0.46, 0.06), 22, (0.40, 0.32), 0.175, 34.0),
    Finger((-0.46, 0.06), 26, (0.38, 0.30), 0.172, 30.0),
)

LOOKS: tuple[tuple[Finger, ...], ...] = (_FLAT, _SPREAD, _FIST, _HUSH)
_PALMS = (1,)
"""Looks whose palm faces the camera: held up against it."""


def hand(look: int) -> Canvas:
    """Draw one hand, its back or its palm, fingers up, with wrist, forearm and sleeve far below."""
    fingers, thumb, front, palm = LOOKS[look], _THUMBS[look], look >= 2, look in _PALMS
    canvas = Canvas(-1.5, -2.1, 1.3, 3.6, density=128)
    flesh = Flesh(canvas)
    flesh.limb([(0.02, 0.55), (0.03, 1.25), (0.05, 3.7)], [0.36, 0.38, 0.52], lift=-0.22, flat=0.9)
    # The back of the hand: four bones that fan out from the wrist, flattened into one plate.
    for finger in fingers:
        flesh.limb([(0.35 * finger.base[0], 0.72), finger.base], [0.30, 0.185], lift=-0.03, flat=0.62)
    flesh.limb([(-0.30, 0.55), thumb.base], [0.26, 0.22], lift=-0.06, flat=0.7)
    for finger in fingers:
        flesh.finger(finger, lift=-0.03, root=(0.62 * finger.base[0], finger.base[1] + 0.62))
    flesh.finger(thumb, lift=0.05 if front else -0.03, root=(-0.22, 0.55))
    for finger in fingers:
        flesh.swell(finger.base[0], finger.base[1] + (0.16 if palm else 0.02), 0.12, 0.022)
    _smooth_back(canvas, flesh, () if palm else fingers)
    for spot, radius, height in palms.PADS if palm else ():
        flesh.swell(*spot, radius, height)
    paint_skin(canvas, flesh, [*fingers, thumb], look, palm)
    paint_sleeve(canvas, look)
    return canvas


def _smooth_back(canvas: Canvas, flesh: Flesh, fingers: tuple[Finger, ...]) -> None:
    """Let bones melt into one skin below the knuckles, with the tendons of these fingers showing."""
    back = ramp(canvas.y + 0.25 * np.abs(canvas.x - 0.0), -0.42, -0.12) * (1 - (flesh.owner == flesh.limbs))
    soft = canvas.blur(np.maximum(flesh.height, -0.05).astype(np.float32), 0.075)
    inside = flesh.reach > 0
    tendons = np.zeros_like(canvas.x)
    for finger in fingers:
        line = canvas.along([(0.3 * finger.base[0], 0.6), finger.base], smooth=False)
        tendons = np.maximum(tendons, np.exp(-((line / 0.045) ** 2)))
    shaped = soft + 0.006 * tendons * ramp(canvas.y, 0.55, 0.0)
    flesh.height = np.where(inside, flesh.height + (shaped - flesh.height) * back, flesh.height).astype(np.float32)


def paint_sleeve(canvas: Canvas, look: int) -> None:
    """Cover the forearm."""
    x, y = canvas.x, canvas.y
    top = 1.75 + 0.10 * (1 - (x / 0.6) ** 2)
    half = 0.56 + 0.07 * (y - 1.7)
    body = np.minimum(y - top, half - np.abs(x - 0.04)).astype(np.float32)
    height = 0.5 * np.sqrt(np.clip(1 - (x / (half + 0.05)) ** 2, 0, 1)) + 0.03 * canvas.noise(0.35, 95 + look, 3)
    light = 0.12 + 0.88 * lit(canvas.normals(canvas.blur(height, 0.01)), 0.45)
    light = light * (1 - 0.4 * np.exp(-(((y - top - 0.14) / 0.012) ** 2)))
    canvas.shade(0.55, canvas.blur(canvas.cover(body + 0.06, 0.05), 0.04) * canvas.alpha)
    ink = np.asarray(_SLEEVES[look], np.float32) * (light * (1 + 0.05 * canvas.noise(0.02, 96, 1)))[..., None]
    canvas.paint(ink, canvas.cover(body, 0.012))
