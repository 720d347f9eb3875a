"""The blind study as raters meet it: one trial at a time, answered once, logged first, and nothing told before that."""

import csv
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.arena import runner
from comparisons.metrics.scorer import COLUMNS, Scorer
from comparisons.ranking.exclusions import sift
from comparisons.ranking.summary import read_scores
from comparisons.study import blind_study, pool, rendering_ahead, vote_log
from comparisons.study import vote as ballot
from comparisons.study.__main__ import main
from comparisons.study.blind_study import FullStudy, Renderer, Study
from comparisons.study.plan import SPOILT, TRUTH, StudyPlan
from comparisons.study.pool import Pool
from comparisons.study.scheduling import NothingLeft, Scheduler
from comparisons.study.trials import LIFETIME_SECONDS, BadTrial
from restorers import catalogue, images
from restorers.contract import Problem

Array = npt.NDArray[np.uint8]

METHODS = ("telea", "navier_stokes")
PLAN = StudyPlan(practice=0, repeats=0, checks=0)
RATER = "0123456789abcdef"


class Clock:
    """Seconds that go forward when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pictures(drawn_face: Array, tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(np.roll(drawn_face, 3 * number, 1)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def faces(pictures: Path, tmp_path: Path) -> Pool:
    return pool.gather(pictures, tmp_path / "pool", seed=1)


def opened(faces: Pool, folder: Path, plan: StudyPlan = PLAN, clock: Clock | None = None) -> Study:
    log = vote_log.Log(folder / "votes" / vote_log.FILE)
    generator = np.random.default_rng(3)
    return Study(plan, Renderer(faces), METHODS, log, "0.1.0", generator, clock or Clock())


def test_a_vote_is_on_the_disk_before_anything_is_told(faces: Pool, tmp_path: Path) -> None:
    clock = Clock()
    one = opened(faces, tmp_path, clock=clock)
    shown = one.next_trial(RATER)
    assert shown.left.shape == shown.right.shape == shown.occluded.shape == (256, 256, 3)
    assert (shown.truth, shown.practice, shown.number) == (None, False, 1)
    clock.now += 4
    with pytest.raises(Problem, match="printable text in column 'comment'"):
        one.vote(shown.key, RATER, "left", "a\nscar")
    told = one.vote(shown.key, RATER, "left", "  a  scar #torn")
    assert {told.left, told.right} == set(METHODS)
    (vote,) = vote_log.read_folder(tmp_path / "votes").votes
    assert (vote.study, vote.question, vote.kind) == (f"{PLAN.rules}-{faces.digest}", "realism", "blind")
    assert (vote.left, vote.right, vote.answer, vote.seconds) == (told.left, told.right, "left", 4.0)
    assert (vote.comment, vote.flags, vote.weights) == ("  a  scar #torn", "", "")
    assert json.loads(vote.corruption)["occluder"] == "rectangle"
    assert faces[vote.picture].recipe == vote.corruption
    one.close()


def test_both_sides_are_the_methods_own_pictures_with_the_visible_pixels_kept(faces: Pool, tmp_path: Path) -> None:
    one = opened(faces, tmp_path)
    shown = one.next_trial(RATER)
    told = one.vote(shown.key, RATER, "tie")
    item = faces[told.picture]
    corrupted = faces.corrupted(item)
    visible = corrupted.mask[0, 0].numpy() == 0
    for key, pixels in ((told.left, shown.left), (told.right, shown.right)):
        assert np.array_equal(pixels[visible], faces.truth(item)[visible])
        assert np.array_equal(pixels, Renderer(faces).side(item, key))
    assert not np.array_equal(shown.left, shown.right)
    one.close()


def test_a_reload_brings_the_same_trial_back(faces: Pool, tmp_path: Path) -> None:
    one = opened(faces, tmp_path)
    first, again = one.next_trial(RATER), one.next_trial(RATER)
    assert (again.key, again.number) == (first.key, first.number)
    assert np.array_equal(again.left, first.left)
    assert np.array_equal(again.right, first.right)
    assert one.next_trial("another").key != first.key
    one.vote(first.key, RATER, "skip")
    assert one.next_trial(RATER).key != first.key
    one.close()


def test_the_trial_to_come_can_be_shown_and_not_answered(faces: Pool, tmp_path: Path) -> None:
    clock = Clock()
    one = opened(faces, tmp_path, clock=clock)
    assert one.coming(RATER) is None
    first = one.next_trial(RATER)
    coming = one.coming(RATER)
    assert coming is not None
    assert coming.key != first.key
    with pytest.raises(BadTrial, match="not known"):
        one.vote(coming.key, RATER, "left")
    one.vote(first.key, RATER, "left")
    clock.now += 60
    following = one.next_trial(RATER)
    assert (following.key, following.number) == (coming.key, coming.number)
    for name in ("occluded", "left", "right"):
        assert np.array_equal(getattr(following, name), getattr(coming, name))
    clock.now += 3
    one.vote(following.key, RATER, "left")
    # the time to decide begins when the pair is asked for, however long its pictures have been ready
    assert [vote.seconds for vote in vote_log.read_folder(tmp_path / "votes").votes] == [0.0, 3.0]
    one.close()


def test_nothing_is_to_come_where_it_takes_too_long_or_was_asked_for_meanwhile(
    faces: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blind_study, "COMING_SECONDS", 0.01)
    one = opened(faces, tmp_path, replace(PLAN, trials_per_rater=2))
    go = threading.Event()
    one._ahead.submit(go.wait, 60)
    first = one.next_trial(RATER)
    assert one.coming(RATER) is None
    with monkeypatch.context() as patch:
        # where too many are being rendered nobody waits at all
        patch.setattr(blind_study, "COMING_SECONDS", 3600)
        patch.setattr(blind_study, "COMING_MOST", 0)
        assert one.coming(RATER) is None
    go.set()
    monkeypatch.setattr(blind_study, "COMING_SECONDS", 60)
    assert one.coming(RATER) is not None
    one.vote(first.key, RATER, "left")
    one.next_trial(RATER)
    # two trials are all: what comes is the thanks, told when the next one is asked for
    assert one.coming(RATER) is None
    one.close()


def test_second_foreign_and_late_votes_are_refused_in_words(faces: Pool, tmp_path: Path) -> None:
    clock = Clock()
    one = opened(faces, tmp_path, clock=clock)
    shown = one.next_trial(RATER)
    with pytest.raises(BadTrial, match="somebody else"):
        one.vote(shown.key, "another", "left")
    one.vote(shown.key, RATER, "left")
    with pytest.raises(BadTrial, match="already have their answer"):
        one.vote(shown.key, RATER, "right")
    late = one.next_trial(RATER)
    clock.now += LIFETIME_SECONDS + 1
    with pytest.raises(BadTrial, match="too long"):
        one.vote(late.key, RATER, "left")
    assert one.next_trial(RATER).key != late.key
    assert len(vote_log.read_folder(tmp_path / "votes").votes) == 1
    one.close()


def test_a_vote_that_cannot_be_written_may_be_cast_again(
    faces: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = opened(faces, tmp_path)
    shown = one.next_trial(RATER)

    def full(path: Path, vote: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(vote_log, "append", full)
        with pytest.raises(OSError, match="disk full"):
            one.vote(shown.key, RATER, "tie")
    with pytest.raises(Problem, match="200 characters"):
        one.vote(shown.key, RATER, "tie", "x" * 201)
    one.vote(shown.key, RATER, "tie")
    assert len(vote_log.read_folder(tmp_path / "votes").votes) == 1
    one.close()


def test_checks_and_practice_show_the_original_against_a_spoilt_face(faces: Pool, tmp_path: Path) -> None:
    one = opened(faces, tmp_path, replace(PLAN, practice=1, block=2, checks=1))
    kinds = []
    for _ in range(5):
        shown = one.next_trial(RATER)
        told = one.vote(shown.key, RATER, "left")
        kinds.append(told.kind)
        if told.kind != "blind":
            assert {told.left, told.right} == {TRUTH, SPOILT}
            item = faces[told.picture]
            expected = {TRUTH: faces.truth(item), SPOILT: faces.spoilt(item)}
            assert np.array_equal(shown.left, expected[told.left])
        assert shown.practice == (told.kind == "practice")
    assert Counter(kinds) == {"practice": 1, "check": 2, "blind": 2}
    assert all(vote.flags == "fast" for vote in vote_log.read_folder(tmp_path / "votes").votes)
    one.close()


def test_the_original_is_shown_where_the_question_needs_it(faces: Pool, tmp_path: Path) -> None:
    one = opened(faces, tmp_path, replace(PLAN, question="fidelity"))
    shown = one.next_trial(RATER)
    told = one.vote(shown.key, RATER, "left")
    assert shown.truth is not None
    assert np.array_equal(shown.truth, faces.truth(faces[told.picture]))
    assert told.question == "fidelity"
    one.close()


def test_a_method_that_fails_is_not_shown(faces: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runner.run

    def broken(corrupted: Any, methods: list[str], seed: int) -> Any:
        if methods == ["telea"]:
            return iter([runner.Outcome("telea", "failed", error="no weights")])
        return run(corrupted, methods, seed)

    monkeypatch.setattr(runner, "run", broken)
    one = opened(faces, tmp_path)
    with pytest.raises(Problem, match="two methods that work"):
        one.next_trial(RATER)
    one.close()


def test_the_study_goes_on_after_a_restart(faces: Pool, tmp_path: Path) -> None:
    plan = replace(PLAN, trials_per_rater=3)
    first = opened(faces, tmp_path, plan)
    for _ in range(2):
        first.vote(first.next_trial(RATER).key, RATER, "left")
    first.close()
    second = opened(faces, tmp_path, plan)
    shown = second.next_trial(RATER)
    assert shown.number == 3
    second.vote(shown.key, RATER, "right")
    with pytest.raises(NothingLeft):
        second.next_trial(RATER)
    second.close()


def test_another_pool_is_another_study_and_nobody_has_seen_its_faces(
    faces: Pool, pictures: Path, tmp_path: Path
) -> None:
    first = opened(faces, tmp_path)
    first.vote(first.next_trial(RATER).key, RATER, "left")
    first.close()
    others = pool.gather(pictures, tmp_path / "others", seed=1, limit=3)
    assert others.items == faces.items[:3]
    second = opened(others, tmp_path)
    assert second._scheduler.given(RATER) == second._scheduler.counted(("navier_stokes", "telea")) == 0
    second.vote(second.next_trial(RATER).key, RATER, "left")
    second.close()
    log = vote_log.read_folder(tmp_path / "votes").votes
    assert [vote.study for vote in log] == [first.plan.study, second.plan.study]
    assert [len(sift(log, one.plan).votes) for one in (first, second)] == [0, 0]  # too fast, both, but each by itself
    assert [sum(sift(log, one.plan).excluded.values()) for one in (first, second)] == [1, 1]


def test_who_leaves_is_not_kept_in_memory_and_costs_no_pair(faces: Pool, tmp_path: Path) -> None:
    clock = Clock()
    one = opened(faces, tmp_path, clock=clock)
    one.vote(one.next_trial(RATER).key, RATER, "left")
    one.next_trial("another")
    one._waiting[RATER].ready.result()
    one._waiting["another"].ready.result()
    clock.now += LIFETIME_SECONDS + 1
    one.next_trial("third")
    assert set(one._out) == set(one._waiting) == {"third"}
    assert one._scheduler.counted(("navier_stokes", "telea")) <= 3
    one.close()


def test_who_waits_for_a_result_holds_up_nobody_whose_pair_is_there(faces: Pool, tmp_path: Path) -> None:
    one = opened(faces, tmp_path, replace(PLAN, practice=1))
    go = threading.Event()
    one._ahead.submit(go.wait, 60)
    # the first trial of all is a check, for which no method runs
    one.next_trial("first")
    assert not one._waiting["first"].ready.done()
    for item in faces.items:
        for key in METHODS:
            one._renderer.excerpt(item, key)
    one.next_trial("second")
    assert one._waiting["second"].ready.done()
    assert not one._waiting["first"].ready.done()
    go.set()
    assert set(one._waiting["first"].ready.result().planned.pair) == set(METHODS)
    one.close()


def test_every_trial_lets_the_rendering_go_further_ahead(
    faces: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def there(one: Study) -> int:
        return sum(one._renderer.has(item.name, key) for item in faces.items for key in (*METHODS, SPOILT))

    monkeypatch.setattr(rendering_ahead, "AHEAD", 100)
    one = opened(faces, tmp_path)
    one.next_trial(RATER)
    last = one._ahead.submit(int)
    while there(one) < 12:
        last.result()
        last = one._ahead.submit(int)
    one.close()
    assert there(one) == 12


def test_rendering_ahead_stays_within_its_grant(faces: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering_ahead, "AHEAD", 1)
    one = opened(faces, tmp_path)
    one.next_trial(RATER)
    one._ahead.submit(int).result()
    one._ahead.submit(int).result()
    kept = len(one._renderer._kept)
    # the pair in sight, the pair that comes next, and one result more
    assert kept <= 5
    one.close()


def test_many_raters_at_once_lose_no_vote(faces: Pool, tmp_path: Path) -> None:
    one = opened(faces, tmp_path)
    together = threading.Barrier(6)

    def rater(number: int) -> None:
        name = f"{number:016x}"
        together.wait()
        for _ in range(4):
            one.vote(one.next_trial(name).key, name, "left")

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(rater, range(6)))
    found = vote_log.read_folder(tmp_path / "votes")
    assert not found.set_aside
    assert Counter(vote.rater for vote in found.votes) == {f"{number:016x}": 4 for number in range(6)}
    assert len({vote.trial for vote in found.votes}) == 24
    one.close()


def test_build_renders_every_method_and_the_app_takes_it(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "built"
    assert main(["build", str(pictures), "--out", str(out), "--methods", ",".join(METHODS), "--limit", "2"]) == 0
    assert "2 faces and 4 results" in capsys.readouterr().out
    built = pool.read(out)
    item = built.items[0]
    expected = Renderer(replace(built, weights={})).side(item, "telea")
    monkeypatch.setattr(runner, "run", lambda *_: pytest.fail("a rendered result was rendered again"))
    assert np.array_equal(Renderer(built).side(item, "telea"), expected)
    with (out / pool.SCORES).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["picture"], row["method"]) for row in rows[:2]] == [("0001", "telea"), ("0001", "navier_stokes")]
    assert rows[0]["corruption"] == item.recipe
    assert set(COLUMNS) <= set(rows[0])


def test_the_second_command_measures_a_pool_and_leaves_it_as_it_is(
    faces: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in faces.folder.rglob("*") if path.is_file()}
    assert main(["score", str(faces.folder), "--methods", "telea"]) == 0
    assert "4 results are measured" in capsys.readouterr().out
    scores = read_scores(faces.folder)
    item = faces.items[0]
    result = Renderer(faces).side(item, "telea")
    expected = Scorer(images.to_tensor(faces.truth(item)), faces.corrupted(item).mask)(images.to_tensor(result))
    found = scores[item.name, item.recipe, "telea", ""]
    # NaN, as of landmarks where no face is found, is no score
    assert found == pytest.approx({key: value for key, value in expected.items() if value == value}, rel=1e-5)
    assert len(scores) == 4
    assert main(["score", str(faces.folder), "--methods", "navier_stokes"]) == 0
    both = read_scores(faces.folder)
    assert len(both) == 8
    assert {key: both[key] for key in scores} == scores
    after = {path: path.read_bytes() for path in faces.folder.rglob("*") if path.is_file()}
    assert after.keys() - before.keys() == {faces.folder / pool.SCORES}
    assert before.items() <= after.items()


def test_build_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", str(tmp_path), "--out", str(tmp_path / "x"), "--methods", "none such"]) == 2
    assert "expected one of the methods" in capsys.readouterr().err


def test_pictures_hold_nothing_but_pixels(faces: Pool) -> None:
    data = images.png_bytes(Renderer(faces).side(faces.items[0], "telea"))
    assert [chunk for chunk in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME") if chunk in data] == []
    assert catalogue.method("telea").name.encode() not in data


def test_what_a_forgotten_rater_was_shown_is_wanted_of_others_at_once(faces: Pool, tmp_path: Path) -> None:
    """It stayed in the balance, and in the quota, until the page was started again."""
    log = vote_log.Log(tmp_path / "votes" / vote_log.FILE)
    one = Study(PLAN, Renderer(faces), METHODS, log, "0.1.0", np.random.default_rng(3), Clock(), raters=1)
    for _ in range(3):
        one.vote(one.next_trial(RATER).key, RATER, "left")
    with pytest.raises(FullStudy):
        one.next_trial("another")
    pair = (METHODS[1], METHODS[0])
    counted = one._scheduler.counted(pair)
    assert counted >= 3
    held = one.next_trial(RATER)
    vote_log.forget(tmp_path / "votes", RATER)
    # the place and the trials are there for somebody else, without a restart
    shown = one.next_trial("another")
    assert shown.number == 1
    # the new rater's trial, and the one that is made ready after it
    assert one._scheduler.counted(pair) == 2
    assert not one.has_answered(RATER)
    with pytest.raises(vote_log.Forgotten):
        one.vote(held.key, RATER, "left")
    one.vote(shown.key, "another", "skip")
    assert one._scheduler.counted(pair) == 1
    one.close()


def test_who_is_forgotten_while_a_picture_is_missing_is_not_taken_off_twice(faces: Pool) -> None:
    chance = np.random.default_rng(0)
    scheduler = Scheduler(PLAN, faces.cells, METHODS, chance)
    gone, stays = scheduler.next("gone"), scheduler.next("stays")
    assert scheduler.forget({ballot.digest("gone")}) == ["gone"]
    scheduler.withdraw("gone", gone, METHODS[0])
    scheduler.settle("gone", gone, answered=False)
    assert scheduler.counted(stays.pair) == 1
    scheduler.settle("stays", stays, answered=False)
    scheduler.settle("stays", stays, answered=False)
    assert scheduler.counted(stays.pair) == 0
