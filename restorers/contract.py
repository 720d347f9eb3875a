"""What every method is given, what it gives back, and how it says that it cannot.

One convention for pictures, used by the whole project: float32 tensors (N, 3, S, S), RGB, [0, 1]; masks (N, 1, S, S),
**1 = missing**, 0 = visible. uint8 (H, W, 3) RGB exists at the edges only (`restorers.images`). [-1, 1] never leaves a
network, BGR never leaves the call to a library that wants it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from restorers.problems import BadMask as BadMask
from restorers.problems import FaceNotFound as FaceNotFound
from restorers.problems import MissingWeights as MissingWeights
from restorers.problems import NotApplicable as NotApplicable
from restorers.problems import Problem as Problem
from restorers.problems import UnknownMethod as UnknownMethod
from restorers.problems import UnreadableImage as UnreadableImage

Preset = Literal["demo", "paper"]
"""`demo` builds the size whose trained weights ship; `paper` that which the paper describes, where one is known (two papers are public
as abstracts only), and nobody has trained it here."""

Origin = Literal["paper", "derived", "reference", "house", "external"]
"""Whose a method is: `paper`, as its paper has it; `derived`, a variant that shares a trunk with another method or departs from its
paper in what it learns by or in what is shown; `reference`, a floor for the others; `house`, the arena's own; `external`, somebody
else's."""

SIDE = 256
"""Width and height in pixels at which methods are compared."""


class CorruptionKind(Enum):
    """What can be wrong with a face."""

    MISSING = "missing pixels"
    DEGRADED = "degraded pixels"


@dataclass(frozen=True)
class Paper:
    """Where a method was published."""

    authors: str
    title: str
    venue: str
    year: int
    link: str


@dataclass(frozen=True)
class Corrupted:
    """Corrupted faces, as a method sees them."""

    pixels: Tensor
    """(N, 3, S, S) in [0, 1]; the occluder and the degradation are visible in it."""
    mask: Tensor
    """(N, 1, S, S), 1 = missing, 0 = visible, nothing between."""
    degraded: bool = False
    """False: pixels outside the mask are the truth's own."""
    landmarks: Tensor | None = None
    """(N, 5, 2) image-left eye, image-right eye, nose, image-left and image-right mouth corner, x and y as fractions of the
    side; None where nobody knows them."""

    @property
    def kinds(self) -> frozenset[CorruptionKind]:
        """What has to be undone."""
        missing = {CorruptionKind.MISSING} if bool((self.mask > 0).any()) else set()
        return frozenset(missing | ({CorruptionKind.DEGRADED} if self.degraded else set()))


@dataclass(frozen=True)
class Restored:
    """What a method made of `Corrupted`."""

    pixels: Tensor
    """(N, 3, S, S) in [0, 1]; where the picture is not degraded, visible pixels are the input's own."""
    raw: Tensor | None = None
    """(N, 3, S, S) the method's own picture before visible pixels were put back; filled in by `Restorer.__call__`."""
    stages: Mapping[str, Tensor] = field(default_factory=lambda: MappingProxyType({}))
    """Intermediate pictures worth showing, (N, 3, s, s) by name."""
    samples: Tensor | None = None
    """(N, K, 3, S, S) where the method is pluralistic, composited like `pixels`."""


