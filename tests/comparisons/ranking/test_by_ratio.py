"""Strengths by hidden area and scenario: what votes say where."""

import csv
import io
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from comparisons.pages.results.ranking_panel import scenarios_table
from comparisons.ranking.agreement import MetricAgreement
from comparisons.ranking.by_ratio import OTHER, bin_of, by_ratio, by_ratio_csv, scenario_of
from comparisons.ranking.measures_by_cell import measures_by_cell, measures_by_cell_csv
from comparisons.ranking.standings import rank
from comparisons.ranking.strength_chart import strength_chart
from comparisons.ranking.summary import facts
from comparisons.records.statistics import Interval
from comparisons.study.foresight import chances, tie_parameter
from comparisons.study.plan import Answer, StudyPlan
from comparisons.study.vote import Vote
from tests.comparisons.study.test_vote_log import VOTE

PLAN = StudyPlan(resamples=60)


def told(
    occluder: str = "rectangle", degradation: str = "none", low: float | None = 0.05, high: float | None = 0.1
) -> str:
    return json.dumps({"occluder": occluder, "degradation": degradation, "low": low, "high": high, "seed": 1})


def crossing(count: int = 600) -> list[Vote]:
    """Votes in which a is better where little is hidden, and b where much is; c lies between."""
    chance = np.random.default_rng(1)
    found = []
    for number in range(count):
        one, other = chance.choice(["a", "b", "c"], 2, replace=False)
        low = number % 2 == 0
        strengths = {"a": 1.0 if low else -1.0, "b": -1.0 if low else 1.0, "c": 0.0}
        won, lost, _ = chances(np.array(strengths[one] - strengths[other]), tie_parameter(0.2))
        drawn = chance.random()
        answer: Answer = "left" if drawn < won else "right" if drawn < won + lost else "tie"
        corruption = told(low=0.05, high=0.1) if low else told(low=0.4, high=0.5)
        found.append(
            replace(
                VOTE,
                vote=f"v{number}",
                trial=f"t{number}",
                study=PLAN.study,
                rater=f"{number % 20:016x}",
                left=one,
                right=other,
                answer=answer,
                corruption=corruption,
                ratio=0.07 if low else 0.45,
                picture=f"{number % 40:04d}",
            )
        )
    return found


def test_a_method_that_is_good_where_little_is_hidden_is_told_from_one_that_is_good_where_much_is() -> None:
    ranking = rank(crossing(), PLAN)
    # over all there is nothing between them
    assert all(standing.low < 0 < standing.high for standing in ranking.standings)
    cells = {(cell.cell, cell.method): cell for cell in by_ratio(ranking) if cell.kind == "bin"}
    assert {cell for cell, _ in cells} == {"0.05-0.10", "0.40-0.50"}
    assert cells["0.05-0.10", "a"].low > 0 > cells["0.05-0.10", "b"].high
    assert cells["0.40-0.50", "b"].low > 0 > cells["0.40-0.50", "a"].high
    for cell in cells.values():
        assert cell.low < {"a": 1.0, "b": -1.0, "c": 0.0}[cell.method] * (1 if cell.ratio < 0.2 else -1) < cell.high
    # strengths of all cells are against the same methods
    for name in ("0.05-0.10", "0.40-0.50"):
        assert sum(cells[name, method].strength for method in ranking.reference) == pytest.approx(0, abs=1e-9)
    scenarios = [cell for cell in by_ratio(ranking) if cell.kind == "scenario"]
    assert {cell.cell for cell in scenarios} == {"rectangle"}


def test_intervals_of_a_cell_are_clustered_on_raters() -> None:
    votes = crossing(300)
    # the same votes ten times over, by the same raters on the same faces, say no more about how raters differ
    copies = [
        replace(one, vote=f"{one.vote}-{copy}", trial=f"{one.trial}-{copy}") for one in votes for copy in range(10)
    ]
    plan = replace(PLAN, trials_per_rater=10_000, exclusions=replace(PLAN.exclusions, most_per_minute=10_000))
    renamed = [replace(one, study=plan.study) for one in copies]
    once = {(cell.cell, cell.method): cell.high - cell.low for cell in by_ratio(rank(votes, PLAN))}
    often = {(cell.cell, cell.method): cell.high - cell.low for cell in by_ratio(rank(renamed, plan))}
    assert np.mean([often[key] / once[key] for key in once]) > 0.6


