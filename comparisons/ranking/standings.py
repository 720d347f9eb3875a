"""From a log of votes to a ranking: who is counted, strengths with intervals, and how sure the order is.

Only blind votes that pass the plan's rules count, on faces that all methods can be shown on; a tie and "both bad" are
ties. Methods are ordered by the lower end of
their interval, so that a method has to earn its place with votes: three wins of three are compatible with next to any
strength, and lead nobody. A method with too few votes is preliminary: it has no place, and comes below those that have
one. How intervals are made is told in `comparisons.ranking.intervals`, when an order is called stable in `comparisons.ranking.stability`.
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from comparisons.metrics.scorer import COLUMNS
from comparisons.ranking import adaptive, agreement, namesakes, stability
from comparisons.ranking.agreement import MetricAgreement, Scored
from comparisons.ranking.bradley_terry import Floats, PairCounts
from comparisons.ranking.common_faces import on_common_faces
from comparisons.ranking.estimating import Estimated, estimated
from comparisons.ranking.exclusions import Sifted, nothing_left, sift, with_pool
from comparisons.ranking.intervals import Estimate, Flags
from comparisons.ranking.rater_reliability import reliabilities
from comparisons.ranking.stability import Stability
from comparisons.records.journal import BadTable
from comparisons.records.statistics import Interval
from comparisons.study import pool
from comparisons.study.plan import StudyPlan
from comparisons.study.vote import Vote
from restorers.contract import Problem
from restorers.sentences import Sentence

UNKNOWN: Final = "not known yet"
"""Said of what too few votes cannot tell."""
STABLE: Final = "stable"
LOOSE: Final = "could change"
"""Said of a place that some rater's absence takes away."""
_FAR: Final = 1e3
"""Margin of a method without a lower end, and half that of a preliminary one: below all others, whoever is left out."""


class NoVotes(Problem):
    """There is nothing to rank."""


@dataclass(frozen=True)
class Standing:
    """One line of the ranking."""

    method: str
    strength: float
    """Natural logarithm of odds against the mean of the reference, see `comparisons.ranking.bias_reduction`."""
    low: float
    """Ends of the 95 % interval; infinite where the votes set no limit (a method that never lost, or never won), NaN where
    fewer than two raters or pictures are behind it."""
    high: float
    votes: int
    wins: int
    losses: int
    ties: int
    preliminary: bool
    """Too few votes or raters to be relied upon, as the plan defines it."""
    place: int | None = None
    """From 1; a preliminary method has none."""
    stable: bool = False
    """Whether no rater's absence, nor that of the 1 % that matter most, takes it past another method."""

    @property
    def estimate(self) -> str:
        """The strength in words; nothing where it is the ridge's doing."""
        return f"{self.strength:+.2f}" if np.isfinite([self.low, self.high]).all() else "–"

    @property
    def interval(self) -> str:
        """Its ends in words."""
        return interval_words(self.low, self.high)

    @property
    def stability(self) -> str:
        """The same of the place, in words."""
        return STABLE if self.stable else LOOSE


@dataclass(frozen=True)
class RaterLine:
    """How one rater's counted votes stand to those of all others; see `comparisons.ranking.stability`."""

    rater: str
    votes: int
    deviation: float
    """Standardised log-likelihood under the others' fit; NaN where it cannot be told."""
    largest_shift: float
    """Largest change of a strength without this rater."""
    changes_order: bool
    """Whether the order is another one without this rater."""
    reliability: float
    """Share of votes given after looking, see `comparisons.ranking.rater_reliability`; reported, and weighs nothing."""


@dataclass(frozen=True)
class Ranking:
    """What a study's votes say."""

    plan: StudyPlan
    standings: tuple[Standing, ...]
    """Best first, by the lower end of the interval; preliminary methods, which have no place, below the others."""
    methods: tuple[str, ...]
    """In the order of the standings; rows and columns of `table`."""
    table: PairCounts
    sifted: Sifted
    apart: int
    """Votes of these that are on faces which only some methods can undo: they count in `comparisons.ranking.by_ratio` alone."""
    raters: int
    tie_rate: float
    left_share: Interval | None
    consistency: Interval | None
    alpha: float
    metrics: tuple[MetricAgreement, ...]
    reference: tuple[str, ...]
    """Methods whose mean strength is 0."""
    left_out: int
    """Raters left out together, at the most, to see whether the order is stable."""
    first_hangs_on: int | None
    """Fewest raters found without whom another method is first; None if not even half of them are enough."""
    rater_lines: tuple[RaterLine, ...]
    """By how far they deviate, furthest first."""

    @property
    def stable(self) -> bool:
        """Whether the whole order is the same without any rater, and without the 1 % that matter most."""
        return all(standing.stable for standing in self.standings)

    @property
    def win_shares(self) -> list[list[float | None]]:
        """How often the row beats the column, ties counting half; None where they never met."""
        shares = self.table.wins + self.table.ties / 2
        met = self.table.compared
        size = range(len(self.methods))
        return [[float(shares[i, j] / met[i, j]) if met[i, j] else None for j in size] for i in size]


def interval_words(low: float, high: float) -> str:
    """The ends of an interval in words, as far as the votes set limits."""
    ends = np.isfinite([low, high])
    if ends.all():
        return Sentence("{low:+.2f} to {high:+.2f}", low=low, high=high)
    if ends[0]:
        return Sentence("from {low:+.2f}", low=low)
    return Sentence("up to {high:+.2f}", high=high) if ends[1] else UNKNOWN


