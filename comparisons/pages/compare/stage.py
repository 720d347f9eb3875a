"""The right side of the Compare tab, laid out: results, viewer, error maps, scores, vote, downloads, history, chart."""

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from comparisons.arena import error_maps as maps
from comparisons.metrics import scorer
from comparisons.pages.compare import scoring
from comparisons.pages.compare.choices import KEEP_SECONDS
from comparisons.pages.compare.visit import Visit
from comparisons.pages.parts import cards, viewer
from comparisons.pages.parts.stored_file import StoredFile
from comparisons.pages.restore import paste_panel
from comparisons.pages.restore.paste_panel import Paste
from comparisons.pages.text.texts import ENGLISH, I18N, text
from comparisons.session import Session

METRIC: Final = scoring.METRICS[0][1]


@dataclass(frozen=True)
class Stage:
    """The components of the stage."""

    comparison: gr.State
    """What is on the stage; None before the first run."""
    finished: gr.State
    """When its last method landed, in seconds of the monotonic clock."""
    sweep: gr.State
    visit: gr.State
    """The `Visit`: its comparisons, and whose turn it is."""
    recipe: gr.State
    """The recipe that is being brought back."""
    asked: gr.State
    """The damaged face that a link, a recipe or the history asks for."""
    link: gr.Textbox
    """The query of the page's address."""
    relink: gr.Button
    """Pressed by `viewer.js` where the address asks for a comparison."""
    status: gr.HTML
    recalled: gr.HTML
    metric: gr.Dropdown
    region: gr.Radio
    crown: gr.HTML
    truth: gr.HTML
    occluded: gr.HTML
    results: dict[str, gr.HTML]
    steps: gr.HTML
    back: Paste
    kind: gr.Radio
    maps: gr.HTML
    table: gr.Dataframe
    best: gr.Radio
    vote: gr.Button
    thanks: gr.HTML
    download: gr.DownloadButton
    strip: gr.DownloadButton
    permalink: gr.HTML
    file: gr.File
    history: gr.Gallery
    draw: gr.Button
    stop: gr.Button
    drawing: gr.HTML
    chart_metric: gr.Dropdown
    chart_region: gr.Dropdown
    chart: gr.Plot

    @property
    def shown(self) -> list[Any]:
        """Everything that a run changes."""
        pictures = [
            self.status,
            self.recalled,
            self.truth,
            self.occluded,
            *self.results.values(),
            self.crown,
            self.steps,
        ]
        kept = [self.comparison, self.finished, self.visit, self.history]
        taken = [self.download, self.strip, self.permalink]
        return [*pictures, *kept, self.maps, self.table, self.best, self.vote, self.thanks, *taken]

    @property
    def chosen(self) -> list[Any]:
        """What somebody has chosen about how results are shown, in the order of `showing.View`."""
        return [self.metric, self.region, self.kind, self.visit]


def build(session: Session) -> Stage:
    """Lay the stage out; called inside a `gr.Column`."""
    link = gr.Textbox(visible=False)
    relink = gr.Button("", visible="hidden", elem_id="relink")
    status = gr.HTML(cards.progress(0, len(session.methods), ENGLISH["ready"]), elem_id="status")
    told = gr.HTML("", elem_id="told")
    metric, region = _measure("judge")
    crown = gr.HTML(scoring.crown(None, METRIC, ""), elem_id="crown")
    with gr.Row(elem_classes="cards", elem_id="cards"):
        truth = gr.HTML(cards.plain_card("Truth", "as it was"), elem_id="card-truth")
        occluded = gr.HTML(cards.plain_card("Occluded", "input to every method"), elem_id="card-occluded")
        results = {
            method.key: gr.HTML(cards.waiting_card(method), elem_id=f"card-{method.key}") for method in session.methods
        }
    gr.HTML(text("disclaimer"))
    back = paste_panel.build()
    steps = gr.HTML("", elem_id="steps")
    with gr.Row(elem_classes="pairing"):
        with gr.Column(scale=3, min_width=300):
            gr.HTML(text("before_after"))
            viewer.build()
            gr.HTML(text("compare_keys"))
        with gr.Column(scale=2, min_width=260, elem_classes="verdict"):
            best, vote, thanks = _vote()
            taken = _take()
    kind, shown_maps = _maps()
    gr.HTML(text("visit"))
    history = gr.Gallery(
        label=I18N("comparisons"),
        show_label=False,
        columns=8,
        height="auto",
        allow_preview=False,
        format="png",
        buttons=[],
        interactive=False,
        elem_id="history",
    )
    gr.HTML(text("scores"))
    table = gr.Dataframe(
        scoring.scored(session, None, ""),
        interactive=False,
        show_label=False,
        elem_id="scores",
        wrap=False,
        pinned_columns=1,
        buttons=[],
        show_search="none",
    )
    draw, stop, drawing, chart_metric, chart_region, chart = _sweep()
    return Stage(
        _memory(),
        _memory(),
        _memory(),
        gr.State(Visit(), time_to_live=KEEP_SECONDS),
        _memory(),
        _memory(),
        link,
        relink,
        status,
        told,
        metric,
        region,
        crown,
        truth,
        occluded,
        results,
        steps,
        back,
        kind,
        shown_maps,
        table,
        best,
        vote,
        thanks,
        *taken,
        history,
        draw,
        stop,
        drawing,
        chart_metric,
        chart_region,
        chart,
    )


