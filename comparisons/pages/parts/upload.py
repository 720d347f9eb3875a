"""Which face: the examples, one's own photograph, one of several faces in it, or a face shown by hand."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import gradio as gr
from gradio.events import Dependency

from comparisons import opening
from comparisons.arena import photographs
from comparisons.arena.comparison import FaceCrop
from comparisons.arena.photographs import GONE, Prepared
from comparisons.pages.parts import brush, cards, face_notes, pointing_tool, thumbnail_row
from comparisons.pages.parts.brush import KEEP_SECONDS, QUIET, Brush, BrushState, Updates
from comparisons.pages.parts.pointing_tool import Panel, Pointing
from comparisons.pages.shell import picked
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.spoken import here
from comparisons.pages.text.texts import ENGLISH, I18N, text
from comparisons.session import Session
from restorers.contract import Problem
from restorers.sentences import Sentence, joined

T = TypeVar("T")


@dataclass(frozen=True)
class Upload:
    """The components."""

    face: gr.State
    prepared: gr.State
    examples: gr.Gallery
    photograph: gr.Image
    found: gr.HTML
    picker: gr.Gallery
    wrong: gr.Button
    panel: Panel

    def chosen(self, tools: Brush, run: gr.Button) -> list[Any]:
        """Outputs of every handler that chooses a face."""
        asking = [self.found, self.examples, self.picker, self.wrong, self.photograph, *self.panel.all]
        return [self.face, self.prepared, *asking, tools.editor, tools.kept, run]


def build(session: Session) -> Upload:
    """Lay it out; called inside a `gr.Column`."""
    gr.HTML(text("step_face"))
    examples = _examples(session)
    photograph = own_photograph("photograph", 96)
    found = gr.HTML(cards.note(face_notes.example_note(0)), elem_id="found")
    picker = thumbnail_row.build("faces_found", "picker", 4)
    wrong = gr.Button(I18N("another_face"), size="sm", visible=False, elem_id="wrong")
    panel = pointing_tool.build(KEEP_SECONDS)
    state, prepared = (gr.State(None, time_to_live=KEEP_SECONDS) for _ in range(2))
    return Upload(state, prepared, examples, photograph, found, picker, wrong, panel)


def _examples(session: Session) -> gr.Gallery:
    return gr.Gallery(
        [
            (str(path), face_notes.example_name(index))
            for index, path in enumerate(opening.thumbnails(session.examples))
        ],
        label=I18N("examples"),
        show_label=False,
        columns=4,
        height="auto",
        allow_preview=False,
        object_fit="cover",
        format="png",
        buttons=[],
        selected_index=0,
        interactive=False,
        elem_id="examples",
    )


def own_photograph(elem_id: str, height: int) -> gr.Image:
    """A place for a visitor's photograph; wire it without Gradio's preprocessing, which would open the file here and now."""
    return gr.Image(
        label=I18N("photograph"),
        show_label=False,
        placeholder=text("drop_photograph"),
        sources=["upload", "clipboard", "webcam"],
        type="filepath",
        image_mode=None,
        format="png",
        height=height,
        buttons=[],
        # as others see the face: what is restored and put back must not come out mirrored
        webcam_options=gr.WebcamOptions(mirror=False),
        elem_id=elem_id,
    )


def taken(upload: Upload, tools: Brush, run: gr.Button, face: FaceCrop, words: str, occluder: str = "") -> Updates:
    """One face is chosen; `occluder` is what covers it, for the rim of its mask."""
    return {**placed(upload, run, face, words), tools.editor: brush.canvas(face, grow=brush.rim_of(occluder))}


def placed(upload: Upload, run: gr.Button, face: FaceCrop, words: str) -> Updates:
    """The same where nobody paints."""
    return {
        upload.face: face,
        upload.found: cards.note(joined(words, face_notes.known(face)), details=here(face_notes.found_by(face))),
        # of a face that is no example none is outlined
        upload.examples: gr.Gallery(selected_index=face_notes.example_number(face)),
        upload.panel.column: gr.Column(visible=False),
        run: gr.Button(interactive=True),
    }


def closed(upload: Upload) -> Updates:
    """No photograph of one's own is open."""
    return {
        upload.photograph: None,
        upload.prepared: None,
        upload.picker: gr.Gallery(None, visible=False, selected_index=None),
        upload.wrong: gr.Button(visible=False),
    }


def found_in(upload: Upload, tools: Brush, run: gr.Button, prepared: Prepared) -> Updates:
    """A photograph has been looked through: its one face is taken, several are offered, none is asked for."""
    pictures = [(face.pixels, here(face_notes.face_name(index))) for index, face in enumerate(prepared.faces)]
    known: Updates = {
        upload.prepared: prepared,
        upload.wrong: gr.Button(visible=bool(pictures)),
        upload.picker: gr.Gallery(pictures or None, visible=len(pictures) > 1, selected_index=None),
        upload.panel.column: gr.Column(visible=False),
    }
    if len(pictures) == 1:
        return known | taken(upload, tools, run, prepared.faces[0], "One face.")
    known |= {upload.face: None, run: gr.Button(interactive=False)}
    if pictures:
        words = Sentence(
            "{count} faces, found by {detector}: choose one below.", count=len(pictures), detector=prepared.detector
        )
        return known | {upload.found: cards.note(words, "warn")}
    words = Sentence("No face was found by {detector}: show below where it is.", detector=prepared.detector)
    return known | {upload.found: cards.note(words, "warn")} | asked(upload, prepared)


def asked(upload: Upload, prepared: Prepared) -> Updates:
    """The photograph to click on."""
    return upload.panel.opened(pointing_tool.begun(prepared.photograph, prepared.source))


