"""From a comparison to what changes on the stage: when it starts, when a picture lands, when it is over or brought back."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final, NamedTuple

import gradio as gr
from PIL import Image

from comparisons.arena import links
from comparisons.arena.comparison import Comparison, Result, pack
from comparisons.arena.error_maps import Kind
from comparisons.arena.strip import strip
from comparisons.pages.compare import scoring, sheets
from comparisons.pages.compare.choices import Updates
from comparisons.pages.compare.stage import Stage
from comparisons.pages.compare.visit import Visit
from comparisons.pages.parts import cards, viewer
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.text.spoken import language_of
from comparisons.pages.text.texts import ENGLISH, said, tag, text
from comparisons.session import RatioCurve, Session
from restorers import images
from restorers.sentences import Sentence

THUMBNAIL: Final = 96
"""Side in pixels of a picture of the history."""


class View(NamedTuple):
    """How somebody wants to see results: the values of `Stage.chosen`."""

    metric: str
    region: str
    kind: str
    visit: Visit

    @property
    def map(self) -> Kind | None:
        """Which error map, if any."""
        return "absolute" if self.kind == "absolute" else "perceptual" if self.kind == "perceptual" else None


def started(stage: Stage, session: Session, start: Comparison, view: View) -> Updates:
    """The corrupted face is there, and every method waits for its turn."""
    return {
        **_before(stage, start),
        **{stage.results[method.key]: cards.waiting_card(method, ENGLISH["waiting"]) for method in session.methods},
        **running(stage, session, start),
        stage.stale: "",
        stage.recalled: "",
        stage.yours: "",
        stage.crown: scoring.UNMARKED + scoring.crown(None, view.metric, view.region),
        **dict.fromkeys(stage.steps.values(), ""),
        stage.no_steps: cards.note(ENGLISH["no_steps"]),
        stage.maps: "",
        stage.comparison: start,
        stage.sweep: None,
        stage.finished: None,
        stage.best: gr.Radio([], value=None),
        stage.vote: gr.Button(interactive=False),
        stage.thanks: "",
        **_nothing_packed(stage),
    }


def running(stage: Stage, session: Session, comparison: Comparison) -> Updates:
    """Progress, and the card of the method that runs now."""
    done, total = len(comparison.results), comparison.total
    if done == total:
        return {stage.status: cards.progress(done, total, all_run(total))}
    method = session.order[done]
    words = Sentence("{method} is running, {done} of {total} done", method=method.name, done=done, total=total)
    return {
        stage.status: cards.progress(done, total, words),
        stage.results[method.key]: cards.waiting_card(method, ENGLISH["running"], busy=True),
    }


def all_run(total: int) -> str:
    """Said when a comparison is over."""
    return Sentence("All {total} methods have run.", total=total)


def landed(stage: Stage, session: Session, comparison: Comparison, view: View) -> Updates:
    """One more method's picture."""
    last = comparison.results[-1]
    shown: Updates = {stage.results[last.method.key]: cards.result_card(last), stage.comparison: comparison}
    shown |= _stepped(stage, [last])
    shown[stage.crown] = scoring.UNMARKED + scoring.crown(comparison, view.metric, view.region)
    if len(comparison.results) == comparison.total:
        # with the last picture, so that nobody waits for what is known already
        shown |= _choosable(stage, comparison)
        shown[stage.table] = scoring.table(session.methods, comparison, view.metric, view.region)
    return running(stage, session, comparison) | shown


def stopped(stage: Stage, session: Session, comparison: Comparison | None) -> Updates:
    """The run has ended early: no card goes on saying that its method runs."""
    there = {result.method.key for result in comparison.results} if comparison is not None else set()
    cleared = {
        stage.results[method.key]: cards.waiting_card(method) for method in session.methods if method.key not in there
    }
    return {stage.status: cards.progress(len(there), len(session.methods), ENGLISH["stopped"]), **cleared}


def judged(stage: Stage, session: Session, comparison: Comparison | None, view: View, sweep: Any = None) -> Updates:  # noqa: ANN401
    """Whatever depends on how somebody wants to see results; `sweep` is the frame of one, or None."""
    return {stage.maps: "", **measured(stage, session, comparison, view, sweep), **mapped(stage, comparison, view)}


def measured(stage: Stage, session: Session, comparison: Comparison | None, view: View, sweep: Any = None) -> Updates:  # noqa: ANN401
    """Whatever depends on the measure and its region."""
    chart = scoring.chart(session.methods, comparison, view.metric, view.region, sweep)
    return {
        stage.crown: scoring.crown(comparison, view.metric, view.region),
        stage.table: scoring.table(session.methods, comparison, view.metric, view.region),
        **dict.fromkeys(stage.charts, chart),
    }


def mapped(stage: Stage, comparison: Comparison | None, view: View) -> Updates:
    """Error maps, which are not made before somebody has looked at some."""
    return {stage.maps: sheets.error_maps(comparison, view.map)} if view.visit.watches_maps else {}


def remembered(stage: Stage, visit: Visit, comparison: Comparison) -> Updates:
    """The visit keeps a comparison whose methods have all run."""
    visit.remember(comparison)
    return {stage.visit: visit, stage.history: gr.Gallery(thumbnails(visit.kept), selected_index=None, visible=True)}


