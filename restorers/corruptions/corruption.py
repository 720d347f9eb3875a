"""One corruption of one face: what covers it and what a bad camera did to it, as data that a JSON recipe can hold.

**Order: the face is degraded first and occluded last**, so that the hole keeps its hard edge and the mask stays exact.
The mask marks what the occluder changed and nothing else.
"""

import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorers.contract import BadMask, Corrupted, CorruptionKind, Problem
from restorers.corruptions import degradations, masks, occluders
from restorers.corruptions.pose import TEMPLATE
from restorers.sentences import Sentence

Place = Literal["random", "eyes", "nose", "mouth"]

OCCLUDERS: tuple[str, ...] = (
    "none",
    "rectangle",
    "drawn",
    "strokes",
    *occluders.OCCLUDER_NAMES,
    *occluders.LIFELIKE_NAMES,
)
"""Everything that can cover a face."""
DEGRADATIONS: tuple[str, ...] = ("none", *degradations.LEVELS)
"""Everything that a bad camera can do."""
PLACES: tuple[str, ...] = get_args(Place)

DEFAULT_RATIOS = (0.20, 0.30)
"""Area of a rectangle or of strokes as a fraction of the picture, where nothing else is asked."""
LARGEST_RATIO = 0.6
"""Beyond this the paper's protocol has no bin, and too little face is left to go by."""

_PARTS: dict[str, tuple[tuple[int, ...], float]] = {
    "eyes": ((0, 1), 2.0),
    "nose": ((0, 1, 2, 2, 2), 1.0),
    "mouth": ((3, 4), 1.6),
}
"""The points whose mean is the middle of a part of the face, and width over height of a box over it."""


@dataclass(frozen=True)
class Corruption:
    """What to do to a face; the same corruption of the same face gives the same pixels."""

    occluder: str = "rectangle"
    """One of `OCCLUDERS`."""
    degradation: str = "none"
    """One of `DEGRADATIONS`."""
    seed: int = 0
    """Seed of every random choice."""
    low: float | None = None
    """Smallest area of a rectangle or of strokes, as a fraction of the picture; None = `DEFAULT_RATIOS`."""
    high: float | None = None
    """Largest area; low == high asks for exactly that ratio. Objects keep their natural size, whatever is asked."""
    place: str = "random"
    """One of `PLACES`: where a rectangle goes. Objects go where they belong."""

    def __post_init__(self) -> None:
        _among("occluder", self.occluder, OCCLUDERS)
        _among("degradation", self.degradation, DEGRADATIONS)
        _among("place", self.place, PLACES)
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise Problem(
                "The seed must be a whole number from 0 up, but it is {seed!r}; choose another.", seed=self.seed
            )
        if (self.low is None) != (self.high is None):
            raise Problem("The smallest and the largest occlusion ratio belong together; give both or neither.")
        if not all(_is_number(ratio) for ratio in (self.low, self.high) if ratio is not None):
            raise Problem(
                "Occlusion ratios must be numbers, but they are {low!r} and {high!r}; choose others.",
                low=self.low,
                high=self.high,
            )
        low, high = self.ratios
        if not 0 < low <= high <= LARGEST_RATIO:
            raise Problem(
                "The occlusion ratio must lie above 0 and at most at {most:.0%}, smallest first, but {low:.1%} "
                "to {high:.1%} was asked; choose another.",
                most=LARGEST_RATIO,
                low=low,
                high=high,
            )

    @property
    def ratios(self) -> tuple[float, float]:
        """Smallest and largest area of a rectangle or of strokes."""
        return DEFAULT_RATIOS if self.low is None or self.high is None else (self.low, self.high)

    @property
    def kinds(self) -> frozenset[CorruptionKind]:
        """What has to be undone in a face corrupted like this."""
        return kinds_of(self.occluder, self.degradation)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON can hold it."""
        return asdict(self)

    @staticmethod
    def from_dict(recipe: Mapping[str, Any]) -> "Corruption":
        """Read a recipe back.

        Raises:
            Problem: if it holds a key or a value that nothing here understands.
        """
        known = [field.name for field in fields(Corruption)]
        unknown = sorted(set(recipe) - set(known))
        if unknown:
            named = ", ".join(repr(str(key)[:40]) for key in unknown[:5])
            raise Problem(
                "The recipe holds {named}, which nothing reads; use only {known}.", named=named, known=", ".join(known)
            )
        return Corruption(**recipe)


def kinds_of(occluder: str, degradation: str) -> frozenset[CorruptionKind]:
    """What has to be undone where these were done, whether or not this version can still do them."""
    missing = {CorruptionKind.MISSING} if occluder != "none" else set()
    return frozenset(missing | ({CorruptionKind.DEGRADED} if degradation != "none" else set()))


def apply(
    corruption: Corruption, truth: Tensor, landmarks: Tensor | None = None, drawn: Tensor | None = None
) -> Corrupted:
    """Corrupt one face.

    Args:
        corruption: what to do.
        truth: (1, 3, S, S) RGB in [0, 1].
        landmarks: (1, 5, 2) fractions of the side, on which occluders hang; None puts them where FFHQ's alignment puts the
            face. They are of the clean face, so methods are not told: they must not know about what is hidden.
        drawn: (1, 1, S, S), above 0.5 = covered: the mask of a brush or an upload, for the occluder `drawn`.

    Returns:
        The corrupted face; its mask marks exactly the pixels that the occluder changed.

    Raises:
        BadMask: if the drawn mask is not there or has another size, nothing is left visible, or there is nothing to do.
    """
    if truth.ndim != 4 or truth.shape[0] != 1 or truth.shape[1] != 3 or truth.shape[2] != truth.shape[3]:
        raise ValueError(f"expected one face of shape (1, 3, S, S), got {tuple(truth.shape)}")
    pixels = truth.float()
    degraded = corruption.degradation != "none"
    if degraded:
        level = next(level for level in degradations.LEVELS if level == corruption.degradation)
        pixels = degradations.apply(pixels, degradations.draw(level, _generator(corruption.seed, "degradation")))
    pixels, mask = _occluded(corruption, pixels, landmarks, drawn)
    _check_leaves_work(mask, degraded)
    return Corrupted(pixels, mask, degraded)


def _occluded(
    corruption: Corruption, pixels: Tensor, landmarks: Tensor | None, drawn: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The face under its occluder, and the mask."""
    generator = _generator(corruption.seed, "occluder")
    side = pixels.shape[-1]
    if corruption.occluder in occluders.OCCLUDER_NAMES + occluders.LIFELIKE_NAMES:
        placed = occluders.place(corruption.occluder, generator, side, _points(landmarks), pixels[0])
        return occluders.composite(pixels, placed), placed.mask[None].to(pixels)
    if corruption.occluder == "none":
        mask = torch.zeros(1, 1, side, side)
    elif corruption.occluder == "drawn":
        mask = _checked(drawn, side)
    elif corruption.occluder == "strokes":
        mask = masks.strokes(generator, side, *corruption.ratios)
    else:
        mask = _rectangle(corruption, generator, side, _points(landmarks))
    mask = mask.to(pixels)
    return pixels * (1 - mask), mask


