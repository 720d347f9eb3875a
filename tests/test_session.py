"""What the page can do, without the page."""

import csv
import io
import json
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from comparisons import votes
from comparisons.comparison import DISCLAIMER, Comparison, Face, pack, unpack
from comparisons.metrics import COLUMNS
from comparisons.session import PLACEMENTS, Session
from comparisons.study import BadTrial
from restorers import catalogue
from restorers.contract import BadMask, Problem, UnreadableImage
from restorers.corruptions.corruption import Corruption

Array = npt.NDArray[np.uint8]

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("UNMASKED_OFFLINE", "1")  # the detector of the wheel will do
    return Session(tmp_path / votes.FILE, METHODS, generator=np.random.default_rng(5))


@pytest.fixture
def face(drawn_face: Array) -> Face:
    return Face("drawn", drawn_face, None, "drawn for the test")


@pytest.fixture
def box() -> Corruption:
    return Corruption(seed=3, low=0.2, high=0.2)


def last(session: Session, start: Comparison) -> Comparison:
    *_, comparison = session.compare(start)
    return comparison


def test_results_come_one_by_one_on_the_same_damaged_face(session: Session, face: Face, box: Corruption) -> None:
    start = session.damage(face, box)
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


def test_exact_ratio(session: Session, face: Face) -> None:
    for share in (0.05, 0.37, 0.60):
        assert abs(session.damage(face, Corruption(low=share, high=share)).ratio - share) < 0.005


def test_drawn_mask_is_used_pixel_for_pixel(session: Session, face: Face) -> None:
    mask = np.zeros((256, 256), dtype=np.uint8)
    mask[180:220, 90:170] = 255
    start = session.damage(face, Corruption("drawn"), mask)
    assert np.array_equal(start.corrupted.mask[0, 0].numpy() > 0, mask > 0)


def test_nothing_to_do_is_refused_in_words(session: Session, face: Face) -> None:
    with pytest.raises(BadMask, match=r"[Nn]othing is masked"):
        session.damage(face, Corruption("none"))
    with pytest.raises(BadMask):
        session.damage(face, Corruption("drawn"), None)


def test_a_method_without_a_job_is_not_run(session: Session, face: Face) -> None:
    comparison = last(session, session.damage(face, Corruption("none", "light", seed=1)))
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


def test_photographs_without_a_face_offer_their_middle(session: Session) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 500, 3), dtype=np.uint8)
    prepared = session.prepare(noise)
    assert prepared.faces == ()
    assert prepared.detector
    crop = session.centre_crop(prepared)
    assert crop.pixels.shape == (256, 256, 3)
    assert crop.landmarks is None


def test_several_faces_are_all_offered(session: Session) -> None:
    canvas = Image.new("RGB", (1100, 560), (90, 110, 90))
    for index in (0, 6):
        canvas.paste(Image.open(session.examples[index]).convert("RGB"), (20 if index == 0 else 560, 24))
    prepared = session.prepare(canvas)
    assert len(prepared.faces) == 2
    assert len({face.picture for face in prepared.faces}) == 2


