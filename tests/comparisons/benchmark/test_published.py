"""The Results tab, without a browser."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from PIL import Image

from comparisons import figures
from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import aggregates, imported, tables, thumbnails
from comparisons.benchmark.scores import ScoreTable
from comparisons.metrics import likeness
from comparisons.metrics.likeness import Pair
from comparisons.metrics.scorer import Column
from comparisons.pages.results import exports, faces_behind, published_runs, results_tab, selection
from comparisons.pages.results.selection import Selection
from comparisons.pages.text.results_texts import FACES
from comparisons.records.journal import BadTable
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import paths
from tests.comparisons.benchmark.test_tables import rows


@pytest.fixture
def published(tmp_path: Path) -> Path:
    for name in ("celeba", "synthetic"):
        with ScoreTable(tmp_path / name / "scores.csv") as table:
            for bin_name in ("0.10-0.15", "0.20-0.30"):
                for row in rows(12, "rectangle", bin_name):
                    table.append(row)
            for row in rows(4, "thick", "-"):
                table.append(row)
    (tmp_path / "celeba" / "run.json").write_text('{"commands": []}')
    return tmp_path


def test_runs_lie_in_the_folder_or_below_it(published: Path, tmp_path: Path) -> None:
    assert [run.name for run in published_runs.runs(published)] == ["celeba", "synthetic"]
    assert [run.name for run in published_runs.runs(published / "celeba")] == ["benchmark"]
    (published / "celeba" / "run.json").write_text(
        '{"data": "CelebA val", "commands": [{"pictures": "val"}]}', encoding="utf-8"
    )
    assert [run.label for run in published_runs.runs(published)] == ["CelebA val (12 faces)", "synthetic (12 faces)"]
    assert published_runs.runs(tmp_path / "absent") == []


def test_figure_table_and_csv_hold_the_same_numbers(published: Path) -> None:
    (run, _) = published_runs.runs(published)
    for chosen in (
        Selection(run, "rectangle", "psnr"),
        Selection(run, "rectangle", "psnr", baseline="telea"),
        Selection(run, "thick", "psnr"),
    ):
        rows = selection.rows_of(chosen)
        assert len(rows) == {"thick": 2}.get(chosen.scenario, 2 if chosen.baseline else 4)
        drawn = selection.figure_of(chosen, rows)
        assert sorted(cell for _, cell in drawn.notes.values()) == sorted(
            f"{row.bin}|{row.method}" for row in rows.itertuples()
        )
        table = exports.table(chosen, rows, {})
        lines = exports.csv(chosen, rows).decode().splitlines()
        assert len(lines) == 1 + len(rows)
        for row, line, (note, _) in zip(rows.itertuples(), lines[1:], drawn.notes.values(), strict=True):
            assert f"{row.mean:.6g}" in line
            assert f"<td>{row.mean:.4g}</td><td>{row.low:.4g}</td><td>{row.high:.4g}</td>" in table
            assert note  # which mark it is depends on the order of the curves
        svg = exports.FILES["svg"](chosen, rows).decode()
        assert all(f"{row.mean:.4g} [{row.low:.4g}, {row.high:.4g}]" in svg for row in rows.itertuples())


def test_a_difference_is_positive_where_the_method_is_better(tmp_path: Path) -> None:
    """Eigenface is better by every one of these: one is better above, one below, and one is best at 1."""
    with ScoreTable(tmp_path / "scores.csv") as table:
        for row in rows(12, "thick", "-"):
            table.append(row | {"lpips": f"{1 - float(row['psnr']) / 100}" if row["psnr"] else ""})
    (run,) = published_runs.runs(tmp_path)
    for measure, about in (("psnr", 1.0), ("lpips", 0.01), ("sharpness_mask", 0.3)):
        (row,) = selection.rows_of(Selection(run, "thick", measure, baseline="telea")).itertuples()
        assert row.mean == pytest.approx(about, rel=0.2)
        assert row.low <= row.mean <= row.high
        assert (row.wins, row.losses) == (11, 0)


def test_files_are_named_by_what_they_show(published: Path) -> None:
    (run, _) = published_runs.runs(published)
    chosen = Selection(run, "rectangle", "lpips_mask", "0.10-0.15", (), "telea")
    assert chosen.name == "unmasked-celeba-rectangle-lpips_mask-0.10-0.15-against-telea"


def test_latex_has_a_line_a_method_and_the_best_in_bold(published: Path) -> None:
    (run, _) = published_runs.runs(published)
    chosen = Selection(run, "rectangle", "psnr")
    rows = selection.rows_of(chosen)
    text = exports.latex(chosen, rows).decode()
    assert text.count(r"\\") == 1 + rows["method"].nunique()
    assert text.count(r"\textbf") == rows["bin"].nunique()
    assert exports._plain("a_b & 5 %") == r"a\_b \& 5 \%"


def test_pdf_and_png_are_whole(published: Path) -> None:
    (run, _) = published_runs.runs(published)
    chosen = Selection(run, "thick", "psnr")
    rows = selection.rows_of(chosen)
    assert exports.FILES["pdf"](chosen, rows).startswith(b"%PDF")
    picture = Image.open(io.BytesIO(exports.FILES["png"](chosen, rows)))
    assert [round(dots) for dots in picture.info["dpi"]] == [300, 300]


def test_the_pareto_line_leaves_out_who_is_slower_and_worse() -> None:
    points = pd.DataFrame({"method": list("abcd"), "cost": [1.0, 2.0, 3.0, 4.0], "mean": [5.0, 4.0, 6.0, 6.0]})
    assert list(figures.pareto(points, higher_is_better=True)["method"]) == ["a", "c"]
    assert list(figures.pareto(points, higher_is_better=False)["method"]) == ["a", "b"]


def test_what_is_downloaded_holds_no_picture(published: Path) -> None:
    (run, other) = published_runs.runs(published)
    with zipfile.ZipFile(io.BytesIO(published_runs.packed(run))) as archive:
        assert set(archive.namelist()) == {"scores.csv", "run.json"}
    with zipfile.ZipFile(io.BytesIO(published_runs.packed(other))) as archive:
        assert archive.namelist() == ["scores.csv"]


def test_a_table_that_has_grown_is_read_again(published: Path) -> None:
    (run, _) = published_runs.runs(published)
    before = len(published_runs.frame_of(run))
    with ScoreTable(run.folder / "scores.csv") as table:
        table.append(next(rows(1, "medium", "-")))
    assert len(published_runs.frame_of(run)) == before + 1
    (run.folder / "scores.csv").write_text("a,b\n")
    with pytest.raises(BadTable):
        published_runs.frame_of(run)


def test_faces_are_shown_only_where_their_folder_is_named(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run, _) = published_runs.runs(published)
    cell = ("thick", "-", "telea")
    monkeypatch.delenv(FACES, raising=False)
    assert "may not be passed on" in faces_behind.faces_at(run, cell, "psnr")
    asked: list[Any] = []

    def sheet(folder: Path, found: pd.DataFrame, source: Path, column: Column) -> npt.NDArray[np.uint8]:
        asked.append((folder, set(found["method"]), set(found["scenario"]), source, column.key))
        return np.zeros((6, 6, 3), np.uint8)

    monkeypatch.setattr(thumbnails, "sheet", sheet)
    monkeypatch.setenv(FACES, str(tmp_path))
    shown = faces_behind.faces_at(run, cell, "psnr")
    assert "data:image/webp" in shown
    assert "best, median, worst" in shown
    ((folder, methods, scenarios, source, metric),) = asked
    assert (folder, scenarios, source, metric) == (run.folder, {"thick"}, tmp_path / "celeba", "psnr")
    assert len(methods) == 1


def _built(root: Path, tmp_path: Path) -> gr.Blocks:
    page: gr.Blocks
    with gr.Blocks() as page, gr.Tab("Results") as tab:
        results_tab.build(Session(tmp_path / vote_log.FILE), tab, root)
    return page


def test_nothing_published_is_said_in_a_sentence(tmp_path: Path) -> None:
    text = json.dumps(_built(tmp_path / "nothing", tmp_path).get_config_file()["components"], default=str)
    assert "No benchmark has been published" in text
    assert "another protocol" in text
    assert "35.51 dB" in text


def test_opening_fills_the_tab(published: Path, tmp_path: Path) -> None:
    page = _built(published, tmp_path)
    opened = next(fn for fn in page.fns.values() if fn.name == "opened" and len(fn.inputs) == 9)
    assert opened.fn is not None
    nothing = (None, None, None, "", None, None, "scores", None)
    updates = {getattr(part, "elem_id", ""): value for part, value in opened.fn("", *nothing).items()}
    assert updates["results-run"].choices == [("celeba (12 faces)", "celeba"), ("synthetic (12 faces)", "synthetic")]
    assert updates["results-chart"].count('class="mark"') == updates["results-table"].count("<tr data-cell") == 4
    query = "?tab=results&run=synthetic&scenario=thick&measure=psnr&baseline=telea"
    updates = {getattr(part, "elem_id", ""): value for part, value in opened.fn(query, *nothing).items()}
    assert updates["results-run"].value == "synthetic"
    assert updates["results-corruption"].value == "thick"
    assert "than Telea" in updates["results-chart"]
    # what an address asks for and there is not is passed over
    updates = {
        getattr(part, "elem_id", ""): value for part, value in opened.fn("?scenario=x&measure=y", *nothing).items()
    }
    assert updates["results-corruption"].value == "rectangle"
    # whoever comes back finds what was chosen
    chosen: tuple[object, ...] = ("celeba", "thick", "psnr", "", "", "", "scores", [])
    assert list(opened.fn("?tab=results", *chosen).values()) == [""]
    drawn = next(fn for fn in page.fns.values() if fn.name == "drawn")
    assert drawn.fn is not None
    status, *_ = drawn.fn("celeba", "rectangle", "psnr", "_ring", "", "", "scores", []).values()
    assert "no scores of this kind" in status


def test_means_that_were_computed_with_the_table_are_those_that_would_be_computed_now(published: Path) -> None:
    (run, _) = published_runs.runs(published)
    now = published_runs.means_of(run, "psnr").reset_index(drop=True)
    aggregates.write(run.folder)
    kept = published_runs.means_of(run, "psnr").reset_index(drop=True)
    ready = aggregates.read(run.folder)
    assert ready is not None
    assert ready.states == aggregates.states_in(published_runs.frame_of(run))
    pd.testing.assert_frame_equal(kept[list(now.columns)], now, rtol=1e-5, check_dtype=False)
    # of another table they are not believed
    with ScoreTable(run.folder / "scores.csv") as table:
        table.append(next(rows(1, "medium", "-")))
    assert aggregates.read(run.folder) is None
    assert "medium" in set(published_runs.means_of(run, "psnr")["scenario"])


@pytest.mark.parametrize("folder", [run.folder for run in published_runs.runs()], ids=lambda folder: folder.name)
def test_published_means_are_of_the_published_table(folder: Path) -> None:
    known = aggregates.read(folder)
    assert known is not None, (
        f"write them anew: python -m comparisons.benchmark aggregate {folder.relative_to(paths.ROOT)}"
    )
    assert len(known.means) > 50
    assert known.states


def _parts(updates: dict[Any, Any]) -> dict[str, Any]:
    return {getattr(part, "elem_id", ""): value for part, value in updates.items()}


def _handlers(page: gr.Blocks) -> dict[str, Any]:
    """What events of the panel run, by name."""
    return {fn.name: fn.fn for fn in page.fns.values() if fn.name}


NOTHING = (None, None, None, "", None, None, "scores", None)


@pytest.mark.parametrize("ready", [True, False], ids=["aggregated", "rows only"])
def test_imported_measures_are_offered_drawn_and_saved_as_imported(
    published: Path, tmp_path: Path, ready: bool
) -> None:
    folder = published / "celeba"
    frame = tables.read(folder / "scores.csv")
    frame = frame[(frame["scenario"] == "rectangle") & (frame["status"] == "ok")]
    given = frame[["image", "scenario", "bin", "method"]].rename(columns={"image": "picture"})
    given = given.assign(arcface=[0.5 if method == "telea" else 0.25 for method in given["method"]], musiq=50)
    given.to_csv(tmp_path / "given.csv", index=False)
    asked = ["import", str(tmp_path / "given.csv"), "--out", str(folder), "--lower", "arcface"]
    assert benchmark.main(asked) == 0
    if ready:
        aggregates.write(folder)
    work = _handlers(_built(published, tmp_path))
    opened = _parts(work["opened"]("?tab=results&run=celeba", *NOTHING))
    offered = dict(opened["results-measure"].choices)
    assert offered["arcface (imported)"] == "imported_arcface"
    # they are of whole pictures, so no region is asked for that they lack
    updates = _parts(work["measured"]("celeba", "rectangle", "imported_arcface", "_mask", "", "", "scores", []))
    assert updates["results-region"] == ""
    assert "Imported: measured elsewhere" in updates["results-status"]
    assert "（导入）" in updates["results-status"] or "导入：" in updates["results-status"]
    assert "arcface (imported)" in updates["results-chart"]
    assert "arcface（导入）" in updates["results-chart"]
    first = updates["results-table"].index('data-cell="0.10-0.15|eigenface"')
    assert first < updates["results-table"].index('data-cell="0.10-0.15|telea"')
    run = published_runs.run_named("celeba", published)
    chosen = Selection(run, "rectangle", "imported_arcface", baseline="telea")
    ahead = selection.rows_of(chosen)
    assert ahead["mean"].tolist() == pytest.approx([0.25, 0.25])
    assert ahead["wins"].min() > 0
    assert ahead["losses"].max() == 0
    assert "imported_arcface" in exports.csv(chosen, ahead).decode().splitlines()[1]
    assert "imported_arcface" in chosen.name
    assert exports.latex(chosen, ahead).decode().startswith("% arcface (imported): better")
    assert "arcface (imported)" in exports.FILES["svg"](chosen, ahead).decode()
    with zipfile.ZipFile(io.BytesIO(published_runs.packed(run))) as archive:
        assert imported.LIST in archive.namelist()


def test_measures_imported_after_the_means_were_written_are_there_at_once(published: Path, tmp_path: Path) -> None:
    folder = published / "celeba"
    aggregates.write(folder)
    run = published_runs.run_named("celeba", published)
    assert "imported_musiq" not in published_runs.measures_in(run)
    image = published_runs.frame_of(run)["image"].iloc[0]
    (tmp_path / "given.csv").write_text(f"picture,scenario,bin,method,musiq\n{image},rectangle,0.10-0.15,telea,50\n")
    assert benchmark.main(["import", str(tmp_path / "given.csv"), "--out", str(folder)]) == 0
    assert "imported_musiq" in published_runs.measures_in(run)
    assert published_runs.means_of(run, "imported_musiq")["mean"].tolist() == [50]


def test_the_tab_shows_how_alike_methods_are_as_the_file_says(published: Path, tmp_path: Path) -> None:
    folder = published / "celeba"
    pairs = [Pair("telea", "eigenface", 0.6149, 8, "", "aa"), Pair("telea", "<b>", 1.25, 8, "", "cc")]
    likeness.write(folder / likeness.FILE, pairs)
    aggregates.write(folder)
    work = _handlers(_built(published, tmp_path))
    states = published_runs.frame_of(published_runs.run_named("celeba", published))["weights"].unique().tolist()
    assert states == [""]
    shown = _parts(work["opened"]("?tab=results&run=celeba", *NOTHING))
    assert "left out: eigenface." in shown["results-alike"]  # the run's eigenface has no weights
    assert "1.25" in shown["results-alike"]
    assert "0.61" not in shown["results-alike"]
    assert "&lt;b&gt;" in shown["results-alike"]
    likeness.write(folder / likeness.FILE, [pair._replace(state_b="") for pair in pairs])
    shown = _parts(work["opened"]("?tab=results&run=celeba", *NOTHING))
    assert "left out" not in shown["results-alike"]
    assert shown["results-alike"].count(">0.61</td>") == shown["results-alike"].count(">1.25</td>") == 2
    assert "mean over 8 faces" in shown["results-alike"]
    assert "8 张脸" in shown["results-alike"]
    assert shown["results-alike-csv"].visible
    saved = Path(work["alike"]("celeba").value["path"])
    assert saved.read_bytes() == (folder / likeness.FILE).read_bytes()
    # a run without such a table shows none, and a broken one is said and keeps nothing else from being shown
    shown = _parts(work["switched"]("synthetic"))
    assert (shown["results-alike"], shown["results-alike-csv"].visible) == ("", False)
    (folder / likeness.FILE).write_text("a,b\n1,2\n")
    shown = _parts(work["switched"]("celeba"))
    assert "is no table of likeness" in shown["results-alike"]
    assert 'class="mark"' in shown["results-chart"]
