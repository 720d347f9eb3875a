"""Objects that cover faces, placed by five landmarks: pixels with soft edges and a shadow, and the exact mask."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorers.corruptions import own_colours, shadows, strands
from restorers.corruptions.occluder_kinds import LIFELIKE_KINDS, OCCLUDER_KINDS, Placement
from restorers.corruptions.own_colours import SKINS
from restorers.corruptions.pose import Array, Pose, pose_of
from restorers.corruptions.sprites import Sprite, sprite

OCCLUDER_NAMES: tuple[str, ...] = tuple(OCCLUDER_KINDS)
"""The objects of the published run, which methods are trained on too."""
LIFELIKE_NAMES: tuple[str, ...] = tuple(LIFELIKE_KINDS)
"""Further objects, nearer to real ones."""
_KINDS = {**OCCLUDER_KINDS, **LIFELIKE_KINDS}

LEAST_ALPHA = 0.02
"""Thinner than this an object or a shadow is not seen, and is left out of both picture and mask."""


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
    object_ = _coloured(object_, fit, generator)
    hair = own_colours.hair_of(picture, pose) if fit.hair and picture is not None else None
    if hair is not None:
        object_ = strands.dyed(object_, hair)
    elif picture is not None:
        object_ = _exposed(object_, skin, picture)
    if skin is not None:
        own = None if picture is None else own_colours.as_hand(own_colours.skin_of(picture, pose))
        object_ = _toned(object_, skin, generator, own)
    object_ = _grained(object_, generator)
    shadow = shadows.cast(object_[..., 3], fit, pose, side, generator)
    outline = _whole(object_[..., 3], shadow) >= LEAST_ALPHA
    if hair is not None and picture is not None:
        object_ = strands.mingled(object_, pose, picture, hair)
    shadow, shade = shadows.seen(shadow, pose, picture)
    return _finished(object_, shadow, shade, outline)


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


def _coloured(object_: Array, fit: Placement, generator: np.random.Generator) -> Array:
    """Jitter hue, strength of colour and brightness."""
    gain = np.asarray(generator.uniform(*fit.brightness) * generator.uniform(0.96, 1.04, 3), np.float32)
    turn = _colour_turn(np.deg2rad(generator.uniform(-fit.hue, fit.hue)), generator.uniform(*fit.saturation))
    alpha = object_[..., 3:]
    rgb = np.clip((object_[..., :3] @ turn.T) * gain, 0, alpha)
    return np.concatenate([rgb, alpha], -1).astype(np.float32)


def _exposed(object_: Array, skin: Array | None, picture: Tensor) -> Array:
    """As dark as the photograph; not its skin, whose colour is taken from the face, which is in that light already."""
    alpha = object_[..., 3:]
    share = 0.0 if skin is None else np.clip(skin[..., None] / np.maximum(alpha, 1e-3), 0, 1)
    exposure = _exposure(picture)
    return np.concatenate([object_[..., :3] * (exposure + (1 - exposure) * share), alpha], -1).astype(np.float32)


def _toned(object_: Array, skin: Array, generator: np.random.Generator, own: Array | None) -> Array:
    """Give a hand the skin of the face, or else a skin of its own."""
    drawn = SKINS[int(generator.integers(len(SKINS)))]
    gain = (np.asarray(drawn if own is None else own) / np.asarray(SKINS[0])).clip(0.12, 1.7)
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


def _whole(alpha: Array, shadow: Array) -> Array:
    """Coverage of object and shadow together, (S, S)."""
    return np.asarray(alpha + shadow * (1 - alpha), np.float32)


def _finished(object_: Array, shadow: Array, shade: Array, outline: NDArray[np.bool_]) -> PlacedOccluder:
    """Object over shadow, on the grid of 8-bit values, with at least a trace of either everywhere in the outline (S, S)."""
    alpha = object_[..., 3]
    whole = np.maximum(np.rint(_whole(alpha, shadow) * 255), np.ceil(LEAST_ALPHA * 255)) / 255
    whole = np.where(outline, whole, 0).astype(np.float32)
    rgb = object_[..., :3] + shade * (np.maximum(whole - alpha, 0))[..., None]
    rgb = np.where(whole[..., None] > 0, rgb / np.maximum(whole, 1e-6)[..., None], 0)
    rgb = np.rint(np.clip(rgb, 0, 1) * 255) / 255
    rgba = np.concatenate([rgb, whole[..., None]], -1).astype(np.float32).transpose(2, 0, 1)
    covered = torch.from_numpy(np.ascontiguousarray(rgba))
    return PlacedOccluder(covered, (covered[3:] > 0).float())
