"""Large and fine forms of a picture, and how to bring out the fine ones.

Where it is unsure, a network paints fine forms fainter than they are: fainter ones cost less in every loss that compares pixels.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional


def large_forms(pictures: Tensor, deviation: float) -> Tensor:
    """Pictures without their fine forms.

    Args:
        pictures: (N, C, S, S), S larger than three deviations.
        deviation: of the Gaussian, in pixels.

    Returns:
        (N, C, S, S), float32; what is mirrored at the border goes on beyond it.
    """
    # as two products with a matrix: on a CPU ten times as fast as a depthwise convolution, forwards and backwards
    rows = _blur(pictures.shape[-1], deviation).to(pictures.device)
    with torch.autocast(pictures.device.type, enabled=False):
        blurred: Tensor = rows @ pictures.float() @ rows.t()
    return blurred


@cache
@torch.inference_mode(mode=False)  # kept for passes that are differentiated, too
def _blur(side: int, deviation: float) -> Tensor:
    """(side, side): each row makes one pixel of a blurred line out of all of them."""
    reach = round(3 * deviation)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / deviation).square())
    places = (torch.arange(side)[:, None] + torch.arange(-reach, reach + 1)).abs()
    places = torch.where(places > side - 1, 2 * (side - 1) - places, places)
    rows = torch.zeros(side, side)
    return rows.scatter_add_(1, places, (weights / weights.sum()).expand(side, -1).contiguous())


def amplified(pictures: Tensor, gain: float, deviation: float) -> Tensor:
    """Pictures with stronger fine forms: an unsharp mask. Neither large forms nor the mean colour change.

    Args:
        pictures: (N, C, S, S), S larger than three deviations.
        gain: factor of the fine forms; 1 changes nothing.
        deviation: of the Gaussian that parts them from the large ones, in pixels.

    Returns:
        (N, C, S, S), not clamped.
    """
    large = large_forms(pictures, deviation)
    return large + gain * (pictures - large)


def put_together(likely: Tensor, sharp: Tensor, gain: float, deviation: float) -> Tensor:
    """Large forms of `likely`, fine ones of `sharp`.

    Args:
        likely: (N, 3, S, S), S or a smaller side.
        sharp: (N, 3, S, S) of the same faces.
        gain: factor of the fine forms.
        deviation: of the Gaussian that parts them from the large ones, in pixels of `likely`.

    Returns:
        (N, 3, S, S).
    """
    side = sharp.shape[-1]
    if likely.shape[-1] != side:
        deviation *= side / likely.shape[-1]
        likely = functional.interpolate(likely, size=(side, side), mode="bicubic", align_corners=False)
    large, own = large_forms(torch.stack([likely, sharp]).flatten(0, 1), deviation).view(2, *sharp.shape)
    together: Tensor = large + gain * (sharp - own)
    return together