def regions() -> list[tuple[Any, str]]:
    """Choices of a region that the browser translates, and the suffixes of their columns."""
    return [(I18N(f"region{region.suffix}"), region.suffix) for region in scorer.REGIONS]


def _memory() -> gr.State:
    return gr.State(None, time_to_live=KEEP_SECONDS)


def _measure(name: str) -> tuple[gr.Dropdown, gr.Radio]:
    with gr.Row(elem_classes="judging"):
        metric = gr.Dropdown(
            scoring.METRICS,
            value=METRIC,
            label=I18N("best_by"),
            elem_id=f"{name}-metric",
            min_width=130,
            filterable=False,
        )
        region = gr.Radio(
            regions(), value="", label=I18N("measured_over"), elem_id=f"{name}-region", min_width=280, scale=3
        )
    return metric, region


def _vote() -> tuple[gr.Radio, gr.Button, gr.HTML]:
    gr.HTML(text("which_best"))
    best = gr.Radio([], label=I18N("by_name"), elem_id="best")
    vote = gr.Button(I18N("write_down"), interactive=False, elem_id="vote-open")
    return best, vote, gr.HTML("", elem_id="thanks")


def _take() -> tuple[gr.DownloadButton, gr.DownloadButton, gr.HTML, gr.File]:
    gr.HTML(text("take"))
    download = gr.DownloadButton(text("everything"), interactive=False, elem_id="download")
    strip = gr.DownloadButton(text("strip"), interactive=False, elem_id="strip")
    permalink = gr.HTML("", elem_id="permalink")
    file = StoredFile(label=I18N("drop_recipe"), file_types=[".zip", ".json"], height=132, buttons=[], elem_id="recipe")
    return download, strip, permalink, file


def _maps() -> tuple[gr.Radio, gr.HTML]:
    gr.HTML(text("maps"))
    choices: list[tuple[Any, str]] = [(I18N("no_maps"), ""), *((I18N(kind), kind) for kind in maps.KINDS)]
    kind = gr.Radio(choices, value="", label=I18N("error_map"), show_label=False, container=False, elem_id="map-kind")
    return kind, gr.HTML("", elem_id="maps")


def _sweep() -> tuple[gr.Button, gr.Button, gr.HTML, gr.Dropdown, gr.Dropdown, gr.Plot]:
    gr.HTML(text("over_share"))
    with gr.Row(elem_classes="sweeping"):
        draw = gr.Button(I18N("draw"), elem_id="draw", scale=2, min_width=160)
        stop = gr.Button(I18N("cancel"), interactive=False, elem_id="stop", min_width=80)
        metric = gr.Dropdown(
            scoring.METRICS, value=METRIC, label=I18N("measure"), elem_id="metric", min_width=110, filterable=False
        )
        region = gr.Dropdown(
            regions(),
            value="",
            label=I18N("measured_over"),
            elem_id="chart-region",
            min_width=190,
            filterable=False,
        )
    drawing = gr.HTML("", elem_id="drawing")
    chart = gr.Plot(scoring.charted(None, METRIC, ""), show_label=False, elem_id="chart")
    return draw, stop, drawing, metric, region, chart
