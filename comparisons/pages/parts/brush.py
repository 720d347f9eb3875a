"""The mask that a person makes: brush and eraser with undo and redo, upload, download, invert, and the finder.

The editor (`editor.py`) draws at twice the face's side; a stroke hides a pixel of the face if it touches it. While it is not on
the page the mask is kept beside it, so that no other choice loses what was drawn.
"""

import base64
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
import numpy as np

from comparisons.arena import photographs
from comparisons.arena.comparison import FaceCrop
from comparisons.pages.parts import cards, editor
from comparisons.pages.parts.editor import Edited
from comparisons.pages.parts.stored_file import StoredUpload
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import I18N, text
from restorers import images
from restorers.contract import SIDE, BadMask, Problem
from restorers.faces import cover_masks
from restorers.images import Array
from restorers.sentences import Sentence, as_sentence

Updates = dict[Any, Any]
"""What a handler gives back: only the components that change."""

EDITOR_SIDE: Final = 2 * SIDE
"""Pixels at which masks are drawn."""
PAINTED: Final = ("drawn", photographs.COVERED)
"""Occluders whose mask a person makes."""
QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "show_progress_on": [], "api_visibility": "private"}
"""Of an event that shows its progress itself, if any. Gradio's browser side (6.31) would else tell every output of every call so
far, at each message of each call, that no progress is to be shown: a copy of all that they hold, gallery and charts."""
KEEP_SECONDS: Final = 3600
"""How long a visitor's pictures stay in memory after the last touch."""
NO_FACE: Final = "No face is chosen yet: take one of the examples or add a photograph."

_SAVE: Final = """(data) => {
  if (!data) return;
  const link = document.createElement("a");
  link.href = data; link.download = "mask.png"; link.click();
}"""


@dataclass(frozen=True)
class BrushState:
    """The mask while the editor is not on the page."""

    occluder: str = "rectangle"
    """The one chosen last."""
    mask: Array | None = None
    """uint8 (256, 256), 255 = hidden; None where nothing was drawn."""


@dataclass(frozen=True)
class Brush:
    """The components of the mask's tools."""

    panel: gr.Column
    editor: gr.HTML
    find: gr.Button
    said: gr.HTML
    upload: gr.UploadButton
    save: gr.Button
    invert: gr.Button
    data: gr.Textbox
    kept: gr.State


def mask_of(edited: Edited) -> Array | None:
    """The mask drawn in the editor, grown or shrunk as was asked for.

    Args:
        edited: the editor's value.

    Returns:
        uint8 (256, 256), 255 = hidden; None where nothing is drawn.

    Raises:
        Problem: if it has another size or is no drawing.
    """
    drawing = editor.drawn(edited)
    if drawing is None:
        return None
    if drawing.mask.shape != (EDITOR_SIDE, EDITOR_SIDE):
        raise Problem(editor.NO_DRAWING)
    touched = np.asarray(drawing.mask.reshape(SIDE, 2, SIDE, 2).any(axis=(1, 3)), np.bool_)
    hidden = cover_masks.grown(touched, drawing.grow)
    return hidden.astype(np.uint8) * np.uint8(255) if hidden.any() else None


def canvas(face: FaceCrop, mask: Array | None = None, grow: int = 0) -> str:
    """The editor's value: the face, and a mask to begin with.

    Args:
        face: what lies below.
        mask: bool or uint8 (256, 256), non-zero = hidden.
        grow: pixels of 256 by which it shall grow.
    """
    doubled = None if mask is None else np.kron(mask != 0, np.ones((2, 2), dtype=bool))
    return editor.value(images.resize(face.pixels, EDITOR_SIDE), doubled, grow, EDITOR_SIDE / SIDE)


def rim_of(occluder: str) -> int:
    """Pixels by which a mask grows unless told otherwise: what covers a face in the photograph itself has a soft edge."""
    return cover_masks.GROWN if occluder == photographs.COVERED else 0


