"""How a network that paints twice learns to paint sharp: what is judged is the two pictures put together."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from restorers.detail import put_together
from restorers.losses import hinge_generator, log_mse, masked_l1

PARTED: Final = 2.0
"""Standard deviation, in pixels at 128, of the Gaussian that parts large forms from fine ones in training."""
MASK_WEIGHT: Final = 12.0
"""How many times a missing pixel counts against a visible one; what is painted over visible pixels is not shown."""


def pixel_terms(
    likely: Tensor, truth: Tensor, mask: Tensor, absolute_weight: float, squared_weight: float
) -> dict[str, Tensor]:
    """Of the likeliest picture, (N, 3, S, S) in [0, 1]: mask-weighted L1 and the logarithm of the squared error."""
    return {
        "l1": absolute_weight * masked_l1(likely, truth, mask, MASK_WEIGHT),
        "psnr": squared_weight * log_mse(likely, truth, mask),
    }


@dataclass(frozen=True)
class Shown:
    """Both pictures put together."""

    sharp: Tensor
    """(N, 3, S, S) in [0, 1], the second picture alone."""
    composite: Tensor
    """(N, 3, S, S) in [0, 1]: put together where pixels are missing, the truth elsewhere."""
    truth: Tensor
    mask: Tensor


def shown(sharp: Tensor, likely: Tensor, truth: Tensor, mask: Tensor) -> Shown:
    """What is judged: large forms of the likeliest picture, which is constant here, fine ones of the sharp one.

    Args:
        sharp: (N, 3, S, S) in [0, 1].
        likely: same shape and range.
        truth: the same.
        mask: (N, 1, S, S).
    """
    together = put_together(likely.detach(), sharp, 1.0, PARTED)
    return Shown(sharp, torch.where(mask > 0, together, truth), truth, mask)


def sharp_terms(
    judged: Shown,
    step: int,
    features: nn.Module | None,
    critic: nn.Module | None,
    *,
    anchor_weight: float,
    perceptual_weight: float,
    adversarial_weight: float,
) -> dict[str, Tensor]:
    """Of what is shown: an absolute error that holds the sharp picture near the truth, VGG16 features, a critic's score.

    Args:
        judged: both pictures.
        step: of the run; VGG16 takes part in every second one.
        features: the perceptual loss; None leaves the term out.
        critic: scores pictures beside their masks; None leaves the term out.
        anchor_weight: of the absolute error.
        perceptual_weight: of VGG16 features.
        adversarial_weight: of the score.
    """
    terms = {"sharp": anchor_weight * masked_l1(judged.sharp, judged.truth, judged.mask, MASK_WEIGHT)}
    if features is not None and step % 2 == 0:
        terms["perceptual"] = perceptual_weight * features(judged.composite, judged.truth, judged.mask)
    if critic is not None:
        scores = critic(torch.cat([judged.composite * 2 - 1, judged.mask], 1))
        terms["adversarial"] = adversarial_weight * hinge_generator(scores)
    return terms
