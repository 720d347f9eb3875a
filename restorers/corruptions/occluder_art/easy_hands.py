"""Hands that lie as they fall before a face: over the mouth, along the cheek, at the chin; slim, bent in curves, with living skin.

Fingers are bent tubes over a plate of four bones; all melt into one height field. Light enters skin and leaves it elsewhere, red the
farthest: each colour of the light is blurred by its own radius (d'Eon & Luebke, Advanced Techniques for Realistic Real-Time Skin
Rendering, GPU Gems 3, 2007).
"""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from restorers.corruptions.occluder_art import palms
from restorers.corruptions.occluder_art.canvas import Array, Canvas, lit, ramp
from restorers.corruptions.occluder_art.hands import paint_sleeve
from restorers.corruptions.occluder_art.melted_limbs import Hand
from restorers.corruptions.occluder_art.skin import SKIN

_SCATTER = (0.050, 0.020, 0.012)
"""Face units over which red, green and blue light spread in skin."""


@dataclass(frozen=True)
class Bent:
    """A finger from its knuckle on; lengths in face units, angles in degrees, 0 = up, clockwise."""

    base: tuple[float, float]
    angle: float
    bends: tuple[float, ...]
    """Degrees added at each joint."""
    lengths: tuple[float, ...]
    radius: float
    lift: float = 0.0
    """How far it stands out towards the camera."""
    nail: bool = True

    def joints(self) -> list[tuple[float, float]]:
        """Ends of the bones, the knuckle first."""
        points, angle = [self.base], self.angle
        for length, bend in zip(self.lengths, (*self.bends, 0.0), strict=True):
            x, y = points[-1]
            points.append((x + length * sin(radians(angle)), y - length * cos(radians(angle))))
            angle += bend
        return points


def _long(base: tuple[float, float], angle: float, size: float, bends: tuple[float, float], lift: float = 0.0) -> Bent:
    """A stretched finger; `size` 1 for the middle one."""
    lengths = (0.56 * size, 0.36 * size, 0.235 * size)
    return Bent(base, angle, bends, lengths, 0.130 * (0.62 + 0.38 * size), lift)


def _curled(base: tuple[float, float], angle: float, size: float) -> Bent:
    """One that bends away at its second knuckle: its first bone is seen, foreshortened, and the knuckle at its end."""
    return Bent(base, angle, (4.0,), (0.10 * size, 0.06 * size), 0.142 * (0.6 + 0.4 * size), 0.0, nail=False)


_COVERING = (
    _long((-0.36, -0.42), -3, 0.92, (5, 4)),
    _long((-0.12, -0.50), -1, 1.00, (3, 3), 0.015),
    _long((0.13, -0.47), 1, 0.94, (2, 2), 0.008),
    _long((0.35, -0.36), 5, 0.76, (-1, -2)),
)
_CHEEK = (
    _long((-0.36, -0.42), -9, 0.92, (5, 6)),
    _long((-0.12, -0.50), -2, 1.00, (5, 6), 0.01),
    _long((0.13, -0.47), 4, 0.94, (6, 7)),
    _long((0.35, -0.36), 13, 0.76, (7, 8), 0.01),
)
_LOOSE = (
    _long((-0.36, -0.42), -15, 0.92, (8, 6)),
    _long((-0.12, -0.50), -4, 0.97, (9, 8), 0.02),
    _long((0.13, -0.47), 7, 0.90, (11, 9)),
    _long((0.35, -0.36), 20, 0.74, (10, 9)),
)
_THINKING = (
    _long((-0.34, -0.42), -8, 0.92, (5, 4)),
    _long((-0.11, -0.49), 0, 0.96, (10, 8), 0.01),
    _curled((0.14, -0.42), 6, 1.0),
    _curled((0.36, -0.32), 12, 0.86),
)
_BENT = (
    _long((-0.36, -0.42), 3, 0.88, (16, 12), 0.01),
    _long((-0.12, -0.50), 5, 0.95, (15, 12), 0.02),
    _long((0.13, -0.47), 8, 0.88, (14, 12), 0.01),
    _long((0.35, -0.36), 13, 0.72, (11, 10)),
)
LOOKS: tuple[tuple[Bent, ...], ...] = (_COVERING, _CHEEK, _LOOSE, _THINKING, _BENT)


def _thumb(angle: float, bends: tuple[float, float], lift: float = 0.0) -> Bent:
    return Bent((-0.40, 0.26), angle, bends, (0.36, 0.30, 0.22), 0.145, lift)


_THUMBS = (
    _thumb(-24, (18, 10)),
    _thumb(-42, (16, 8)),
    _thumb(-48, (14, 6)),
    _thumb(-40, (24, 12)),
    _thumb(-34, (26, 16)),
)


_PALMS = (2,)
"""Looks whose palm faces the camera."""


