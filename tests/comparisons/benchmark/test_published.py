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

from comparisons.benchmark import thumbnails
from comparisons.benchmark.scores import ScoreTable
from comparisons.pages.results import results_tab
from comparisons.pages.text.results_texts import FACES
from comparisons.records.journal import BadTable
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
    assert [run.name for run in results_tab.runs(published)] == ["celeba", "synthetic"]
    assert [run.name for run in results_tab.runs(published / "celeba")] == ["benchmark"]
    (published / "celeba" / "run.json").write_text(
        '{"data": "CelebA val", "commands": [{"pictures": "val"}]}', encoding="utf-8"
    )
    assert [run.label for run in results_tab.runs(published)] == ["CelebA val (12 faces)", "synthetic (12 faces)"]
    assert results_tab.runs(tmp_path / "absent") == []


def test_the_chart_has_a_line_and_a_band_a_method(published: Path) -> None:
    (run, _) = results_tab.runs(published)
    figure = results_tab.chart(run, "psnr", "rectangle")
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(lines) == len(bands) == 2
    for line, band in zip(lines, bands, strict=True):
        assert len(line.y) == 2
        assert max(band.y) > max(line.y) >= min(line.y) > min(band.y)
        assert line.customdata[0][2] in (11, 12)  # n is in the hover
    assert "No scores" in results_tab.chart(run, "psnr", "nonsense").layout.annotations[0].text


def test_the_table_holds_numbers_that_sort(published: Path) -> None:
    (run, _) = results_tab.runs(published)
    table = results_tab.table(run, "psnr")
    assert tuple(table.columns) == results_tab.COLUMNS
    assert len(table) == 2 * 3
    assert table["Mean"].dtype == float
    assert table.loc[table["Method"].str.contains("igenface"), "Wins"].max() == 11
    assert results_tab.label_of("thick") in set(table["Corruption"])


def test_what_is_downloaded_holds_no_picture(published: Path) -> None:
    (run, other) = results_tab.runs(published)
    with zipfile.ZipFile(io.BytesIO(results_tab.packed(run))) as archive:
        assert set(archive.namelist()) == {"scores.csv", "run.json"}
    with zipfile.ZipFile(io.BytesIO(results_tab.packed(other))) as archive:
        assert archive.namelist() == ["scores.csv"]


def test_a_table_that_has_grown_is_read_again(published: Path) -> None:
    (run, _) = results_tab.runs(published)
    before = len(results_tab.frame_of(run))
    with ScoreTable(run.folder / "scores.csv") as table:
        table.append(next(rows(1, "medium", "-")))
    assert len(results_tab.frame_of(run)) == before + 1
    (run.folder / "scores.csv").write_text("a,b\n")
    with pytest.raises(BadTable):
        results_tab.frame_of(run)


def test_faces_are_shown_only_where_their_folder_is_named(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run, _) = results_tab.runs(published)
    line = next(row for row in results_tab.table(run, "psnr").itertuples(index=False) if row[1] == "-")
    monkeypatch.delenv(FACES, raising=False)
    assert "may not be passed on" in results_tab.faces_behind(run, line, "psnr")
    asked: list[Any] = []

    def sheet(folder: Path, found: pd.DataFrame, source: Path, metric: str) -> npt.NDArray[np.uint8]:
        asked.append((folder, set(found["method"]), set(found["scenario"]), source, metric))
        return np.zeros((6, 6, 3), np.uint8)

    monkeypatch.setattr(thumbnails, "sheet", sheet)
    monkeypatch.setenv(FACES, str(tmp_path))
    shown = results_tab.faces_behind(run, line, "psnr")
    assert "data:image/png" in shown
    assert "best, median, worst" in shown
    ((folder, methods, scenarios, source, metric),) = asked
    assert (folder, scenarios, source, metric) == (run.folder, {"thick"}, tmp_path / "celeba", "psnr")
    assert len(methods) == 1


def _built(root: Path) -> dict[str, Any]:
    with gr.Blocks() as page, gr.Tab("Results") as tab:
        results_tab.build(tab, root)
    config: dict[str, Any] = page.get_config_file()
    return config


def test_nothing_published_is_said_in_a_sentence(tmp_path: Path) -> None:
    text = json.dumps(_built(tmp_path)["components"], default=str)
    assert "No benchmark has been published" in text
    assert "another protocol" in text
    assert "35.51 dB" in text


def test_opening_fills_the_tab(published: Path) -> None:
    with gr.Blocks() as page, gr.Tab("Results") as tab:
        results_tab.build(tab, published)
    opened = next(fn for fn in page.fns.values() if fn.name == "opened")
    assert opened.fn is not None
    updates = {getattr(part, "elem_id", ""): value for part, value in opened.fn("").items()}
    assert updates["results-run"].choices == [("celeba (12 faces)", "celeba"), ("synthetic (12 faces)", "synthetic")]
    assert updates["results-chart"].data
    assert len(updates["results-table"]) == 6
    assert updates["results-zip"].value
    drawn = next(fn for fn in page.fns.values() if fn.name == "drawn")
    assert drawn.fn is not None
    (status,) = drawn.fn("celeba", "rectangle", "psnr", "_ring").values()
    assert "no scores of this kind" in status
