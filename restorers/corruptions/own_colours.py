"""Colours of the face itself, read off its photograph: its skin and its hair; and which pixels show hair of that colour."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorers.corruptions.pose import Array, Pose, Surface

SKINS: tuple[tuple[float, float, float], ...] = (
    (0.87, 0.67, 0.56),
    (0.94, 0.78, 0.68),
    (0.78, 0.56, 0.43),
    (0.62, 0.42, 0.31),
    (0.43, 0.28, 0.20),
)
"""Colours of lit skin; the hands are drawn in the first."""
SKULL = Surface(depth=0.25, bend=0.75)
_CHEEKS = ((-0.45, 0.55, 0.15), (0.45, 0.55, 0.15), (-0.35, 0.75, 0.2), (0.35, 0.75, 0.2))
_LEAST_HAIR = 0.1
"""Share of the crown's rim; where less of it differs from skin, the head is taken for bald and its brows are asked."""
_ENOUGH = 96
"""Pixels a side that tell what colour hair has."""
_WHITEST = 0.92
"""No hair is as white as the paper behind a passport photograph."""
_APART = 0.3
"""A wall that is more like the hair cannot be told from it."""
_SHORT, _LONG = 0.25, 0.45
"""Share of the picture beside the jaw; up to the first hair is taken to be short, from the second on to be long."""


def skin_of(picture: Tensor, pose: Pose) -> Array:
    """Median colour of the cheeks of a picture (3, S, S), (3,)."""
    pixels = picture.detach().cpu().float()
    side = pixels.shape[-1]
    reach = max(round(0.06 * pose.scale * side), 1)
    patches = []
    for spot in _CHEEKS:
        x, y = (int(np.clip(part * side, reach, side - 1 - reach)) for part in pose.project(*spot))
        patches.append(pixels[:, y - reach : y + reach + 1, x - reach : x + reach + 1].flatten(1))
    return np.asarray(torch.cat(patches, 1).median(1).values.numpy(), np.float32)


