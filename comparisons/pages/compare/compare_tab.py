"""The Compare tab: one column of choices, one stage of results, and the events between them."""

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.events import Dependency

from comparisons.arena.comparison import Comparison, FaceCrop
from comparisons.arena.comparison_recipe import ComparisonRecipe
from comparisons.pages.compare import choices, looking, recall, showing, stage
from comparisons.pages.compare.choices import NO_FACE, QUIET, Choices, Settings, Updates
from comparisons.pages.compare.showing import View
from comparisons.pages.compare.stage import Stage
from comparisons.pages.compare.visit import Visit
from comparisons.pages.parts import cards
from comparisons.pages.shell.guard import guarded
from comparisons.pages.shell.lanes import RUNS
from comparisons.pages.text.texts import ENGLISH, text
from comparisons.session import Session
from restorers.contract import Problem

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
    bar = cards.progress(0, 1, ENGLISH["queued"])
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
    gr.HTML(text("hint"), elem_id="hint")
    with gr.Row(elem_classes="split"):
        with gr.Column(scale=0, min_width=280, elem_classes="choices"):
            left = choices.build(session)
        with gr.Column(elem_classes=["stage", "bench"]):
            right = stage.build(session)
    choices.wire(session, page, left)
    _wire_run(session, left, right)
    looking.wire(session, page, right, rater)
    _wire_stale(left, right)
    _wire_sweep(session, left, right)


@dataclass(frozen=True)
class Runs:
    """What runs methods on the page: the button, and whatever brings a comparison back."""

    session: Session
    left: Choices
    right: Stage

    def stream(
        self,
        metric: str,
        region: str,
        kind: str,
        visit: Visit,
        face: FaceCrop | None,
        *settings: *Settings,
    ) -> Iterator[Updates]:
        """Every method on the chosen face."""
        start = choices.corrupt(self.session, face, *settings)
        yield from self._performed(start, View(metric, region, kind, visit))

    def again(
        self,
        metric: str,
        region: str,
        kind: str,
        visit: Visit,
        start: Comparison | None,
        recipe: ComparisonRecipe | None,
    ) -> Iterator[Updates]:
        """What a link, a recipe or the history asks for; the history's is there already."""
        view = View(metric, region, kind, visit)
        if start is None:
            return
        if start.results:
            run = visit.begin()
            yield showing.shown(self.right, self.session, start, view, time.monotonic())
            visit.finish(run)
            return
        comparison = yield from self._performed(start, view)
        if comparison is not None:
            yield {self.right.recalled: recall.messages(comparison, recipe)}

    def measured(self, comparison: Comparison | None, *chosen: *tuple[str, str, str, Visit]) -> Updates:
        """What was chosen while it ran counts, not what was chosen before."""
        return showing.measured(self.right, self.session, comparison, View(*chosen))

    def mapped(self, comparison: Comparison | None, *chosen: *tuple[str, str, str, Visit]) -> Updates:
        """Error maps, where somebody looks at them."""
        return showing.mapped(self.right, comparison, View(*chosen))

    def packed(self, comparison: Comparison | None, finished: float | None, visit: Visit) -> Updates:
        """Everything to take along, where somebody looks for it."""
        return showing.taken_along(self.right, self.session, comparison, finished, visit) if visit.shares else {}

    def done(self, visit: Visit) -> Updates:
        """Another run may begin, if none has: a page that opens without a link ends a run of nothing when somebody may have begun."""
        return gr.skip() if visit.taken else self.freed()

    def freed(self) -> Updates:
        """Another run may begin."""
        return {self.left.run: ENABLED, self.left.cancel: DISABLED}

    def ended(self, comparison: Comparison | None) -> Updates:
        """Cancelled, or refused with a sentence: what has landed stays."""
        return showing.stopped(self.right, self.session, comparison) | self.freed()

    def cancelled(self, comparison: Comparison | None, visit: Visit) -> Updates:
        """Somebody has seen enough."""
        visit.leave()
        return self.ended(comparison)

    def tidied(self, comparison: Comparison | None, visit: Visit) -> Updates:
        """What the cancelled run had on its way to the browser can arrive after `cancelled`: said again a moment later."""
        return gr.skip() if visit.taken else showing.stopped(self.right, self.session, comparison)

    def _performed(self, start: Comparison, view: View) -> Generator[Updates, None, Comparison | None]:
        """Run every method; None where the stage was given to another run meanwhile, which ends this one."""
        run = view.visit.begin()
        # said with every picture: the end of a cancelled run may arrive after the next run has begun
        taken = {self.left.run: DISABLED, self.left.cancel: ENABLED}
        comparison = start
        yield showing.started(self.right, self.session, start, view) | taken
        for comparison in self.session.compare(start):
            if not view.visit.is_on(run):
                return None
            shown = showing.landed(self.right, self.session, comparison, view)
            if len(comparison.results) < comparison.total:
                yield shown | taken
        # all at once with the last picture: nobody waits for a button or a table when everything has run
        kept = showing.remembered(self.right, view.visit, comparison)
        yield shown | kept | self.freed()
        # a stream's last answer is sent twice, so it is one without a picture
        yield {self.right.finished: time.monotonic()}
        view.visit.finish(run)
        return comparison


