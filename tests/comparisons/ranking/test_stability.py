"""Whose votes the order hangs on: found by leaving out, against refits of their own."""

import numpy as np
import pytest

from comparisons.ranking.bradley_terry import Judgements, fit, tabulate
from comparisons.ranking.stability import Stability, assess
from comparisons.study.foresight import chances, tie_parameter

Row = tuple[int, int, int, int]
"""Left, right, outcome, rater."""
RIDGE = 0.01


def judged(rows: list[Row]) -> Judgements:
    left, right, outcome, rater = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return Judgements(left, right, outcome, rater, np.arange(len(rows)))


def found(rows: list[Row], count: int) -> Stability:
    given = judged(rows)
    best = fit(tabulate(given, count), RIDGE)
    return assess(given, count, best, np.zeros(count), np.arange(count), RIDGE)


def says(rater: int, winner: int, loser: int, times: int = 1) -> list[Row]:
    return [(winner, loser, 0, rater)] * times


def crowd(seed: int, raters: int, each: int, strengths: list[float]) -> list[Row]:
    """Votes drawn from the model."""
    generator = np.random.default_rng(seed)
    rows = []
    for rater in range(raters):
        for _ in range(each):
            one, other = generator.choice(len(strengths), 2, replace=False)
            win, lose, _tie = chances(np.array(strengths[one] - strengths[other]), tie_parameter(0.2))
            drawn = generator.random()
            rows.append((int(one), int(other), 0 if drawn < win else 1 if drawn < win + lose else 2, rater))
    return rows


def test_a_first_place_that_one_rater_made_could_change() -> None:
    # nine raters put 0 just before 1, the tenth says 1 nine times; 2 is far behind
    rows = [row for rater in range(9) for row in says(rater, 0, 1, 2) + says(rater, 1, 0) + says(rater, 0, 2)]
    rows += [row for rater in range(9) for row in says(rater, 1, 2)] + says(0, 2, 0) + says(1, 2, 1)
    assert found(rows, 3).stable.all()
    swayed = found([*rows, *says(9, 1, 0, 11)], 3)
    assert swayed.stable.tolist() == [False, False, True]
    assert np.flatnonzero(swayed.changes).tolist() == [9]
    assert swayed.shift.argmax() == swayed.deviation.argmin() == 9


def test_the_one_per_cent_that_matter_most_are_left_out_together() -> None:
    # no single rater turns 0 and 1 round, the two who gave six votes each do
    rows = [row for rater in range(148) for row in says(rater, 0, 1) + says(rater, 1, 0)]
    rows += says(148, 0, 1, 6) + says(149, 0, 1, 6)
    rows += says(0, 1, 0, 3) + says(1, 1, 0, 2)
    swayed = found(rows, 2)
    assert swayed.left_out == swayed.first_hangs_on == 2
    assert not swayed.changes.any()
    assert not swayed.stable.any()
    # with one vote more of seven others they do not suffice
    more = found([*rows, *(row for rater in range(2, 9) for row in says(rater, 0, 1))], 2)
    assert more.stable.all()
    # 14 votes ahead: the 12 of those two, and 3 of single ones
    assert more.first_hangs_on == 5


def test_a_clear_first_place_hangs_on_more_than_half() -> None:
    rows = [row for rater in range(10) for row in says(rater, 0, 1, 4) + says(rater, 1, 0)]
    assert found(rows, 2).first_hangs_on is None


def test_what_a_rater_moves_is_what_a_fit_without_them_shows() -> None:
    rows = crowd(1, 12, 20, [1.0, 0.3, -0.2, -1.1])
    swayed = found(rows, 4)
    whole = fit(tabulate(judged(rows), 4), RIDGE)
    for rater in range(12):
        rest = fit(tabulate(judged([row for row in rows if row[3] != rater]), 4), RIDGE)
        assert swayed.shift[rater] == pytest.approx(np.abs(rest.strengths - whole.strengths).max(), abs=1e-6)
        order = np.argsort(-rest.strengths).tolist() != np.argsort(-whole.strengths).tolist()
        assert swayed.changes[rater] == order
        surprise = spread = 0.0
        for left, right, outcome, _ in (row for row in rows if row[3] == rater):
            likely = np.array(chances(np.array(rest.strengths[left] - rest.strengths[right]), rest.nu))
            logs = np.log(likely)
            surprise += logs[outcome] - likely @ logs
            spread += likely @ logs**2 - (likely @ logs) ** 2
        assert swayed.deviation[rater] == pytest.approx(surprise / np.sqrt(spread), abs=1e-5)


def test_riggers_deviate_most_and_honest_raters_as_a_normal_variable_does() -> None:
    honest = crowd(3, 40, 60, [1.2, 0.6, 0.0, -0.6, -1.2])
    # two who always choose the method that is fourth, whatever it meets
    rigged = [row for rater in (40, 41) for other in (0, 1, 2, 4) for row in says(rater, 3, other, 25)]
    swayed = found(honest + rigged, 5)
    assert sorted(np.argsort(swayed.deviation)[:2].tolist()) == [40, 41]
    assert swayed.deviation[40:].max() < -3.5
    assert abs(swayed.deviation[:40].mean()) < 0.5
    assert swayed.deviation[:40].std() == pytest.approx(1, abs=0.3)


def test_a_method_that_one_rater_alone_connects_has_no_stable_place() -> None:
    rows = [row for rater in range(6) for row in says(rater, 0, 1, 3) + says(rater, 1, 0)]
    swayed = found([*rows, *says(0, 2, 1, 2), *says(0, 1, 2)], 3)
    assert swayed.stable.tolist() == [True, True, False]


def test_methods_on_a_level_and_a_single_rater_are_not_stable() -> None:
    level = [row for rater in range(4) for row in says(rater, 0, 1) + says(rater, 1, 0)]
    assert not found(level, 2).stable.any()
    alone = found(says(0, 0, 1, 5), 2)
    assert not alone.stable.any()


def test_neither_the_order_nor_the_sides_of_votes_matter() -> None:
    rows = crowd(5, 8, 15, [0.8, 0.0, -0.8])
    shuffled = [rows[index] for index in np.random.default_rng(0).permutation(len(rows))]
    mirrored = [(right, left, (1, 0, 2)[outcome], rater) for left, right, outcome, rater in shuffled]
    first, other = found(rows, 3), found(mirrored, 3)
    assert first.stable.tolist() == other.stable.tolist()
    assert first.deviation == pytest.approx(other.deviation, abs=1e-6)
    assert first.shift == pytest.approx(other.shift, abs=1e-6)
