"""Bradley-Terry with ties: worked by hand, against a second implementation, and on votes of known strengths."""

import numpy as np
import pytest

from comparisons.ranking.bradley_terry import (
    BradleyTerryFit,
    Judgements,
    NotConnected,
    PairCounts,
    check_connected,
    fit,
    tabulate,
)
from comparisons.ranking.intervals import spread
from comparisons.study.foresight import chances, expected_half_width, tie_parameter

TINY = 1e-9


def votes(rows: list[tuple[int, int, int]]) -> Judgements:
    left, right, outcome = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    index = np.arange(len(rows))
    return Judgements(left, right, outcome, index, index)


def drawn(strengths: np.ndarray, tie_share: float, per_pair: int, seed: int) -> Judgements:
    generator = np.random.default_rng(seed)
    rows = []
    for one in range(len(strengths)):
        for other in range(len(strengths)):
            if one != other:
                win, lose, _ = chances(np.array(strengths[one] - strengths[other]), tie_parameter(tie_share))
                for _ in range(per_pair // 2):
                    value = generator.random()
                    rows.append((one, other, 0 if value < win else 1 if value < win + lose else 2))
    return votes(rows)


def test_two_methods_worked_by_hand() -> None:
    table = tabulate(votes([(0, 1, 0)] * 6 + [(1, 0, 0)] * 3), 2)
    assert fit(table, TINY).strengths == pytest.approx([np.log(2) / 2, -np.log(2) / 2], abs=1e-4)
    assert fit(table, TINY).nu == 0


def test_ties_worked_by_hand() -> None:
    # equal methods: share of ties = nu / (2 + nu)
    table = tabulate(votes([(0, 1, 0)] * 3 + [(0, 1, 1)] * 3 + [(0, 1, 2)] * 2), 2)
    found = fit(table, TINY)
    assert found.strengths == pytest.approx([0, 0], abs=1e-4)
    assert found.nu == pytest.approx(2 * 0.25 / 0.75, abs=1e-4)


def test_swapping_sides_and_shuffling_votes_change_nothing() -> None:
    given = drawn(np.array([1.0, 0.0, -1.0]), 0.2, 40, 3)
    mirrored = Judgements(given.right, given.left, np.array([1, 0, 2])[given.outcome], given.rater, given.picture)
    order = np.random.default_rng(0).permutation(len(given.left))
    shuffled = Judgements(*(getattr(given, name)[order] for name in ("left", "right", "outcome", "rater", "picture")))
    first = tabulate(given, 3)
    for other in (tabulate(mirrored, 3), tabulate(shuffled, 3)):
        assert np.array_equal(other.wins, first.wins)
        assert np.array_equal(other.ties, first.ties)


def test_a_method_that_never_lost_stays_finite_and_first() -> None:
    table = tabulate(votes([(0, 1, 0)] * 5 + [(0, 2, 0)] * 5 + [(1, 2, 0)] * 3 + [(2, 1, 0)] * 2), 3)
    strengths = fit(table, 0.01).strengths
    assert np.isfinite(strengths).all()
    assert strengths.argmax() == 0
    assert strengths.sum() == pytest.approx(0, abs=1e-9)


def test_a_graph_in_parts_is_refused_by_name() -> None:
    table = tabulate(votes([(0, 1, 0), (2, 3, 2)]), 4)
    with pytest.raises(NotConnected, match=r"a, b \| c, d"):
        check_connected(table, "abcd")
    check_connected(tabulate(votes([(0, 1, 0), (2, 3, 2), (1, 2, 2)]), 4), "abcd")


def test_the_small_ridge_hardly_moves_a_strength() -> None:
    table = tabulate(drawn(np.array([1.2, 0.3, -0.4, -1.1]), 0.2, 100, 5), 4)
    assert fit(table, 0.01).strengths == pytest.approx(fit(table, TINY).strengths, rel=0.01, abs=2e-3)


def test_a_warm_start_ends_in_the_same_place() -> None:
    table = tabulate(drawn(np.array([1.0, 0.0, -1.0]), 0.2, 60, 1), 3)
    cold = fit(table, 0.01)
    warm = fit(table, 0.01, BradleyTerryFit(np.array([-3.0, 0.0, 3.0]), 5.0))
    assert warm.strengths == pytest.approx(cold.strengths, abs=1e-4)
    assert warm.nu == pytest.approx(cold.nu, abs=1e-4)


def test_evalica_finds_the_same_where_both_are_defined() -> None:
    evalica = pytest.importorskip("evalica", reason="a second implementation (tests/requirements.txt)")
    given = drawn(np.array([1.0, 0.2, -0.3, -0.9]), 0.0, 80, 11)
    winners = [(evalica.Winner.X, evalica.Winner.Y)[outcome] for outcome in given.outcome]
    names = [f"m{index}" for index in range(4)]
    result = evalica.bradley_terry(
        [names[index] for index in given.left],
        [names[index] for index in given.right],
        winners,
        tolerance=1e-12,
        limit=10_000,
    )
    theirs = np.log(result.scores.loc[names].to_numpy())
    ours = fit(tabulate(given, 4), TINY).strengths
    assert ours == pytest.approx(theirs - theirs.mean(), abs=1e-3)


def test_intervals_of_independent_votes_are_as_wide_as_the_information_says() -> None:
    strengths, per_pair = np.array([0.8, 0.0, -0.8]), 160
    given = drawn(strengths, 0.2, per_pair, 2)
    # many votes a rater and a picture, drawn independently: clusters that are not alike
    generator = np.random.default_rng(4)
    given = Judgements(
        given.left,
        given.right,
        given.outcome,
        generator.integers(0, 40, len(given.left)),
        generator.integers(0, 60, len(given.left)),
    )
    found = spread(given, 3, fit(tabulate(given, 3), 0.01), 0.01, 150, generator).widths
    assert found == pytest.approx(expected_half_width(strengths, 0.2, per_pair), rel=0.35)


def test_raters_who_are_alike_widen_the_interval() -> None:
    # every rater says one and the same thing all the time: 10 raters are 10 votes, not 200
    rows = [(0, 1, 0 if rater < 6 else 1) for rater in range(10) for _ in range(20)]
    index = np.arange(200)
    given = votes(rows)
    alike = Judgements(given.left, given.right, given.outcome, index // 20, index % 50)
    generator = np.random.default_rng(0)
    best = fit(tabulate(given, 2), 0.01)
    wide = spread(alike, 2, best, 0.01, 100, generator).widths
    narrow = spread(given, 2, best, 0.01, 100, generator).widths
    assert (wide > 2.5 * narrow).all()


def test_one_rater_says_nothing_about_spread() -> None:
    given = votes([(0, 1, 0), (1, 0, 0), (0, 1, 2)])
    alone = Judgements(given.left, given.right, given.outcome, np.zeros(3, dtype=np.int64), given.picture)
    best = fit(tabulate(given, 2), 0.01)
    assert np.isnan(spread(alone, 2, best, 0.01, 10, np.random.default_rng(0)).widths).all()


def test_table_counts_both_ways() -> None:
    table = tabulate(votes([(0, 1, 0), (1, 0, 0), (1, 0, 1), (0, 1, 2)]), 2)
    assert table.wins.tolist() == [[0, 2], [1, 0]]
    assert table.ties.tolist() == [[0, 1], [1, 0]]
    assert isinstance(table, PairCounts)
    assert table.compared.tolist() == [[0, 4], [4, 0]]
