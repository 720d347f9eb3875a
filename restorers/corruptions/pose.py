"""Where a face is and which way it looks, from five points alone, and the way back from the picture to the face.

**Face units**: the origin midway between the eyes, x to the right and y down along the face, 1 = the distance between
the eyes of the same face seen from the front. The mean face has its nose tip at (0, 0.7), its mouth corners at
(+-0.44, 1.05), its chin at (0, 1.8) and its ears at (+-1.1, 0.3); the depth z, towards the camera, is 0 at the eyes and
0.6 at the nose tip. These means were taken over the MediaPipe meshes of 14,000 faces.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

TEMPLATE: Array = np.array(
    [(192.98, 239.95), (318.90, 240.19), (256.63, 314.02), (201.26, 371.41), (313.09, 371.15)], np.float32
) / np.float32(512)
"""(5, 2) five points of a face aligned as FFHQ's are, fractions of the side; used where nobody knows the face's own."""
TEMPLATE.setflags(write=False)

NOSE_DEPTH = 0.6
MOUTH_DEPTH = 0.06
MOUTH_DOWN = 1.05
LARGEST_YAW = 0.7
"""Radians; beyond it the far eye is hidden and five points say too little."""
LARGEST_SCALE = 2.0
"""Sides of the picture between the eyes; nearer no part of a face would be made out."""
FARTHEST = 10.0
"""Sides of the picture from its corner; farther off nothing of a face reaches into it."""


@dataclass(frozen=True)
class Surface:
    """How far an object lies in front of the eyes: z = depth + rise * (y between `low` and `high`) - bend * x ** 2."""

    depth: float
    bend: float
    rise: float = 0.0
    low: float = 0.0
    high: float = 1.0

    def middle(self, y: Array) -> Array:
        """Depth on the line x = 0."""
        share = np.clip((y - self.low) / (self.high - self.low), 0, 1)
        return np.asarray(self.depth + self.rise * share, np.float32)


@dataclass(frozen=True)
class Pose:
    """A face in the picture plane, in fractions of the side."""

    centre: tuple[float, float]
    roll: float
    """Radians, clockwise."""
    scale: float
    """Face unit in fractions of the side."""
    yaw: float
    """Radians, positive where the nose points to the picture's right."""
    stretch: float
    """How much longer than the mean the lower face is."""
    lean: float
    """How far the mouth lies beside where the yaw alone would put it, per face unit down."""

    def project(self, x: float, y: float, z: float) -> tuple[float, float]:
        """A point of the face as fractions of the side."""
        stretch = self.stretch if y > 0 else 1.0
        across = x * np.cos(self.yaw) + z * np.sin(self.yaw) + self.lean * y
        down = y * stretch
        cosine, sine = np.cos(self.roll), np.sin(self.roll)
        return (
            float(self.centre[0] + self.scale * (cosine * across - sine * down)),
            float(self.centre[1] + self.scale * (sine * across + cosine * down)),
        )

    def unproject(self, side: int, surface: Surface) -> tuple[Array, Array, Array]:
        """For every pixel of a picture, the point of a surface that is seen there.

        Returns:
            x and y in face units and how squarely the surface faces the camera there, from 1 down to 0 where it
            turns away out of sight; each (side, side).
        """
        grid = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side)
        dx = (grid[None, :] - np.float32(self.centre[0])) / np.float32(self.scale)
        dy = (grid[:, None] - np.float32(self.centre[1])) / np.float32(self.scale)
        cosine, sine = np.float32(np.cos(self.roll)), np.float32(np.sin(self.roll))
        down = cosine * dy - sine * dx
        y = np.where(down > 0, down / np.float32(self.stretch), down)
        across = cosine * dx + sine * dy - np.float32(self.lean) * y
        turn, front = np.float32(np.sin(self.yaw)), np.float32(np.cos(self.yaw))
        # across = x front + (middle(y) - bend x^2) turn, solved for the x that faces the camera
        across = across - surface.middle(y) * turn
        bend = np.float32(surface.bend) * turn
        facing = np.sqrt(np.maximum(front * front - 4 * bend * across, 0))
        x = 2 * across / (front + facing)
        return x.astype(np.float32), y.astype(np.float32), (facing / front).astype(np.float32)


def pose_of(points: Array) -> Pose:
    """Read the pose off five points (5, 2): image-left eye, image-right eye, nose, both mouth corners.

    Points of no possible face (eyes on one spot, a mouth above the eyes) give the nearest pose that a face can have, so
    that whatever a detector finds can be covered.
    """
    left, right, nose, mouth = points[0], points[1], points[2], (points[3] + points[4]) / 2
    centre = (left + right) / 2
    apart = min(max(float(np.hypot(*(right - left))), 1e-3), LARGEST_SCALE)
    roll = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
    cosine, sine = np.cos(roll), np.sin(roll)

    def in_frame(point: Array) -> tuple[float, float]:
        dx, dy = (point - centre) / apart
        return float(cosine * dx + sine * dy), float(cosine * dy - sine * dx)

    nose_across, _ = in_frame(nose)
    mouth_across, mouth_down = in_frame(mouth)
    yaw = float(np.clip(np.arctan2(nose_across, NOSE_DEPTH), -LARGEST_YAW, LARGEST_YAW))
    front = float(np.cos(yaw))
    stretch = 1 + 0.85 * (mouth_down * front / MOUTH_DOWN - 1)
    lean = (mouth_across * front - MOUTH_DEPTH * float(np.sin(yaw))) / MOUTH_DOWN
    return Pose(
        centre=(float(np.clip(centre[0], -FARTHEST, FARTHEST)), float(np.clip(centre[1], -FARTHEST, FARTHEST))),
        roll=roll,
        scale=apart / front,
        yaw=yaw,
        stretch=float(np.clip(stretch, 0.7, 1.4)),
        lean=float(np.clip(lean, -0.12, 0.12)),
    )
