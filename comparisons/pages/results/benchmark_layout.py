"""The parts of the panel that shows a benchmark, and where they stand; `benchmark_panel` connects them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gradio as gr

from comparisons.metrics import scorer
from comparisons.pages.parts import cards
from comparisons.pages.results import exports, printed
from comparisons.pages.results.published_runs import runs
from comparisons.pages.results.selection import COST, SCORES
from comparisons.pages.text.texts import ENGLISH, I18N, text

CLICKS: Final = (Path(__file__).parent / "results.js").read_text(encoding="utf-8")
"""Tells of clicks on marks of the figure and lines of the table."""
REGION: Final = scorer.MASK.suffix
ALL_BINS: Final = ""


@dataclass(frozen=True)
class BenchmarkPanel:
    """The components."""

    asked: gr.Textbox
    """The query of the page's address."""
    reopen: gr.Button
    """Pressed by `navigation.html` where the tab was opened before Gradio listened."""
    run: gr.Dropdown
    scenario: gr.Dropdown
    measure: gr.Dropdown
    region: gr.Radio
    baseline: gr.Dropdown
    bin: gr.Radio
    kind: gr.Radio
    methods: gr.CheckboxGroup
    status: gr.HTML
    figure: gr.HTML
    models: gr.HTML
    """A line a method of the figure, which opens to its model card."""
    table: gr.HTML
    faces: gr.HTML
    alike: gr.HTML
    alike_file: gr.Button
    file: gr.DownloadButton
    buttons: dict[str, gr.Button]
    """One a kind of file."""
    rows: gr.Button

    @property
    def chosen(self) -> list[Any]:
        """Inputs of every handler that needs the selection, in the order of `Choice`."""
        return [self.run, self.scenario, self.measure, self.region, self.baseline, self.bin, self.kind, self.methods]

    @property
    def drawn(self) -> list[Any]:
        """What a selection shows."""
        return [self.status, self.figure, self.models, self.table]


def laid_out(root: Path) -> BenchmarkPanel:
    """Lay the panel out; nothing is read of a run before somebody opens it."""
    asked, reopen = gr.Textbox(visible=False), gr.Button("", visible="hidden", elem_id="results-reopen")
    with gr.Row(elem_classes=["split", "figured"]):
        with gr.Column(scale=0, min_width=280, elem_classes=["choices", "filters"]):
            choice = _choices()
        with gr.Column(elem_classes="measured"):
            figure = gr.HTML("", elem_id="results-chart")
            file, buttons, rows = _files()
            nothing = "" if runs(root) else cards.note(ENGLISH["results_nothing"])
            status = gr.HTML(nothing, elem_id="results-status")
            table = gr.HTML("", elem_id="results-table")
            faces = gr.HTML("", elem_id="results-faces", js_on_load=CLICKS)
            alike = gr.HTML("", elem_id="results-alike")
            with gr.Row(elem_classes="files"):
                small: dict[str, Any] = {"size": "sm", "scale": 0, "min_width": 150}
                alike_file = gr.Button(I18N("alike_csv"), elem_id="results-alike-csv", visible=False, **small)
        with gr.Column(scale=0, min_width=280, elem_classes="beside"):
            models = gr.HTML("", elem_id="results-models")
    gr.HTML(text("results_intro"))
    gr.HTML(printed.papers())
    drawn = (status, figure, models, table, faces, alike, alike_file)
    return BenchmarkPanel(asked, reopen, *choice, *drawn, file, buttons, rows)


_Chosen = tuple[gr.Dropdown, gr.Dropdown, gr.Dropdown, gr.Radio, gr.Dropdown, gr.Radio, gr.Radio, gr.CheckboxGroup]


def _choices() -> _Chosen:
    """What may be chosen, in the order of `BenchmarkPanel.chosen`."""
    offered: dict[str, Any] = {"filterable": False}
    run = gr.Dropdown([], label=I18N("pictures"), elem_id="results-run", **offered)
    scenario = gr.Dropdown([], label=I18N("corruption"), elem_id="results-corruption", **offered)
    measure = gr.Dropdown([], label=I18N("measure"), elem_id="results-measure", **offered)
    regions: list[tuple[Any, str]] = [(I18N(f"region{region.suffix}"), region.suffix) for region in scorer.REGIONS]
    region = gr.Radio(regions, value=REGION, label=I18N("measured_over"), elem_id="results-region")
    every: list[tuple[Any, str]] = [(I18N("every_bin"), ALL_BINS)]
    hidden = gr.Radio(every, value=ALL_BINS, label=I18N("ratio"), elem_id="results-bin", visible=False)
    baseline = gr.Dropdown([], label=I18N("baseline"), elem_id="results-baseline", **offered)
    kinds: list[tuple[Any, str]] = [(I18N("kind_scores"), SCORES), (I18N("kind_cost"), COST)]
    kind = gr.Radio(kinds, value=SCORES, label=I18N("figure_of"), elem_id="results-kind")
    methods = gr.CheckboxGroup([], label=I18N("methods_shown"), elem_id="results-methods")
    return run, scenario, measure, region, baseline, hidden, kind, methods


def _files() -> tuple[gr.DownloadButton, dict[str, gr.Button], gr.Button]:
    """A file is made when it is asked for, and saved through one hidden button."""
    with gr.Row(elem_classes="files"):
        buttons = {
            ending: gr.Button(I18N(f"file_{ending}"), size="sm", min_width=110, scale=0, elem_id=f"results-{ending}")
            for ending in exports.FILES
        }
        rows = gr.Button(I18N("results_zip"), size="sm", scale=0, min_width=180, elem_id="results-zip")
    return gr.DownloadButton("", visible="hidden", elem_id="results-file"), buttons, rows
