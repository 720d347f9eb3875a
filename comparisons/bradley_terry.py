"""Strengths from pairwise votes: the Bradley-Terry model with Davidson's ties and a small ridge.

With strengths s (natural logarithm of odds) and a tie parameter nu, of two methods with difference d = s_i - s_j

    P(i wins) : P(j wins) : P(tie)  =  exp(d / 2) : exp(-d / 2) : nu

A ridge pulls strengths towards their mean, so a method that never lost keeps a finite one. Nothing is said where the
graph of comparisons falls into parts: between them the votes hold no information, and the ridge would invent some.

References:
    Bradley & Terry, Rank analysis of incomplete block designs, Biometrika 39, 1952.
    Davidson, On extending the Bradley-Terry model to accommodate ties, JASA 65, 1970, eq. (2.4).
    Cameron, Gelbach & Miller, Robust inference with multiway clustering, J. Business & Econ. Statistics 29, 2011,
    eq. (2.11): variance clustered two ways = one way + other way - both at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from comparisons.plan import Z
from restorers.contract import Problem

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class NotConnected(Problem):
    """Methods that no chain of votes connects cannot be ranked against each other."""


@dataclass(frozen=True)
class Judgements:
    """Votes as arrays of the same length, one entry per vote."""

    left: Integers
    """Index of the method on the left."""
    right: Integers
    outcome: Integers
    """0 left is better, 1 right is better, 2 a tie."""
    rater: Integers
    """Index of who said so."""
    picture: Integers
    """Index of the face."""


@dataclass(frozen=True)
class Table:
    """How often who beat whom; k methods."""

    wins: Floats
    """(k, k): how often the row beat the column."""
    ties: Floats
    """(k, k), symmetric: how often the two were tied."""

    @property
    def compared(self) -> Floats:
        """(k, k), symmetric: votes on each pair."""
        return self.wins + self.wins.T + self.ties


@dataclass(frozen=True)
class Fit:
    """What the model makes of a table."""

    strengths: Floats
    """(k,), adding up to 0."""
    nu: float
    """Tie parameter; 0 where there were no ties."""


def tabulate(judgements: Judgements, count: int, weights: Floats | None = None) -> Table:
    """Count the votes.

    Args:
        judgements: n votes.
        count: number of methods.
        weights: (n,) how often each vote counts; None = once.

    Returns:
        A table; swapping left and right of a vote together with its outcome does not change it.
    """
    one, other, outcome = judgements.left, judgements.right, judgements.outcome
    once = np.ones(len(one)) if weights is None else weights
    winner, loser = np.where(outcome == 1, other, one), np.where(outcome == 1, one, other)
    decided = outcome != 2
    wins = _counted(winner[decided], loser[decided], once[decided], count)
    ties = _counted(one[~decided], other[~decided], once[~decided], count)
    return Table(wins, ties + ties.T)


def check_connected(table: Table, names: Sequence[str]) -> None:
    """Refuse a table that falls into parts.

    Args:
        table: of the votes.
        names: of the methods, in their order.

    Raises:
        NotConnected: naming the parts.
    """
    parts, of = connected_components(csr_array(table.compared > 0), directed=False)
    if parts > 1:
        groups = [", ".join(name for name, part in zip(names, of, strict=True) if part == one) for one in range(parts)]
        raise NotConnected(
            "No ranking yet: no votes connect these groups of methods: " + " | ".join(groups) + "; collect more votes."
        )


def fit(table: Table, ridge: float, start: Fit | None = None) -> Fit:
    """The strengths that make the votes most likely, less the ridge.

    Args:
        table: of the votes.
        ridge: weight of half the sum of squared strengths, above 0.
        start: where to begin; the end is the same, sooner.

    Returns:
        Strengths and tie parameter; the order of the votes does not matter.
    """
    count = len(table.wins)
    rows, columns = np.nonzero(np.triu(table.compared, 1))
    won, lost, tied = table.wins[rows, columns], table.wins[columns, rows], table.ties[rows, columns]
    has_ties = bool(tied.any())
    all_ = won + lost + tied

    def loss(parameters: Floats) -> tuple[float, Floats]:
        strengths, log_nu = parameters[:count], parameters[count] if has_ties else -np.inf
        half = (strengths[rows] - strengths[columns]) / 2
        norm = np.logaddexp(np.logaddexp(half, -half), log_nu)
        value = -(won @ (half - norm) + lost @ (-half - norm)) + ridge / 2 * strengths @ strengths
        ahead = np.exp(half - norm) - np.exp(-half - norm)
        slope = ((won - lost) - all_ * ahead) / 2
        gradient = ridge * parameters
        gradient[:count] -= np.bincount(rows, slope, count) - np.bincount(columns, slope, count)
        if has_ties:
            value += -tied @ (log_nu - norm) + ridge / 2 * log_nu**2
            gradient[count] -= float((tied - all_ * np.exp(log_nu - norm)).sum())
        return float(value), gradient

    first = np.zeros(count + has_ties)
    if start is not None:
        first[:count] = start.strengths
        if has_ties and start.nu > 0:
            first[count] = np.log(start.nu)
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"ftol": 1e-12, "gtol": 1e-7})
    strengths = found.x[:count] - found.x[:count].mean()
    return Fit(strengths, float(np.exp(found.x[count])) if has_ties else 0.0)


def half_widths(
    judgements: Judgements, count: int, best: Fit, ridge: float, resamples: int, generator: np.random.Generator
) -> Floats:
    """Half-widths of 95 % intervals, by bootstraps clustered on raters and on pictures.

    Votes of one rater are alike, and so are votes on one face; both kinds of likeness widen the interval. Three bootstraps
    (whole raters, whole pictures, single votes) give the variance clustered two ways: raters + pictures - votes, and
    never less than that of one of them.

    Args:
        judgements: n votes.
        count: number of methods.
        best: the fit to all of them.
        ridge: as for `fit`.
        resamples: of each bootstrap.
        generator: of the resampling.

    Returns:
        (count,); NaN everywhere where there are fewer than two raters or two pictures, which say nothing about spread.
    """
    clusters = [judgements.rater, judgements.picture, np.arange(len(judgements.left))]
    if any(len(np.unique(cluster)) < 2 for cluster in clusters):
        return np.full(count, np.nan)
    by_rater, by_picture, by_vote = (
        _variance(judgements, count, best, ridge, resamples, generator, cluster) for cluster in clusters
    )
    both = by_rater + by_picture - by_vote
    widths: Floats = Z * np.sqrt(np.maximum.reduce([both, by_rater, by_picture]))
    return widths


def _variance(
    judgements: Judgements,
    count: int,
    best: Fit,
    ridge: float,
    resamples: int,
    generator: np.random.Generator,
    cluster: Integers,
) -> Floats:
    groups = int(cluster.max()) + 1
    drawn = np.empty((resamples, count))
    for index in range(resamples):
        times = np.bincount(generator.integers(groups, size=groups), minlength=groups).astype(np.float64)
        drawn[index] = fit(tabulate(judgements, count, times[cluster]), ridge, best).strengths
    variance: Floats = drawn.var(axis=0, ddof=1)
    return variance


def _counted(rows: Integers, columns: Integers, weights: Floats, count: int) -> Floats:
    counted = np.bincount(rows * count + columns, weights, count * count)
    return counted.reshape(count, count).astype(np.float64)
