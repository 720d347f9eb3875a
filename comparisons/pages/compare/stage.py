"""The right side of the Compare tab, laid out: the gallery, beside it viewer and chart, below them what else there is to see."""

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from comparisons import opening
from comparisons.arena import error_maps as maps
from comparisons.metrics import scorer
from comparisons.opening import FinishedExample
from comparisons.pages.compare import opened, scoring
from comparisons.pages.compare.choices import KEEP_SECONDS
from comparisons.pages.compare.visit import Visit
from comparisons.pages.parts import cards, fold, thumbnail_row, viewer
from comparisons.pages.parts.stored_file import StoredFile, StoredUpload
from comparisons.pages.text.texts import ENGLISH, I18N, text
from comparisons.session import Session

METRIC: Final = scorer.COLUMNS[opening.MEASURE].metric.name
REGION: Final = scorer.COLUMNS[opening.MEASURE].region.suffix


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
    """The corrupted face that a link, a recipe or the history asks for."""
    link: gr.Textbox
    """The query of the page's address."""
    relink: gr.Button
    """Pressed by `viewer.js` where the address asks for a comparison."""
    status: gr.HTML
    stale: gr.HTML
    """Says that the choices are not those of the comparison on the stage."""
    recalled: gr.HTML
    metric: gr.Dropdown
    region: gr.Radio
    crown: gr.HTML
    truth: gr.HTML
    occluded: gr.HTML
    results: dict[str, gr.HTML]
    yours: gr.HTML
    bring: gr.UploadButton
    no_steps: gr.HTML
    """Says that no method has shown any."""
    steps: dict[str, gr.HTML]
    """What each method shows of its way: one part for each, so that it is packed and sent once."""
    kind: gr.Radio
    mapped: gr.Tab
    maps: gr.HTML
    table: gr.HTML
    best: gr.Radio
    vote: gr.Button
    thanks: gr.HTML
    share: gr.Tab
    others: tuple[gr.Tab, ...]
    """The views beside it."""
    download: gr.DownloadButton
    strip: gr.DownloadButton
    permalink: gr.HTML
    file: gr.File
    history: gr.Gallery
    draw: gr.Button
    stop: gr.Button
    drawing: gr.HTML
    chart: gr.HTML
    charted: gr.Tab
    wide: gr.HTML
    """The chart again, larger; it is not sent twice with the page."""

    @property
    def shown(self) -> list[Any]:
        """Everything that a run changes."""
        heads = [self.status, self.stale, self.recalled, self.truth, self.occluded, *self.results.values(), self.yours]
        kept = [self.comparison, self.finished, self.visit, self.history, self.sweep]
        more = [
            self.crown,
            self.no_steps,
            *self.steps.values(),
            self.maps,
            self.table,
            self.best,
            self.vote,
            self.thanks,
        ]
        return [*heads, *kept, *more, *self.taken, *self.charts]

    @property
    def chosen(self) -> list[Any]:
        """What somebody has chosen about how results are shown, in the order of `showing.View`."""
        return [self.metric, self.region, self.kind, self.visit]

    @property
    def taken(self) -> list[Any]:
        """What can be taken along."""
        return [self.download, self.strip, self.permalink]

    @property
    def charts(self) -> list[Any]:
        """The chart at both sizes."""
        return [self.chart, self.wide]


def build(session: Session) -> Stage:
    """Lay the stage out; called inside a `gr.Column`."""
    link = gr.Textbox(visible=False)
    relink = gr.Button("", visible="hidden", elem_id="relink")
    first = session.opening
    with gr.Column(elem_classes="gallery"):
        gallery = _gallery(session, first)
    with gr.Column(elem_classes="side"):
        side = _side(first)
    with gr.Column(elem_classes="below"):
        with gr.Tabs(elem_id="views"):
            below = _scores(session, first) | _wide_chart() | _maps() | _steps(session) | _share()
        gr.HTML(text("visit"), elem_id="visit-note")
        # there is nothing to bring back before the first run
        history = thumbnail_row.build("comparisons", "history", 8)
    others = (below.pop("scored"), below["charted"], below["mapped"], below.pop("stepped"))
    memory: dict[str, Any] = {name: _memory() for name in ("comparison", "finished", "sweep", "recipe", "asked")}
    visit = gr.State(Visit(), time_to_live=KEEP_SECONDS)
    return Stage(
        others=others, link=link, relink=relink, history=history, visit=visit, **memory, **gallery, **side, **below
    )


def regions() -> list[tuple[Any, str]]:
    """Choices of a region that the browser translates, and the suffixes of their columns."""
    return [(I18N(f"region{region.suffix}"), region.suffix) for region in scorer.REGIONS]


def _memory() -> gr.State:
    return gr.State(None, time_to_live=KEEP_SECONDS)


