"""What a bad camera does to a whole face: blur, fewer pixels, noise, JPEG (the first-order model of GFP-GAN).

    LQ = resize back( JPEG_q( downsample_r( HQ * Gaussian_sigma ) + noise_n ) )

The published ranges are stated for pictures of 512 px. Here **everything is stated in pixels at 256**, where sigma and
factor are half as large for the same loss of detail, and scaled to the picture at hand: a face of 512 px is left with
the detail of the same face at 256.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Level = Literal["light", "medium", "severe"]
"""How bad the camera is."""

REFERENCE_SIDE = 256
"""Side in pixels for which sigma and factor are stated."""


@dataclass(frozen=True)
class Degradation:
    """One draw of the parameters; the same draw makes the same pixels."""

    sigma: float
    """Standard deviation of the blur in pixels at 256; 0 = none."""
    factor: float
    """How many times smaller than 256 the picture becomes on the way; 1 = not at all."""
    noise: float
    """Standard deviation of the Gaussian noise in grey levels of 255, added to the small picture; 0 = none."""
    quality: int
    """JPEG quality of the small picture, 1 to 100."""
    seed: int
    """Seed of the noise."""

    def __post_init__(self) -> None:
        if self.sigma < 0 or self.factor < 1 or self.noise < 0 or not 1 <= self.quality <= 100 or self.seed < 0:
            raise ValueError(f"expected sigma, noise, seed >= 0, factor >= 1 and quality in 1..100, got {self}")


@dataclass(frozen=True)
class Ranges:
    """What one level draws from, uniformly, both ends included."""

    sigma: tuple[float, float]
    factor: tuple[float, float]
    noise: tuple[float, float]
    quality: tuple[int, int]


LEVELS: MappingProxyType[Level, Ranges] = MappingProxyType(
    {
        "light": Ranges(sigma=(0.5, 1.5), factor=(1.0, 2.0), noise=(0.0, 5.0), quality=(80, 95)),
        "medium": Ranges(sigma=(1.5, 3.0), factor=(2.0, 4.0), noise=(5.0, 10.0), quality=(60, 80)),
        "severe": Ranges(sigma=(3.0, 5.0), factor=(4.0, 8.0), noise=(10.0, 20.0), quality=(40, 60)),
    }
)
"""The three levels: they meet at their ends, so that a level is always worse than the one before."""


def draw(level: Level, generator: np.random.Generator) -> Degradation:
    """Draw the parameters of one level, each uniformly and on its own.

    Args:
        level: a key of `LEVELS`.
        generator: gives the parameters and the seed of the noise.

    Raises:
        KeyError: if there is no such level.
    """
    ranges = LEVELS[level]
    return Degradation(
        sigma=float(generator.uniform(*ranges.sigma)),
        factor=float(generator.uniform(*ranges.factor)),
        noise=float(generator.uniform(*ranges.noise)),
        quality=int(generator.integers(ranges.quality[0], ranges.quality[1], endpoint=True)),
        seed=int(generator.integers(2**31)),
    )


def apply(pixels: Tensor, degradation: Degradation) -> Tensor:
    """Degrade one face.

    Args:
        pixels: (1, 3, S, S) RGB in [0, 1].
        degradation: what to do to it.

    Returns:
        (1, 3, S, S) on the grid of 8-bit values, so that what is measured is what a PNG of it would hold.

    Raises:
        ValueError: if the shape is another.
    """
    return apply_batch(pixels, [degradation])


def apply_batch(pixels: Tensor, degradations: Sequence[Degradation]) -> Tensor:
    """Degrade N faces, each in its own way; a batch gives exactly the pixels of its faces one by one.

    Args:
        pixels: (N, 3, S, S) RGB in [0, 1].
        degradations: N of them.

    Returns:
        (N, 3, S, S) on the grid of 8-bit values, on the device of `pixels`.

    Raises:
        ValueError: if shapes or numbers do not fit.
    """
    if pixels.ndim != 4 or pixels.shape[1] != 3 or pixels.shape[2] != pixels.shape[3]:
        raise ValueError(f"expected pixels of shape (N, 3, S, S), got {tuple(pixels.shape)}")
    if len(pixels) != len(degradations):
        raise ValueError(f"expected {len(pixels)} degradations, one per picture, got {len(degradations)}")
    # A picture at a time: each has its own kernel and its own small size, JPEG has no batches, and OpenCV's separable
    # blur is faster here than one grouped convolution over the batch with the widest kernel.
    faces = pixels.detach().cpu().permute(0, 2, 3, 1).numpy()
    degraded = np.stack([_degraded(face, degradation) for face, degradation in zip(faces, degradations, strict=True)])
    return torch.from_numpy(degraded).permute(0, 3, 1, 2).contiguous().float().div_(255).to(pixels.device)


def _degraded(face: NDArray[np.float32], degradation: Degradation) -> NDArray[np.uint8]:
    """One face, float32 (S, S, 3) in [0, 1] -> uint8 (S, S, 3)."""
    side = face.shape[0]
    small = max(1, min(side, round(REFERENCE_SIDE / degradation.factor)))
    sigma = degradation.sigma * side / REFERENCE_SIDE
    levels: NDArray[np.float32] = np.ascontiguousarray(face) * np.float32(255)
    if sigma > 0:
        reach = 2 * max(1, round(3 * sigma)) + 1
        levels = np.asarray(
            cv2.GaussianBlur(levels, (reach, reach), sigma, borderType=cv2.BORDER_REPLICATE), np.float32
        )
    if small < side:
        levels = np.asarray(cv2.resize(levels, (small, small), interpolation=cv2.INTER_AREA), np.float32)
    noise = np.random.default_rng(degradation.seed).standard_normal(levels.shape, dtype=np.float32)
    grid = _to_bytes(levels + np.float32(degradation.noise) * noise)
    decoded = _through_jpeg(grid, degradation.quality)
    if small == side:
        return decoded
    large = cv2.resize(decoded.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    return _to_bytes(np.asarray(large, np.float32))


def _through_jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Write and read a JPEG in memory; the channel order is OpenCV's only inside the two calls."""
    written, buffer = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not written:
        raise RuntimeError(f"OpenCV could not write a JPEG of {picture.shape}")
    decoded = np.asarray(cv2.imdecode(buffer, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])


def _to_bytes(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
