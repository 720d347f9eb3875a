"""Measures that were computed elsewhere: joined to their results, called imported, refused where they do not fit."""

import csv
import json

import pandas as pd
import pytest

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import evidence, imported
from comparisons.benchmark.merging import merge
from comparisons.records import provenance
from tests.comparisons.benchmark.test_merging import row, shard

NAMES = tuple(f"{number}.png" for number in range(4))
HEAD = ("picture", "scenario", "bin", "method")


@pytest.fixture
def run(tmp_path):
    """Four pictures and two methods, and a fifth picture on which one of them failed."""
    folder = shard(tmp_path / "run", *NAMES, "=5.png")
    with (folder / "scores.csv").open("a", newline="") as file:
        from comparisons.benchmark.score_rows import line_of

        file.write("".join(line_of(row(name, "eigenface")).decode() for name in NAMES))
        file.write(line_of(row("=5.png", "eigenface", status="failed", psnr="")).decode())
    return folder


def table(path, values, measures=("musiq",), head=HEAD):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*head, *measures])
        writer.writerows(values)
    return path


def line(image, method, *values):
    return [image, "rectangle", "0.20-0.30", method, *values]


def given(tmp_path, name="given.csv", shift=0.0):
    lines = [line(name, "telea", 50 + number + shift, 0.5) for number, name in enumerate(NAMES)]
    lines += [line(name, "eigenface", 52 + number + shift, 0.25) for number, name in enumerate(NAMES)]
    return table(tmp_path / name, lines, ("musiq", "arcface"))


def bring(path, run, *more):
    return benchmark.main(["import", str(path), "--out", str(run), *more])


def test_they_stand_in_the_report_and_the_table_called_imported(run, tmp_path, capsys):
    assert bring(given(tmp_path), run, "--lower", "arcface") == 0
    assert "8 of musiq, 8 of arcface" in capsys.readouterr().out
    assert benchmark.main(["--out", str(run), "--report", str(tmp_path / "report"), "--markdown"]) == 0
    said = capsys.readouterr().out
    assert "| musiq (imported) ↑ | arcface (imported) ↓ |" in said
    assert "| `eigenface` | 4 |" in said
    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count(imported.WORDS) == 2
    assert "musiq (imported) against" in page
    means = pd.read_csv(tmp_path / "report/tables/means_imported_musiq.csv").set_index("method")
    assert means.loc["telea", "mean"] == pytest.approx(51.5)
    assert means.loc["telea", "n"] == 4
    assert means.loc["telea", "low"] < 51.5 < means.loc["telea", "high"]
    ahead = {
        name: pd.read_csv(tmp_path / f"report/tables/against_telea_imported_{name}.csv")
        for name in ("musiq", "arcface")
    }
    assert ahead["musiq"][["difference", "wins", "losses"]].values.tolist() == [[2, 4, 0]]
    assert ahead["arcface"][["difference", "wins", "losses"]].values.tolist() == [[-0.25, 4, 0]]
    noted = provenance.commands_of(run / provenance.FILE)[-1]
    assert noted["imported"] == {"musiq": 8, "arcface": 8}
    assert str(tmp_path) not in json.dumps(noted)
    assert provenance.named(run / provenance.FILE) == "Faces"


def test_a_table_of_scores_with_columns_added_will_do(run, tmp_path):
    frame = pd.read_csv(run / "scores.csv", dtype=str, keep_default_na=False)
    frame["musiq"] = ["1", "2", "3", "4", "5", "", "7", "8", "9", ""]  # one is not known, one failed
    frame.to_csv(tmp_path / "more.csv", index=False)
    assert bring(tmp_path / "more.csv", run) == 0
    found = evidence.read(run).frame.set_index(["image", "method"])["imported_musiq"]
    assert found["=5.png", "telea"] == 5
    assert found.isna().sum() == 2