def inverted(mask: Array | None) -> Array | None:
    """What was visible is hidden and the other way round.

    Raises:
        BadMask: if nothing would stay visible.
    """
    if mask is None:
        raise BadMask("The mask is empty, and inverted it would hide everything: paint something first.")
    other = np.uint8(255) - mask
    return other if other.any() else None


def switched(kept: BrushState, occluder: str, face: FaceCrop | None, edited: Edited) -> tuple[BrushState, str | None]:
    """What to keep, and what to lay into the editor, when another occluder is chosen.

    Args:
        kept: until now.
        occluder: the new one.
        face: the chosen face.
        edited: the editor's value.

    Returns:
        What to keep from now on; the editor's new value, None where it stays as it is.
    """
    was, now = kept.occluder in PAINTED, occluder in PAINTED
    mask = mask_of(edited) if was else kept.mask
    other = not was or rim_of(kept.occluder) != rim_of(occluder)
    value = canvas(face, mask, rim_of(occluder)) if now and other and face is not None else None
    return BrushState(occluder, mask), value


def data_url(mask: Array | None) -> str:
    """The mask as a PNG that the browser itself can save; empty where there is none."""
    if mask is None:
        raise BadMask("There is no mask to save yet: paint over a part of the face first.")
    return "data:image/png;base64," + base64.b64encode(images.png_bytes(mask)).decode("ascii")


def build() -> Brush:
    """Lay the tools out, hidden; called inside the column of choices."""
    missing = photographs.why_no_finder()
    with gr.Column(visible=False, elem_id="brush") as panel:
        find = gr.Button(I18N("find_cover"), size="sm", interactive=not missing, elem_id="find")
        said = gr.HTML(cards.note(unready(missing)) if missing else "", elem_id="find-said")
        canvas = editor.painting(I18N("paint"), "editor")
        with gr.Row(elem_classes="tools"):
            invert = gr.Button(I18N("invert"), size="sm", min_width=70, elem_id="invert")
            save = gr.Button(I18N("save_mask"), size="sm", min_width=90, elem_id="save-mask")
        upload = StoredUpload(text("upload_mask"), size="sm", file_types=["image"], elem_id="mask")
    data = gr.Textbox(visible=False)
    kept = gr.State(BrushState(), time_to_live=KEEP_SECONDS)
    return Brush(panel, canvas, find, said, upload, save, invert, data, kept)


def wire(brush: Brush, face: gr.State) -> None:
    """Connect the tools' own events.

    Args:
        brush: the tools.
        face: state that holds the chosen face.
    """

    def uploaded(path: str | None, chosen: FaceCrop | None, kept: BrushState) -> str:
        if chosen is None or path is None:
            raise Problem(NO_FACE)
        return canvas(chosen, photographs.read_mask(chosen, path), rim_of(kept.occluder))

    def turned(edited: Edited, chosen: FaceCrop | None) -> str:
        if chosen is None:
            raise Problem(NO_FACE)
        return canvas(chosen, inverted(mask_of(edited)))

    def found(chosen: FaceCrop | None) -> str:
        if chosen is None:
            raise Problem(NO_FACE)
        return canvas(chosen, photographs.find_cover(chosen), cover_masks.GROWN)

    def packed(edited: Edited) -> str:
        return data_url(mask_of(edited))

    brush.upload.upload(guarded(uploaded), [brush.upload, face, brush.kept], brush.editor, **QUIET)
    brush.invert.click(guarded(turned), [brush.editor, face], brush.editor, **QUIET)
    brush.find.click(guarded(found), face, brush.editor, **QUIET)
    saved = brush.save.click(guarded(packed), brush.editor, brush.data, **QUIET)
    saved.success(None, brush.data, None, js=_SAVE, **QUIET)


def unready(reason: str) -> str:
    """Why covers are not found by themselves, for people."""
    return Sentence(
        "Occluders cannot be found automatically here, for the mask network has no weights: {reason}.",
        reason=as_sentence(reason),
    )
