"""Whether intervals hold for a method of few votes: a newcomer that meets only the worst of an established field.

    python -m comparisons.ranking.newcomers VOTES [--studies 200] [--seed 0]

An interval of 95 % may lie above the true strength in 2.5 % of the studies, and below it in as many. By its lower end no
newcomer should be first whose true strength is not.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.ranking import intervals
from comparisons.ranking.bradley_terry import Judgements
from comparisons.ranking.crowd import MOST_RATERS, MOST_SEED, MOST_STUDIES, check
from comparisons.ranking.simulated_votes import FACES
from comparisons.study.foresight import chances, tie_parameter
from comparisons.study.plan import StudyPlan
from restorers.contract import Problem


@dataclass(frozen=True)
class Newcomers:
    """How the interval of a newcomer did in several studies."""

    too_high: float
    """Share of the studies whose interval lies above the true strength: the mistake that flatters."""
    too_low: float
    ahead: float
    """Share of the studies in which its lower end lies above everybody else's."""


def newcomers(plan: StudyPlan, strength: float, votes: int, studies: int, seed: int) -> Newcomers:
    """Let a newcomer meet the worst of an established field a few times, over and over.

    Args:
        plan: the rules; the field's strengths spread as it says.
        strength: true one of the newcomer, against the mean of the field.
        votes: of the newcomer against the worst, at least 1; the four others have 60 on each pair.
        studies: how many, at least 1.
        seed: of all.

    Raises:
        BadNumber: if a number makes no study.
    """
    check("a number of votes of the newcomer", votes, 1, MOST_RATERS)
    check("a number of studies", studies, 1, MOST_STUDIES)
    field = np.linspace(plan.spread, -plan.spread, 4)
    true = np.append(field, strength)
    one, other = (np.repeat(part, 60) for part in np.triu_indices(4, 1))
    left, right = np.append(one, np.full(votes, 4)), np.append(other, np.full(votes, 3))
    shares = np.stack(chances(true[left] - true[right], tie_parameter(plan.tie_share)), axis=1)
    generator = np.random.default_rng(seed)
    outcome = np.zeros(3)
    for _ in range(studies):
        said = (generator.random(len(left))[:, None] > np.cumsum(shares, axis=1)[:, :2]).sum(axis=1)
        who, face = (generator.integers(most, size=len(left)) for most in (20, FACES))
        found = intervals.estimate(Judgements(left, right, said, who, face), 5, plan.ridge, plan.resamples, generator)
        is_true = strength - true[found.zero].mean()
        low, high = found.ends.low, found.ends.high
        outcome += [is_true < low[4], is_true > high[4], low[4] > low[:4].max()]
    return Newcomers(*(float(share) for share in outcome / studies))


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate newcomers as bad as the worst, as good as the average, as the best, and far better.

    Returns:
        0, or 2 where the person has to correct something.
    """
    parser = argparse.ArgumentParser(
        "python -m comparisons.ranking.newcomers", description="Try intervals on few votes."
    )
    parser.add_argument("votes", type=int, metavar="VOTES", help="of the newcomer, all against the worst method")
    parser.add_argument("--studies", type=int, default=200, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    asked = parser.parse_args(arguments)
    plan = StudyPlan()
    sys.stdout.write(" true   interval too high   too low   first by its lower end\n")
    try:
        check("a seed", asked.seed, 0, MOST_SEED)
        for true in (-plan.spread, 0.0, plan.spread, 2 * plan.spread):
            done = newcomers(plan, true, asked.votes, asked.studies, asked.seed)
            sys.stdout.write(f"{true:+.2f}   {done.too_high:>17.1%}   {done.too_low:>7.1%}   {done.ahead:>22.1%}\n")
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
