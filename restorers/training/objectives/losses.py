"""Training losses: pure functions, one per formula. Pictures (N, 3, S, S) in [0, 1], masks (N, 1, S, S) with 1 = missing."""

import torch
from torch import Tensor
from torch.nn import functional


def masked_l1(restored: Tensor, truth: Tensor, mask: Tensor, mask_weight: float = 6.0) -> Tensor:
    """Mean absolute error, heavier where pixels are missing.

    Args:
        restored: (N, 3, S, S) in [0, 1].
        truth: same shape and range.
        mask: (N, 1, S, S), 1 where pixels are missing.
        mask_weight: how many times a missing pixel counts against a visible one.

    Returns:
        A scalar.

    Raises:
        ValueError: if shapes differ.

    Example:
        >>> face = torch.zeros(1, 3, 4, 4)
        >>> masked_l1(face, face, torch.ones(1, 1, 4, 4))
        tensor(0.)

    References:
        The 6 : 1 ratio of hole to valid: Liu et al., Image Inpainting for Irregular Holes, ECCV 2018, section 3.3.
    """
    return _masked_mean(_difference(restored, truth).abs(), mask, mask_weight)


def masked_mse(restored: Tensor, truth: Tensor, mask: Tensor, mask_weight: float = 6.0) -> Tensor:
    """Mean squared error, heavier where pixels are missing; arguments and errors as in `masked_l1`.

    Next to L1, which pulls towards the median of the plausible pictures, it pulls towards their mean, which is what PSNR rewards.
    """
    return _masked_mean(_difference(restored, truth).square(), mask, mask_weight)


def log_mse(restored: Tensor, truth: Tensor, mask: Tensor, floor: float = 1e-4) -> Tensor:
    """Mean over the pictures of the natural logarithm of the squared error inside the mask: PSNR as a loss.

    Every picture counts alike, whereas a plain mean is ruled by the largest holes and the hardest faces.

    Args:
        restored: (N, 3, S, S) in [0, 1].
        truth: same shape and range.
        mask: (N, 1, S, S), 1 where pixels are missing; a picture without missing pixels counts as log(floor).
        floor: added to each picture's error, so that a perfect one has a gradient of zero and not of infinity.

    Returns:
        A scalar; log(floor) at equality.

    Raises:
        ValueError: if shapes differ.

    Example:
        >>> face = torch.zeros(1, 3, 4, 4)
        >>> bool(log_mse(face, face, torch.ones(1, 1, 4, 4), floor=1.0) == 0)
        True

    References:
        Chen et al., Simple Baselines for Image Restoration, ECCV 2022 (training on PSNR).
    """
    squared = (_difference(restored, truth).square() * mask).sum((1, 2, 3))
    return (squared / (3 * mask.sum((1, 2, 3))).clamp_min(1) + floor).log().mean()


def _difference(restored: Tensor, truth: Tensor) -> Tensor:
    if restored.shape != truth.shape:
        raise ValueError(f"expected pictures of one shape, got {tuple(restored.shape)} and {tuple(truth.shape)}")
    return restored - truth


def _masked_mean(error: Tensor, mask: Tensor, mask_weight: float) -> Tensor:
    if mask.shape != (len(error), 1, *error.shape[2:]):
        raise ValueError(f"expected a mask (N, 1, S, S) for pictures {tuple(error.shape)}, got {tuple(mask.shape)}")
    weight = 1.0 + (mask_weight - 1.0) * mask
    return (error * weight).sum() / (weight.sum() * error.shape[1])


def lsgan_generator(scores: Tensor) -> Tensor:
    """Least-squares adversarial loss of the generator: mean((D(G) - 1)^2). Zhou & Lu 2025, section 3.4."""
    return (scores - 1.0).square().mean()


def lsgan_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Least-squares loss of the discriminator: (mean((D(real) - 1)^2) + mean(D(fake)^2)) / 2."""
    return 0.5 * ((real - 1.0).square().mean() + fake.square().mean())


def log_loss_generator(scores: Tensor) -> Tensor:
    """Adversarial loss of the generator: -mean(log(sigmoid(D(G)))), the form that does not saturate. Goodfellow et al., NeurIPS 2014."""
    return functional.softplus(-scores).mean()


def log_loss_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Cross entropy of the discriminator: (-mean(log(sigmoid(D(real)))) - mean(log(1 - sigmoid(D(fake))))) / 2; log 2 when blind."""
    return 0.5 * (functional.softplus(-real).mean() + functional.softplus(fake).mean())


def hinge_generator(scores: Tensor) -> Tensor:
    """Hinge loss of the generator: -mean(D(G)). Lim & Ye, Geometric GAN, 2017."""
    return -scores.mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Hinge loss of the discriminator: mean(max(0, 1 - D(real))) + mean(max(0, 1 + D(fake)))."""
    return functional.relu(1.0 - real).mean() + functional.relu(1.0 + fake).mean()


def r1_penalty(scores: Tensor, real: Tensor) -> Tensor:
    """Mean squared gradient of the scores of real pictures: Mescheder et al., ICML 2018, eq. (9), without the factor gamma / 2."""
    (gradient,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()
