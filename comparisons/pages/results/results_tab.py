"""The Results tab: what a benchmark has measured, and beside it what people say."""

from pathlib import Path

import gradio as gr

from comparisons.pages.results import benchmark_panel, ranking_panel
from comparisons.pages.results.published_runs import BENCHMARK
from comparisons.pages.text.texts import I18N
from comparisons.session import Session


def build(session: Session, tab: gr.Tab, root: Path = BENCHMARK) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        tab: the tab itself, which is filled when it is opened.
        root: where published runs lie.
    """
    with gr.Tabs(elem_id="results-views"):
        with gr.Tab(I18N("view_measured"), id="measured", elem_id="view-measured"):
            benchmark_panel.build(session, tab, root)
        with gr.Tab(I18N("view_ranking"), id="ranking", elem_id="view-ranking") as ranked:
            ranking_panel.build(session, ranked)
