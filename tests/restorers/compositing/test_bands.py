"""Detail: split from the low frequencies, and amplified without touching those."""

import math

import pytest
import torch
from torch import Tensor

from restorers.compositing.bands import low_pass, unsharp_mask


def wave(period: float) -> Tensor:
    """(1, 1, 64, 64), a vertical grating around mid grey."""
    return 0.5 + 0.1 * torch.sin(2 * math.pi * torch.arange(64.0) / period).expand(1, 1, 64, 64)


def contrast(pictures: Tensor) -> float:
    inner = pictures[..., 16:-16, 16:-16]
    return float(inner.max() - inner.min())


def test_fine_forms_grow_and_large_ones_do_not() -> None:
    fine, large = wave(4), wave(64)
    assert contrast(unsharp_mask(fine, 1.5, 2.0)) == pytest.approx(1.5 * contrast(fine), rel=0.02)
    assert contrast(unsharp_mask(large, 1.5, 2.0)) == pytest.approx(contrast(large), rel=0.03)
    assert contrast(low_pass(fine, 2)) < 0.02 * contrast(fine)


def test_a_wider_gaussian_takes_larger_forms_for_fine() -> None:
    middle = wave(16)
    narrow, wide = (contrast(unsharp_mask(middle, 2.0, deviation)) for deviation in (1.0, 4.0))
    assert contrast(middle) < narrow < wide


def test_one_changes_nothing_and_the_mean_stays() -> None:
    pictures = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(unsharp_mask(pictures, 1.0, 2.0), pictures, atol=1e-6)
    flat = torch.full((1, 3, 32, 32), 0.3)
    assert torch.allclose(unsharp_mask(flat, 1.75, 2.0), flat, atol=1e-6)
