"""`python -m comparisons.restore`: photographs in, restored ones out, one line each."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from comparisons.arena import photographs
from comparisons.restore.__main__ import main
from restorers import images
from restorers.contract import Problem
from tests.covered_photographs import composed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A covered photograph with its mask, and one without a face."""
    photograph = composed()
    Image.fromarray(photograph.pixels).save(tmp_path / "covered.jpg", quality=82, subsampling=2)
    Image.fromarray(photograph.mask).save(tmp_path / "mask.png")
    Image.new("RGB", (300, 200), (90, 90, 90)).save(tmp_path / "empty.png")
    return tmp_path


def test_a_photograph_comes_back_in_its_own_kind(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out"
    arguments = [
        str(folder / "covered.jpg"),
        "--out",
        str(out),
        "--mask",
        str(folder / "mask.png"),
        "--method",
        "telea",
    ]
    assert main([*arguments, "--show-mask"]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["covered-mask.png", "covered-restored.jpg"]
    before, after = JpegImageFile(folder / "covered.jpg"), JpegImageFile(out / "covered-restored.jpg")
    assert after.size == before.size
    assert after.quantization == before.quantization
    assert capsys.readouterr().out.count("\n") == 1
    tinted = images.read(out / "covered-mask.png")
    assert (tinted != images.read(folder / "covered.jpg")).any(-1).mean() > 0.01


def test_one_that_cannot_be_restored_does_not_stop_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out"
    photos = [str(folder / "empty.png"), str(folder / "covered.jpg")]
    assert main([*photos, "--out", str(out), "--mask", str(folder / "mask.png"), "--method", "telea"]) == 1
    said = capsys.readouterr()
    assert "No face was found" in said.err
    assert "covered-restored.jpg" in said.out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--method", "photoshop"], "photoshop"),
        (["--grow", "99"], "--grow"),
        (["--seed", "-1"], "--seed"),
        (["--out", "{folder}/mask.png"], "folder to write"),
        (["--out", "{folder}/mask.png/under"], "cannot be written"),
    ],
)
def test_what_cannot_be_begun_is_said_at_once(
    folder: Path, more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more = [word.format(folder=folder) for word in more]
    assert main([str(folder / "covered.jpg"), "--out", str(folder / "out"), *more]) == 2
    assert words in capsys.readouterr().err


def test_one_face_by_number(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(folder / "covered.jpg"), "--out", str(folder / "out"), "--mask", str(folder / "mask.png")]
    assert main([*arguments, "--method", "telea", "--face", "2"]) == 1
    assert "There is no face 2" in capsys.readouterr().err
    assert main([*arguments, "--method", "telea", "--face", "1"]) == 0


def test_the_line_counts_the_faces_of_the_photograph(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not those that were chosen: one of two is not one of one."""
    pair = [composed(number) for number in (1, 4)]
    both, hidden = (np.concatenate([getattr(one, part) for one in pair], 1) for part in ("pixels", "mask"))
    Image.fromarray(both).save(folder / "pair.png")
    Image.fromarray(hidden).save(folder / "pair-hidden.png")
    arguments = [str(folder / "pair.png"), "--out", str(folder / "out"), "--mask", str(folder / "pair-hidden.png")]
    assert main([*arguments, "--method", "telea", "--face", "2"]) == 0
    assert "face 2 of 2 faces" in capsys.readouterr().out
    assert main([*arguments, "--method", "telea"]) == 0
    assert "2 of 2 faces" in capsys.readouterr().out


@pytest.mark.parametrize("given", ["covered-restored.jpg", "covered-mask.png"])
def test_nothing_that_was_given_is_written_over(folder: Path, given: str, capsys: pytest.CaptureFixture[str]) -> None:
    mask = (folder / "mask.png").rename(folder / "covered-mask.png")
    photos = [folder / "covered.jpg"]
    if given == "covered-restored.jpg":
        photos.append((folder / "empty.png").rename(folder / given))
    before = (folder / given).read_bytes()
    more = ["--show-mask"] if given == mask.name else []
    assert main([*map(str, photos), "--out", str(folder), "--mask", str(mask), "--method", "telea", *more]) == 1
    assert f"over {folder / given}" in capsys.readouterr().err
    assert (folder / given).read_bytes() == before
    # nor half of what was asked for
    assert {path.name for path in folder.iterdir()} <= {"covered.jpg", mask.name, "empty.png", given}


def test_a_full_disk_is_told_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    arguments = [str(folder / "covered.jpg"), "--out", str(folder / "out"), "--mask", str(folder / "mask.png")]
    assert main([*arguments, "--method", "telea"]) == 1
    assert "No space left on device" in capsys.readouterr().err


def test_what_is_said_can_be_done_in_a_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody can paint there or point at a face."""

    def nothing(_: object) -> None:
        raise Problem("Nothing was found that covers this face: paint over it by hand.")

    monkeypatch.setattr(photographs, "why_no_finder", lambda: "")
    monkeypatch.setattr(photographs, "find_cover", nothing)
    photos = [str(folder / "covered.jpg"), str(folder / "empty.png")]
    assert main([*photos, "--out", str(folder / "out"), "--method", "telea"]) == 1
    said = capsys.readouterr().err
    assert "--mask" in said
    assert "paint" not in said
    assert "show where" not in said


def test_the_finder_is_asked_where_no_mask_is_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = np.zeros((256, 256), np.uint8)
    mask[95:140, 60:200] = 255
    monkeypatch.setattr(photographs, "why_no_finder", lambda: "")
    monkeypatch.setattr(photographs, "find_cover", lambda _: mask)
    arguments = [str(folder / "covered.jpg"), "--out", str(folder / "out"), "--method", "telea"]
    assert main(arguments) == 0
    monkeypatch.setattr(photographs, "why_no_finder", lambda: "no weights")
    assert main(arguments) == 1
    assert "--mask" in capsys.readouterr().err
