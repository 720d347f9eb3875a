"""Large and fine forms of a picture, and how to bring out the fine ones.

Where it is unsure, a network paints fine forms fainter than they are: fainter ones cost less in every loss that compares pixels.
"""

from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur


def large_forms(pictures: Tensor, deviation: float) -> Tensor:
    """Pictures without their fine forms.

    Args:
        pictures: (N, C, S, S), S larger than three deviations.
        deviation: of the Gaussian, in pixels.

    Returns:
        (N, C, S, S); what is mirrored at the border goes on beyond it.
    """
    width = 2 * round(3 * deviation) + 1
    blurred: Tensor = gaussian_blur(pictures, [width, width], [deviation, deviation])
    return blurred


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
