"""Faces with something in front of them that stays visible: what the mask network is taught on."""

from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from restorers.contract import Corrupted
from restorers.corruptions import occluders
from restorers.training import corruptors
from restorers.training.object_bank import Bank

CLEAN: Final = 0.15
"""Share of the faces that nothing covers."""
FILLED: Final = 0.28
"""Share of the faces that are covered by a shape in colours of its own: a box, a stroke, a LaMa mask."""
BOTH: Final = 0.07
"""Share of the faces with an object and such a shape over it; the others have an object alone."""
EXACT: Final = 0.5
"""Share of the objects that are rendered for the face at hand, in its light and with its skin and hair; the others come from the
bank, which is quicker and knows neither."""
GAIN: Final = (0.6, 1.15)
"""Brightness of an object from the bank."""


class OccluderCorruptor:
    """A corruptor: pixels with the object in them, and the mask of every pixel that it or its shadow changes."""

    def __init__(self, bank: Bank) -> None:
        self.bank, self.outline = bank, corruptors.Varied(bank, 0.4)

    def __call__(self, truth: Tensor, five: Tensor, generator: Generator) -> Corrupted:
        """Cover most of the faces (N, 3, S, S)."""
        faces = truth.detach().cpu().float()
        covers = [self._cover(faces, row, points, generator) for row, points in enumerate(corruptors.placed(five))]
        cover = torch.stack(covers).to(truth)
        return Corrupted(laid_over(truth, cover), (cover[:, 3:] > 0).to(truth), False, five)

    def _cover(self, faces: Tensor, row: int, points: NDArray[np.float32], generator: Generator) -> Tensor:
        """(4, S, S), colours multiplied by alpha, and alpha."""
        side, kind = faces.shape[-1], generator.random()
        if kind < CLEAN:
            return torch.zeros(4, side, side)
        if kind < CLEAN + FILLED:
            return self.shape(faces, points, generator)
        thing = self.thing(faces[row], points, generator)
        if kind < CLEAN + FILLED + BOTH:
            shape = self.shape(faces, points, generator)
            return shape + thing * (1 - shape[3:])
        return thing

    def thing(self, face: Tensor, points: NDArray[np.float32], generator: Generator) -> Tensor:
        """A drawn object for this face (3, S, S): (4, S, S), colours multiplied by alpha, and alpha."""
        if generator.random() < EXACT:
            name = occluders.OCCLUDER_NAMES[int(generator.integers(len(occluders.OCCLUDER_NAMES)))]
            rgba = occluders.place(name, generator, face.shape[-1], points, face).rgba
            return torch.cat([rgba[:3] * rgba[3:], rgba[3:]])
        cover = self.bank.cover(generator, face.shape[-1], points)
        cover[3] = torch.where(cover[3] < occluders.LEAST_ALPHA, 0, cover[3])
        gain = torch.from_numpy(generator.uniform(*GAIN) * generator.uniform(0.93, 1.07, (3, 1, 1))).float()
        return torch.cat([torch.minimum(cover[:3] * gain, cover[3:]), cover[3:]])

    def shape(self, faces: Tensor, points: NDArray[np.float32], generator: Generator) -> Tensor:
        """A shape that may be filled with a piece of another of the faces (N, 3, S, S): (4, S, S) as `thing`."""
        mask = self.outline(faces.shape[-1], points, generator)[0]
        return torch.cat([filling(faces, generator) * mask, mask])


def laid_over(pixels: Tensor, cover: Tensor) -> Tensor:
    """Covers (N, 4, S, S), colours multiplied by alpha, over faces; on the grid of 8-bit values where they cover anything."""
    alpha = cover[:, 3:]
    made = (pixels * (1 - alpha) + cover[:, :3]).clamp(0, 1)
    return torch.where(alpha > 0, (made * 255).round() / 255, pixels)


def filling(faces: Tensor, generator: Generator) -> Tensor:
    """What a shape may be filled with, (3, S, S) in [0, 1]: black, one colour, noise, a texture, a piece of another picture.

    Args:
        faces: (N, 3, S, S), from which pieces are taken.
        generator: the source of randomness.
    """
    side, kind = faces.shape[-1], int(generator.integers(5))
    colour = torch.from_numpy(generator.random((3, 1, 1))).float()
    if kind == 0:
        return torch.zeros(3, side, side)
    if kind == 1:
        return colour.expand(3, side, side).clone()
    if kind == 2:
        return torch.from_numpy(generator.random((3, side, side))).float()
    if kind == 3:
        cells = int(generator.integers(4, 33))
        coarse = torch.from_numpy(generator.random((1, 3, cells, cells))).float()
        texture = functional.interpolate(coarse, size=(side, side), mode="bicubic", align_corners=False)[0]
        return (colour + (texture - 0.5) * generator.uniform(0.3, 1.2)).clamp(0, 1)
    # shifted far enough that it does not continue what is around it
    other = faces[int(generator.integers(len(faces)))]
    shifts = [int(generator.integers(side // 4, side - side // 4)) for _ in range(2)]
    return other.roll(shifts, (1, 2)).flip(2)
