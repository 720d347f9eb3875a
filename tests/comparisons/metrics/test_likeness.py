"""How alike methods paint: 0 for twins, far for strangers, and a table of it in reports."""

import gzip
import math

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import aggregates
from comparisons.benchmark.score_rows import line_of
from comparisons.metrics import likeness
from comparisons.metrics.likeness import BadLikeness, Face, Matrix, Pair
from comparisons.ranking import relatives
from comparisons.records import provenance
from comparisons.study import pool
from restorers import paths
from tests.comparisons.benchmark.test_merging import row, shard

HIDDEN = np.zeros((8, 8), bool)
HIDDEN[2:6, 2:6] = True
TRUTH = np.full((8, 8, 3), 100, np.uint8)


def fill(level, outside=0):
    made = TRUTH.copy()
    made[HIDDEN] = level
    made[~HIDDEN] += np.uint8(outside)
    return made


def test_twins_are_alike_and_strangers_are_not():
    assert likeness.ratio(fill(120), fill(120, 9), TRUTH, HIDDEN) == 0  # what is visible does not count
    assert likeness.ratio(fill(120), fill(130), TRUTH, HIDDEN) == pytest.approx(0.5)
    assert likeness.ratio(fill(130), fill(120), TRUTH, HIDDEN) == pytest.approx(0.5)
    assert likeness.ratio(fill(80), fill(120), TRUTH, HIDDEN) == pytest.approx(2)
    assert math.isnan(likeness.ratio(fill(100), fill(120), TRUTH, HIDDEN))  # the truth itself is nobody's relative
    assert math.isnan(likeness.ratio(fill(80), fill(120), TRUTH, ~HIDDEN & HIDDEN))


def test_pairs_are_means_over_the_faces_that_both_have():
    faces = [
        Face(TRUTH, HIDDEN, {"a": fill(120), "b": fill(130), "c": fill(80)}),
        Face(TRUTH, HIDDEN, {"b": fill(110), "a": fill(120)}),
        Face(TRUTH, HIDDEN, {"a": fill(120)}),
    ]
    found = {pair[:2]: pair for pair in likeness.pairs(iter(faces), {"a": "aa.r2", "b": ""})}
    assert found["a", "b"].ratio == pytest.approx((0.5 + 1) / 2)
    assert found["a", "c"].ratio == pytest.approx(2)
    assert {name: pair.pictures for name, pair in found.items()} == {("a", "b"): 2, ("a", "c"): 1, ("b", "c"): 1}
    assert found["a", "b"][-2:] == ("aa.r2", "")
    assert found["b", "c"][-2:] == ("", None)


def test_what_was_measured_with_other_weights_is_left_out_and_named():
    table = [Pair("a", "b", 0.5, 3, "aa", "bb"), Pair("a", "c", 0.6, 3, "aa", ""), Pair("b", "c", 0.7, 3, "bb", "")]
    assert likeness.of_run(table, {"a": ("aa",), "b": ("bb",), "c": ("",)}) == Matrix(tuple(table))
    newer = likeness.of_run(table, {"a": ("aa",), "b": ("bb.r2",), "c": ("",)})
    assert (newer.pairs, newer.stale, newer.methods) == ((table[1],), ("b",), ("a", "c"))
    assert newer.warning.endswith("left out: b.")
    # the run may have rows of both states, or none of a method
    assert likeness.of_run(table, {"a": ("old", "aa")}).pairs == tuple(table)
    # a table of before there were states says nothing about a method that the run has
    assert likeness.of_run([Pair("a", "b", 0.5, 3)], {"a": ("",)}).stale == ("a",)


def test_the_table_is_read_back_and_other_files_are_refused(tmp_path):
    found = [Pair("a", "b", 0.25, 3, "aa.r2", ""), Pair("a", "c", math.nan, 0)]
    likeness.write(tmp_path / "x" / likeness.FILE, found)
    back = likeness.read(tmp_path / "x" / likeness.FILE)
    assert back[0] == found[0]
    assert math.isnan(back[1].ratio)
    assert likeness.read(tmp_path / "absent.csv") == []
    (tmp_path / "older.csv").write_text("method_a,method_b,ratio,pictures\na,b,0.25,3\n")
    assert likeness.read(tmp_path / "older.csv") == [Pair("a", "b", 0.25, 3)]
    for content in ("method_a,method_b\na,b\n", "method_a,method_b,ratio,pictures\na,b,x,1\n"):
        (tmp_path / "y.csv").write_text(content)
        with pytest.raises(BadLikeness, match=r"comparisons\.ranking\.relatives"):
            likeness.read(tmp_path / "y.csv")


