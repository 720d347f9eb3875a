"""The best and the worst of four: as a row, as a fit with intervals, and from the trial to the ranking."""

from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import optimize

from comparisons.ranking import bias_reduction, bradley_terry, coverage, plackett_luce, savings
from comparisons.ranking.exclusions import INATTENTIVE, sift
from comparisons.ranking.plackett_luce import FourJudgements
from comparisons.ranking.standings import rank
from comparisons.study import best_worst_model, fours, pool, vote, vote_log
from comparisons.study.blind_study import Renderer, Study
from comparisons.study.plan import SPOILT, TRUTH, StudyPlan, Task
from comparisons.study.scheduling import Scheduler
from comparisons.study.trials import BadTrial
from comparisons.study.vote import Vote
from tests.comparisons.study.test_vote_log import VOTE

KEYS = ("a", "b", "c", "d", "e")
PLAN = StudyPlan(task="best_worst", practice=0, repeats=0, checks=0)
TRUE = np.linspace(-1.5, 1.5, 5)


def row(shown: tuple[str, ...], best: str, worst: str, number: int, **more: Any) -> Vote:
    others = "+".join(key for key in shown if key != best)
    known: dict[str, Any] = {
        "vote": f"v{number}",
        "trial": f"t{number}",
        "rater": f"{number % 17:016x}",
        "picture": f"{number % 29:04d}",
    } | more
    return replace(
        VOTE, study=PLAN.study, left=best, right=others, answer="left", flags=fours.flags(shown, worst), **known
    )


def drawn(studies: int, seed: int = 0) -> list[Vote]:
    """Answers of raters who order by Plackett and Luce."""
    chance = np.random.default_rng(seed)
    found = []
    for number in range(studies):
        places = chance.permutation(5)[:4]
        order = places[np.argsort(-(TRUE[places] + chance.gumbel(size=4)))]
        shown = tuple(KEYS[place] for place in places)
        found.append(row(shown, KEYS[order[0]], KEYS[order[-1]], number))
    return found


def test_a_row_reads_back_as_the_answer_that_it_is(tmp_path: Path) -> None:
    one = row(("c", "a", "d", "b"), "d", "a", 1)
    vote_log.append(tmp_path / vote_log.FILE, one)
    (again,) = vote_log.read(tmp_path / vote_log.FILE).votes
    answer = fours.four(again)
    assert answer is not None
    assert (answer.shown, answer.best, answer.worst, answer.between) == (("c", "a", "d", "b"), "d", "a", ("c", "b"))
    told = {(pair.left, pair.right) for pair in fours.pairs([answer])}
    assert told == {("d", "c"), ("d", "a"), ("d", "b"), ("c", "a"), ("b", "a")}
    # what knows no fours reads it all the same, as a vote of another study
    assert vote.parsed(vote.row(one)[:-1]) == one
    assert sift([one], StudyPlan()).votes == ()
    for broken in (replace(one, flags=""), replace(one, answer="skip"), replace(one, flags="shown=a.a.b.c+worst=a")):
        assert fours.four(broken) is None


@pytest.mark.slow
def test_of_whole_orders_the_fit_is_that_of_another_implementation() -> None:
    choix = pytest.importorskip("choix", reason="a second implementation (tests/requirements.txt)")
    answers = fours.fours(drawn(40))
    judged = FourJudgements(
        np.array([[KEYS.index(key) for key in (one.best, *one.between, one.worst)] for one in answers]),
        np.zeros(40, np.int64),
        np.zeros(40, np.int64),
    )
    ours = plackett_luce.fit(judged, 5, 1e-6)
    # their likelihood takes whole orders: both that an answer leaves open, weighted as our fit finds them likely, give the same slope
    weights = []
    for order in judged.order:
        one, other = ours[order[1]], ours[order[2]]
        first = np.exp(ours[order]).copy()
        three = first[1] + first[2] + first[3]
        ways = (
            first[1] / three * first[2] / (first[2] + first[3]),
            first[2] / three * first[1] / (first[1] + first[3]),
        )
        weights.append(round(20 * ways[0] / sum(ways)))
        assert np.isfinite([one, other]).all()
    rankings = [
        tuple(way)
        for order, weight in zip(judged.order.tolist(), weights, strict=True)
        for way in [order] * weight + [[order[0], order[2], order[1], order[3]]] * (20 - weight)
    ]
    theirs = choix.opt_rankings(5, rankings, alpha=1e-6)
    assert ours == pytest.approx(theirs - theirs.mean(), abs=0.02)


