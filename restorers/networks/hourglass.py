"""Down to few pixels and up again, with what was seen on the way down beside what comes up."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def rising(first: int, inner: Sequence[int]) -> list[tuple[int, int]]:
    """Channels in and out of each step up.

    Args:
        first: channels before the first step down.
        inner: channels after each step down.

    Example:
        >>> rising(32, (64, 128))
        [(128, 64), (128, 32)]
    """
    targets = (*reversed(inner[:-1]), first)
    sources = (inner[-1], *(2 * width for width in targets[:-1]))
    return list(zip(sources, targets, strict=True))


def through(features: Tensor, down: nn.ModuleList, up: nn.ModuleList) -> Tensor:
    """Walk down and up.

    Args:
        features: (N, C, S, S).
        down: steps that halve the side.
        up: as many that double it, of `rising` channels; each is given what the one before it gave and what was seen at its side.

    Returns:
        (N, 2 C, S, S): what came up in the first half of the channels, the features in the second.
    """
    skips = [features]
    for block in down:
        features = block(features)
        skips.append(features)
    features = skips.pop()
    for block, skip in zip(up, reversed(skips), strict=True):
        features = torch.cat([block(features), skip], 1)
    return features
