"""How alike methods paint: 0 for twins, far for strangers, and a table of it in reports."""

import math

import numpy as np
import pytest
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.metrics import likeness
from comparisons.metrics.likeness import BadLikeness, Face, Pair
from comparisons.ranking import relatives
from comparisons.study import pool
from restorers import paths
from tests.comparisons.benchmark.test_merging import shard

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
    found = {pair[:2]: pair for pair in likeness.pairs(iter(faces))}
    assert found["a", "b"].ratio == pytest.approx((0.5 + 1) / 2)
    assert found["a", "c"].ratio == pytest.approx(2)
    assert {name: pair.pictures for name, pair in found.items()} == {("a", "b"): 2, ("a", "c"): 1, ("b", "c"): 1}


def test_the_table_is_read_back_and_other_files_are_refused(tmp_path):
    found = [Pair("a", "b", 0.25, 3), Pair("a", "c", math.nan, 0)]
    likeness.write(tmp_path / "x" / likeness.FILE, found)
    back = likeness.read(tmp_path / "x" / likeness.FILE)
    assert back[0] == found[0]
    assert math.isnan(back[1].ratio)
    assert likeness.read(tmp_path / "absent.csv") == []
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
    table.write_text(table.read_text() + "telea,<b>old</b>,0.5,2\n")  # nobody knows it any more
    assert benchmark.main(["--out", str(run), "--report", str(tmp_path / "report")]) == 0
    page = (tmp_path / "report" / "report.html").read_text()
    assert "How alike are the methods?" in page
    assert "&lt;b&gt;old&lt;/b&gt;" in page
    assert "<b>old" not in page
    assert relatives.main([*asked[:-1], "nobody"]) == 2
    assert relatives.main([*asked, "--limit", "0"]) == 2
    assert relatives.main([str(tmp_path / "none"), "--out", str(table)]) == 2


def test_the_published_table_has_every_pair_once_and_says_what_the_readme_says():
    found = {frozenset(pair[:2]): pair for pair in likeness.read(paths.BENCHMARK / likeness.FILE)}
    names = {name for pair in found for name in pair}
    assert len(found) == len(names) * (len(names) - 1) // 2
    readme = (paths.BENCHMARK / "README.md").read_text("utf-8")
    assert all(f"first {pair.pictures} faces" in readme for pair in found.values())
    for one, other in (("lightweight_gan", "gan_prior"), ("dual_stage", "picnet"), ("telea", "navier_stokes")):
        assert f"{found[frozenset((one, other))].ratio:.2f}" in readme
