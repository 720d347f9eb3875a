"""A pool of several kinds of corruption: on a degraded face only the methods that undo it are run, shown and measured."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.arena import runner
from comparisons.arena.runner import Outcome
from comparisons.benchmark.__main__ import main as benchmark
from comparisons.ranking import relatives
from comparisons.study import building, pool, vote_log
from comparisons.study.__main__ import main
from comparisons.study.blind_study import Study
from comparisons.study.plan import SPOILT, TRUTH, StudyPlan
from comparisons.study.pool import Pool
from comparisons.study.rendering import Renderer
from comparisons.study.scheduling import Scheduler
from restorers import catalogue, paths
from restorers.contract import Corrupted, CorruptionKind, Restored
from restorers.external import results
from restorers.faces import align

STUDY = """
title = "Mixed"
[pool]
folder = "faces"
pictures = "pictures"
scenarios = ["rectangle", "degraded_medium"]
bins = ["0.20-0.30"]
"""
FILLS, BLIND = ("telea", "navier_stokes"), ("dual_stage", "gan_prior")


@pytest.fixture
def study(drawn_face: npt.NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(align, "locate", lambda picture: align.Detection((), "a fake"))
    (tmp_path / "pictures").mkdir()
    for number in range(4):
        Image.fromarray(np.roll(drawn_face, 3 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path / "study.toml"


def faces_of(study: Path) -> Pool:
    assert main(["build", str(study), "--faces-only"]) == 0
    return pool.read(study.parent / "faces")


def test_it_is_built_and_measured_without_what_no_method_can_do(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", str(study), "--methods", "telea,dual_stage"]) == 0
    assert "4 faces and 6 results" in capsys.readouterr().out
    with (study.parent / "faces" / pool.SCORES).open(newline="") as file:
        rows = [(row["picture"], row["method"]) for row in csv.DictReader(file)]
    assert rows == [
        ("0001", "telea"),
        ("0001", "dual_stage"),
        ("0002", "dual_stage"),
        ("0003", "telea"),
        ("0003", "dual_stage"),
        ("0004", "dual_stage"),
    ]
    assert main(["score", str(study.parent / "faces"), "--methods", "navier_stokes"]) == 0
    assert "2 results are measured" in capsys.readouterr().out


def test_raters_see_on_a_degraded_face_only_what_undoes_it(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is tried in vain either: a method that cannot would be run, refused and logged for every pair."""
    faces, real = faces_of(study), runner.run

    def run(corrupted: Corrupted, methods: list[str], seed: int) -> Iterator[Outcome]:
        assert all(catalogue.method(key).applies_to(corrupted) for key in methods)
        # what the networks paint does not matter here
        return real(corrupted, ["telea"], seed) if CorruptionKind.MISSING in corrupted.kinds else painted(corrupted)

    def painted(corrupted: Corrupted) -> Iterator[Outcome]:
        yield Outcome("dual_stage", "ok", Restored(corrupted.pixels), 0.1)

    monkeypatch.setattr(runner, "run", run)
    plan = StudyPlan(practice=0, repeats=0, checks=0)
    log = vote_log.Log(tmp_path / vote_log.FILE)
    one = Study(plan, Renderer(faces), (*FILLS, *BLIND), log, "0.2.0", np.random.default_rng(1), lambda: 0.0)
    shown: Counter[str] = Counter()
    for number in range(24):
        trial = one.next_trial("0123456789abcdef")
        told = one.vote(trial.key, "0123456789abcdef", "left")
        item = faces[log.read().votes[-1].picture]
        shown[item.scenario] += 1
        assert item.scenario == "rectangle" or {told.left, told.right} == set(BLIND), number
    one.close()
    assert min(shown["rectangle"], shown["degraded_medium"]) > 0


def test_kinds_of_corruption_are_balanced_that_have_no_bins(study: Path) -> None:
    """All have the bin `-`: balanced by bins alone, a rater might meet three pairs of one kind and none of the others."""
    faces = faces_of(study)
    worn = ("sunglasses", "surgical_mask", "cap", "hand")
    items = tuple(
        replace(item, bin="-", scenario=name, name=f"{name}{number}")
        for name, item in zip(worn, faces.items, strict=True)
        for number in range(9)
    )
    mixed = replace(faces, items=items)
    plan = StudyPlan(practice=0, repeats=0, checks=0)
    one = Scheduler(plan, mixed.cells, FILLS, np.random.default_rng(1))
    shown = []
    for _ in range(4):
        shown.append(one.next("rater"))
        one.settle("rater", shown[-1], answered=True)
    assert {planned.picture[:-1] for planned in shown} == set(worn)


