"""From a log to a ranking, and a whole study in fast motion."""

import csv
import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from comparisons.pages.results.ranking_panel import standings_table
from comparisons.ranking import simulation
from comparisons.ranking.__main__ import main
from comparisons.ranking.bradley_terry import NotConnected
from comparisons.ranking.crowd import BadNumber, Crowd
from comparisons.ranking.exclusions import INATTENTIVE
from comparisons.ranking.simulated_votes import FACES
from comparisons.ranking.simulation import Simulated, series, simulate
from comparisons.ranking.summary import NoVotes, rank, read_scores, report, standings_csv, win_matrix_csv
from comparisons.ranking.win_matrix import win_matrix
from comparisons.study import setups, vote_log
from comparisons.study.__main__ import main as study_main
from comparisons.study.foresight import expected_half_width, widening
from comparisons.study.plan import StudyPlan
from comparisons.study.pool import SCORES
from comparisons.study.scheduling import NothingLeft
from restorers import catalogue
from tests.comparisons.study.test_vote_log import VOTE

PLAN = StudyPlan(resamples=60)
TRUE = {"a": 1.5, "b": 0.5, "c": -0.5, "d": -1.5}
RATERS = 16
NEEDED = PLAN.votes_needed(len(TRUE), RATERS, FACES)


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(PLAN, TRUE, Crowd(RATERS), NEEDED, seed=5)


def test_the_true_order_comes_out_with_the_votes_that_the_plan_predicts(simulated: Simulated) -> None:
    ranking = simulated.ranking
    assert ranking.methods == tuple(TRUE)
    for standing in ranking.standings:
        # a 95 % interval may miss now and then; it may not miss by far
        assert abs(standing.strength - TRUE[standing.method]) < 2 * PLAN.half_width
    widths = [(standing.high - standing.low) / 2 for standing in ranking.standings]
    promised = expected_half_width(list(TRUE.values()), PLAN.tie_share, NEEDED / 6)
    promised *= widening(RATERS, FACES, PLAN.resamples)
    assert np.mean(widths) == pytest.approx(promised.mean(), rel=0.25)
    assert ranking.tie_rate == pytest.approx(0.15, abs=0.08)


@pytest.mark.slow
@pytest.mark.parametrize(("methods", "studies", "ordered"), [(4, 16, 16), (len(catalogue.METHODS), 6, 4)])
def test_the_votes_that_the_plan_predicts_reach_its_interval_in_the_mean(
    methods: int, studies: int, ordered: int
) -> None:
    needed = PLAN.votes_needed(methods, RATERS, FACES)
    done = series(PLAN, methods, Crowd(RATERS), needed, seeds=range(studies))
    # with 16 raters the half-widths of one study of four methods move together by 11 %, of ten methods by 4 %
    assert done.reached.mean() == pytest.approx(done.expected.mean(), rel=0.08)
    # the outermost methods are the ones that need the most votes
    assert done.expected.max() == pytest.approx(PLAN.half_width, rel=0.02)
    assert done.reached[:, [0, -1]].mean() == pytest.approx(PLAN.half_width, rel=0.1)
    assert 0.88 < done.covered <= 1
    # ten methods lie a third of a unit apart, as far as an interval reaches: neighbours may change places
    assert done.in_order >= ordered


def test_raters_of_tastes_of_their_own_widen_the_interval() -> None:
    needed = PLAN.votes_needed(4, RATERS, FACES)
    done = series(PLAN, 4, Crowd(RATERS, taste=1.0), needed, seeds=range(6))
    assert done.reached.mean() > 1.2 * done.expected.mean()


def test_what_the_votes_are_worth_is_told(simulated: Simulated) -> None:
    ranking = simulated.ranking
    assert ranking.left_share is not None
    assert ranking.left_share.mean == pytest.approx(0.5, abs=0.1)
    assert ranking.consistency is not None
    assert 0 < ranking.alpha < 1
    assert not any(standing.preliminary for standing in ranking.standings)
    text = report(ranking)
    assert all(word in text for word in ("95 % interval", "Krippendorff", "Ties: ", *TRUE))


def test_the_order_of_the_log_does_not_matter(simulated: Simulated) -> None:
    log = list(simulated.votes)
    random.Random(3).shuffle(log)
    assert rank(log, PLAN).standings == simulated.ranking.standings


def test_careless_raters_are_found_and_a_liking_for_one_side_shows() -> None:
    crowd = Crowd(raters=14, careless=3, left_bias=0.8)
    found = simulate(PLAN, TRUE, crowd, 450, seed=2).ranking
    assert found.sifted.excluded.get(INATTENTIVE, 0) > 20
    assert found.left_share is not None
    assert found.left_share.low > 0.5
    assert found.methods == tuple(TRUE)


