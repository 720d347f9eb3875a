"""What a benchmark has measured: one figure, below it a table of the very same numbers, and both as files."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import gradio as gr

from comparisons import charts, figures
from comparisons.metrics import likeness, scorer
from comparisons.pages.compare.choices import QUIET, Updates
from comparisons.pages.parts import cards, drawings
from comparisons.pages.results import benchmark_layout, exports, faces_behind, likeness_section, model_cards, selection
from comparisons.pages.results.benchmark_layout import ALL_BINS, REGION, BenchmarkPanel
from comparisons.pages.results.published_runs import (
    BENCHMARK,
    PublishedRun,
    alike_of,
    columns_of,
    label_of,
    measures_in,
    measures_of,
    packed,
    run_named,
    runs,
    scenarios_of,
)
from comparisons.pages.results.selection import SCORES, Selection
from comparisons.pages.shell import picked
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.spoken import here, language_of
from comparisons.pages.text.texts import ENGLISH, text
from comparisons.session import Session
from restorers.contract import Problem

MEASURE: Final = "lpips"
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


Choice = tuple[str | None, str | None, str | None, str, str | None, str | None, selection.Kind, list[str] | None]
"""Values of `BenchmarkPanel.chosen`."""


def build(session: Session, tab: gr.Tab, root: Path = BENCHMARK) -> None:
    """Lay the panel out and connect it; nothing is read or computed before somebody opens it.

    Args:
        session: knows what people say of the methods.
        tab: the tab that shows it.
        root: where published runs lie.
    """
    panel = benchmark_layout.laid_out(root)
    _wire_choices(panel, BenchmarkEvents(session, root, panel), tab)
    _wire_faces(panel, root)


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

    def measured(self, *choice: *Choice) -> Updates:
        """Another measure, over a region that it is taken over."""
        name, scenario, measure, suffix, baseline, hidden, kind, methods = choice
        if name and measure:
            there = measures_in(run_named(name, self.root))
            # not fewer choices: the browser may still send what it had before them
            over = [one.suffix for one in scorer.REGIONS if measure + one.suffix in there]
            suffix = suffix if suffix in over else next(iter(over), suffix)
        drawn = self.drawn(name, scenario, measure, suffix, baseline, hidden, kind, methods)
        return {self.panel.region: suffix} | drawn

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
            return self._empty() if choice[0] else {panel.status: cards.note(ENGLISH["results_nothing"])}
        if chosen.measure not in measures_in(chosen.run):
            return self._empty()
        rows = selection.rows_of(chosen)
        if rows.empty:
            return self._empty()
        words = exports.best_of(rows) + cards.note(chosen.column.metric.does_not_see)
        svg = figures.svg(selection.figure_of(chosen, rows))
        drawn = drawings.figure(svg, chosen.title(language_of()), "r", chosen.axis)
        human = self._human()
        beside = model_cards.markup(list(rows["method"]), selection.costs_of(chosen.run), human)
        return {
            panel.status: words,
            # on a phone it is wider than the screen, and keys move it too
            panel.figure: f'<figure class="chart" tabindex="0">{drawn}</figure>',
            panel.models: beside,
            panel.table: exports.table(chosen, rows, human),
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

    def alike(self, name: str | None) -> gr.DownloadButton:
        """How alike the methods of the run are, as a table."""
        table = alike_of(run_named(name, self.root))
        return gr.DownloadButton(value=shelved(likeness.written(table.pairs).encode(), f"unmasked-{name}-likeness.csv"))

    def _empty(self) -> Updates:
        return dict.fromkeys(self.panel.drawn, "") | {self.panel.status: cards.note(ENGLISH["results_absent"], "warn")}

    def _selection(self, *choice: *Choice) -> Selection | None:
        name, scenario, measure, suffix, baseline, hidden, kind, methods = choice
        if not (name and scenario and measure):
            return None
        run, shown = run_named(name, self.root), tuple(methods or ())
        if measure + suffix not in columns_of(run):
            return None
        every = set(selection.methods_of(run, measure + suffix))
        # all of them chosen is none chosen, so that the corrupted face keeps away from where it is far from everything
        shown = () if every <= set(shown) else shown
        return Selection(run, scenario, measure + suffix, hidden or "", shown, baseline or "", kind or SCORES)

    def _filled(self, run: PublishedRun, asked: dict[str, str]) -> Updates:
        """Everything that can be chosen of a run, chosen as the address asks where it asks for what there is."""
        panel, keys, scenarios = self.panel, measures_in(run), scenarios_of(run)
        wanted = asked.get("measure", MEASURE + REGION)
        column = columns_of(run)[wanted if wanted in keys else keys[0]]
        scenario = asked.get("scenario") if asked.get("scenario") in scenarios else scenarios[0]
        methods = [(here(charts.name_of(key)), key) for key in selection.methods_of(run, column.key)]
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
            **self._alike(run),
            **self.drawn(*choice),
        }

    def _alike(self, run: PublishedRun) -> Updates:
        try:
            matrix = alike_of(run)
        except Problem as problem:
            return {
                self.panel.alike: cards.note(problem.sentence, "warn"),
                self.panel.alike_file: gr.Button(visible=False),
            }
        return {
            self.panel.alike: likeness_section.markup(matrix),
            self.panel.alike_file: gr.Button(visible=bool(matrix.pairs)),
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
    every = [*panel.chosen, *panel.drawn, panel.faces, panel.alike, panel.alike_file]
    addressed = [panel.run, panel.scenario, panel.measure, panel.region, panel.baseline]
    changes = [
        *(
            event(guarded(work.opened), [panel.asked, *panel.chosen], every, js=_WITH_ADDRESS, **QUIET)
            for event in (tab.select, panel.reopen.click)
        ),
        panel.run.input(guarded(work.switched), panel.chosen, every, trigger_mode="always_last", **QUIET),
        panel.scenario.input(
            guarded(work.moved), panel.chosen, [panel.bin, *panel.drawn], trigger_mode="always_last", **QUIET
        ),
        panel.measure.input(
            guarded(work.measured), panel.chosen, [panel.region, *panel.drawn], trigger_mode="always_last", **SHOWN
        ),
    ]
    for part in (panel.region, panel.baseline, panel.bin, panel.kind, panel.methods):
        changes.append(part.input(guarded(work.drawn), panel.chosen, panel.drawn, trigger_mode="always_last", **SHOWN))
    for change in changes:
        change.success(None, addressed, None, js=_TELL, **QUIET)
    for ending, button in panel.buttons.items():
        made = button.click(guarded(partial(work.saved, ending)), panel.chosen, panel.file, **SHOWN)
        made.success(None, panel.file, None, js=_SAVE, **QUIET)
    for button, work_of in ((panel.rows, work.packed), (panel.alike_file, work.alike)):
        made = button.click(guarded(work_of), panel.run, panel.file, **SHOWN)
        made.success(None, panel.file, None, js=_SAVE, **QUIET)


def _wire_faces(panel: BenchmarkPanel, root: Path) -> None:
    def behind(event: gr.SelectData, name: str | None, scenario: str | None, named: str | None, suffix: str) -> str:
        key, run = (named or "") + suffix, run_named(name, root)
        if key not in measures_in(run):
            return cards.note(ENGLISH["results_absent"], "warn")
        return faces_behind.faces_at(run, (scenario, *picked.words(event.value, 2)), key)

    panel.faces.select(guarded(behind), [panel.run, panel.scenario, panel.measure, panel.region], panel.faces, **QUIET)
