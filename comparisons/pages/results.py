"""The Results tab: what a benchmark has measured, with its intervals, beside what the papers print."""

import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Final

import gradio as gr
import pandas as pd
import plotly.graph_objects as go

from comparisons import charts, metrics, provenance, published, scenarios, tables, thumbnails
from comparisons.extras import ALL
from comparisons.journal import BadTable
from comparisons.pages import cards
from comparisons.pages.choices import QUIET
from comparisons.pages.downloads import shelved
from comparisons.pages.guard import guarded

BENCHMARK: Final = Path(__file__).parents[2] / "assets" / "benchmark"
"""Where published runs lie: one `scores.csv`, or a folder with one for each set of pictures."""
NOTHING: Final = "No benchmark has been published here yet. Run one with: python -m comparisons.benchmark PICTURES --out assets/benchmark"
ABSENT: Final = "This run has no scores of this kind; choose another measure, region or damage."
COLUMNS: Final = (
    "Damage",
    "Bin",
    "Hidden",
    "Method",
    "n",
    "Mean",
    "Low",
    "High",
    "Ahead of Telea",
    "p",
    "Wins",
    "Ties",
    "Losses",
)
FACES: Final = "UNMASKED_PICTURES"
"""Environment variable that names the folder of the benchmarked pictures, on a machine where they may be looked at."""
NO_FACES: Final = (
    "The faces behind a published run are not shown here: they may not be passed on. On a machine that has the pictures, name "
    f"their folder in {FACES}."
)
_FILES: Final = ("scores.csv", "corruptions.jsonl", "pictures.jsonl", "run.json", "cost.json")

_INTRO: Final = (
    "<div class='intro'><p>Every method on the same damaged faces: the line is the mean over pictures, the band its 95 % "
    "bootstrap interval. Point at a mark to read its interval and how many pictures are behind it.</p>"
    "<p class='note'>CelebA's faces are 150 to 200 px and were JPEG once; at 256 px they are soft, which rewards blur. "
    "Synthetic faces come from the very generator inside the GAN prior, so they are never pooled with photographs.</p></div>"
)
_TABLE: Final = (
    "<h2>The same in figures</h2><p class='note'>All damages of this run, for the measure and region chosen above; a click on a "
    "column's head sorts, one on a line shows its faces where they may be shown. "
    "Low and High bound the 95 % interval; p is Wilcoxon's, corrected after Holm over this table.</p>"
)


@dataclass(frozen=True)
class Run:
    """A published table of scores."""

    name: str
    """What tells it from the others: its folder."""
    folder: Path

    @property
    def label(self) -> str:
        """What people read: the data set, and how many of its faces.

        Raises:
            BadTable: if the table or its provenance cannot be read.
        """
        faces = frame_of(self)["image"].nunique()
        return f"{provenance.named(self.folder / provenance.FILE) or self.name} ({faces} faces)"


def runs(root: Path = BENCHMARK) -> list[Run]:
    """Published runs, by name: those in folders of their own, else the one that lies in the root itself."""
    nested = [Run(path.parent.name, path.parent) for path in sorted(root.glob("*/scores.csv"))]
    own = [Run("benchmark", root)] if (root / "scores.csv").is_file() else []
    return own + nested


def run_named(name: str | None, root: Path = BENCHMARK) -> Run:
    """The run of this name.

    Raises:
        BadTable: if it is not there any more.
    """
    for run in runs(root):
        if run.name == name:
            return run
    raise BadTable("That run is not here any more; open the tab again.")


