"""Who votes in a simulated study, and which numbers make a study at all."""

import math
from dataclasses import dataclass
from typing import Final

from restorers.contract import Problem

MOST_METHODS: Final = 100
MOST_RATERS: Final = 10_000
MOST_STUDIES: Final = 10_000
MOST_TASTE: Final = 10.0
MOST_SEED: Final = 2**32
"""What is surely a slip of the finger lies beyond."""


class BadNumber(Problem):
    """A study that nobody can simulate."""


@dataclass(frozen=True)
class Crowd:
    """Who votes, and how."""

    raters: int
    """At least 2: one alone says nothing about how raters differ."""
    careless: int = 0
    """Of the raters: answer at random, quickly enough not to be told by the time."""
    left_bias: float = 0.0
    """Added to the left side's strength."""
    taste: float = 0.0
    """Standard deviation by which each rater's strengths differ from the true ones."""

    def __post_init__(self) -> None:
        """Refuse a crowd that cannot vote.

        Raises:
            BadNumber: naming the number, what was expected and what came.
        """
        check("a number of raters", self.raters, 2, MOST_RATERS)
        check("a number of careless raters", self.careless, 0, self.raters)
        check("a spread of the raters' own strengths", self.taste, 0, MOST_TASTE)


def check(name: str, number: float, least: float, most: float = math.inf) -> None:
    """Refuse a number that makes no study.

    Args:
        name: of what it is, with its article.
        number: as it came; NaN is refused.
        least: that will do.
        most: that will do.

    Raises:
        BadNumber: naming it, what was expected and what came.
    """
    if not least <= number <= most:
        reach = f"from {least} to {most}" if math.isfinite(most) else f"from {least} up"
        raise BadNumber(f"expected {name} {reach}, got {number}; choose another one")
