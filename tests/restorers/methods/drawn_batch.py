"""A batch as objectives get it, drawn from a seed."""

import torch

from restorers.contract import Corrupted
from restorers.training.objectives.objective import Batch


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own."""
    return torch.Generator().manual_seed(seed)


def faces(count: int = 2, side: int = 128) -> Batch:
    """Blurred colours with a box missing, another one in every row; no two faces of a batch are alike."""
    coarse = torch.rand(count, 3, 8, 8, generator=seeded(1))
    truth = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")
    mask = torch.zeros(count, 1, side, side)
    for row in range(count):
        mask[row, :, side // 4 : side // 2 + row * side // 8, side // 4 : 3 * side // 4] = 1
    return Batch(truth, Corrupted(truth * (1 - mask), mask), ("face",) * count, torch.zeros(count, 162, 2))