def _rectangle(
    corruption: Corruption, generator: np.random.Generator, side: int, points: NDArray[np.float32]
) -> Tensor:
    low, high = corruption.ratios
    if corruption.place == "random":
        return masks.rectangle(generator, side, low, high)
    ratio = float(generator.uniform(low, high)) if low < high else low
    rows, aspect = _PARTS[corruption.place]
    x, y = points[list(rows)].mean(axis=0)
    return masks.rectangle_at(side, ratio, (float(x), float(y)), aspect)


def _points(landmarks: Tensor | None) -> NDArray[np.float32]:
    """(5, 2): the face's own points, else the template's."""
    if landmarks is None:
        return TEMPLATE
    if landmarks.shape != (1, 5, 2):
        raise ValueError(f"expected landmarks of shape (1, 5, 2), got {tuple(landmarks.shape)}")
    points: NDArray[np.float32] = landmarks[0].detach().cpu().float().numpy()
    return points


def _checked(drawn: Tensor | None, side: int) -> Tensor:
    if drawn is None:
        raise BadMask("No mask has been drawn or uploaded; paint over the part to hide, or choose another occluder.")
    if drawn.shape != (1, 1, side, side):
        height, width = drawn.shape[-2:]
        raise BadMask(
            "The mask must be as large as the face, {side} x {side} pixels, but it is {width} x {height}; "
            "upload one of that size.",
            side=side,
            width=width,
            height=height,
        )
    return (drawn > 0.5).float()


def _check_leaves_work(mask: Tensor, degraded: bool) -> None:
    if bool((mask > 0).all()):
        raise BadMask(
            "The mask covers the whole picture and leaves nothing to go by; leave a part of the face visible."
        )
    if not degraded and not bool((mask > 0).any()):
        raise BadMask(
            "Nothing is masked and nothing is degraded, so nothing is to restore; choose an occluder or a degradation."
        )


def _generator(seed: int, purpose: str) -> np.random.Generator:
    """A stream of its own per purpose, so that adding a degradation does not move the occluder."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _among(what: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise Problem(
            "{value!r} is no {what} that is known here; choose one of {allowed}.",
            value=str(value)[:40],
            what=Sentence(what),
            allowed=", ".join(allowed),
        )
