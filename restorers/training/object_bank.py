"""Drawn objects made ready for training: rendered once, kept on disk, moved onto a face by its five points.

Rendering an object for a face takes milliseconds a picture, for which the cores that train would have to wait; moving a finished
render takes a tenth of one. What is lost: the render was made for a head that was turned almost, not exactly, as far.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from restorers.corruptions import occluders
from restorers.corruptions.pose import MOUTH_DEPTH, MOUTH_DOWN, NOSE_DEPTH, TEMPLATE, Pose, pose_of
from restorers.training.cache import written_once

SIDE: Final = 256
"""Width = height of a render in pixels."""
ZOOM: Final = 0.6
"""A render's face against one in FFHQ's frame: what reaches beyond a picture's border has to be on the render."""
EACH: Final = 24
"""Renders of each object."""
CANDIDATES: Final = 4
"""Renders of which the one is taken whose head is turned most like the face."""
YAW: Final = 0.25
"""Standard deviation of the turn, radians; cut off at MOST_YAW."""
MOST_YAW: Final = 0.6
STRETCH: Final = (0.88, 1.12)
"""How long the lower face is against the mean."""
LEAST_SIZE: Final = 1e-3
"""A face that is smaller against a render's has landmarks of no face; nothing is put on it."""

Points = NDArray[np.float32]
"""(5, 2) landmarks, fractions of the side."""


@dataclass(frozen=True)
class Bank:
    """Renders of every object."""

    rgba: NDArray[np.uint8]
    """(K, S, S, 4) colours multiplied by alpha, and alpha; object and shadow together."""
    points: NDArray[np.float32]
    """(K, 5, 2) landmarks of the faces that they were made for, fractions of the side."""
    yaws: NDArray[np.float32]
    """(K,) how far these are turned, radians."""
    kinds: NDArray[np.int64]
    """(K,) which object each is, an index into `occluders.OCCLUDER_NAMES`."""

    def cover(self, generator: Generator, side: int, points: Points) -> Tensor:
        """An object on a face: (4, side, side) in [0, 1], colours multiplied by alpha, and alpha."""
        row = self._chosen(generator, points)
        moved = _moved(self.rgba[row], self.points[row], points, side)
        return torch.from_numpy(moved).permute(2, 0, 1).float().div_(255)

    def mask(self, generator: Generator, side: int, points: Points) -> Tensor:
        """Where an object and its shadow lie on a face: (1, 1, side, side), 1 = covered."""
        row = self._chosen(generator, points)
        moved = _moved(np.ascontiguousarray(self.rgba[row, :, :, 3]), self.points[row], points, side)
        return torch.from_numpy(moved > occluders.LEAST_ALPHA * 255).float()[None, None]

    def _chosen(self, generator: Generator, points: Points) -> int:
        kind = int(generator.integers(self.kinds.max() + 1))
        rows = generator.choice(np.flatnonzero(self.kinds == kind), CANDIDATES)
        apart = np.abs(self.yaws[rows] - np.float32(pose_of(points).yaw))
        return int(rows[int(apart.argmin())])


def load(cache: Path) -> Bank:
    """The bank of these drawings, from the cache or rendered into it (some seconds, once).

    Args:
        cache: a folder; the file in it is named for the drawings' source, so that a changed drawing is rendered anew.
    """
    path = written_once(cache / f"objects-{_digest()}.npz", _write)
    with np.load(path) as file:
        return Bank(file["rgba"], file["points"], file["yaws"], file["kinds"])


def _write(path: Path) -> None:
    made = render()
    np.savez(path, rgba=made.rgba, points=made.points, yaws=made.yaws, kinds=made.kinds)


def render(side: int = SIDE, each: int = EACH) -> Bank:
    """Every object `each` times on faces of drawn poses; the same every time."""
    generator = np.random.default_rng(0)
    renders, posed, yaws, kinds = [], [], [], []
    for kind, name in enumerate(occluders.OCCLUDER_NAMES):
        for _ in range(each):
            yaw = float(np.clip(generator.normal(0, YAW), -MOST_YAW, MOST_YAW))
            points = _face(yaw, float(generator.uniform(*STRETCH)))
            rgba = occluders.place(name, generator, side, points).rgba.permute(1, 2, 0).numpy()
            rgba[..., :3] *= rgba[..., 3:]
            renders.append(np.rint(rgba * 255).astype(np.uint8))
            posed.append(points)
            yaws.append(yaw)
            kinds.append(kind)
    return Bank(np.stack(renders), np.stack(posed), np.array(yaws, np.float32), np.array(kinds, np.int64))


def _face(yaw: float, stretch: float) -> Points:
    """The five points of a turned mean face, in the middle of a render."""
    eyes = TEMPLATE[:2].mean(0)
    centre = 0.5 + (eyes - 0.5) * ZOOM
    scale = float(np.hypot(*(TEMPLATE[1] - TEMPLATE[0]))) * ZOOM
    pose = Pose((float(centre[0]), float(centre[1])), 0.0, scale, yaw, stretch, 0.0)
    mouth = ((-0.44, MOUTH_DOWN, MOUTH_DEPTH), (0.44, MOUTH_DOWN, MOUTH_DEPTH))
    spots = ((-0.5, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 0.7, NOSE_DEPTH), *mouth)
    return np.array([pose.project(*spot) for spot in spots], np.float32)


def _moved(render: NDArray[np.uint8], source: Points, target: Points, side: int) -> NDArray[np.uint8]:
    """A render turned, scaled and shifted so that its face's points meet another's as nearly as they can."""
    # points as complex numbers: multiplying by one number turns and scales
    ours, theirs = (points[:, 0].astype(complex) + 1j * points[:, 1] for points in (source, target))
    spread = np.abs(ours - ours.mean()) ** 2
    turn = ((ours - ours.mean()).conj() * (theirs - theirs.mean())).sum() / spread.sum()
    if not abs(turn) > LEAST_SIZE:
        return np.zeros((side, side, *render.shape[2:]), np.uint8)
    back = 1 / turn
    # from the middle of a pixel on the face to a place in the render
    offset = (ours.mean() + back * ((0.5 + 0.5j) / side - theirs.mean())) * len(render) - (0.5 + 0.5j)
    step = back * len(render) / side
    inverse = np.array([(step.real, -step.imag, offset.real), (step.imag, step.real, offset.imag)])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(
        render, inverse, (side, side), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=(0,) * 4
    )
    return np.asarray(moved, np.uint8)


def _digest() -> str:
    found = hashlib.sha256(repr((SIDE, ZOOM, EACH, YAW, MOST_YAW, STRETCH)).encode())
    for path in sorted(Path(occluders.__file__).parent.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]
