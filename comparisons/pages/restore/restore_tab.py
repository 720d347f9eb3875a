"""The Restore tab: one's own photograph in, what covers its faces found or painted, and the whole photograph back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any, Final

import gradio as gr

from comparisons.pages.parts import cards, face_notes, pointing_tool, upload
from comparisons.pages.parts.brush import QUIET, Updates
from comparisons.pages.parts.editor import Edited
from comparisons.pages.parts.pointing_tool import Pointing
from comparisons.pages.restore import before_after, restore_layout, restore_work
from comparisons.pages.restore.restore_layout import RestoreTab
from comparisons.pages.restore.restore_work import ADD_FIRST, Work
from comparisons.pages.shell import picked
from comparisons.pages.shell.guard import guarded
from comparisons.pages.shell.lanes import RUNS
from comparisons.pages.text.spoken import here
from comparisons.pages.text.texts import ENGLISH
from comparisons.restore import whole_photograph
from comparisons.session import Session
from restorers.contract import Problem
from restorers.originals import Kind
from restorers.sentences import Sentence

_SEEN: Final = """() => {
    const done = document.querySelector("#restore-view img.after:not(.before-after.empty img)");
    if (done && innerWidth < 768) document.getElementById("restore-view").scrollIntoView({ behavior: "smooth" });
}"""


def build(session: Session) -> RestoreTab:
    """Lay the tab out and connect it; called inside a `gr.Tab`."""
    tab = restore_layout.build()
    _wire_photograph(tab)
    _wire_faces(tab)
    _wire_mask(tab)
    _wire_run(session, tab)
    _wire_results(session, tab)
    return tab


def beside(note: gr.HTML, handler: Callable[..., Updates]) -> Callable[..., Updates]:
    """Let a handler's reason to fail stay on the page, beside its button, instead of in a message that goes away."""

    @wraps(handler)
    def answering(*given: Any) -> Updates:  # noqa: ANN401 - whatever the handler takes
        try:
            return handler(*given)
        except Problem as problem:
            return {note: cards.note(problem.sentence, "warn")}

    return guarded(answering)


def _there(work: Work | None) -> Work:
    if work is None:
        raise Problem(ADD_FIRST)
    return work


def laid_out(tab: RestoreTab, work: Work) -> Updates:
    """A photograph is open: its faces, the current one's mask, and nothing restored yet."""
    faces = work.prepared.faces
    pictures = [(face.pixels, here(face_notes.face_name(number))) for number, face in enumerate(faces)]
    closed: Updates = {tab.panel.column: gr.Column(visible=False)}
    asked = closed if faces else tab.panel.opened(pointing_tool.begun(work.prepared.photograph, work.prepared.source))
    canvas: Updates = {tab.canvas: work.canvas} if faces else {}
    return {
        tab.work: work,
        tab.found: cards.note(restore_work.found_words(work), "" if any(m is not None for m in work.masks) else "warn"),
        tab.faces: gr.Gallery(pictures or None, visible=len(faces) > 1, selected_index=work.current if faces else None),
        tab.wrong: gr.Button(visible=bool(faces)),
        tab.cover: gr.Column(visible=bool(faces)),
        tab.run: gr.Button(interactive=bool(faces)),
        tab.status: "",
        tab.view: before_after.shown(work.prepared.photograph),
        tab.methods: gr.Gallery(None, visible=False, selected_index=None),
        tab.download: gr.DownloadButton(value=None, interactive=False),
        **canvas,
        **asked,
    }


def _wire_photograph(tab: RestoreTab) -> None:
    def searching(file: dict[str, Any] | None) -> object:
        return cards.note(ENGLISH["looking"]) if file else gr.skip()

    def uploaded(file: dict[str, Any] | None) -> Updates:
        if not file:
            return {tab.found: gr.skip()}
        try:
            return laid_out(tab, restore_work.opened(file["path"]))
        except Problem as problem:
            return {
                tab.work: None,
                tab.photograph: None,
                tab.found: cards.note(problem.sentence, "warn"),
                tab.cover: gr.Column(visible=False),
                tab.run: gr.Button(interactive=False),
                tab.view: before_after.empty(),
            }

    # without Gradio's own preprocessing, as in `upload`
    given = tab.photograph.input(searching, tab.photograph, tab.found, preprocess=False, queue=False, **QUIET)
    given.then(guarded(uploaded), tab.photograph, tab.opened, preprocess=False, **QUIET)


def _wire_faces(tab: RestoreTab) -> None:
    def chosen(work: Work | None, edited: Edited, event: gr.SelectData) -> Updates:
        number = picked.place(event, len(_there(work).prepared.faces))
        other = replace(_there(work).saved(edited), current=number)
        return {tab.work: other, tab.canvas: other.canvas}

    def wrong(work: Work | None) -> Updates:
        prepared = _there(work).prepared
        return tab.panel.opened(pointing_tool.begun(prepared.photograph, prepared.source))

    def used(work: Work | None, shown: Pointing | None, edited: Edited) -> Updates:
        face = upload.pointed(_there(work).prepared, shown)
        return laid_out(tab, _saved(_there(work), edited).with_face(face))

    tab.faces.select(beside(tab.found, chosen), [tab.work, tab.canvas], [tab.work, tab.canvas, tab.found], **QUIET)
    tab.wrong.click(beside(tab.found, wrong), tab.work, [*tab.panel.all, tab.found], **QUIET)
    pointing_tool.wire(tab.panel)
    tab.panel.use.click(beside(tab.found, used), [tab.work, tab.panel.state, tab.canvas], tab.opened, **QUIET)