def rank(log: Sequence[Vote], plan: StudyPlan, scores: Mapping[Scored, Mapping[str, float]] | None = None) -> Ranking:
    """Rank the methods of one study.

    Args:
        log: votes of any study.
        plan: of the study.
        scores: of the results that were judged, for the agreement of measures with people; see `read_scores`.

    Returns:
        The same ranking for the same votes, in whatever order they come.

    Raises:
        NoVotes: if no vote counts.
        NotConnected: if the votes leave groups of methods uncompared with each other.
        SeveralPools: if the plan names no pool of faces and there are votes on several.
    """
    plan = with_pool(log, plan)
    sifted = sift(log, plan)
    # by id: the order of the log shall not matter, to the last digit
    every = sorted(sifted.votes, key=lambda vote: vote.vote)
    given = on_common_faces(every)
    counted = namesakes.told_apart(given)
    if not counted:
        raise NoVotes(nothing_left(sifted))
    told = estimated(counted, plan, stopped=adaptive.stopped(given, plan))
    estimate, names, raters = told.found, told.names, told.raters
    paired = plan.task == "pair"
    table = estimate.table
    preliminary = (told.votes < plan.preliminary_votes) | (len(raters) < plan.preliminary_raters)
    margins = _margins(estimate, preliminary)
    swayed = stability.assess(told.judgements, len(names), estimate.best, margins, estimate.zero, plan.ridge)
    standings = [
        _standing(told, index, bool(preliminary[index]), bool(swayed.stable[index])) for index in range(len(names))
    ]
    order = sorted(range(len(names)), key=lambda index: _place(standings[index]))
    return Ranking(
        plan=plan,
        standings=tuple(_with_places([standings[index] for index in order])),
        methods=tuple(names[index] for index in order),
        table=PairCounts(table.wins[np.ix_(order, order)], table.ties[np.ix_(order, order)]),
        sifted=sifted,
        apart=len(sifted.votes) - len(counted),
        raters=len(raters),
        tie_rate=agreement.tie_rate(counted),
        left_share=agreement.left_share(counted, plan.seed) if paired else None,
        consistency=agreement.self_consistency(every, sifted.repeats, plan.seed) if paired else None,
        alpha=agreement.alpha_of_votes(told.pairs),
        metrics=agreement.metric_agreement(given if paired else told.pairs, scores or {}, plan.seed),
        reference=tuple(names[index] for index in estimate.zero),
        left_out=swayed.left_out,
        first_hangs_on=swayed.first_hangs_on,
        rater_lines=_rater_lines(
            counted, raters, swayed, reliabilities(told.judgements, len(names), estimate.best, plan.ridge)
        ),
    )


def read_scores(folder: Path) -> dict[Scored, dict[str, float]]:
    """The measures of a pool's results.

    Args:
        folder: a pool that `python -m comparisons.study` measured; one without scores gives none.

    Raises:
        BadTable: if a score is no number.
    """
    path = folder / pool.SCORES
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {
            (row.pop("picture"), row.pop("corruption"), row.pop("method"), row.pop("weights", None) or ""): {
                key: _score(row[key], key, path, number) for key in COLUMNS if row.get(key) not in (None, "", "nan")
            }
            for number, row in enumerate(csv.DictReader(file), start=2)
        }


def _score(value: str, column: str, path: Path, line: int) -> float:
    try:
        return float(value)
    except ValueError:
        raise BadTable(
            "expected a number in column {column} of line {line} of {file}, got {value!r}; measure the pool "
            "again: python -m comparisons.study score {folder}",
            column=column,
            line=line,
            file=path.name,
            value=value,
            folder=path.parent,
        ) from None


def _margins(estimate: Estimate, preliminary: Flags) -> Floats:
    """How far that which orders each method (see `_place`) lies below the likeliest strength, from which raters are left out."""
    strengths, ends = estimate.best.strengths - estimate.best.strengths[estimate.zero].mean(), estimate.ends
    known = np.where(np.isnan(ends.low), 0.0, strengths - np.where(np.isfinite(ends.low), ends.low, 0.0))
    margins: Floats = np.where(np.isneginf(ends.low), _FAR, known) + 2 * _FAR * preliminary
    return margins


def _standing(told: Estimated, index: int, preliminary: bool, stable: bool) -> Standing:
    table, ends = told.found.table, told.found.ends
    return Standing(
        method=told.names[index],
        strength=float(told.found.strengths[index]),
        low=float(ends.low[index]),
        high=float(ends.high[index]),
        votes=int(told.votes[index]),
        wins=int(table.wins[index].sum()),
        losses=int(table.wins[:, index].sum()),
        ties=int(table.ties[index].sum()),
        preliminary=preliminary,
        stable=stable,
    )


def _place(standing: Standing) -> tuple[bool, float, float, str]:
    # without an interval there is only the strength to go by
    low = standing.strength if np.isnan(standing.low) else standing.low
    return standing.preliminary, -low, -standing.strength, standing.method


def _with_places(standings: Sequence[Standing]) -> list[Standing]:
    return [
        standing if standing.preliminary else replace(standing, place=place)
        for place, standing in enumerate(standings, start=1)
    ]


def _rater_lines(
    counted: Sequence[Vote], raters: Sequence[str], swayed: Stability, looked: Floats
) -> tuple[RaterLine, ...]:
    votes = Counter(vote.rater for vote in counted)
    lines = [
        RaterLine(rater, votes[rater], float(deviation), float(shift), bool(changes), float(share))
        for rater, deviation, shift, changes, share in zip(
            raters, swayed.deviation, swayed.shift, swayed.changes, looked, strict=True
        )
    ]
    return tuple(sorted(lines, key=lambda line: (np.nan_to_num(line.deviation), line.rater)))
