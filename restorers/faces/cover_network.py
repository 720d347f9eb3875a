"""The network that finds what covers a face, and masks from what it says; `restorers.faces.occluder_finder` is its front."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import SIDE
from restorers.networks.mask_unet import KINDS, MaskUNet

Array = npt.NDArray[np.bool_]

KEY: Final = "mask_net"
WEIGHTS: Final = checkpoints.WEIGHTS / f"{KEY}.safetensors"
THRESHOLD: Final = 0.35
"""Probability from which a pixel is taken as covered: below one half, for a cover that is missed costs more than some skin beside
one; clean faces are flagged no more often."""
SURE: Final = 0.6
SURE_SHARE: Final = 0.25
"""Share of a cover's pixels that have to be at least `SURE`: where doubt is everywhere it is mostly a moustache or a shadow."""
LEAST_SHARE: Final = 0.002
"""Spots that cover less of the picture, or of the face in it, are taken for mistakes: a shoulder covers nobody's face."""
FACE: Final = ((0.50, 0.53), (0.285, 0.38))
"""Centre and half-axes of the ellipse that is the face in CelebA's frame, and its middle in FFHQ's; fractions of the side."""
GROWN: Final = 2
"""Pixels of 256 by which a mask is grown: a rim of the object that is left over would be painted on."""
NAMED: Final = 0.8
"""Probability from which a kind is told."""


class OccluderFinder:
    """The mask network, ready to look at faces."""

    def __init__(self, network: nn.Module, side: int = SIDE) -> None:
        """`side` is that at which the network was trained last, in pixels."""
        self.network, self.side = network.eval(), side

    def propose(self, pixels: Tensor) -> Tensor:
        """How likely each pixel is covered.

        Args:
            pixels: (N, 3, S, S) RGB in [0, 1], faces framed as in training (see `restorers.faces`); any S.

        Returns:
            (N, 1, S, S) in [0, 1].

        Raises:
            ValueError: if the shape is another.
        """
        if pixels.ndim != 4 or pixels.shape[1] != 3 or pixels.shape[2] != pixels.shape[3]:
            raise ValueError(f"expected pixels of shape (N, 3, S, S), got {tuple(pixels.shape)}")
        return self.look(pixels)[0]

    def look(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """What `propose` gives, and how likely each kind of `KINDS` is, (N, 6) in [0, 1].

        The picture and its mirror image are looked at: what both show is no accident.
        """
        with torch.inference_mode():
            seen = _scaled(pixels.float(), self.side)
            both = torch.cat([seen, seen.flip(3)]).contiguous(memory_format=torch.channels_last)
            logits, kinds = self.network.with_kinds(both)  # type: ignore[operator]  # torch leaves its type open
            likely, named = torch.sigmoid(logits.float()), torch.sigmoid(kinds.float())
            count = len(pixels)
            mean = (likely[:count] + likely[count:].flip(3)) / 2
            return _scaled(mean, pixels.shape[-1]).clamp(0, 1), (named[:count] + named[count:]) / 2


def outline_of(probability: Tensor, threshold: float = THRESHOLD) -> Tensor:
    """Likely pixels that reach the face, without specks: what is covered, as exactly as the network sees it.

    Args:
        probability: (N, 1, S, S) in [0, 1].
        threshold: from which a pixel is covered.

    Returns:
        (N, 1, S, S) of 0 and 1; empty where nothing of some size is likely.
    """
    kept = [_believed(one, threshold) for one in probability[:, 0].cpu().numpy()]
    return torch.from_numpy(np.stack(kept)).float()[:, None].to(probability.device)


def mask_of(probability: Tensor, threshold: float = THRESHOLD, grown: float = GROWN) -> Tensor:
    """A mask that a method can be given: `outline_of`, grown a little, for a real cover leaves its colour on the pixels beside it.

    Args:
        probability: (N, 1, S, S) in [0, 1].
        threshold: from which a pixel is covered.
        grown: by how many pixels of 256.

    Returns:
        (N, 1, S, S) of 0 and 1; empty where nothing of some size is likely.
    """
    mask = outline_of(probability, threshold)
    reach = max(round(grown * probability.shape[-1] / SIDE), 1) if grown > 0 else 0
    return functional.max_pool2d(mask, 2 * reach + 1, 1, reach)


def kinds_told(named: Tensor) -> tuple[str, ...]:
    """What a cover seems to be, from the probabilities (6,) that `look` gives: the kinds that are sure, likeliest first."""
    order = named.argsort(descending=True).tolist()
    return tuple(KINDS[row] for row in order if float(named[row]) >= NAMED)


def load(path: Path = WEIGHTS) -> OccluderFinder:
    """The finder with its trained weights.

    Raises:
        MissingWeights: if there are none.
    """
    network = MaskUNet()
    header = checkpoints.load(network, path)
    return OccluderFinder(network.to(memory_format=torch.channels_last), int(header.get("side", SIDE)))


def _scaled(pictures: Tensor, side: int) -> Tensor:
    if pictures.shape[-1] == side:
        return pictures
    return functional.interpolate(pictures, size=(side, side), mode="bilinear", antialias=True, align_corners=False)


def without_specks(covered: Array) -> Array:
    """Covered places (S, S) bool that are larger than `LEAST_SHARE` of the picture."""
    count, labels, facts, _ = cv2.connectedComponentsWithStats(covered.astype(np.uint8), connectivity=8)
    large = [row for row in range(1, count) if facts[row, cv2.CC_STAT_AREA] >= LEAST_SHARE * covered.size]
    return np.isin(labels, large)


def _believed(likely: npt.NDArray[np.float32], threshold: float) -> Array:
    """Connected likely places (S, S) that are large, reach the face and are sure in a part of them; hysteresis, as in Canny's edges."""
    covered = likely >= threshold
    count, labels = cv2.connectedComponents(covered.astype(np.uint8), connectivity=8)
    size, sure, on_face = (
        np.bincount(labels.ravel(), weights.ravel(), count)
        for weights in (covered, likely >= max(SURE, threshold), _face(len(likely)))
    )
    least = LEAST_SHARE * likely.size
    kept = (size >= least) & (on_face >= least) & (sure >= SURE_SHARE * size)
    kept[0] = False
    return np.asarray(kept[labels])


def _face(side: int) -> Array:
    (x, y), (width, height) = FACE
    rows, columns = (np.mgrid[0:side, 0:side] + 0.5) / side
    return np.asarray(((columns - x) / width) ** 2 + ((rows - y) / height) ** 2 <= 1)