class Restorer(ABC):
    """A method that is ready to run."""

    side: int = SIDE
    """Native width = height in pixels; inputs of another size are resized and the result is resized back."""

    @abstractmethod
    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:
        """Restore at the native side; raw pixels, one seed per picture."""

    def __call__(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:
        """Restore faces of any side: the one place where shape, range and compositing are looked after for all.

        Args:
            corrupted: N faces.
            seeds: N integers; the same seed gives the same pixels.

        Returns:
            Pictures of the input's size, finite, in [0, 1]. Where the input is not degraded its visible pixels are kept,
            bit for bit.

        Raises:
            ValueError: if shapes, ranges or the number of seeds break the convention, or the method returned pixels that
                are not finite.
        """
        check(corrupted)
        if len(seeds) != len(corrupted.pixels):
            raise ValueError(f"expected {len(corrupted.pixels)} seeds, one per picture, got {len(seeds)}")
        with torch.inference_mode():
            native = self.restore(resized(corrupted, self.side), seeds)
            size = corrupted.pixels.shape[-1]
            raw = _finished(native.pixels, size)
            samples = native.samples
            if samples is not None:
                flat = _finished(samples.flatten(0, 1), size).reshape(*samples.shape[:3], size, size)
                samples = torch.stack([_composited(corrupted, sample) for sample in flat.unbind(1)], 1)
            return Restored(_composited(corrupted, raw), raw, native.stages, samples)


@dataclass(frozen=True)
class Method:
    """One line of the catalogue."""

    key: str
    """The file's name in `restorers.methods`, and the word used in CSVs, votes and weights files."""
    name: str
    paper: Paper
    undoes: frozenset[CorruptionKind]
    build: Callable[[Preset], Restorer]
    """Builds the method, with its shipped weights where it is learned; raises MissingWeights where there are none."""
    learned: bool
    note: str = ""
    """One sentence that the page shows under the name."""
    origin: Origin = "paper"
    shares: str = ""
    """Key of the method whose trunk a `derived` one shares; empty where it shares none."""
    revision: int = 1
    """Raised whenever code or constants change what the method paints with the same weights: rows, pictures, costs and votes
    of another revision are not mixed with today's."""

    weights: tuple[Path, ...] = ()
    """Files of its weights where they are not among those that ship."""
    state: str = ""
    """What stands for its weights where it has none here: another one is another method."""
    sends_to: str = ""
    """Host that faces are sent to; empty for a method that runs on this machine."""

    def applies_to(self, corrupted: Corrupted) -> bool:
        """Whether the method undoes any of the corruption at hand."""
        return bool(self.undoes & corrupted.kinds)


def check(corrupted: Corrupted) -> None:
    """Hold pictures to the convention.

    Raises:
        ValueError: naming what was expected and what came.
    """
    pixels, mask = corrupted.pixels, corrupted.mask
    if pixels.ndim != 4 or pixels.shape[1] != 3 or pixels.shape[2] != pixels.shape[3]:
        raise ValueError(f"expected pixels of shape (N, 3, S, S), got {tuple(pixels.shape)}")
    if mask.shape != (len(pixels), 1, *pixels.shape[2:]):
        raise ValueError(f"expected a mask (N, 1, S, S) for pixels {tuple(pixels.shape)}, got {tuple(mask.shape)}")
    if pixels.dtype != torch.float32 or mask.dtype != torch.float32:
        raise ValueError(f"expected float32 pixels and mask, got {pixels.dtype} and {mask.dtype}")
    if not bool(((pixels >= 0) & (pixels <= 1)).all()):
        raise ValueError("expected pixels in [0, 1]")
    if not bool(((mask == 0) | (mask == 1)).all()):
        raise ValueError("expected a mask of zeros and ones")
    points = corrupted.landmarks
    if points is not None and points.shape != (len(pixels), 5, 2):
        raise ValueError(f"expected landmarks of shape (N, 5, 2), got {tuple(points.shape)}")


def resized(corrupted: Corrupted, side: int) -> Corrupted:
    """The same faces at another side in pixels; a mask pixel is missing if any pixel that it covers is.

    Visible pixels are averaged over visible pixels alone: the occluder's colour does not bleed over the edge of its mask.
    """
    if corrupted.pixels.shape[-1] == side:
        return corrupted
    mask = corrupted.mask
    # max pooling first: nearest sampling would lose thin strokes and leak their colour into the visible part
    mask = (
        functional.adaptive_max_pool2d(mask, side)
        if mask.shape[-1] > side
        else functional.interpolate(mask, size=(side, side))
    )
    visible = 1 - corrupted.mask
    clean = _scaled(corrupted.pixels * visible, side) / _scaled(visible, side).clamp_min(1e-6)
    pixels = torch.where(mask > 0, _scaled(corrupted.pixels, side), clean)
    return Corrupted(pixels.clamp(0, 1), mask, corrupted.degraded, corrupted.landmarks)


def _scaled(pictures: Tensor, side: int) -> Tensor:
    return functional.interpolate(pictures, size=(side, side), mode="bilinear", antialias=True, align_corners=False)


def _finished(pixels: Tensor, side: int) -> Tensor:
    if not bool(torch.isfinite(pixels).all()):
        raise ValueError("the method returned pixels that are not finite")
    if pixels.shape[-1] != side:
        pixels = functional.interpolate(pixels, size=(side, side), mode="bicubic", antialias=True, align_corners=False)
    return pixels.float().clamp(0, 1)


def _composited(corrupted: Corrupted, restored: Tensor) -> Tensor:
    return restored if corrupted.degraded else torch.where(corrupted.mask > 0, restored, corrupted.pixels)
