"""How far votes can be trusted: each figure worked by hand."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from comparisons.ranking.agreement import (
    AgreementMark,
    MetricAgreement,
    alpha_of_votes,
    krippendorff_alpha,
    left_share,
    metric_agreement,
    self_consistency,
    share_of_marks,
    tie_rate,
)
from comparisons.records.statistics import mean_interval
from comparisons.study.plan import Answer
from comparisons.study.vote import Vote
from tests.comparisons.study.test_vote_log import VOTE


def cast(answer: Answer, rater: str = "rater", picture: str = "01", swapped: bool = False) -> Vote:
    sides = ("b", "a") if swapped else ("a", "b")
    return replace(VOTE, answer=answer, rater=rater, picture=picture, left=sides[0], right=sides[1])


def test_ties_and_sides() -> None:
    votes = [cast("left"), cast("left"), cast("right"), cast("tie"), cast("both_bad", "other"), cast("left", "other")]
    assert tie_rate(votes) == pytest.approx(2 / 6)
    found = left_share(votes, 0)
    assert found is not None
    assert found.mean == pytest.approx((2 / 3 + 1) / 2)
    assert found.n == 2
    assert left_share([cast("tie")], 0) is None
    assert math.isnan(tie_rate([]))


def test_the_same_method_on_the_other_side_is_the_same_answer() -> None:
    first = [cast("left", picture="01"), cast("left", picture="02"), cast("tie", picture="03")]
    repeats = [
        cast("right", picture="01", swapped=True),
        cast("left", picture="02", swapped=True),
        cast("both_bad", picture="03", swapped=True),
        cast("left", picture="04", swapped=True),
    ]
    found = self_consistency(first, repeats, 0)
    assert found is not None
    assert found.mean == pytest.approx(2 / 3)
    assert self_consistency(first, [], 0) is None


def test_alpha_of_krippendorffs_own_example() -> None:
    # Krippendorff 2011, section C: four observers, twelve units, nominal alpha = 0.743
    gap = None
    table = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
        [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
    ]
    units = [[value for value in unit if value is not None] for unit in zip(*table, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=5e-4)
    evalica = pytest.importorskip("evalica", reason="a second implementation (tests/requirements.txt)")
    theirs = evalica.alpha(pd.DataFrame(table, dtype=float), "nominal")
    assert krippendorff_alpha(units) == pytest.approx(theirs.alpha, abs=1e-9)


def test_alpha_at_its_ends() -> None:
    assert krippendorff_alpha([["a", "a"], ["b", "b"]]) == 1
    assert krippendorff_alpha([["a", "b"], ["b", "a"]]) < 0
    assert math.isnan(krippendorff_alpha([["a"], ["b"]]))
    assert math.isnan(krippendorff_alpha([["a", "a"]]))
    generator = np.random.default_rng(0)
    assert abs(krippendorff_alpha(generator.integers(0, 3, (2000, 3)).tolist())) < 0.05


def test_alpha_takes_a_pair_on_a_face_as_one_unit_whatever_the_side() -> None:
    same = [
        cast("left", "one"),
        cast("right", "two", swapped=True),
        cast("right", "one", "02"),
        cast("right", "two", "02"),
    ]
    assert alpha_of_votes(same) == 1


def test_measures_that_agree_with_people_come_first() -> None:
    votes = [replace(cast("left", picture=picture), weights="a:0123") for picture in ("01", "02", "03", "04")]
    votes += [cast("tie"), cast("left", picture="unscored")]
    # on a result of other weights than the one that was measured
    votes += [replace(cast("right", picture="01"), weights="a:4567")]
    scores = {
        (picture, VOTE.corruption, method, weights): {
            "psnr": {"a": 30.0, "b": 20.0}[method],
            "lpips": {"a": 0.1, "b": 0.2}[method] if picture != "04" else 0.1,
            "ssim": {"a": 0.5, "b": 0.9}[method],
            # around the mask every method keeps the face's own pixels: that tells nothing, and stood there as 50 % with no doubt
            "psnr_ring": 100.0,
            "unknown": 1.0,
        }
        for picture in ("01", "02", "03", "04")
        for method, weights in (("a", "0123"), ("b", ""))
    }
    found = metric_agreement(votes, scores, 0)
    assert [(entry.metric, entry.share.mean, entry.votes) for entry in found] == [
        ("psnr", 1.0, 4),
        ("lpips", pytest.approx(3.5 / 4), 4),
        ("ssim", 0.0, 4),
    ]
    assert metric_agreement(votes, {}, 0) == ()


def marks(agrees: npt.NDArray[np.float64]) -> list[AgreementMark]:
    """Of raters by pictures."""
    return [
        AgreementMark(f"{face}", f"{rater}", float(agrees[rater, face])) for rater, face in np.ndindex(agrees.shape)
    ]


def test_raters_who_differ_widen_what_a_measure_is_said_to_agree() -> None:
    """Half the raters always agree with the measure, half never: every face has a half, so that faces alone are sure of it."""
    agrees = np.repeat([[1.0], [0.0]], 5, axis=0).repeat(30, axis=1)
    found = share_of_marks(marks(agrees), 0)
    # the standard error of the mean of ten raters, by hand
    assert (found.mean, found.high - 0.5) == pytest.approx((0.5, 1.96 * (0.25 * 10 / 9 / 10) ** 0.5), rel=1e-3)
    assert 0.5 - found.low == pytest.approx(found.high - 0.5)
    # where raters are alike, faces are all that differs: the interval of pictures
    alike = (np.arange(30) % 3 > 0).astype(float)[None].repeat(10, axis=0)
    told, of_pictures = share_of_marks(marks(alike), 0), mean_interval(alike[0], 0)
    assert (told.low, told.high) == pytest.approx((of_pictures.low, of_pictures.high))
    alone = share_of_marks(marks(alike[:1]), 0)
    assert alone.mean == told.mean
    assert math.isnan(alone.low)
    assert not MetricAgreement("psnr", alone, 30).enough


def test_intervals_of_agreement_hold_the_truth_where_raters_and_faces_have_tastes_of_their_own() -> None:
    held, held_by_faces = [], []
    for seed in range(150):
        chance = np.random.default_rng(seed)
        shares = 0.6 + 0.15 * chance.standard_normal((20, 1)) + 0.1 * chance.standard_normal((1, 40))
        said = (chance.random((20, 40)) < shares).astype(float)
        found, faces = share_of_marks(marks(said), seed), mean_interval(said.mean(axis=0), seed)
        held.append(found.low <= 0.6 <= found.high)
        held_by_faces.append(faces.low <= 0.6 <= faces.high)
    assert 0.9 <= np.mean(held) <= 0.99
    # as it was told before
    assert np.mean(held_by_faces) < 0.8