def _gallery(session: Session, first: FinishedExample | None) -> dict[str, Any]:
    words = ENGLISH["opening" if first else "ready"]
    parts: dict[str, Any] = {"status": gr.HTML(cards.progress(0, len(session.methods), words), elem_id="status")}
    parts |= {"stale": gr.HTML("", elem_id="stale"), "recalled": gr.HTML("", elem_id="told")}
    parts |= _measure()
    comparison = first.comparison if first else None
    parts["crown"] = gr.HTML(scoring.crown(comparison, METRIC, REGION), elem_id="crown")
    markup = opened.cards_of(session.methods, first)
    with gr.Row(elem_classes="cards", elem_id="cards"):
        parts["truth"] = gr.HTML(markup[opened.TRUTH], elem_id="card-truth")
        parts["occluded"] = gr.HTML(markup[opened.OCCLUDED], elem_id="card-occluded")
        keys = [method.key for method in session.methods]
        parts["results"] = {key: gr.HTML(markup[key], elem_id=f"card-{key}") for key in keys}
        parts["yours"] = gr.HTML("", elem_id="card-yours")
    gr.HTML(text("disclaimer"), elem_classes="said-once")
    return parts


def _measure() -> dict[str, Any]:
    # without labels of their own: the sentence about the best, below them, says what they are
    quiet: dict[str, Any] = {"show_label": False, "container": False}
    with gr.Row(elem_classes="judging"):
        metric = gr.Dropdown(
            scoring.METRICS, value=METRIC, label=I18N("best_by"), elem_id="judge-metric", filterable=False, **quiet
        )
        region = gr.Radio(regions(), value=REGION, label=I18N("measured_over"), elem_id="judge-region", **quiet)
    return {"metric": metric, "region": region}


def _side(first: FinishedExample | None) -> dict[str, Any]:
    viewer.build()
    return {"chart": gr.HTML(opened.chart_of(first), elem_id="chart")}


def _scores(session: Session, first: FinishedExample | None) -> dict[str, Any]:
    comparison = first.comparison if first else None
    with gr.Tab(I18N("view_scores"), id="scores", elem_id="view-scores") as tab:
        table = gr.HTML(scoring.table(session.methods, comparison, METRIC, REGION), elem_id="scores")
        with gr.Column(elem_classes="verdict"):
            gr.HTML(fold.button("fold_vote"))
            gr.HTML(text("which_best"))
            best = gr.Radio([], label=I18N("by_name"), elem_id="best")
            vote = gr.Button(I18N("write_down"), interactive=False, elem_id="vote-open", size="sm")
            thanks = gr.HTML("", elem_id="thanks")
    return {"table": table, "best": best, "vote": vote, "thanks": thanks, "scored": tab}


def _wide_chart() -> dict[str, Any]:
    with gr.Tab(I18N("view_chart"), id="chart", elem_id="view-chart") as tab:
        gr.HTML(text("over_share"))
        with gr.Row(elem_classes="sweeping"):
            draw = gr.Button(I18N("draw"), elem_id="draw", scale=0, min_width=180)
            stop = gr.Button(I18N("cancel"), interactive=False, elem_id="stop", scale=0, min_width=80)
        drawing = gr.HTML("", elem_id="drawing")
        wide = gr.HTML("", elem_id="wide-chart")
    return {"draw": draw, "stop": stop, "drawing": drawing, "wide": wide, "charted": tab}


def _maps() -> dict[str, Any]:
    with gr.Tab(I18N("view_maps"), id="maps", elem_id="view-maps", render_children=True) as tab:
        gr.HTML(text("maps"))
        choices: list[tuple[Any, str]] = [(I18N(f"map_{kind}"), kind) for kind in maps.KINDS]
        kind = gr.Radio(choices, value=maps.KINDS[0], label=I18N("error_map"), show_label=False, elem_id="map-kind")
        shown = gr.HTML("", elem_id="maps")
    return {"kind": kind, "maps": shown, "mapped": tab}


def _steps(session: Session) -> dict[str, Any]:
    with (
        gr.Tab(I18N("view_steps"), id="steps", elem_id="view-steps", render_children=True) as tab,
        gr.Column(elem_id="steps"),
    ):
        none = gr.HTML(cards.note(ENGLISH["no_steps"]))
        steps = {method.key: gr.HTML("") for method in session.methods}
        return {"no_steps": none, "steps": steps, "stepped": tab}


def _share() -> dict[str, Any]:
    with gr.Tab(I18N("view_share"), id="share", elem_id="view-share") as tab, gr.Row():
        with gr.Column(min_width=280):
            gr.HTML(text("take"))
            download = gr.DownloadButton(text("everything"), interactive=False, elem_id="download")
            strip = gr.DownloadButton(text("strip"), interactive=False, elem_id="strip")
            permalink = gr.HTML("", elem_id="permalink")
            kinds = [".zip", ".json"]
            file = StoredFile(label=I18N("drop_recipe"), file_types=kinds, height=110, buttons=[], elem_id="recipe")
        with gr.Column(min_width=280):
            gr.HTML(text("yours"))
            bring = StoredUpload(text("bring"), file_types=["image"], elem_id="bring")
    parts = {"share": tab, "download": download, "strip": strip, "permalink": permalink, "file": file}
    return parts | {"bring": bring}