def frame_of(run: Run) -> pd.DataFrame:
    """The rows of a run; read once as long as the file is the same.

    Raises:
        BadTable: if the file is no table of scores.
    """
    path = run.folder / "scores.csv"
    return _frame(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _frame(path: Path, changed: int) -> pd.DataFrame:  # noqa: ARG001 - a changed file is another key
    return tables.read(path)


@lru_cache(maxsize=64)
def _means(path: Path, changed: int, metric: str) -> pd.DataFrame:
    return tables.means(_frame(path, changed), metric)


@lru_cache(maxsize=64)
def _against(path: Path, changed: int, metric: str) -> pd.DataFrame:
    return tables.against(_frame(path, changed), metric)


def chart(run: Run, metric: str, scenario: str) -> go.Figure:
    """The curves of one damage with their bands; one mark per method where it has no bins."""
    path = run.folder / "scores.csv"
    means = _means(path, path.stat().st_mtime_ns, metric)
    return charts.band_chart(means[means["scenario"] == scenario], metric)


def table(run: Run, metric: str) -> pd.DataFrame:
    """Every damage and method of a run under one measure."""
    path = run.folder / "scores.csv"
    changed = path.stat().st_mtime_ns
    ahead = _against(path, changed, metric).drop(columns=["n", "low", "high"])
    joined = _means(path, changed, metric).merge(ahead, on=[*tables.CELL, "method"], how="left")
    shown = pd.DataFrame(
        {
            "Damage": joined["scenario"].map(label_of),
            "Bin": joined["bin"],
            "Hidden": (100 * joined["ratio"]).map(lambda share: f"{share:.1f} %"),
            "Method": joined["method"].map(charts.name_of),
            "n": joined["n"],
            **{name.title(): joined[name].map(_short) for name in ("mean", "low", "high")},
            "Ahead of Telea": joined["difference"].map(_short),
            "p": joined["p"].map(_short),
            **{name.title(): joined[name] for name in ("wins", "ties", "losses")},
        }
    )
    return shown[list(COLUMNS)]


def label_of(scenario: str) -> str:
    """A damage's name for people; its key where the menu has it no more."""
    return next((known.label for known in scenarios.SCENARIOS if known.name == scenario), scenario)


def packed(run: Run) -> bytes:
    """Everything of a run that may be passed on, as a zip: no pictures."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _FILES:
            if (run.folder / name).is_file():
                archive.write(run.folder / name, name)
    return buffer.getvalue()


def measures_of(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Labels and names of the measures that a run has, over whatever region."""
    there = {ALL[key].metric.name: ALL[key].metric.label for key in tables.metrics_in(frame)}
    return [(label, name) for name, label in there.items()]


def faces_behind(run: Run, line: Sequence[object], metric: str) -> str:
    """The best, the median and the worst face of a line of the table, where they may be shown.

    Args:
        run: which run.
        line: the line's values, in the order of `COLUMNS`.
        metric: the measure that says what is best.

    Returns:
        Markup: the pictures, or a sentence that says why there are none.
    """
    named = os.environ.get(FACES)
    if not named:
        return cards.note(NO_FACES)
    source = Path(named) / run.name if (Path(named) / run.name).is_dir() else Path(named)
    damaged, bin_name, _, method = map(str, line[:4])
    frame = frame_of(run)
    rows = frame[
        (frame["scenario"].map(label_of) == damaged)
        & (frame["bin"] == bin_name)
        & (frame["method"].map(charts.name_of) == method)
        & frame[metric].notna()
    ]
    if rows.empty:
        return cards.note(ABSENT, "warn")
    words = f"{method}, {damaged} {bin_name}: best, median, worst; damaged, restored, true"
    return cards.picture(thumbnails.sheet(run.folder, rows, source, metric), words) + cards.note(words)


def papers() -> str:
    """What the papers print, marked as another protocol, with what differs."""
    lines = "".join(
        f"<tr><td>{escape(charts.name_of(figure.method))}</td><td>{escape(figure.damage)}</td><td>{escape(figure.metric)}</td>"
        f"<td>{escape(figure.value)}</td><td>{escape(figure.source)}</td><td>{escape(figure.differs)}</td></tr>"
        for figure in published.FIGURES
    )
    head = "".join(f"<th>{word}</th>" for word in ("Method", "Damage", "Measure", "Printed", "Where", "What differs"))
    return (
        "<h2>What the papers print</h2><p class='note'>Published under another protocol: none of these may be set beside the "
        f"figures above as an equal. {escape(published.ABSENT)}</p>"
        f"<div style='overflow-x: auto'><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def build(tab: gr.Tab, root: Path = BENCHMARK) -> None:
    """Lay the tab out and connect it; nothing is read or computed before somebody opens it.

    Args:
        tab: the tab itself.
        root: where published runs lie.
    """
    gr.HTML(_INTRO)
    status = gr.HTML(cards.note(NOTHING if not runs(root) else ""), elem_id="results-status")
    with gr.Row():
        run = gr.Dropdown([], label="Pictures", elem_id="results-run", filterable=False, min_width=140)
        damage = gr.Dropdown([], label="Damage", elem_id="results-damage", filterable=False, min_width=180)
        measure = gr.Dropdown([], label="Measure", elem_id="results-measure", filterable=False, min_width=180)
    regions = [(region.label[:1].upper() + region.label[1:], region.suffix) for region in metrics.REGIONS]
    region = gr.Radio(regions, value="", label="Measured over", elem_id="results-region")
    plot = gr.Plot(show_label=False, elem_id="results-chart")
    gr.HTML(_TABLE)
    figures = gr.Dataframe(
        pd.DataFrame(columns=list(COLUMNS)),
        interactive=False,
        show_label=False,
        elem_id="results-table",
        pinned_columns=1,
        buttons=[],
        show_search="none",
    )
    faces = gr.HTML("", elem_id="results-faces")
    download = gr.DownloadButton(
        "Download rows, corruptions and provenance (zip)", interactive=False, elem_id="results-zip"
    )
    gr.HTML(papers())
    shown = [status, plot, figures]

    def drawn(name: str | None, scenario: str | None, named: str | None, suffix: str) -> dict[Any, Any]:
        if name is None or scenario is None or named is None:
            return {status: cards.note(NOTHING)}
        there, key = run_named(name, root), named + suffix
        if key not in ALL or not bool(frame_of(there)[key].notna().any()):
            return {status: cards.note(ABSENT, "warn")}
        return {
            status: cards.note(ALL[key].metric.does_not_see),
            plot: chart(there, key, scenario),
            figures: table(there, key),
        }

    def switched(name: str | None, suffix: str) -> dict[Any, Any]:
        there = run_named(name, root)
        frame = frame_of(there)
        kinds = [(label_of(key), key) for key in dict.fromkeys(frame["scenario"])]
        named = measures_of(frame)
        choices = {
            damage: gr.Dropdown(kinds, value=_first(kinds)),
            measure: gr.Dropdown(named, value=_first(named)),
            download: gr.DownloadButton(value=shelved(packed(there), f"unmasked-{there.name}.zip"), interactive=True),
        }
        return choices | drawn(name, _first(kinds), _first(named), suffix)

    def opened(suffix: str) -> dict[Any, Any]:
        there = runs(root)
        if not there:
            return {status: cards.note(NOTHING)}
        choices = [(one.label, one.name) for one in there]
        return {run: gr.Dropdown(choices, value=there[0].name)} | switched(there[0].name, suffix)

    def behind(event: gr.SelectData, name: str | None, named: str | None, suffix: str) -> str:
        key = (named or "") + suffix
        if key not in ALL:
            return cards.note(ABSENT, "warn")
        return faces_behind(run_named(name, root), event.row_value or (), key)

    every = [run, damage, measure, download, *shown]
    tab.select(guarded(opened), region, every, **QUIET)
    run.input(guarded(switched), [run, region], every, **QUIET)
    figures.select(guarded(behind), [run, measure, region], faces, **QUIET)
    for asked in (damage, measure, region):
        asked.input(guarded(drawn), [run, damage, measure, region], shown, **QUIET)


def _first(choices: Sequence[tuple[str, str]]) -> str | None:
    return choices[0][1] if choices else None


def _short(value: float) -> float | None:
    return None if pd.isna(value) else float(f"{value:.4g}")
