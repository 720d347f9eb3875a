"""Hands and fingers: round limbs joined into one height field, then skin, creases and nails over it."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, radians, sin

import numpy as np

from restorers.corruptions.occluder_art import palms
from restorers.corruptions.occluder_art.canvas import Array, Canvas, Colour, capsule, highlight, lit, ramp

SKIN: Colour = (0.87, 0.67, 0.56)
"""Colour of lit skin in which every hand is drawn; where it is placed it takes on another."""


@dataclass(frozen=True)
class Finger:
    """Three bones from the knuckle on; lengths in face units, angles in degrees, 0 = up, clockwise."""

    base: tuple[float, float]
    angle: float
    lengths: tuple[float, ...]
    radius: float
    bend: float = 0.0
    """Degrees added at each joint."""
    nail: bool = True

    def joints(self) -> list[tuple[float, float]]:
        """Ends of the bones, the knuckle first."""
        points = [self.base]
        angle = self.angle
        for length in self.lengths:
            x, y = points[-1]
            points.append((x + length * sin(radians(angle)), y - length * cos(radians(angle))))
            angle += self.bend
        return points

    def tip_angle(self) -> float:
        """Direction of the last bone."""
        return self.angle + self.bend * (len(self.lengths) - 1)


@dataclass
class Flesh:
    """A height field that grows limb by limb; `depth` is how deep in a gap between limbs a point lies."""

    canvas: Canvas
    height: Array = field(init=False)
    reach: Array = field(init=False)
    """Signed distance to the whole, positive inside."""
    owner: Array = field(init=False)
    """Number of the limb on top."""
    limbs: int = 0

    def __post_init__(self) -> None:
        self.height = np.full_like(self.canvas.x, -1.0)
        self.reach = np.full_like(self.canvas.x, -9.0)
        self.owner = np.zeros_like(self.canvas.x)

    def limb(
        self,
        points: list[tuple[float, float]],
        radii: list[float],
        lift: float = 0.0,
        flat: float = 1.0,
        apart: bool = False,
    ) -> None:
        """Add a chain of tapering round bones.

        Args:
            points: the ends of the bones.
            radii: at those ends.
            lift: height of the bones above the sheet.
            flat: less than 1 for a flattened section.
            apart: whether a fold of skin shows where it meets another limb that is apart; the others melt into one.
        """
        self.limbs += 1
        for (start, end), (r0, r1) in zip(pairwise(points), pairwise(radii), strict=True):
            distance, t = capsule(self.canvas.x, self.canvas.y, start, end)
            radius = r0 + (r1 - r0) * t
            inside = radius - distance
            surface = lift + flat * np.sqrt(np.maximum(radius**2 - distance**2, 0))
            above = (inside > 0) & (surface > self.height)
            self.height = np.where(above, surface, self.height).astype(np.float32)
            self.owner = np.where(above, self.limbs if apart else 0, self.owner).astype(np.float32)
            self.reach = np.maximum(self.reach, inside).astype(np.float32)

    def finger(self, finger: Finger, lift: float = 0.0, root: tuple[float, float] | None = None) -> None:
        """Add a finger, thicker at its joints; towards its `root` in the hand it sinks into the flesh."""
        joints = finger.joints()
        count = len(joints)
        radii = [finger.radius * (1.04 - 0.24 * index / (count - 1)) for index in range(count)]
        if root is not None:
            self.limb([root, joints[0]], [0.3 * finger.radius, radii[0]], lift)
        self.limb(joints, radii, lift, apart=True)

    def seams(self) -> Array:
        """Where two limbs that are apart meet, 1 on the line."""
        owner = self.owner
        lines = np.zeros_like(owner)
        for axis in (0, 1):
            first, second = np.delete(owner, -1, axis), np.delete(owner, 0, axis)
            meets = ((first != second) & (first > 0) & (second > 0)).astype(np.float32)
            lines = np.maximum(lines, np.pad(meets, [(0, 1 - axis), (0, axis)]))
        return np.asarray(lines, np.float32)

    def swell(self, x: float, y: float, radius: float, amount: float) -> None:
        """Raise a soft bump, as over a knuckle."""
        bump = amount * np.exp(-(((self.canvas.x - x) ** 2 + (self.canvas.y - y) ** 2) / radius**2))
        self.height = np.where(self.height > -0.5, self.height + bump, self.height).astype(np.float32)


def paint_skin(canvas: Canvas, flesh: Flesh, fingers: list[Finger], seed: int, palm: bool = False) -> None:
    """Skin over a finished height field, with creases at the joints and nails at the tips, or as a palm has it."""
    solid = canvas.cover(flesh.reach, 0.014)
    height = np.where(flesh.reach > -0.03, np.maximum(flesh.height, -0.05), -0.05).astype(np.float32)
    relief = (
        canvas.blur(height, 0.014)
        + 0.0007 * canvas.noise(0.03, 80 + seed, 2)
        + 0.005 * canvas.noise(0.30, 81 + seed, 1)
    )
    normal = canvas.normals(relief)
    light = np.clip(0.20 + 0.86 * lit(normal, 0.52), 0, 1.3)
    # Between two limbs little light arrives: how much lower a point lies than its surroundings.
    hollow = np.clip((canvas.blur(height, 0.07) - height) * 5, 0, 1)
    light = light * (1 - 0.36 * hollow)
    seam = canvas.blur(flesh.seams(), 0.010)
    light = light * (1 - 0.30 * np.clip(seam * 2.2, 0, 1))
    if palm:
        joints = [finger.joints() for finger in fingers]
        light = light * (1 - 0.30 * palms.folds(canvas, joints, [finger.radius for finger in fingers]))
        blush = palms.blush(canvas, joints)
    else:
        blush = _creases(canvas, fingers, light)
    # Light that has passed through skin comes out red: shade falls off slower in red than in green and blue.
    spectrum = np.stack([light**power for power in (0.85, 1.12, 1.2)], -1)
    tint = np.stack([1 + 0.03 * blush, 1 - 0.13 * blush, 1 - 0.12 * blush], -1)
    mottle = 1 + 0.02 * canvas.noise(0.14, 82 + seed, 3)
    colour = np.asarray(SKIN, np.float32) * spectrum * tint * mottle[..., None]
    colour = colour + 0.10 * highlight(normal, 14)[..., None] * solid[..., None]
    canvas.paint(np.asarray(colour, np.float32), solid, skin=True)
    for finger in fingers:
        if finger.nail:
            _paint_nail(canvas, finger, behind=palm)


def _creases(canvas: Canvas, fingers: list[Finger], light: Array) -> Array:
    """Draw the folds over the joints into the light, in place; returns where the skin is redder, 0 to 1."""
    blush = np.zeros_like(light)
    for finger in fingers:
        joints = finger.joints()
        for index, (x, y) in enumerate(joints):
            angle = radians(finger.angle + finger.bend * max(index - 0.5, 0))
            along = (canvas.x - x) * sin(angle) - (canvas.y - y) * cos(angle)
            across = (canvas.x - x) * cos(angle) + (canvas.y - y) * sin(angle)
            near = np.exp(-((across / (0.75 * finger.radius)) ** 4))
            blush = np.maximum(
                blush, np.exp(-((along / 0.13) ** 2)) * near * (1.0 if index in (0, len(joints) - 1) else 0.7)
            )
            if 0 < index < len(joints) - 1:
                for offset in (-0.045, -0.008, 0.032):
                    fold = along - offset - 0.25 * across**2 / finger.radius
                    light *= (1 - 0.12 * near * np.exp(-((fold / 0.0085) ** 2))).astype(np.float32)
    return np.asarray(blush, np.float32)


def _paint_nail(canvas: Canvas, finger: Finger, behind: bool) -> None:
    tip, angle = finger.joints()[-1], radians(finger.tip_angle())
    radius = 0.80 * finger.radius
    along = (canvas.x - tip[0]) * sin(angle) - (canvas.y - tip[1]) * cos(angle) - 0.10 * radius
    across = (canvas.x - tip[0]) * cos(angle) + (canvas.y - tip[1]) * sin(angle)
    shape = 1 - (np.abs(across / (0.62 * radius)) ** 2.6 + np.abs(along / (0.82 * radius)) ** 2.6)
    distance = np.asarray(shape * 0.3 * radius, np.float32)
    if behind:
        # skin, and as far as the nail behind it reaches: both sides of a hand have one outline
        skin = canvas.rgb / np.maximum(canvas.alpha, 1e-3)[..., None]
        canvas.paint(skin, canvas.cover(distance, 0.014) * canvas.alpha, skin=True)
        return
    canvas.shade(0.66, canvas.cover(distance + 0.014, 0.02) * canvas.alpha)
    shine = (
        0.25 * np.exp(-(((across + 0.25 * radius) / (0.16 * radius)) ** 2)) * ramp(along, -0.8 * radius, 0.4 * radius)
    )
    white = ramp(along, 0.52 * radius, 0.64 * radius)
    body = np.asarray((0.93, 0.70, 0.65), np.float32) * (0.95 - 0.25 * (across / radius)[..., None] ** 2)
    body = body + (shine + 0.10 * white)[..., None]
    canvas.paint(body, canvas.cover(distance, 0.014) * canvas.alpha, skin=True)
