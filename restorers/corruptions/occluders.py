"""Objects that cover faces, placed by five landmarks: pixels with soft edges and a shadow, and the exact mask."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorers.corruptions.occluder_kinds import LIFELIKE_KINDS, OCCLUDER_KINDS, Placement
from restorers.corruptions.pose import Array, Pose, Surface, pose_of
from restorers.corruptions.sprites import Sprite, sprite

OCCLUDER_NAMES: tuple[str, ...] = tuple(OCCLUDER_KINDS)
"""The objects of the published run, which methods are trained on too."""
LIFELIKE_NAMES: tuple[str, ...] = tuple(LIFELIKE_KINDS)
"""Further objects, nearer to real ones."""
_KINDS = {**OCCLUDER_KINDS, **LIFELIKE_KINDS}

LEAST_ALPHA = 0.02
"""Thinner than this an object or a shadow is not seen, and is left out of both picture and mask."""
SKINS: tuple[tuple[float, float, float], ...] = (
    (0.87, 0.67, 0.56),
    (0.94, 0.78, 0.68),
    (0.78, 0.56, 0.43),
    (0.62, 0.42, 0.31),
    (0.43, 0.28, 0.20),
)
"""Colours of lit skin; the hands are drawn in the first."""
_CHEEKS = ((-0.45, 0.55, 0.15), (0.45, 0.55, 0.15), (-0.35, 0.75, 0.2), (0.35, 0.75, 0.2))
_CROWN = ((-0.5, -1.2, 0.1), (0.0, -1.3, 0.15), (0.5, -1.2, 0.1), (-0.9, -0.95, -0.2), (0.9, -0.95, -0.2))
_LEAST_CONTRAST = 0.16
"""Closer than this to the skin, what is found above the forehead is taken for skin, not for hair."""
_SKULL = Surface(depth=0.25, bend=0.75)


@dataclass(frozen=True)
class PlacedOccluder:
    """An object where it covers a face of S x S pixels."""

    rgba: Tensor
    """(4, S, S) float32 in [0, 1], colour not premultiplied; object and shadow together."""
    mask: Tensor
    """(1, S, S), 1 wherever the object or its shadow changes a pixel."""


def place(
    name: str,
    generator: np.random.Generator,
    side: int,
    landmarks: Tensor | NDArray[np.floating],
    picture: Tensor | None = None,
) -> PlacedOccluder:
    """Put an object on a face.

    Args:
        name: one of `OCCLUDER_NAMES` or `LIFELIKE_NAMES`.
        generator: chooses the look, its colours and how it sits.
        side: width and height of the picture in pixels.
        landmarks: (5, 2) image-left eye, image-right eye, nose, image-left and image-right mouth corner, fractions of
            the side.
        picture: (3, S, S) RGB in [0, 1], the face itself: the object becomes as dark as the photograph, a hand takes on
            its skin, a strand its hair; None draws all of them.

    Returns:
        The object, wholly inside the picture because it is cut at its border.

    Raises:
        KeyError: if there is no such object.
        ValueError: if the landmarks have another shape or are not finite.
    """
    points = np.asarray(landmarks, np.float32)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise ValueError(f"expected finite landmarks of shape (5, 2), got {points.tolist()}")
    item = _KINDS[name]
    look = int(generator.integers(item.looks))
    fit = item.fit
    pose = pose_of(points)
    object_, skin = _warped(name, look, pose, side, generator)
    own_hair = _own_hair(pose, picture) if fit.hair and picture is not None else None
    if own_hair is not None and fit.natural:
        object_ = _dyed(object_, _natural(own_hair))
    object_ = _coloured(object_, fit, generator, None if fit.natural else own_hair)
    if picture is not None and own_hair is None and not (fit.natural and skin is not None):
        object_[..., :3] *= _exposure(picture)
    if skin is not None:
        own = None if picture is None else _median(picture, pose, _CHEEKS)
        object_ = _toned(object_, skin, generator, _pale(own) if own is not None and fit.natural else own, fit.natural)
    object_ = _grained(object_, generator)
    shadow = _shadow(object_[..., 3], fit, pose, side, generator)
    return _finished(object_, shadow)


def composite(pixels: Tensor, placed: PlacedOccluder) -> Tensor:
    """Lay a placed object over faces.

    Args:
        pixels: (N, 3, S, S) or (3, S, S) RGB in [0, 1].
        placed: an object for this side.

    Returns:
        The covered faces on the grid of 8-bit values where the mask is 1, the same pixels elsewhere.
    """
    rgba, mask = placed.rgba.to(pixels), placed.mask.to(pixels)
    covered = pixels * (1 - rgba[3:]) + rgba[:3] * rgba[3:]
    return torch.where(mask > 0, (covered * 255).round().clamp(0, 255) / 255, pixels)


@cache
def drawn(name: str, look: int) -> Sprite:
    """One look of an object; drawn once per process, in two seconds at most."""
    return sprite(_KINDS[name].draw(look))


def _warped(name: str, look: int, pose: Pose, side: int, generator: np.random.Generator) -> tuple[Array, Array | None]:
    """The object on the face, (S, S, 4) premultiplied, and the skin in it, (S, S)."""
    fit = _KINDS[name].fit
    x, y, facing = pose.unproject(side, fit.surface)
    spot_x, spot_y = generator.uniform(*fit.x), generator.uniform(*fit.y)
    angle, size = np.deg2rad(generator.uniform(*fit.angle)), generator.uniform(*fit.size)
    flip = np.float32(-1 if fit.flips and generator.random() < 0.5 else 1)
    # From the face to the drawing's own sheet: mirror, move, turn, resize.
    dx, dy = flip * x - np.float32(spot_x), y - np.float32(spot_y)
    cosine, sine = np.float32(np.cos(angle) / size), np.float32(np.sin(angle) / size)
    wanted = pose.scale * side * size
    found, skin = drawn(name, look).sample(cosine * dx + sine * dy, cosine * dy - sine * dx, wanted)
    found = found * np.clip((facing - 0.15) * 4, 0, 1)[..., None]
    if fit.arms is not None:
        found = _with_arms(found, fit, look, pose, side, float(size))
    # A lens is never as sharp as a drawing.
    softness = generator.uniform(0.3, 0.55) * max(side / 256, 0.6)
    soft = np.asarray(cv2.GaussianBlur(found, (0, 0), softness), np.float32)
    return soft, None if skin is None else np.asarray(cv2.GaussianBlur(skin, (0, 0), softness), np.float32)


def _with_arms(front: Array, fit: Placement, look: int, pose: Pose, side: int, size: float) -> Array:
    """Add the arms of a pair of glasses from the hinges to the ears, under the front."""
    assert fit.arms is not None
    arm = fit.arms[look]
    under = np.zeros_like(front)
    for way in (-1, 1):
        hinge, ear = (way * arm.hinge * size, -0.14, 0.16), (way * 1.16, -0.11, -0.7)
        seen = (ear[0] - hinge[0]) * np.cos(pose.yaw) + (ear[2] - hinge[2]) * np.sin(pose.yaw)
        if way * seen <= 0:
            continue  # behind the face
        half = arm.width / 2
        outline = [
            pose.project(hinge[0], hinge[1] - half, hinge[2]),
            pose.project(ear[0], ear[1] - 0.6 * half, ear[2]),
            pose.project(ear[0], ear[1] + 0.6 * half, ear[2]),
            pose.project(hinge[0], hinge[1] + half, hinge[2]),
        ]
        corners = np.clip((np.asarray(outline) * side - 0.5) * 16, -(2**20), 2**20)
        cover = np.zeros((side, side), np.uint8)
        cv2.fillConvexPoly(cover, np.rint(corners).astype(np.int32), 255, lineType=cv2.LINE_AA, shift=4)
        alpha = cover.astype(np.float32)[..., None] / np.float32(255)
        under = np.asarray(under * (1 - alpha) + alpha * np.array((*arm.colour, 1.0), np.float32), np.float32)
    return np.asarray(front + under * (1 - front[..., 3:]), np.float32)


def _exposure(picture: Tensor) -> np.float32:
    """How dark a photograph is, 0.55 to 1, so that no bright white mask sits on a face at night.

    Measured on its brightest parts, not on the face: an object must not turn darker because the skin beneath it is dark.
    """
    brightest = float(np.quantile(picture.detach().cpu().float().mean(0).numpy()[::4, ::4], 0.95))
    return np.float32(np.clip((brightest / 0.8) ** 0.7, 0.55, 1.0))


def _own_hair(pose: Pose, picture: Tensor) -> Array | None:
    """Colour of the face's own hair, (3,); None where it shows none."""
    skin, crown = _median(picture, pose, _CHEEKS), _median(picture, pose, _CROWN)
    natural = crown[0] >= crown[1] - 0.02 and crown[1] >= crown[2] - 0.02
    return crown if natural and float(np.abs(crown - skin).sum()) > _LEAST_CONTRAST else None


