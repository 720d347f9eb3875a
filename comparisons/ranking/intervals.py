"""95 % intervals of strengths that hold for few votes, too, and for a method that never lost or never won.

Two things widen an interval, and each end is the wider of the two. Votes of one rater are alike, and so are votes on one
face: bootstraps of whole raters and whole faces tell how far that spreads the strengths. And few votes leave the
likelihood lopsided, which no symmetric interval follows: the profile likelihood does, whose interval holds every
strength at which the votes, with all else as favourable as can be, are not too unlikely.

Of a method that never lost the votes say nothing upwards, so its interval is open there, and resampling its wins gives
nothing but wins. What they say downwards is exact: for n wins of n the likelihood ratio of a strength is the very
chance of such an extreme outcome, so the interval ends where it is 2.5 % (two methods: where Clopper and Pearson's
does). The chance is taken to the power 1 / design effect, as votes are worth less than independent ones by that factor
in the rest of the field. The same upside down for a method that never won.

A strength is a distance from the mean of the `reference`: methods that have won against and lost to each other, through
whatever chain, and have at least half as many votes as is usual among them. A newcomer whose strength hardly anything
is known of would otherwise make everybody's unknown.

References:
    Venzon & Moolgavkar, A method for computing profile-likelihood-based confidence intervals, Applied Statistics 37, 1988.
    Clopper & Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, Biometrika 26, 1934.
    Ford, Solution of a ranking problem from binary comparisons, Am. Math. Monthly 64(8), 1957: when strengths are finite.
    Rao & Scott, On chi-squared tests for multiway contingency tables with cell proportions estimated from survey data,
    Annals of Statistics 12, 1984: likelihood ratios of clustered data, divided by a design effect.
    Cameron, Gelbach & Miller, Robust inference with multiway clustering, J. Business & Econ. Statistics 29, 2011,
    eq. (2.11): variance clustered two ways = one way + other way - both at once.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from comparisons.ranking import bias_reduction, bradley_terry, connections
from comparisons.ranking.bradley_terry import BradleyTerryFit, Floats, Held, Integers, Judgements, PairCounts
from comparisons.study.foresight import Z

Flags = npt.NDArray[np.bool_]
Chance = np.random.Generator

DROP: Final = Z**2 / 2
"""Fall of the log-likelihood to the ends of a 95 % interval: half the quantile of chi-square with 1 degree of freedom."""
DROP_AT_THE_EDGE: Final = math.log(40)
"""The same for a method that never lost or never won, whose likelihood ratio is a probability: that of 2.5 %."""
_FLAT: Final = 1e-6
"""Ridge of the profile: moves no end by 0.001, and keeps finite what the votes set no limit to."""
_LONGEST_STEP: Final = 3.0
"""Of the search for an end, in units of strength: the likelihood may be flat where it begins."""
_FURTHEST: Final = 25.0
"""An end beyond this is none: odds of 10 ** 11. Two methods that were only ever tied may lie any distance apart."""
_PRECISION: Final = 1e-6
"""Of an end, in units of log-likelihood."""


@dataclass(frozen=True)
class Spread:
    """How far the strengths scatter, by bootstrap; k methods."""

    widths: Floats
    """(k,) half-widths of 95 % intervals; NaN where fewer than two raters or pictures say nothing about it."""
    design_effect: float
    """How much larger the clustered variances are than those of independent votes: their mean ratio over the reference,
    at least 1."""


@dataclass(frozen=True)
class Ends:
    """95 % intervals of k methods."""

    low: Floats
    """(k,); minus infinity for a method that never won, NaN where nothing is known about the spread."""
    high: Floats
    """(k,); infinity for a method that never lost."""


@dataclass(frozen=True)
class Estimate:
    """What votes say about k methods."""

    table: PairCounts
    best: BradleyTerryFit
    """The likeliest strengths."""
    zero: Integers
    """Indices of the reference."""
    strengths: Floats
    """(k,) against the mean of the reference, without the bias of the likeliest ones (`bias_reduction`)."""
    ends: Ends


def estimate(
    judgements: Judgements, count: int, ridge: float, resamples: int, generator: Chance, zero: Integers | None = None
) -> Estimate:
    """Strengths and their 95 % intervals.

    Args:
        judgements: n votes that connect all methods; see `bradley_terry.check_connected`.
        count: number of methods, k.
        ridge: as for `bradley_terry.fit`.
        resamples: of each bootstrap.
        generator: of the resampling.
        zero: as for `spread`.
    """
    table = bradley_terry.tabulate(judgements, count)
    zero = reference(table) if zero is None else zero
    best = bradley_terry.fit(table, ridge)
    scatter = spread(judgements, count, best, ridge, resamples, generator, zero)
    reduced = bias_reduction.fit(table, ridge)
    strengths = reduced - reduced[zero].mean()
    return Estimate(table, best, zero, strengths, ends(table, strengths, zero, scatter))


def reference(table: PairCounts) -> Integers:
    """Indices of the methods whose mean strength is 0.

    Args:
        table: of the votes, (k, k).

    Returns:
        Of the largest group (by votes) in which everybody has won against and lost to everybody through some chain of
        votes (a tie is half of each), those with at least half the group's median of votes; all methods where no two are
        in such a group.
    """
    votes = table.compared.sum(axis=1)
    _, group = connections.parts(_beaten(table), mutual=True)
    sizes = np.bincount(group)
    if sizes.max() < 2:
        return np.arange(len(votes))
    inside = np.flatnonzero(group == np.where(sizes > 1, np.bincount(group, votes), -1).argmax())
    usual = inside[votes[inside] >= np.median(votes[inside]) / 2]
    # one alone would be known exactly, by definition
    return usual if len(usual) > 1 else inside


def open_ends(table: PairCounts, zero: Integers) -> tuple[Flags, Flags]:
    """Which strengths the votes set no lower, and which no upper limit to.

    Args:
        table: of the votes, (k, k).
        zero: as `reference` gives it.

    Returns:
        Two arrays (k,): methods from which no chain of wins and ties leads to every method of the reference, and those
        to which none leads from there.
    """
    reaches = connections.reaches(_beaten(table))
    down, up = (~np.all(found, axis=1) for found in (reaches[:, zero], reaches[zero].T))
    return down, up


def spread(
    judgements: Judgements,
    count: int,
    best: BradleyTerryFit,
    ridge: float,
    resamples: int,
    generator: Chance,
    zero: Integers | None = None,
) -> Spread:
    """How far strengths scatter, by bootstraps clustered on raters and on pictures.

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
        zero: indices of the methods whose mean strength is 0; None = `reference`.
    """
    if any(len(np.unique(cluster)) < 2 for cluster in (judgements.rater, judgements.picture)):
        return Spread(np.full(count, np.nan), 1.0)
    whole = bradley_terry.tabulate(judgements, count)
    against = reference(whole) if zero is None else zero

    def variance(tables: PairCounts) -> Floats:
        strengths, _ = bradley_terry.fit_many(tables, ridge, best)
        found: Floats = (strengths - strengths[:, against].mean(axis=1, keepdims=True)).var(axis=0, ddof=1)
        return found

    by_rater, by_picture = (
        variance(_resampled(bradley_terry.tabulate(judgements, count, cluster), resamples, generator))
        for cluster in (judgements.rater, judgements.picture)
    )
    by_vote = variance(_redrawn(whole, resamples, generator))
    clustered = np.maximum.reduce([by_rater + by_picture - by_vote, by_rater, by_picture])
    known = against[by_vote[against] > 0]
    effect = float((clustered[known] / by_vote[known]).mean()) if len(known) else 1.0
    return Spread(Z * np.sqrt(clustered), max(1.0, effect))


def profile(table: PairCounts, zero: Integers, design_effect: float = 1.0) -> Ends:
    """Ends of profile likelihood intervals of strengths against the mean of the reference.

    Args:
        table: of the votes, (k, k), connected.
        zero: as `reference` gives it.
        design_effect: at least 1; only counts where an end is open, see the module.
    """
    count = len(table.wins)
    low_open, high_open = open_ends(table, zero)
    directions = np.eye(count)
    directions[:, zero] -= 1 / len(zero)
    # every method's lower end, then every method's upper one; the end across from an open one is exact
    at_the_edge = np.concatenate([high_open, low_open])
    falls = np.where(at_the_edge, DROP_AT_THE_EDGE * design_effect, DROP)
    # a reference of one is where it is by definition
    moves = np.tile(directions.any(axis=1), 2)
    ends = np.where(moves, np.repeat([-np.inf, np.inf], count), 0.0)
    wanted = np.flatnonzero(~np.concatenate([low_open, high_open]) & moves)
    signs = np.repeat([-1.0, 1.0], count)
    ends[wanted] = _search(table, directions[wanted % count], signs[wanted], falls[wanted])
    return Ends(ends[:count], ends[count:])


def ends(table: PairCounts, strengths: Floats, zero: Integers, scatter: Spread) -> Ends:
    """95 % intervals: at each end the wider of the clustered bootstrap and the profile likelihood.

    Args:
        table: of the votes, (k, k), connected.
        strengths: (k,) against the mean of the reference.
        zero: as `reference` gives it.
        scatter: of the same votes.

    Returns:
        NaN for everybody where fewer than two raters or pictures say nothing about the spread.
    """
    likely = profile(table, zero, scatter.design_effect)
    low_open, high_open = open_ends(table, zero)
    # wins alone resample to wins alone: across from an open end the bootstrap knows nothing
    lowest = np.where(high_open, likely.low, np.minimum(strengths - scatter.widths, likely.low))
    highest = np.where(low_open, likely.high, np.maximum(strengths + scatter.widths, likely.high))
    return Ends(*(np.where(np.isnan(scatter.widths), np.nan, end) for end in (lowest, highest)))


def _search(table: PairCounts, directions: Floats, signs: Floats, falls: Floats) -> Floats:
    """Where `directions @ strengths` has taken the log-likelihood down by `falls`, on the side of `signs`; n such ends.

    The fall is a convex function of the value held, and its slope is the Lagrange multiplier: from beyond the end, where one
    step of Newton's method leads, it goes down to it without overshooting.
    """
    size = len(directions)
    if not size:
        return np.empty(0)
    # begun where the ridge still pulls: near the maximum of a method that never lost there is no slope to go by
    begun = bradley_terry.fit(table, 0.01).strengths
    top = bradley_terry.solve(_repeated(table, 1), _FLAT, np.zeros((1, len(begun) + 1)))
    curvature = np.linalg.pinv(top.curvature[0])[:-1, :-1]
    errors = np.sqrt(np.einsum("nk,kl,nl->n", directions, curvature, directions).clip(min=0))
    values = directions @ begun + signs * np.minimum(np.sqrt(2 * falls) * errors, _LONGEST_STEP)
    squares = (directions**2).sum(axis=1)
    parameters = np.repeat(top.parameters, size, axis=0)
    going = np.arange(size)
    for _ in range(100):
        held = Held(directions[going], values[going])
        short = held.values - (parameters[going, :-1] * held.directions).sum(axis=1)
        parameters[going, :-1] += (short / squares[going])[:, None] * held.directions
        at = bradley_terry.solve(_repeated(table, len(going)), _FLAT, parameters[going], held)
        parameters[going] = at.parameters
        missing = falls[going] - (at.loss - top.loss)
        outward = np.maximum(signs[going] * at.slope, 1e-9)
        further = np.abs(missing) >= _PRECISION
        values[going] += further * signs[going] * np.clip(missing / outward, -_LONGEST_STEP, _LONGEST_STEP)
        beyond = signs[going] * values[going] > _FURTHEST
        values[going[beyond]] = signs[going[beyond]] * np.inf
        going = going[further & ~beyond]
        if not len(going):
            return np.asarray(values)
    raise ArithmeticError(f"the ends of {size} intervals were not found in 100 steps")


def _repeated(table: PairCounts, size: int) -> PairCounts:
    return PairCounts(np.repeat(table.wins[None], size, axis=0), np.repeat(table.ties[None], size, axis=0))


def _beaten(table: PairCounts) -> Integers:
    """(k, k): 1 where the row ever beat the column or was tied with it."""
    return ((table.wins + table.ties) > 0).astype(np.int64)


def _resampled(groups: PairCounts, resamples: int, generator: Chance) -> PairCounts:
    """Tables of as many groups as there are, drawn with replacement."""
    size = len(groups.wins)
    times = generator.multinomial(size, np.full(size, 1 / size), resamples).astype(np.float64)
    return PairCounts(np.tensordot(times, groups.wins, 1), np.tensordot(times, groups.ties, 1))


def _redrawn(table: PairCounts, resamples: int, generator: Chance) -> PairCounts:
    """Tables of as many votes as there are, drawn with replacement: votes in one cell of the table are all alike."""
    count = len(table.wins)
    cells = np.concatenate([table.wins.ravel(), np.triu(table.ties).ravel()])
    total = cells.sum()
    drawn = generator.multinomial(int(total), cells / total, resamples).astype(np.float64)
    wins, ties = (part.reshape(-1, count, count) for part in np.split(drawn, 2, axis=1))
    return PairCounts(wins, ties + ties.swapaxes(1, 2))
