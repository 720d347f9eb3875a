"""Faces under real covers, cut along their masks and put on by landmarks, beside drawn ones: what the mask network is taught on.

Cutting and pasting after Dwibedi, Misra, Hebert: Cut, Paste and Learn, ICCV 2017: what is pasted is blended in several ways, and the
finished picture is made worse as photographs are, so that the seam is nothing to go by.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from restorers.contract import Corrupted
from restorers.training import corruptors
from restorers.training.cover_bank import SURE, UNSURE, Covers
from restorers.training.cover_pasting import CoveredPicture, coloured, laid, moved, onto, worsened
from restorers.training.covered import OccluderCorruptor

CLEAN: Final = 0.2
"""Share of the faces that nothing covers."""
DRAWN: Final = 0.2
"""Share under a drawn object."""
SHAPED: Final = 0.07
"""Share under a shape in colours or a texture of its own, so that what nobody thought of is found, too."""
WHOLE: Final = 0.1
"""Share of photographs as they are, with their covers; the others get covers that were cut out."""
TWICE: Final = 0.15
"""Share of those that get a second one."""
ANNOTATED: Final = 0.35
"""Share of the covers that a person outlined, once others were found in training faces."""


@dataclass(frozen=True)
class Covered(Corrupted):
    """Covered faces, and what is known about the covers."""

    trust: Tensor | None = None
    """(N, 1, S, S): 1 where the mask is known, 0 where nobody knows."""
    labels: Tensor | None = None
    """(N, 6) 1 or 0 by `restorers.networks.mask_unet.KINDS`; NaN rows where nobody knows."""


class RealCoverCorruptor:
    """A corruptor: faces come in, most go out covered, some are replaced by covered photographs."""

    def __init__(self, drawn: OccluderCorruptor, annotated: Covers) -> None:
        self.drawn, self.annotated = drawn, annotated
        self.found: Covers | None = None
        """Covers that the half-taught network found in training faces."""

    def __call__(self, truth: Tensor, five: Tensor, generator: Generator) -> Covered:
        """Cover most of the faces (N, 3, S, S)."""
        faces = truth.detach().cpu().float()
        made = [self._one(faces, row, points, generator) for row, points in enumerate(corruptors.placed(five))]
        pixels = np.stack([worsened(one.pixels, generator) for one in made])
        tensor = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(truth).contiguous(memory_format=torch.channels_last)
        mask, trust = (
            torch.from_numpy(np.stack([getattr(one, name) for one in made])).to(truth)[:, None]
            for name in ("mask", "trust")
        )
        labels = torch.from_numpy(np.stack([one.labels for one in made])).to(truth)
        return Covered(tensor, mask, False, five, trust, labels)

    def _one(self, faces: Tensor, row: int, points: NDArray[np.float32], generator: Generator) -> CoveredPicture:
        face, kind = faces[row], generator.random()
        clean = coloured(onto(face), generator)
        if kind < CLEAN:
            return clean
        if kind < CLEAN + DRAWN:
            return laid(clean, self.drawn.thing(face, points, generator))
        if kind < CLEAN + DRAWN + SHAPED:
            return laid(clean, self.drawn.shape(faces, points, generator))
        if kind < CLEAN + DRAWN + SHAPED + WHOLE:
            return self._whole(generator, face.shape[-1])
        done = self._pasted(clean, points, generator)
        return self._pasted(done, points, generator) if generator.random() < TWICE else done

    def _chosen(self, generator: Generator) -> tuple[Covers, int]:
        """Covers and a row of them."""
        found = self.found
        if found is None or not len(found) or generator.random() < ANNOTATED:
            return self.annotated, self.annotated.draw(generator)
        return found, found.draw(generator)

    def _pasted(self, picture: CoveredPicture, points: NDArray[np.float32], generator: Generator) -> CoveredPicture:
        covers, row = self._chosen(generator)
        return moved(picture, covers, row, points, generator)

    def _whole(self, generator: Generator, side: int) -> CoveredPicture:
        covers, row = self._chosen(generator)
        return coloured(photograph(covers, row, side, generator), generator)


def photograph(covers: Covers, row: int, side: int, generator: Generator) -> CoveredPicture:
    """A covered photograph as it is: turned a little, scaled, half of the time mirrored."""
    angle, scale = generator.uniform(-8, 8), generator.uniform(0.9, 1.2)
    picture, mask = covers.pictures[row], covers.masks[row]
    if generator.random() < 0.5:
        picture, mask = picture[:, ::-1], mask[:, ::-1]
    length = picture.shape[0]
    matrix = cv2.getRotationMatrix2D((length / 2, length / 2), angle, scale * side / length)
    matrix[:, 2] += side / 2 - length / 2 + generator.uniform(-0.05, 0.05, 2) * side
    seen, covered, doubtful = (
        cv2.warpAffine(np.ascontiguousarray(one), matrix, (side, side), borderMode=cv2.BORDER_REFLECT_101)
        for one in (picture, 255 * (mask == SURE).astype(np.uint8), 255 * (mask == UNSURE).astype(np.uint8))
    )
    known = (doubtful <= 127).astype(np.float32)
    return CoveredPicture(
        np.asarray(seen, np.float32) / np.float32(255), (covered > 127).astype(np.float32), known, covers.kinds[row]
    )