def test_the_table_and_the_figure_say_the_same() -> None:
    cells = by_ratio(rank(crossing(), PLAN))
    rows = list(csv.DictReader(io.StringIO(by_ratio_csv(cells))))
    assert len(rows) == len(cells)
    assert float(rows[0]["strength"]) == pytest.approx(cells[0].strength, abs=1e-4)
    figure = strength_chart(cells)
    assert {trace.name for trace in figure.data} == {"a", "b", "c"}
    drawn = {(trace.name, round(float(y), 6)) for trace in figure.data for y in trace.y}
    assert drawn == {(cell.method, round(cell.strength, 6)) for cell in cells if cell.kind == "bin"}


def test_a_cell_of_few_votes_or_of_one_rater_says_nothing() -> None:
    few = rank(crossing(30), PLAN)
    assert by_ratio(few) == () or all(cell.kind == "scenario" for cell in by_ratio(few))
    assert strength_chart(()).data == ()


@pytest.mark.parametrize(
    ("corruption", "scenario", "ratio", "bin_name"),
    [
        (told(), "rectangle", 0.3, "0.05-0.10"),
        (told("sunglasses", low=None, high=None), "sunglasses", 0.12, "0.10-0.15"),
        (told("none", "medium", None, None), "degraded_medium", 0.0, ""),
        (told("rectangle", "medium", 0.2, 0.3), "degraded_medium_rectangle", 0.25, "0.20-0.30"),
        (told("tape", low=None, high=None), OTHER, 0.9, ""),
    ],
)
def test_a_row_says_its_scenario_and_bin(corruption: str, scenario: str, ratio: float, bin_name: str) -> None:
    one = replace(VOTE, corruption=corruption, ratio=ratio)
    assert (scenario_of(one.corruption), bin_of(one)) == (scenario, bin_name)


def kinds(count: int = 900) -> list[Vote]:
    """As `crossing` of three real methods, a third of it on degraded faces, where two of them are shown, and a third under sunglasses."""
    found = []
    for number, one in enumerate(crossing(count)):
        names = {"a": "dual_stage", "b": "gan_prior", "c": "telea"}
        left, right = (names[one.left], names[one.right])
        corruption, ratio = one.corruption, one.ratio
        if number % 3 == 1:
            corruption, ratio = told("sunglasses", low=None, high=None), 0.07
        elif number % 3 == 2:
            corruption, ratio = told("none", "medium", None, None), 0.0
            left, right = ("dual_stage", "gan_prior") if number % 2 else ("gan_prior", "dual_stage")
        found.append(replace(one, left=left, right=right, corruption=corruption, ratio=ratio))
    return found


def test_degraded_faces_are_told_of_although_most_methods_are_never_shown_on_them() -> None:
    """They were held against the mean of all methods, most of which fill holes only: no vote on them was ever told of."""
    ranking = rank(kinds(), PLAN)
    assert set(ranking.reference) == {"dual_stage", "gan_prior", "telea"}
    cells = {(cell.cell, cell.method): cell for cell in by_ratio(ranking) if cell.kind == "scenario"}
    assert {cell for cell, _ in cells} == {"rectangle", "sunglasses", "degraded_medium"}
    degraded = [cells["degraded_medium", method] for method in ("dual_stage", "gan_prior")]
    assert ("degraded_medium", "telea") not in cells
    # against the mean of those two
    assert sum(cell.strength for cell in degraded) == pytest.approx(0, abs=1e-9)


def test_the_page_tells_kinds_of_corruption_apart_in_both_languages() -> None:
    """Sunglasses, masks and degraded faces all have the bin `-`; their strengths stood in a file to download alone."""
    ranking = rank(kinds(), PLAN)
    methods = [SimpleNamespace(key=key, name=f"<{key}>") for key in ranking.methods]
    table = scenarios_table(ranking, by_ratio(ranking), SimpleNamespace(rated=methods))  # type: ignore[arg-type]  # all it needs
    heads = re.findall(r'<th scope="col" data-zh="([^"]+)">([^<]+)</th>', table)
    assert heads == [
        ("方法", "Method"),
        ("中度退化", "medium degradation"),
        ("黑框", "a black box"),
        ("太阳镜", "sunglasses"),
    ]
    rows = {line.split("</th>")[0][-13:]: re.findall(r"<td>(.)", line) for line in table.split("<tr>")[2:]}
    shown = {name: cells for name, cells in rows.items() if "telea" in name}
    assert [cells[0] for cells in shown.values()] == ["–"]
    assert all(cells[0] in "+-" for name, cells in rows.items() if name not in shown)
    assert all("–" not in cells[1:] for cells in rows.values())
    assert re.findall(r'<th scope="row">&lt;(\w+)&gt;', table) == list(ranking.methods)


