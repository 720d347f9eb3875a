"""Photographs composed of an example face and a drawn occluder: nobody's, and what lies below is known."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch

from restorers import images, originals, paths
from restorers.corruptions.corruption import Corruption, apply
from restorers.faces import align, detectors

EXAMPLES: Final = sorted(paths.EXAMPLES.glob("*.png"))


@dataclass(frozen=True, eq=False)
class Composed:
    """A covered photograph."""

    pixels: np.ndarray
    """uint8 (H, W, 3)."""
    truth: np.ndarray
    """The same without the cover."""
    mask: np.ndarray
    """bool (H, W), where the cover lies."""


def composed(
    number: int = 1,
    occluder: str = "sunglasses",
    side: int = 420,
    degrees: float = 0.0,
    size: tuple[int, int] = (700, 900),
    seed: int = 3,
    middle: tuple[float, float] = (0.5, 0.5),
) -> Composed:
    """An example face in a larger picture, with something drawn over it.

    Args:
        number: of the example, from 1.
        occluder: as in `Corruption`.
        side: of the portrait in pixels.
        degrees: by which it is turned, clockwise.
        size: height and width.
        seed: of the occluder.
        middle: of the portrait, down and across, as fractions of the picture.
    """
    height, width = size
    portrait = images.read(EXAMPLES[number - 1])
    half = portrait.shape[0] / 2
    place = cv2.getRotationMatrix2D((half, half), -degrees, side / portrait.shape[0])
    place[:, 2] += width * middle[1] - half, height * middle[0] - half
    ramp = np.linspace(90, 150, width, dtype=np.float32)[None, :, None] * np.array([0.8, 1.0, 1.1], np.float32)
    truth = np.repeat(ramp, height, axis=0).astype(np.uint8)
    there = cv2.warpAffine(np.full(portrait.shape[:2], 255, np.uint8), place, (width, height)) > 127
    truth[there] = cv2.warpAffine(portrait, place, (width, height), flags=cv2.INTER_AREA)[there]
    points = detectors.locate(portrait).faces[0].landmarks @ place[:, :2].T + place[:, 2]
    cut = align.align(truth, points)
    landmarks = None if cut.landmarks is None else torch.as_tensor(cut.landmarks)[None]
    corrupted = apply(Corruption(occluder, seed=seed), images.to_tensor(cut.pixels), landmarks)
    hidden = corrupted.mask[0, 0].numpy() > 0
    laid = align.patch(size, images.to_array(corrupted.pixels), cut, hidden)
    assert laid is not None
    pixels = truth.copy()
    originals.blended(pixels, laid, laid.pixels)
    mask = np.zeros(size, bool)
    mask[laid.place] = laid.weight > 0
    return Composed(pixels, truth, mask)
