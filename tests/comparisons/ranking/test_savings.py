"""What adaptive pairs save, and what they do to the strengths; the bias of likelihood, and its cure."""

import numpy as np
import pytest
from scipy.optimize import minimize

from comparisons.ranking import bias_reduction, bradley_terry, savings
from comparisons.ranking.bradley_terry import Floats, PairCounts
from comparisons.ranking.simulated_votes import FACES
from comparisons.study.foresight import Z, chances, tie_parameter, widening
from comparisons.study.plan import StudyPlan

PLAN = StudyPlan()


def test_adaptive_studies_stop_sooner_as_narrow_and_no_sooner_than_any_design_can() -> None:
    methods, raters = 6, 20
    done = savings.saved(PLAN, methods, raters, studies=160, with_intervals=2, seed=1)
    turns, drawn = done["in turns"], done["adaptive"]
    assert drawn.votes < 0.93 * turns.votes
    assert drawn.half_width == pytest.approx(turns.half_width, abs=0.05)
    win, lose, _ = chances(np.zeros(1), tie_parameter(PLAN.tie_share))
    variance = (PLAN.half_width / widening(raters, FACES, PLAN.resamples) / Z) ** 2
    least = (methods - 1) ** 2 / (2 * methods * float(win[0] + lose[0]) / 4 * variance)
    assert least < drawn.votes
    # neither design bends the strengths, nor does one of them more than the other
    assert max(turns.z, drawn.z, drawn.added) < 3


def test_a_bias_is_seen_and_chance_is_not_taken_for_one() -> None:
    errors = np.random.default_rng(3).standard_normal((300, 10))
    errors -= errors.mean(axis=1, keepdims=True)
    assert savings.deviate(errors) < 2
    tilt = np.linspace(-1, 1, 10)
    assert savings.deviate(errors + 0.4 * tilt) > 5


def _penalised(parameters: Floats, table: PairCounts) -> float:
    """Log-likelihood and half the logarithm of the determinant of the information, at strengths of which the last is 0 and log nu."""
    strengths = np.append(parameters[:-1], 0.0)
    rows, columns = np.triu_indices(len(strengths), 1)
    likely = np.stack(chances(strengths[rows] - strengths[columns], np.exp(parameters[-1])))
    said = np.stack([table.wins[rows, columns], table.wins[columns, rows], table.ties[rows, columns]])
    pairs = np.eye(len(strengths))[rows] - np.eye(len(strengths))[columns]
    slopes = np.zeros((3, len(rows), len(parameters)))
    slopes[0, :, :-1], slopes[1, :, :-1] = pairs[:, :-1] / 2, -pairs[:, :-1] / 2
    slopes[2, :, -1] = 1
    apart = slopes - np.einsum("yp,ypk->pk", likely, slopes)
    told = np.einsum("p,yp,ypk,ypl->kl", said.sum(axis=0), likely, apart, apart)
    return float((said * np.log(likely)).sum() + np.linalg.slogdet(told)[1] / 2)


def test_the_penalised_strengths_are_those_that_firth_s_penalty_makes_most_likely() -> None:
    wins = np.array([[0, 9, 12.0], [4, 0, 8], [1, 3, 0]])
    ties = np.array([[0, 2, 1.0], [2, 0, 4], [1, 4, 0]])
    table = PairCounts(wins, ties)
    best = minimize(lambda at: -_penalised(at, table), np.zeros(3), method="BFGS", options={"gtol": 1e-8}).x
    expected = np.append(best[:2], 0.0) - np.append(best[:2], 0.0).mean()
    found = bias_reduction.fit(table, 1e-9)
    assert found == pytest.approx(expected, abs=2e-4)
    # nearer to each other than those of greatest likelihood
    likely = bradley_terry.fit(table, 1e-9).strengths
    assert np.abs(found).max() < np.abs(likely).max()


def test_the_penalty_ends_on_any_few_votes_that_hang_together() -> None:
    """Nobody lost, nobody was tied, one vote a pair: a ranking is of these, too."""
    chance = np.random.default_rng(0)
    for number in range(60):
        size = 2 + number % 6
        wins, ties = np.zeros((size, size)), np.zeros((size, size))
        # a chain that connects all, then some votes more
        pairs = [(one, one + 1) for one in range(size - 1)] + [
            tuple(chance.choice(size, 2, replace=False)) for _ in range(int(chance.integers(0, 12)))
        ]
        for one, other in pairs:
            if number % 3 and chance.random() < 0.2:
                ties[one, other] += 1
                ties[other, one] += 1
            else:
                wins[one, other] += 1
        found = bias_reduction.fit(PairCounts(wins, ties), 0.01)
        assert np.abs(found).max() < 10
        if size >= 4:
            order = np.array([np.roll(np.arange(size), -turn)[:4] for turn in range(size - 3)])
            assert np.abs(bias_reduction.fit_fours(order, size, 0.01)).max() < 20


def test_the_penalty_takes_away_the_bias_of_few_votes() -> None:
    true = np.tile(np.linspace(-1.0, 1.0, 4), (600, 1))
    chance = np.random.default_rng(5)
    rows, columns = np.triu_indices(4, 1)
    likely = np.stack(chances(true[0, rows] - true[0, columns], tie_parameter(0.2)), axis=1)
    drawn = np.stack([chance.multinomial(12, one, size=600) for one in likely], axis=1)
    wins, ties = np.zeros((600, 4, 4)), np.zeros((600, 4, 4))
    wins[:, rows, columns], wins[:, columns, rows] = drawn[:, :, 0], drawn[:, :, 1]
    ties[:, rows, columns] = ties[:, columns, rows] = drawn[:, :, 2]
    table = PairCounts(wins, ties)
    assert savings.deviate(bradley_terry.fit_many(table, 0.01)[0] - true) > 2
    assert savings.deviate(bias_reduction.fit_many(table, 0.01) - true) < 2
