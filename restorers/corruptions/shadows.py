"""What an object keeps from the lamp: where its shadow falls on a face, and how skin looks in it."""

import cv2
import numpy as np
from torch import Tensor

from restorers.corruptions import own_colours
from restorers.corruptions.occluder_kinds import Placement
from restorers.corruptions.own_colours import SKINS, SKULL
from restorers.corruptions.pose import Array, Pose

_DEEPEST = 0.68
"""Opacity of the darkest shadow: the sky still lights what the lamp does not."""
_FILL = (0.25, 0.16, 0.12)
"""Share of red, green and blue that skin in full shade keeps: light that has been through skin is red."""


def cast(alpha: Array, fit: Placement, pose: Pose, side: int, generator: np.random.Generator) -> Array:
    """Where an object of this coverage (S, S) darkens the face, (S, S) in [0, 1]."""
    unit = pose.scale * side
    strength = fit.shadow * generator.uniform(0.75, 1.15)
    if strength <= 0 or unit < 2:
        return np.zeros_like(alpha)
    across, down = generator.uniform(-0.05, 0.05), fit.drop * generator.uniform(0.7, 1.2)
    shift = np.array([(1, 0, across * unit), (0, 1, down * unit)], np.float32)
    moved = cv2.warpAffine(alpha, shift, (side, side), borderMode=cv2.BORDER_REPLICATE)
    # Dark and sharp where it touches, pale and wide farther off.
    contact = cv2.GaussianBlur(alpha, (0, 0), max(0.025 * unit, 0.4))
    spread = cv2.GaussianBlur(moved, (0, 0), max(fit.spread * unit, 0.5))
    face = np.clip((1.0 - _from_middle(pose, side)) * 6, 0, 1)
    thick = strength * np.maximum(np.asarray(spread, np.float32), 0.8 * np.asarray(contact, np.float32)) * face
    # Taken off rather than cut off, so that the mask does not end in a visible step.
    return np.asarray(np.maximum(thick - 0.035, 0), np.float32)


def seen(shadow: Array, pose: Pose, picture: Tensor | None) -> tuple[Array, Array]:
    """How a cast shadow (S, S) shows in a picture (3, S, S): its opacity (S, S) and its colour, (3,) or (S, S, 3).

    Towards the rim of the face, where a turned head ends sooner than the mean one, it stays on what has the skin's colour.
    """
    opacity = np.asarray(_DEEPEST * np.tanh(shadow / _DEEPEST), np.float32)
    fill = np.asarray(_FILL, np.float32)
    if picture is None:
        return opacity, np.asarray(SKINS[0], np.float32) * fill
    side = len(shadow)
    soft = max(0.05 * pose.scale * side, 0.4)
    skin = np.asarray(cv2.GaussianBlur(own_colours.skin_in(picture, pose), (0, 0), soft))
    inside = np.clip((0.75 - _from_middle(pose, side)) * 6, 0, 1)
    # what is darker than skin, as hair is, is not lightened by it
    own = cv2.GaussianBlur(picture.detach().cpu().float().permute(1, 2, 0).numpy(), (0, 0), soft)
    shade = np.minimum(own_colours.skin_of(picture, pose) * fill, 0.45 * own)
    return (opacity * np.maximum(inside, skin)).astype(np.float32), np.asarray(shade, np.float32)


def _from_middle(pose: Pose, side: int) -> Array:
    """0 in the middle of the face, 1 at the mean face's rim, (S, S)."""
    x, y, _ = pose.unproject(side, SKULL)
    return np.asarray(np.hypot(x / 1.16, (y - 0.35) / 1.62), np.float32)