def test_too_few_raters_cannot_fill_a_study() -> None:
    with pytest.raises(NothingLeft, match="take more raters"):
        simulate(replace(PLAN, trials_per_rater=20), TRUE, Crowd(2), 100, seed=0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--raters", "0"], "a number of raters from 2 to 10000, got 0"),
        (["--raters", "-3"], "got -3"),
        (["--raters", "1"], "got 1"),
        (["--methods", "1"], "a number of methods from 2"),
        (["--studies", "0"], "a number of studies from 1"),
        (["--seed", "-1"], "a seed from 0"),
        (["--taste", "nan"], "got nan"),
        (["--taste", "-1"], "got -1.0"),
    ],
)
def test_numbers_that_make_no_study_are_refused_in_a_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulation.main(arguments) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


def test_a_study_without_votes_or_with_more_careless_raters_than_raters_is_refused() -> None:
    with pytest.raises(BadNumber, match="a number of votes from 1 up, got 0"):
        simulate(PLAN, TRUE, Crowd(4), 0, seed=0)
    with pytest.raises(BadNumber, match="careless raters from 0 to 4, got 5"):
        Crowd(4, careless=5)


def test_few_votes_and_few_raters_are_preliminary(simulated: Simulated) -> None:
    some = [vote for vote in simulated.votes if vote.rater in {f"{rater:016x}" for rater in range(4)}]
    assert all(standing.preliminary for standing in rank(some, PLAN).standings)


def test_no_votes_and_votes_in_parts_are_refused() -> None:
    ours = replace(VOTE, study=PLAN.study)
    with pytest.raises(NoVotes, match="No valid votes yet"):
        rank([VOTE], PLAN)
    apart = replace(ours, vote="2", trial="2", left="a", right="b")
    with pytest.raises(NotConnected, match=r"a, b \| eigenface, telea"):
        rank([ours, apart], PLAN)


def test_win_shares(simulated: Simulated) -> None:
    shares = simulated.ranking.win_shares
    for row in range(4):
        assert shares[row][row] is None
        for column in range(row):
            one, other = shares[row][column], shares[column][row]
            assert one is not None
            assert other is not None
            assert one + other == pytest.approx(1)
    assert shares[0][3] is not None
    assert shares[0][3] > 0.8


def test_the_win_matrix_is_a_heat_map_that_reads_without_colour(simulated: Simulated) -> None:
    (heat,) = win_matrix(simulated.ranking).data
    shares, met = simulated.ranking.win_shares, simulated.ranking.table.compared
    assert [list(row) for row in heat.z] == shares
    assert list(heat.x) == list(heat.y)
    for row in range(4):
        for column in range(4):
            share = shares[row][column]
            expected = "" if share is None else f"{share:.0%}<br>n = {int(met[row, column])}"
            assert heat.text[row][column] == expected


