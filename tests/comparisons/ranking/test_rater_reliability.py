"""Who votes without looking is told from who looks and sees otherwise, and nobody for a handful of votes."""

import numpy as np
import pytest

from comparisons.ranking import bradley_terry
from comparisons.ranking.bradley_terry import Judgements
from comparisons.ranking.rater_reliability import SHARE, reliabilities
from comparisons.study.foresight import chances, tie_parameter

TRUE = np.linspace(-1.5, 1.5, 5)
EACH = 100


def judged(careless: int, raters: int = 14, each: int = EACH) -> Judgements:
    """Raters of whom the first few answer without looking."""
    chance = np.random.default_rng(2)
    left = chance.integers(5, size=raters * each)
    right = (left + chance.integers(1, 5, size=len(left))) % 5
    rater = np.repeat(np.arange(raters), each)
    won, lost, _ = chances(np.where(rater < careless, 0.0, TRUE[left] - TRUE[right]), tie_parameter(0.2))
    drawn = chance.random(len(left))
    outcome = np.where(drawn < won, 0, np.where(drawn < won + lost, 1, 2))
    return Judgements(left, right, outcome, rater, np.arange(len(left)))


def told(judgements: Judgements) -> np.ndarray:
    best = bradley_terry.fit(bradley_terry.tabulate(judgements, 5), 0.01)
    return reliabilities(judgements, 5, best, 0.01)


def test_who_does_not_look_is_told_from_who_does() -> None:
    found = told(judged(careless=3))
    assert found[:3].max() < 0.6
    assert found[3:].min() > 0.75
    assert (found >= 0).all()
    assert (found <= 1).all()


def test_the_order_of_the_votes_and_the_sides_do_not_matter() -> None:
    one = judged(careless=2)
    order = np.random.default_rng(0).permutation(len(one.left))
    flipped = np.array([1, 0, 2])[one.outcome]
    other = Judgements(one.right[order], one.left[order], flipped[order], one.rater[order], one.picture[order])
    assert told(other) == pytest.approx(told(one), abs=1e-3)


def test_a_handful_of_votes_calls_nobody_careless() -> None:
    few = judged(careless=1, each=3)
    assert told(few)[0] > SHARE - 0.35
