"""The events of looking at a comparison: another measure, error maps, a choice by name, downloads, a picture of one's own."""

import time
from typing import Any

import gradio as gr
import pandas as pd

from comparisons.arena.brought import with_brought
from comparisons.arena.comparison import Comparison
from comparisons.pages.compare import sheets, showing
from comparisons.pages.compare.choices import QUIET, Updates
from comparisons.pages.compare.showing import View
from comparisons.pages.compare.stage import Stage
from comparisons.pages.compare.visit import Visit
from comparisons.pages.parts import cards
from comparisons.pages.shell.guard import guarded
from comparisons.pages.shell.raters import rater_id
from comparisons.pages.text.texts import ENGLISH
from comparisons.session import Session
from restorers.contract import Problem
from restorers.sandbox import untrusted

NOTHING_RUN = "There is no finished comparison yet: run the methods first."


def wire(session: Session, page: gr.Blocks, right: Stage, rater: gr.BrowserState) -> None:
    """Connect them.

    Args:
        session: the work behind the page.
        page: the whole page, for what happens when it loads.
        right: the stage.
        rater: the visitor's random id.
    """
    _wire_measure(session, page, right)
    _wire_maps(right)
    _wire_vote(session, right, rater)
    _wire_share(session, right)


def _wire_measure(session: Session, page: gr.Blocks, right: Stage) -> None:
    def opened() -> Updates:
        first = session.opening
        return {} if first is None else showing.opened(right, first.comparison, time.monotonic())

    def judged(
        comparison: Comparison | None, sweep: pd.DataFrame | None, *chosen: *tuple[str, str, str, Visit]
    ) -> Updates:
        return showing.measured(right, session, comparison, View(*chosen), sweep)

    page.load(guarded(opened), None, [right.comparison, right.finished, right.best, right.vote], **QUIET)
    judging: list[Any] = [right.metric.input, right.region.input]
    inputs = [right.comparison, right.sweep, *right.chosen]
    changed = [right.crown, right.table, *right.charts]
    # the large chart is not there before somebody looks at it
    judging.append(right.charted.select)
    gr.on(judging, guarded(judged), inputs, changed, trigger_mode="always_last", **QUIET)


def _wire_maps(right: Stage) -> None:
    def mapped(comparison: Comparison | None, *chosen: *tuple[str, str, str, Visit]) -> str:
        view = View(*chosen)
        view.visit.watches_maps = True
        return sheets.error_maps(comparison, view.map)

    inputs = [right.comparison, *right.chosen]
    looked: list[Any] = [right.mapped.select, right.kind.input]
    gr.on(looked, guarded(mapped), inputs, right.maps, trigger_mode="always_last", **QUIET)


def _wire_vote(session: Session, right: Stage, rater: gr.BrowserState) -> None:
    def vote(comparison: Comparison | None, best: str | None, finished: float | None, who: str | None) -> Updates:
        if comparison is None or finished is None:
            raise Problem("There is nothing to choose from yet: run the methods first.")
        if best is None:
            raise Problem("No choice has been made yet: mark the method whose picture you find best.")
        session.vote_open(comparison, best or None, rater_id(who), time.monotonic() - finished)
        return {right.thanks: cards.note(ENGLISH["thanks"]), right.vote: gr.Button(interactive=False)}

    right.vote.click(
        guarded(vote),
        [right.comparison, right.best, right.finished, rater],
        [right.thanks, right.vote],
        concurrency_id="open votes",
        **QUIET,
    )


def _wire_share(session: Session, right: Stage) -> None:
    def packed(comparison: Comparison | None, finished: float | None, visit: Visit) -> Updates:
        visit.shares = True
        return showing.taken_along(right, session, comparison, finished, visit)

    def put_away(visit: Visit) -> None:
        visit.shares = False

    def brought(
        path: str | None,
        comparison: Comparison | None,
        finished: float | None,
        sweep: pd.DataFrame | None,
        *chosen: *tuple[str, str, str, Visit],
    ) -> Updates:
        if path is None or comparison is None or finished is None:
            raise Problem(NOTHING_RUN)
        view = View(*chosen)
        mine = with_brought(comparison, untrusted.read(path))
        view.visit.replace(comparison, mine)
        changed = showing.judged(right, session, mine, view, sweep)
        return changed | showing.own(right, mine) | {right.comparison: mine, right.visit: view.visit}

    right.share.select(guarded(packed), [right.comparison, right.finished, right.visit], right.taken, **QUIET)
    gr.on([tab.select for tab in right.others], put_away, right.visit, None, queue=False, **QUIET)
    inputs = [right.bring, right.comparison, right.finished, right.sweep, *right.chosen]
    changed = [right.comparison, right.visit, right.yours, right.crown, right.table, right.maps, *right.charts]
    right.bring.upload(guarded(brought), inputs, changed, **QUIET)
