"""Covers that were cut out of photographs, on other faces: moved by landmarks, recoloured, blended, and the whole made worse."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from restorers.networks.mask_unet import KINDS
from restorers.training.batches import MIRRORED
from restorers.training.cover_bank import SURE, UNSURE, Covers

Floats = NDArray[np.float32]

MUCH: Final = 0.4
"""Share of the covers in other colours altogether."""
SEEN_THROUGH: Final = 0.15
"""Share of the covers through which the face shows."""
SHADED: Final = 0.5
"""Share of the covers with a shadow below."""
WORSE: Final = 0.6
"""Share of the finished pictures that are made worse: coarser, compressed, noisy."""
GREY: Final = 0.04
"""Share of the finished pictures without colours."""
UNKNOWN: Final = np.full(len(KINDS), np.nan, np.float32)


@dataclass(frozen=True)
class CoveredPicture:
    """One face, maybe covered."""

    pixels: Floats
    """(S, S, 3) RGB in [0, 1]."""
    mask: Floats
    """(S, S) of 0 and 1."""
    trust: Floats
    """(S, S): 0 where the mask is not known."""
    labels: Floats
    """(6,) 1 or 0 by kind, NaN where nobody knows."""


def onto(face: Tensor) -> CoveredPicture:
    """A face (3, S, S) that nothing covers."""
    pixels = np.ascontiguousarray(face.permute(1, 2, 0).numpy())
    return CoveredPicture(
        pixels, np.zeros(pixels.shape[:2], np.float32), np.ones(pixels.shape[:2], np.float32), UNKNOWN
    )


def laid(picture: CoveredPicture, cover: Tensor) -> CoveredPicture:
    """A cover (4, S, S), colours multiplied by alpha, over a face."""
    rgba = cover.permute(1, 2, 0).numpy()
    alpha = rgba[..., 3:]
    pixels = np.clip(picture.pixels * (1 - alpha) + rgba[..., :3], 0, 1)
    return replace(picture, pixels=pixels, mask=np.maximum(picture.mask, (alpha[..., 0] > 0).astype(np.float32)))


def coloured(picture: CoveredPicture, generator: Generator) -> CoveredPicture:
    """In another light."""
    return replace(picture, pixels=_relit(picture.pixels, generator, 0.25))


def moved(picture: CoveredPicture, covers: Covers, row: int, target: Floats, generator: Generator) -> CoveredPicture:
    """A cover on a face.

    Args:
        picture: the face.
        covers: photographs with masks.
        row: which of them.
        target: (5, 2) points of the face.
        generator: the source of randomness.
    """
    seen, mask, source = covers.pictures[row], covers.masks[row], covers.points[row]
    if generator.random() < 0.5:
        seen, mask = seen[:, ::-1], mask[:, ::-1]
        source = (source * (-1, 1) + (1, 0))[list(MIRRORED)].astype(np.float32)
    if generator.random() < 0.6:
        # the outlines take in a rim of what is behind: without it what is pasted ends where the object does
        mask = cv2.erode(np.ascontiguousarray(mask), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    side = len(picture.pixels)
    matrix = _placed(source * len(seen), target * side, generator, side)
    size = (side, side)
    cover = cv2.warpAffine(np.ascontiguousarray(seen), matrix, size, borderMode=cv2.BORDER_REFLECT_101)
    # what the picture's border cuts goes on beyond it
    inside = cv2.warpAffine(np.ascontiguousarray(mask), matrix, size, borderMode=cv2.BORDER_REPLICATE)
    solid = (inside > (SURE + UNSURE) // 2).astype(np.float32)
    colours = _recoloured(_unit(cover), generator)
    alpha = cv2.GaussianBlur(solid, (0, 0), generator.uniform(0.3, 1.0) * side / 192)[..., None]
    if generator.random() < SEEN_THROUGH:
        alpha = alpha * generator.uniform(0.6, 0.95)
    pixels = _shaded(picture.pixels, solid, generator) if generator.random() < SHADED else picture.pixels
    labels = covers.kinds[row] if not picture.mask.any() else np.fmax(picture.labels, covers.kinds[row])
    return CoveredPicture(
        pixels + alpha.astype(np.float32) * (colours - pixels),
        np.maximum(picture.mask, solid),
        np.maximum(picture.trust, solid),
        labels if np.isfinite(labels).all() and np.isfinite(covers.kinds[row]).all() else UNKNOWN,
    )


def worsened(pixels: Floats, generator: Generator) -> Floats:
    """A finished picture as photographs come: maybe grey, coarser, compressed, noisy; (S, S, 3) in [0, 1]."""
    pixels = np.clip(pixels, 0, 1)
    if generator.random() < GREY:
        pixels = np.repeat(pixels.mean(2, keepdims=True), 3, 2)
    if generator.random() >= WORSE:
        return pixels
    side = len(pixels)
    if generator.random() < 0.5:
        small = max(round(side * generator.uniform(0.4, 0.95)), 8)
        coarse = cv2.resize(pixels, (small, small), interpolation=cv2.INTER_AREA)
        pixels = np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)
    if generator.random() < 0.3:
        noise = generator.standard_normal(pixels.shape, np.float32)
        pixels = pixels + noise * np.float32(generator.uniform(0.005, 0.04))
    if generator.random() < 0.6:
        grid = np.clip(pixels * 255 + 0.5, 0, 255).astype(np.uint8)
        _, packed = cv2.imencode(".jpg", grid, (cv2.IMWRITE_JPEG_QUALITY, int(generator.integers(35, 95))))
        pixels = _unit(np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)))
    return np.clip(pixels, 0, 1)


def _unit(levels: NDArray[np.generic]) -> Floats:
    return np.asarray(levels, np.float32) / np.float32(255)


def _placed(source: Floats, target: Floats, generator: Generator, side: int) -> NDArray[np.float64]:
    """(2, 3) from a photograph's pixels to a face's: between a similarity and an affine map, and somewhat beside it."""
    lifted = np.column_stack([source, np.ones(5)])
    free = np.linalg.lstsq(lifted, target, rcond=None)[0].T
    bound = _similarity(source, target)
    freedom = generator.uniform(0, 0.8)
    matrix = free * freedom + bound * (1 - freedom)
    angle, scale = np.deg2rad(generator.normal(0, 5)), np.exp(generator.normal(0, 0.09))
    aspect, sheer = np.exp(generator.normal(0, 0.05)), generator.normal(0, 0.04)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    jitter = scale * turn @ np.array([(aspect, sheer), (0, 1 / aspect)])
    centre = target.mean(0)
    shift = generator.normal(0, 0.025, 2) * side
    result = np.empty((2, 3))
    result[:, :2] = jitter @ matrix[:, :2]
    result[:, 2] = jitter @ (matrix[:, 2] - centre) + centre + shift
    return result


def _similarity(source: Floats, target: Floats) -> NDArray[np.float64]:
    ours, theirs = (points[:, 0].astype(complex) + 1j * points[:, 1] for points in (source, target))
    about, towards = ours.mean(), theirs.mean()
    turn = np.vdot(ours - about, theirs - towards) / np.vdot(ours - about, ours - about).real
    shift = towards - turn * about
    return np.array([(turn.real, -turn.imag, shift.real), (turn.imag, turn.real, shift.imag)])


def _relit(pixels: Floats, generator: Generator, reach: float) -> Floats:
    contrast, light = generator.uniform(1 - reach, 1 + reach), generator.uniform(-reach, reach) / 2
    tint = generator.normal(0, 0.03, 3)
    gain, lift = np.float32(contrast), np.float32(0.5 - 0.5 * contrast + light) + tint.astype(np.float32)
    return np.clip(pixels * gain + lift, 0, 1)


def _recoloured(colours: Floats, generator: Generator) -> Floats:
    colours = _relit(colours, generator, 0.3)
    if generator.random() >= MUCH:
        return colours
    if generator.random() < 0.5:
        colours = colours[..., generator.permutation(3)]
    return np.clip(colours * generator.uniform(0.35, 1.6, 3).astype(np.float32), 0, 1)


def _shaded(pixels: Floats, solid: Floats, generator: Generator) -> Floats:
    side = len(pixels)
    soft = cv2.GaussianBlur(solid, (0, 0), generator.uniform(0.012, 0.03) * side)
    drop = int(generator.uniform(0.005, 0.03) * side)
    soft = np.roll(soft, (drop, int(generator.integers(-2, 3))), (0, 1))
    return pixels * (1 - np.float32(generator.uniform(0.1, 0.45)) * soft[..., None])
