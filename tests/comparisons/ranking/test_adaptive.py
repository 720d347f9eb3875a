"""The adaptive design: which pairs are wanted next, when enough is known, and that both speak of the votes that are ranked."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from comparisons.ranking import adaptive
from comparisons.ranking.adaptive import Adaptive
from comparisons.ranking.bradley_terry import PairCounts
from comparisons.ranking.standings import rank
from comparisons.study import fours
from comparisons.study import vote as ballot
from comparisons.study.plan import Answer, Kind, StudyPlan
from comparisons.study.planned import Pair, Planned
from comparisons.study.scheduling import Scheduler
from comparisons.study.vote import Vote
from tests.comparisons.study.test_vote_log import VOTE

PLAN = StudyPlan(resamples=60, stop=True)
BOX, BLURRED = ({"occluder": "rectangle", "degradation": "none"}, {"occluder": "none", "degradation": "medium"})
FILLS, BLIND = ("telea", "shift_net"), ("dual_stage", "gan_prior")
ANSWERS: tuple[Answer, ...] = ("left", "right", "tie")


def votes(
    pairs: Iterable[Pair], told: dict[str, str] = BOX, raters: int = 20, start: int = 0, **more: Any
) -> list[Vote]:
    """A vote on each pair, in turns of raters, at a pace that nobody is a flood at, as good as even."""
    begun, chance = datetime.fromisoformat(VOTE.time), np.random.default_rng(start)
    found = []
    for number, (left, right) in enumerate(pairs, start):
        known: dict[str, Any] = {
            "vote": f"v{number}",
            "trial": f"t{number}",
            "time": (begun + timedelta(seconds=4 * number)).isoformat(timespec="milliseconds"),
            "rater": f"{number % raters:016x}",
            "picture": f"{number % 50:04d}",
            "corruption": json.dumps(told),
            "answer": ANSWERS[chance.integers(3)],
            "weights": "",
        }
        found.append(replace(VOTE, study=PLAN.study, left=left, right=right, **(known | more)))
    return found


def test_pairs_that_tell_more_come_more_often_and_all_keep_their_chance() -> None:
    size = 5
    wins = np.array([[0.0 if i == j else 40 / (1 + np.exp((i - j) * 1.0)) for j in range(size)] for i in range(size)])
    share = adaptive.outlook(PairCounts(wins[None], np.zeros((1, size, size))), PLAN).share[0]
    pairs = size * (size - 1) / 2
    assert np.triu(share, 1).sum() == pytest.approx(1)
    assert (share[np.triu_indices(size, 1)] >= adaptive.FLOOR / pairs - 1e-12).all()
    # neighbours tell more than the first and the last
    assert share[0, 1] > share[0, 4]
    # with nothing known all pairs are alike
    nothing = np.zeros((1, size, size))
    even = adaptive.outlook(PairCounts(nothing, nothing), PLAN).share[0]
    assert even[np.triu_indices(size, 1)] == pytest.approx(np.full(10, 0.1))


def test_the_scheduler_draws_what_the_votes_ask_for_and_keeps_the_chance() -> None:
    plan = replace(PLAN, adaptive=True, practice=0, repeats=0, checks=0)
    guide = Adaptive(plan, ("a", "b", "c", "d"))
    given = [("a", "d"), ("b", "c")] * 200
    guide.take(
        replace(
            vote, study=plan.study, answer=vote.answer if vote.left == "b" else ("left", "left", "right")[place % 3]
        )
        for place, vote in enumerate(votes(given))
    )
    bins = {f"{number:04d}": "x" for number in range(50)}
    one = Scheduler(plan, bins, ("a", "b", "c", "d"), np.random.default_rng(1), likely=guide.likely)
    planned: list[Planned] = [one.next(f"r{number}") for number in range(8) for _ in range(25)]
    every = [("a", "b"), ("a", "d"), ("b", "c"), ("a", "c"), ("b", "d"), ("c", "d")]
    expected = dict(zip(every, guide.likely(every), strict=True))
    found = {pair: sum(trial.pair == pair for trial in planned) / len(planned) for pair in expected}
    assert found["a", "b"] == pytest.approx(expected["a", "b"], abs=0.12)
    assert expected["a", "d"] < expected["a", "b"]
    assert all(0 < trial.chance <= 1 for trial in planned)


def test_a_study_that_knows_enough_stops() -> None:
    guide = Adaptive(PLAN, ("a", "b"))
    guide.take(votes([("a", "b")] * 15))
    assert not guide.enough
    guide.take(votes([("a", "b")] * 600, start=15))
    assert guide.enough
    few = Adaptive(PLAN, ("a", "b"))
    few.take(votes([("a", "b")] * 300, raters=3))
    assert not few.enough  # too few raters, however many votes


def test_votes_on_faces_that_only_some_can_undo_stop_nothing() -> None:
    """The ranking is of the others: counted with them, a study of ten raters stopped as if it had thirty."""
    every, plan = (*FILLS, *BLIND), replace(PLAN, half_width=0.5)
    boxes = votes([pair for _ in range(50) for pair in combinations(every, 2)], raters=10)
    blurred = votes([BLIND] * 60, BLURRED, start=len(boxes), raters=30)
    given = [replace(one, study=plan.study) for one in (*boxes, *blurred)]
    guide = Adaptive(plan, every)
    guide.take(given)
    ranking = rank(given, plan)
    assert (ranking.apart, ranking.raters) == (len(blurred), 10)
    assert all(one.preliminary for one in ranking.standings)
    assert not guide.enough
    # nor do they say which pair is wanted
    without = Adaptive(plan, every)
    without.take(given[: len(boxes)])
    pairs = list(combinations(sorted(every), 2))
    assert guide.likely(pairs) == pytest.approx(without.likely(pairs))


@pytest.mark.parametrize("why", ["too fast", "checks", "repeat", "practice", "forgotten"])
def test_votes_that_are_not_ranked_stop_nothing(why: str) -> None:
    pairs = [("a", "b")] * 600
    kind: Kind = "repeat" if why == "repeat" else "practice" if why == "practice" else "blind"
    given = votes(pairs, kind=kind, seconds=0.2 if why == "too fast" else 3.5)
    if why == "checks":
        missed = votes([("spoilt", "truth")] * 40, start=600, kind="check", answer="left")
        given += missed
    gone = {ballot.digest(f"{rater:016x}") for rater in range(20)} if why == "forgotten" else set()
    guide = Adaptive(PLAN, ("a", "b"))
    guide.take(given)
    guide.forget(gone)
    assert not guide.enough
    counted = Adaptive(PLAN, ("a", "b"))
    counted.take(votes(pairs))
    assert counted.enough


def test_on_faces_that_only_some_can_undo_pairs_take_turns() -> None:
    """No interval of the ranking is narrowed there, so that no pair is wanted more than another."""
    blind, every = tuple("abc"), tuple("abcdef")
    plan = replace(PLAN, adaptive=True, practice=0, repeats=0, checks=0)
    cells = {f"{number:03d}": "degraded -" if number % 2 else "rectangle x" for number in range(60)}
    shown = {name: blind if cell.startswith("degraded") else every for name, cell in cells.items()}

    def likely(pairs: Any) -> Any:
        assert len(pairs) == 15
        return np.array([0.86, *[0.01] * 14])

    one = Scheduler(plan, cells, every, np.random.default_rng(1), likely=likely, shown=shown)
    planned = [one.next(f"r{number % 9}") for number in range(180)]
    apart = [trial for trial in planned if cells[trial.picture].startswith("degraded")]
    there = [sum(trial.pair == pair for trial in apart) for pair in combinations(blind, 2)]
    assert len(apart) > 50
    assert max(there) - min(there) <= 1
    assert {trial.chance for trial in apart} == {0.0}
    assert all(trial.chance > 0 for trial in planned if trial not in apart)


def test_a_study_of_fours_stops_too_and_by_what_fours_tell() -> None:
    """Answers that came while the app ran were not counted; five pairs of each, taken as independent, told too much."""
    plan = replace(PLAN, task="best_worst", half_width=0.5)
    keys = ("a", "b", "c", "d")
    chance = np.random.default_rng(1)
    given = []
    for vote in votes([("a", "b+c+d")] * 100):
        shown = [keys[place] for place in chance.permutation(4)]
        best, worst = (shown[place] for place in chance.choice(4, 2, replace=False))
        others = "+".join(key for key in shown if key != best)
        named = {"study": plan.study, "left": best, "right": others, "flags": fours.flags(shown, worst)}
        given.append(replace(vote, **named, answer="left"))
    known = []
    for count in (20, 100):
        guide = Adaptive(plan, keys)
        guide.take(given[:count])
        widest = max((one.high - one.low) / 2 for one in rank(given[:count], plan).standings)
        known.append((guide.enough, widest <= plan.half_width))
    assert known == [(False, False), (True, True)]
