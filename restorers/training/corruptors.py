"""What corrupts the faces of a training batch."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from restorers.contract import Corrupted
from restorers.corruptions import degradations, lama, masks
from restorers.corruptions.degradations import Degradation
from restorers.training.object_bank import Bank

Corruptor = Callable[[Tensor, Tensor, Generator], Corrupted]
"""(truth (N, 3, S, S), five-point landmarks (N, 5, 2), generator) -> corrupted faces on the device of `truth`."""

Outline = Callable[[int, NDArray[np.float32], Generator], Tensor]
"""(side, five-point landmarks (5, 2), generator) -> the mask of one face, (1, 1, side, side)."""

RECTANGLES: Final = 0.9
"""Share of the faces whose occluder is one rectangle; the others get brush strokes or several small boxes."""

FILLED_ONLY: Final = 0.4
"""Share of the batches of blind methods that are not degraded, where a recipe says nothing else: a batch is either degraded or not, as
`Corrupted` is."""

OBJECTS: Final = 0.6
"""Share of the varied outlines that are objects'."""
LAMA: Final = 0.3
"""Share of them that are LaMa's masks, thick and medium ones alike; the others are brush strokes."""
AREAS: Final = (0.01, 0.65)
"""An object that covers less or more of a picture is not used: there is nothing to learn, or nothing to go by."""


def plain(side: int, points: NDArray[np.float32], generator: Generator) -> Tensor:  # noqa: ARG001 - one form for all
    """The outline of `fill_in_mask`, wherever the face is."""
    return fill_in_mask(side, generator)


class Varied:
    """Outlines of all kinds: in a share of the faces an object's, LaMa's masks or strokes, `plain` ones in the others."""

    def __init__(self, bank: Bank, share: float) -> None:
        """`share` lies in [0, 1]."""
        self.bank, self.share = bank, share

    def __call__(self, side: int, points: NDArray[np.float32], generator: Generator) -> Tensor:
        """One mask."""
        if generator.random() >= self.share:
            return fill_in_mask(side, generator)
        kind = generator.random()
        if kind < OBJECTS:
            covered = self.bank.mask(generator, side, points)
            fits = AREAS[0] <= masks.ratio(covered) <= AREAS[1]
            return covered if fits else fill_in_mask(side, generator)
        if kind < OBJECTS + LAMA:
            return lama.mask(lama.THICK if generator.random() < 0.5 else lama.MEDIUM, generator, side)
        return masks.strokes(generator, side, 0.05, generator.uniform(0.1, 0.4))


def fill_in(truth: Tensor, five: Tensor, generator: Generator, outline: Outline = plain) -> Corrupted:
    """Missing pixels only.

    Args:
        truth: (N, 3, S, S).
        five: (N, 5, 2) landmarks.
        generator: the source of randomness.
        outline: draws the masks.

    Returns:
        Pixels with the missing ones black; what a method puts there is its own business.
    """
    return _blackened(truth, five, [outline(truth.shape[-1], points, generator) for points in placed(five)])


def placed(five: Tensor) -> NDArray[np.float32]:
    """Landmarks (N, 5, 2) for whatever is drawn on the CPU."""
    points: NDArray[np.float32] = five.detach().cpu().float().numpy()
    return points


def fill_in_mask(side: int, generator: Generator) -> Tensor:
    """A rectangle of 3 to 60 % of the picture, strokes of 5 to 40 %, or two to four small boxes: (1, 1, side, side)."""
    kind = generator.random()
    if kind < RECTANGLES:
        return masks.rectangle(generator, side, 0.03, 0.60)
    if kind < (1 + RECTANGLES) / 2:
        return masks.strokes(generator, side, 0.05, generator.uniform(0.1, 0.4))
    boxes = [masks.rectangle(generator, side, 0.02, 0.12) for _ in range(int(generator.integers(2, 5)))]
    return torch.stack(boxes).amax(0)


def zhou_lu(truth: Tensor, five: Tensor, generator: Generator) -> Corrupted:
    """The black rectangles of `restorers.corruptions.masks.zhou_lu`."""
    return _blackened(truth, five, [masks.zhou_lu(truth.shape[-1], generator) for _ in range(len(truth))])


def blind(
    truth: Tensor, five: Tensor, generator: Generator, outline: Outline = plain, filled: float = FILLED_ONLY
) -> Corrupted:
    """A share of the batches as `fill_in`; else every face degraded at a random level, and half of them occluded after that."""
    if generator.random() < filled:
        return fill_in(truth, five, generator, outline)
    side, levels = truth.shape[-1], tuple(degradations.LEVELS)
    drawn = [degradations.draw(levels[int(generator.integers(len(levels)))], generator) for _ in range(len(truth))]
    # where a GPU trains, the cores are free, and one of them alone would keep it waiting
    pixels = degraded(truth, drawn, 1 if truth.device.type == "cpu" else os.cpu_count() or 1)
    whole = torch.zeros(1, 1, side, side)
    holes = [outline(side, points, generator) if generator.random() < 0.5 else whole for points in placed(five)]
    mask = torch.cat(holes).to(truth)
    return Corrupted(pixels * (1 - mask), mask, True, five)


def degraded(truth: Tensor, drawn: list[Degradation], workers: int) -> Tensor:
    """`degradations.apply_batch`, by several threads: the same pixels, for it takes faces one by one.

    Args:
        truth: (N, 3, S, S).
        drawn: one a face.
        workers: threads.
    """
    if workers == 1:
        return degradations.apply_batch(truth, drawn)
    with ThreadPoolExecutor(workers) as pool:
        singles = pool.map(degradations.apply_batch, torch.split(truth.cpu(), 1), [[one] for one in drawn])
        return torch.cat(list(singles)).to(truth.device)


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
