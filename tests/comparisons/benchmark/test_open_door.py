"""Methods that run elsewhere: inputs go out, finished pictures come in and are scored beside all others."""

import hashlib
import json
import logging

import numpy as np
import pytest
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import tables
from comparisons.records import pictures as reading
from comparisons.records import provenance
from restorers import images
from restorers.contract import Restored
from tests.comparisons.benchmark import test_benchmark
from tests.comparisons.benchmark.test_benchmark import rows, run

BINS = ["--bins", "0.10-0.15,0.20-0.30"]
ASKED = [*BINS, "--methods", "telea,samples", "--measures="]
FEW = ["--bins", "0.20-0.30", "--limit", "1", "--methods", "telea", "--measures="]
pictures = test_benchmark.pictures


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    test_benchmark.install(monkeypatch.setattr)


def export(pictures, inputs, *more):
    assert benchmark.main(["export", str(pictures), "--out", str(inputs), *more]) == 0
    return [json.loads(line) for line in (inputs / "inputs.jsonl").read_text().splitlines()]


def restore(inputs, folder, paint=lambda corrupted, mask: np.where(mask[..., None] > 0, 128, corrupted)):
    """What somebody's script does: no line of this project is needed."""
    for line in (inputs / "inputs.jsonl").read_text().splitlines():
        name = json.loads(line)["corrupted"]
        corrupted, mask = (np.asarray(Image.open(inputs / kind)) for kind in (name, json.loads(line)["mask"]))
        place = folder / name.removeprefix("corrupted/")
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(paint(corrupted, mask).astype(np.uint8)).save(place)
    return folder


def of(found, method):
    measured = [
        {field: value for field, value in row.items() if field not in ("method", "seconds", "weights", "psnr_raw")}
        for row in found
        if row["method"] == method
    ]
    return sorted(measured, key=str)


def test_finished_pictures_score_as_the_method_that_made_them(pictures, tmp_path, capsys):
    listed = export(pictures, tmp_path / "inputs", *BINS)
    assert len(listed) == 3 * 2
    mine = restore(tmp_path / "inputs", tmp_path / "mine")  # what Flat paints, the telea of these tests
    assert run(pictures, tmp_path / "out", *ASKED, "--results", f"mine={mine}") == 0
    assert "mine" in capsys.readouterr().out
    found = rows(tmp_path / "out")
    assert len(found) == 3 * 2 * 3
    for own, other in zip(of(found, "mine"), of(found, "telea"), strict=True):
        for field in own:
            # 0.5 is no 8-bit level: 128 / 255 stands in the file
            same = own[field] == other[field] or abs(float(own[field]) - float(other[field])) < 0.05
            assert same, field
    given = [row for row in found if row["method"] == "mine"]
    assert {row["seconds"] for row in given} == {""}
    assert {row["weights"] for row in given} != {""}
    (command,) = provenance.commands_of(tmp_path / "out" / provenance.FILE)
    assert command["results"] == {"mine": given[0]["weights"]}
    assert str(tmp_path) not in json.dumps(command)


def test_exported_inputs_are_what_the_sweep_corrupts(pictures, tmp_path, monkeypatch):
    seen = {}

    def restoring(self, corrupted, seeds):
        seen[images.to_array(corrupted.pixels).tobytes()] = images.mask_to_array(corrupted.mask).tobytes()
        return Restored(corrupted.pixels)

    monkeypatch.setattr(test_benchmark.Flat, "restore", restoring)
    assert run(pictures, tmp_path / "out", *BINS, "--methods", "telea", "--measures=", "--seed", "5") == 0
    listed = export(pictures, tmp_path / "inputs", *BINS, "--seed", "5")
    there = {
        images.read(tmp_path / "inputs" / line["corrupted"]).tobytes(): np.asarray(
            Image.open(tmp_path / "inputs" / line["mask"])
        ).tobytes()
        for line in listed
    }
    assert there == seen


