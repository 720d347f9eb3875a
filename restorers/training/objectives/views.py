"""What VGG16 is shown of a picture in training: a crop around pixels that a method painted, its colours changed a little.

Zhao et al., Differentiable Augmentation for Data-Efficient GAN Training, NeurIPS 2020: what is painted and the truth are moved and
recoloured in the same way, so that a critic cannot learn the training faces by heart.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorers.networks.features import CROP_PX
from restorers.training.objectives.critic import touched

BRIGHTNESS: Final = 0.1
"""Largest shift."""
CONTRAST: Final = 0.2
SATURATION: Final = 0.3
"""Largest changes as shares."""


@dataclass(frozen=True)
class CropView:
    """The same change for every picture of a batch's faces."""

    rows: Tensor
    """(N, s) which rows of each picture are seen."""
    columns: Tensor
    """(N, s)"""
    colours: Tensor
    """(3, N, 1, 1, 1) brightness, contrast, saturation."""
    patches: Tensor
    """(N, 1, s/8, s/8), 1 where a patch of the crop touches pixels that a method painted."""

    def __call__(self, pictures: Tensor) -> Tensor:
        """(N, 3, S, S) in [0, 1] -> (N, 3, s, s), not clamped."""
        brightness, contrast, saturation = self.colours.unbind(0)
        seen = cut(pictures, self.rows, self.columns)
        grey = seen.mean(1, keepdim=True)
        seen = grey + saturation * (seen - grey)
        changed: Tensor = 0.5 + contrast * (seen - 0.5) + brightness
        return changed.contiguous(memory_format=torch.channels_last)


def random_view(shown: Tensor, random: np.random.Generator, side: int = CROP_PX) -> CropView:
    """A view of each picture, around one of the pixels that are the method's own.

    Crops begin anywhere and not on a grid: poolings would leave a mesh.

    Args:
        shown: (N, 1, S, S), 1 where a method's own pixels are shown.
        random: the source of randomness.
        side: of the crop.
    """
    count, size = len(shown), shown.shape[-1]
    starts = np.stack([_start(one, random, size, side) for one in shown.cpu().numpy()[:, 0]])
    rows, columns = (torch.from_numpy(starts[:, [axis]] + np.arange(side)).to(shown.device) for axis in (0, 1))
    most = np.array([BRIGHTNESS, CONTRAST, SATURATION])[:, None]
    colours = np.array([0.0, 1.0, 1.0])[:, None] + most * random.uniform(-1, 1, (3, count))
    factors = torch.from_numpy(colours).to(shown)[:, :, None, None, None]
    return CropView(rows, columns, factors, touched(cut(shown, rows, columns)))


def cut(pictures: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """(N, C, S, S), and (N, s) rows and columns of each -> (N, C, s, s)."""
    found = [
        picture[:, int(top) : int(top) + rows.shape[1], int(left) : int(left) + columns.shape[1]]
        for picture, top, left in zip(pictures, rows[:, 0], columns[:, 0], strict=True)
    ]
    return torch.stack(found)


def _start(shown: NDArray[np.float32], random: np.random.Generator, size: int, side: int) -> NDArray[np.int64]:
    places = np.argwhere(shown > 0)
    middle = places[random.integers(len(places))] if len(places) else np.array([size // 2, size // 2])
    return np.clip(middle - side // 2 + random.integers(-8, 9, 2), 0, size - side)
