"""Tables of scores as people hand them on: put one behind another, opened in a spreadsheet, cut off by a kill."""

import csv
import io
import math
from contextlib import ExitStack
from dataclasses import replace

import pandas as pd
import pytest

from comparisons.benchmark import measuring, packing, scores, sweeping, tables
from comparisons.benchmark.score_rows import FIELDS, TEXTS, Key, frame, identity_of, line_of, lines
from comparisons.benchmark.scores import ScoreTable
from comparisons.records.journal import BadTable, guarded, unguarded
from comparisons.records.provenance import VERSION
from restorers import catalogue, paths

HEADER = (",".join(FIELDS) + "\n").encode()
OLDER = FIELDS[: FIELDS.index("revision")]
"""Columns of before there were revisions: cells were not guarded then."""
LATER = FIELDS[: FIELDS.index("contrast_fine_mask")]
"""And of before the contrast was measured."""
NAMES = ("=1+1.png", "+a.png", "-a.png", "@sum.png", "'quoted.png", "''twice.png", 'a, "b".png', "é x.png", "-")


def row(image="a.png", method="telea", **more):
    known = {"image": image, "scenario": "rectangle", "bin": "0.20-0.30", "method": method, "seed": "0"}
    return dict.fromkeys(FIELDS, "") | known | {"status": "ok", "ratio": "0.25", "psnr": "24.5", "revision": "1"} | more


def table(path, *written, header=HEADER):
    path.write_bytes(header + b"".join(map(line_of, written)))
    return path


