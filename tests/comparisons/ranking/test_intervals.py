"""Intervals of few votes: against exact ones, against an independent profile likelihood, and what they must never do."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.stats import beta

from comparisons.ranking import intervals
from comparisons.ranking.bradley_terry import Judgements, PairCounts
from comparisons.ranking.crowd import BadNumber
from comparisons.ranking.intervals import DROP, open_ends, profile, reference
from comparisons.ranking.newcomers import main, newcomers
from comparisons.study.plan import StudyPlan

FIELD = np.array([[0, 34, 53, 60], [20, 0, 44, 51], [11, 26, 0, 47], [6, 13, 14, 0]], dtype=float)
"""Wins among four methods, best first."""
TIES = np.array([[0, 14, 5, 3], [14, 0, 9, 6], [5, 9, 0, 10], [3, 6, 10, 0]], dtype=float)


def pair(wins: float, losses: float) -> PairCounts:
    return PairCounts(np.array([[0, wins], [losses, 0]], dtype=float), np.zeros((2, 2)))


def with_newcomer(wins: float = 0, losses: float = 0, ties: float = 0, against: int = 3) -> PairCounts:
    """The field, and a fifth method that has met one of it."""
    won, tied = np.zeros((5, 5)), np.zeros((5, 5))
    won[:4, :4], tied[:4, :4] = FIELD, TIES
    won[4, against], won[against, 4] = wins, losses
    tied[4, against] = tied[against, 4] = ties
    return PairCounts(won, tied)


def lower(table: PairCounts) -> float:
    return float(profile(table, reference(table)).low[4])


@pytest.mark.parametrize("wins", [1, 3, 10, 30])
def test_wins_alone_are_as_good_as_the_exact_binomial_interval_says(wins: int) -> None:
    exact = beta.ppf(0.025, wins, 1)
    found = profile(pair(wins, 0), np.array([0, 1]))
    # the strength is half the difference of two
    assert 2 * found.low[0] == pytest.approx(np.log(exact / (1 - exact)), abs=1e-3)
    assert found.high[0] == np.inf
    mirrored = profile(pair(0, wins), np.array([0, 1]))
    assert mirrored.high[0] == pytest.approx(-found.low[0], abs=1e-6)
    assert mirrored.low[0] == -np.inf


def loss(parameters: np.ndarray, table: PairCounts) -> float:
    """Davidson's log-likelihood, written down anew."""
    *strengths, log_nu = parameters
    total = 0.0
    for one in range(len(strengths)):
        for other in range(one):
            odds = np.array([strengths[one], strengths[other], log_nu + (strengths[one] + strengths[other]) / 2])
            logs = odds - np.log(np.exp(odds).sum())
            total -= float(
                np.dot([table.wins[one, other], table.wins[other, one], table.ties[one, other]], logs),
            )
    return total


@pytest.mark.parametrize("which", [0, 3, 4])
def test_ends_are_those_of_an_independent_profile_likelihood(which: int) -> None:
    table = with_newcomer(wins=4, losses=1)
    zero = reference(table)
    direction = np.eye(6)[which]
    direction[zero] -= 1 / len(zero)

    def best(value: float | None) -> float:
        held = [] if value is None else [{"type": "eq", "fun": lambda x: direction @ x - value}]
        # strengths are known but for their sum
        held += [{"type": "eq", "fun": lambda x: x[:5].sum()}]
        options = {"maxiter": 500, "ftol": 1e-12}
        return float(minimize(loss, np.zeros(6), (table,), method="SLSQP", constraints=held, options=options).fun)

    top = best(None)
    found = profile(table, zero)
    for end, inside in ((found.low[which], found.high[which]), (found.high[which], found.low[which])):
        outside = end + (end - inside) / 4
        wanted = brentq(lambda value: best(value) - top - DROP, (end + inside) / 2, outside, xtol=1e-6)
        assert end == pytest.approx(wanted, abs=2e-3)


@pytest.mark.parametrize("against", [0, 3])
def test_more_wins_never_lower_the_lower_end(against: int) -> None:
    ends = np.array(
        [
            [[lower(with_newcomer(wins, losses, ties, against)) for ties in range(3)] for losses in range(3)]
            for wins in range(1, 8)
        ]
    )
    assert (np.diff(ends, axis=0) > 0).all()
    # nor does it lower it that a loss or a tie becomes a win
    assert (ends[1:, :-1] > ends[:-1, 1:]).all()
    assert (ends[1:, :, :-1] > ends[:-1, :, 1:]).all()


