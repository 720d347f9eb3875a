"""FFHQ's frame on tensors: where it lies in a picture, warping a face into it and back.

A generator of aligned faces knows faces in one place only. The frame follows Karras et al., A Style-Based Generator
Architecture for Generative Adversarial Networks, CVPR 2019, appendix A: upright along the eyes and the mouth, as wide as
four eye distances or 3.6 times the way from eyes to mouth, whichever is more.

A frame is an affine map (2, 3) from its own coordinates to the picture's, both [-1, 1] from border to border.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

EYES: Final = 2.0
"""Half of the frame's side in eye distances."""
EYES_TO_MOUTH: Final = 1.8
"""Half of the frame's side in distances from the eyes to the mouth."""
BELOW: Final = 0.117
"""How far the frame's centre lies below the eyes, in distances from the eyes to the mouth. FFHQ's own 0.1 is from the mean of the
eyes' outlines; irises lie a little higher (measured on 5731 generated faces, whose frame is known)."""
SMALLEST: Final = 0.1
LARGEST: Final = 4.0
"""Sides of a frame, in sides of the picture, beyond which landmarks are taken for a detector's mistake."""


def frames(landmarks: Tensor) -> Tensor:
    """FFHQ's frame of each face.

    Args:
        landmarks: (N, 5, 2) as in `Corrupted.landmarks`. Where their order is that of a mirrored face, the frame mirrors it back.

    Returns:
        (N, 2, 3). The picture's own frame where the landmarks give none: not finite, in one point, or absurdly near or far.
    """
    points = landmarks.float()
    eyes = (points[:, 0] + points[:, 1]) / 2
    across = points[:, 1] - points[:, 0]
    down = (points[:, 3] + points[:, 4]) / 2 - eyes
    # a face in a mirror has its eyes in the other order when one looks from the mouth upwards
    turned = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    mirrored = torch.where(turned < 0, -1.0, 1.0)[:, None]
    upright = across * mirrored + torch.stack([down[:, 1], -down[:, 0]], 1)
    length = torch.maximum(EYES * across.norm(dim=1), EYES_TO_MOUTH * down.norm(dim=1))[:, None]
    right = upright / upright.norm(dim=1, keepdim=True).clamp_min(1e-6) * length
    below = torch.stack([-right[:, 1], right[:, 0]], 1)
    centre = eyes + BELOW * down
    # columns: the frame's x axis, its y axis, its centre; the factor 2 is from fractions of the side to [-1, 1]
    found = torch.stack([2 * right * mirrored, 2 * below, 2 * centre - 1], 2)
    sane = torch.isfinite(found).all(2).all(1) & (length[:, 0] * 2 > SMALLEST) & (length[:, 0] * 2 < LARGEST)
    return torch.where(sane[:, None, None] & (upright.norm(dim=1) > 1e-6)[:, None, None], found, identity(found))


def identity(like: Tensor) -> Tensor:
    """The picture's own frame, (N, 2, 3) for N = len(like), on its device."""
    return torch.eye(2, 3, device=like.device).expand(len(like), 2, 3)


def inverse(affine: Tensor) -> Tensor:
    """The maps the other way, (N, 2, 3)."""
    turned = torch.linalg.inv(affine[:, :, :2])
    return torch.cat([turned, -turned @ affine[:, :, 2:]], 2)


def warp(pictures: Tensor, affine: Tensor, side: int) -> Tensor:
    """Look pictures or features up through maps, bilinearly; beyond their borders they are mirrored.

    Args:
        pictures: (N, C, S, S).
        affine: (N, 2, 3) from the result's coordinates to the pictures'.
        side: of the result, in pixels.

    Returns:
        (N, C, side, side).
    """
    grid = functional.affine_grid(affine, [len(pictures), pictures.shape[1], side, side], align_corners=False)
    return functional.grid_sample(pictures, grid, "bilinear", "reflection", align_corners=False)