def test_the_command_takes_the_pool_and_the_report_shows_the_table(tmp_path, drawn_face, monkeypatch, capsys):
    from restorers.faces import align

    monkeypatch.setattr(align, "locate", lambda picture: align.Detection((), "a fake"))
    (tmp_path / "pictures").mkdir()
    for number in range(2):
        Image.fromarray(np.roll(drawn_face, 20 * number, 0)).save(tmp_path / "pictures" / f"{number}.png")
    pool.gather(tmp_path / "pictures", tmp_path / "pool", 0)
    run = shard(tmp_path / "run", "1.png")
    table = run / likeness.FILE
    asked = [str(tmp_path / "pool"), "--out", str(table), "--methods", "telea,navier_stokes,eigenface"]
    assert relatives.main(asked) == 0
    found = {pair[:2]: pair for pair in likeness.read(table)}
    assert len(found) == 3
    assert all(pair.pictures == 2 for pair in found.values())
    assert found["telea", "navier_stokes"].ratio < found["telea", "eigenface"].ratio
    assert "telea, navier_stokes (2 faces)" in capsys.readouterr().out
    state = found["telea", "eigenface"].state_b
    assert state == str(provenance.identity("eigenface")) != ""
    table.write_text(table.read_text() + f"eigenface,<b>old</b>,0.5,2,{state},\n")  # nobody knows it any more
    assert benchmark.main(["--out", str(run), "--report", str(tmp_path / "report")]) == 0
    page = (tmp_path / "report" / "report.html").read_text()
    assert "How alike are the methods?" in page
    assert "&lt;b&gt;old&lt;/b&gt;" in page
    assert "<b>old" not in page
    for pair in found.values():
        assert page.count(f">{pair.ratio:.2f}</td>") >= 2
    table.write_text(table.read_text().replace(state, "0123456789ab"))
    rows = run / "scores.csv"
    with rows.open("ab") as file:
        file.write(line_of(row("1.png", "eigenface", weights=state)))
    assert benchmark.main(["--out", str(run), "--report", str(tmp_path / "report")]) == 0
    page = (tmp_path / "report" / "report.html").read_text()
    assert "left out: eigenface." in page
    assert page.count(f">{found['telea', 'navier_stokes'].ratio:.2f}</td>") == 2
    assert set(pd.read_csv(tmp_path / "report/tables/likeness.csv")["method_b"]) == {"navier_stokes"}
    assert relatives.main([*asked[:-1], "nobody"]) == 2
    assert relatives.main([*asked, "--limit", "0"]) == 2
    assert relatives.main([str(tmp_path / "none"), "--out", str(table)]) == 2


def test_the_published_table_has_every_pair_once_and_says_what_the_readme_says():
    found = {frozenset(pair[:2]): pair for pair in likeness.read(paths.BENCHMARK / likeness.FILE)}
    names = {name for pair in found for name in pair}
    assert len(found) == len(names) * (len(names) - 1) // 2
    readme = (paths.BENCHMARK / "README.md").read_text("utf-8")
    assert all(f"first {pair.pictures} faces" in readme for pair in found.values())
    for one, other in (("lightweight_gan", "shift_net"), ("dual_stage", "picnet"), ("telea", "navier_stokes")):
        assert f"{found[frozenset((one, other))].ratio:.2f}" in readme


def test_the_published_table_is_of_the_published_scores():
    ready = aggregates.read(paths.BENCHMARK)
    assert ready is not None
    assert ready.states
    assert likeness.of_run(likeness.read(paths.BENCHMARK / likeness.FILE), ready.states).stale == (), (
        "measure it anew, as assets/benchmark/README.md says"
    )


def test_no_published_kind_of_corruption_is_of_some_methods_alone():
    """A curve of one method among others' would look as if they had failed there."""
    for folder in (paths.BENCHMARK, paths.BENCHMARK / "synthetic"):
        with gzip.open(folder / "means.csv.gz", "rt") as file:
            means = pd.read_csv(file, comment="#")
        shown = means.groupby("scenario")["method"].agg(set)
        fills = set().union(*shown)
        assert len(fills) > 10
        assert {
            name for name, methods in shown.items() if methods < fills and not name.startswith("degraded_")
        } == set()
