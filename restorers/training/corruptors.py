"""What damages the faces of a training batch."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from restorers.contract import Corrupted
from restorers.corruptions import degradations, masks
from restorers.training.recipes import Damaging

Corruptor = Callable[[Tensor, Tensor, Generator], Corrupted]
"""(truth (N, 3, S, S), five-point landmarks (N, 5, 2), generator) -> corrupted faces on the device of `truth`."""

RECTANGLES: Final = 0.9
"""Share of the faces whose occluder is one rectangle; the others get brush strokes or several small boxes."""

FILLED_ONLY: Final = 0.4
"""Share of the batches of blind methods that are not degraded: a batch is either degraded or not, as `Corrupted` is."""


def fill_in(truth: Tensor, five: Tensor, generator: Generator) -> Corrupted:
    """Missing pixels only: rectangles of 3 to 60 % of the picture, strokes of 5 to 40 %, or two to four small boxes.

    Args:
        truth: (N, 3, S, S).
        five: (N, 5, 2) landmarks.
        generator: the source of randomness.

    Returns:
        Pixels with the missing ones black; what a method puts there is its own business.
    """
    return _blackened(truth, five, [fill_in_mask(truth.shape[-1], generator) for _ in range(len(truth))])


def fill_in_mask(side: int, generator: Generator) -> Tensor:
    """One mask of the mix that `fill_in` describes, (1, 1, side, side)."""
    kind = generator.random()
    if kind < RECTANGLES:
        return masks.rectangle(generator, side, 0.03, 0.60)
    if kind < (1 + RECTANGLES) / 2:
        return masks.strokes(generator, side, 0.05, generator.uniform(0.1, 0.4))
    boxes = [masks.rectangle(generator, side, 0.02, 0.12) for _ in range(int(generator.integers(2, 5)))]
    return torch.stack(boxes).amax(0)


def zhou_lu(truth: Tensor, five: Tensor, generator: Generator) -> Corrupted:
    """The paper's black rectangles: two corners in 0..156 of 256 px, the outline 50 to 100 px thick, mostly filled solid by it.

    This reading of the paper's `rectangle(p1, p2, thickness)` is the only one whose areas reach both of its ratio bins.
    """
    return _blackened(truth, five, [zhou_lu_mask(truth.shape[-1], generator) for _ in range(len(truth))])


def zhou_lu_mask(side: int, generator: Generator) -> Tensor:
    """One mask of `zhou_lu`, (1, 1, side, side)."""
    canvas = np.zeros((side, side), np.uint8)
    corners = generator.integers(0, 157, 4) * side // 256
    thickness = max(int(generator.integers(50, 101)) * side // 256, 1)
    cv2.rectangle(canvas, (int(corners[0]), int(corners[1])), (int(corners[2]), int(corners[3])), 1, thickness)
    return torch.from_numpy(canvas).float()[None, None]


def blind(truth: Tensor, five: Tensor, generator: Generator) -> Corrupted:
    """Four batches of ten as `fill_in`; else every face degraded at a random level, and half of them occluded after that."""
    if generator.random() < FILLED_ONLY:
        return fill_in(truth, five, generator)
    side, levels = truth.shape[-1], tuple(degradations.LEVELS)
    drawn = [degradations.draw(levels[int(generator.integers(len(levels)))], generator) for _ in range(len(truth))]
    pixels = degradations.apply_batch(truth, drawn)
    whole = torch.zeros(1, 1, side, side)
    holes = [fill_in_mask(side, generator) if generator.random() < 0.5 else whole for _ in range(len(truth))]
    mask = torch.cat(holes).to(truth)
    return Corrupted(pixels * (1 - mask), mask, True, five)


class Rectangles:
    """Black rectangles of one ratio bin."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __call__(self, truth: Tensor, five: Tensor, generator: Generator) -> Corrupted:
        """One rectangle a face."""
        mask = masks.rectangles_batch(generator, len(truth), truth.shape[-1], self.low, self.high)
        return _blackened(truth, five, [mask])


def _blackened(truth: Tensor, five: Tensor, drawn: list[Tensor]) -> Corrupted:
    mask = torch.cat(drawn).to(truth)
    return Corrupted(truth * (1 - mask), mask, False, five)


def seeded(*parts: int) -> Generator:
    """A generator from integers."""
    return np.random.default_rng(np.random.SeedSequence(list(parts)))


CORRUPTORS: Final[dict[Damaging, Corruptor]] = {"fill_in": fill_in, "zhou_lu": zhou_lu, "blind": blind}
