"""Reference floors from OpenCV: Telea's fast marching and Navier-Stokes fill-in."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import torch

from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer
from restorers.images import mask_to_array, to_array, to_tensor

RADIUS_PX: Final = 3
"""Pixels around a missing one that are looked at."""


class DiffusionRestorer(Restorer):
    """Carries the colours of the seam inwards."""

    def __init__(self, flag: int) -> None:
        """`flag` is cv2.INPAINT_TELEA or cv2.INPAINT_NS."""
        self.flag = flag

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """Fill one picture after the other."""
        filled = []
        for pixels, mask in zip(corrupted.pixels, corrupted.mask, strict=True):
            result = cv2.inpaint(to_array(pixels), mask_to_array(mask), RADIUS_PX, self.flag)
            filled.append(to_tensor(np.asarray(result, np.uint8)))
        return Restored(torch.cat(filled))


def build_telea(preset: Preset) -> Restorer:  # noqa: ARG001 - there is one size
    """Nothing to load."""
    return DiffusionRestorer(cv2.INPAINT_TELEA)


def build_navier_stokes(preset: Preset) -> Restorer:  # noqa: ARG001 - there is one size
    """Nothing to load."""
    return DiffusionRestorer(cv2.INPAINT_NS)


TELEA: Final = Method(
    key="telea",
    name="Telea",
    paper=Paper(
        "Telea",
        "An Image Inpainting Technique Based on the Fast Marching Method",
        "Journal of Graphics Tools",
        2004,
        "https://doi.org/10.1080/10867651.2004.10487596",
    ),
    undoes=frozenset({CorruptionKind.MISSING}),
    build=build_telea,
    learned=False,
    note="Carries the colours around the hole inwards.",
    origin="reference",
)

NAVIER_STOKES: Final = Method(
    key="navier_stokes",
    name="Navier-Stokes",
    paper=Paper(
        "Bertalmio, Bertozzi, Sapiro",
        "Navier-Stokes, Fluid Dynamics, and Image and Video Inpainting",
        "CVPR",
        2001,
        "https://doi.org/10.1109/CVPR.2001.990497",
    ),
    undoes=frozenset({CorruptionKind.MISSING}),
    build=build_navier_stokes,
    learned=False,
    note="Continues the lines of equal brightness into the hole.",
    origin="reference",
)
