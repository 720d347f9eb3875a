"""Batches of faces, drawn and augmented from one generator whose state can be kept and put back."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from math import pi
from typing import Any, Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from restorers.training.corruptors import Corruptor
from restorers.training.data import Faces
from restorers.training.objectives.objective import Batch

MIRRORED: Final = (1, 0, 2, 4, 3)
"""Order of the five points after a flip: what was on the picture's left is on its right."""
CPU: Final = torch.device("cpu")

RandomState = dict[str, Any]
"""State of a numpy bit generator."""


class Stream:
    """Endless batches; kinds are drawn in fixed shares, so that a small kind is not drowned.

    `state` is that of the generator after the batch that was given out last, however many were drawn ahead: a stream that is
    started from it goes on with the same batches.
    """

    def __init__(
        self,
        faces: Faces,
        size: int,
        corruptor: Corruptor,
        state: RandomState,
        *,
        device: torch.device = CPU,
        augmented: bool = True,
        photographs: float | None = None,
        ahead: int = 0,
    ) -> None:
        """Start a stream.

        Args:
            faces: at the side that is wanted.
            size: pictures a batch.
            corruptor: draws and applies the corruption.
            state: of a PCG64 generator, the one source of randomness.
            device: where the batches are augmented, corrupted and wanted.
            augmented: as `augment` says.
            photographs: share of the faces that are photographs; None draws every kind equally often.
            ahead: batches drawn in a thread before they are asked for; pays where another device computes.
        """
        self.faces, self.size, self.state = faces, size, state
        self._corruptor, self._device = corruptor, device
        self._augmented, self._ahead = augmented, ahead
        self._generator = np.random.Generator(np.random.PCG64())
        self._generator.bit_generator.state = state
        kinds = np.array(faces.kinds)
        named = sorted(set(faces.kinds))
        self._pools = [np.flatnonzero(kinds == kind) for kind in named]
        self._shares = np.cumsum(kind_shares(named, photographs))
        # one worker, so that batches are drawn in order
        self._pool = ThreadPoolExecutor(1) if ahead else None
        self._drawn: deque[Future[tuple[Batch, RandomState]]] = deque()

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Batch:
        if self._pool is None:
            given, self.state = self._draw()
            return given
        while len(self._drawn) <= self._ahead:
            self._drawn.append(self._pool.submit(self._draw))
        given, self.state = self._drawn.popleft().result()
        return given

    def close(self) -> None:
        """Let the thread go."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _draw(self) -> tuple[Batch, RandomState]:
        generator = self._generator
        which = np.searchsorted(self._shares, generator.random(self.size) * self._shares[-1], "right")
        rows = np.array([self._pools[kind][generator.integers(0, len(self._pools[kind]))] for kind in which])
        drawn = batch(self.faces, rows, self._corruptor, generator, device=self._device, augmented=self._augmented)
        return drawn, dict(generator.bit_generator.state)


def kind_shares(kinds: Sequence[str], photographs: float | None) -> list[float]:
    """How often each kind is drawn: equally, or photographs (all kinds but `synthetic`) together in the share that is asked for."""
    if photographs is None or "synthetic" not in kinds or len(kinds) == 1:
        return [1 / len(kinds)] * len(kinds)
    return [1 - photographs if kind == "synthetic" else photographs / (len(kinds) - 1) for kind in kinds]


def batch(
    faces: Faces,
    rows: NDArray[np.int64],
    corruptor: Corruptor,
    generator: Generator,
    *,
    device: torch.device = CPU,
    augmented: bool = False,
) -> Batch:
    """The batch of these faces, on `device`."""
    stored = torch.from_numpy(np.ascontiguousarray(faces.pictures[rows])).to(device)
    truth = stored.permute(0, 3, 1, 2).float().div_(255)
    points = torch.from_numpy(faces.points[rows])
    flipped = np.zeros(len(rows), bool)
    if augmented:
        truth, points, flipped = augment(truth, points, generator)
    truth = truth.contiguous(memory_format=torch.channels_last)
    five = points[:, list(faces.five)]
    five = torch.where(torch.from_numpy(flipped)[:, None, None], five[:, list(MIRRORED)], five)
    corrupted = corruptor(truth, five.to(device), generator)
    styles = None if faces.styles is None else torch.from_numpy(faces.styles[rows]).to(device)
    return Batch(truth, corrupted, tuple(faces.names[row] for row in rows), points.to(device), styles)


def augment(truth: Tensor, points: Tensor, generator: Generator) -> tuple[Tensor, Tensor, NDArray[np.bool_]]:
    """Flip half of the faces, turn by up to 5 degrees, scale by 5 %, shift by 3 %, change the brightness by up to 10 %.

    Args:
        truth: (N, 3, S, S) in [0, 1], on any device.
        points: (N, P, 2) fractions of the side.
        generator: the source of randomness.

    Returns:
        Pictures and points of the same shapes, and which faces were flipped. A flip mirrors x and leaves the columns of the
        points where they are.
    """
    count = len(truth)
    flip = np.where(generator.random(count) < 0.5, -1.0, 1.0)
    theta = _affine(flip, generator)
    grid = functional.affine_grid(theta.to(truth.device), list(truth.shape), align_corners=False)
    moved = functional.grid_sample(truth, grid, padding_mode="reflection", align_corners=False)
    # grid_sample looks up where an output pixel comes from; landmarks go the other way
    centred = points * 2 - 1 - theta[:, None, :, 2]
    there = torch.linalg.solve(theta[:, :, :2], centred.transpose(1, 2)).transpose(1, 2)
    gain = torch.from_numpy(generator.uniform(0.9, 1.1, (count, 1, 1, 1))).float().to(truth.device)
    return (moved * gain).clamp_(0, 1), (there + 1) / 2, flip < 0


def _affine(flip: NDArray[np.float64], generator: Generator) -> Tensor:
    """(N, 2, 3) from places in the new picture to places in the old one, both in [-1, 1]."""
    count = len(flip)
    angle = generator.uniform(-5, 5, count) * pi / 180
    scale = generator.uniform(0.95, 1.05, count)
    shift = generator.uniform(-0.06, 0.06, (count, 2))  # of a side of 2: 3 %
    turn = np.stack([np.stack([np.cos(angle), -np.sin(angle)], -1), np.stack([np.sin(angle), np.cos(angle)], -1)], -2)
    matrix = turn * scale[:, None, None] * np.stack([flip, np.ones(count)], -1)[:, None, :]
    return torch.from_numpy(np.concatenate([matrix, shift[:, :, None]], 2)).float()
