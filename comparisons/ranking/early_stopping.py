"""Strengths without the bias of stopping on what the votes say.

A study that stops once its intervals are narrow asks for g(s) votes: the nearer its methods seem to one another, the fewer. By the law of
optional stopping the errors of n votes, added up and not in the mean, have the mean 0, and those of the estimate have to first order

    E[s - true] = - C grad log g

with the strengths' covariance C, whatever the look at which it stops. With four methods that is 1 % of the strengths, towards one another,
with pairs in turns as with adaptive ones (`comparisons.ranking.savings`). g is the largest variance of a strength against the reference as
the model foresees it for votes in these numbers; a power mean stands for the largest, which has an edge where two are as wide.

References:
    Whitehead, On the bias of maximum likelihood estimation following a sequential test, Biometrika 73, 1986.
    Woodroofe, Nonlinear Renewal Theory in Sequential Analysis, SIAM, 1982: N about as large as a smooth function of the mean.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from comparisons.ranking.bradley_terry import Floats, Integers, PairCounts
from comparisons.ranking.intervals import Ends, Estimate
from comparisons.study import best_worst_model
from comparisons.study.foresight import chances

Covariance = Callable[[Floats], Floats]
"""Strengths (k,) -> what the votes, in the numbers they have, would leave open of them: (k, k)."""

_LARGEST: Final = 8
"""Power of the variances in their mean."""
_NUDGE: Final = 1e-4


def without_bias(found: Estimate, covariance: Covariance) -> Estimate:
    """What a stopped study's votes say, strengths and intervals moved to where the bias leaves them.

    Args:
        found: of all its votes, without the bias of likelihood (`comparisons.ranking.bias_reduction`).
        covariance: of these votes.
    """
    moved = -bias(found.strengths, found.zero, covariance)
    return replace(found, strengths=found.strengths + moved, ends=Ends(found.ends.low + moved, found.ends.high + moved))


def bias(strengths: Floats, zero: Integers, covariance: Covariance) -> Floats:
    """What stopping adds to strengths against the mean of the reference, in the mean over studies.

    Args:
        strengths: (k,).
        zero: indices of the reference.
        covariance: of the votes that were counted.

    Returns:
        (k,).
    """
    size = len(strengths)
    contrasts = against(zero, size)

    def votes_wanted(at: Floats) -> float:
        variances = np.einsum("mk,kl,ml->m", contrasts, covariance(at), contrasts)
        return float(np.log(np.mean(variances**_LARGEST)) / _LARGEST)

    nudges = _NUDGE * np.eye(size)
    slope = [(votes_wanted(strengths + step) - votes_wanted(strengths - step)) / (2 * _NUDGE) for step in nudges]
    return np.asarray(-contrasts @ covariance(strengths) @ np.array(slope))


def of_pairs(table: PairCounts, nu: float) -> Covariance:
    """What votes on pairs leave open.

    Args:
        table: of the votes, (k, k).
        nu: tie parameter.
    """
    size = len(table.wins)

    def covariance(strengths: Floats) -> Floats:
        told = table.compared * information(strengths[:, None] - strengths[None, :], nu)
        return _inverse(np.diag(told.sum(axis=1)) - told, size)

    return covariance


def of_fours(order: Integers, count: int) -> Covariance:
    """What answers about four leave open.

    Args:
        order: of n answers, as `plackett_luce.FourJudgements` has it.
        count: number of methods, k.
    """

    def covariance(strengths: Floats) -> Floats:
        told = best_worst_model.answers(strengths[order]).information
        return _inverse(best_worst_model.spread_out(told, order, count), count)

    return covariance


def information(difference: Floats, nu: float | Floats) -> Floats:
    """Fisher information of a vote on each pair, (..., k, k); 0 of a method with itself."""
    win, lose, _ = chances(difference, nu)
    told: Floats = ((win + lose) / 4 - ((win - lose) / 2) ** 2) * (1 - np.eye(difference.shape[-1]))
    return told


def against(zero: Integers, size: int) -> Floats:
    """(k, k): the strengths against the mean of the reference, as contrasts."""
    contrasts = np.eye(size)
    contrasts[:, zero] -= 1 / len(zero)
    return contrasts


def _inverse(told: Floats, size: int) -> Floats:
    # along the one direction that votes do not tell of, any value will do
    return np.asarray(np.linalg.inv(told + 1 / size) - 1 / size)