def _saved(work: Work, edited: Edited) -> Work:
    """With what is in the editor, if there is a face that it belongs to."""
    return work.saved(edited) if work.prepared.faces else work


def _wire_mask(tab: RestoreTab) -> None:
    changed = [tab.work, tab.canvas, tab.status]

    def taken(work: Work) -> Updates:
        return {tab.work: work, tab.canvas: work.canvas, tab.status: ""}

    def found(work: Work | None) -> Updates:
        one = replace(_there(work).prepared, faces=(_there(work).face,))
        mask = whole_photograph.proposed(one)[0]
        if mask is None:
            raise Problem(restore_work.UNSEEN)
        return taken(_there(work).with_mask(restore_work.wider(mask)))

    def given(work: Work | None, path: str | None) -> Updates:
        if path is None:
            raise Problem(ADD_FIRST)
        return taken(restore_work.given(_there(work), path))

    tab.find.click(beside(tab.status, found), tab.work, changed, **QUIET)
    tab.mask.upload(beside(tab.status, given), [tab.work, tab.mask], changed, **QUIET)


def _wire_run(session: Session, tab: RestoreTab) -> None:
    buttons = [tab.run, tab.cancel]

    def begun() -> Updates:
        return {
            tab.status: cards.progress(0, 1, ENGLISH["queued"]),
            tab.run: gr.Button(interactive=False),
            tab.cancel: gr.Button(interactive=True),
        }

    def stream(work: Work | None, edited: Edited, kind: Kind) -> Iterator[Updates]:
        try:
            for now, tried, methods in restore_work.restored(session, _saved(_there(work), edited)):
                words = Sentence("{done} of {total} methods", done=tried, total=len(methods))
                shown = _shown(session, tab, now, kind) if len(now.done) == 1 else _listed(session, tab, now)
                yield {tab.work: now, tab.status: cards.progress(tried, len(methods), words), **shown}
        except Problem as problem:
            yield {tab.status: cards.note(problem.sentence, "warn")}

    def freed() -> Updates:
        return {tab.run: gr.Button(interactive=True), tab.cancel: gr.Button(interactive=False)}

    def stopped() -> Updates:
        return {tab.status: cards.note(ENGLISH["restore_stopped"]), **freed()}

    changed = [tab.work, tab.status, *tab.results]
    start = tab.run.click(begun, None, [tab.status, *buttons], queue=False, **QUIET)
    run = start.then(guarded(stream), [tab.work, tab.canvas, tab.kind], changed, **RUNS, **QUIET)
    run.then(freed, None, buttons, queue=False, **QUIET)
    # on a phone the result lies below the button
    tab.view.change(None, None, None, js=_SEEN, **QUIET)
    tab.cancel.click(stopped, None, [tab.status, *buttons], cancels=[run], queue=False, **QUIET)


def _listed(session: Session, tab: RestoreTab, work: Work) -> Updates:
    """What each method made, as thumbnails."""
    pictures = restore_work.thumbnails(work, lambda key: session.named(key).name)
    chosen = list(work.done).index(work.chosen)
    return {tab.methods: gr.Gallery(pictures, visible=True, selected_index=chosen)}


def _shown(session: Session, tab: RestoreTab, work: Work, kind: Kind) -> Updates:
    """The chosen method's photograph beside the one that came, and its file."""
    before = work.prepared.photograph
    path, words = restore_work.packed(work, kind)
    return {
        tab.view: before_after.shown(before, work.done[work.chosen].pixels),
        tab.download: gr.DownloadButton(value=path, interactive=True),
        tab.status: cards.note(words),
        **_listed(session, tab, work),
    }


def _wire_results(session: Session, tab: RestoreTab) -> None:
    def chosen(work: Work | None, kind: Kind, event: gr.SelectData) -> Updates:
        keys = list(_there(work).done)
        now = replace(_there(work), chosen=keys[picked.place(event, len(keys))])
        return {tab.work: now, **_shown(session, tab, now, kind)}

    def repacked(work: Work | None, kind: Kind) -> Updates:
        path, words = restore_work.packed(_there(work), kind)
        return {tab.download: gr.DownloadButton(value=path, interactive=True), tab.status: cards.note(words)}

    changed = [tab.work, tab.status, *tab.results]
    tab.methods.select(beside(tab.status, chosen), [tab.work, tab.kind], changed, **QUIET)
    tab.kind.input(beside(tab.status, repacked), [tab.work, tab.kind], [tab.download, tab.status], **QUIET)
