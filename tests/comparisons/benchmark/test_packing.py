"""A table as `scores.csv.gz`: read as it is, unpacked to be written on, packed by a command, never in two forms."""

import zipfile
from io import BytesIO

import pandas as pd
import pytest

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import packing, tables
from comparisons.benchmark.scores import FIELDS, ScoreTable
from comparisons.pages.results import published_runs
from comparisons.records.journal import BadTable


def row(image, psnr="20"):
    known = {"image": image, "scenario": "rectangle", "bin": "0.20-0.30", "method": "telea", "seed": "0"}
    return dict.fromkeys(FIELDS, "") | known | {"status": "ok", "psnr": psnr}


@pytest.fixture
def folder(tmp_path):
    with ScoreTable(tmp_path / "run" / "scores.csv") as table:
        table.append(row("a.png"))
        table.append(row("=b.png"))
    return tmp_path / "run"


def test_a_packed_table_says_the_same_and_packing_again_gives_the_same_bytes(folder, capsys):
    plain = (folder / "scores.csv").read_bytes()
    before = tables.read(folder / "scores.csv")
    assert benchmark.main(["pack", str(folder)]) == 0
    assert capsys.readouterr().out.split() == [str(folder / name) for name in ("scores.csv.gz", "means.csv.gz")]
    assert not (folder / "scores.csv").exists()
    once = (folder / "scores.csv.gz").read_bytes()
    pd.testing.assert_frame_equal(tables.read(folder / "scores.csv"), before)
    assert benchmark.main(["--out", str(folder), "--markdown"]) == 0
    assert benchmark.main(["pack", str(folder)]) == 0
    assert (folder / "scores.csv.gz").read_bytes() == once
    assert once[4:8] == bytes(4), "the time of packing is in the file"
    packing.unpack(folder / "scores.csv")
    assert (folder / "scores.csv").read_bytes() == plain


def test_a_packed_table_is_unpacked_to_be_written_on(folder):
    benchmark.main(["pack", str(folder)])
    with ScoreTable(folder / "scores.csv") as table:
        table.append(row("c.png"))
    assert not (folder / "scores.csv.gz").exists()
    assert tables.read(folder / "scores.csv")["image"].tolist() == ["a.png", "=b.png", "c.png"]


def test_two_forms_are_refused_by_whoever_reads_or_writes(folder, capsys):
    packing.pack(folder / "scores.csv")
    with pytest.raises(BadTable, match="both there"):
        tables.read(folder / "scores.csv")
    with pytest.raises(BadTable, match="both there"), ScoreTable(folder / "scores.csv"):
        pass
    for words in (["pack", str(folder)], ["merge", str(folder), str(folder.parent), "--out", str(folder / "new")]):
        assert benchmark.main(words) == 2
        assert "both there" in capsys.readouterr().err
    (run,) = published_runs.runs(folder)
    with pytest.raises(BadTable, match="both there"):
        published_runs.frame_of(run)


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_damaged_one_is_refused_and_left_alone(folder, cut):
    benchmark.main(["pack", str(folder)])
    packed = folder / "scores.csv.gz"
    packed.write_bytes(packed.read_bytes()[:-cut])
    with pytest.raises(BadTable):
        tables.read(folder / "scores.csv")
    with pytest.raises(BadTable), ScoreTable(folder / "scores.csv"):
        pass
    assert [path.name for path in sorted(folder.glob("scores*")) if path.suffix != ".lock"] == ["scores.csv.gz"]


def test_nothing_is_packed_where_no_rows_are(tmp_path, capsys):
    assert benchmark.main(["pack", str(tmp_path)]) == 2
    assert "no scores.csv" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_the_page_gives_away_is_a_plain_table(folder):
    plain = (folder / "scores.csv").read_bytes()
    benchmark.main(["pack", str(folder)])
    (run,) = published_runs.runs(folder)
    assert len(published_runs.frame_of(run)) == 2
    with zipfile.ZipFile(BytesIO(published_runs.packed(run))) as archive:
        assert archive.read("scores.csv") == plain
