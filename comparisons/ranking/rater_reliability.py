"""How often each rater looked: the noisy Bradley-Terry model, reported beside the ranking and never used to weigh votes.

A vote of rater r on a pair comes with the probability q_r of the model of the ranking, and else of nothing that was shown: either side
alike, a tie as often as all raters say one. By expectation and maximisation, in turns: how likely it is of every vote that its rater
looked; the strengths of votes that weigh so much, and q_r as their mean over the rater's votes, with `SEEN` votes more of which `SEEN` *
`SHARE` looked, so that nobody is called careless for a handful of surprising votes.

To weigh votes by it would let those who agree with the many decide alone; the ranking leaves raters out by rules that were fixed
before the first vote, and tells this number beside the deviation.

References:
    Chen, Bennett, Collins-Thompson & Horvitz, Pairwise ranking aggregation in a crowdsourced setting, WSDM 2013, eq. (4).
    Bugakova, Fedorova, Gusev & Drutsa, Aggregation of pairwise comparisons with reduction of biases, ICML workshop 2019; as
    `NoisyBradleyTerry` in crowd-kit.
"""

from typing import Final

import numpy as np

from comparisons.ranking import bradley_terry
from comparisons.ranking.bradley_terry import BradleyTerryFit, Floats, Judgements, PairCounts
from comparisons.study.foresight import chances

SEEN: Final = 10.0
SHARE: Final = 0.9
_ROUNDS: Final = 100
_STILL: Final = 1e-4
"""Change of a reliability below which nothing moves any more."""


def reliabilities(judgements: Judgements, count: int, best: BradleyTerryFit, ridge: float) -> Floats:
    """Of each rater, the share of votes that were given after looking.

    Args:
        judgements: n votes.
        count: number of methods.
        best: the fit to all of them, where it begins.
        ridge: as for `bradley_terry.fit`.

    Returns:
        (r,), 0 to 1, in the order of the raters' numbers.
    """
    raters = int(judgements.rater.max()) + 1
    given = np.bincount(judgements.rater, minlength=raters)
    ties = float((judgements.outcome == 2).mean())
    blind = np.where(judgements.outcome == 2, ties, (1 - ties) / 2)
    found, fitted = np.full(raters, SHARE), best
    for _ in range(_ROUNDS):
        difference = fitted.strengths[judgements.left] - fitted.strengths[judgements.right]
        likely = np.choose(judgements.outcome, chances(difference, fitted.nu))
        own = found[judgements.rater]
        looked = own * likely / (own * likely + (1 - own) * blind)
        before = found
        found = (np.bincount(judgements.rater, looked, raters) + SEEN * SHARE) / (given + SEEN)
        fitted = bradley_terry.fit(_weighed(judgements, looked, count), ridge, fitted)
        if np.abs(found - before).max() < _STILL:
            break
    return np.asarray(found)


def _weighed(judgements: Judgements, weight: Floats, count: int) -> PairCounts:
    wins, ties = np.zeros((count, count)), np.zeros((count, count))
    one, other, outcome = judgements.left, judgements.right, judgements.outcome
    tied = outcome == 2
    winner, loser = np.where(outcome == 1, other, one), np.where(outcome == 1, one, other)
    np.add.at(wins, (winner[~tied], loser[~tied]), weight[~tied])
    np.add.at(ties, (one[tied], other[tied]), weight[tied])
    return PairCounts(wins, ties + ties.T)
