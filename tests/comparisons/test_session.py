"""What the page can do, without the page."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from comparisons.arena import photographs
from comparisons.arena.comparison import DISCLAIMER, Comparison, FaceCrop, Result, pack, unpack
from comparisons.benchmark import cost
from comparisons.limits import TooFast
from comparisons.metrics.scorer import COLUMNS
from comparisons.ranking.summary import NoVotes
from comparisons.session import PLACEMENTS, Session
from comparisons.study import open_votes, vote_log
from comparisons.study.trials import BadTrial
from restorers import catalogue
from restorers.contract import BadMask, Problem, UnreadableImage
from restorers.corruptions.corruption import Corruption

Array = npt.NDArray[np.uint8]

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("UNMASKED_OFFLINE", "1")  # the detector of the wheel will do
    return Session(tmp_path / vote_log.FILE, METHODS, generator=np.random.default_rng(5))


@pytest.fixture
def face(drawn_face: Array) -> FaceCrop:
    return FaceCrop("drawn", drawn_face, None, "drawn for the test")


@pytest.fixture
def box() -> Corruption:
    return Corruption(seed=3, low=0.2, high=0.2)


def last(session: Session, start: Comparison) -> Comparison:
    *_, comparison = session.compare(start)
    return comparison


def pixels(result: Result) -> Array:
    """What the method made; it did make something."""
    assert result.pixels is not None
    return result.pixels


def test_results_come_one_by_one_on_the_same_corrupted_face(session: Session, face: FaceCrop, box: Corruption) -> None:
    start = session.corrupt(face, box)
    steps = list(session.compare(start))
    assert [len(step.results) for step in steps] == [1, 2]
    assert steps[-1].total == 2
    for step in steps:
        assert torch.equal(step.corrupted.pixels, start.corrupted.pixels)
        result = step.results[-1]
        assert result.status == "ok"
        assert set(result.scores) == set(COLUMNS)
        assert result.pixels is not None
        visible = start.corrupted.mask[0, 0].numpy() == 0
        assert np.array_equal(result.pixels[visible], face.pixels[visible])


def test_what_takes_longer_runs_later(tmp_path: Path) -> None:
    keys = ("patchmatch", "telea", "picnet", "navier_stokes", "shift_net")
    methods = [catalogue.method(key) for key in keys]
    measured = {"patchmatch": 0.5, "telea": 0.01, "picnet": 0.08, "navier_stokes": 0.009}
    rows = [cost.Cost(key, False, seconds, 1.0, None, 0, 0.0, None) for key, seconds in measured.items()]
    cost.save(tmp_path / "cost.json", rows)
    order = [method.key for method in cost.quickest_first(methods, tmp_path / "cost.json")]
    assert order == ["telea", "navier_stokes", "shift_net", "picnet", "patchmatch"]
    (tmp_path / "broken.json").write_text("{}")
    for absent in ("none.json", "broken.json"):
        assert cost.quickest_first(methods, tmp_path / absent) == tuple(methods)
    # as it ships: no picture waits for a method that takes half a second
    assert cost.quickest_first(catalogue.METHODS)[0].key == "telea"


def test_exact_ratio(session: Session, face: FaceCrop) -> None:
    for share in (0.05, 0.37, 0.60):
        assert abs(session.corrupt(face, Corruption(low=share, high=share)).ratio - share) < 0.005


def test_drawn_mask_is_used_pixel_for_pixel(session: Session, face: FaceCrop) -> None:
    mask = np.zeros((256, 256), dtype=np.uint8)
    mask[180:220, 90:170] = 255
    start = session.corrupt(face, Corruption("drawn"), mask)
    assert np.array_equal(start.corrupted.mask[0, 0].numpy() > 0, mask > 0)


def test_nothing_to_do_is_refused_in_words(session: Session, face: FaceCrop) -> None:
    with pytest.raises(BadMask, match=r"[Nn]othing is masked"):
        session.corrupt(face, Corruption("none"))
    with pytest.raises(BadMask):
        session.corrupt(face, Corruption("drawn"), None)


def test_a_method_without_a_job_is_not_run(session: Session, face: FaceCrop) -> None:
    comparison = last(session, session.corrupt(face, Corruption("none", "light", seed=1)))
    assert [result.status for result in comparison.results] == ["not_applicable", "not_applicable"]
    assert all(result.pixels is None and result.reason for result in comparison.results)
    assert list(comparison.pictures) == ["Truth", "Occluded"]


def test_examples_are_faces_that_can_be_run(session: Session) -> None:
    assert len(session.examples) == 8
    example = session.example(0)
    assert example.pixels.shape == (256, 256, 3)
    assert example.landmarks is not None
    assert bool(((example.landmarks > 0) & (example.landmarks < 1)).all())
    assert session.example(0) is example


def test_photographs_without_a_face_offer_their_middle() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 500, 3), dtype=np.uint8)
    prepared = photographs.prepare(noise)
    assert prepared.faces == ()
    assert prepared.detector
    crop = photographs.centre_crop(prepared)
    assert crop.pixels.shape == (256, 256, 3)
    assert crop.landmarks is None


def test_several_faces_are_all_offered(session: Session) -> None:
    canvas = Image.new("RGB", (1100, 560), (90, 110, 90))
    for index in (0, 6):
        canvas.paste(Image.open(session.examples[index]).convert("RGB"), (20 if index == 0 else 560, 24))
    prepared = photographs.prepare(canvas)
    assert len(prepared.faces) == 2
    assert len({face.picture for face in prepared.faces}) == 2


def test_bad_files_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(UnreadableImage):
        photographs.prepare(path)


@pytest.mark.slow  # every method in every bin
def test_sweep_covers_every_bin_for_every_method(session: Session, face: FaceCrop) -> None:
    *_, final = session.sweep(face)
    assert (final.done, final.total) == (6 * PLACEMENTS, 6 * PLACEMENTS)
    assert set(final.frame["method"]) == {"telea", "navier_stokes"}
    counts = final.frame.groupby(["method", "bin"]).size()
    assert len(counts) == 12
    assert (counts == PLACEMENTS).all()
    for name, rows in final.frame.groupby("bin"):
        low, high = map(float, str(name).split("-"))
        assert rows["ratio"].between(low - 0.005, high + 0.005).all()
    means = final.frame[final.frame["method"] == "telea"].groupby("bin")["psnr"].mean()
    assert means.iloc[0] > means.iloc[-1]


def test_a_duel_tells_nothing_before_the_vote_and_all_after(session: Session, tmp_path: Path) -> None:
    kinds = []
    for number in range(4):
        blind = session.next_trial("0123456789abcdef")
        words = repr({name: value for name, value in vars(blind).items() if isinstance(value, str)})
        assert not any(method.key in words or method.name in words for method in METHODS)
        assert not (tmp_path / vote_log.FILE).exists() or len(vote_log.read(tmp_path / vote_log.FILE).votes) == number
        told = session.vote(blind.key, "0123456789abcdef", "left")
        kinds.append(told.kind)
        vote = vote_log.read(tmp_path / vote_log.FILE).votes[-1]
        assert (vote.kind, vote.left, vote.right, vote.answer) == (told.kind, told.left, told.right, "left")
    assert kinds[:2] == ["practice", "practice"]
    with pytest.raises(BadTrial):
        session.vote(blind.key, "0123456789abcdef", "right")


def test_a_question_makes_a_study_and_only_known_ones(session: Session) -> None:
    assert [plan.question for plan in session.plans] == ["realism", "fidelity"]
    assert session.next_trial("0123456789abcdef", "fidelity").truth is not None
    with pytest.raises(Problem, match="no study"):
        session.next_trial("0123456789abcdef", "beauty")


@pytest.mark.slow  # renders pairs
def test_nobody_votes_faster_than_a_person_can_look(session: Session) -> None:
    most = session.plans[0].exclusions.most_per_minute
    for _ in range(most):
        session.vote(session.next_trial("0123456789abcdef").key, "0123456789abcdef", "left")
    waiting = session.next_trial("0123456789abcdef")
    with pytest.raises(TooFast, match="look at the pictures"):
        session.vote(waiting.key, "0123456789abcdef", "left")


def test_who_was_forgotten_gets_a_new_id(session: Session, tmp_path: Path) -> None:
    assert session.rater("0123456789abcdef") == "0123456789abcdef"
    vote_log.forget(tmp_path, "0123456789abcdef")
    assert session.rater("0123456789abcdef") not in ("", "0123456789abcdef")


def test_open_votes_are_logged_as_open(session: Session, face: FaceCrop, box: Corruption, tmp_path: Path) -> None:
    comparison = last(session, session.corrupt(face, box))
    session.vote_open(comparison, "navier_stokes", "0123456789abcdef", 4.0)
    session.vote_open(comparison, None, "0123456789abcdef", 5.0)
    best, none = vote_log.read(tmp_path / vote_log.FILE).votes
    assert (best.kind, best.question, best.left, best.right, best.answer) == (
        "open",
        "best",
        "navier_stokes",
        "telea",
        "left",
    )
    assert (none.kind, none.answer) == ("open", "both_bad")
    with pytest.raises(Problem, match="no picture here"):
        session.vote_open(comparison, "patchmatch", "0123456789abcdef", 1.0)
    with pytest.raises(Problem, match="nothing to choose"):
        session.vote_open(session.corrupt(face, box), None, "0123456789abcdef", 1.0)


def test_a_log_that_cannot_be_read_is_not_called_empty(session: Session, tmp_path: Path) -> None:
    with pytest.raises(NoVotes):
        session.ranking("realism")
    (tmp_path / "votes-saved.csv").write_bytes(b"vote;rater\r\n1;2\r\n")
    with pytest.raises(
        vote_log.BadLog, match=r"2 lines .* \(the first is votes-saved\.csv, line 1: .*not in a spreadsheet"
    ):
        session.ranking("realism")


def test_one_person_does_not_fill_the_log(
    session: Session, face: FaceCrop, box: Corruption, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_votes, "OPEN_VOTES", 2)
    comparison = last(session, session.corrupt(face, box))
    for _ in range(2):
        session.vote_open(comparison, None, "0123456789abcdef", 4.0)
    session.vote_open(comparison, None, "fedcba9876543210", 4.0)
    before = (tmp_path / vote_log.FILE).read_bytes()
    # nor after a restart
    for one in (session, Session(tmp_path / vote_log.FILE, METHODS)):
        with pytest.raises(Problem, match="You have chosen 2 times, which is all"):
            one.vote_open(comparison, None, "0123456789abcdef", 4.0)
    assert (tmp_path / vote_log.FILE).read_bytes() == before


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_download_brings_the_same_comparison_back(
    session: Session, face: FaceCrop, box: Corruption, by_hand: bool
) -> None:
    mask = np.zeros((256, 256), dtype=np.uint8)
    mask[100:160, 80:200] = 255
    start = session.corrupt(face, Corruption("drawn", seed=2), mask) if by_hand else session.corrupt(face, box)
    comparison = last(session, start)
    again_face, again_corruption, again_mask = unpack(pack(comparison))
    again = last(session, session.corrupt(again_face, again_corruption, again_mask))
    assert np.array_equal(again.occluded, comparison.occluded)
    for one, other in zip(comparison.results, again.results, strict=True):
        assert np.array_equal(pixels(one), pixels(other))
        assert one.scores == other.scores


def test_a_download_holds_every_picture_the_scores_and_the_warning(
    session: Session, face: FaceCrop, box: Corruption
) -> None:
    comparison = last(session, session.corrupt(face, box))
    with zipfile.ZipFile(io.BytesIO(pack(comparison))) as archive:
        assert {"truth.png", "occluded.png", "mask.png", "telea.png", "navier_stokes.png"} <= set(archive.namelist())
        shown = np.asarray(Image.open(io.BytesIO(archive.read("telea.png"))))
        assert np.array_equal(shown, pixels(comparison.results[0]))
        rows = list(csv.DictReader(io.StringIO(archive.read("scores.csv").decode())))
        assert [row["method"] for row in rows] == ["telea", "navier_stokes"]
        assert float(rows[0]["psnr"]) == pytest.approx(comparison.results[0].scores["psnr"], abs=1e-5)
        assert DISCLAIMER in archive.read("README.txt").decode()
        assert json.loads(archive.read("recipe.json"))["notice"] == DISCLAIMER


def test_no_reason_in_a_download_is_a_formula(session: Session, face: FaceCrop, box: Corruption) -> None:
    start = session.corrupt(face, box)
    failed = Result(session.methods[0], "failed", None, 0.0, {}, "=HYPERLINK(1)")
    with zipfile.ZipFile(io.BytesIO(pack(replace(start, results=(failed,))))) as archive:
        (row,) = csv.DictReader(io.StringIO(archive.read("scores.csv").decode()))
    assert row["reason"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04"])
def test_other_files_are_no_download(data: bytes) -> None:
    with pytest.raises(Problem, match="downloaded from this page"):
        unpack(data)


def test_the_ranking_follows_the_log(session: Session) -> None:
    with pytest.raises(NoVotes):
        session.ranking("realism")
    for number in range(8):
        blind = session.next_trial("0123456789abcdef")
        session.vote(blind.key, "0123456789abcdef", "left" if number % 2 else "right")
    # given without looking, so they are in the log and not in the ranking
    with pytest.raises(NoVotes):
        session.ranking("realism")
    plan = session.plans[0]
    for vote in session.log.read().votes:
        if vote.kind == "blind":
            session.log.write(replace(vote, vote=f"slow{vote.vote}", trial=f"slow{vote.trial}", seconds=9.0))
    ranking = session.ranking("realism")
    assert set(ranking.methods) == {"telea", "navier_stokes"}
    assert ranking.plan == plan
    assert session.ranking("realism") is ranking
    assert ranking.sifted.excluded
