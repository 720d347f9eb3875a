"""Weights of frozen layers in a byte each: half of half precision's size."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

BYTE: Final = 127
"""Largest value of a weight that lies in a byte."""
FACTORS: Final = ".factors"
"""After the name of a weight in bytes: the factors of its rows."""


def narrowed(tensors: Mapping[str, Tensor], least: int) -> dict[str, Tensor]:
    """The same weights, those of at least `least` values as integers beside a factor for every row (of the first axis).

    For frozen layers only: training on from rounded weights would round them again. `widened` undoes it.
    """
    small: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.ndim < 2 or tensor.numel() < least:
            small[name] = tensor
            continue
        largest = tensor.flatten(1).abs().amax(1).clamp_min(1e-12)
        small[name] = (tensor / _rows(largest, tensor) * BYTE).round().to(torch.int8)
        small[f"{name}{FACTORS}"] = largest / BYTE
    return small


def widened(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights as float32, those in bytes times their rows' factors."""
    wide: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name.endswith(FACTORS):
            continue
        factors = tensors.get(f"{name}{FACTORS}")
        wide[name] = tensor.float() if factors is None else tensor.float() * _rows(factors.float(), tensor)
    return wide


def _rows(factors: Tensor, tensor: Tensor) -> Tensor:
    return factors.view(-1, *[1] * (tensor.ndim - 1))
