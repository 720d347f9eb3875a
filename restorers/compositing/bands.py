"""Low frequencies and detail of a picture: a Gaussian split, and unsharp masking.

Where it is unsure, a network paints detail fainter than it is: faint detail costs less in every loss that compares pixels.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional


def low_pass(pictures: Tensor, deviation: float) -> Tensor:
    """Pictures without their detail.

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


def unsharp_mask(pictures: Tensor, gain: float, deviation: float) -> Tensor:
    """Pictures with stronger detail: an unsharp mask. Neither low frequencies nor the mean colour change.

    Args:
        pictures: (N, C, S, S), S larger than three deviations.
        gain: factor of the detail; 1 changes nothing.
        deviation: of the Gaussian that splits off the detail, in pixels.

    Returns:
        (N, C, S, S), not clamped.
    """
    low = low_pass(pictures, deviation)
    return low + gain * (pictures - low)


def combine_bands(base: Tensor, detail: Tensor, gain: float, deviation: float) -> Tensor:
    """Low frequencies of `base`, detail of `detail`.

    Args:
        base: (N, 3, S, S), S or a smaller side.
        detail: (N, 3, S, S) of the same faces.
        gain: factor of the detail.
        deviation: of the Gaussian that splits off the detail, in pixels of `base`.

    Returns:
        (N, 3, S, S).
    """
    side = detail.shape[-1]
    if base.shape[-1] != side:
        deviation *= side / base.shape[-1]
        base = functional.interpolate(base, size=(side, side), mode="bicubic", align_corners=False)
    low, detail_low = low_pass(torch.stack([base, detail]).flatten(0, 1), deviation).view(2, *detail.shape)
    together: Tensor = low + gain * (detail - detail_low)
    return together