def test_inputs_say_what_they_are_and_not_what_was_there(pictures, tmp_path):
    inputs = tmp_path / "inputs"
    listed = export(pictures, inputs, "--scenarios", "rectangle,half_face,degraded_light", "--bins", "0.20-0.30")
    assert not (inputs / "truth").exists()
    assert {line["picture"] for line in listed} == {"a.webp", "b.png", "below/c.png"}
    assert {(line["scenario"], line["degraded"]) for line in listed} == {
        ("rectangle", False),
        ("half_face", False),
        ("degraded_light", True),
    }
    assert "landmarks" not in (inputs / "inputs.jsonl").read_text()
    first = listed[0]
    assert first["corrupted"] == "corrupted/rectangle/0.20-0.30/a.webp.png"
    assert (first["side"], first["seed"], first["recipe"]["low"]) == (256, 0, 0.2)
    assert first["sha256"]["corrupted"] == hashlib.sha256((inputs / first["corrupted"]).read_bytes()).hexdigest()
    export(pictures, inputs, *BINS, "--truth", "--limit", "1")
    truth = images.read(inputs / "truth/a.webp.png")
    assert np.array_equal(truth, images.to_array(reading.read(pictures / "a.webp").truth))


def test_inputs_inside_the_pictures_are_not_taken_for_pictures(pictures):
    export(pictures, pictures / "inputs", *BINS)
    assert reading.find(pictures) == ("a.webp", "b.png", "below/c.png")


