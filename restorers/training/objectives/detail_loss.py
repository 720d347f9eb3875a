"""How a network with a two-branch decoder learns to paint sharp: what is judged is the two pictures put together."""

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from restorers.compositing.bands import combine_bands
from restorers.networks.patch_unet import BaseAndDetail
from restorers.training.objectives.losses import hinge_generator, log_mse, masked_l1

SPLIT_SIGMA_PX: Final = 2.0
"""Standard deviation, in pixels at 128, of the Gaussian that splits low frequencies from detail in training."""
MASK_WEIGHT: Final = 12.0
"""How many times a missing pixel counts against a visible one; what is painted over visible pixels is not shown."""


def pixel_terms(
    base: Tensor, truth: Tensor, mask: Tensor, absolute_weight: float, squared_weight: float
) -> dict[str, Tensor]:
    """Of the likeliest picture, (N, 3, S, S) in [0, 1]: mask-weighted L1 and the logarithm of the squared error."""
    return {
        "l1": absolute_weight * masked_l1(base, truth, mask, MASK_WEIGHT),
        "psnr": squared_weight * log_mse(base, truth, mask),
    }


class Weights(NamedTuple):
    """Of the terms of what is shown."""

    anchor: float
    """Of the absolute error that holds the sharp picture near the truth."""
    perceptual: float
    """Of VGG16 features."""
    adversarial: float
    """Of a critic's score."""


class Judged(NamedTuple):
    """What was made of both pictures, and what it is worth."""

    terms: dict[str, Tensor]
    composite: Tensor
    """(N, 3, S, S) in [0, 1]: put together where pixels are missing, the truth elsewhere."""


def judged(
    painted: BaseAndDetail,
    truth: Tensor,
    mask: Tensor,
    step: int,
    weights: Weights,
    features: nn.Module | None,
    critic: nn.Module | None,
    looked_at: Tensor | None = None,
) -> Judged:
    """Low frequencies of the base, which is constant here, and those above of the detail branch: how good they look.

    Args:
        painted: both pictures, (N, 3, S, S) in [-1, 1].
        truth: same shape, in [0, 1].
        mask: (N, 1, S, S).
        step: of the run; VGG16 takes part in every second one.
        weights: of the terms.
        features: the perceptual loss; None leaves the term out.
        critic: scores pictures beside their masks; None leaves the term out.
        looked_at: in place of the mask, what the perceptual loss crops to.
    """
    base, detail = (painted.base.detach() + 1) / 2, (painted.detail + 1) / 2
    composite = torch.where(mask > 0, combine_bands(base, detail, 1.0, SPLIT_SIGMA_PX), truth)
    terms = {"sharp": weights.anchor * masked_l1(detail, truth, mask, MASK_WEIGHT)}
    if features is not None and step % 2 == 0:
        terms["perceptual"] = weights.perceptual * features(composite, truth, mask if looked_at is None else looked_at)
    if critic is not None:
        scores = critic(torch.cat([composite * 2 - 1, mask], 1))
        terms["adversarial"] = weights.adversarial * hinge_generator(scores)
    return Judged(terms, composite)
