"""A sweep goes on with the pictures that it began with, and repeats the corruption of a list that fits them."""

import json

import numpy as np
import pytest
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import tables, thumbnails
from comparisons.records import pictures as reading
from comparisons.records.journal import BadTable
from tests.comparisons.benchmark import test_benchmark
from tests.comparisons.benchmark.test_benchmark import rows, run

ASKED = ("--methods", "telea", "--bins", "0.20-0.30", "--measures", "kernel")
NAMES = ["a.png", "b.png", "c.png", "d.png", "e.png"]


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    test_benchmark.install(monkeypatch.setattr)


@pytest.fixture
def pictures(tmp_path, drawn_face):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        Image.fromarray(np.roll(drawn_face, 10 * number, 0)).save(folder / name)
    return folder


def replace(folder, drawn_face, *names):
    for name in names:
        Image.fromarray(drawn_face[::-1]).save(folder / name)


def images_in(path):
    return [json.loads(line)["image"] for line in path.read_text().splitlines()]


@pytest.mark.slow
def test_a_replaced_picture_is_refused_or_measured_anew(pictures, tmp_path, drawn_face, capsys, caplog):
    out = tmp_path / "out"
    assert run(pictures, out, *ASKED, "--name", "Faces") == 0
    assert run(pictures, out, "--methods", "samples", *ASKED[4:], "--scenarios", "thick") == 0
    before = rows(out)
    replace(pictures, drawn_face, "b.png")
    for name in ((), ("--name", "Faces")):
        capsys.readouterr()
        assert run(pictures, out, *ASKED, *name) == 2
        said = capsys.readouterr().err
        assert said.startswith("Expected the pictures that the scores are of, but 1 have been replaced since: b.png;")
        assert said.count("\n") == 1
    assert rows(out) == before
    # the others may be gone on with: they are what they were
    assert run(pictures, out, *ASKED, "--limit", "1") == 0
    assert run(pictures, out, *ASKED, "--renew") == 0
    assert "2 rows of 1 replaced pictures" in caplog.text
    after = rows(out)
    assert [row for row in after if row["image"] != "b.png"] == [row for row in before if row["image"] != "b.png"]
    (new,), (old, _) = ([row for row in found if row["image"] == "b.png"] for found in (after, before))
    assert new["psnr"] != old["psnr"]
    # everything about it was made anew: what is known, its corruption, its embeddings
    assert sorted(images_in(out / "pictures.jsonl")) == NAMES
    assert images_in(out / "corruptions.jsonl").count("b.png") == 1
    assert images_in(out / "embeddings.jsonl").count("b.png") == 2
    assert run(pictures, out, *ASKED) == 0
    assert rows(out) == after


def test_the_first_three_replaced_pictures_are_named(pictures, tmp_path, drawn_face, capsys):
    run(pictures, tmp_path / "out", *ASKED)
    replace(pictures, drawn_face, *NAMES[1:])
    assert run(pictures, tmp_path / "out", *ASKED) == 2
    assert "4 have been replaced since: b.png, c.png, d.png and 1 more; put" in capsys.readouterr().err


def test_lists_without_digests_of_files_are_compared_by_pixels(pictures, tmp_path, drawn_face, capsys, monkeypatch):
    run(pictures, tmp_path / "out", *ASKED)
    listed = tmp_path / "out" / "pictures.jsonl"
    known = [json.loads(line) for line in listed.read_text().splitlines()]
    assert [line["file"] for line in known] == [reading.digest_of_file(pictures / name) for name in NAMES]
    listed.write_text("".join(json.dumps({key: line[key] for key in line if key != "file"}) + "\n" for line in known))
    assert run(pictures, tmp_path / "out", *ASKED) == 0
    replace(pictures, drawn_face, "c.png")
    assert run(pictures, tmp_path / "out", *ASKED) == 2
    assert "replaced since: c.png;" in capsys.readouterr().err