def _wire_run(session: Session, left: Choices, right: Stage) -> None:
    work = Runs(session, left, right)
    buttons = [left.run, left.cancel]
    _at_once(left.run, right.status, left.cancel)
    changed = [*right.shown, *buttons]
    run = left.run.click(guarded(work.stream), [*right.chosen, *left.corruption], changed, **RUNS, **QUIET)
    runs: list[Any] = [run]
    for asked in _wire_recall(session, left, right):
        run = asked.success(guarded(work.again), [*right.chosen, right.asked, right.recipe], changed, **RUNS, **QUIET)
        runs.append(run)
    remains = [right.status, *right.results.values(), *buttons]
    judging = [right.crown, right.table, *right.charts]
    ready = [right.comparison, right.finished, right.visit]
    for run in runs:
        run.success(work.done, right.visit, buttons, queue=False, **QUIET)
        # one after the other, the quick before the slow, and each with a place of its own in the queue
        marked = run.success(guarded(work.measured), [right.comparison, *right.chosen], judging, **QUIET)
        mapped = marked.then(guarded(work.mapped), [right.comparison, *right.chosen], right.maps, **QUIET)
        mapped.then(guarded(work.packed), ready, right.taken, **QUIET)
        run.failure(work.ended, right.comparison, remains, queue=False, **QUIET)
    seen = [right.comparison, right.visit]
    left.cancel.click(work.cancelled, seen, remains, cancels=runs, queue=False, **QUIET).then(
        work.tidied, seen, remains, queue=False, **QUIET
    )


def _wire_recall(session: Session, left: Choices, right: Stage) -> list[Dependency]:
    def linked(query: str | None) -> Updates:
        return recall.by_link(session, left, right, query)

    def dropped(path: str | None) -> Updates:
        return recall.by_file(session, left, right, path)

    def remembered(visit: Visit, event: gr.SelectData) -> Updates:
        return recall.by_history(left, right, visit, event)

    changed = recall.outputs(left, right)
    query = "() => [location.search]"
    taken = right.file.upload(guarded(dropped), right.file, [*changed, right.file], **QUIET)
    # a file that was refused makes room for another
    taken.failure(lambda: None, None, right.file, queue=False, **QUIET)
    return [
        right.relink.click(guarded(linked), right.link, changed, js=query, **QUIET),
        taken,
        right.history.select(guarded(remembered), right.visit, changed, **QUIET),
    ]


def _wire_stale(left: Choices, right: Stage) -> None:
    """Whoever changes a choice is told that the stage still shows the choices of before, and no more so once they are back."""

    def stale(comparison: Comparison | None) -> str:
        return cards.note(ENGLISH["stale"], "stale") if comparison is not None and comparison.results else ""

    def unless_made(comparison: Comparison | None, *settings: Any) -> str:  # noqa: ANN401 - of `choices.made`
        return "" if comparison is not None and choices.made(comparison, *settings) else stale(comparison)

    upload, tools = left.upload, left.tools
    # what they change comes after them
    events: list[Any] = [
        *(upload.examples.select, upload.photograph.input, upload.picker.select),
        *(upload.panel.use.click, upload.panel.crop.click, left.shuffle.click, tools.editor.input),
    ]
    # a list of Gradio's says so whenever it is left, even as it was
    inputs: list[Any] = [part.input for part in (left.occluder, left.ratio, left.place, left.degradation, left.seed)]
    quick: dict[str, Any] = {"queue": False, "trigger_mode": "always_last", **QUIET}
    gr.on(events, stale, right.comparison, right.stale, **quick)
    gr.on(inputs, unless_made, [right.comparison, *left.corruption[:-1]], right.stale, **quick)


def _wire_sweep(session: Session, left: Choices, right: Stage) -> None:
    buttons = [right.draw, right.stop]
    shown = [right.drawing, right.sweep, *right.charts]

    def stream(face: FaceCrop | None, *chosen: *tuple[str, str, str, Visit]) -> Iterator[Updates]:
        if face is None:
            raise Problem(NO_FACE)
        for sweep in session.sweep(face):
            yield showing.swept(right, session, sweep, View(*chosen))

    def freed() -> Updates:
        return {right.draw: gr.Button(interactive=True), right.stop: gr.Button(interactive=False)}

    def stopped() -> Updates:
        return {right.drawing: cards.note(ENGLISH["chart_stopped"]), **freed()}

    _at_once(right.draw, right.drawing, right.stop)
    run = right.draw.click(guarded(stream), [left.face, *right.chosen], shown, **SWEEPS, **QUIET)
    run.then(freed, None, buttons, queue=False, **QUIET)
    right.stop.click(stopped, None, [right.drawing, *buttons], cancels=[run], queue=False, **QUIET)
