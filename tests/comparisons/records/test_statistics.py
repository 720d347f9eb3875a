import math

import numpy as np
import pytest
from scipy.stats import bootstrap

from comparisons.records import statistics
from comparisons.records.statistics import WinTieLoss, holm, mean_interval, paired_difference, wins_ties_losses


def numbers(seed, count=40, mean=0.0):
    return np.random.default_rng(seed).normal(mean, 1, count)


def test_the_interval_is_near_scipys_and_near_the_normal_one():
    values = numbers(1, 200, 5)
    found = mean_interval(values, seed=3)
    other = bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(9))
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(other.confidence_interval.low, abs=0.03)
    assert found.high == pytest.approx(other.confidence_interval.high, abs=0.03)
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / math.sqrt(200), rel=0.1)
    assert found.n == 200


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    hits = sum(
        low <= 0 <= high
        for low, high in ((i.low, i.high) for i in (mean_interval(numbers(k), resamples=300) for k in range(200)))
    )
    assert 0.88 <= hits / 200 <= 0.99


def test_the_seed_decides_and_chunks_change_nothing_but_memory(monkeypatch):
    values = numbers(2)
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1)
    assert mean_interval(values, seed=1) != mean_interval(values, seed=2)
    whole = mean_interval(values, seed=1)
    monkeypatch.setattr(statistics, "_CHUNK", 100)
    assert mean_interval(values, seed=1) == whole


def test_more_pictures_make_it_narrower():
    narrow, wide = mean_interval(numbers(4, 1000)), mean_interval(numbers(4, 20))
    assert narrow.high - narrow.low < wide.high - wide.low


def test_one_picture_has_no_interval():
    found = mean_interval([3.0])
    assert (found.mean, found.n) == (3.0, 1)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_pairing_sees_what_means_alone_do_not():
    baseline = numbers(5, 50) * 10
    found = paired_difference(baseline + 0.5 + 0.1 * numbers(6, 50), baseline)
    assert found.interval.low > 0.4
    assert found.interval.high < 0.6
    assert found.p < 1e-6
    alone = mean_interval(baseline)
    assert alone.high - alone.low > 1


def test_swapping_the_sides_mirrors_the_difference():
    one, other = numbers(7), numbers(8)
    there, back = paired_difference(one, other), paired_difference(other, one)
    assert there.interval.mean == -back.interval.mean
    assert there.p == back.p


def test_signed_rank_by_hand():
    # All five differences have one sign: p = 2 / 2^5.
    assert paired_difference([1, 2, 3, 4, 5], [0, 0, 0, 0, 0]).p == pytest.approx(2 / 32)


def test_no_difference_at_all():
    found = paired_difference([1.0, 2.0], [1.0, 2.0])
    assert (found.interval.mean, found.interval.low, found.interval.high, found.p) == (0, 0, 0, 1)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []
    with pytest.raises(ValueError, match="p values"):
        holm([1.5])


@pytest.mark.parametrize(("higher", "expected"), [(True, WinTieLoss(2, 1, 1)), (False, WinTieLoss(1, 1, 2))])
def test_wins_follow_the_direction(higher, expected):
    assert wins_ties_losses([3, 3, 2, 1], [1, 2, 2, 2], higher) == expected


def test_a_tolerance_widens_ties():
    assert wins_ties_losses([1.05, 0.95, 2.0], [1, 1, 1], True, tolerance=0.1) == WinTieLoss(1, 2, 0)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [[1.0]]])
def test_what_cannot_be_averaged_is_refused(values):
    with pytest.raises(ValueError, match="expected"):
        mean_interval(values)


def test_pairs_must_match():
    with pytest.raises(ValueError, match="one pair per picture"):
        paired_difference([1.0, 2.0], [1.0])
