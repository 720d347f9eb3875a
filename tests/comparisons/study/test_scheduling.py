"""The scheduler: balance over pairs, bins and faces, repeats and checks where the plan wants them."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from comparisons.study.plan import SPOILT, TRUTH, StudyPlan
from comparisons.study.planned import Planned, pair_of
from comparisons.study.scheduling import NothingLeft, Scheduler
from restorers.contract import Problem
from tests.comparisons.study.test_vote_log import VOTE

METHODS = ("a", "b", "c", "d")
BINS = {f"{number:04d}": f"bin{number % 3}" for number in range(24)}
PLAN = StudyPlan(trials_per_rater=60)


def scheduler(plan: StudyPlan = PLAN, seed: int = 1, methods: tuple[str, ...] = METHODS) -> Scheduler:
    return Scheduler(plan, BINS, methods, np.random.default_rng(seed))


def given(one: Scheduler, rater: str, count: int) -> list[Planned]:
    found = []
    for _ in range(count):
        found.append(one.next(rater))
        one.settle(rater, found[-1], answered=True)
    return found


def test_practice_comes_first_and_does_not_count() -> None:
    one = scheduler()
    first, second, third = given(one, "rater", 3)
    assert (first.kind, second.kind, third.kind == "practice") == ("practice", "practice", False)
    assert {first.left, first.right} == {TRUTH, SPOILT}
    assert set(second.pair) < set(METHODS)
    assert one.given("rater") == 1


def test_every_block_has_its_repeats_and_checks_at_any_place() -> None:
    places: Counter[int] = Counter()
    for seed in range(60):
        trials = given(scheduler(seed=seed), "rater", PLAN.practice + 20)[PLAN.practice :]
        for block in (trials[:10], trials[10:]):
            kinds = [planned.kind for planned in block]
            assert kinds.count("check") == 1
            places[kinds.index("check")] += 1
        assert [planned.kind for planned in trials].count("repeat") in (1, 2)
    # 120 checks over ten places: 12 each, give or take
    assert set(places) == set(range(10))
    assert max(places.values()) < 30


def test_repeats_swap_the_sides_after_a_gap_and_never_come_twice() -> None:
    trials = given(scheduler(), "rater", PLAN.practice + 60)
    repeats = [(index, planned) for index, planned in enumerate(trials) if planned.kind == "repeat"]
    assert len(repeats) >= 5
    for index, planned in repeats:
        first = trials.index(Planned("blind", planned.picture, planned.right, planned.left))
        assert index - first > PLAN.repeat_gap
    assert len({(planned.picture, planned.pair) for _, planned in repeats}) == len(repeats)


def test_no_face_twice_before_all_were_seen() -> None:
    fresh = [planned.picture for planned in given(scheduler(), "rater", 40) if planned.kind != "repeat"]
    assert sorted(fresh[: len(BINS)]) == sorted(BINS)


def test_pairs_and_bins_stay_in_balance() -> None:
    one = scheduler()
    trials = [planned for rater in range(12) for planned in given(one, f"rater{rater}", 20)]
    blind = [planned for planned in trials if planned.kind == "blind"]
    pairs = Counter(planned.pair for planned in blind)
    assert set(pairs) == set(combinations(METHODS, 2))
    assert max(pairs.values()) - min(pairs.values()) <= 1
    cells = Counter((planned.pair, BINS[planned.picture]) for planned in blind)
    assert len(cells) == 18
    assert min(cells.values()) >= 0.6 * max(cells.values())
    sides = Counter(planned.left for planned in blind)
    assert all(0.25 < sides[method] / (sides[method] + _right(blind, method)) < 0.75 for method in METHODS)


def _right(blind: list[Planned], method: str) -> int:
    return sum(planned.right == method for planned in blind)


def test_begun_units_get_several_raters() -> None:
    one = scheduler()
    units = Counter(
        (planned.pair, planned.picture)
        for rater in range(30)
        for planned in given(one, f"rater{rater}", 12)
        if planned.kind == "blind"
    )
    assert sum(count >= 2 for count in units.values()) > 0.5 * len(units)


def test_of_faces_that_are_as_good_one_comes_that_nobody_waits_for() -> None:
    there = {name: set(METHODS) if name in ("0003", "0010", "0017") else set() for name in BINS}
    plan = replace(PLAN, practice=0, checks=0, repeats=0)
    one = Scheduler(plan, BINS, METHODS, np.random.default_rng(1), there.__getitem__)
    assert one.next("rater").picture in ("0003", "0010", "0017")
    # every bin has its turn all the same, and no pair gains by what is there
    trials = given(one, "rater", 23) + given(one, "another", 24)
    assert {BINS[planned.picture] for planned in trials[:6]} == set(BINS.values())
    pairs = Counter(planned.pair for planned in trials)
    assert max(pairs.values()) - min(pairs.values()) <= 1
    assert len({planned.picture for planned in trials[:23]}) == 23


def test_where_all_faces_have_to_be_waited_for_they_are_few() -> None:
    there: dict[str, set[str]] = {name: set() for name in BINS}
    plan = replace(PLAN, practice=0, checks=0, repeats=0)
    one = Scheduler(plan, BINS, METHODS, np.random.default_rng(1), there.__getitem__)
    pictures = set()
    for rater in range(6):
        planned = one.next(f"rater{rater}")
        there[planned.picture] |= set(planned.pair)
        pictures.add(planned.picture)
    # six pairs of four methods: one face is enough for all
    assert len(pictures) == 1


def test_a_skipped_pair_is_asked_again_of_others() -> None:
    one = scheduler(replace(PLAN, practice=0, checks=0, repeats=0), methods=("a", "b", "c"))
    first = one.next("rater")
    assert one.counted(first.pair) == 1
    one.settle("rater", first, answered=False)
    assert one.counted(first.pair) == 0


def test_a_method_without_a_picture_is_not_asked_for_on_that_face() -> None:
    one = scheduler(replace(PLAN, practice=0, checks=0, repeats=0), methods=("a", "b"))
    for _ in range(len(BINS)):
        one.withdraw("rater", planned := one.next("rater"), "a")
        assert one.given("rater") == 0
        assert one.counted(planned.pair) == 0
    with pytest.raises(Problem, match="two methods that work"):
        one.next("rater")


def test_a_restart_goes_on_where_the_log_ends() -> None:
    one = scheduler()
    trials = given(one, "rater", 30)
    log = [
        replace(
            VOTE,
            study=PLAN.study,
            rater="rater",
            kind=planned.kind,
            picture=planned.picture,
            left=planned.left,
            right=planned.right,
            vote=str(number),
        )
        for number, planned in enumerate(trials)
    ]
    other = scheduler(seed=2)
    other.replay([*log, replace(VOTE, rater="rater")])
    assert other.given("rater") == one.given("rater") == 28
    for pair in combinations(METHODS, 2):
        assert other.counted(pair) == one.counted(pair)
    assert other.next("rater").kind != "practice"


def test_one_person_is_asked_so_much_and_no_more() -> None:
    one = scheduler(replace(PLAN, trials_per_rater=15))
    given(one, "rater", PLAN.practice + 15)
    with pytest.raises(NothingLeft, match="Thank you"):
        one.next("rater")
    one.next("another")


def test_pairs_have_no_order() -> None:
    assert pair_of("b", "a") == pair_of("a", "b") == ("a", "b")