def shown(stage: Stage, session: Session, comparison: Comparison, view: View, now: float) -> Updates:
    """A comparison of this visit, back on the stage as it was."""
    return {
        **started(stage, session, comparison, view),
        stage.status: cards.progress(comparison.total, comparison.total, all_run(comparison.total)),
        **{stage.results[result.method.key]: cards.result_card(result) for result in comparison.results},
        **own(stage, comparison),
        stage.crown: scoring.UNMARKED + scoring.crown(comparison, view.metric, view.region),
        **_stepped(stage, comparison.results),
        stage.table: scoring.table(session.methods, comparison, view.metric, view.region),
        stage.finished: now,
        **_choosable(stage, comparison),
    }


def opened(stage: Stage, comparison: Comparison, now: float) -> Updates:
    """The comparison that ships is on the page already; this makes it one that can be worked with."""
    return {stage.comparison: comparison, stage.finished: now, **_choosable(stage, comparison)}


def own(stage: Stage, comparison: Comparison) -> Updates:
    """The visitor's own picture, where there is one."""
    brought = comparison.brought
    return {stage.yours: "" if brought is None else cards.result_card(brought)}


def packed(stage: Stage, session: Session, comparison: Comparison) -> Updates:
    """Everything to take along; made when somebody looks for it, for it takes a moment and some megabytes."""
    name = f"unmasked-{comparison.face.picture}-{comparison.corruption.seed}"
    return {
        stage.download: gr.DownloadButton(value=shelved(pack(comparison), f"{name}.zip"), interactive=True),
        stage.strip: gr.DownloadButton(value=shelved(strip(comparison), f"{name}.png"), interactive=True),
        stage.permalink: permalink(session, comparison),
    }


def taken_along(
    stage: Stage, session: Session, comparison: Comparison | None, finished: float | None, visit: Visit
) -> Updates:
    """The same of what is on the stage: nothing while a run is under way, which has packed nothing whole yet."""
    if comparison is None or finished is None:
        return {}
    found = packed(stage, session, comparison)
    # a run that has begun meanwhile has taken the buttons away
    return {} if visit.taken else found


def swept(stage: Stage, session: Session, sweep: RatioCurve, view: View) -> Updates:
    """The chart as far as it has come."""
    words = (
        Sentence("{done} of {total} boxes", done=sweep.done, total=sweep.total)
        if sweep.done < sweep.total
        else Sentence("All {total} boxes are in the chart.", total=sweep.total)
    )
    chart = scoring.chart(session.methods, None, view.metric, view.region, sweep.frame)
    return {
        stage.drawing: cards.progress(sweep.done, sweep.total, words),
        stage.sweep: sweep.frame,
        **dict.fromkeys(stage.charts, chart),
    }


def thumbnails(kept: Sequence[Comparison]) -> list[tuple[Image.Image, str]]:
    """The corrupted faces of a visit, small, with what was done to them."""
    return [(Image.fromarray(images.resize(each.occluded, THUMBNAIL)), caption(each)) for each in kept]


def caption(comparison: Comparison) -> str:
    """A comparison in a few words, such as `Black box, 25 %`."""
    corruption = comparison.corruption
    language = language_of()
    parts = [said(f"is_{corruption.occluder}", language), f"{comparison.ratio:.0%}"]
    if corruption.degradation != "none":
        parts.append(said(f"is_{corruption.degradation}", language).lower())
    return ("，" if language == "zh" else ", ").join(parts)


def _before(stage: Stage, start: Comparison) -> Updates:
    edge = viewer.outline(images.mask_to_array(start.corrupted.mask))
    note = "as it was" if start.face.truth else "as it came"
    return {
        stage.truth: cards.plain_card(start.original, note, start.face.pixels),
        stage.occluded: cards.plain_card(
            "Occluded", Sentence("{ratio:.1%} hidden", ratio=start.ratio), start.occluded, outline=edge
        ),
    }


def _stepped(stage: Stage, results: Sequence[Result]) -> Updates:
    """What methods show of their way; nothing of those that show none."""
    found = {stage.steps[result.method.key]: sheets.steps([result]) for result in results}
    shown = {part: markup for part, markup in found.items() if markup}
    return shown | {stage.no_steps: ""} if shown else {}


def _choosable(stage: Stage, comparison: Comparison) -> Updates:
    """One of the results can be called the best."""
    methods = [
        result.method for result in comparison.listed if result.pixels is not None and result is not comparison.brought
    ]
    done = [(method.name, method.key) for method in methods]
    return {
        stage.best: gr.Radio([*done, (text("none_is_good"), "")], value=None),
        stage.vote: gr.Button(interactive=len(done) > 1),
    }


def _nothing_packed(stage: Stage) -> Updates:
    return {
        stage.download: gr.DownloadButton(value=None, interactive=False),
        stage.strip: gr.DownloadButton(value=None, interactive=False),
        stage.permalink: cards.note(ENGLISH["packed_later"]),
    }


def permalink(session: Session, comparison: Comparison) -> str:
    """A link that brings the comparison back, or the sentence why there is none."""
    query = query_of(session, comparison)
    if query:
        link = tag("a", ENGLISH["permalink"], f'href="{escape(query)}"')
        return f'<p class="note permalink">{link}</p>'
    return tag("p", ENGLISH["no_permalink"], 'class="note permalink"')


def query_of(session: Session, comparison: Comparison) -> str:
    """The query that brings a comparison of an example back; empty where a link cannot hold it."""
    examples = {path.stem for path in session.examples}
    picture = comparison.face.picture
    return links.link(picture, comparison.corruption) if picture in examples else ""
