"""From counted votes to strengths, whatever raters were asked: pairs, or the best and the worst of four."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from comparisons.ranking import bradley_terry, early_stopping, intervals, plackett_luce
from comparisons.ranking.bradley_terry import Floats, Integers, Judgements
from comparisons.ranking.intervals import Estimate
from comparisons.ranking.plackett_luce import FourJudgements
from comparisons.study import fours
from comparisons.study.fours import Four
from comparisons.study.plan import StudyPlan
from comparisons.study.vote import Vote

_OUTCOME: Final = {"left": 0, "right": 1, "tie": 2, "both_bad": 2}


@dataclass(frozen=True)
class Estimated:
    """What counted votes say about k methods."""

    names: tuple[str, ...]
    raters: tuple[str, ...]
    pairs: tuple[Vote, ...]
    """The votes themselves, or the pairs that answers about fours tell of."""
    judgements: Judgements
    """The same as arrays."""
    found: Estimate
    votes: Floats
    """(k,): trials in which each method was shown."""


def estimated(
    counted: Sequence[Vote], plan: StudyPlan, reference: Sequence[str] = (), *, stopped: bool = False
) -> Estimated:
    """Strengths and their 95 % intervals.

    Args:
        counted: votes of one study that count, in an order that does not depend on that of the log.
        plan: of the study.
        reference: methods whose mean strength is 0; none, or one without votes among them, leaves it to the votes.
        stopped: whether the study ended because of what these votes say, see `comparisons.ranking.early_stopping`.

    Raises:
        NotConnected: if the votes leave groups of methods uncompared with each other, or miss one of the reference.
    """
    answers = fours.fours(counted) if plan.task == "best_worst" else []
    pairs = fours.pairs(answers) if plan.task == "best_worst" else list(counted)
    names = sorted({vote.left for vote in pairs} | {vote.right for vote in pairs})
    raters = sorted({vote.rater for vote in pairs})
    judgements = _judgements(pairs, names, raters)
    # a method of the reference without a vote counts as one that nothing connects
    missing = sorted(set(reference) - set(names))
    table = bradley_terry.tabulate(judgements, len(names) + len(missing))
    bradley_terry.check_connected(table, [*names, *missing])
    zero = np.array([names.index(name) for name in reference], dtype=np.int64) if reference else None
    if plan.task == "best_worst":
        judged = _four_judgements(answers, names, raters)
        found = plackett_luce.estimate(judged, judgements, len(names), plan.ridge, zero)
        open_of = early_stopping.of_fours(judged.order, len(names))
        shown = np.bincount(judged.order.ravel(), minlength=len(names)).astype(np.float64)
    else:
        chance = np.random.default_rng(plan.seed)
        found = intervals.estimate(judgements, len(names), plan.ridge, plan.resamples, chance, zero)
        open_of = early_stopping.of_pairs(found.table, found.best.nu)
        shown = found.table.compared.sum(axis=1)
    if stopped:
        found = early_stopping.without_bias(found, open_of)
    return Estimated(tuple(names), tuple(raters), tuple(pairs), judgements, found, shown)


def _judgements(counted: Sequence[Vote], names: Sequence[str], raters: Sequence[str]) -> Judgements:
    method, rater = _numbered(names), _numbered(raters)
    left, right, outcome, who = (
        np.array(column, dtype=np.int64)
        for column in (
            [method[vote.left] for vote in counted],
            [method[vote.right] for vote in counted],
            [_OUTCOME[vote.answer] for vote in counted],
            [rater[vote.rater] for vote in counted],
        )
    )
    return Judgements(left, right, outcome, who, _pictures(counted))


def _four_judgements(answers: Sequence[Four], names: Sequence[str], raters: Sequence[str]) -> FourJudgements:
    method, rater = _numbered(names), _numbered(raters)
    order = [[method[key] for key in (one.best, *one.between, one.worst)] for one in answers]
    who = np.array([rater[one.vote.rater] for one in answers], dtype=np.int64)
    return FourJudgements(
        np.array(order, dtype=np.int64).reshape(-1, fours.SIZE), who, _pictures([one.vote for one in answers])
    )


def _pictures(votes: Sequence[Vote]) -> Integers:
    # one face is one cluster, whatever was done to it
    picture = _numbered(sorted({vote.picture for vote in votes}))
    return np.array([picture[vote.picture] for vote in votes], dtype=np.int64)


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}