def test_the_fit_is_that_of_a_likelihood_written_out() -> None:
    """evalica fits pairs alone; so the probability of each answer is written out here, order by order, and given to an optimiser."""
    answers = fours.fours(drawn(80, seed=4))

    def chance(odds: list[float]) -> float:
        left, product = sum(odds), 1.0
        for one in odds:
            product, left = product * one / left, left - one
        return product

    def unlikely(strengths: npt.NDArray[np.float64]) -> float:
        odds = dict(zip(KEYS, np.exp(strengths - strengths.mean()).tolist(), strict=True))
        total = 0.0
        for one in answers:
            ways = ([one.best, *between, one.worst] for between in permutations(one.between))
            total -= np.log(sum(chance([odds[key] for key in way]) for way in ways))
        return total + 1e-6 / 2 * float((strengths**2).sum())

    order = np.array([[KEYS.index(key) for key in (one.best, *one.between, one.worst)] for one in answers])
    nobody = np.zeros(len(order), np.int64)
    ours = plackett_luce.fit(FourJudgements(order, nobody, nobody), 5, 1e-6)
    theirs = optimize.minimize(unlikely, np.zeros(5), method="BFGS", options={"gtol": 1e-7}).x
    assert ours == pytest.approx(theirs - theirs.mean(), abs=1e-4)


def test_the_slope_of_the_likelihood_is_that_of_its_differences() -> None:
    judged = FourJudgements(np.array([[0, 1, 2, 3], [4, 2, 0, 1], [3, 0, 4, 2]]), np.arange(3), np.arange(3))
    at = np.array([0.3, -0.2, 0.5, 0.1, -0.7])
    step = 1e-6
    for index in range(5):
        moved = np.eye(5)[index] * step
        up, down = (plackett_luce._slopes(judged, at + sign * moved) for sign in (1, -1))
        slope = plackett_luce._slopes(judged, at)
        assert slope.gradient[:, index] == pytest.approx((up.value - down.value) / (2 * step), abs=1e-6)
        curved = (slope.missing - slope.complete)[index]
        assert curved == pytest.approx((up.gradient - down.gradient).sum(axis=0) / (2 * step), abs=1e-6)


def test_a_likelihood_counts_every_answer_once() -> None:
    strengths = np.array([0.4, -0.3, 0.2, 0.0])
    answers = [(best, worst) for best, worst in combinations(range(4), 2)] + [
        (b, a) for a, b in combinations(range(4), 2)
    ]
    orders = [[best, *(set(range(4)) - {best, worst}), worst] for best, worst in answers]
    judged = FourJudgements(np.array(orders), np.zeros(12, np.int64), np.zeros(12, np.int64))
    assert np.exp(plackett_luce._slopes(judged, strengths).value).sum() == pytest.approx(1)


def test_the_order_comes_out_with_intervals_and_the_tier_is_named() -> None:
    ranking = rank(drawn(400), PLAN)
    assert ranking.methods == ("e", "d", "c", "b", "a")
    for standing in ranking.standings:
        assert standing.low < TRUE[KEYS.index(standing.method)] < standing.high
        assert standing.high - standing.low < 1
    assert sum(standing.votes for standing in ranking.standings) == 4 * len(ranking.sifted.votes)
    assert ranking.left_share is None


