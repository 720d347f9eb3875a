"""What a ranking says of newcomers, of open votes and of what is not known: as text, as CSV and on the page."""

import csv
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from comparisons.pages.results.ranking_panel import facts_list, standings_table
from comparisons.pages.text.spoken import translated
from comparisons.ranking.__main__ import main
from comparisons.ranking.agreement import ENOUGH_PICTURES
from comparisons.ranking.exclusions import BEYOND, FAST, FLOOD, INATTENTIVE, ONE_SIDED, TWICE
from comparisons.ranking.standings import NoVotes, Ranking, Standing, rank, read_scores
from comparisons.ranking.summary import OPEN_VOTES, facts, facts_csv, raters_csv, report, standings_csv
from comparisons.study import vote_log
from comparisons.study.plan import Answer, StudyPlan
from comparisons.study.pool import SCORES
from comparisons.study.vote import Vote
from restorers.contract import Problem
from restorers.sentences import Sentence
from tests.comparisons.study.test_vote_log import VOTE

PLAN = StudyPlan(resamples=60)
HAN = re.compile("[\u4e00-\u9fff]")
RATERS = 16
NAMES = ("best", "second", "third", "worst")
COUNTS = {(0, 1): (31, 22, 15), (0, 2): (47, 10, 12), (0, 3): (58, 7, 4), (1, 2): (38, 19, 12), (1, 3): (43, 11, 15)}
COUNTS |= {(2, 3): (41, 15, 13)}
"""Of 16 raters on four methods: wins, losses and ties of each pair."""


def cast(left: str, right: str, answer: Answer, number: int, prefix: str = "v") -> Vote:
    names: dict[str, Any] = {
        "vote": f"{prefix}{number}",
        "trial": f"{prefix}{number}",
        "rater": f"rater{number % RATERS:02d}",
    }
    sides: dict[str, Any] = {
        "left": left,
        "right": right,
        "answer": answer,
        "picture": f"{number % 37:04d}",
        "study": PLAN.study,
    }
    return replace(
        VOTE, **names, **sides, time=f"2026-01-{1 + number // 24 % 28:02d}T{number % 24:02d}:00:00.000+00:00"
    )


def field() -> list[Vote]:
    answers: list[tuple[str, str, Answer]] = []
    for (one, other), (won, lost, tied) in COUNTS.items():
        for answer, times in (("left", won), ("right", lost), ("tie", tied)):
            answers += [(NAMES[one], NAMES[other], answer)] * times  # type: ignore[list-item]  # one of the answers
    # by turns on either side, dealt out to the raters like cards
    return [
        cast(one, other, answer, number)
        if number % 2
        else cast(other, one, {"left": "right", "right": "left"}.get(answer, answer), number)  # type: ignore[arg-type]
        for number, (one, other, answer) in enumerate(
            answers[index * 7 % len(answers)] for index in range(len(answers))
        )
    ]


def newcomer(times: int, wins: bool, against: str) -> list[Vote]:
    return [cast("newcomer", against, "left" if wins else "right", number, "new") for number in range(times)]


@pytest.fixture(scope="module")
def settled() -> Ranking:
    return rank(field(), PLAN)


@pytest.fixture(scope="module")
def with_three() -> Ranking:
    return rank(field() + newcomer(3, wins=True, against="worst"), PLAN)


def line_of(ranking: Ranking, method: str) -> Standing:
    return next(standing for standing in ranking.standings if standing.method == method)


@pytest.mark.parametrize("times", [3, 10, 30])
def test_an_undefeated_newcomer_does_not_lead(times: int, settled: Ranking) -> None:
    ranking = rank(field() + newcomer(times, wins=True, against="worst"), PLAN)
    new, best, worst = (line_of(ranking, name) for name in ("newcomer", "best", "worst"))
    assert ranking.methods[0] == "best"
    assert (new.place, new.high) == (None, float("inf"))
    # three of three is what a method worse than the worst may reach; ten of ten does not lead the best either
    assert (new.low < worst.low) == (times == 3)
    assert times == 30 or new.low < best.low
    for name in NAMES:
        before, after = line_of(settled, name), line_of(ranking, name)
        assert (after.low, after.high) == pytest.approx((before.low, before.high), abs=0.06)


def test_the_more_it_wins_the_higher_is_the_lower_end() -> None:
    lows = [
        line_of(rank(field() + newcomer(times, wins=True, against="worst"), PLAN), "newcomer").low
        for times in (2, 3, 5, 10, 20, 30)
    ]
    assert lows == sorted(lows)


