"""Strengths by hidden area and by kind of corruption: what people say of a method where little is missing, and where much is.

Each cell (a bin of the occlusion ratio, or a scenario) is fitted on its own, with intervals clustered on raters and on faces as those of
the whole study. Strengths of all cells are distances from the mean of the same methods, the study's reference, so that they can be
compared; where one of them has no vote in a cell, there is no comparison to draw, and nothing is said. Methods that cannot undo what a
cell's faces suffer from are never shown on them: there the mean is that of the others.

Bins are of masks whose area was chosen, on faces that are not degraded besides, where a study has such: worn things are each of about
one size, so that among them the hidden area is another word for the object.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from typing import Final, Literal

import numpy as np

from comparisons.ranking import bradley_terry, namesakes
from comparisons.ranking.common_faces import able, kinds_in
from comparisons.ranking.estimating import estimated
from comparisons.ranking.standings import Ranking, interval_words
from comparisons.scenarios import menu
from comparisons.study.vote import Vote
from restorers.contract import CorruptionKind

Kind = Literal["bin", "scenario"]
LEAST_VOTES: Final = 20
"""Of a cell: fewer say nothing that an interval could hold."""
OTHER: Final = "other"
"""A corruption that is on no menu."""


@dataclass(frozen=True)
class CellStanding:
    """A method in one cell; the fields are the columns of the table."""

    kind: Kind
    cell: str
    """Bin or scenario, by name."""
    ratio: float
    """Mean hidden share of the votes in the cell, 0 to 1."""
    method: str
    strength: float
    """Against the mean of the study's reference, in the same cell; of those among them that can undo its corruption."""
    low: float
    """Ends of the 95 % interval; infinite where the votes set no limit."""
    high: float
    votes: int
    """Of this method in the cell."""
    raters: int
    """Of the cell."""
    preliminary: bool
    """Whether the votes or raters are fewer than the plan asks for of a whole ranking."""

    @property
    def interval(self) -> str:
        """Its ends in words."""
        return interval_words(self.low, self.high)


def by_ratio(ranking: Ranking) -> tuple[CellStanding, ...]:
    """Every cell that its votes can tell about.

    Args:
        ranking: of a study.

    Returns:
        Bins first, from the least hidden to the most, then scenarios by name; in each the methods in the ranking's order.
    """
    votes = namesakes.told_apart(ranking.sifted.votes)
    return tuple(line for kind, name, inside in cells(votes) for line in _cell(kind, name, inside, ranking))


def cells(votes: Sequence[Vote]) -> Iterator[tuple[Kind, str, Sequence[Vote]]]:
    """The votes of each cell: bins first, from the least hidden to the most, then scenarios by name."""
    kinds: dict[Kind, Sequence[Vote]] = {"bin": _over_area(votes), "scenario": votes}
    for kind, told in kinds.items():
        found: defaultdict[str, list[Vote]] = defaultdict(list)
        for vote in told:
            found[bin_of(vote) if kind == "bin" else scenario_of(vote.corruption)].append(vote)
        found.pop("", None)
        yield from ((kind, name, inside) for name, inside in sorted(found.items()))


def by_ratio_csv(standings: Sequence[CellStanding]) -> str:
    """The cells as CSV, one line a method and cell."""
    rows = [[_written(value) for value in astuple(standing)] for standing in standings]
    return "\n".join(",".join(row) for row in [[field.name for field in fields(CellStanding)], *rows]) + "\n"


def bin_of(vote: Vote) -> str:
    """The bin that a vote's face was corrupted in, or the one that its hidden share lies in; empty where none does."""
    told = _told(vote.corruption)
    drawn = (told.get("low"), told.get("high"))
    for one in menu.RATIO_BINS:
        if tuple(one) == drawn or (None in drawn and one.low <= vote.ratio < one.high):
            return str(one)
    return ""


@cache
def scenario_of(corruption: str) -> str:
    """The scenario of the menu that a row's corruption is of."""
    told = _told(corruption)
    asked = (told.get("occluder", ""), told.get("degradation", ""))
    for known in menu.SCENARIOS:
        if not known.shape and (known.occluder, known.degradation) == asked:
            return known.name
    return OTHER


def _over_area(votes: Sequence[Vote]) -> Sequence[Vote]:
    """Votes among which the hidden area is what differs, where there are any; else all of them."""
    return [vote for vote in votes if _is_sized(vote.corruption)] or votes


@cache
def _is_sized(corruption: str) -> bool:
    return _told(corruption).get("low") is not None and CorruptionKind.DEGRADED not in kinds_in(corruption)


@cache
def _told(corruption: str) -> Mapping[str, object]:
    return dict(json.loads(corruption))


def _cell(kind: Kind, name: str, votes: Sequence[Vote], ranking: Ranking) -> list[CellStanding]:
    # by id: the order of the log shall not matter, to the last digit
    ordered = sorted(votes, key=lambda vote: vote.vote)
    raters = len({vote.rater for vote in votes})
    if len(ordered) < LEAST_VOTES or raters < 2:
        return []
    try:
        told = estimated(ordered, ranking.plan, able(ranking.reference, ordered))
    except bradley_terry.NotConnected:
        return []
    counts = dict(zip(told.names, map(int, told.votes), strict=True))
    ratio = float(np.mean([vote.ratio for vote in ordered]))
    return [
        CellStanding(
            kind=kind,
            cell=name,
            ratio=ratio,
            method=method,
            strength=float(told.found.strengths[index]),
            low=float(told.found.ends.low[index]),
            high=float(told.found.ends.high[index]),
            votes=counts[method],
            raters=raters,
            preliminary=counts[method] < ranking.plan.preliminary_votes or raters < ranking.plan.preliminary_raters,
        )
        for method in ranking.methods
        if method in told.names
        for index in (told.names.index(method),)
    ]


def _written(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
