"""The Results tab: what a benchmark has measured, with its intervals, beside what the papers print."""

import io
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import gradio as gr
import pandas as pd
import plotly.graph_objects as go

from comparisons import charts
from comparisons.benchmark import packing, tables, thumbnails
from comparisons.benchmark.sweeping import SCORES
from comparisons.metrics.extras import ALL
from comparisons.pages.compare import stage
from comparisons.pages.compare.choices import QUIET
from comparisons.pages.parts import cards
from comparisons.pages.results import cached_tables, printed
from comparisons.pages.shell import picked
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.results_texts import FACES
from comparisons.pages.text.spoken import Language, here, language_of
from comparisons.pages.text.texts import ENGLISH, I18N, chinese_of, said, text
from comparisons.records import provenance
from comparisons.records.journal import BadTable
from restorers import paths
from restorers.sentences import Sentence

BENCHMARK: Final = paths.BENCHMARK
"""Where published runs lie: one `scores.csv`, or a folder with one for each set of pictures."""
COLUMNS: Final = (
    *("Corruption", "Bin", "Hidden", "Method", "n", "Mean", "Low", "High"),
    *("Ahead of Telea", "p", "Wins", "Ties", "Losses"),
)
"""Of the table of figures, in English."""
_CELL: Final = ("scenario", "bin", "method")
_CLICKS: Final = (Path(__file__).parent / "results.js").read_text(encoding="utf-8")
"""Tells of clicks on points of the chart: gr.Plot has no such event."""
_FILES: Final = ("corruptions.jsonl", "pictures.jsonl", "run.json", "cost.json")


@dataclass(frozen=True)
class PublishedRun:
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
        named = provenance.named(self.folder / provenance.FILE) or self.name
        return Sentence("{name} ({count} faces)", name=named, count=faces)


def runs(root: Path = BENCHMARK) -> list[PublishedRun]:
    """Published runs, by name: those in folders of their own, else the one that lies in the root itself."""
    names = (SCORES, SCORES + packing.SUFFIX)
    folders = [
        folder for folder in (root, *sorted(root.glob("*/"))) if any((folder / name).is_file() for name in names)
    ]
    return [PublishedRun("benchmark" if folder == root else folder.name, folder) for folder in folders]


def run_named(name: str | None, root: Path = BENCHMARK) -> PublishedRun:
    """The run of this name.

    Raises:
        BadTable: if it is not there any more.
    """
    for run in runs(root):
        if run.name == name:
            return run
    raise BadTable("That run is not here any more; open the tab again.")


def frame_of(run: PublishedRun) -> pd.DataFrame:
    """The rows of a run; read once as long as the file is the same.

    Raises:
        BadTable: if the file is no table of scores.
    """
    path = packing.there(run.folder / SCORES)
    return cached_tables.frame(path, path.stat().st_mtime_ns)


def chart(run: PublishedRun, metric: str, scenario: str) -> go.Figure:
    """The curves of one damage with their bands; one mark per method where it has no bins."""
    path = packing.there(run.folder / SCORES)
    means = cached_tables.means(path, path.stat().st_mtime_ns, metric)
    return charts.band_chart(means[means["scenario"] == scenario], metric)


