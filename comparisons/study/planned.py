"""A trial that is decided and not yet shown."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from comparisons.study.fours import four
from comparisons.study.plan import Kind
from comparisons.study.vote import Vote

Pair = tuple[str, str]
"""Two catalogue keys in the order of the alphabet."""
Group = tuple[str, ...]
"""Two or four of them."""


@dataclass(frozen=True)
class Planned:
    """One trial, decided and not yet shown."""

    kind: Kind
    picture: str
    left: str
    """Catalogue key, `TRUTH` or `SPOILT`."""
    right: str
    others: tuple[str, ...] = ()
    """What is in the third and fourth place, where four are shown."""
    chance: float = 0.0
    """How likely the pair was to be drawn, where some are drawn more often than others; 0 = all alike."""
    follow_up: bool = False
    """Whether it is asked after a vote which part of the other side is worse."""

    @property
    def sides(self) -> tuple[str, ...]:
        """From the first place to the last."""
        return self.left, self.right, *self.others

    @property
    def pair(self) -> Pair:
        """The first two sides, whichever is left."""
        return pair_of(self.left, self.right)

    @property
    def group(self) -> Group:
        """What is shown, in whatever place."""
        return tuple(sorted(self.sides))


@dataclass
class Given:
    """A trial in a rater's history."""

    planned: Planned
    answered: bool = False
    counts: bool = True
    """Whether it stands in the counts that trials are balanced by: not once it was skipped or has expired."""


class Guide(Protocol):
    """Knows from the votes so far which pairs are wanted, and whether any are."""

    def take(self, votes: Iterable[Vote]) -> None:
        """Take up votes, of whatever study and kind, as the log holds them."""

    def forget(self, gone: Collection[str]) -> None:
        """Drop the votes of the raters with these digests."""

    def likely(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """How likely each pair is to be drawn, adding up to 1."""

    @property
    def enough(self) -> bool:
        """Whether nobody has to be asked any more."""


def pair_of(one: str, other: str) -> Pair:
    """Two keys in the order of the alphabet."""
    return (one, other) if one < other else (other, one)


def seated(sides: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    """What is on the left, on the right, and in further places."""
    return sides[0], sides[1], tuple(sides[2:])


def replayed(vote: Vote) -> Planned:
    """The trial that a row of the log is about."""
    answer = four(vote)
    sides = (vote.left, *vote.right.split("+")) if answer is None else answer.shown
    return Planned(vote.kind, vote.picture, *seated(sides))
