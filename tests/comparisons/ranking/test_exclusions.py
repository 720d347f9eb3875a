"""Which votes count: each rule, on votes made for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comparisons.ranking.exclusions import (
    BEYOND,
    FAST,
    FLOOD,
    INATTENTIVE,
    ONE_SIDED,
    TWICE,
    SeveralPools,
    sift,
    with_pool,
)
from comparisons.study.plan import SPOILT, TRUTH, StudyPlan
from comparisons.study.vote import Vote
from tests.comparisons.study.test_vote_log import VOTE

PLAN = StudyPlan()
START = datetime(2026, 1, 1, tzinfo=UTC)


def cast(number: int, rater: str = "rater", gap: float = 10.0, **columns: Any) -> Vote:
    when = (START + timedelta(seconds=gap * number)).isoformat()
    named: dict[str, Any] = {
        "vote": f"{rater}{number}",
        "trial": f"{rater}{number}",
        "time": when,
        "study": PLAN.study,
        "rater": rater,
    }
    # sides in turn, so that nobody is one-sided unless a test says so
    answer = "left" if number % 2 else "right"
    return replace(VOTE, **{**named, "answer": answer, **columns})


def check(number: int, right: bool, **columns: Any) -> Vote:
    return cast(number, kind="check", left=TRUTH, right=SPOILT, answer="left" if right else "right", **columns)


def test_only_blind_votes_of_the_study_count() -> None:
    others = [
        cast(0, study="realism-00000000"),
        cast(1, study="-", kind="open"),
        cast(2, kind="practice"),
        check(3, right=True),
    ]
    repeat, good, both_bad = cast(4, kind="repeat"), cast(5), cast(6, answer="both_bad")
    sifted = sift([*others, repeat, good, both_bad, cast(7, answer="skip")], PLAN)
    assert sifted.votes == (good, both_bad)
    assert sifted.repeats == (repeat,)
    assert (sifted.skipped, dict(sifted.excluded)) == (1, {})


def test_votes_given_without_looking_are_left_out() -> None:
    sifted = sift([cast(0, seconds=0.99), cast(1, seconds=1.0)], PLAN)
    assert [vote.vote for vote in sifted.votes] == ["rater1"]
    assert sifted.excluded == {FAST: 1}


def test_raters_who_fail_the_checks_are_left_out_from_the_second_check_on() -> None:
    given = [cast(0), cast(1)]
    assert len(sift([*given, check(2, right=False)], PLAN).votes) == 2
    assert sift([*given, check(2, right=False), check(3, right=False)], PLAN).excluded == {INATTENTIVE: 2}
    assert len(sift([*given, *(check(number, right=number > 2) for number in range(2, 6))], PLAN).votes) == 2
    tied = [check(2, right=True), check(3, right=True)]
    assert sift([*given, *(replace(vote, answer="tie") for vote in tied)], PLAN).excluded == {INATTENTIVE: 2}


def test_raters_who_look_at_one_side_are_left_out() -> None:
    left = [cast(number, answer="left") for number in range(19)]
    assert len(sift(left, PLAN).votes) == 19
    assert sift([*left, cast(19, answer="left")], PLAN).excluded == {ONE_SIDED: 20}
    mixed = [*left, *(cast(number, answer="right") for number in range(19, 22))]
    assert len(sift(mixed, PLAN).votes) == 22


def test_floods_are_cut_off_and_one_minute_is_not_another() -> None:
    most = PLAN.exclusions.most_per_minute
    fast = [cast(number, gap=1.0) for number in range(most + 5)]
    sifted = sift(fast, PLAN)
    assert len(sifted.votes) == most
    assert sifted.excluded == {FLOOD: 5}
    assert len(sift([cast(number, gap=3.1) for number in range(3 * most)], PLAN).votes) == 3 * most


def test_a_trial_counts_once_and_raters_are_judged_alone() -> None:
    first = cast(0)
    again = replace(cast(1), trial=first.trial)
    sifted = sift([first, again, cast(0, rater="another", seconds=0.1)], PLAN)
    assert sifted.votes == (first,)
    assert sifted.excluded == {TWICE: 1, FAST: 1}


def test_a_copy_of_a_vote_is_not_another_vote() -> None:
    given = [cast(number) for number in range(25)]
    once, twice = sift(given, PLAN), sift([*given, *given], PLAN)
    assert twice == once
    assert len(twice.votes) == 25


def test_votes_on_two_pools_are_never_counted_together() -> None:
    one, other = (replace(PLAN, pool=digit * 12) for digit in "ab")
    on_one = [cast(number, study=one.study) for number in range(3)]
    on_other = [cast(number, "another", study=other.study) for number in range(2)]
    old = [cast(0, "third")]
    log = [*on_one, *on_other, *old]
    assert sift(log, one).votes == tuple(on_one)
    assert sift(log, other).votes == tuple(on_other)
    assert sift(log, replace(PLAN, pool="c" * 12)).votes == ()
    for mixed in (log, [*on_one, *on_other], [*on_one, *old]):
        with pytest.raises(SeveralPools, match=r"one pool of faces, got [1-3] on a"):
            sift(mixed, PLAN)
    # by themselves, old logs are what they were, and new ones need no name
    assert sift(old, PLAN).votes == tuple(old)
    assert sift(on_one, PLAN).votes == tuple(on_one)


def test_the_pool_that_is_asked_for_goes_before_the_only_one() -> None:
    one, other = (replace(PLAN, pool=digit * 12) for digit in "ab")
    log = [cast(0, study=one.study), cast(1, study=other.study), cast(2, study="fidelity-01234567")]
    assert with_pool(log, PLAN, other.pool) == with_pool(log, other) == other
    assert with_pool(log[:1], PLAN, other.pool) == one
    assert with_pool(log[2:], PLAN, other.pool) == other
    assert with_pool([cast(0)], PLAN, other.pool) == PLAN
    assert with_pool([*log, cast(0)], PLAN, "") == PLAN
    with pytest.raises(SeveralPools, match="1 on aaaaaaaaaaaa, 1 on bbbbbbbbbbbb"):
        with_pool(log, PLAN, "c" * 12)


def test_nobody_counts_for_more_than_one_rater_is_asked_for() -> None:
    plan = replace(PLAN, trials_per_rater=5)
    given = [cast(number, study=plan.study) for number in range(8)]
    practice = cast(9, gap=-10.0, study=plan.study, kind="practice")
    sifted = sift([practice, *reversed(given), cast(0, "another", study=plan.study)], plan)
    assert sifted.excluded == {BEYOND: 3}
    assert set(given[:5]) < set(sifted.votes)
