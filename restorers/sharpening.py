"""How a network that paints twice learns to paint sharp: on windows of the picture at 256 px, around the hole.

The second decoder sees its surroundings alone, so that a window of the features gives that window of the picture: a quarter of the
picture is a quarter of the work, and looks at the hole.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.contract import Corrupted, resized
from restorers.detail import put_together
from restorers.losses import hinge_generator, log_mse, masked_l1
from restorers.networks.patch_unet import CELLS
from restorers.networks.two_sides import INNER

WINDOW: Final = 16
"""Width = height of a window in cells, of which a picture has 32 x 32."""
PARTED: Final = 1.5
"""Standard deviation, in pixels at 128, of the Gaussian that parts large forms from fine ones in training."""
MASK_WEIGHT: Final = 12.0
"""How many times a missing pixel counts against a visible one; what is painted over visible pixels is not shown."""


@dataclass(frozen=True)
class Windows:
    """One square of WINDOW x WINDOW cells in each picture of a batch."""

    top: tuple[int, ...]
    left: tuple[int, ...]

    def cut(self, pictures: Tensor) -> Tensor:
        """What lies in them: (N, C, S, S) -> (N, C, S / 2, S / 2), S a multiple of 32."""
        times = pictures.shape[-1] // CELLS
        size = WINDOW * times
        cut = [
            picture[:, times * top : times * top + size, times * left : times * left + size]
            for picture, top, left in zip(pictures, self.top, self.left, strict=True)
        ]
        return torch.stack(cut).contiguous(memory_format=torch.channels_last)


def windows_around(mask: Tensor, seed: int, step: int) -> Windows:
    """A window around a missing pixel of each picture, drawn from seed and step: both halves of a step draw the same.

    Args:
        mask: (N, 1, S, S), 1 = missing; a picture without missing pixels gives a window anywhere.
        seed: of the run.
        step: of the run.
    """
    random = np.random.default_rng(np.random.SeedSequence([seed, step]))
    cells = functional.adaptive_max_pool2d(mask.detach().cpu(), CELLS)[:, 0] > 0
    tops: list[int] = []
    lefts: list[int] = []
    for hole in cells.numpy():
        rows, columns = np.nonzero(hole if hole.any() else ~hole)
        middle = int(random.integers(len(rows)))
        # around the point and not always about it: the middle of a hole would be seen too often
        for start, found in ((rows[middle], tops), (columns[middle], lefts)):
            found.append(int(np.clip(start - random.integers(WINDOW), 0, CELLS - WINDOW)))
    return Windows(tuple(tops), tuple(lefts))


@dataclass(frozen=True)
class Halved:
    """Faces of 256 px as the trunk sees them, at 128."""

    seen: Corrupted
    truth: Tensor
    """(N, 3, 128, 128)."""


def halved(truth: Tensor, corrupted: Corrupted) -> Halved:
    """Faces (N, 3, S, S) and what is left of them, at 128 px; those that have this side already stay as they are.

    Raises:
        ValueError: if it has another one than 128 or 256.
    """
    side = truth.shape[-1]
    if side not in (INNER, 2 * INNER):
        raise ValueError(f"expected faces of {INNER} or {2 * INNER} px, got {side}")
    small = truth if side == INNER else functional.avg_pool2d(truth, 2)
    return Halved(resized(corrupted, INNER), small)


def pixel_terms(likely: Tensor, half: Halved, absolute_weight: float, squared_weight: float) -> dict[str, Tensor]:
    """Of the likeliest picture, (N, 3, 128, 128) in [0, 1]: mask-weighted L1 and the logarithm of the squared error."""
    mask = half.seen.mask
    return {
        "l1": absolute_weight * masked_l1(likely, half.truth, mask, MASK_WEIGHT),
        "psnr": squared_weight * log_mse(likely, half.truth, mask),
    }


@dataclass(frozen=True)
class Shown:
    """Windows of both pictures put together."""

    sharp: Tensor
    """(N, 3, S, S) in [0, 1], the second picture alone."""
    composite: Tensor
    """(N, 3, S, S) in [0, 1]: put together where pixels are missing, the truth elsewhere."""
    truth: Tensor
    mask: Tensor


def shown(sharp: Tensor, likely: Tensor, truth: Tensor, mask: Tensor) -> Shown:
    """What is judged: large forms of the likeliest picture, which is constant here, fine ones of the sharp one.

    Args:
        sharp: (N, 3, S, S) in [0, 1], windows of the sharp picture at 256 px.
        likely: (N, 3, S / 2, S / 2) in [0, 1], the same windows of the likeliest one.
        truth: (N, 3, S, S), the same of the truth.
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
        judged: windows of both pictures.
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