def hair_of(picture: Tensor, pose: Pose) -> Array:
    """Colour of the hair of a picture (3, S, S), or of the brows where the head shows none, (3,); half as light as skin without either."""
    pixels, skin = _pixels(picture), skin_of(picture, pose)
    if len(pixels) > _ENOUGH:
        pixels = np.asarray(cv2.resize(pixels, (_ENOUGH, _ENOUGH), interpolation=cv2.INTER_AREA), np.float32)
    x, y, _ = pose.unproject(len(pixels), SKULL)
    from_crown, from_nose = np.hypot(x / 1.15, (y + 0.25) / 1.5), np.hypot(x, (y - 0.4) / 1.4)
    forehead = pixels[(np.abs(x) < 0.35) & (np.abs(y + 0.6) < 0.15)]
    lit = np.median(forehead, 0) if len(forehead) else skin
    other = _could_be_hair(pixels) & (np.minimum(_unlike(pixels, skin), _unlike(pixels, lit)) > 1.2)
    crown = (from_crown > 0.6) & (from_crown < 1.02) & (y < -0.75)
    if (other & crown).sum() > _LEAST_HAIR * crown.sum():
        found = np.asarray(np.median(pixels[other & crown], 0), np.float32)
        # the top shines with the sky: what hangs at the sides tells the colour better
        head = (_unlike(pixels, found) < 1.5) & (np.hypot(x / 1.55, y / 2) < 1) & (from_nose > 1)
        return np.asarray(np.median(pixels[other & (crown | head)], 0), np.float32)
    brows = pixels[(np.abs(np.abs(x) - 0.52) < 0.28) & (np.abs(y + 0.3) < 0.15)]
    dark = brows[np.argsort(brows.mean(-1))[: len(brows) // 6 + 1]]
    if not len(dark) or float(dark.mean()) > 0.8 * float(skin.mean()):
        return np.asarray(0.5 * skin, np.float32)
    return np.asarray(np.median(dark, 0), np.float32)


def hair_in(picture: Tensor, pose: Pose, hair: Array) -> Array:
    """How surely each pixel of a picture (3, S, S) shows hair of this colour (3,), not skin and not the wall: (S, S) in [0, 1]."""
    pixels, skin = _pixels(picture), skin_of(picture, pose)
    unlike = _unlike(pixels, hair)
    shown = np.exp(-((0.4 * unlike) ** 2)) * np.clip(_unlike(pixels, skin) - 0.5, 0, 1)
    corner = max(len(pixels) // 10, 1)
    wall = np.median(np.concatenate([pixels[:corner, :corner], pixels[:corner, -corner:]]).reshape(-1, 3), 0)
    if float(_unlike(wall, hair)) > _APART:
        shown = shown * (unlike < _unlike(pixels, wall))
    return np.asarray(shown, np.float32)


def skin_in(picture: Tensor, pose: Pose) -> Array:
    """How surely each pixel of a picture (3, S, S) shows skin, in whatever light: (S, S) in [0, 1]."""
    return np.asarray(np.exp(-((0.6 * _unlike(_pixels(picture), skin_of(picture, pose))) ** 2)), np.float32)


def length_of(shown: Array, pose: Pose) -> float:
    """How far hair hangs down beside the jaw: 0 for short hair, 1 for long; `shown` (S, S) tells where hair is."""
    x, y, _ = pose.unproject(len(shown), SKULL)
    beside = shown[(np.abs(np.abs(x) - 1.25) < 0.25) & (np.abs(y - 0.9) < 0.4)]
    # of one length from frame to frame: no step
    return float(np.clip((float((beside > 0.4).mean()) - _SHORT) / (_LONG - _SHORT), 0, 1)) if len(beside) else 0.0


def as_hair(colour: Array) -> Array:
    """The nearest colour that hair has, (3,): from black over brown and red to fair and grey, and no green or pink."""
    red, green, blue = (float(part) for part in colour)
    blue = float(np.clip(blue, 0.28 * red, 0.96 * red))
    # from auburn to white the share of green grows with that of blue
    usual = 0.34 * red + 0.68 * blue
    green = float(np.clip(green, usual - 0.06 * red, min(usual + 0.04 * red, 0.98 * red)))
    # skin, which is found where a forehead is high, has more blue than hair of its red and green
    return np.array((red, green, max(min(blue, green - 0.6 * (red - green)), 0.2 * red)), np.float32)


def as_hand(cheeks: Array) -> Array:
    """Colour of a hand beside cheeks of this colour, (3,): nearer to common skin of their brightness, for cheeks blush."""
    common = np.asarray(SKINS[0], np.float32)
    common = common * np.float32(float(cheeks.mean()) / float(common.mean()))
    tone = 1.04 * cheeks.clip(0.01) ** 0.6 * common**0.4
    return np.asarray(tone * min(1, 0.92 / float(tone.max())), np.float32)


def _pixels(picture: Tensor) -> Array:
    """(S, S, 3)."""
    return np.asarray(picture.detach().cpu().float().permute(1, 2, 0).numpy(), np.float32)


def _could_be_hair(pixels: Array) -> NDArray[np.bool_]:
    red, green, blue = np.moveaxis(pixels, -1, 0)
    return np.asarray((red >= green - 0.03) & (green >= blue - 0.05) & (pixels.min(-1) < _WHITEST))


def _unlike(pixels: Array, colour: Array) -> Array:
    """How far pixels (..., 3) are from a colour (3,): 1 where light and shade no longer explain it."""
    grey, own = pixels.mean(-1), float(colour.mean())
    # the darker, the less its hue says
    seen = np.clip(np.minimum(grey, own) / 0.3, 0.1, 1)
    hue = pixels / np.maximum(pixels.sum(-1, keepdims=True), 0.03) - colour / max(float(colour.sum()), 0.03)
    light = np.log((grey + 0.03) / (own + 0.03))
    return np.asarray(np.hypot(light / 0.45, seen * np.linalg.norm(hue, axis=-1) / 0.035), np.float32)
