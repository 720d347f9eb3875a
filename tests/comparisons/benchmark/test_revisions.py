"""A method whose code has changed is another method, although its weights are the same: for rows, pools, costs and votes."""

import json
import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.arena import reproduction
from comparisons.arena.comparison_recipe import ComparisonRecipe
from comparisons.benchmark import cost
from comparisons.ranking import agreement
from comparisons.ranking.summary import read_scores
from comparisons.records import provenance
from comparisons.records.provenance import Identity
from comparisons.study import blind_study, building, pool, vote_log
from comparisons.study import vote as ballot
from comparisons.study.plan import StudyPlan
from comparisons.study.rendering import Renderer
from restorers import catalogue, paths
from restorers.corruptions.corruption import Corruption

Array = npt.NDArray[np.uint8]
RATER = "0123456789abcdef"


@pytest.fixture
def made(drawn_face: Array, tmp_path: Path) -> pool.Pool:
    (tmp_path / "pictures").mkdir()
    Image.fromarray(drawn_face).save(tmp_path / "pictures" / "a.png")
    return building.build(tmp_path / "pictures", tmp_path / "pool", ["telea", "navier_stokes"], seed=1)


def revise(monkeypatch: pytest.MonkeyPatch, key: str, revision: int = 2) -> None:
    listed = tuple(replace(one, revision=revision) if one.key == key else one for one in catalogue.METHODS)
    monkeypatch.setattr(catalogue, "METHODS", listed)


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        (Identity("0123456789ab", 1), "0123456789ab"),
        (Identity("0123456789ab", 12), "0123456789ab.r12"),
        (Identity("", 2), ".r2"),
        (Identity(), ""),
    ],
)
def test_the_first_revision_is_written_as_it_always_was(identity: Identity, text: str) -> None:
    assert str(identity) == text
    assert Identity.parsed(text) == identity


def test_what_stands_there_is_no_revision_unless_it_looks_like_one() -> None:
    assert Identity.parsed("abc.r") == Identity("abc.r")
    assert Identity.parsed("abc.rx") == Identity("abc.rx")


def test_the_run_names_the_commit_that_is_checked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provenance.commit.cache_clear()
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    assert provenance.commit() == ""  # as where the files were copied
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    if shutil.which("git") is None:
        pytest.skip("needs git")
    subprocess.run([*git, "init", "-q"], check=True)
    provenance.commit.cache_clear()
    assert provenance.commit() == ""  # nothing is committed yet
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Begin"], check=True)
    provenance.commit.cache_clear()
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    said = provenance.surroundings()
    provenance.commit.cache_clear()
    assert (said["commit"], len(said["commit"]), said["version"]) == (head, 40, provenance.VERSION)


def test_every_method_has_a_revision_and_others_the_first() -> None:
    assert all(method.revision >= 1 for method in catalogue.METHODS)
    assert provenance.identity("input") == provenance.identity("truth") == Identity()


def test_a_pool_renders_a_revised_method_again(made: pool.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    again, item = pool.read(made.folder), made.items[0]
    assert again.rendered(item, "telea") is not None
    assert json.loads((made.folder / pool.MANIFEST).read_text())["version"] == provenance.VERSION
    revise(monkeypatch, "telea")
    assert again.rendered(item, "telea") is None
    assert Renderer(again).there(item.name) == {"navier_stokes"}
    assert pool.rendered_path(made.folder, item, "telea").exists()


def test_a_pool_that_is_made_again_keeps_no_scores_of_what_lay_there(made: pool.Pool, drawn_face: Array) -> None:
    pictures = made.folder.parent / "pictures"
    assert {key[2] for key in read_scores(made.folder)} == {"telea", "navier_stokes"}
    Image.fromarray(drawn_face[::-1]).save(pictures / "a.png")  # same id, same corruption, another face
    building.build(pictures, made.folder, ["telea"], seed=1)
    assert {key[2] for key in read_scores(made.folder)} == {"telea"}
    assert pool.gather(pictures, made.folder, seed=1)
    assert read_scores(made.folder) == {}


def test_votes_name_the_revision_from_the_second_on(
    made: pool.Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    revise(monkeypatch, "telea")
    log = vote_log.Log(tmp_path / "votes" / vote_log.FILE)
    plan = StudyPlan(practice=0, repeats=0, checks=0)
    running = blind_study.Study(plan, Renderer(made), ("telea", "navier_stokes"), log, "9")
    running.vote(running.next_trial(RATER).key, RATER, "left")
    running.close()
    (vote,) = log.read().votes
    assert vote.weights == "telea:.r2"
    assert ballot.parsed(ballot.row(vote).rstrip(b"\n")) == vote
    # measured before, so of the first revision: no measure is held against the vote
    assert agreement.metric_agreement([vote], read_scores(made.folder), seed=0) == ()
    building.score(made, ["telea"])
    assert {entry.votes for entry in agreement.metric_agreement([vote], read_scores(made.folder), seed=0)} == {1}


@pytest.mark.slow
def test_a_cost_says_what_was_measured_and_older_ones_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    revise(monkeypatch, "telea", 3)
    (found,) = cost.measure(["telea"], rounds=1)
    assert (found.weights, found.revision, found.version) == ("", 3, provenance.VERSION)
    path = tmp_path / cost.FILE
    cost.save(path, [found])
    assert cost.load(path) == [found]
    older = {key: value for key, value in asdict(found).items() if key not in ("weights", "revision", "version")}
    path.write_text(json.dumps({"costs": [older]}))
    assert cost.load(path) == [replace(found, weights="", revision=1, version="")]


def test_other_pixels_of_a_revised_method_are_told_with_their_reason(
    drawn_face: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = ComparisonRecipe(
        "a", drawn_face, Corruption(), "", None, None, ("telea",), {}, {"telea": "0" * 64}, {}, True
    )
    revise(monkeypatch, "telea", 4)
    (told,), same = reproduction.changes(recipe, {"telea": "1" * 64})
    assert (told, same) == (
        "telea gives other pixels: its code has changed since (revision 1 then, 4 now).",
        False,
    )