def _natural(hair: Array) -> Array:
    """The nearest colour that hair has, (3,): from black over brown and red to fair and grey, and no green or pink."""
    red, green, blue = (float(part) for part in hair)
    blue = float(np.clip(blue, 0.28 * red, 0.96 * red))
    # from auburn to white the share of green grows with that of blue
    usual = 0.34 * red + 0.68 * blue
    green = float(np.clip(green, usual - 0.06 * red, min(usual + 0.04 * red, 0.98 * red)))
    # skin, which is found where a forehead is high, has more blue than hair of its red and green
    return np.array((red, green, max(min(blue, green - 0.6 * (red - green)), 0.2 * red)), np.float32)


def _dyed(object_: Array, colour: Array) -> Array:
    """The same light and shade in one colour, (3,), on average."""
    shade, alpha = object_[..., :3].mean(-1, keepdims=True), object_[..., 3:]
    shade = shade * (alpha.sum() / max(float(shade.sum()), 1e-3))
    # a highlight has less of the hair's colour and more of the lamp's
    gloss = 0.4 * np.maximum(shade - 1.1 * alpha, 0)
    rgb = np.clip(colour * (shade - gloss) + colour.mean() * gloss, 0, alpha)
    return np.concatenate([rgb, alpha], -1).astype(np.float32)


