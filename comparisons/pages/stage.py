"""The right side of the Compare tab: every method's picture, before and after, scores, the vote and the download."""

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
import pandas as pd

from comparisons import charts, metrics
from comparisons.comparison import DISCLAIMER, Comparison, pack
from comparisons.pages import cards
from comparisons.pages.choices import KEEP_SECONDS, Updates
from comparisons.pages.downloads import shelved
from comparisons.session import Session, Sweep

NONE_IS_GOOD: Final = "None of them is any good"
READY: Final = "Choose a face and what happens to it, then run every method on the very same damaged picture."

_TAKE: Final = (
    "<h2>Take it with you</h2>"
    "<p class='note'>Every picture as PNG, all scores, and the recipe that brings the same comparison back.</p>"
)
_OVER: Final = (
    "<h2>Over the hidden share</h2><p class='note'>Every method on this face under black boxes of growing size, "
    "three places each: mean and spread.</p>"
)


@dataclass(frozen=True)
class Stage:
    """The components of the stage."""

    comparison: gr.State
    finished: gr.State
    sweep: gr.State
    status: gr.HTML
    truth: gr.HTML
    occluded: gr.HTML
    results: dict[str, gr.HTML]
    left: gr.Dropdown
    right: gr.Dropdown
    slider: gr.ImageSlider
    region: gr.Radio
    table: gr.Dataframe
    best: gr.Radio
    vote: gr.Button
    thanks: gr.HTML
    download: gr.DownloadButton
    draw: gr.Button
    stop: gr.Button
    drawing: gr.HTML
    metric: gr.Dropdown
    chart: gr.Plot

    @property
    def shown(self) -> list[Any]:
        """Everything that a run changes."""
        pictures = [self.status, self.truth, self.occluded, *self.results.values()]
        return [
            *pictures,
            self.comparison,
            self.finished,
            self.left,
            self.right,
            self.slider,
            self.table,
            self.best,
            self.vote,
            self.thanks,
            self.download,
        ]


def build(session: Session) -> Stage:
    """Lay the stage out; called inside a `gr.Column`."""
    status = gr.HTML(cards.progress(0, len(session.methods), READY), elem_id="status")
    with gr.Row(elem_classes="cards", elem_id="cards"):
        truth = gr.HTML(cards.plain_card("Truth", "as it was"), elem_id="card-truth")
        occluded = gr.HTML(cards.plain_card("Occluded", "what all get"), elem_id="card-occluded")
        results = {
            method.key: gr.HTML(cards.waiting_card(method), elem_id=f"card-{method.key}") for method in session.methods
        }
    gr.HTML(f'<p class="disclaimer">{DISCLAIMER}</p>')
    with gr.Row(elem_classes="pairing"):
        with gr.Column(scale=3, min_width=300):
            gr.HTML("<h2>Before and after</h2>")
            with gr.Row():
                left = gr.Dropdown(
                    ["Occluded"], value="Occluded", label="Left", elem_id="left", min_width=120, filterable=False
                )
                right = gr.Dropdown(
                    ["Truth"], value="Truth", label="Right", elem_id="right", min_width=120, filterable=False
                )
            slider = gr.ImageSlider(
                show_label=False,
                format="png",
                type="numpy",
                max_height=420,
                interactive=False,
                elem_id="slider",
                buttons=["fullscreen"],
            )
        with gr.Column(scale=2, min_width=260, elem_classes="verdict"):
            gr.HTML("<h2>Which is the best?</h2>")
            best = gr.Radio([], label="Seen by name, so this counts as an open vote", elem_id="best")
            vote = gr.Button("Write down my choice", interactive=False, elem_id="vote-open")
            thanks = gr.HTML("", elem_id="thanks")
            gr.HTML(_TAKE)
            download = gr.DownloadButton("Download everything (zip)", interactive=False, elem_id="download")
    gr.HTML("<h2>Scores</h2>")
    region = gr.Radio(
        [(_sentence(region.label), region.suffix) for region in metrics.REGIONS],
        value="",
        label="Measured over",
        elem_id="region",
    )
    table = gr.Dataframe(
        scored(session, None, ""),
        interactive=False,
        show_label=False,
        elem_id="scores",
        wrap=False,
        pinned_columns=1,
        buttons=[],
        show_search="none",
    )
    gr.HTML(_OVER)
    with gr.Row(elem_classes="sweeping"):
        draw = gr.Button("Draw the chart", elem_id="draw", scale=2, min_width=160)
        stop = gr.Button("Cancel", interactive=False, elem_id="stop", min_width=80)
        labels = [(_sentence(column.label), key) for key, column in metrics.COLUMNS.items()]
        metric = gr.Dropdown(
            labels,
            value=next(iter(metrics.COLUMNS)),
            show_label=False,
            container=False,
            elem_id="metric",
            min_width=220,
            filterable=False,
        )
    drawing = gr.HTML("", elem_id="drawing")
    chart = gr.Plot(charts.ratio_chart(_no_rows(), "psnr"), show_label=False, elem_id="chart")
    return Stage(
        gr.State(None, time_to_live=KEEP_SECONDS),
        gr.State(None, time_to_live=KEEP_SECONDS),
        gr.State(None, time_to_live=KEEP_SECONDS),
        status,
        truth,
        occluded,
        results,
        left,
        right,
        slider,
        region,
        table,
        best,
        vote,
        thanks,
        download,
        draw,
        stop,
        drawing,
        metric,
        chart,
    )