def test_the_command_writes_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = StudyPlan()
    log = tmp_path / "votes.csv"
    for number, (left, right, answer) in enumerate([("a", "b", "left"), ("b", "c", "tie"), ("c", "a", "right")]):
        names: dict[str, Any] = {
            "answer": answer,
            "vote": f"v{number}",
            "trial": f"t{number}",
            "rater": f"rater{number}",
            "picture": f"{number}",
        }
        vote_log.append(log, replace(VOTE, **names, study=plan.study, left=left, right=right))
    (tmp_path / SCORES).write_text(
        "picture,corruption,method,psnr,lpips\n"
        + "".join(
            f'0,"{VOTE.corruption.replace(chr(34), chr(34) * 2)}",{method},{value},\n' for method, value in ("a3", "b2")
        )
    )
    assert read_scores(tmp_path)[("0", VOTE.corruption, "a", "")] == {"psnr": 3.0}
    assert main([str(log), "--out", str(tmp_path / "out"), "--pool", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "Votes: 3 by 3 raters" in out
    # one face says nothing about a measure
    assert "PSNR agrees with people" not in out
    assert "Measures that agree with people: not known yet" in out
    with (tmp_path / "out" / "standings.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["method"] == "a"
    assert rows[0]["preliminary"] == "True"
    assert (tmp_path / "out" / "win_matrix.csv").read_text().splitlines()[0].startswith("method,a")
    with (tmp_path / "out" / "facts.csv").open(newline="") as file:
        facts = {row["fact"]: row for row in csv.DictReader(file)}
    assert (facts["votes"]["value"], facts["raters"]["value"]) == ("3", "3")
    assert (facts["agreement of psnr"]["value"], facts["agreement of psnr"]["n"]) == ("1.0000", "1")
    assert facts["krippendorff_alpha"]["value"] == facts["self_consistency"]["value"] == ""
    assert facts["order_stable"]["value"] == "0"
    assert (rows[-1]["method"], rows[-1]["note"]) == (catalogue.METHODS[-1].key, "no votes yet")
    assert main([str(tmp_path / "nothing.csv")]) == 2
    assert "found nothing" in capsys.readouterr().err


def test_a_study_of_some_methods_lists_no_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "study.toml"
    study.write_text('title = "x"\nmethods = ["telea", "eigenface", "navier_stokes"]\n')
    names: dict[str, Any] = {"study": setups.opened(study).plan.study, "left": "telea", "right": "eigenface"}
    for number in range(3):
        vote = replace(VOTE, **names, vote=f"v{number}", trial=f"t{number}", rater=f"r{number}", picture=f"{number}")
        vote_log.append(tmp_path / "votes.csv", vote)
    (tmp_path / "pool").mkdir()
    assert main([str(tmp_path / "votes.csv"), "--study", str(study), "--pool", str(tmp_path / "pool")]) == 0
    out = capsys.readouterr().out
    assert out.count("no votes yet") == 1
    assert "navier_stokes" in out
    assert "shift_net" not in out


def test_methods_without_votes_come_last_and_are_said_to_have_none(simulated: Simulated) -> None:
    taking_part = ["late", *TRUE]
    last = report(simulated.ranking, taking_part).split("\n\n")[0].splitlines()[-1]
    assert last.split() == ["late", "no", "votes", "yet"]
    rows = list(csv.DictReader(standings_csv(simulated.ranking, taking_part).splitlines()))
    assert [row["method"] for row in rows] == [*TRUE, "late"]
    assert (rows[-1]["strength"], rows[-1]["votes"], rows[-1]["note"]) == ("", "0", "no votes yet")
    assert {row["note"] for row in rows[:-1]} == {""}
    methods = [SimpleNamespace(key=key, name=f"<{key}>") for key in taking_part]
    page = standings_table(simulated.ranking, SimpleNamespace(rated=methods))  # type: ignore[arg-type]  # all it needs
    assert page.count("no votes yet") == 1
    assert page.index("&lt;late&gt;") > max(page.index(f"&lt;{key}&gt;") for key in TRUE)


def test_tables_agree_with_the_ranking(simulated: Simulated) -> None:
    rows = list(csv.DictReader(standings_csv(simulated.ranking).splitlines()))
    assert [row["method"] for row in rows] == list(simulated.ranking.methods)
    assert float(rows[0]["strength"]) == pytest.approx(simulated.ranking.standings[0].strength, abs=1e-4)
    matrix = list(csv.reader(win_matrix_csv(simulated.ranking).splitlines()))
    assert len(matrix) == 5
    assert matrix[1][1] == ""


@pytest.mark.parametrize(
    "numbers", ["", "[numbers]\nadaptive = true\nstop = true\npreliminary_raters = 4\nhalf_width = 1.2"]
)
def test_a_study_is_played_as_its_file_says(numbers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Boxes alone were played, always as pairs in turns: of best and worst of four no vote counted at all."""
    study = tmp_path / "study.toml"
    rest = numbers or 'task = "best_worst"\n[numbers]\nhalf_width = 1.2\npreliminary_raters = 4'
    kinds = '[pool]\nfolder = "pool"\npictures = "x"\nscenarios = ["rectangle", "degraded_medium"]\n'
    methods = 'methods = ["telea", "navier_stokes", "shift_net", "dual_stage", "gan_prior"]\n'
    study.write_text(f'title = "x"\n{methods}{rest}\n{kinds}')
    assert study_main(["simulate", str(study), "--studies", "2"]) == 0
    said = capsys.readouterr().out
    assert f"2 studies of 4 raters, 5 methods and {FACES} faces (rectangle, degraded_medium)" in said
    # of four methods two alone can undo what a degraded face suffers from
    assert ("votes more are on faces that only some methods can undo" in said) == bool(numbers)


def test_an_adaptive_study_draws_its_pairs_and_stops_by_itself() -> None:
    plan = replace(PLAN, adaptive=True, stop=True, half_width=0.6, preliminary_raters=6)
    found = simulate(plan, TRUE, Crowd(6), needed=10_000, seed=3)
    widths = [(one.high - one.low) / 2 for one in found.ranking.standings]
    assert len(found.votes) < 400
    assert np.mean(widths) == pytest.approx(plan.half_width, rel=0.25)
    usual = simulate(replace(plan, adaptive=False, stop=False), TRUE, Crowd(6), needed=90, seed=3)
    assert sum(vote.kind == "blind" for vote in usual.votes) < 100