def table(run: PublishedRun, metric: str, language: Language = "en") -> pd.DataFrame:
    """Every damage and method of a run under one measure; names of columns and damages in a language."""
    path = packing.there(run.folder / SCORES)
    changed = path.stat().st_mtime_ns
    ahead = cached_tables.against(path, changed, metric).drop(columns=["n", "low", "high"])
    joined = cached_tables.means(path, changed, metric).merge(ahead, on=[*tables.CELL, "method"], how="left")
    shown = pd.DataFrame(
        {
            "Corruption": joined["scenario"].map(partial(label_of, language=language)),
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
    shown = shown[list(COLUMNS)]
    return shown if language == "en" else shown.rename(columns=chinese_of)


def label_of(scenario: str, language: Language = "en") -> str:
    """A damage's name for people; its key where the menu has it no more."""
    key = f"damage_{scenario}"
    return said(key, language) if key in ENGLISH else scenario


def packed(run: PublishedRun) -> bytes:
    """Everything of a run that may be passed on, as a zip: no pictures."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with packing.opened(packing.there(run.folder / SCORES)) as file:
            archive.writestr(SCORES, file.read())
        for name in _FILES:
            if (run.folder / name).is_file():
                archive.write(run.folder / name, name)
    return buffer.getvalue()


def measures_of(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Labels, in the visitor's language, and names of the measures that a run has, over whatever region."""
    there = {ALL[key].metric.name: ALL[key].metric.label for key in tables.metrics_in(frame)}
    return [(here(label), name) for name, label in there.items()]


def faces_behind(run: PublishedRun, line: Sequence[object], metric: str) -> str:
    """The best, the median and the worst face of a line of the table, where they may be shown.

    Args:
        run: which run.
        line: the line's values, in the order of `COLUMNS`.
        metric: the measure that says what is best.

    Returns:
        Markup: the pictures, or a sentence that says why there are none.
    """
    damaged, bin_name, _, method = map(str, line[:4])
    frame = frame_of(run)
    cell = [
        _key_of(frame["scenario"], partial(label_of, language=language_of()), damaged),
        bin_name,
        _key_of(frame["method"], charts.name_of, method),
    ]
    return faces_at(run, cell, metric)


def _key_of(keys: pd.Series, name: Callable[[str], str], shown: str) -> str:
    """The key that people read as `shown`; empty where there is none."""
    return next((str(key) for key in keys.unique() if name(str(key)) == shown), "")


def faces_at(run: PublishedRun, cell: Sequence[object], metric: str) -> str:
    """The same of a point of the chart.

    Args:
        run: which run.
        cell: scenario, bin and method, by their keys.
        metric: the measure that says what is best.
    """
    named = os.environ.get(FACES)
    if not named:
        return cards.note(ENGLISH["results_no_faces"])
    source = Path(named) / run.name if (Path(named) / run.name).is_dir() else Path(named)
    frame = frame_of(run)
    asked = (frame[list(_CELL)].astype(str) == [str(key) for key in cell]).all(axis=1)
    rows = frame[asked & frame[metric].notna()]
    if rows.empty:
        return cards.note(ENGLISH["results_absent"], "warn")
    scenario, bin_name, method = map(str, cell)
    damaged = label_of(scenario, language_of())
    words = Sentence(
        "{method}, {damage} {bin}: best, median, worst; corrupted, restored, true",
        method=charts.name_of(method),
        damage=damaged,
        bin=bin_name,
    )
    return cards.picture(thumbnails.sheet(run.folder, rows, source, metric), words) + cards.note(words)


def build(tab: gr.Tab, root: Path = BENCHMARK) -> None:
    """Lay the tab out and connect it; nothing is read or computed before somebody opens it.

    Args:
        tab: the tab itself.
        root: where published runs lie.
    """
    gr.HTML(text("results_intro"))
    status = gr.HTML(cards.note(ENGLISH["results_nothing"] if not runs(root) else ""), elem_id="results-status")
    with gr.Row():
        run = gr.Dropdown([], label=I18N("pictures"), elem_id="results-run", filterable=False, min_width=140)
        damage = gr.Dropdown([], label=I18N("damage"), elem_id="results-damage", filterable=False, min_width=180)
        measure = gr.Dropdown([], label=I18N("measure"), elem_id="results-measure", filterable=False, min_width=180)
    region = gr.Radio(stage.regions(), value="", label=I18N("measured_over"), elem_id="results-region")
    plot = gr.Plot(label=I18N("results_chart"), show_label=False, elem_id="results-chart")
    gr.HTML(text("results_table"))
    figures = gr.Dataframe(
        pd.DataFrame(columns=list(COLUMNS)),
        interactive=False,
        show_label=False,
        elem_id="results-table",
        pinned_columns=1,
        buttons=[],
        show_search="none",
    )
    faces = gr.HTML("", elem_id="results-faces", js_on_load=_CLICKS)
    download = gr.DownloadButton(text("results_zip"), interactive=False, elem_id="results-zip")
    gr.HTML(printed.papers())
    shown = [status, plot, figures]

    def drawn(name: str | None, scenario: str | None, named: str | None, suffix: str) -> dict[Any, Any]:
        if name is None or scenario is None or named is None:
            return {status: cards.note(ENGLISH["results_nothing"])}
        there, key = run_named(name, root), named + suffix
        if key not in ALL or not bool(frame_of(there)[key].notna().any()):
            return {status: cards.note(ENGLISH["results_absent"], "warn")}
        return {
            status: cards.note(ALL[key].metric.does_not_see),
            plot: chart(there, key, scenario),
            figures: table(there, key, language_of()),
        }

    def switched(name: str | None, suffix: str) -> dict[Any, Any]:
        there = run_named(name, root)
        frame = frame_of(there)
        kinds = [(label_of(key, language_of()), key) for key in dict.fromkeys(frame["scenario"])]
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
            return {status: cards.note(ENGLISH["results_nothing"])}
        choices = [(here(one.label), one.name) for one in there]
        return {run: gr.Dropdown(choices, value=there[0].name)} | switched(there[0].name, suffix)

    def behind(event: gr.SelectData, name: str | None, named: str | None, suffix: str) -> str:
        line = picked.words(event.row_value, 4)
        return _faces(run_named(name, root), (named or "") + suffix, partial(faces_behind, line=line))

    def behind_point(
        event: gr.SelectData, name: str | None, scenario: str | None, named: str | None, suffix: str
    ) -> str:
        cell = (scenario, *picked.words(event.value, 2))
        return _faces(run_named(name, root), (named or "") + suffix, partial(faces_at, cell=cell))

    every = [run, damage, measure, download, *shown]
    tab.select(guarded(opened), region, every, **QUIET)
    run.input(guarded(switched), [run, region], every, **QUIET)
    figures.select(guarded(behind), [run, measure, region], faces, **QUIET)
    faces.select(guarded(behind_point), [run, damage, measure, region], faces, **QUIET)
    for asked in (damage, measure, region):
        asked.input(guarded(drawn), [run, damage, measure, region], shown, **QUIET)


def _faces(run: PublishedRun, key: str, shown: Callable[..., str]) -> str:
    """What `faces_behind` or `faces_at` shows of a run, for a measure that there is."""
    return shown(run, metric=key) if key in ALL else cards.note(ENGLISH["results_absent"], "warn")


def _first(choices: Sequence[tuple[str, str]]) -> str | None:
    return choices[0][1] if choices else None


def _short(value: float) -> float | None:
    return None if pd.isna(value) else float(f"{value:.4g}")
