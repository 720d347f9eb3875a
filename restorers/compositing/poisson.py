"""Seams between what a method painted and what is visible."""

import torch
from torch import Tensor
from torch.nn import functional


def harmonic_fill(error: Tensor, known: Tensor, rounds: int = 24) -> Tensor:
    """Spread a known error harmonically into the unknown part: Laplace's equation, coarse to fine.

    Args:
        error: (N, C, S, S), anything where unknown.
        known: (N, 1, S, S), 1 where the error is known.
        rounds: Jacobi sweeps a level.

    Returns:
        (N, C, S, S): the error itself where known, a smooth surface through its edge elsewhere.
    """
    side = error.shape[-1]
    if side > 4 and not bool((known > 0).all()):
        weight = functional.avg_pool2d(known, 2)
        coarse = functional.avg_pool2d(error * known, 2) / weight.clamp_min(1e-6)
        spread = harmonic_fill(coarse, (weight > 0).float(), rounds)
        surface = functional.interpolate(spread, size=(side, side), mode="bilinear", align_corners=False)
    else:
        surface = (
            (error * known).sum((2, 3), keepdim=True) / known.sum((2, 3), keepdim=True).clamp_min(1e-6)
        ).expand_as(error)
    surface = torch.where(known > 0, error, surface)
    for _ in range(rounds):
        around = functional.pad(surface, (1, 1, 1, 1), mode="replicate")
        mean = (around[:, :, :-2, 1:-1] + around[:, :, 2:, 1:-1] + around[:, :, 1:-1, :-2] + around[:, :, 1:-1, 2:]) / 4
        surface = torch.where(known > 0, error, mean)
    return surface


def poisson_blend(painted: Tensor, pixels: Tensor, mask: Tensor) -> Tensor:
    """Shift what was painted into the hole so that it meets the visible pixels: the error at the seam is spread inwards.

    Args:
        painted: (N, 3, S, S), painted everywhere.
        pixels: (N, 3, S, S), true where the mask is 0.
        mask: (N, 1, S, S), 1 = missing.

    Returns:
        (N, 3, S, S): `pixels` where visible, no edge at the seam.

    References:
        Perez, Gangnet, Blake: Poisson Image Editing, SIGGRAPH 2003 (membrane interpolation of the difference).
    """
    visible = 1 - mask
    return painted + harmonic_fill((pixels - painted) * visible, visible)
