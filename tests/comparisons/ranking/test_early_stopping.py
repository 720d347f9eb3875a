"""Strengths of studies that stop by what the votes say: the bias of it by hand, taken off, and taken off these studies alone."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from comparisons.ranking import bias_reduction, early_stopping, savings
from comparisons.ranking.bradley_terry import Floats, PairCounts
from comparisons.ranking.standings import rank
from comparisons.study.plan import StudyPlan
from tests.comparisons.ranking.test_adaptive import votes

PLAN = StudyPlan(resamples=60, stop=True, preliminary_raters=2)
BOTH = np.arange(2)


def _told(apart: float) -> float:
    """What a vote without ties tells of the distance between two."""
    wins = 1 / (1 + np.exp(-apart))
    return float(wins * (1 - wins))


def test_between_two_the_bias_is_the_slope_of_what_a_vote_tells() -> None:
    wins, apart = np.array([[0, 60.0], [20, 0]]), 1.1
    found = early_stopping.bias(
        np.array([apart / 2, -apart / 2]), BOTH, early_stopping.of_pairs(PairCounts(wins, 0 * wins), 0.0)
    )
    slope = (np.log(_told(apart + 1e-5)) - np.log(_told(apart - 1e-5))) / 2e-5
    assert found[0] - found[1] == pytest.approx(slope / (80 * _told(apart)), rel=1e-4)
    assert found[0] - found[1] < 0


def test_in_fours_as_in_pairs_strengths_come_out_too_near_and_equals_where_they_are() -> None:
    strengths = np.linspace(-1, 1, 4)
    fours = early_stopping.of_fours(np.array(list(combinations(range(4), 4)) * 60), 4)
    pairs = early_stopping.of_pairs(PairCounts(30 * (1 - np.eye(4)), 0 * np.eye(4)), 0.4)
    for open_of in (fours, pairs):
        bent: Floats = early_stopping.bias(strengths, np.arange(4), open_of)
        assert bent[0] > 0 > bent[3]
        assert bent.sum() == pytest.approx(0)
        assert early_stopping.bias(np.zeros(4), np.arange(4), open_of) == pytest.approx(np.zeros(4), abs=1e-6)


@pytest.mark.slow
def test_stopped_studies_are_without_bias_and_would_be_bent() -> None:
    plan = StudyPlan()
    true = np.tile(np.linspace(-plan.spread, plan.spread, 4), (1500, 1))
    stopped = savings.run(true, plan, 20, 5, drawn=False)
    bent = bias_reduction.fit_many(stopped.tables, plan.ridge) - true
    assert savings.deviate(bent) > 3
    assert savings.deviate(savings.ranked(stopped.tables, plan) - true) < 2


def test_the_ranking_takes_it_off_once_a_study_has_stopped() -> None:
    # as good as even but for c, which loses every second vote
    given = [
        replace(vote, answer="left" if vote.right == "c" and place // 3 % 2 else vote.answer)
        for place, vote in enumerate(votes([("a", "b"), ("b", "c"), ("a", "c")] * 60))
    ]

    def strengths(plan: StudyPlan) -> dict[str, float]:
        return {
            one.method: one.strength
            for one in rank([replace(vote, study=plan.study) for vote in given], plan).standings
        }

    wide, narrow, fixed = (
        strengths(replace(PLAN, half_width=width, stop=stop))
        for width, stop in ((2.0, True), (0.05, True), (2.0, False))
    )
    assert narrow == fixed
    assert wide["a"] - wide["c"] > fixed["a"] - fixed["c"]
