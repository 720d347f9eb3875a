"""Strengths without the bias of maximum likelihood: Firth's penalty for the Bradley-Terry model with ties.

Of n votes the strengths of greatest likelihood lie too far out by a term of the order of 1 / n, whatever the design. To maximise the
likelihood times the root of the determinant of the Fisher information (Jeffreys' prior) takes that term away. In a
multinomial model that is the same as to add, again and again until nothing moves, half of its share of the hat matrix to every
count:

    c_y + g_y / 2,   g_y = n p_y (x_y - m)' I^-1 (x_y - m),   m = sum_y p_y x_y

for a pair with n votes, of which the outcome y has the probability p_y and the derivative x_y of its log-odds by the parameters.

An answer about four leaves an order open, and is no exponential family: there the term is taken off the slope U of the log-likelihood
itself, which becomes 0 where

    U_t + 1/2 tr(F^-1 sum_y p_y (u_y u_y' + H_y) u_y,t) = 0

with the slope u_y and the second derivatives H_y of the logarithm of each answer's probability and the information F of all.

These are the strengths of the ranking. Intervals are as wide as those of greatest likelihood: by bootstrap around these strengths, and by
profile likelihood where that reaches further. They are finite, too, where a method never lost.

References:
    Firth, Bias reduction of maximum likelihood estimates, Biometrika 80, 1993.
    Kosmidis & Firth, Bias reduction in exponential family nonlinear models, Biometrika 96, 2009, eq. (4): any likelihood.
    Kosmidis & Firth, Multinomial logit bias reduction via the Poisson log-linear model, Biometrika 98, 2011, sec. 3.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from comparisons.ranking import bradley_terry
from comparisons.ranking.bradley_terry import Floats, Integers, PairCounts
from comparisons.study import best_worst_model
from comparisons.study.foresight import chances

Flags = npt.NDArray[np.bool_]

_ROUNDS: Final = 100
"""Each takes what is left down to a tenth or less where there are many votes, to a half where a method never lost."""
_STEPS: Final = 200
_STILL: Final = 1e-9
"""Longest step after which strengths stand still."""
_LONGEST: Final = 1.0
"""Step, in units of strength: the start may be far out where a method never lost."""


def fit(table: PairCounts, ridge: float) -> Floats:
    """As `fit_many`, for one table; strengths (k,)."""
    return np.asarray(fit_many(PairCounts(table.wins[None], table.ties[None]), ridge)[0])


def fit_many(tables: PairCounts, ridge: float) -> Floats:
    """As `bradley_terry.fit_many`, with the bias of the order of 1 / n removed.

    Args:
        tables: of n studies, (n, k, k).
        ridge: as for `bradley_terry.fit`.

    Returns:
        Strengths (n, k), each row adding up to 0.

    Raises:
        ArithmeticError: if it does not end.
    """
    size = tables.wins.shape[-1]
    rows, columns = np.triu_indices(size, 1)
    votes = tables.compared[:, rows, columns]
    own = PairCounts(tables.wins, tables.ties)
    start = np.zeros((len(votes), size + 1))
    with_ties = np.asarray(tables.ties.any(axis=(1, 2)))
    for _ in range(_ROUNDS):
        before, start = start, bradley_terry.solve(own, ridge, start).parameters
        if np.abs(start - before).max() < _STILL:
            break
        added = _added(start, votes, with_ties, ridge)
        wins, ties = tables.wins.copy(), tables.ties.copy()
        wins[:, rows, columns] += added[0]
        wins[:, columns, rows] += added[1]
        ties[:, rows, columns] += added[2]
        ties[:, columns, rows] += added[2]
        own = PairCounts(wins, ties)
    else:
        raise ArithmeticError(f"{len(votes)} fits did not end in {_ROUNDS} rounds")
    found: Floats = start[:, :size] - start[:, :size].mean(axis=1, keepdims=True)
    return found


def _added(parameters: Floats, votes: Floats, with_ties: Flags, ridge: float) -> Floats:
    """(3, n, pairs): half of each outcome's share of the hat matrix, for pairs in the order of `numpy.triu_indices`.

    Without ties there is no tie parameter.
    """
    size = parameters.shape[1] - 1
    rows, columns = np.triu_indices(size, 1)
    pairs = np.zeros((len(rows), size + 1))
    pairs[np.arange(len(rows)), rows], pairs[np.arange(len(rows)), columns] = 0.5, -0.5
    by_tie = np.zeros(size + 1)
    by_tie[size] = 1.0
    outcomes = np.stack([pairs, -pairs, np.broadcast_to(by_tie, pairs.shape)])
    difference = parameters[:, rows] - parameters[:, columns]
    likely = np.stack(chances(difference, np.where(with_ties[:, None], np.exp(parameters[:, size:]), 0.0)))
    apart = outcomes[:, None] - np.einsum("ynp,ypk->npk", likely, outcomes)
    told = np.einsum("np,ynp,ynpk,ynpl->nkl", votes, likely, apart, apart, optimize=True)
    # votes say nothing about all strengths together
    together = np.append(np.ones(size), 0.0)
    told += np.outer(together, together) + ridge * np.eye(size + 1)
    told[~with_ties, size, size] = 1.0
    inverse = np.linalg.inv(told)
    shares: Floats = votes * likely * np.einsum("ynpk,nkl,ynpl->ynp", apart, inverse, apart, optimize=True)
    return shares / 2


def fit_fours(order: Integers, count: int, ridge: float) -> Floats:
    """As `plackett_luce.fit`, with the bias of the order of 1 / n removed.

    Args:
        order: of n answers, as `plackett_luce.FourJudgements` has it.
        count: number of methods, k.
        ridge: as for `plackett_luce.fit`.

    Returns:
        (k,), adding up to 0.

    Raises:
        ArithmeticError: if it does not end.
    """
    strengths, last, share = np.zeros(count), np.zeros(count), 1.0
    given = best_worst_model.ENDS.tolist().index([0, best_worst_model.SIZE - 1])
    for _ in range(_STEPS):
        at = best_worst_model.answers(strengths[order])
        told = best_worst_model.spread_out(at.information, order, count)
        inverse = np.linalg.inv(told + ridge * np.eye(count) + np.ones((count, count)))
        among = inverse[order[:, :, None], order[:, None, :]]
        moments = at.slopes[..., :, None] * at.slopes[..., None, :] + at.curvature
        less = np.einsum("gij,ga,gaij,gat->gt", among, at.likely, moments, at.slopes, optimize=True) / 2
        slope = np.bincount(order.ravel(), (at.slopes[:, given] + less).ravel(), count) - ridge * strengths
        step = inverse @ slope
        # of few answers the term moves as much as the slope, and whole steps go to and fro
        share = share / 2 if step @ last < 0 else share
        last = step * min(share, _LONGEST / max(float(np.abs(step).max()), _STILL))
        strengths = strengths + last - last.mean()
        if np.abs(step).max() < _STILL:
            return np.asarray(strengths - strengths.mean())
    raise ArithmeticError(f"the fit of {len(order)} answers did not end in {_STEPS} steps")