def test_a_method_that_is_always_the_best_has_no_upper_end() -> None:
    votes = [one for one in drawn(300) if "e" not in fours.flag(one, "shown").split(".") or one.left == "e"]
    (first,) = [one for one in rank(votes, PLAN).standings if one.method == "e"]
    assert first.high == np.inf
    assert np.isfinite(first.low)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    for task in ("pair", "best_worst"):
        done = coverage.covered(StudyPlan(task=task, resamples=100), 4, 20, 0.0, 30, seed=3)
        # thirty studies tell no more; the table of two hundred is in the study kit's README
        assert 0.9 < done.covered <= 1


def test_who_does_not_see_the_spoilt_face_is_left_out() -> None:
    shown = (TRUTH, "a", SPOILT, "b")
    careless = [row(shown, SPOILT, "a", 100 + number, kind="check", rater="f" * 16) for number in range(2)]
    careful = [row(shown, "a", SPOILT, 200 + number, kind="check", rater="0" * 16) for number in range(2)]
    own = [replace(one, rater="f" * 16) for one in drawn(5)]
    own += [replace(one, rater="0" * 16, vote=f"x{one.vote}", trial=f"x{one.trial}") for one in drawn(5)]
    found = sift([*careless, *careful, *own], PLAN)
    assert found.excluded == {INATTENTIVE: 5}
    assert {one.rater for one in found.votes} == {"0" * 16}


def test_fours_are_in_balance_and_places_are_drawn() -> None:
    bins = {f"{number:04d}": "x" for number in range(40)}
    one = Scheduler(replace(PLAN, checks=1), bins, KEYS, np.random.default_rng(1))
    planned = [one.next(f"r{number}") for number in range(10) for _ in range(12)]
    blind = [trial for trial in planned if trial.kind == "blind"]
    assert all(len(set(trial.sides)) == 4 for trial in planned)
    assert all({TRUTH, SPOILT} < set(trial.sides) for trial in planned if trial.kind == "check")
    counts = [one.counted(pair) for pair in combinations(KEYS, 2)]
    assert max(counts) - min(counts) <= 6
    firsts = {trial.sides[0] for trial in blind}
    assert firsts == set(KEYS)