def older(*written, columns=OLDER):
    """A table of before there were revisions, or of other columns, as it was written then."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(written)
    return text.getvalue().encode()


def test_a_header_in_the_middle_is_no_row(tmp_path, caplog):
    path = table(tmp_path / "scores.csv", row("a.png"), row("a.png", "eigenface"))
    path.write_bytes(path.read_bytes() + HEADER + line_of(row("b.png")) + older(row("c.png", psnr="30")) + HEADER)
    found = frame(path)
    assert found["image"].tolist() == ["a.png", "a.png", "b.png", "c.png"]
    assert set(found["method"]) == {"telea", "eigenface"}
    assert found["psnr"].tolist() == [24.5, 24.5, 24.5, 30]
    assert set(found["revision"]) == {"1"}
    assert caplog.text == ""
    assert "30.00" not in scores.summary(path)
    assert [line.number for line in lines(path)] == [2, 3, 5, 7]


def test_rows_that_stand_twice_count_once(tmp_path, caplog):
    path = table(tmp_path / "scores.csv", row("a.png"), row("b.png"))
    again = (row("b.png", seconds="2", version="another"), row("a.png", revision=""))
    path.write_bytes(path.read_bytes() + HEADER + b"".join(map(line_of, again)))
    found = frame(path)
    assert found["image"].tolist() == ["a.png", "b.png"]
    assert math.isnan(found["seconds"][1])
    assert "2 rows stand twice" in caplog.text


def test_two_rows_of_one_result_that_differ_are_refused(tmp_path):
    names = [f"{number}.png" for number in range(5)]
    path = table(tmp_path / "scores.csv", *map(row, names), *(row(name, psnr="20") for name in names))
    with pytest.raises(BadTable, match=r"0\.png rectangle 0\.20-0\.30 telea 0; 1\.png .*; 2\.png .* and 2 more"):
        frame(path)
    for different in ({"weights": "0123456789ab"}, {"revision": "2"}):
        table(path, row(), row(**different))
        with pytest.raises(BadTable, match="two rows say different things"):
            frame(path)


@pytest.mark.parametrize("cell", ["24,12", "24.1.2", "#NUM!", "x", "nan", "inf", "-inf"])
def test_a_cell_that_is_no_number_is_named(tmp_path, cell):
    path = table(tmp_path / "scores.csv", row("a.png"), row("b.png", lpips=cell), row("c.png", psnr="1e-3", mse=cell))
    with pytest.raises(BadTable) as refused:
        frame(path)
    assert f"{path}, but there is none in line 3, column lpips: {cell!r} and in 1 more cells" in str(refused.value)


def test_a_line_of_another_length_is_named(tmp_path):
    path = table(tmp_path / "scores.csv", row("a.png"))
    path.write_bytes(path.read_bytes() + b"b.png,rectangle\n")
    with pytest.raises(BadTable, match=f"Line 3 of .* has 2 cells where {len(FIELDS)} columns are"):
        frame(path)


def test_what_a_kill_left_behind_is_no_row(tmp_path, caplog):
    path = table(tmp_path / "scores.csv", row("a.png"), row("b.png"))
    path.write_bytes(path.read_bytes()[:-1])
    assert frame(path)["image"].tolist() == ["a.png"]
    assert "cut off" in caplog.text


def test_a_spreadsheet_may_have_saved_it(tmp_path):
    path = table(tmp_path / "scores.csv", row("a.png"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert frame(path)["image"].tolist() == ["a.png"]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"image,method\na,b\n", b"image;scenario;bin\n", b"\xff\xfe\n", b'"a\n']
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "scores.csv").write_bytes(content)
    with pytest.raises(BadTable, match=r"scores\.csv"):
        frame(tmp_path / "scores.csv")


@pytest.mark.parametrize("name", NAMES)
def test_names_that_a_spreadsheet_would_run_read_back_exactly(tmp_path, name):
    assert unguarded(guarded(name)) == name
    with ScoreTable(tmp_path / "scores.csv") as opened:
        opened.append(row(name, error="=2+2", status="failed", psnr="-1.5", bin="-"))
        (back,) = opened.rows()
    assert (back["image"], back["error"], back["bin"], back["psnr"]) == (name, "=2+2", "-", "-1.5")
    assert frame(tmp_path / "scores.csv")["image"].tolist() == [name]
    with (tmp_path / "scores.csv").open(newline="") as file:
        (raw,) = csv.DictReader(file)
    assert not raw["image"].startswith(("=", "+", "-", "@")) or name == "-"
    assert raw["error"] == "'=2+2"
    assert (raw["psnr"], raw["bin"]) == ("-1.5", "-")


def test_older_tables_are_read_as_they_are_and_widened_exactly(tmp_path):
    path = tmp_path / "scores.csv"
    written = [row(name, revision="") for name in NAMES]
    path.write_bytes(older(*written))
    assert frame(path)["image"].tolist() == list(NAMES)
    with ScoreTable(path) as opened:
        assert list(opened.rows()) == written
        opened.append(row("new.png"))
    assert path.read_bytes().startswith(HEADER)
    assert frame(path)["image"].tolist() == [*NAMES, "new.png"]


def test_a_table_without_the_contrast_is_read_as_before_and_widened_exactly(tmp_path):
    path = tmp_path / "scores.csv"
    written = [row(name, psnr="-1.5") for name in NAMES]
    cells = [{key: guarded(value) if key == "image" else value for key, value in one.items()} for one in written]
    path.write_bytes(older(*cells, columns=LATER))
    before = frame(path)
    assert before["image"].tolist() == list(NAMES)
    assert before["contrast_fine_mask"].isna().all()
    with ScoreTable(path) as opened:
        assert list(opened.rows()) == written
        opened.append(row("new.png", contrast_fine_mask="0.7", contrast_coarse_rest="1.2"))
    assert path.read_bytes().startswith(HEADER)
    after = frame(path)
    assert after["image"].tolist() == [*NAMES, "new.png"]
    assert (after["contrast_fine_mask"].iloc[-1], after["contrast_coarse_rest"].iloc[-1]) == (0.7, 1.2)
    assert after.iloc[:-1].equals(before)


@pytest.mark.slow
@pytest.mark.parametrize("packed", sorted(paths.BENCHMARK.rglob("scores.csv.gz")), ids=lambda path: path.parent.name)
def test_the_published_tables_are_read_cell_by_cell_as_they_stand(packed):
    with packing.opened(packed) as file:
        raw = list(csv.DictReader(file))
    found = frame(packed)
    assert len(found) == len(raw)
    for field in FIELDS:
        said = [one.get(field) or "" for one in raw]
        if field == "revision":
            said = [cell or "1" for cell in said]
        if field in TEXTS:
            assert found[field].tolist() == said  # no name in them starts like a formula
        else:
            assert found[field].equals(pd.Series([float(cell) if cell else math.nan for cell in said], name=field))


def test_columns_that_nobody_knows_yet_are_passed_over(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_bytes(older(row("a.png") | {"beauty": "7"}, columns=(*FIELDS, "beauty")))
    assert frame(path)["image"].tolist() == ["a.png"]
    (line,) = lines(path)
    assert line_of(line.row) == line_of(row("a.png"))


def swept(out, monkeypatch, *, renew=False):
    """Sweep two pictures with a measurement that takes no time; what was made."""
    made = []

    def measured(task):
        for cell in task.cells:
            for method in cell.methods:
                made.append((task.image, method))
                named = {"image": task.image, "scenario": cell.scenario, "bin": cell.bin, "method": method}
                yield measuring.JournalEntry("row", dict.fromkeys(FIELDS, "") | named | {"seed": "0", "status": "ok"})

    monkeypatch.setattr(measuring, "measure", measured)
    (cell,) = sweeping.cells_of(["rectangle"], ["0.20-0.30"])
    asked = sweeping.BenchmarkRequest(out, ("a.png", "b.png"), (cell,), ("telea", "navier_stokes"), 0)
    files = sweeping.Files(out)
    with ExitStack() as stack:
        files.open(stack, ())
        if renew:
            sweeping.renew(files, asked.states)
        sweeping.sweep(asked, files)
    return made


def test_rows_of_another_revision_are_refused_and_renewed(tmp_path, monkeypatch, caplog):
    assert len(swept(tmp_path, monkeypatch)) == 4
    with ScoreTable(tmp_path / "scores.csv") as opened:
        assert {(found["revision"], found["version"]) for found in opened.rows()} == {("1", VERSION)}
    revised = tuple(replace(one, revision=2) if one.key == "telea" else one for one in catalogue.METHODS)
    monkeypatch.setattr(catalogue, "METHODS", revised)
    with pytest.raises(BadTable, match=r"rows of telea made with another revision of its code \(1 then, 2 now\)"):
        swept(tmp_path, monkeypatch)
    assert swept(tmp_path, monkeypatch, renew=True) == [("a.png", "telea"), ("b.png", "telea")]
    assert "2 rows" in caplog.text
    assert swept(tmp_path, monkeypatch) == []
    found = tables.read(tmp_path / "scores.csv")
    assert dict(zip(found["method"], found["revision"], strict=True)) == {"telea": "2", "navier_stokes": "1"}


def test_rows_without_a_revision_are_of_the_first(tmp_path, monkeypatch):
    path = tmp_path / "scores.csv"
    path.write_bytes(
        older(*(row(image, method) for image in ("a.png", "b.png") for method in ("telea", "navier_stokes")))
    )
    assert swept(tmp_path, monkeypatch) == []
    with pytest.raises(BadTable, match="whole number as the revision"):
        identity_of(row(revision="2.5"))
    assert Key("a.png", "rectangle", "0.20-0.30", "telea", "0") == tuple(row()[field] for field in Key._fields)