def easy_hand(look: int) -> Canvas:
    """Draw one hand, its back or its palm, fingers up, with wrist, forearm and a sleeve far below."""
    fingers, thumb, palm = LOOKS[look], _THUMBS[look], look in _PALMS
    canvas = Canvas(-1.5, -2.1, 1.3, 3.6, density=128)
    hand = Hand(canvas)
    hand.limb([(0.03, 0.55), (0.03, 1.1), (0.04, 1.9), (0.06, 3.7)], (0.40, 0.36, 0.42, 0.52), -0.20, 0.75, 0.1)
    for finger in fingers:
        x, y = finger.base
        web = (x + 0.16 * sin(radians(finger.angle)), y - 0.16 * cos(radians(finger.angle)))
        hand.limb([(0.45 * x, 0.80), (0.80 * x, 0.1), web], (0.26, 0.20, 0.13), -0.05, 0.6, 0.14)
    palm_thumb = [(-0.12, 0.78), (-0.30, 0.50), thumb.base]
    hand.limb(palm_thumb, (0.24, 0.22, 0.17), -0.06, 0.75, 0.16)
    for finger in fingers:
        _add(hand, finger)
        hand.swell((finger.base[0], finger.base[1] + (0.16 if palm else 0.02)), 0.11, 0.016)
    _add(hand, thumb)
    for pad in palms.PADS if palm else ():
        hand.swell(*pad)
    _paint(hand, [*fingers, thumb], look, palm)
    paint_sleeve(canvas, look % 4)
    return canvas


def _add(hand: Hand, finger: Bent) -> None:
    """A finger, a little thicker at its joints; its root lies in the hand."""
    joints = finger.joints()
    x, y = finger.base
    root = (x - 0.25 * sin(radians(finger.angle)), y + 0.25 * cos(radians(finger.angle)))
    r = finger.radius
    radii = (0.8 * r, r, *(r * (0.98 - 0.09 * number) for number in range(1, len(finger.lengths))), 0.8 * r)
    # what is stretched is set off against the hand, a fist's knuckles are of one skin with it
    hand.limb([root, *joints], radii, -0.04 + finger.lift, 1.0 if finger.nail else 0.85, 0.035 if finger.nail else 0.13)
    for joint in joints[1:-1]:
        hand.swell(joint, 0.75 * r, 0.010)


def _paint(hand: Hand, fingers: list[Bent], seed: int, palm: bool) -> None:
    """Skin over the finished height field, then nails where the back is seen."""
    canvas = hand.canvas
    solid = canvas.cover(hand.reach, 0.016)
    height = np.maximum(hand.height, -0.12).astype(np.float32)
    joints = [finger.joints() for finger in fingers]
    lines = palms.folds(canvas, joints, [finger.radius for finger in fingers]) if palm else np.zeros_like(canvas.x)
    folds, blush = (lines, palms.blush(canvas, joints)) if palm else _creases(canvas, fingers, seed)
    veins = np.zeros_like(canvas.x) if palm else _veins(canvas, seed)
    relief = canvas.blur(height, 0.011) - 0.0045 * folds + 0.006 * veins
    relief = relief + 0.0006 * canvas.noise(0.022, 180 + seed, 2) + 0.004 * canvas.noise(0.25, 181 + seed, 2)
    light = 0.30 + 0.70 * lit(canvas.normals(relief), 0.50)
    # little light reaches what lies lower than its surroundings, as between two fingers
    for radius, depth in ((0.03, 3.0), (0.10, 1.6)):
        hollow = np.clip((canvas.blur(height, radius) - height) * depth, 0, 1)
        light = light * (1 - 0.55 * hollow)
    light = light * (1 - 0.30 * ramp(hand.reach, 0.06, 0.0) * ramp(canvas.x + 0.4 * canvas.y, -0.3, 0.6))
    colour = np.asarray(SKIN, np.float32) * _scattered(canvas, light, solid) * _tint(canvas, blush, veins, seed)
    colour = colour * (1 - 0.22 * lines)[..., None]
    sheen = np.clip(light - 1.02, 0, 1) * (1 + 0.5 * canvas.noise(0.03, 184 + seed, 1))
    canvas.paint(np.asarray(colour + 0.22 * sheen[..., None], np.float32), solid, skin=True)
    for finger in fingers:
        if finger.nail:
            _paint_nail(canvas, finger, behind=palm)


def _scattered(canvas: Canvas, light: Array, solid: Array) -> Array:
    """(H, W, 3) the light after it has spread in the skin, 1 on average."""
    weight = np.maximum(canvas.blur(solid, 0.02), 1e-3)
    spread = []
    for radius in _SCATTER:
        share = np.maximum(canvas.blur(solid, radius), 0.05)
        spread.append(0.35 * light + 0.65 * canvas.blur(light * solid, radius) / share)
    whole = np.stack(spread, -1)
    mean = float((light * solid * weight).sum() / np.maximum((solid * weight).sum(), 1.0))
    return np.asarray(whole / mean, np.float32)


