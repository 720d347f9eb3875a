"""Networks that work at 128 px inside, and the layers that they are made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

INNER_PX: Final = 128
"""Width = height in pixels that the inner part works at."""


def inner(inputs: Tensor) -> Tensor:
    """Masked pictures and masks (N, 4, S, S) at 128 px: a pixel is missing if any that it covers is, and then grey."""
    if inputs.shape[-1] == INNER_PX:
        return inputs
    if inputs.shape[-1] != 2 * INNER_PX:
        raise ValueError(f"expected pictures of {INNER_PX} or {2 * INNER_PX} px, got {inputs.shape[-1]}")
    hole = functional.max_pool2d(inputs[:, 3:], 2)
    return torch.cat([functional.avg_pool2d(inputs[:, :3], 2) * (1 - hole), hole], 1)


@contextmanager
def statistics_kept(module: nn.Module) -> Iterator[None]:
    """Batch norms use the batch's statistics but do not remember them: for passes that are not made when a network is used."""
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def halving(inputs: int, outputs: int, *, norm: bool = True) -> nn.Sequential:
    """4x4 convolution with stride 2, BN, LeakyReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not norm),
        nn.BatchNorm2d(outputs) if norm else nn.Identity(),
        nn.LeakyReLU(0.2),
    )


def keeping(inputs: int, outputs: int) -> nn.Sequential:
    """3x3 convolution, BN, LeakyReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


def doubling(inputs: int, outputs: int) -> nn.Sequential:
    """Nearest upsampling and `keeping`: faster on a CPU than a transposed convolution."""
    return nn.Sequential(nn.Upsample(scale_factor=2.0), *keeping(inputs, outputs))
