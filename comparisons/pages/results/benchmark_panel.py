"""What a benchmark has measured: one figure, below it a table of the very same numbers, and both as files."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import gradio as gr

from comparisons import charts, figures
from comparisons.metrics import scorer
from comparisons.metrics.extras import ALL
from comparisons.pages.compare.choices import QUIET, Updates
from comparisons.pages.parts import cards, drawings
from comparisons.pages.results import exports, faces_behind, printed, selection
from comparisons.pages.results.published_runs import (
    BENCHMARK,
    PublishedRun,
    label_of,
    measures_in,
    measures_of,
    packed,
    run_named,
    runs,
    scenarios_of,
)
from comparisons.pages.results.selection import COST, SCORES, Selection
from comparisons.pages.shell import picked
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.spoken import here, language_of
from comparisons.pages.text.texts import ENGLISH, I18N, text
from comparisons.session import Session
from restorers.contract import Problem

CLICKS: Final = (Path(__file__).parent / "results.js").read_text(encoding="utf-8")
"""Tells of clicks on marks of the figure and lines of the table."""
MEASURE: Final = "lpips"
REGION: Final = scorer.MASK.suffix
ALL_BINS: Final = ""
_LONGEST: Final = 500  # characters of an address
_WITH_ADDRESS: Final = "(asked, ...chosen) => [location.search, ...chosen]"
SHOWN: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "minimal"}
"""Of events that may take a second: they show that they are at work."""
_TELL: Final = """(run, scenario, measure, region, baseline) => window.unmaskedAddress?.(
    {run, scenario, measure: measure && measure + (region || ""), baseline})"""
"""What is chosen becomes part of the address."""
_SAVE: Final = """(file) => {
  if (!file?.url) return;
  const link = document.createElement("a");
  link.href = file.url; link.download = file.orig_name ?? ""; link.click();
}"""


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
    table: gr.HTML
    faces: gr.HTML
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
        return [self.status, self.figure, self.table]


Choice = tuple[str | None, str | None, str | None, str, str | None, str | None, selection.Kind, list[str] | None]
"""Values of `BenchmarkPanel.chosen`."""


def build(session: Session, tab: gr.Tab, root: Path = BENCHMARK) -> None:
    """Lay the panel out and connect it; nothing is read or computed before somebody opens it.

    Args:
        session: knows what people say of the methods.
        tab: the tab that shows it.
        root: where published runs lie.
    """
    panel = _laid_out(root)
    _wire_choices(panel, BenchmarkEvents(session, root, panel), tab)
    _wire_faces(panel, root)


def _laid_out(root: Path) -> BenchmarkPanel:
    gr.HTML(text("results_intro"))
    asked, reopen = gr.Textbox(visible=False), gr.Button("", visible="hidden", elem_id="results-reopen")
    offered: dict[str, Any] = {"filterable": False, "min_width": 150}
    with gr.Row(elem_classes="filters"):
        run = gr.Dropdown([], label=I18N("pictures"), elem_id="results-run", **offered)
        scenario = gr.Dropdown([], label=I18N("corruption"), elem_id="results-corruption", **offered)
        measure = gr.Dropdown([], label=I18N("measure"), elem_id="results-measure", **offered)
        baseline = gr.Dropdown([], label=I18N("baseline"), elem_id="results-baseline", **offered)
    regions: list[tuple[Any, str]] = [(I18N(f"region{region.suffix}"), region.suffix) for region in scorer.REGIONS]
    with gr.Row(elem_classes="filters"):
        region = gr.Radio(regions, value=REGION, label=I18N("measured_over"), elem_id="results-region")
        every: list[tuple[Any, str]] = [(I18N("every_bin"), ALL_BINS)]
        hidden = gr.Radio(every, value=ALL_BINS, label=I18N("ratio"), elem_id="results-bin", visible=False)
        kinds: list[tuple[Any, str]] = [(I18N("kind_scores"), SCORES), (I18N("kind_cost"), COST)]
        kind = gr.Radio(kinds, value=SCORES, label=I18N("figure_of"), elem_id="results-kind")
    methods = gr.CheckboxGroup([], label=I18N("methods_shown"), elem_id="results-methods")
    status = gr.HTML(cards.note(ENGLISH["results_nothing"]) if not runs(root) else "", elem_id="results-status")
    figure = gr.HTML("", elem_id="results-chart")
    file, buttons, rows = _files()
    table = gr.HTML("", elem_id="results-table")
    faces = gr.HTML("", elem_id="results-faces", js_on_load=CLICKS)
    gr.HTML(printed.papers())
    choice = (run, scenario, measure, region, baseline, hidden, kind, methods)
    return BenchmarkPanel(asked, reopen, *choice, status, figure, table, faces, file, buttons, rows)


def _files() -> tuple[gr.DownloadButton, dict[str, gr.Button], gr.Button]:
    """A file is made when it is asked for, and saved through one hidden button."""
    with gr.Row(elem_classes="files"):
        buttons = {
            ending: gr.Button(I18N(f"file_{ending}"), size="sm", min_width=110, scale=0, elem_id=f"results-{ending}")
            for ending in exports.FILES
        }
        rows = gr.Button(I18N("results_zip"), size="sm", scale=0, min_width=220, elem_id="results-zip")
    return gr.DownloadButton("", visible="hidden", elem_id="results-file"), buttons, rows


@dataclass(frozen=True)
class BenchmarkEvents:
    """What the panel's events do."""

    session: Session
    root: Path
    panel: BenchmarkPanel

    def opened(self, query: str | None, *choice: *Choice) -> Updates:
        """What the address asks for, or the first run; what has been chosen before stays where nothing is asked for."""
        asked = dict(parse_qsl((query or "")[:_LONGEST].lstrip("?")))
        there = runs(self.root)
        if not there:
            return {self.panel.status: cards.note(ENGLISH["results_nothing"])}
        if choice[0] and not asked.keys() & {"run", "scenario", "measure"}:
            return {self.panel.faces: ""}
        chosen = next((one for one in there if one.name == asked.get("run")), there[0])
        named = [(here(one.label), one.name) for one in there]
        return {self.panel.run: gr.Dropdown(named, value=chosen.name)} | self._filled(chosen, asked)

    def switched(self, name: str | None, *_choice: Any) -> Updates:  # noqa: ANN401 - the rest of `Choice`
        """Another run."""
        return self._filled(run_named(name, self.root), {})

    def moved(self, *choice: *Choice) -> Updates:
        """Another corruption: its ranges of hidden areas."""
        chosen = self._selection(*choice)
        if chosen is None:
            return self.drawn(*choice)
        bins = _bins(chosen)
        return {self.panel.bin: bins} | self.drawn(*choice[:5], ALL_BINS, *choice[6:])

    def drawn(self, *choice: *Choice) -> Updates:
        """The figure and its table."""
        panel, chosen = self.panel, self._selection(*choice)
        if chosen is None:
            return {panel.status: cards.note(ENGLISH["results_nothing"])}
        if chosen.measure not in measures_in(chosen.run):
            return self._empty()
        rows = selection.rows_of(chosen)
        if rows.empty:
            return self._empty()
        words = exports.best_of(rows) + cards.note(ALL[chosen.measure].metric.does_not_see)
        drawn = drawings.figure(figures.svg(selection.figure_of(chosen, rows)), chosen.title(language_of()), "r")
        return {
            panel.status: words,
            panel.figure: f'<figure class="chart">{drawn}</figure>',
            panel.table: exports.table(chosen, rows, self._human()),
        }

    def saved(self, ending: str, *choice: *Choice) -> gr.DownloadButton:
        """One of the files.

        Raises:
            Problem: if nothing is shown.
        """
        chosen = self._selection(*choice)
        rows = None if chosen is None else selection.rows_of(chosen)
        if chosen is None or rows is None or rows.empty:
            raise Problem("There is nothing to save: choose a measure and a corruption that have scores.")
        return gr.DownloadButton(value=shelved(exports.FILES[ending](chosen, rows), f"{chosen.name}.{ending}"))

    def packed(self, name: str | None) -> gr.DownloadButton:
        """All rows of the run."""
        return gr.DownloadButton(value=shelved(packed(run_named(name, self.root)), f"unmasked-{name}.zip"))

    def _empty(self) -> Updates:
        return dict.fromkeys(self.panel.drawn, "") | {self.panel.status: cards.note(ENGLISH["results_absent"], "warn")}

    def _selection(self, *choice: *Choice) -> Selection | None:
        name, scenario, measure, suffix, baseline, hidden, kind, methods = choice
        if not (name and scenario and measure) or measure + suffix not in ALL:
            return None
        run, shown = run_named(name, self.root), tuple(methods or ())
        every = set(selection.methods_of(run, measure + suffix))
        # all of them chosen is none chosen, so that the corrupted face keeps away from where it is far from everything
        shown = () if every <= set(shown) else shown
        return Selection(run, scenario, measure + suffix, hidden or "", shown, baseline or "", kind or SCORES)

    def _filled(self, run: PublishedRun, asked: dict[str, str]) -> Updates:
        """Everything that can be chosen of a run, chosen as the address asks where it asks for what there is."""
        panel, keys, scenarios = self.panel, measures_in(run), scenarios_of(run)
        wanted = asked.get("measure", MEASURE + REGION)
        column = ALL[wanted if wanted in keys else keys[0]]
        scenario = asked.get("scenario") if asked.get("scenario") in scenarios else scenarios[0]
        methods = [(charts.name_of(key), key) for key in selection.methods_of(run, column.key)]
        known = [key for _, key in methods]
        baseline = asked.get("baseline") if asked.get("baseline") in known else ""
        choice = (run.name, scenario, column.metric.name, column.region.suffix, baseline, ALL_BINS, SCORES, known)
        chosen = self._selection(*choice)
        named = [(label_of(key, language_of()), key) for key in scenarios]
        bins: Updates = {} if chosen is None else {panel.bin: _bins(chosen)}
        return {
            panel.scenario: gr.Dropdown(named, value=scenario),
            panel.measure: gr.Dropdown(measures_of(run), value=column.metric.name),
            panel.region: column.region.suffix,
            panel.baseline: gr.Dropdown([(text("no_baseline"), ""), *methods], value=baseline),
            **bins,
            panel.kind: SCORES,
            panel.methods: gr.CheckboxGroup(methods, value=known),
            panel.faces: "",
            **self.drawn(*choice),
        }

    def _human(self) -> dict[str, str]:
        """Strength by blind votes of every method that has any."""
        try:
            ranking = self.session.ranking(self.session.plans[0].question)
        except Problem:
            return {}
        return {standing.method: f"{standing.estimate} {standing.interval}" for standing in ranking.standings}