def _median(picture: Tensor, pose: Pose, spots: tuple[tuple[float, float, float], ...]) -> Array:
    """Median colour round some points of the face, (3,)."""
    pixels = picture.detach().cpu().float()
    side = pixels.shape[-1]
    reach = max(round(0.06 * pose.scale * side), 1)
    patches = []
    for spot in spots:
        x, y = (int(np.clip(part * side, reach, side - 1 - reach)) for part in pose.project(*spot))
        patches.append(pixels[:, y - reach : y + reach + 1, x - reach : x + reach + 1].flatten(1))
    return np.asarray(torch.cat(patches, 1).median(1).values.numpy(), np.float32)


def _coloured(object_: Array, fit: Placement, generator: np.random.Generator, own: Array | None) -> Array:
    """Jitter hue, strength of colour and brightness, or take on a colour of one's own."""
    gain = np.asarray(generator.uniform(*fit.brightness) * generator.uniform(0.96, 1.04, 3), np.float32)
    turn = _colour_turn(np.deg2rad(generator.uniform(-fit.hue, fit.hue)), generator.uniform(*fit.saturation))
    if own is not None:
        mean = object_[..., :3].sum((0, 1)) / max(float(object_[..., 3].sum()), 1e-3)
        gain = gain * (own / np.maximum(mean, 0.02)).clip(0.3, 3.0)
    alpha = object_[..., 3:]
    rgb = np.clip((object_[..., :3] @ turn.T) * gain, 0, alpha)
    return np.concatenate([rgb, alpha], -1).astype(np.float32)


def _pale(cheeks: Array) -> Array:
    """Colour of a hand beside cheeks of this colour, (3,): nearer to common skin of their brightness, for cheeks blush."""
    common = np.asarray(SKINS[0], np.float32)
    common = common * np.float32(float(cheeks.mean()) / float(common.mean()))
    tone = 1.04 * cheeks.clip(0.01) ** 0.6 * common**0.4
    return np.asarray(tone * min(1, 0.92 / float(tone.max())), np.float32)