def test_the_ranking_of_all_is_of_faces_that_all_can_be_shown_on() -> None:
    """Votes on degraded faces, of blind methods alone, would set the distances among these by another task than from all others."""
    votes = kinds()
    all_of_them = rank(votes, PLAN)
    without = rank([one for one in votes if scenario_of(one.corruption) != "degraded_medium"], PLAN)
    degraded = [one for one in all_of_them.sifted.votes if scenario_of(one.corruption) == "degraded_medium"]
    assert all_of_them.apart == len(degraded) > 50
    assert without.apart == 0
    assert all_of_them.table.compared.sum() == 2 * (len(all_of_them.sifted.votes) - len(degraded))
    told_facts = dict(facts(all_of_them))
    assert told_facts["Votes on faces that only some methods can undo, told by scenario"] == str(len(degraded))
    # a measure of a region has no score where nothing is hidden, and is then not of the same votes as the others
    share = Interval(mean=0.6, low=0.5, high=0.7, n=30)
    entries = (MetricAgreement("psnr", share, 90), MetricAgreement("psnr_mask", share, 40))
    measured = dict(facts(replace(all_of_them, metrics=entries)))
    assert measured["PSNR agrees with people"] == "60%, interval 50% to 70%"
    assert measured["PSNR, inside the mask agrees with people"] == "60%, interval 50% to 70%; of 40 votes"
    # where only blind methods are compared, all is common to them
    blind = [one for one in votes if "telea" not in (one.left, one.right)]
    assert rank(blind, PLAN).apart == 0


def test_the_curve_over_the_hidden_area_is_of_masks_whose_area_was_chosen() -> None:
    """Sunglasses hide about a tenth each: in that bin the curve would show what people say of sunglasses."""
    votes = kinds()
    ranking = rank(votes, PLAN)
    boxes = [one for one in ranking.sifted.votes if scenario_of(one.corruption) == "rectangle"]
    binned = [cell for cell in by_ratio(ranking) if cell.kind == "bin"]
    assert {cell.cell for cell in binned} == {"0.05-0.10", "0.40-0.50"}
    assert sum(cell.votes for cell in binned) == 2 * len(boxes)
    # with a box and degraded besides: the same holds
    both = [replace(one, corruption=told("rectangle", "medium", 0.2, 0.3), ratio=0.25) for one in votes[1::3]]
    mixed = [*votes[::3], *both]
    assert {cell.cell for cell in by_ratio(rank(mixed, PLAN)) if cell.kind == "bin"} == {"0.05-0.10", "0.40-0.50"}
    # where nothing else is there, what a worn thing hides has to do
    worn = [one for one in votes if scenario_of(one.corruption) == "sunglasses"]
    assert {cell.cell for cell in by_ratio(rank(worn, PLAN)) if cell.kind == "bin"} == {"0.05-0.10"}


def test_cells_are_told_of_methods_of_one_name() -> None:
    """Finished pictures of two states under one name are two methods in the ranking, and were one in its cells: nothing was told."""
    votes = [
        replace(one, weights=f"{one.left}:s{number % 3 % 2}+{one.right}:s{number % 2}")
        for number, one in enumerate(crossing(1200))
    ]
    ranking = rank(votes, PLAN)
    assert "a@s0" in ranking.methods
    assert {cell.method for cell in by_ratio(ranking) if cell.kind == "scenario"} == set(ranking.methods)


def test_a_measure_is_held_against_people_where_they_judged() -> None:
    """One that always prefers a is right where little is hidden, and wrong where much is; of all together it was said to be a guess."""
    votes = crossing(600)
    scores = {
        (one.picture, one.corruption, method, ""): {"psnr": {"a": 3.0, "b": 1.0, "c": 2.0}[method]}
        for one in votes
        for method in (one.left, one.right)
    }
    ranking = rank(votes, PLAN, scores)
    (whole,) = ranking.metrics
    assert whole.share.mean == pytest.approx(0.5, abs=0.08)
    told = {(one.kind, one.cell): one.agreement for one in measures_by_cell(ranking, scores)}
    assert list(told) == [("bin", "0.05-0.10"), ("bin", "0.40-0.50"), ("scenario", "rectangle")]
    assert told["bin", "0.05-0.10"].share.low > 0.5
    assert told["bin", "0.40-0.50"].share.high < 0.5
    assert told["bin", "0.05-0.10"].votes + told["bin", "0.40-0.50"].votes == whole.votes
    rows = list(csv.DictReader(io.StringIO(measures_by_cell_csv(measures_by_cell(ranking, scores)))))
    assert [(row["cell"], row["metric"], row["votes"]) for row in rows] == [
        (cell, "psnr", str(one.votes)) for (_, cell), one in told.items()
    ]
    assert measures_by_cell(ranking, {}) == ()