def test_bad_files_are_refused_in_words(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(UnreadableImage):
        session.prepare(path)


def test_sweep_covers_every_bin_for_every_method(session: Session, face: Face) -> None:
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
    blind = session.next_trial("0123456789abcdef")
    assert blind.left.shape == blind.right.shape == blind.occluded.shape == (256, 256, 3)
    words = repr({name: value for name, value in vars(blind).items() if isinstance(value, str)})
    assert not any(method.key in words or method.name in words for method in METHODS)

    told = session.vote(blind.key, "0123456789abcdef", "left")
    assert {told.left, told.right} == {"telea", "navier_stokes"}
    (vote,) = votes.read(tmp_path / votes.FILE).votes
    assert (vote.kind, vote.left, vote.right, vote.answer) == ("blind", told.left, told.right, "left")
    assert json.loads(vote.corruption)["occluder"] == "rectangle"
    assert abs(vote.ratio - json.loads(vote.corruption)["low"]) < 0.005
    with pytest.raises(BadTrial):
        session.vote(blind.key, "0123456789abcdef", "right")
    assert len(votes.read(tmp_path / votes.FILE).votes) == 1


def test_names_stay_hidden_when_the_row_cannot_be_written(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = session.next_trial("0123456789abcdef")

    def full(path: Path, vote: votes.Vote) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(votes, "append", full)
        with pytest.raises(OSError, match="disk full"):
            session.vote(blind.key, "0123456789abcdef", "tie")
    session.vote(blind.key, "0123456789abcdef", "tie")
    assert len(votes.read(tmp_path / votes.FILE).votes) == 1


def test_what_a_duel_shows_is_what_the_named_methods_give(session: Session) -> None:
    shown = session.next_trial("0123456789abcdef")
    told = session.vote(shown.key, "0123456789abcdef", "tie")
    face = session.example([path.stem for path in session.examples].index(told.picture))
    comparison = last(session, session.damage(face, Corruption.from_dict(json.loads(told.corruption))))
    by_key = {result.method.key: result.pixels for result in comparison.results}
    assert np.array_equal(comparison.occluded, shown.occluded)
    assert np.array_equal(by_key[told.left], shown.left)
    assert np.array_equal(by_key[told.right], shown.right)


def test_open_votes_are_logged_as_open(session: Session, face: Face, box: Corruption, tmp_path: Path) -> None:
    comparison = last(session, session.damage(face, box))
    session.vote_open(comparison, "navier_stokes", "0123456789abcdef", 4.0)
    session.vote_open(comparison, None, "0123456789abcdef", 5.0)
    best, none = votes.read(tmp_path / votes.FILE).votes
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
        session.vote_open(session.damage(face, box), None, "0123456789abcdef", 1.0)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_download_brings_the_same_comparison_back(
    session: Session, face: Face, box: Corruption, by_hand: bool
) -> None:
    mask = np.zeros((256, 256), dtype=np.uint8)
    mask[100:160, 80:200] = 255
    start = session.damage(face, Corruption("drawn", seed=2), mask) if by_hand else session.damage(face, box)
    comparison = last(session, start)
    again_face, again_corruption, again_mask = unpack(pack(comparison))
    again = last(session, session.damage(again_face, again_corruption, again_mask))
    assert np.array_equal(again.occluded, comparison.occluded)
    for one, other in zip(comparison.results, again.results, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
        assert one.scores == other.scores


def test_a_download_holds_every_picture_the_scores_and_the_warning(
    session: Session, face: Face, box: Corruption
) -> None:
    comparison = last(session, session.damage(face, box))
    with zipfile.ZipFile(io.BytesIO(pack(comparison))) as archive:
        assert {"truth.png", "occluded.png", "mask.png", "telea.png", "navier_stokes.png"} <= set(archive.namelist())
        shown = np.asarray(Image.open(io.BytesIO(archive.read("telea.png"))))
        assert np.array_equal(shown, comparison.results[0].pixels)
        rows = list(csv.DictReader(io.StringIO(archive.read("scores.csv").decode())))
        assert [row["method"] for row in rows] == ["telea", "navier_stokes"]
        assert float(rows[0]["psnr"]) == pytest.approx(comparison.results[0].scores["psnr"], abs=1e-5)
        assert DISCLAIMER in archive.read("README.txt").decode()
        assert json.loads(archive.read("recipe.json"))["notice"] == DISCLAIMER


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04"])
def test_other_files_are_no_download(data: bytes) -> None:
    with pytest.raises(Problem, match="downloaded from this page"):
        unpack(data)


def test_trials_differ(session: Session) -> None:
    shown = [session.next_trial("0123456789abcdef").occluded for _ in range(4)]
    assert not any(np.array_equal(one, other) for one, other in pairwise(shown))