@pytest.fixture
def study(drawn_face: npt.NDArray[np.uint8], tmp_path: Path) -> Study:
    (tmp_path / "pictures").mkdir()
    for number in range(3):
        Image.fromarray(np.roll(drawn_face, 3 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    faces = pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)
    keys = ("telea", "navier_stokes", "eigenface", "patchmatch")
    return Study(PLAN, Renderer(faces), keys, vote_log.Log(tmp_path / vote_log.FILE), "0.2.0", np.random.default_rng(1))


def test_a_trial_of_four_takes_two_ends_and_nothing_else(study: Study, tmp_path: Path) -> None:
    shown = study.next_trial("0" * 16)
    assert len(shown.results) == 4
    for ends in (None, (1, 1), (0, 4), (-1, 2)):
        with pytest.raises(BadTrial, match="two different ones"):
            study.vote(shown.key, "0" * 16, "left", ends=ends)
    told = study.vote(shown.key, "0" * 16, "left", ends=(2, 0))
    (vote,) = vote_log.read(tmp_path / vote_log.FILE).votes
    answer = fours.four(vote)
    assert answer is not None
    assert (answer.shown, answer.best, answer.worst) == (told.sides, told.sides[2], told.sides[0])
    study.vote(study.next_trial("0" * 16).key, "0" * 16, "skip")
    study.close()


def test_answers_that_come_while_the_app_runs_are_told_to_what_ends_a_study(study: Study) -> None:
    taken: list[Vote] = []
    study._guide = SimpleNamespace(take=taken.extend, enough=False)  # all that is asked of one
    shown = study.next_trial("0" * 16)
    study.vote(shown.key, "0" * 16, "left", ends=(3, 1))
    assert [fours.four(vote) is not None for vote in taken] == [True]
    study.close()


def test_what_an_answer_tells_is_what_its_likelihood_says() -> None:
    strengths = np.array([[0.4, -0.3, 0.2, 0.1], [1.5, 0.5, -0.5, -1.5]])
    at = best_worst_model.answers(strengths)
    assert at.likely.sum(axis=1) == pytest.approx(1)
    orders = np.array(
        [[best, *({0, 1, 2, 3} - {best, worst}), worst] for best, worst in best_worst_model.ENDS.tolist()]
    )
    judged = FourJudgements(orders, np.zeros(12, np.int64), np.zeros(12, np.int64))
    for row, own in enumerate(strengths):
        theirs = plackett_luce._slopes(judged, own)
        assert np.log(at.likely[row]) == pytest.approx(theirs.value)
        assert at.slopes[row] == pytest.approx(theirs.gradient)
        assert at.curvature[row].sum(axis=0) == pytest.approx(theirs.missing - theirs.complete)
    mean = np.einsum("ga,gaij->gij", at.likely, at.curvature)
    assert at.information == pytest.approx(-mean)


def test_a_study_of_fours_is_foreseen_by_what_fours_tell() -> None:
    """Answers were foreseen as five independent votes each, and `check` asked for as many answers as votes on pairs."""
    pairs, of_fours = StudyPlan(), StudyPlan(task="best_worst")
    for methods in (4, 10):
        needed = of_fours.votes_needed(methods, 20, 108)
        assert pairs.votes_needed(methods, 20, 108) / 5 < needed < pairs.votes_needed(methods, 20, 108) / 4
        assert of_fours.foreseen(methods, 20, 108, needed).max() == pytest.approx(of_fours.half_width, rel=0.01)


def test_the_bias_of_few_answers_is_that_of_likelihood_and_taken_away() -> None:
    true, chance = np.array([-1.0, -0.3, 0.3, 1.0]), np.random.default_rng(4)
    likely, reduced = [], []
    for _ in range(240):
        order = np.argsort(-(true + chance.gumbel(size=(30, 4))), axis=1)
        judged = FourJudgements(order, np.zeros(30, np.int64), np.zeros(30, np.int64))
        likely.append(plackett_luce.fit(judged, 4, 0.01))
        reduced.append(bias_reduction.fit_fours(judged.order, 4, 0.01))
    stretched, kept = (np.mean(found, axis=0) @ true / (true @ true) - 1 for found in (likely, reduced))
    assert stretched > 0.03
    assert abs(kept) < 0.015
    assert savings.deviate(np.array(reduced) - true) < 2


@pytest.mark.parametrize("task", ["pair", "best_worst"])
def test_the_ranking_is_of_strengths_without_that_bias(task: Task) -> None:
    plan = replace(PLAN, task=task)
    votes = drawn(120)
    if task == "pair":
        votes = [
            replace(one, trial=f"t{number}", study=plan.study)
            if number % 2
            else replace(one, trial=f"t{number}", study=plan.study, left=one.right, right=one.left, answer="right")
            for number, one in enumerate(fours.pairs(fours.fours(votes)))
        ]
    ranking = rank(votes, plan)
    if task == "best_worst":
        answers = fours.fours(votes)
        order = np.array([[KEYS.index(key) for key in (one.best, *one.between, one.worst)] for one in answers])
        expected = bias_reduction.fit_fours(order, 5, plan.ridge)
        nobody = np.zeros(len(order), np.int64)
        likely = plackett_luce.fit(FourJudgements(order, nobody, nobody), 5, plan.ridge)
    else:
        expected = bias_reduction.fit(ranking.table, plan.ridge)[[ranking.methods.index(key) for key in KEYS]]
        likely = bradley_terry.fit(ranking.table, plan.ridge).strengths[[ranking.methods.index(key) for key in KEYS]]
    strengths = {standing.method: standing.strength for standing in ranking.standings}
    zero = [KEYS.index(key) for key in ranking.reference]
    found = np.array([strengths[key] for key in KEYS])
    assert found == pytest.approx(expected - expected[zero].mean(), abs=1e-6)
    assert np.ptp(found) < np.ptp(likely)
    assert all(standing.low < standing.strength < standing.high for standing in ranking.standings)