@pytest.mark.parametrize(
    "more", [["--out", "PICTURES"], ["--out", "x", "--scenarios", "given"], ["--out", "x", "--bins", "1"]]
)
def test_an_export_of_nothing_is_refused(pictures, tmp_path, capsys, more):
    more = [{"PICTURES": str(pictures), "x": str(tmp_path / "x")}.get(word, word) for word in more]
    assert benchmark.main(["export", str(pictures), *more]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_two_pictures_never_get_one_name(pictures, tmp_path, capsys):
    Image.open(pictures / "a.webp").save(pictures / "a.webp.png")
    assert benchmark.main(["export", str(pictures), "--out", str(tmp_path / "x")]) == 2
    assert "a.webp.png" in capsys.readouterr().err


def test_masks_from_a_folder_make_a_scenario_of_their_own(pictures, tmp_path):
    masks = tmp_path / "masks"
    (masks / "below").mkdir(parents=True)
    hole = np.zeros((200, 200), np.uint8)
    hole[100:150, 50:150] = 255
    for name in ("a.webp.png", "b.png", "below/c.png"):
        Image.fromarray(hole).save(masks / name)
    listed = export(pictures, tmp_path / "inputs", "--masks", str(masks))
    assert [(line["scenario"], line["bin"]) for line in listed] == [("given", "-")] * 3
    mine = restore(tmp_path / "inputs", tmp_path / "mine")
    # as authors publish theirs: one folder, one picture each
    flat = ["--masks", str(masks), "--methods", "telea", "--measures=", "--results", f"mine={mine / 'given'}"]
    assert run(pictures, tmp_path / "out", *flat) == 0
    found = rows(tmp_path / "out")
    assert {(row["scenario"], row["bin"], row["method"]) for row in found} == {
        ("given", "-", "telea"),
        ("given", "-", "mine"),
    }
    assert all(abs(float(row["ratio"]) - 0.125) < 0.01 for row in found)


def test_other_masks_do_not_mix(pictures, tmp_path, capsys):
    masks = tmp_path / "masks"
    (masks / "below").mkdir(parents=True)
    for edge in (50, 60):
        hole = np.zeros((200, 200), np.uint8)
        hole[:edge, :edge] = 255
        for name in ("a.webp.png", "b.png", "below/c.png"):
            Image.fromarray(hole).save(masks / name)
        method = {50: "telea", 60: "samples"}[edge]
        code = run(pictures, tmp_path / "out", "--masks", str(masks), "--methods", method, "--measures=")
        assert code == {50: 0, 60: 2}[edge]
    assert "comes out otherwise" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: Image.new("RGB", (64, 64)).save(path), "64 x 64 px"),
        (lambda path: Image.new("RGB", (256, 256)).save(path, "JPEG"), "no PNG"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_measured(pictures, tmp_path, capsys, spoil, told):
    export(pictures, tmp_path / "inputs", *BINS)
    mine = restore(tmp_path / "inputs", tmp_path / "mine")
    spoil(mine / "rectangle/0.10-0.15/below/c.png")
    assert run(pictures, tmp_path / "out", *ASKED, "--results", f"mine={mine}") == 2
    said = capsys.readouterr().err
    assert "rectangle/0.10-0.15/below/c.png" in said
    assert told in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", ["telea", "input", "Mine"])
def test_no_name_of_another_method_is_taken(pictures, tmp_path, capsys, key):
    export(pictures, tmp_path / "inputs", *BINS)
    mine = restore(tmp_path / "inputs", tmp_path / "mine")
    assert run(pictures, tmp_path / "out", *ASKED, "--results", f"{key}={mine}") == 2
    assert key in capsys.readouterr().err


def test_other_visible_pixels_are_told_and_put_back(pictures, tmp_path, caplog):
    export(pictures, tmp_path / "inputs", *BINS)
    mine = restore(tmp_path / "inputs", tmp_path / "mine", lambda corrupted, mask: np.full_like(corrupted, 128))
    with caplog.at_level(logging.WARNING):
        assert run(pictures, tmp_path / "out", *FEW, "--results", f"mine={mine}") == 0
    (warned,) = (record.getMessage() for record in caplog.records if "differ from their inputs" in record.getMessage())
    assert "mine" in warned
    assert "a.webp" in warned
    for row in rows(tmp_path / "out"):
        if row["method"] == "mine":
            assert float(row["psnr"]) > float(row["psnr_raw"]) + 3


def test_other_pictures_under_one_name_do_not_mix(pictures, tmp_path, capsys):
    export(pictures, tmp_path / "inputs", *BINS)
    folders = [
        restore(
            tmp_path / "inputs", tmp_path / f"mine{level}", lambda corrupted, mask, level=level: corrupted // 2 + level
        )
        for level in (1, 90)
    ]
    for number, folder in enumerate(folders):
        assert run(pictures, tmp_path / f"out{number}", *FEW, "--results", f"mine={folder}") == 0
    again = [*FEW, "--results", f"mine={folders[1]}"]
    before = rows(tmp_path / "out0")
    assert run(pictures, tmp_path / "out0", *again) == 2
    assert "finished pictures" in capsys.readouterr().err
    assert rows(tmp_path / "out0") == before
    merged = ["merge", str(tmp_path / "out0"), str(tmp_path / "out1"), "--out", str(tmp_path / "both")]
    assert benchmark.main(merged) == 2
    assert "state of mine" in capsys.readouterr().err
    assert run(pictures, tmp_path / "out0", *again, "--renew") == 0
    assert of(rows(tmp_path / "out0"), "mine") == of(rows(tmp_path / "out1"), "mine")
    assert benchmark.main(merged) == 0


def test_reports_show_what_the_catalogue_does_not_have_by_its_key(pictures, tmp_path, capsys):
    export(pictures, tmp_path / "inputs", *BINS)
    mine = restore(tmp_path / "inputs", tmp_path / "mine")
    out = tmp_path / "out"
    report = ["--report", str(tmp_path / "report"), "--thumbnails", "--markdown"]
    assert run(pictures, out, *FEW[:2], *FEW[4:], "--results", f"mine={mine}", *report) == 0
    assert "| `mine` | 3 |" in capsys.readouterr().out
    assert tables.ordered(tables.read(out / "scores.csv")["method"])[-1] == "mine"
    assert "mine" in (tmp_path / "report" / "report.html").read_text()