def test_the_same_pixels_in_another_file_are_the_same_picture(pictures, tmp_path):
    run(pictures, tmp_path / "out", *ASKED)
    before = (pictures / "a.png").read_bytes()
    Image.open(pictures / "a.png").save(pictures / "a.png", compress_level=0)
    assert (pictures / "a.png").read_bytes() != before
    assert run(pictures, tmp_path / "out", *ASKED) == 0


def test_no_contact_sheet_shows_a_replaced_picture(pictures, tmp_path, drawn_face):
    run(pictures, tmp_path / "out", *ASKED)
    frame = tables.read(tmp_path / "out" / "scores.csv")
    assert thumbnails.sheet(tmp_path / "out", frame, pictures).shape == (768, 768, 3)
    replace(pictures, drawn_face, *NAMES)
    with pytest.raises(BadTable, match="has been replaced since it was measured"):
        thumbnails.sheet(tmp_path / "out", frame, pictures)


@pytest.fixture
def listed(pictures, tmp_path):
    """The list of corruptions of a run over the pictures."""
    run(pictures, tmp_path / "listed", *ASKED)
    return tmp_path / "listed" / "corruptions.jsonl"


def test_a_list_that_fits_no_picture_is_an_error(pictures, tmp_path, listed, capsys):
    lines = [json.loads(line) for line in listed.read_text().splitlines()]
    listed.write_text("".join(json.dumps(line | {"image": f"other/{line['image']}"}) + "\n" for line in lines))
    assert run(pictures, tmp_path / "out", *ASKED, "--corruptions", str(listed)) == 2
    said = capsys.readouterr().err
    assert said.startswith("0 of 5 pictures are in the list")
    assert said.count("\n") == 1
    assert rows(tmp_path / "out") == []
    assert (tmp_path / "out" / "corruptions.jsonl").read_text() == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked", [("--seed", "1"), ("--bins", "0.10-0.15"), ("--scenarios", "half_face")], ids=lambda words: words[0]
)
def test_a_list_of_other_corruption_is_an_error(pictures, tmp_path, listed, capsys, asked):
    assert run(pictures, tmp_path / "out", *ASKED[:2], *asked, "--corruptions", str(listed)) == 2
    assert "5 of 5 pictures are in the list" in capsys.readouterr().err


def test_how_much_of_a_list_fits_is_said(pictures, tmp_path, listed, caplog):
    lines = listed.read_text().splitlines(keepends=True)
    listed.write_text("".join(lines[:2]))
    assert run(pictures, tmp_path / "out", *ASKED, "--corruptions", str(listed)) == 0
    assert f"2 of 5 pictures are in the list {listed}, with 2 of 5 corruptions; the others are drawn." in caplog.text
    caplog.clear()
    listed.write_text("".join(lines))
    assert run(pictures, tmp_path / "out", *ASKED, "--corruptions", str(listed)) == 0
    assert "corruptions" not in caplog.text


def test_a_list_that_says_otherwise_than_the_run_is_an_error(pictures, tmp_path, listed, capsys):
    run(pictures, tmp_path / "out", *ASKED)
    lines = [json.loads(line) for line in listed.read_text().splitlines()]
    lines[-1]["corruption"]["seed"] += 1
    listed.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run(pictures, tmp_path / "out", *ASKED, "--corruptions", str(listed)) == 2
    assert "says otherwise than" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flag", ["--limit=-2", "--limit=0", "--workers=0", "--workers=-1", "--bins=0.3-0.2", "--bins=,"]
)
def test_wrong_numbers_are_a_sentence(pictures, tmp_path, capsys, flag):
    assert run(pictures, tmp_path / "out", *ASKED[:2], flag) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_seeds_may_be_any_whole_numbers(pictures, tmp_path, capsys):
    for seed in ("-1", "99999999999999999999"):
        assert run(pictures, tmp_path / "out", *ASKED, "--limit", "1", "--seed", seed) == 0
    with pytest.raises(SystemExit) as left:
        benchmark.main([str(pictures), "--out", str(tmp_path / "out"), "--seed", "x"])
    assert left.value.code == 2
    assert "--seed: invalid int value: 'x'" in capsys.readouterr().err