def _bins(chosen: Selection) -> gr.Radio:
    graded = selection.graded(chosen)
    offered: list[tuple[Any, str]] = [(text("every_bin"), ALL_BINS), *graded]
    return gr.Radio(offered, value=ALL_BINS, visible=bool(graded))


def _wire_choices(panel: BenchmarkPanel, work: BenchmarkEvents, tab: gr.Tab) -> None:
    every = [*panel.chosen, *panel.drawn, panel.faces]
    told = [panel.run, panel.scenario, panel.measure, panel.region, panel.baseline]
    changes = [
        *(
            event(guarded(work.opened), [panel.asked, *panel.chosen], every, js=_WITH_ADDRESS, **QUIET)
            for event in (tab.select, panel.reopen.click)
        ),
        panel.run.input(guarded(work.switched), panel.chosen, every, **QUIET),
        panel.scenario.input(guarded(work.moved), panel.chosen, [panel.bin, *panel.drawn], **QUIET),
    ]
    for part in (panel.measure, panel.region, panel.baseline, panel.bin, panel.kind, panel.methods):
        changes.append(part.input(guarded(work.drawn), panel.chosen, panel.drawn, trigger_mode="always_last", **SHOWN))
    for change in changes:
        change.success(None, told, None, js=_TELL, **QUIET)
    for ending, button in panel.buttons.items():
        made = button.click(guarded(partial(work.saved, ending)), panel.chosen, panel.file, **SHOWN)
        made.success(None, panel.file, None, js=_SAVE, **QUIET)
    made = panel.rows.click(guarded(work.packed), panel.run, panel.file, **SHOWN)
    made.success(None, panel.file, None, js=_SAVE, **QUIET)


def _wire_faces(panel: BenchmarkPanel, root: Path) -> None:
    def behind(event: gr.SelectData, name: str | None, scenario: str | None, named: str | None, suffix: str) -> str:
        key = (named or "") + suffix
        if key not in ALL:
            return cards.note(ENGLISH["results_absent"], "warn")
        cell = (scenario, *picked.words(event.value, 2))
        return faces_behind.faces_at(run_named(name, root), cell, key)

    panel.faces.select(guarded(behind), [panel.run, panel.scenario, panel.measure, panel.region], panel.faces, **QUIET)
