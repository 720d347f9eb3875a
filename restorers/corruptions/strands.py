"""Drawn hair made one with the head that it hangs from: its colour, its roots in the hair that is there, gaps between thin strands."""

import cv2
import numpy as np
from torch import Tensor

from restorers.corruptions import own_colours
from restorers.corruptions.own_colours import SKULL
from restorers.corruptions.pose import Array, Pose


def dyed(object_: Array, hair: Array) -> Array:
    """Drawn hair (S, S, 4), premultiplied, in a colour (3,): the same light and shade, and that colour on average."""
    colour = own_colours.as_hair(hair)
    shade, alpha = object_[..., :3].mean(-1, keepdims=True), object_[..., 3:]
    shade = shade * (alpha.sum() / max(float(shade.sum()), 1e-3))
    # a highlight has less of the hair's colour and more of the lamp's
    gloss = 0.4 * np.maximum(shade - 1.1 * alpha, 0)
    rgb = np.clip(colour * (shade - gloss) + colour.mean() * gloss, 0, alpha)
    return np.concatenate([rgb, alpha], -1).astype(np.float32)


def mingled(object_: Array, pose: Pose, picture: Tensor, hair: Array) -> Array:
    """Drawn hair (S, S, 4), premultiplied, lost at its roots in a picture's hair of this colour (3,), and sparse where that is short."""
    side, unit = object_.shape[0], pose.scale * object_.shape[0]
    _, y, _ = pose.unproject(side, SKULL)
    own = own_colours.hair_in(picture, pose, hair)
    own = _blurred(own, 0.06 * unit)
    kept = 1 - 0.65 * own * np.clip((-0.45 - y) / 0.6, 0, 1)
    sparse = 1 - own_colours.length_of(own, pose)
    kept = kept * (1 - sparse * np.clip((y + 0.7) / 0.5, 0, 1) * (1 - _gaps(object_, unit)))
    return np.asarray(object_ * kept[..., None], np.float32)


def _gaps(object_: Array, unit: float) -> Array:
    """Low between strands, 1 on those that catch the light, (S, S)."""
    alpha = object_[..., 3]
    grey = object_[..., :3].mean(-1) / np.maximum(alpha, 0.05)
    weight = np.maximum(_blurred(alpha, 0.06 * unit), 1e-3)
    detail = grey - _blurred(grey * alpha, 0.06 * unit) / weight
    spread = np.sqrt(_blurred(detail**2 * alpha, 0.2 * unit) / np.maximum(_blurred(alpha, 0.2 * unit), 1e-3))
    gaps = np.clip(0.55 + 0.45 * detail / np.maximum(spread, 1e-3), 0.3, 1)
    return _blurred(gaps, 0.014 * unit)


def _blurred(layer: Array, sigma: float) -> Array:
    return np.asarray(cv2.GaussianBlur(layer.astype(np.float32), (0, 0), max(sigma, 0.3)), np.float32)
