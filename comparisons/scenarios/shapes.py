"""Masks of published protocols, and half a face, by name. 1 = missing.

    zhou_lu     Zhou & Lu, CMC 2025: the outline of a box, 50 to 100 px thick of 256, mostly filled solid by it
    thick       LaMa's wide evaluation masks: strokes or boxes (Suvorov et al., WACV 2022, random_thick_256)
    medium      the same with thinner strokes and smaller boxes (random_medium_256)
    half_face   one half of the face, left or right of its middle line, as the head is turned

LaMa's are new draws from the same distributions (`restorers.corruptions.lama`).
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from restorers.corruptions import lama, masks, pose
from restorers.corruptions.pose import Array, Surface

_FACE: Final = Surface(depth=0.25, bend=0.6)
_WIDE: Final = 1.25
_TALL: Final = 1.75
_MIDDLE: Final = 0.35
"""Face units: an ellipse from the hairline to the chin and from ear to ear (see `restorers.corruptions.pose`)."""

Shape = Callable[[int, Generator, Array], Tensor]
"""(side, generator, landmarks (5, 2)) -> (1, 1, side, side)."""


def draw(name: str, seed: int, side: int, landmarks: Array) -> Tensor:
    """Draw one mask.

    Args:
        name: a key of `SHAPES`.
        seed: of every random choice.
        side: width and height of the picture in pixels.
        landmarks: (5, 2) as fractions of the side; only `half_face` looks at them.

    Returns:
        (1, 1, side, side), 1 = missing; never empty and never the whole picture.

    Raises:
        KeyError: if there is no such shape.
    """
    return SHAPES[name](side, np.random.default_rng(seed), landmarks)


def _zhou_lu(side: int, generator: Generator, landmarks: Array) -> Tensor:  # noqa: ARG001 - one form for all shapes
    return masks.zhou_lu(side, generator)


def _lama(protocol: lama.Protocol, side: int, generator: Generator, landmarks: Array) -> Tensor:  # noqa: ARG001
    return lama.mask(protocol, generator, side)


def _half_face(side: int, generator: Generator, landmarks: Array) -> Tensor:
    x, y, facing = pose.pose_of(np.asarray(landmarks, np.float32)).unproject(side, _FACE)
    way = 1 if generator.random() < 0.5 else -1
    inside = (np.hypot(x / _WIDE, (y - _MIDDLE) / _TALL) < 1) & (facing > 0)
    half = inside & (way * x > 0)
    # A head turned far away shows next to nothing of one half: then the other one is taken.
    half = half if half.any() else inside
    return torch.from_numpy(half.astype(np.float32))[None, None]


SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "zhou_lu": _zhou_lu,
        "thick": partial(_lama, lama.THICK),
        "medium": partial(_lama, lama.MEDIUM),
        "half_face": _half_face,
    }
)