def _tint(canvas: Canvas, blush: Array, veins: Array, seed: int) -> Array:
    """(H, W, 3) how the skin's colour varies: redder over joints and tips, bluish over veins, mottled everywhere."""
    pale = canvas.noise(0.16, 182 + seed, 3)
    warm = canvas.noise(0.35, 183 + seed, 2)
    speckle = canvas.noise(0.02, 185 + seed, 1)
    red = 1 + 0.015 * pale + 0.02 * blush - 0.015 * veins + 0.010 * speckle
    green = 1 + 0.025 * pale - 0.025 * warm - 0.115 * blush - 0.010 * veins + 0.014 * speckle
    blue = 1 + 0.030 * pale - 0.035 * warm - 0.100 * blush + 0.012 * veins + 0.014 * speckle
    return np.asarray(np.stack([red, green, blue], -1), np.float32)


def _veins(canvas: Canvas, seed: int) -> Array:
    """Faint lines over the back of the hand, 0 to 1."""
    random = np.random.default_rng(186 + seed)
    total = np.zeros_like(canvas.x)
    for foot in (-0.20, 0.05, 0.24):
        bend, tip = random.uniform(-0.08, 0.08), foot * 1.2 + random.uniform(-0.05, 0.05)
        off = canvas.along([(0.6 * foot, 0.95), (foot + bend, 0.45), (foot - bend, 0.10), (tip, -0.30)])
        fade = ramp(canvas.y, -0.30, 0.0) * ramp(canvas.y, 1.0, 0.7)
        total = np.maximum(total, fade * np.exp(-((off / 0.026) ** 2)))
    return np.asarray(total, np.float32)


def _creases(canvas: Canvas, fingers: list[Bent], seed: int) -> tuple[Array, Array]:
    """Folds over the joints, and where the skin is redder; both (H, W), 0 to about 1."""
    folds, blush = np.zeros_like(canvas.x), np.zeros_like(canvas.x)
    random = np.random.default_rng(187 + seed)
    for finger in fingers:
        joints, angle = finger.joints(), finger.angle
        for number, joint in enumerate(joints):
            if 0 < number < len(joints) - 1:
                angle += finger.bends[number - 1]
            along, across = _on(canvas, joint, angle)
            near = np.exp(-((across / (0.80 * finger.radius)) ** 4))
            strength = (0.6, 0.8, 0.5, 0.9)[min(number, 3)]
            blush = np.maximum(blush, strength * near * np.exp(-((along / 0.11) ** 2)))
            if 0 < number < len(joints) - 1:
                for place in np.linspace(-0.055, 0.055, 5) + random.uniform(-0.006, 0.006, 5):
                    bow = random.uniform(-0.6, 0.6) * across**2 / finger.radius + 0.15 * place * np.abs(
                        across / finger.radius
                    )
                    wide = np.exp(
                        -(((across - random.uniform(-0.03, 0.03)) / (random.uniform(0.4, 0.75) * finger.radius)) ** 4)
                    )
                    folds = folds + random.uniform(0.4, 1.0) * wide * np.exp(-(((along - place - bow) / 0.0075) ** 2))
    return np.asarray(folds, np.float32), np.asarray(blush, np.float32)


def _on(canvas: Canvas, spot: tuple[float, float], angle: float) -> tuple[Array, Array]:
    """Coordinates along and across a finger of this direction, from a spot on it."""
    dx, dy, turn = canvas.x - np.float32(spot[0]), canvas.y - np.float32(spot[1]), radians(angle)
    return np.asarray(dx * sin(turn) - dy * cos(turn), np.float32), np.asarray(
        dx * cos(turn) + dy * sin(turn), np.float32
    )


def _paint_nail(canvas: Canvas, finger: Bent, behind: bool) -> None:
    radius = 0.80 * finger.radius
    along, across = _on(canvas, finger.joints()[-1], finger.angle + sum(finger.bends))
    along = along - 0.06 * radius
    inside = 1 - (np.abs(across / (0.66 * radius)) ** 2.8 + np.abs(along / (0.92 * radius)) ** 2.8)
    distance = np.asarray(0.3 * radius * inside, np.float32)
    if behind:
        # skin, and as far as the nail behind it reaches: both sides of a hand have one outline
        skin = canvas.rgb / np.maximum(canvas.alpha, 1e-3)[..., None]
        canvas.paint(skin, canvas.cover(distance, 0.014) * canvas.alpha, skin=True)
        return
    canvas.shade(0.66, canvas.blur(canvas.cover(distance + 0.013, 0.012), 0.006) * canvas.alpha)
    curved = 1 - 0.22 * (across / radius) ** 2
    body = np.asarray((0.97, 0.745, 0.69), np.float32) * curved[..., None]
    edge = ramp(along + 0.25 * across**2 / radius, 0.58 * radius, 0.70 * radius)
    moon = ramp(along - 0.2 * across**2 / radius, -0.55 * radius, -0.75 * radius)
    shine = np.exp(-(((across + 0.22 * radius) / (0.20 * radius)) ** 2)) * ramp(along, -0.8 * radius, 0.3 * radius)
    white = 0.75 * edge + 0.30 * moon
    body = body + white[..., None] * (np.asarray((0.95, 0.88, 0.83), np.float32) - body) + 0.16 * shine[..., None]
    canvas.paint(body.astype(np.float32), canvas.cover(distance, 0.014) * canvas.alpha, skin=True)