def started(stage: Stage, session: Session, start: Comparison) -> Updates:
    """The damaged face is there, and every method waits for its turn."""
    return {
        stage.truth: cards.plain_card("Truth", "as it was", start.face.pixels),
        stage.occluded: cards.plain_card("Occluded", f"{start.ratio:.1%} hidden", start.occluded),
        **{stage.results[method.key]: cards.waiting_card(method, "waiting") for method in session.methods},
        **running(stage, session, start),
        stage.comparison: start,
        stage.finished: None,
        stage.download: gr.DownloadButton(value=None, interactive=False),
        stage.best: gr.Radio([], value=None),
        stage.vote: gr.Button(interactive=False),
        stage.thanks: "",
    }


def running(stage: Stage, session: Session, comparison: Comparison) -> Updates:
    """Progress, and the card of the method that runs now."""
    done, total = len(comparison.results), comparison.total
    if done == total:
        return {stage.status: cards.progress(done, total, f"All {total} methods have run.")}
    method = session.methods[done]
    words = f"{method.name} is running, {done} of {total} done"
    return {
        stage.status: cards.progress(done, total, words),
        stage.results[method.key]: cards.waiting_card(method, "running", busy=True),
    }


def landed(stage: Stage, session: Session, comparison: Comparison) -> Updates:
    """One more method's picture."""
    last = comparison.results[-1]
    card = {stage.results[last.method.key]: cards.result_card(last)}
    return running(stage, session, comparison) | card | {stage.comparison: comparison}


def stopped(stage: Stage, session: Session, comparison: Comparison | None) -> Updates:
    """The run has ended early: no card goes on saying that its method runs."""
    there = {result.method.key for result in comparison.results} if comparison is not None else set()
    cleared = {
        stage.results[method.key]: cards.waiting_card(method) for method in session.methods if method.key not in there
    }
    return {stage.status: cards.progress(len(there), len(session.methods), "Stopped; nothing is running."), **cleared}


def finished(stage: Stage, session: Session, comparison: Comparison, region: str, now: float) -> Updates:
    """Everything has run: scores, slider, vote and download."""
    pictures = list(comparison.pictures)
    done = [(result.method.name, result.method.key) for result in comparison.results if result.pixels is not None]
    right = done[-1][0] if done else "Truth"
    path = shelved(pack(comparison), f"unmasked-{comparison.face.picture}-{comparison.corruption.seed}.zip")
    return {
        stage.comparison: comparison,
        stage.finished: now,
        stage.left: gr.Dropdown(pictures, value="Occluded"),
        stage.right: gr.Dropdown(pictures, value=right),
        stage.slider: (comparison.pictures["Occluded"], comparison.pictures[right]),
        stage.table: scored(session, comparison, region),
        stage.best: gr.Radio([*done, (NONE_IS_GOOD, "")], value=None),
        stage.vote: gr.Button(interactive=len(done) > 1),
        stage.download: gr.DownloadButton(value=path, interactive=True),
    }


def slid(comparison: Comparison | None, left: str, right: str) -> object:
    """The two pictures of the slider."""
    if comparison is None or left not in comparison.pictures or right not in comparison.pictures:
        return gr.skip()
    return (comparison.pictures[left], comparison.pictures[right])


def swept(stage: Stage, sweep: Sweep, metric: str) -> Updates:
    """The chart as far as it has come."""
    words = (
        f"{sweep.done} of {sweep.total} boxes"
        if sweep.done < sweep.total
        else f"All {sweep.total} boxes are in the chart."
    )
    return {
        stage.drawing: cards.progress(sweep.done, sweep.total, words),
        stage.chart: charted(sweep.frame, metric),
        stage.sweep: sweep.frame,
    }


def charted(frame: pd.DataFrame | None, metric: str) -> object:
    """The chart of a sweep, or nothing new where there is none."""
    return gr.skip() if frame is None or frame.empty else charts.ratio_chart(frame, metric)


def scored(session: Session, comparison: Comparison | None, suffix: str) -> pd.DataFrame:
    """Scores over one region, one row per method; a method without a picture keeps an empty row."""
    columns = {metric.name + suffix: _header(metrics.COLUMNS[metric.name + suffix]) for metric in metrics.METRICS}
    there = {result.method.key: result for result in comparison.results} if comparison is not None else {}
    rows: list[dict[str, object]] = []
    for method in session.methods:
        row: dict[str, object] = {"Method": method.name}
        result = there.get(method.key)
        if result is not None and result.pixels is not None:
            row["Seconds"] = round(result.seconds, 3)
            row |= {header: float(f"{result.scores[key]:.4g}") for key, header in columns.items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=["Method", "Seconds", *columns.values()])


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=float) for name in ("method", "bin", "ratio", *metrics.COLUMNS)})


def _header(column: metrics.Column) -> str:
    arrow = "↑" if column.metric.higher_is_better else "↓"
    unit = f" {column.metric.unit}" if column.metric.unit else ""
    return f"{column.metric.label}{unit} {arrow}"


def _sentence(label: str) -> str:
    return label[:1].upper() + label[1:]
