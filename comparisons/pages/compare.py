"""The Compare tab: one column of choices, one stage of results, and the events between them."""

import json
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pandas as pd

from comparisons.comparison import Comparison, Face
from comparisons.pages import cards, choices, stage
from comparisons.pages.choices import NO_FACE, QUIET, Choices, Settings, Updates
from comparisons.pages.guard import guarded
from comparisons.pages.raters import rater_id
from comparisons.pages.stage import Stage
from comparisons.session import Session
from restorers.contract import Problem

RUNS: dict[str, Any] = {"concurrency_id": "runs", "concurrency_limit": 2, "trigger_mode": "multiple"}
SWEEPS: dict[str, Any] = {"concurrency_id": "sweeps", "concurrency_limit": 1, "trigger_mode": "multiple"}
"""The session lets one method run at a time; places of their own let a short run go on between the steps of a sweep.
`multiple`: a click right after Cancel must not be dropped because the browser still counts the cancelled run; the button
is off while a run goes on."""

ENABLED, DISABLED = ({"__type__": "update", "interactive": yes} for yes in (True, False))


def _at_once(button: gr.Button, status: gr.HTML, stop: gr.Button) -> None:
    """Answer a click in the browser itself, before the server has heard of it.

    A step on the server would leave a gap in which Cancel is lit and there is nothing to cancel yet. On a phone the results
    lie below the choices, so the page goes there.
    """
    bar = cards.progress(0, 1, "Waiting for a free place …")
    there = f"if (innerWidth < 768) document.getElementById('{status.elem_id}').scrollIntoView({{behavior: 'smooth'}});"
    answer = json.dumps([bar, DISABLED, ENABLED])
    button.click(None, None, [status, button, stop], js=f"() => {{ {there} return {answer}; }}", **QUIET)


def build(session: Session, page: gr.Blocks, rater: gr.BrowserState) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        page: the whole page, for what happens when it loads.
        rater: the visitor's random id.
    """
    with gr.Row(elem_classes="split"):
        with gr.Column(scale=4, min_width=320, elem_classes="choices"):
            left = choices.build(session)
        with gr.Column(scale=9, min_width=340, elem_classes="stage"):
            right = stage.build(session)
    choices.wire(session, page, left)
    _wire_run(session, left, right)
    _wire_results(session, right, rater)
    _wire_sweep(session, left, right)


def _wire_run(session: Session, left: Choices, right: Stage) -> None:
    buttons = [left.run, left.cancel]

    def taken() -> Updates:
        # said with every picture: the end of a cancelled run may arrive after the next run has begun
        return {left.run: gr.Button(interactive=False), left.cancel: gr.Button(interactive=True)}

    def stream(region: str, face: Face | None, *settings: *Settings) -> Iterator[Updates]:
        start = comparison = choices.damaged(session, face, *settings)
        yield stage.started(right, session, start) | taken()
        for comparison in session.compare(start):
            yield stage.landed(right, session, comparison) | taken()
        yield stage.finished(right, session, comparison, region, time.monotonic())

    def freed() -> Updates:
        return {left.run: gr.Button(interactive=True), left.cancel: gr.Button(interactive=False)}

    def ended(comparison: Comparison | None) -> Updates:
        return stage.stopped(right, session, comparison) | freed()

    _at_once(left.run, right.status, left.cancel)
    run = left.run.click(guarded(stream), [right.region, *left.damage], [*right.shown, *buttons], **RUNS, **QUIET)
    run.success(freed, None, buttons, queue=False, **QUIET)
    # cancelled, or refused with a sentence: what has landed stays
    remains = [right.status, *right.results.values(), *buttons]
    run.failure(ended, right.comparison, remains, queue=False, **QUIET)
    left.cancel.click(ended, right.comparison, remains, cancels=[run], queue=False, **QUIET)


def _wire_results(session: Session, right: Stage, rater: gr.BrowserState) -> None:
    def vote(comparison: Comparison | None, best: str | None, finished: float | None, who: str | None) -> Updates:
        if comparison is None or finished is None:
            raise Problem("There is nothing to choose from yet: run the methods first.")
        if best is None:
            raise Problem("No choice has been made yet: mark the method whose picture you find best.")
        session.vote_open(comparison, best or None, rater_id(who), time.monotonic() - finished)
        return {
            right.thanks: cards.note("Written down as an open vote. Thank you."),
            right.vote: gr.Button(interactive=False),
        }

    def scored(comparison: Comparison | None, region: str) -> pd.DataFrame:
        return stage.scored(session, comparison, region)

    for side in (right.left, right.right):
        side.input(guarded(stage.slid), [right.comparison, right.left, right.right], right.slider, **QUIET)
    right.region.input(guarded(scored), [right.comparison, right.region], right.table, **QUIET)
    right.vote.click(
        guarded(vote), [right.comparison, right.best, right.finished, rater], [right.thanks, right.vote], **QUIET
    )


def _wire_sweep(session: Session, left: Choices, right: Stage) -> None:
    buttons = [right.draw, right.stop]
    shown = [right.drawing, right.chart, right.sweep]

    def stream(face: Face | None, metric: str) -> Iterator[Updates]:
        if face is None:
            raise Problem(NO_FACE)
        for sweep in session.sweep(face):
            yield stage.swept(right, sweep, metric)

    def freed() -> Updates:
        return {right.draw: gr.Button(interactive=True), right.stop: gr.Button(interactive=False)}

    def stopped() -> Updates:
        return {right.drawing: cards.note("Cancelled; the chart shows what was done."), **freed()}

    def redrawn(frame: pd.DataFrame | None, metric: str) -> object:
        return stage.charted(frame, metric)

    _at_once(right.draw, right.drawing, right.stop)
    run = right.draw.click(guarded(stream), [left.face, right.metric], shown, **SWEEPS, **QUIET)
    run.then(freed, None, buttons, queue=False, **QUIET)
    right.stop.click(stopped, None, [right.drawing, *buttons], cancels=[run], queue=False, **QUIET)
    right.metric.input(guarded(redrawn), [right.sweep, right.metric], right.chart, **QUIET)