@pytest.mark.parametrize("times", [3, 10, 30])
def test_a_newcomer_that_never_won_is_last_without_a_lower_end(times: int) -> None:
    ranking = rank(field() + newcomer(times, wins=False, against="best"), PLAN)
    new, best = line_of(ranking, "newcomer"), line_of(ranking, "best")
    assert ranking.methods[-1] == "newcomer"
    assert new.low == -float("inf")
    assert (new.high > best.high) == (times == 3)
    assert new.interval.startswith("up to ")


def test_places_go_by_the_lower_end_and_to_methods_with_votes_enough(with_three: Ranking) -> None:
    placed = with_three.standings[:4]
    assert [standing.place for standing in with_three.standings] == [1, 2, 3, 4, None]
    assert [standing.low for standing in placed] == sorted((standing.low for standing in placed), reverse=True)
    assert with_three.reference == tuple(sorted(NAMES))
    few = rank(field()[:40], PLAN)
    assert {standing.place for standing in few.standings} == {None}
    assert ("First place", "not known yet") in facts(few)


def test_swapping_the_sides_of_every_vote_changes_nothing(with_three: Ranking) -> None:
    other: dict[Answer, Answer] = {"left": "right", "right": "left"}
    log = field() + newcomer(3, wins=True, against="worst")
    mirrored = [
        replace(vote, left=vote.right, right=vote.left, answer=other.get(vote.answer, vote.answer)) for vote in log
    ]
    assert rank(mirrored[::-1], PLAN).standings == with_three.standings


def test_a_strength_that_only_the_ridge_holds_is_not_shown(with_three: Ranking) -> None:
    new = line_of(with_three, "newcomer")
    assert (new.estimate, new.interval) == ("–", f"from {new.low:+.2f}")
    rows = list(csv.DictReader(standings_csv(with_three).splitlines()))
    assert (rows[-1]["high"], rows[-1]["note"], rows[-1]["place"]) == ("inf", "no upper limit", "")
    assert [row["stability"] for row in rows[:4]] == [standing.stability for standing in with_three.standings[:4]]
    assert list(rows[0])[:4] == ["method", "strength", "low", "high"]
    assert list(rows[0])[-4:] == ["preliminary", "note", "place", "stability"]


def test_two_votes_of_one_rater_say_nothing() -> None:
    log = [replace(cast("telea", "other", "left", number), rater="one") for number in range(2)]
    ranking = rank(log, PLAN)
    assert facts(ranking)[0] == ("Votes", "2 by 1 rater")
    assert translated(facts(ranking)[0][1], "zh") == "2 票，来自 1 位评判者"
    first = ranking.standings[0]
    assert (first.place, first.estimate, first.interval, first.stable) == (None, "–", "not known yet", False)
    page = _page(ranking)
    assert "<td>1</td>" not in page
    assert not re.search(r"[+-]\d", page)


def test_everybody_is_told_that_votes_are_open(with_three: Ranking) -> None:
    assert OPEN_VOTES.startswith("Open votes: anybody can vote")
    assert OPEN_VOTES in report(with_three)
    page = _page(with_three)
    assert OPEN_VOTES in page
    assert "公开投票：任何人都可以投票" in page


def test_the_page_says_which_places_could_change(with_three: Ranking) -> None:
    page = _page(with_three)
    rows = re.findall(r"<tr>(.*?)</tr>", page)[1:]
    for standing, row in zip(with_three.standings, rows, strict=True):
        assert (">stable<" in row, ">could change<" in row) == (standing.stable, not standing.stable)
        assert (">preliminary<" in row) == standing.preliminary
        assert row.startswith(f"<td>{standing.place or '–'}</td>")
    assert "Venzon" in page
    assert "data-zh" in facts_list(with_three)


def test_whatever_the_page_tells_of_votes_is_there_in_chinese(with_three: Ranking) -> None:
    reasons = dict.fromkeys((BEYOND, FAST, FLOOD, INATTENTIVE, ONE_SIDED, TWICE), 2)
    sifted = replace(with_three.sifted, excluded=reasons, skipped=3)
    told = facts(replace(with_three, sifted=sifted))
    names = {name for name, _ in told} - {"Plan", "Votes", "Ties"}
    assert {name for name in names if not HAN.search(translated(name, "zh"))} == set()
    values = {value for name, value in told if name != "Plan" and re.search(r"[a-z]{2}", value)}
    assert {value for value in values if not HAN.search(translated(value, "zh"))} == set()
    ends = {standing.interval for standing in with_three.standings} | {Sentence("up to {high:+.2f}", high=-0.31)}
    assert {words for words in ends if not HAN.search(translated(words, "zh"))} == set()