@pytest.mark.parametrize(
    ("lines", "more", "words"),
    [
        ([line("9.png", "telea", 1)], {}, "others: line 2 (9.png rectangle 0.20-0.30 telea); name pictures"),
        ([line("=5.png", "eigenface", 1)], {}, "others: line 2 (=5.png"),
        ([line("1.png", "mine", 1), *(line(f"{n}.png", "mine", 1) for n in "23")], {}, "line 4 (3.png rectangle 0.20-0.30 mine); name"),
        ([line("1.png", "telea", 1), line("1.png", "telea", 2)], {}, "stand twice: line 3 (1.png"),
        ([line("1.png", "telea", "5,1")], {}, "number with a decimal point in line 2, column musiq"),
        ([line("1.png", "telea", "nan")], {}, "column musiq"),
        ([line("1.png", "telea", "")], {}, "no value of a measure"),
        ([line("1.png", "telea", 1, 2)], {}, "more cells than there are columns"),
        ([line("1.png", "telea", 1)], {"measures": ("MUSIQ!",)}, "small letters, digits and _"),
        ([line("1.png", "telea", 1)], {"measures": ("psnr",)}, "no value of a measure"),
        ([line("1.png", "telea", 1)], {"head": ("picture", "scenario", "bin", "who")}, "found no method"),
        ([line("1.png", "telea", 1)], {"head": ("file", "scenario", "bin", "method")}, "found no picture"),
        ([line("1.png", "telea", 1, 1)], {"measures": ("a", "a")}, "Two columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_is_written(run, tmp_path, capsys, lines, more, words):
    before = (run / provenance.FILE).read_bytes()
    assert bring(table(tmp_path / "given.csv", lines, **more), run) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (run / imported.LIST).exists()
    assert (run / provenance.FILE).read_bytes() == before


def test_no_table_no_run_and_other_files_are_refused(run, tmp_path, capsys):
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00picture")
    for path, out in ((tmp_path / "absent.csv", run), (tmp_path / "b.csv", run), (given(tmp_path), tmp_path / "none")):
        assert bring(path, out) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert bring(given(tmp_path), run, "--lower", "beauty") == 2
    assert "--lower names beauty" in capsys.readouterr().err


def test_other_values_of_one_measure_are_refused_and_renewed(run, tmp_path, capsys):
    assert bring(given(tmp_path), run) == 0
    assert bring(given(tmp_path), run) == 0  # the same once more is the same
    assert len((run / imported.LIST).read_text().splitlines()) == 16
    other = given(tmp_path, "other.csv", shift=1.0)
    assert bring(other, run) == 2
    assert "8 results have other values" in capsys.readouterr().err
    assert bring(other, run, "--renew") == 0
    assert evidence.read(run).frame["imported_musiq"].min() == 51
    assert len((run / imported.LIST).read_text().splitlines()) == 16


def test_runs_bring_theirs_along_when_they_are_merged(run, tmp_path):
    second = shard(tmp_path / "second", "1.png", "7.png")
    assert bring(given(tmp_path), run) == 0
    table(tmp_path / "b.csv", [line("7.png", "telea", 3)])
    assert bring(tmp_path / "b.csv", second) == 0
    merge([run, second], tmp_path / "out")
    found = evidence.read(tmp_path / "out").frame
    assert found["imported_musiq"].notna().sum() == 9
    table(tmp_path / "c.csv", [line("1.png", "telea", 3)])
    assert bring(tmp_path / "c.csv", second) == 0
    with pytest.raises(Exception, match=r"same imported values under the same name in all folders, but 1\.png"):
        merge([run, second], tmp_path / "other")


def test_values_go_with_the_rows_that_they_are_of(run, tmp_path):
    from contextlib import ExitStack

    from comparisons.benchmark.sources import forget
    from comparisons.benchmark.sweeping import Files

    assert bring(given(tmp_path), run) == 0
    files = Files(run)
    with ExitStack() as stack:
        files.open(stack, ())
        forget(files, ["1.png"])
    left = {json.loads(each)["image"] for each in (run / imported.LIST).read_text().splitlines()}
    assert left == set(NAMES) - {"1.png"}