def test_faces_that_few_methods_can_be_shown_on_get_their_part_of_the_trials() -> None:
    """Three pairs of 45 got a ninth of their trials there: 12 of 1,488, while nearly all attention checks came on these faces."""
    cells = {
        f"{number:03d}": ("degraded_medium -" if number % 9 == 0 else f"rectangle {number % 9}")
        for number in range(180)
    }
    blind, every = ("a", "b", "c"), tuple("abcdefghij")
    shown = {name: blind if cell.startswith("degraded") else every for name, cell in cells.items()}
    plan = StudyPlan(practice=0, checks=1)
    one = Scheduler(plan, cells, every, np.random.default_rng(1), shown=shown)
    found = []
    for _ in range(60):
        for rater in range(10):
            found.append(one.next(f"{rater}"))
            one.settle(f"{rater}", found[-1], answered=True)
    kinds = Counter((planned.kind, cells[planned.picture].split()[0]) for planned in found)
    blinds, checks = (sum(count for (kind, _), count in kinds.items() if kind == asked) for asked in ("blind", "check"))
    assert kinds["blind", "degraded_medium"] / blinds == pytest.approx(1 / 9, abs=0.035)
    assert kinds["check", "degraded_medium"] / checks < 0.3
    # pairs take turns on either kind of faces
    for kind, pairs in (("degraded_medium", 3), ("rectangle", 45)):
        there = Counter(
            planned.pair for planned in found if planned.kind == "blind" and cells[planned.picture].startswith(kind)
        )
        assert len(there) == pairs
        assert max(there.values()) - min(there.values()) <= 1


def test_votes_that_are_told_by_scenario_are_not_promised_to_the_ranking(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A ninth of the pool that ships are degraded faces: 71 of the 80 blind votes of a rater count in the ranking of all."""
    monkeypatch.delenv("STUDY_POOL", raising=False)
    assert main(["check", str(paths.ROOT / "assets" / "studies" / "realism.toml")]) == 0
    assert "A rater gives about 71 that count, so that it takes 17 raters" in capsys.readouterr().out


def test_of_four_nothing_is_shown_that_cannot_be() -> None:
    """The results beside the spoilt face were drawn of all methods, whatever the face."""
    cells = {f"{number}": "degraded" if number % 2 else "box" for number in range(20)}
    blind, every = tuple("abcd"), tuple("abcdefgh")
    shown = {name: blind if cell == "degraded" else every for name, cell in cells.items()}
    plan = StudyPlan(practice=1, checks=3, repeats=0, task="best_worst")
    one = Scheduler(plan, cells, every, np.random.default_rng(1), shown=shown)
    for _ in range(60):
        planned = one.next("rater")
        one.settle("rater", planned, answered=True)
        assert {*planned.sides} - {TRUTH, SPOILT} <= {*shown[planned.picture]}


def test_finished_pictures_are_taken_of_each_kind(study: Path) -> None:
    """They were looked for among the boxes, whatever the face's corruption was."""
    inputs, mine = study.parent / "inputs", study.parent / "mine"
    asked = ["--scenarios", "rectangle,degraded_medium", "--bins", "0.20-0.30"]
    assert benchmark(["export", str(study.parent / "pictures"), "--out", str(inputs), *asked]) == 0
    for path in (inputs / "corrupted").rglob("*.png"):
        out = mine / path.relative_to(inputs / "corrupted")
        out.parent.mkdir(parents=True, exist_ok=True)
        Image.open(path).save(out)
    made = building.build(
        study.parent / "pictures",
        study.parent / "taken",
        [],
        0,
        results=results.opened([f"mine={mine}"], []),
        kinds=(("rectangle", "degraded_medium"), ("0.20-0.30",)),
    )
    assert {item.scenario for item in made.items} == {"rectangle", "degraded_medium"}
    assert all(made.rendered(item, "mine") is not None for item in made.items)


def test_likeness_is_measured_where_something_is_hidden(study: Path) -> None:
    found = relatives.relatives(faces_of(study), FILLS, None)
    assert [(pair.pictures, pair.ratio == pair.ratio) for pair in found] == [(2, True)]
