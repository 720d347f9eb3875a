"""Finds what covers a face from the picture alone, for photographs whose mask nobody drew."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import SIDE
from restorers.networks.mask_unet import MaskUNet

KEY: Final = "mask_net"
WEIGHTS: Final = checkpoints.WEIGHTS / f"{KEY}.safetensors"
THRESHOLD: Final = 0.5
"""Probability from which a pixel is taken as covered."""
LEAST_SHARE: Final = 0.002
"""Spots that cover less of the picture are taken for mistakes."""
GROWN: Final = 2
"""Pixels of 256 by which a mask is grown: a rim of the object that is left over would be painted on."""


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
        with torch.inference_mode():
            seen = _scaled(pixels.float(), self.side).contiguous(memory_format=torch.channels_last)
            return _scaled(torch.sigmoid(self.network(seen).float()), pixels.shape[-1]).clamp(0, 1)


def mask_of(probability: Tensor, threshold: float = THRESHOLD) -> Tensor:
    """A mask that a method can be given: likely pixels, without specks, grown a little.

    Args:
        probability: (N, 1, S, S) in [0, 1].
        threshold: from which a pixel is covered.

    Returns:
        (N, 1, S, S) of 0 and 1; empty where nothing of some size is likely.
    """
    side = probability.shape[-1]
    kept = [_without_specks(one) for one in (probability[:, 0] >= threshold).cpu().numpy()]
    mask = torch.from_numpy(np.stack(kept)).float()[:, None]
    reach = max(round(GROWN * side / SIDE), 1)
    return functional.max_pool2d(mask, 2 * reach + 1, 1, reach).to(probability.device)


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


def _without_specks(covered: np.ndarray) -> np.ndarray:
    count, labels, facts, _ = cv2.connectedComponentsWithStats(covered.astype(np.uint8), connectivity=8)
    large = [row for row in range(1, count) if facts[row, cv2.CC_STAT_AREA] >= LEAST_SHARE * covered.size]
    return np.isin(labels, large)
