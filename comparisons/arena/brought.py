"""A restored picture that somebody brings to a comparison: shown and scored beside what the methods made of the same face."""

from dataclasses import replace
from typing import Final

import numpy as np

from comparisons.arena.comparison import Comparison, Result
from comparisons.metrics import scorer
from restorers import images
from restorers.contract import SIDE, CorruptionKind, Method, MissingWeights, Paper, Preset, Problem, Restorer
from restorers.images import Array


def _nothing(_preset: Preset) -> Restorer:
    raise MissingWeights("A picture that somebody brought cannot be made again here; drop it once more.")


METHOD: Final = Method(
    "yours", "Yours", Paper("", "", "", 0, ""), frozenset(CorruptionKind), _nothing, learned=False, origin="external"
)
"""Stands for whatever made it."""


def with_brought(comparison: Comparison, pixels: Array) -> Comparison:
    """A comparison with a restored picture beside the methods'.

    Args:
        comparison: what is on the stage.
        pixels: uint8 (256, 256, 3), the corrupted face as somebody else's method restored it. Visible pixels are put back as they are
            for every method.

    Raises:
        Problem: if the picture has another size: resized pixels would be scored for what nobody made.
    """
    height, width = pixels.shape[:2]
    if (height, width) != (SIDE, SIDE):
        raise Problem(
            "Expected the restored face at {side} x {side} pixels, as the downloaded input has, got {width} x {height}; "
            "restore the input without resizing it.",
            side=SIDE,
            width=width,
            height=height,
        )
    own = pixels
    if not comparison.corrupted.degraded:
        hidden = images.mask_to_array(comparison.corrupted.mask) > 0
        own = np.where(hidden[..., None], pixels, comparison.occluded)
    scores = {}
    if comparison.face.truth:
        truth = images.to_tensor(comparison.face.pixels)
        scores = scorer.score(images.to_tensor(own), truth, comparison.corrupted.mask)
    return replace(comparison, brought=Result(METHOD, "ok", own, 0.0, scores, ""))