def test_turning_every_vote_round_turns_the_intervals_round() -> None:
    table = with_newcomer(wins=3)
    turned = PairCounts(table.wins.T.copy(), table.ties)
    one, other = profile(table, reference(table)), profile(turned, reference(turned))
    assert other.low == pytest.approx(-one.high, abs=1e-5)
    assert other.high == pytest.approx(-one.low, abs=1e-5)


def test_a_newcomer_leaves_the_intervals_of_the_others_alone() -> None:
    alone = profile(PairCounts(FIELD, TIES), np.arange(4))
    for table in (with_newcomer(wins=3), with_newcomer(losses=3), with_newcomer(wins=1, losses=1)):
        found = profile(table, reference(table))
        assert found.low[:4] == pytest.approx(alone.low, abs=0.02)
        assert found.high[:4] == pytest.approx(alone.high, abs=0.02)


def test_the_reference_is_who_won_and_lost_often_enough() -> None:
    assert reference(with_newcomer(wins=200)).tolist() == [0, 1, 2, 3]
    assert reference(with_newcomer(wins=5, losses=5)).tolist() == [0, 1, 2, 3]
    assert reference(with_newcomer(wins=60, losses=60)).tolist() == [0, 1, 2, 3, 4]
    chain = np.array([[0, 5, 0], [0, 0, 5], [0, 0, 0]], dtype=float)
    assert reference(PairCounts(chain, np.zeros((3, 3)))).tolist() == [0, 1, 2]


def test_two_who_lost_only_to_each_other_have_no_upper_end() -> None:
    won = np.zeros((4, 4))
    won[:2, 2:] = 10
    won[0, 1], won[1, 0], won[2, 3], won[3, 2] = 2, 3, 9, 11
    table = PairCounts(won, np.zeros((4, 4)))
    low_open, high_open = open_ends(table, np.array([2, 3]))
    assert (low_open.tolist(), high_open.tolist()) == ([False] * 4, [True, True, False, False])
    found = profile(table, np.array([2, 3]))
    assert np.isinf(found.high).tolist() == high_open.tolist()
    assert np.isfinite(found.low).all()


def test_methods_that_were_only_ever_tied_may_lie_any_distance_apart() -> None:
    table = PairCounts(np.zeros((2, 2)), np.array([[0, 4], [4, 0]], dtype=float))
    found = profile(table, np.array([0, 1]))
    assert found.low.tolist() == [-np.inf] * 2
    assert found.high.tolist() == [np.inf] * 2


def test_votes_that_are_alike_are_worth_less_to_the_undefeated_too() -> None:
    table = with_newcomer(wins=10)
    ends = [profile(table, np.arange(4), effect).low[4] for effect in (1.0, 2.0, 4.0)]
    assert ends[0] > ends[1] + 0.3 > ends[2] + 0.6
    # two votes for each one: the chance of ten wins is that of five
    five = with_newcomer(wins=5)
    assert ends[1] == pytest.approx(profile(five, np.arange(4)).low[4], abs=0.05)


def test_raters_of_one_mind_show_in_the_design_effect() -> None:
    generator = np.random.default_rng(2)
    rater = np.arange(400) // 20
    opinion = generator.integers(0, 2, 20)[rater]
    sides = np.zeros(400, dtype=np.int64), np.ones(400, dtype=np.int64)
    faces = generator.integers(0, 80, 400)
    effects = []
    for said in (opinion, generator.integers(0, 2, 400)):
        found = intervals.estimate(Judgements(*sides, said, rater, faces), 2, 0.01, 200, generator)
        scatter = intervals.spread(Judgements(*sides, said, rater, faces), 2, found.best, 0.01, 200, generator)
        effects.append(scatter.design_effect)
    # 20 votes that are one, and 20 that are 20
    assert effects[0] == pytest.approx(20, rel=0.35)
    assert effects[1] < 4


@pytest.mark.parametrize(("votes", "strength"), [(3, -1.5), (3, 1.5), (10, 0.0)])
def test_a_newcomers_interval_holds_its_strength_and_leads_nobody(votes: int, strength: float) -> None:
    done = newcomers(StudyPlan(resamples=30), strength, votes, studies=40, seed=0)
    # 2.5 % are allowed: 4 of 40 or more come of that once in 70 times
    assert done.too_high <= 0.075
    assert done.too_low <= 0.075
    assert done.ahead == 0


def test_studies_of_newcomers_that_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadNumber, match="got 0"):
        newcomers(StudyPlan(), 0.0, 0, 1, 0)
    assert main(["3", "--studies", "0"]) == 2
    assert "expected a number of studies from 1" in capsys.readouterr().err
