"""Strengths from the best and the worst of four: the Plackett-Luce model, with the order of the two between them unknown.

Plackett and Luce's model draws an order of methods with strengths s from the best down: each place goes to one of those that are
left, with a probability in proportion to exp(s). A rater names the first and the last of four, so that the likelihood of an
answer is the sum over the two orders that it leaves open. Of two methods alone the model is Bradley and Terry's, so that strengths are
on the same scale as those of pairs. It is maximised by Newton's method on the complete-data information, which never overshoots far
(EM gradient); the curvature at the end is the observed one.

Votes of one rater are alike, and so are votes on one face: variances are those of a sandwich clustered both ways, with the
correction for few clusters, and never less than those of either way alone. As with pairs, an end of an interval is the wider of that
and the profile likelihood of the pairs (`comparisons.ranking.intervals`), and open where a method never lost or never won.

References:
    Plackett, The analysis of permutations, Applied Statistics 24, 1975; Luce, Individual choice behavior, 1959.
    Lange, A gradient algorithm locally equivalent to the EM algorithm, JRSS B 57, 1995.
    Louis, Finding the observed information matrix when using the EM algorithm, JRSS B 44, 1982.
    Cameron, Gelbach & Miller, Robust inference with multiway clustering, J. Business & Econ. Statistics 29, 2011, eq. (2.11).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from comparisons.ranking import bias_reduction, bradley_terry, intervals
from comparisons.ranking.bradley_terry import Floats, Integers, Judgements
from comparisons.ranking.intervals import Estimate, Spread
from comparisons.study.foresight import Z

_STEPS: Final = 200
_PRECISION: Final = 1e-10
"""Of the slope, a method and a vote."""


@dataclass(frozen=True)
class FourJudgements:
    """Answers as arrays of the same length."""

    order: Integers
    """(n, 4): index of the best, the two between in any order, and the worst."""
    rater: Integers
    picture: Integers


@dataclass(frozen=True)
class _Slopes:
    """Of the log-likelihood, answer by answer."""

    value: Floats
    """(n,)."""
    gradient: Floats
    """(n, k)."""
    complete: Floats
    """(k, k): information that the whole order would give."""
    missing: Floats
    """(k, k): of it, what is lost with the order of the two between."""


def fit(judged: FourJudgements, count: int, ridge: float) -> Floats:
    """The strengths that make the answers most likely, less the ridge.

    Args:
        judged: n answers.
        count: number of methods, k.
        ridge: weight of half the sum of squared strengths, above 0.

    Returns:
        (k,), adding up to 0.

    Raises:
        ArithmeticError: if it does not end.
    """
    strengths = np.zeros(count)
    for _ in range(_STEPS):
        at = _slopes(judged, strengths)
        slope = at.gradient.sum(axis=0) - ridge * strengths
        if np.abs(slope).max() <= _PRECISION * max(1, len(judged.order)):
            return np.asarray(strengths - strengths.mean())
        step = np.linalg.solve(at.complete + ridge * np.eye(count), slope)
        value = at.value.sum() - ridge / 2 * (strengths**2).sum()
        share = 1.0
        while share > 1e-9:
            tried = strengths + share * step
            if _slopes(judged, tried).value.sum() - ridge / 2 * (tried**2).sum() >= value - 1e-12 * abs(value):
                break
            share /= 2
        strengths = strengths + share * step
    raise ArithmeticError(f"the fit of {len(judged.order)} answers did not end in {_STEPS} steps")


def estimate(
    judged: FourJudgements, told: Judgements, count: int, ridge: float, zero: Integers | None = None
) -> Estimate:
    """Strengths and their 95 % intervals.

    Args:
        judged: n answers.
        told: the pairs that these tell about, see `comparisons.study.fours.pairs`.
        count: number of methods, k, all connected by pairs.
        ridge: as for `fit`.
        zero: indices of the methods whose mean strength is 0; None = `intervals.reference`.
    """
    table = bradley_terry.tabulate(told, count)
    zero = intervals.reference(table) if zero is None else zero
    reduced = bias_reduction.fit_fours(judged.order, count, ridge)
    strengths = reduced - reduced[zero].mean()
    ends = intervals.ends(table, strengths, zero, _spread(judged, fit(judged, count, ridge), zero, ridge))
    return Estimate(table, bradley_terry.fit(table, ridge), zero, strengths, ends)


def _spread(judged: FourJudgements, strengths: Floats, zero: Integers, ridge: float) -> Spread:
    count = len(strengths)
    if any(len(np.unique(cluster)) < 2 for cluster in (judged.rater, judged.picture)):
        return Spread(np.full(count, np.nan), 1.0)
    at = _slopes(judged, strengths)
    inverse = np.linalg.inv(at.complete - at.missing + ridge * np.eye(count))
    # against the mean of the reference
    centred = np.eye(count)
    centred[:, zero] -= 1 / len(zero)
    to_strengths = centred @ inverse

    def variance(cluster: Integers) -> Floats:
        _, of = np.unique(cluster, return_inverse=True)
        size = int(of.max()) + 1
        sums = np.zeros((size, count))
        np.add.at(sums, of, at.gradient)
        moved = sums @ to_strengths.T
        found: Floats = (moved**2).sum(axis=0) * size / (size - 1)
        return found

    by_rater, by_picture = variance(judged.rater), variance(judged.picture)
    by_answer = variance(np.arange(len(judged.rater)))
    clustered = np.maximum.reduce([by_rater + by_picture - by_answer, by_rater, by_picture])
    known = zero[by_answer[zero] > 0]
    effect = float((clustered[known] / by_answer[known]).mean()) if len(known) else 1.0
    return Spread(Z * np.sqrt(clustered), max(1.0, effect))


def _slopes(judged: FourJudgements, strengths: Floats) -> _Slopes:
    best, one, other, worst = judged.order.T
    count = len(strengths)
    orders = [np.stack(order, axis=1) for order in ((best, one, other, worst), (best, other, one, worst))]
    told = [_order(order, strengths) for order in orders]
    logs = np.stack([value for value, _, _ in told])
    value = np.logaddexp(logs[0], logs[1])
    weights = np.exp(logs - value)
    gradients = np.stack([gradient for _, gradient, _ in told])
    gradient = (weights[:, :, None] * gradients).sum(axis=0)
    complete = np.zeros((count, count))
    for weight, (_, _, stages) in zip(weights, told, strict=True):
        for likely in stages:
            complete += np.diag((weight[:, None] * likely).sum(axis=0)) - (weight[:, None] * likely).T @ likely
    apart = gradients[0] - gradients[1]
    missing = ((weights[0] * weights[1])[:, None] * apart).T @ apart
    return _Slopes(value, gradient, complete, missing)


def _order(order: Integers, strengths: Floats) -> tuple[Floats, Floats, list[Floats]]:
    """Of whole orders (n, 4): log-likelihoods (n,), gradients (n, k), and at each place who could have had it (n, k)."""
    size, count = len(order), len(strengths)
    value, gradient = np.zeros(size), np.zeros((size, count))
    rows = np.arange(size)
    stages = []
    for place in range(3):
        left = order[:, place:]
        odds = strengths[left]
        norm = np.logaddexp.reduce(odds, axis=1)
        value += odds[:, 0] - norm
        likely = np.zeros((size, count))
        likely[rows[:, None], left] = np.exp(odds - norm[:, None])
        gradient -= likely
        gradient[rows, order[:, place]] += 1
        stages.append(likely)
    return value, gradient, stages
