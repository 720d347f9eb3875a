"""The menu: named corruptions at graded occlusion ratios and severities, as data.

A scenario and a bin say what kind of corruption a face gets; the picture's name and the run's seed say which corruption
exactly. So each method meets the same corruption, whoever runs it and in whatever order.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, NamedTuple

from restorers.contract import Problem
from restorers.corruptions.corruption import Corruption
from restorers.corruptions.occluders import LIFELIKE_NAMES, OCCLUDER_NAMES

NO_BIN: Final = "-"
"""What a table holds in place of a bin where a scenario has no occlusion ratio to choose."""


class UnknownScenario(Problem):
    """No scenario, or no bin of it, has this name."""


class Bin(NamedTuple):
    """A range of occlusion ratios, as fractions of the picture's area; the area is drawn uniformly in it."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.2f}-{self.high:.2f}"


RATIO_BINS: Final = (
    Bin(0.05, 0.10),
    Bin(0.10, 0.15),
    Bin(0.15, 0.20),
    Bin(0.20, 0.30),
    Bin(0.30, 0.40),
    Bin(0.40, 0.50),
)
MIDDLE_BIN: Final = Bin(0.20, 0.30)
"""The bin that goes with a degradation, and the one that headline figures quote."""


@dataclass(frozen=True)
class Scenario:
    """One kind of corruption."""

    name: str
    label: str
    occluder: str
    """A name that `restorers.corruptions` knows; `none` leaves every pixel visible."""
    degradation: str
    """`none`, `light`, `medium` or `severe`."""
    bins: tuple[Bin, ...] = ()
    """Empty where there is no ratio to choose: nothing is occluded, or the occluder has a size of its own."""
    shape: str = ""
    """A key of `comparisons.scenarios.shapes.SHAPES` where that draws the mask; the occluder is `drawn` then."""
    needs_face: bool = False
    """Whether the corruption hangs on the face's own landmarks; a picture without them gets none of it."""

    @property
    def bin_names(self) -> tuple[str, ...]:
        """The bins as tables write them; a scenario without bins has the one name `NO_BIN`."""
        return tuple(map(str, self.bins)) or (NO_BIN,)


_LABELS: Final = {
    "sunglasses_tinted": "tinted sunglasses",
    "surgical_mask_worn": "fitted surgical mask",
    "cap_low": "cap worn low",
    "hand_relaxed": "relaxed hand",
    "hair_loose": "loose hair",
}


def _shaped(name: str, label: str, needs_face: bool = False) -> Scenario:
    return Scenario(name, label, "drawn", "none", shape=name, needs_face=needs_face)


def _object(name: str) -> Scenario:
    return Scenario(name, _LABELS.get(name, name.replace("_", " ")), name, "none", needs_face=True)


def _degraded(level: str) -> tuple[Scenario, Scenario]:
    return (
        Scenario(f"degraded_{level}", f"{level} degradation", "none", level),
        Scenario(f"degraded_{level}_rectangle", f"{level} degradation and a box", "rectangle", level, (MIDDLE_BIN,)),
    )


DEFAULT: Final = "rectangle"
"""One black axis-aligned box wholly inside the picture, aspect log-uniform in [1/2, 2], place uniform, area uniform in
the bin, one per picture and bin. Page and benchmark start from it, and it never changes, so figures stay comparable."""

SCENARIOS: Final = (
    Scenario(DEFAULT, "a black box", "rectangle", "none", RATIO_BINS),
    _shaped("zhou_lu", "Zhou & Lu's black box"),
    Scenario("strokes", "brush strokes", "strokes", "none", RATIO_BINS),
    _shaped("thick", "LaMa's thick mask"),
    _shaped("medium", "LaMa's medium mask"),
    *map(_object, OCCLUDER_NAMES),
    _shaped("half_face", "one half of the face", needs_face=True),
    *_degraded("light"),
    *_degraded("medium"),
    *_degraded("severe"),
    *map(_object, LIFELIKE_NAMES),
)

GIVEN: Final = Scenario("given", "masks from a folder", "drawn", "none")
"""Masks that somebody else made, one a picture (`comparisons.scenarios.given`); not on the menu, for it needs their folder."""


def scenario(name: str) -> Scenario:
    """Look a scenario up.

    Raises:
        UnknownScenario: if none has this name.
    """
    for found in (*SCENARIOS, GIVEN):
        if found.name == name:
            return found
    raise UnknownScenario(f"There is no scenario {name!r}; choose from {', '.join(known.name for known in SCENARIOS)}.")


def draw(chosen: Scenario, bin_name: str, picture: str, seed: int, placement: int = 0) -> Corruption:
    """The corruption that one picture gets.

    Args:
        chosen: the kind of corruption.
        bin_name: one of `chosen.bin_names`.
        picture: the picture's name.
        seed: the run's seed.
        placement: counts further corruptions of the same kind, where one picture gets several.

    Returns:
        The same corruption for the same arguments, on any machine.

    Raises:
        UnknownScenario: if the scenario has no such bin.
    """
    if bin_name not in chosen.bin_names:
        known = ", ".join(chosen.bin_names)
        raise UnknownScenario(f"The scenario {chosen.name!r} has no bin {bin_name!r}; choose from {known}.")
    drawn = derive_seed(seed, picture, chosen.name, bin_name, placement)
    found = next((ratios for ratios in chosen.bins if str(ratios) == bin_name), None)
    return Corruption(
        occluder=chosen.occluder,
        degradation=chosen.degradation,
        seed=drawn,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
    )


def derive_seed(*parts: str | int) -> int:
    """A seed that depends on all parts and on nothing else: not on the machine, the process or the order of the work.

    Args:
        parts: names and numbers; their order counts, and (1, "2") differs from (12,) and from ("1", 2).

    Returns:
        A number in [0, 2^31): the narrowest seed that a library in use takes.

    Example:
        >>> derive_seed(0, "face.png", "rectangle") == derive_seed(0, "face.png", "rectangle")
        True
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