def _toned(
    object_: Array, skin: Array, generator: np.random.Generator, own: Array | None, natural: bool = False
) -> Array:
    """Give a hand the skin of the face, or else a skin of its own."""
    drawn = SKINS[int(generator.integers(len(SKINS)))]
    gain = (np.asarray(drawn if own is None else own) / np.asarray(SKINS[0])).clip(0.12, 1.7 if natural else 1.2)
    alpha = object_[..., 3:]
    share = np.clip(skin[..., None] / np.maximum(alpha, 1e-3), 0, 1)
    rgb = np.clip(object_[..., :3] * (1 + share * (gain - 1)), 0, alpha)
    return np.concatenate([rgb, alpha], -1).astype(np.float32)


def _grained(object_: Array, generator: np.random.Generator) -> Array:
    """The grain that every photograph has."""
    alpha = object_[..., 3:]
    grain = generator.standard_normal(object_.shape[:2], dtype=np.float32)[..., None] * np.float32(0.008)
    return np.concatenate([np.clip(object_[..., :3] + grain * alpha, 0, alpha), alpha], -1).astype(np.float32)


def _colour_turn(angle: float, strength: float) -> Array:
    """Rotation of RGB by `angle` radians about the grey axis, pulled towards grey where `strength` < 1; (3, 3)."""
    same, half, root = (1 + 2 * np.cos(angle)) / 3, (1 - np.cos(angle)) / 3, np.sin(angle) / np.sqrt(3)
    less, more = half - root, half + root
    turn = np.array([(same, less, more), (more, same, less), (less, more, same)], np.float32)
    grey = np.full((3, 3), 1 / 3, np.float32)
    return np.asarray(grey + (turn - grey) * np.float32(strength), np.float32)


def _shadow(alpha: Array, fit: Placement, pose: Pose, side: int, generator: np.random.Generator) -> Array:
    """What the object keeps from the lamp, on the face only, (S, S)."""
    unit = pose.scale * side
    strength = fit.shadow * generator.uniform(0.75, 1.15)
    if strength <= 0 or unit < 2:
        return np.zeros_like(alpha)
    across, down = generator.uniform(-0.05, 0.05), fit.drop * generator.uniform(0.7, 1.2)
    shift = np.array([(1, 0, across * unit), (0, 1, down * unit)], np.float32)
    moved = cv2.warpAffine(alpha, shift, (side, side), borderMode=cv2.BORDER_REPLICATE)
    # Dark and sharp where it touches, pale and wide farther off.
    contact = cv2.GaussianBlur(alpha, (0, 0), max(0.025 * unit, 0.4))
    cast = cv2.GaussianBlur(moved, (0, 0), max(fit.spread * unit, 0.5))
    x, y, _ = pose.unproject(side, _SKULL)
    face = np.clip((1.0 - np.hypot(x / 1.16, (y - 0.35) / 1.62)) * 6, 0, 1)
    thick = strength * np.maximum(np.asarray(cast, np.float32), 0.8 * np.asarray(contact, np.float32)) * face
    # Taken off rather than cut off, so that the mask does not end in a visible step.
    return np.asarray(np.maximum(thick - 0.035, 0), np.float32)


def _finished(object_: Array, shadow: Array) -> PlacedOccluder:
    alpha = object_[..., 3]
    whole = alpha + shadow * (1 - alpha)
    whole = np.where(whole < LEAST_ALPHA, 0, np.rint(whole * 255) / 255).astype(np.float32)
    rgb = np.where(whole[..., None] > 0, object_[..., :3] / np.maximum(whole, 1e-6)[..., None], 0)
    rgb = np.rint(np.clip(rgb, 0, 1) * 255) / 255
    rgba = np.concatenate([rgb, whole[..., None]], -1).astype(np.float32).transpose(2, 0, 1)
    covered = torch.from_numpy(np.ascontiguousarray(rgba))
    return PlacedOccluder(covered, (covered[3:] > 0).float())