def test_votes_that_were_all_left_out_are_not_no_votes() -> None:
    checks = [
        replace(cast("truth", "spoilt", "right", number), kind="check", rater="inattentive") for number in range(2)
    ]
    given = [replace(cast("a", "b", "left", number, "b"), rater="inattentive") for number in range(9)]
    with pytest.raises(NoVotes, match=rf"No valid votes yet\. Left out: 9, {INATTENTIVE}\.") as caught:
        rank([*checks, *given], PLAN)
    assert translated(caught.value.sentence, "zh").startswith("尚无有效投票。已剔除 9 票")
    assert isinstance(caught.value, Problem)


def test_measures_are_told_of_only_with_votes_enough(settled: Ranking) -> None:
    def ranked(pictures: int) -> Ranking:
        log = [replace(vote, picture=f"{number % pictures:04d}") for number, vote in enumerate(field())]
        scores = {
            (f"{picture:04d}", VOTE.corruption, name, ""): {"psnr": 30.0 - place, "lpips": 0.1 * place}
            for picture in range(pictures)
            for place, name in enumerate(NAMES)
        }
        return rank([replace(vote, weights="") for vote in log], PLAN, scores)

    enough, few = ranked(ENOUGH_PICTURES), ranked(ENOUGH_PICTURES - 1)
    assert {name for name, _ in facts(enough)} >= {"PSNR agrees with people", "LPIPS agrees with people"}
    assert [name for name, _ in facts(few) if "agree" in name and "Krippendorff" not in name] == [
        "Measures that agree with people"
    ]
    # the table for programs keeps all, with the number of faces behind each
    assert f",{ENOUGH_PICTURES - 1}\n" in facts_csv(few)
    assert not [name for name, _ in facts(settled) if "agree with people" in name]


def test_raters_are_listed_by_how_far_they_deviate(with_three: Ranking) -> None:
    rows = list(csv.DictReader(raters_csv(with_three).splitlines()))
    assert list(rows[0]) == ["rater", "votes", "deviation", "largest_shift", "changes_order", "reliability"]
    assert len(rows) == RATERS
    assert sum(int(row["votes"]) for row in rows) == len(with_three.sifted.votes)
    deviations = [float(row["deviation"]) for row in rows]
    assert deviations == sorted(deviations)


def write(path: Path, log: list[Vote]) -> Path:
    for vote in log:
        vote_log.append(path, vote)
    return path


def test_votes_of_earlier_versions_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = StudyPlan()
    new = [replace(cast("a", "b", "left", number, "n"), version="0.2.0", study=plan.study) for number in range(3)]
    old = [replace(cast("a", "b", "right", number, "o"), version="0.1.9", study=plan.study) for number in range(5)]
    log = write(tmp_path / "votes.csv", new + old)
    assert main([str(log), "--since", "0.2.0"]) == 0
    said = capsys.readouterr()
    assert "Votes: 3 by 3 raters" in said.out
    assert "Votes of earlier versions of the app left out: 5." in said.err
    assert "Copies of votes dropped: 0. Lines set aside: 0." in said.err
    assert main([str(log)]) == 0
    assert "Votes: 8 by 5 raters" in capsys.readouterr().out
    assert main([str(log), "--since", "yesterday"]) == 2
    assert "expected a version" in capsys.readouterr().err


def test_what_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = StudyPlan().study
    log = write(tmp_path / "logs" / "votes.csv", [replace(cast("a", "b", "left", n), study=study) for n in range(3)])
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for arguments, words in (
        ([str(tmp_path / "typo")], "found nothing"),
        ([str(tmp_path / "empty")], "found none"),
        ([str(log), "--pool", str(tmp_path / "typo")], "folder of a pool"),
        ([str(log), "--out", str(tmp_path / "file")], "found a file"),
        ([str(log), "--question", "beauty"], "question"),
    ):
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert words in said.err
        assert said.out == ""


def test_a_score_that_is_no_number_is_named(tmp_path: Path) -> None:
    (tmp_path / SCORES).write_text('picture,corruption,method,psnr\n0,x,a,30.0\n0,x,b,"24,12"\n')
    with pytest.raises(Problem, match=r"column psnr of line 3 .* got '24,12'"):
        read_scores(tmp_path)


def _page(ranking: Ranking) -> str:
    methods = [SimpleNamespace(key=key, name=f"<{key}>") for key in ranking.methods]
    return standings_table(ranking, SimpleNamespace(rated=methods))  # type: ignore[arg-type]  # all it needs