def wire(session: Session, page: gr.Blocks, upload: Upload, tools: Brush, run: gr.Button) -> list[Dependency]:
    """Connect the events.

    Returns:
        Everything after which another face may be there.
    """
    return [
        *_wire_examples(session, page, upload, tools, run),
        *_wire_photograph(upload, tools, run),
        *_wire_pointing(upload, tools, run),
    ]


def _wire_examples(session: Session, page: gr.Blocks, upload: Upload, tools: Brush, run: gr.Button) -> list[Dependency]:
    def first() -> Updates:
        # the editor is not on the page yet: it gets the face when somebody wants to paint, and not with the first load
        return placed(upload, run, session.example(0), face_notes.example_note(0))

    def example(event: gr.SelectData, kept: BrushState) -> Updates:
        index = picked.place(event, len(session.examples))
        face = session.example(index)
        fresh = {tools.kept: replace(kept, mask=None)}
        said = face_notes.example_note(index)
        return taken(upload, tools, run, face, said, kept.occluder) | closed(upload) | fresh

    outputs = upload.chosen(tools, run)
    return [
        page.load(guarded(first), None, outputs, **QUIET),
        upload.examples.select(guarded(example), tools.kept, outputs, **QUIET),
    ]


def _wire_photograph(upload: Upload, tools: Brush, run: gr.Button) -> list[Dependency]:
    def uploaded(file: dict[str, Any] | None) -> Updates:
        if not file:
            return {upload.found: gr.skip()}
        return found_in(upload, tools, run, photographs.prepare(file["path"]))

    def emptied(face: FaceCrop | None, kept: BrushState) -> Updates:
        canvas = gr.skip() if face is None else brush.canvas(face, grow=brush.rim_of(kept.occluder))
        return {tools.kept: replace(kept, mask=None), tools.editor: canvas}

    def chosen(prepared: Prepared | None, kept: BrushState, event: gr.SelectData) -> Updates:
        if prepared is None:
            raise Problem(GONE)
        index = picked.place(event, len(prepared.faces))
        words = Sentence("Face {number} of {total}.", number=index + 1, total=len(prepared.faces))
        fresh = {tools.kept: replace(kept, mask=None)}
        return taken(upload, tools, run, prepared.faces[index], words, kept.occluder) | fresh

    def looking(file: dict[str, Any] | None) -> object:
        return cards.note(ENGLISH["looking"]) if file else gr.skip()

    def refused() -> Updates:
        return {
            upload.photograph: None,
            upload.found: cards.note(ENGLISH["not_taken"], "warn"),
        }

    # Without Gradio's own preprocessing, which would open the file and end in words of its own where it is damaged or
    # huge: `restorers.decoding` has the limits and the sentences. That the path is an upload is checked all the same.
    given = upload.photograph.input(looking, upload.photograph, upload.found, preprocess=False, queue=False, **QUIET)
    outputs = upload.chosen(tools, run)
    found = given.then(guarded(uploaded), upload.photograph, outputs, preprocess=False, **QUIET)
    # a step of its own: without preprocessing no state is handed over
    found.success(emptied, [upload.face, tools.kept], [tools.kept, tools.editor], queue=False, **QUIET)
    found.failure(refused, None, [upload.photograph, upload.found], queue=False, **QUIET)
    return [found, upload.picker.select(guarded(chosen), [upload.prepared, tools.kept], outputs, **QUIET)]


def _wire_pointing(upload: Upload, tools: Brush, run: gr.Button) -> list[Dependency]:
    panel = upload.panel

    def wrong(prepared: Prepared | None) -> Updates:
        return asked(upload, there(prepared))

    def used(prepared: Prepared | None, shown: Pointing | None, kept: BrushState) -> Updates:
        return _added(upload, tools, run, there(prepared), kept, pointed(prepared, shown))

    def cropped(prepared: Prepared | None, kept: BrushState) -> Updates:
        return _added(upload, tools, run, there(prepared), kept, photographs.centre_crop(there(prepared)))

    upload.wrong.click(guarded(wrong), upload.prepared, panel.all, **QUIET)
    pointing_tool.wire(panel)
    outputs = upload.chosen(tools, run)
    return [
        panel.use.click(guarded(used), [upload.prepared, panel.state, tools.kept], outputs, **QUIET),
        panel.crop.click(guarded(cropped), [upload.prepared, tools.kept], outputs, **QUIET),
    ]


def pointed(prepared: Prepared | None, shown: Pointing | None) -> photographs.PhotographedFace:
    """The face that somebody has shown in a photograph.

    Raises:
        Problem: if it was shown in another photograph, or too little was shown.
    """
    open_one, here = there(prepared), there(shown)
    if here.photograph is not open_one.source:
        raise Problem(GONE)
    return photographs.shown(open_one, here.points, here.box)


def _added(
    upload: Upload,
    tools: Brush,
    run: gr.Button,
    prepared: Prepared,
    kept: BrushState,
    face: photographs.PhotographedFace,
) -> Updates:
    """A face that was shown by hand stands beside those that were found."""
    more = replace(prepared, faces=(*prepared.faces, face))
    pictures = [(other.pixels, here(face_notes.face_name(index))) for index, other in enumerate(more.faces)]
    return taken(upload, tools, run, face, "The face that you have shown.", kept.occluder) | {
        upload.prepared: more,
        upload.wrong: gr.Button(visible=True),
        upload.picker: gr.Gallery(pictures, visible=len(pictures) > 1, selected_index=len(pictures) - 1),
        tools.kept: replace(kept, mask=None),
    }


def there(value: T | None) -> T:
    """What a visitor's tab is remembered to have; raises a `Problem` where it has been forgotten."""
    if value is None:
        raise Problem(GONE)
    return value
