import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import cost, evidence, report, report_page, tables
from comparisons.records.journal import BadTable
from restorers import catalogue
from tests.comparisons.benchmark import test_benchmark


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    test_benchmark.install(monkeypatch.setattr)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, _drawn):
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(3):
        Image.fromarray(np.roll(_drawn, 10 * number, 0)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def out(tmp_path_factory, pictures):
    folder = tmp_path_factory.mktemp("out")
    asked = ["--workers", "1", "--bins", "0.10-0.15,0.20-0.30"]
    with pytest.MonkeyPatch.context() as patch:
        test_benchmark.install(patch.setattr)
        assert benchmark.main([str(pictures), "--out", str(folder), *asked]) == 0
    costs = [
        cost.Cost("telea", False, 0.1, 0.5, None, 0, 0.0, 100.0),
        cost.Cost("samples", True, 0.2, 1.5, 2.0, 9, 1.0, None),
    ]
    cost.save(folder / cost.FILE, costs)
    return folder


@pytest.mark.slow
def test_one_page_holds_everything_and_fetches_nothing(out, tmp_path, capsys):
    assert benchmark.main(["--out", str(out), "--report", str(tmp_path / "report")]) == 0
    page = (tmp_path / "report" / "report.html").read_text()
    assert "report.html" in capsys.readouterr().out
    for words in (
        "95 % bootstrap",
        "samples",
        "Wilcoxon",
        "broke off",
        "Zhou",
        "torch",
        "Time for one face",
        "comparisons.benchmark",
    ):
        assert words in page
    head = page[: page.index("plotly.js")] if "plotly.js" in page else page
    assert 'src="http' not in head
    assert "worst faces of" not in page  # no face without --thumbnails
    assert page.count("Plotly.newPlot(") >= 3
    assert str(tmp_path) not in page
    made = tmp_path / "report" / "tables"
    for name in ("counts", "means_psnr", "against_telea_psnr", "published", "cost", "by_skin_psnr_mask"):
        with (made / f"{name}.csv").open(newline="") as file:
            assert len(list(csv.DictReader(file))) >= 1
        text = (made / f"{name}.tex").read_text()
        assert r"\toprule" in text
        assert r"\end{tabular}" in text
    assert r"rectangle & 0.10-0.15" in (made / "means_psnr.tex").read_text()


def test_contact_sheets_only_when_asked_for(out, tmp_path, pictures):
    asked = [str(pictures), "--out", str(out), "--workers", "1", "--bins", "0.20-0.30"]
    assert benchmark.main([*asked, "--report", str(tmp_path / "report"), "--thumbnails"]) == 0
    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count("worst faces of") == 2  # telea and samples; broken gave nothing
    frame = tables.read(out / "scores.csv")
    from comparisons.benchmark import thumbnails

    sheet = thumbnails.sheets(out, frame, pictures, "rectangle", "0.20-0.30")["telea"]
    picture = np.asarray(Image.open(io.BytesIO(sheet)))
    assert picture.shape == (3 * 256, 3 * 256, 3)
    best, worst = (
        frame[frame["method"] == "telea"]
        .loc[lambda rows: rows["bin"] == "0.20-0.30"]
        .sort_values("lpips")["image"]
        .iloc[[0, -1]]
    )
    for row, name in ((0, best), (2, worst)):
        truth = np.asarray(Image.open(pictures / name))
        assert np.array_equal(picture[row * 256 : (row + 1) * 256, 512:], truth)


def test_trouble_is_a_sentence(out, tmp_path, capsys):
    assert benchmark.main(["--out", str(out)]) == 2
    assert "Nothing is asked for" in capsys.readouterr().err
    assert benchmark.main(["--out", str(tmp_path / "none"), "--report", str(tmp_path / "r")]) == 2
    assert "run the benchmark" in capsys.readouterr().err
    assert benchmark.main(["--out", str(out), "--report", str(tmp_path / "r"), "--thumbnails"]) == 2
    assert "needs the pictures" in capsys.readouterr().err
    assert benchmark.main(["--out", str(out), "--report", str(tmp_path / "r"), "--baseline", "nobody"]) == 2
    assert "choose from telea, samples, broken" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    with pytest.raises(BadTable, match="choose another --report"):
        report.write(evidence.read(out), tmp_path / "file")


def test_costs_are_saved_and_read_back(out, tmp_path):
    costs = cost.load(out / cost.FILE)
    assert [one.method for one in costs] == ["telea", "samples"]
    assert cost.totals(costs) == {"one_face": 2.0, "chart": 27.0}
    points = evidence.cost_points(evidence.read(out), "psnr").set_index("method")
    assert points.loc["samples", "cost"] == 1.5
    (tmp_path / "cost.json").write_text("{}")
    with pytest.raises(BadTable, match="--cost"):
        cost.load(tmp_path / "cost.json")
    assert cost.load(tmp_path / "absent.json") == []


def test_a_cost_of_another_state_of_a_method_is_not_drawn(out, tmp_path):
    found = evidence.read(out)
    for state, drawn in (
        ({"version": "1.0"}, {"telea", "samples"}),
        ({"version": "1.0", "revision": 2}, {"samples"}),
        ({"version": "1.0", "weights": "0123456789ab"}, {"samples"}),
    ):
        telea, samples = found.costs
        points = evidence.cost_points(replace(found, costs=(replace(telea, **state), samples)), "psnr")
        assert set(points["method"]) == drawn


def test_no_cell_of_a_report_is_a_formula(out, tmp_path):
    found = evidence.read(out)
    frame = found.frame.copy()
    frame.loc[frame["method"] == "broken", "error"] = "=HYPERLINK(1)"
    report.write(replace(found, frame=frame), tmp_path)
    with (tmp_path / "tables" / "reasons.csv").open(newline="") as file:
        reasons = {row["method"]: row["error"] for row in csv.DictReader(file)}
    assert reasons["broken"] == "'=HYPERLINK(1)"
    page = (tmp_path / "report.html").read_text()
    assert "=HYPERLINK(1)" in page
    assert "<th>revision</th>" in page


def test_a_method_of_another_table_is_text(out):
    words = "<b>bold</b><script>alert(1)</script>"
    frame = tables.read(out / evidence.SCORES)
    other = frame.assign(method=frame["method"].where(frame["method"] != "telea", words), bin="<i>x</i>")
    found = replace(evidence.read(out), frame=other)
    parts = dict(report._tables(found, words))
    page = report_page.page(found, parts, words, {})
    assert "&lt;b&gt;bold" in page
    assert "against &lt;b&gt;bold" in page
    assert words not in page
    assert "<b>bold" not in page
    assert "<i>x" not in page


def test_the_catalogue_is_that_of_the_fakes():
    assert len(catalogue.METHODS) == 4
