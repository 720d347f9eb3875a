import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark.scores import FIELDS, Key, ScoreTable, summary
from comparisons.metrics import lpips_model, scorer
from comparisons.records import pictures as reading
from comparisons.records import provenance
from comparisons.records.journal import BadTable
from comparisons.scenarios import apply, menu
from restorers import catalogue, checkpoints, paths
from restorers.contract import CorruptionKind, Method, Paper, Restored, Restorer, UnknownMethod
from restorers.faces import align as faces
from restorers.faces import upright

ROOT = paths.ROOT
PAPER = Paper("Nobody", "Nothing", "Nowhere", 2000, "https://example.org")


class Flat(Restorer):
    """Fills with one grey; slow enough to be killed at work where a delay is asked for."""

    def restore(self, corrupted, seeds):
        time.sleep(float(os.environ.get("UNMASKED_TEST_DELAY", "0")))
        return Restored(torch.full_like(corrupted.pixels, 0.5))


class Samples(Restorer):
    """Two samples, grey of a seeded level each."""

    def restore(self, corrupted, seeds):
        levels = torch.stack([torch.rand(2, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
        samples = levels[:, :, None, None, None].expand(-1, -1, 3, 256, 256)
        return Restored(samples[:, 0].clone(), samples=samples.clone())


class Broken(Restorer):
    def restore(self, corrupted, seeds):
        raise RuntimeError("first line\nsecond, line")


def method(key, build, undoes=CorruptionKind.MISSING):
    return Method(key, key, PAPER, frozenset({undoes}), build, learned=False)


METHODS = (
    method("telea", lambda preset: Flat()),
    method("samples", lambda preset: Samples()),
    method("broken", lambda preset: Broken()),
    method("deblurring", lambda preset: Flat(), CorruptionKind.DEGRADED),
)


def located(image):
    """A face where FFHQ's faces lie, unless the picture is white in its corner."""
    side = image.shape[0]
    if image[0, 0].min() > 250:
        return faces.Detection((), "a fake")
    points = (faces.TEMPLATE * side).astype(np.float32)
    return faces.Detection((faces.DetectedFace(faces.Box(0, 0, side, side), points, 0.9),), "a fake")


def install(setter=setattr):
    """Put the methods above in the catalogue's place, and a detector that takes no time."""
    known = {one.key: one for one in METHODS}

    def find(key):
        if key not in known:
            raise UnknownMethod(f"There is no method {key!r}.")
        return known[key]

    setter(catalogue, "METHODS", METHODS)
    setter(catalogue, "method", find)
    setter(catalogue, "load", lambda key, preset="demo": find(key).build(preset))
    setter(faces, "locate", located)


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    install(monkeypatch.setattr)


@pytest.fixture
def pictures(tmp_path, drawn_face):
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    for number, name in enumerate(("b.png", "a.webp", "below/c.png")):
        Image.fromarray(np.roll(drawn_face, 10 * number, 0)).resize((200, 200)).save(folder / name, lossless=True)
    (folder / "notes.txt").write_text("no picture")
    return folder


def run(pictures, out, *more):
    return benchmark.main([str(pictures), "--out", str(out), "--workers", "1", *more])


def rows(out):
    with (out / "scores.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_methods_know_the_landmarks_only_where_they_are_told(pictures, tmp_path, capsys, monkeypatch):
    given = []

    def restore(self, seen, seeds):
        given.append(seen.landmarks)
        return Restored(seen.pixels)

    monkeypatch.setattr(Flat, "restore", restore)
    asked = ["--methods", "telea", "--bins", "0.10-0.15", "--limit", "1"]
    assert run(pictures, tmp_path / "own", *asked) == 0
    assert run(pictures, tmp_path / "told", *asked, "--landmarks", "truth") == 0
    assert given[0] is None
    assert given[1].shape == (1, 5, 2)
    for out, other in (("own", "truth"), ("told", "own")):
        before = rows(tmp_path / out)
        assert run(pictures, tmp_path / out, *asked, "--landmarks", other) == 2
        assert "choose another --out" in capsys.readouterr().err
        assert rows(tmp_path / out) == before


def key(row):
    return tuple(row[field] for field in Key._fields)


def timeless(found):
    return sorted(tuple(value for field, value in row.items() if field != "seconds") for row in found)


def test_one_whole_row_for_everything_asked(pictures, tmp_path, capsys):
    assert (
        run(pictures, tmp_path / "out", "--scenarios", "rectangle,degraded_light", "--bins", "0.10-0.15,0.20-0.30") == 0
    )
    found = rows(tmp_path / "out")
    assert len(found) == 3 * 3 * (len(METHODS) + 1)  # and the corrupted face itself
    assert len({key(row) for row in found}) == len(found)
    assert {row["image"] for row in found} == {"a.webp", "b.png", "below/c.png"}
    assert {(row["scenario"], row["bin"]) for row in found} == {
        ("rectangle", "0.10-0.15"),
        ("rectangle", "0.20-0.30"),
        ("degraded_light", "-"),
    }
    for row in found:
        if row["bin"] != "-":
            low, high = map(float, row["bin"].split("-"))
            assert low - 0.005 <= float(row["ratio"]) <= high + 0.005
        assert row["composited"] == str(row["scenario"] == "rectangle")
    printed = capsys.readouterr().out
    assert "telea" in printed
    assert "rectangle" in printed


def test_columns_that_others_rely_on():
    promised = (
        "image, scenario, bin, ratio, method, seed, samples, composited, psnr, psnr_raw, ssim, lpips, mse, l1, "
        "psnr_mask, ssim_mask, lpips_mask, l1_mask, psnr_ring, seconds, status, error"
    )
    assert FIELDS[:22] == tuple(promised.split(", "))
    assert set(scorer.COLUMNS) <= set(FIELDS)


def test_what_a_row_says_can_be_computed_by_hand(pictures, tmp_path):
    run(pictures, tmp_path / "out", "--methods", "telea", "--bins", "0.20-0.30", "--limit", "1")
    (row,) = rows(tmp_path / "out")
    truth = reading.read(pictures / "a.webp").truth
    eight_bit_grey = torch.full_like(truth, 128 / 255)
    assert float(row["psnr_raw"]) == pytest.approx(scorer.psnr(eight_bit_grey, truth), abs=1e-4)
    hidden = float(row["ratio"])
    assert float(row["mse"]) == pytest.approx(hidden * 10 ** (-float(row["psnr_mask"]) / 10), rel=1e-4)
    assert (row["psnr_ring"], row["samples"], row["status"], row["error"]) == ("100", "1", "ok", "")
    assert float(row["seconds"]) > 0


def test_failures_and_what_does_not_apply_are_rows_without_scores(pictures, tmp_path):
    run(pictures, tmp_path / "out", "--methods", "broken,deblurring", "--bins", "0.20-0.30", "--limit", "1")
    broken, deblurring = rows(tmp_path / "out")
    assert (broken["status"], deblurring["status"]) == ("failed", "not_applicable")
    for row in (broken, deblurring):
        assert row["error"]
        assert row["psnr"] == row["lpips_mask"] == row["seconds"] == row["samples"] == ""
        assert float(row["ratio"]) > 0.19


def test_the_corrupted_face_itself_is_scored_beside_blind_methods(pictures, tmp_path):
    out = tmp_path / "out"
    assert run(pictures, out, "--scenarios", "degraded_medium", "--methods", "input,deblurring", "--limit", "2") == 0
    found = {key(row): row for row in rows(out)}
    given = [row for row in found.values() if row["method"] == "input"]
    assert len(given) == 2
    for row in given:
        assert (row["status"], row["composited"], row["weights"], row["error"]) == ("ok", "False", "", "")
        assert 10 < float(row["psnr"]) < 50
    assert run(pictures, tmp_path / "all", "--scenarios", "degraded_medium", "--limit", "1") == 0
    assert "input" in {row["method"] for row in rows(tmp_path / "all")}
    assert run(pictures, tmp_path / "box", "--bins", "0.20-0.30", "--limit", "1") == 0
    assert "input" not in {row["method"] for row in rows(tmp_path / "box")}


def test_samples_are_scored_by_their_mean(pictures, tmp_path, monkeypatch):
    seen = []
    plain = scorer.Scorer.__call__

    def noted(self, *given):
        seen.append(plain(self, *given))
        return seen[-1]

    monkeypatch.setattr(scorer.Scorer, "__call__", noted)
    run(pictures, tmp_path / "out", "--methods", "samples", "--bins", "0.20-0.30", "--limit", "1")
    (row,) = rows(tmp_path / "out")
    assert row["samples"] == "2"
    assert len(seen) == 2
    assert seen[0]["psnr"] != seen[1]["psnr"]
    assert float(row["psnr"]) == pytest.approx((seen[0]["psnr"] + seen[1]["psnr"]) / 2, rel=1e-6)


def test_no_region_no_number(pictures, tmp_path):
    run(pictures, tmp_path / "out", "--methods", "deblurring", "--scenarios", "degraded_severe", "--limit", "1")
    (row,) = rows(tmp_path / "out")
    assert row["psnr"]
    assert row["psnr_mask"] == row["lpips_ring"] == ""
    assert float(row["ratio"]) == 0


@pytest.mark.slow  # several sweeps
def test_rows_do_not_depend_on_what_else_is_asked(pictures, tmp_path):
    run(pictures, tmp_path / "all", "--bins", "0.10-0.15,0.20-0.30")
    run(pictures, tmp_path / "some", "--bins", "0.20-0.30", "--methods", "broken,samples", "--limit", "2")
    everything = set(timeless(rows(tmp_path / "all")))
    some = timeless(rows(tmp_path / "some"))
    assert len(some) == 4
    assert set(some) <= everything


def test_the_seed_changes_the_corruption(pictures, tmp_path):
    for seed in ("0", "1"):
        run(pictures, tmp_path / "out", "--methods", "telea", "--bins", "0.20-0.30", "--limit", "1", "--seed", seed)
    first, second = rows(tmp_path / "out")
    assert (first["seed"], second["seed"]) == ("0", "1")
    assert first["corruption_seed"] != second["corruption_seed"]
    assert first["psnr"] != second["psnr"]


def test_finished_rows_are_not_computed_again(pictures, tmp_path, monkeypatch):
    asked = ("--methods", "telea,samples", "--bins", "0.20-0.30")
    run(pictures, tmp_path / "out", *asked, "--limit", "2")
    before = (tmp_path / "out" / "scores.csv").read_bytes()
    read = []
    plain = reading.read

    def noted(path):
        read.append(path.name)
        return plain(path)

    monkeypatch.setattr(reading, "read", noted)
    monkeypatch.setattr(benchmark, "one_data_set", lambda *given: None)  # looks at pictures too
    run(pictures, tmp_path / "out", *asked)
    assert read == ["c.png"]
    after = (tmp_path / "out" / "scores.csv").read_bytes()
    assert after.startswith(before)
    assert len(rows(tmp_path / "out")) == 6


@pytest.mark.slow
@pytest.mark.parametrize("cut", [1, 20, 400])
def test_a_torn_last_line_is_dropped_and_made_again(pictures, tmp_path, cut):
    asked = ("--methods", "telea,samples", "--bins", "0.20-0.30,0.30-0.40", "--limit", "2")
    run(pictures, tmp_path / "out", *asked)
    whole = timeless(rows(tmp_path / "out"))
    table = tmp_path / "out" / "scores.csv"
    table.write_bytes(table.read_bytes()[:-cut])
    run(pictures, tmp_path / "out", *asked)
    assert timeless(rows(tmp_path / "out")) == whole


def test_a_torn_header_is_made_again(pictures, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scores.csv").write_bytes(b"image,scena")
    run(pictures, tmp_path / "out", "--methods", "telea", "--bins", "0.20-0.30", "--limit", "1")
    assert len(rows(tmp_path / "out")) == 1


KILLED = """
import sys
from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import engines
from tests.comparisons.benchmark import test_benchmark
test_benchmark.install()  # a worker runs this file, too
engines.cores = lambda: 1  # and shares no sum among threads
if __name__ == "__main__":
    sys.exit(benchmark.main(sys.argv[1:]))
"""


@pytest.fixture
def one_thread():
    """The last digits of a sum depend on how many threads share it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_any_moment_it_finishes_with_every_row_once(pictures, tmp_path, workers):
    asked = ("--scenarios", "rectangle,degraded_light_rectangle")
    run(pictures, tmp_path / "straight", *asked)
    out, whole = tmp_path / "killed", timeless(rows(tmp_path / "straight"))
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(pictures), "--out", str(out), "--workers", str(workers), *asked]
    environment = os.environ | {"UNMASKED_TEST_DELAY": "0.05", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    moments = random.Random(5)
    for _ in range(2):
        table = out / "scores.csv"
        target = (table.read_bytes().count(b"\n") if table.exists() else 0) + moments.randrange(5, 20)
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as process:
            deadline = time.monotonic() + 90
            while not (table.exists() and table.read_bytes().count(b"\n") >= target):
                assert process.poll() is None, "finished before it could be killed"
                assert time.monotonic() < deadline, "no rows came"
                time.sleep(0.01)
            time.sleep(moments.random() * 0.1)
            process.send_signal(signal.SIGKILL)
    assert 5 < len(rows(out)) < len(whole)
    assert run(pictures, out, *asked) == 0
    found = rows(out)
    assert max(Counter(map(key, found)).values()) == 1
    assert timeless(found) == whole


def test_what_cannot_be_used_is_counted_and_the_rest_goes_on(pictures, tmp_path, capsys, caplog, monkeypatch):
    (pictures / "broken.png").write_bytes(b"no picture at all")
    Image.new("RGB", (300, 200)).save(pictures / "faceless.jpg")
    monkeypatch.setattr(faces, "locate", lambda image: faces.Detection((), "a fake"))
    assert run(pictures, tmp_path / "out", "--methods", "telea", "--bins", "0.20-0.30") == 0
    assert len(rows(tmp_path / "out")) == 3
    assert "2 of 5 pictures could not be used" in capsys.readouterr().out
    assert "broken.png" in caplog.text
    assert "faceless.jpg" in caplog.text


def test_photographs_are_aligned_first(tmp_path, drawn_face, monkeypatch):
    photograph = np.full((600, 800, 3), 90, np.uint8)
    photograph[200:456, 300:556] = drawn_face
    Image.fromarray(photograph).save(tmp_path / "photograph.png")
    points = np.array([[396, 320], [460, 320], [428, 360], [404, 388], [452, 388]], np.float32)
    face = faces.DetectedFace(faces.Box(330, 220, 500, 440), points, 0.9)
    monkeypatch.setattr(upright, "find", lambda image: faces.Detection((face,), "a fake"))
    truth, landmarks, detector = reading.read(tmp_path / "photograph.png")
    assert detector == "a fake"
    assert truth.shape == (1, 3, 256, 256)
    assert landmarks is not None
    assert landmarks.shape == (1, 5, 2)
    assert bool(((landmarks > 0) & (landmarks < 1)).all())
    Image.fromarray(photograph[:512, :512]).save(tmp_path / "square.png")
    square = reading.read(tmp_path / "square.png")
    assert square.truth.shape == (1, 3, 256, 256)
    assert square.landmarks is None


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--methods", "nonsense"], "nonsense"),
        (["--methods", ","], "at least one method"),
        (["--scenarios", "nonsense"], "rectangle"),
        (["--bins", "0.11-0.12"], "0.10-0.15"),
        (["--bins", "-"], "0.10-0.15"),
        (["--limit", "0"], "--limit"),
        (["--workers", "0"], "--workers"),
        (["--measures", "beauty"], "landmarks"),
    ],
)
def test_wrong_words_get_one_sentence(pictures, tmp_path, capsys, arguments, word):
    arguments = [f"{arguments[0]}={arguments[1]}"]
    assert run(pictures, tmp_path / "out", *arguments) == 2
    said = capsys.readouterr().err
    assert word in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_folders_without_pictures_get_one_sentence(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", tmp_path / "out") == 2
    assert "no pictures" in capsys.readouterr().err
    assert run(tmp_path / "absent", tmp_path / "out") == 2
    assert "no folder" in capsys.readouterr().err


def test_only_unusable_pictures_is_an_error(tmp_path, capsys):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"nothing")
    assert run(tmp_path / "pictures", tmp_path / "out") == 2
    assert "None of the 1 pictures" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"a,b\n1,2\n3,4", b"a,b,c", b"\xff\xfe"])
def test_a_table_of_another_kind_is_left_as_it_is(pictures, tmp_path, capsys, content):
    (tmp_path / "scores.csv").write_bytes(content)
    assert run(pictures, tmp_path) == 2
    assert "another kind of table" in capsys.readouterr().err
    assert (tmp_path / "scores.csv").read_bytes() == content


def test_rows_of_other_weights_are_not_mixed(pictures, tmp_path, capsys, monkeypatch):
    asked = ("--methods", "telea", "--bins", "0.20-0.30")
    weights = tmp_path / "weights"
    weights.mkdir()
    monkeypatch.setattr(checkpoints, "WEIGHTS", weights)
    (weights / "telea.part.safetensors").write_bytes(b"one")
    run(pictures, tmp_path / "out", *asked, "--limit", "1")
    (row,) = rows(tmp_path / "out")
    assert len(row["weights"]) == 12
    (weights / "telea.part.safetensors").write_bytes(b"two")
    assert run(pictures, tmp_path / "out", *asked) == 2
    assert "other weights" in capsys.readouterr().err
    assert len(rows(tmp_path / "out")) == 1
    # another method's rows may still be added, and --renew makes the old ones again
    assert run(pictures, tmp_path / "out", "--methods", "samples", "--bins", "0.20-0.30", "--limit", "1") == 0
    assert run(pictures, tmp_path / "out", *asked, "--limit", "1", "--renew") == 0
    renewed = {found["method"]: found["weights"] for found in rows(tmp_path / "out")}
    assert set(renewed) == {"telea", "samples"}
    assert renewed["telea"] not in ("", row["weights"])


def test_what_belongs_to_renewed_rows_is_made_again_too(pictures, tmp_path, monkeypatch):
    asked = ("--methods", "telea,samples", "--bins", "0.20-0.30", "--limit", "1")
    weights = tmp_path / "weights"
    weights.mkdir()
    monkeypatch.setattr(checkpoints, "WEIGHTS", weights)
    (weights / "telea.safetensors").write_bytes(b"one")
    run(pictures, tmp_path / "out", *asked, "--measures", "kernel")
    listed = tmp_path / "out" / "embeddings.jsonl"
    before = listed.read_text().splitlines()
    assert len(before) == 3
    (weights / "telea.safetensors").write_bytes(b"two")
    # without the measure the old embedding goes, for its row is gone; with it a new one comes
    assert run(pictures, tmp_path / "out", *asked, "--renew", "--measures=") == 0
    assert listed.read_text().splitlines() == [line for line in before if '"telea"' not in line]
    (weights / "telea.safetensors").write_bytes(b"three")
    assert run(pictures, tmp_path / "out", *asked, "--renew", "--measures", "kernel") == 0
    assert sorted(listed.read_text().splitlines()) == sorted(before)


def test_a_measure_that_finished_rows_lack_is_named(pictures, tmp_path, caplog):
    asked = ("--methods", "telea", "--bins", "0.20-0.30", "--limit", "1")
    run(pictures, tmp_path / "out", *asked, "--measures=")
    assert "lack" not in caplog.text
    run(pictures, tmp_path / "out", *asked, "--measures", "landmarks")
    assert "The 1 rows that are there lack landmarks" in caplog.text


def test_two_at_once_are_refused(tmp_path):
    with (
        ScoreTable(tmp_path / "scores.csv"),
        pytest.raises(BadTable, match="Another benchmark"),
        ScoreTable(tmp_path / "scores.csv"),
    ):
        pass
    with ScoreTable(tmp_path / "scores.csv") as table:
        assert list(table.rows()) == []


def test_a_full_disk_is_one_sentence_and_keeps_rows(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with ScoreTable(tmp_path / "scores.csv") as table:
        table.append(dict.fromkeys(FIELDS, "x"))
        with Path("/dev/full").open("ab", buffering=0) as full:
            kept, table._lines._file = table._lines._file, full
            with pytest.raises(BadTable, match="No space left"):
                table.append(dict.fromkeys(FIELDS, "x"))
            table._lines._file = kept
        assert len(list(table.rows())) == 1


@pytest.mark.slow  # many runs of the command
@pytest.mark.usefixtures("one_thread")
def test_a_disk_that_fills_up_in_a_run_keeps_every_whole_row(pictures, tmp_path, capsys):
    resource = pytest.importorskip("resource", reason="needs limits of the size of files")
    asked = ("--methods", "telea,samples")
    run(pictures, tmp_path / "straight", *asked)
    whole = timeless(rows(tmp_path / "straight"))
    capsys.readouterr()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))  # more than each list, less than the scores need
    try:
        status = run(pictures, tmp_path / "full", *asked)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert status == 2
    assert "finished rows are kept." in capsys.readouterr().err
    table = tmp_path / "full" / "scores.csv"
    assert table.stat().st_size == 8192
    assert table.read_bytes().count(b"\n") > 10
    assert run(pictures, tmp_path / "full", *asked) == 0
    assert timeless(rows(tmp_path / "full")) == whole


def test_an_older_table_is_widened_and_goes_on(pictures, tmp_path):
    asked = ("--methods", "telea,samples", "--bins", "0.20-0.30")
    run(pictures, tmp_path / "out", *asked, "--limit", "2")
    older = [{field: row[field] for field in FIELDS[:31]} for row in rows(tmp_path / "out")]
    with (tmp_path / "out" / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS[:31], lineterminator="\n")
        writer.writeheader()
        writer.writerows(older)
        file.write("torn")
    run(pictures, tmp_path / "out", *asked)
    found = rows(tmp_path / "out")
    assert len(found) == 6
    assert [{field: row[field] for field in FIELDS[:31]} for row in found[:4]] == older
    assert found[0]["landmarks"] == ""
    assert found[-1]["landmarks"] != ""


@pytest.mark.slow  # several sweeps
def test_what_was_done_to_each_picture_is_written_and_can_be_repeated(pictures, tmp_path, monkeypatch):
    asked = ("--methods", "samples", "--scenarios", "half_face,sunglasses,thick,degraded_medium_rectangle")
    run(pictures, tmp_path / "out", *asked)
    lines = [json.loads(line) for line in (tmp_path / "out" / "corruptions.jsonl").read_text().splitlines()]
    assert len(lines) == 3 * 4
    truth = reading.read(pictures / "a.webp").truth
    for line in lines:
        recipe, landmarks = apply.recipe_of(line)
        if line["image"] == "a.webp":
            scenario = menu.scenario(line["scenario"])
            corrupted = apply.corrupt(scenario, recipe, truth, landmarks)
            assert apply.digest(corrupted.mask) == line["mask"]
            assert corrupted.landmarks is None
    # a detector that says something else changes nothing where the list speaks
    moved = faces.DetectedFace(faces.Box(0, 0, 256, 256), (faces.TEMPLATE * 256 + 20).astype(np.float32), 0.9)
    monkeypatch.setattr(faces, "locate", lambda image: faces.Detection((moved,), "another"))
    run(pictures, tmp_path / "again", *asked, "--measures=", "--corruptions", str(tmp_path / "out/corruptions.jsonl"))
    measured = [field for field in FIELDS if not field.startswith("landmarks") and field != "seconds"]
    first, second = (
        [{field: row[field] for field in measured} for row in rows(tmp_path / name)] for name in ("out", "again")
    )
    assert second == first


def test_a_list_of_other_pictures_is_refused(pictures, tmp_path, capsys):
    asked = ("--methods", "telea", "--scenarios", "half_face", "--limit", "1")
    run(pictures, tmp_path / "out", *asked)
    listed = tmp_path / "out" / "corruptions.jsonl"
    line = json.loads(listed.read_text())
    listed.write_text(json.dumps(line | {"mask": "0" * 16}) + "\n")
    assert run(pictures, tmp_path / "again", *asked, "--corruptions", str(listed)) == 2
    assert "otherwise than the list" in capsys.readouterr().err
    for content in ("no list", '{"image": "a"}\n', json.dumps(line | {"corruption": {"occluder": "hat"}}) + "\n"):
        listed.write_text(content)
        assert run(pictures, tmp_path / "more", *asked, "--corruptions", str(listed)) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert run(pictures, tmp_path / "none", *asked, "--corruptions", str(tmp_path / "absent")) == 2


def test_without_a_face_objects_do_not_apply_and_say_why(pictures, tmp_path):
    Image.new("RGB", (256, 256), "white").save(pictures / "0.png")
    run(pictures, tmp_path / "out", "--methods", "telea", "--scenarios", "scarf,thick", "--limit", "1")
    scarf, thick = sorted(rows(tmp_path / "out"), key=lambda row: row["scenario"])
    assert (scarf["status"], scarf["psnr"], scarf["ratio"]) == ("not_applicable", "", "")
    assert "No face was found" in scarf["error"]
    assert thick["status"] == "ok"
    assert thick["landmarks"] == ""
    known = json.loads((tmp_path / "out" / "pictures.jsonl").read_text())
    assert known["landmarks"] is None
    assert known["yaw"] is None


def test_further_measures(pictures, tmp_path):
    run(
        pictures,
        tmp_path / "out",
        "--methods",
        "samples,telea",
        "--bins",
        "0.20-0.30",
        "--limit",
        "1",
        "--measures",
        "kernel,landmarks",
    )
    telea, samples = sorted(rows(tmp_path / "out"), key=lambda row: row["samples"])
    assert float(telea["landmarks"]) == pytest.approx(0, abs=0.05)
    assert telea["landmarks_missed"] == "0"
    assert float(telea["sharpness_mask"]) == pytest.approx(0, abs=1e-4)  # a grey box has no edges
    assert telea["diversity"] == telea["psnr_best"] == telea["lpips_vgg"] == ""
    assert float(samples["diversity_mask"]) > float(samples["diversity"]) > 0
    assert float(samples["psnr_best"]) >= float(samples["psnr"])
    embedded = [json.loads(line) for line in (tmp_path / "out" / "embeddings.jsonl").read_text().splitlines()]
    assert {line["method"] for line in embedded} == {"truth", "telea", "samples"}
    assert len(embedded) == 3


def test_the_run_is_described(pictures, tmp_path):
    for methods in ("telea", "telea", "telea,samples"):
        run(pictures, tmp_path / "out", "--methods", methods, "--bins", "0.20-0.30", "--limit", "1", "--seed", "4")
    text = (tmp_path / "out" / "run.json").read_text()
    first, second = json.loads(text)["commands"]
    assert (first["methods"], second["methods"]) == (["telea"], ["telea", "samples"])
    assert first["seed"] == 4
    assert first["versions"]["torch"]
    assert first["weights"][lpips_model.TRUNK.name]
    assert first["machine"]["cores"] >= 1
    assert str(tmp_path) not in text


def test_the_data_set_is_named(pictures, tmp_path, capsys):
    out, faces = tmp_path / "out", tmp_path / "portraits" / "val"
    assert benchmark.main(["--out", str(out), "--name", "Nothing"]) == 2
    faces.parent.mkdir()
    pictures.rename(faces)
    asked = ["--methods", "telea", "--bins", "0.20-0.30", "--limit", "1"]
    run(faces, out, *asked)
    place = out / provenance.FILE
    assert provenance.named(place) == "portraits val"
    assert benchmark.main(["--out", str(out), "--name", "Portraits, part val"]) == 0
    run(faces, out, *asked, "--seed", "4")
    assert provenance.named(place) == "Portraits, part val"
    assert len(provenance.commands_of(place)) == 2
    content = json.loads(place.read_text())
    place.write_text(json.dumps({"commands": content["commands"]}))  # as files were before data sets had names
    assert provenance.named(place) == "val"
    assert provenance.named(tmp_path / "absent.json") == ""
    place.write_text('{"commands": ["telea"]}')
    assert benchmark.main(["--out", str(out), "--name", "Portraits"]) == 2
    assert "was not written by this benchmark" in capsys.readouterr().err


def test_a_second_data_set_is_not_pooled_with_the_first(pictures, tmp_path, capsys, drawn_face):
    out, asked = tmp_path / "out", ("--methods", "telea", "--bins", "0.20-0.30")
    assert run(pictures, out, *asked, "--limit", "1", "--name", "First") == 0
    # more of the same: pictures, methods, scenarios, and the folder may have moved
    moved = pictures.rename(tmp_path / "moved")
    assert run(moved, out, *asked) == 0
    assert run(moved, out, "--methods", "samples", "--scenarios", "thick", "--limit", "2") == 0
    before = (out / "scores.csv").read_bytes()
    for name in ("d.png", "a.webp"):  # a name that is not there yet, and one that was another picture
        other = tmp_path / name.partition(".")[0]
        other.mkdir()
        Image.fromarray(drawn_face[::-1]).save(other / name, lossless=True)
        for named in ((), ("--name", "Second")):
            capsys.readouterr()
            assert run(other, out, *asked, *named, "--seed", "5") == 2
            said = capsys.readouterr().err
            assert "other pictures (First)" in said
            assert "choose another --out, or give --name 'First'" in said
            assert said.count("\n") == 1
    assert (out / "scores.csv").read_bytes() == before
    assert provenance.named(out / provenance.FILE) == "First"
    assert run(tmp_path / "d", out, *asked, "--name", "First") == 0  # whoever says so
    assert "d.png" in {row["image"] for row in rows(out)}


def test_the_summary_holds_means_and_paired_gains(tmp_path):
    with ScoreTable(tmp_path / "scores.csv") as table:
        for image, scores in {
            "a": {"telea": "20", "other": "23"},
            "b": {"telea": "30", "other": "31"},
            "c": {"telea": "40"},
        }.items():
            for method, psnr in scores.items():
                known = {"image": image, "scenario": "rectangle", "bin": "0.20-0.30", "method": method, "psnr": psnr}
                table.append(
                    dict.fromkeys(FIELDS, "") | known | {"status": "ok", "lpips": "0.5", "ssim": "1", "seconds": "2"}
                )
        lost = {"image": "c", "scenario": "rectangle", "bin": "0.20-0.30", "method": "other", "status": "failed"}
        table.append(dict.fromkeys(FIELDS, "") | lost)
    telea, other = summary(tmp_path / "scores.csv").splitlines()[1:]
    assert telea.split()[2:6] == ["telea", "3", "0", "30.00"]
    assert other.split()[2:6] == ["other", "2", "1", "27.00"]
    assert "+2.00 [1.00, 3.00]" in other  # over the two pictures that both have, not 27 - 30


def test_the_table_reads_back_in_pandas(pictures, tmp_path):
    run(pictures, tmp_path / "out", "--bins", "0.20-0.30")
    frame = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert frame["psnr"].dtype == frame["lpips_mask"].dtype == float
    assert frame["composited"].dtype == bool
    assert set(frame["bin"]) == {"0.20-0.30"}
