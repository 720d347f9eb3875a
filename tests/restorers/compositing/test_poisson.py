"""Seams: harmonic fill and Poisson blending."""

import torch

from restorers.compositing.poisson import harmonic_fill, poisson_blend
from restorers.corruptions import masks


def test_a_harmonic_fill_carries_a_plane_through_a_hole():
    ramp = torch.linspace(0, 1, 64).expand(1, 1, 64, 64).clone()
    known = 1 - masks.rectangle_at(64, 0.2, (0.5, 0.5))
    surface = harmonic_fill(ramp * known, known, rounds=200)
    assert float((surface - ramp).abs().max()) < 0.02


def test_a_constant_error_is_taken_off_and_the_hole_keeps_its_detail():
    truth = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    mask = masks.rectangle_at(64, 0.2, (0.5, 0.5)).expand(2, 1, 64, 64)
    assert torch.allclose(poisson_blend(truth + 0.1, truth * (1 - mask), mask), truth, atol=1e-4)


def test_visible_pixels_are_the_inputs_own():
    random = torch.Generator().manual_seed(1)
    pixels, painted = torch.rand(1, 3, 32, 32, generator=random), torch.rand(1, 3, 32, 32, generator=random)
    mask = masks.rectangle_at(32, 0.3, (0.2, 0.8))
    result = poisson_blend(painted, pixels, mask)
    assert torch.allclose(result * (1 - mask), pixels * (1 - mask), atol=1e-6)
