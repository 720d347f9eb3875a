"""Copying from the visible part: Shift-Net's shift connection and PICNet's short and long term attention.

A cell is one position of a feature map. Hole masks are (N, 1, H, W), 1 = missing.
"""

from math import log2
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

HOLE_SHARE: Final = 5 / 16
"""A cell counts as missing above this share: Yan et al., Shift-Net, ECCV 2018, and the authors' code."""


def hole_cells(mask: Tensor, side: int, threshold: float = HOLE_SHARE) -> Tensor:
    """Which cells of a feature map are missing: as often as the encoder halves, 4x4 means with stride 2, then a threshold.

    Args:
        mask: (N, 1, S, S), 1 = missing.
        side: width and height of the feature map, S divided by a power of two.
        threshold: missing share above which a cell is missing.

    Returns:
        (N, 1, side, side) of zeros and ones.

    Raises:
        ValueError: if S is not `side` times a power of two.
    """
    size = mask.shape[-1]
    halvings = round(log2(size / side)) if size >= side else -1
    if halvings < 0 or side << halvings != size:
        raise ValueError(f"expected a mask whose side is {side} times a power of two, got {size}")
    share = mask.float()
    for _ in range(halvings):
        share = functional.avg_pool2d(share, 4, 2, 1)
    return (share > threshold).float()


def rows(features: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H * W, C), without a copy where the memory is channels-last."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def cells(features: Tensor, side: int) -> Tensor:
    """(N, side * side, C) -> (N, C, side, side), channels-last in memory."""
    return features.reshape(len(features), side, side, -1).permute(0, 3, 1, 2)


@torch.no_grad()
def nearest_known(queries: Tensor, keys: Tensor, hole: Tensor, known: Tensor) -> Tensor:
    """For every hole cell the known cell whose feature points the same way: the argmax of the cosine.

    Args:
        queries: (N, P, C) decoder features.
        keys: (N, Q, C) encoder features.
        hole: (N, P), true where a cell is to be filled.
        known: (N, Q), true where a cell may be copied.

    Returns:
        (N, P) indices into the Q cells; -1 outside the hole, and everywhere in a picture that has no known cell.
    """
    found = torch.full(hole.shape, -1, dtype=torch.long, device=hole.device)
    # in bf16 too many cosines would tie
    with torch.autocast(queries.device.type, enabled=False):
        for picture in range(len(queries)):
            sources = known[picture].nonzero().squeeze(1)
            if len(sources) == 0 or not bool(hole[picture].any()):
                continue
            wanted = functional.normalize(queries[picture][hole[picture]].float(), dim=1)
            offered = functional.normalize(keys[picture][sources].float(), dim=1)
            found[picture, hole[picture]] = sources[(wanted @ offered.T).argmax(1)]
    return found


def shift(decoder: Tensor, encoder: Tensor, hole: Tensor, mirrored: Tensor | None = None) -> Tensor:
    """The shift connection: encoder features of known cells, rearranged into the hole. Yan et al. 2018.

    Which cell is copied is constant to autograd; the gradient of a copy goes back to the cell that was copied.

    Args:
        decoder: (N, C, H, W) features that ask.
        encoder: (N, C, H, W) features that may be copied.
        hole: (N, 1, H, W).
        mirrored: (N, C, H, W) encoder features of the mirrored pictures: a second bank to copy from.

    Returns:
        (N, C, H, W), zero outside the hole, and everywhere in a picture that has no known cell.
    """
    missing = hole.flatten(1) > 0
    bank, known = rows(encoder), ~missing
    if mirrored is not None:
        bank = torch.cat([bank, rows(mirrored)], 1)
        known = torch.cat([known, (hole.flip(3).flatten(1) > 0).logical_not()], 1)
    found = nearest_known(rows(decoder), bank, missing, known)
    copied = bank.gather(1, found.clamp_min(0).unsqueeze(2).expand(-1, -1, bank.shape[2]))
    copied = copied * (found >= 0).unsqueeze(2).to(copied.dtype)
    return cells(copied, hole.shape[-1])


class ShortLongAttention(nn.Module):
    """Self-attention that reads decoder features (short term) and visible encoder features (long term) with one map.

    Zheng et al., Pluralistic Image Completion, CVPR 2019. (N, C, H, W) twice -> (N, 2 C, H, W).
    """

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, channels // reduction, 1)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.alpha = nn.Parameter(torch.zeros(1))

    def forward(self, decoder: Tensor, encoder: Tensor, hole: Tensor) -> Tensor:
        """Attend; `hole` is (N, 1, H, W)."""
        query = rows(self.query(decoder))
        seen = torch.cat([rows(decoder), rows(encoder)], 2)
        near, far = cells(attend(query, seen), decoder.shape[-1]).chunk(2, 1)
        short = self.gamma * near + decoder
        long = self.alpha * hole * far + (1 - hole) * encoder
        return torch.cat([short, long], 1)


def attend(query: Tensor, values: Tensor) -> Tensor:
    """softmax(q q^T) v, unscaled: query (N, P, c), values (N, P, C) -> (N, P, C)."""
    return torch.softmax(query @ query.transpose(1, 2), 2) @ values
