"""The mask that a person makes: brush and eraser with undo and redo, upload, download, invert, clear, and the finder.

The editor (Gradio's own) draws at twice the face's side; a stroke hides a pixel of the face if it touches it. While it is not on
the page the mask is kept beside it, so that no other choice loses what was drawn.
"""

import base64
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
import numpy as np
from gradio.i18n import I18nData

from comparisons.arena import photographs
from comparisons.arena.comparison import FaceCrop
from comparisons.pages.parts import cards
from comparisons.pages.parts.editor import Edited, MaskEditor, layers_of
from comparisons.pages.parts.stored_file import StoredUpload
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import I18N, text
from restorers import images
from restorers.contract import SIDE, BadMask, Problem
from restorers.images import Array
from restorers.sandbox import untrusted
from restorers.sentences import Sentence, as_sentence

Updates = dict[Any, Any]
"""What a handler gives back: only the components that change."""

EDITOR_SIDE: Final = 2 * SIDE
"""Pixels at which masks are drawn."""
PAINTED: Final = ("drawn", photographs.COVERED)
"""Occluders whose mask a person makes."""
QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}
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
    editor: gr.ImageEditor
    find: gr.Button
    said: gr.HTML
    upload: gr.UploadButton
    save: gr.Button
    invert: gr.Button
    clear: gr.Button
    data: gr.Textbox
    kept: gr.State


def mask_of(edited: Edited) -> Array | None:
    """The mask drawn in the editor.

    Args:
        edited: the editor's value; layers are RGBA of the editor's size, and where they are opaque the face is hidden.

    Returns:
        uint8 (256, 256), 255 = hidden; None where nothing is drawn.

    Raises:
        Problem: if a layer has another size or is no picture.
    """
    drawn = np.zeros((SIDE, SIDE), dtype=bool)
    for painted in layers_of(edited):
        if painted.shape != (EDITOR_SIDE, EDITOR_SIDE, 4):
            raise Problem(
                "Expected a mask of {side} x {side} RGBA pixels, got {shape}; clear it and draw again.",
                side=EDITOR_SIDE,
                shape=painted.shape,
            )
        opaque = painted[..., 3] > images.MASK_THRESHOLD
        drawn |= opaque.reshape(SIDE, 2, SIDE, 2).any(axis=(1, 3))
    return drawn.astype(np.uint8) * np.uint8(255) if drawn.any() else None


def canvas(face: FaceCrop, mask: Array | None = None) -> dict[str, Any]:
    """The editor's value: the face, and a mask to begin with.

    Args:
        face: what lies below.
        mask: bool or uint8 (256, 256), non-zero = hidden.
    """
    layers = []
    if mask is not None:
        layer = np.zeros((EDITOR_SIDE, EDITOR_SIDE, 4), dtype=np.uint8)
        layer[..., 3] = np.kron(mask != 0, np.ones((2, 2), dtype=bool)) * np.uint8(255)
        layers.append(layer)
    return {"background": images.resize(face.pixels, EDITOR_SIDE), "layers": layers, "composite": None}


def inverted(mask: Array | None) -> Array | None:
    """What was visible is hidden and the other way round.

    Raises:
        BadMask: if nothing would stay visible.
    """
    if mask is None:
        raise BadMask("The mask is empty, and inverted it would hide everything: paint something first.")
    other = np.uint8(255) - mask
    return other if other.any() else None


def switched(
    kept: BrushState, occluder: str, face: FaceCrop | None, edited: Edited
) -> tuple[BrushState, dict[str, Any] | None]:
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
    value = canvas(face, mask) if now and not was and face is not None else None
    return BrushState(occluder, mask), value


def data_url(mask: Array | None) -> str:
    """The mask as a PNG that the browser itself can save; empty where there is none."""
    if mask is None:
        raise BadMask("There is no mask to save yet: paint over a part of the face first.")
    return "data:image/png;base64," + base64.b64encode(images.png_bytes(mask)).decode("ascii")


def painting(
    label: str | I18nData, elem_id: str, canvas: tuple[int, int] = (800, 800), *, visible: bool = True
) -> gr.ImageEditor:
    """A picture to paint a mask on in black; `canvas` is its width and height in pixels until one is shown."""
    return MaskEditor(
        type="numpy",
        image_mode="RGBA",
        format="png",
        layers=False,
        transforms=(),
        sources=(),
        brush=gr.Brush(default_size=40, colors=["#000000"], color_mode="fixed"),
        eraser=gr.Eraser(default_size=40),
        label=label,
        height=430,
        buttons=[],
        canvas_size=canvas,
        visible=visible,
        elem_id=elem_id,
    )


def build() -> Brush:
    """Lay the tools out, hidden; called inside the column of choices."""
    missing = photographs.why_no_finder()
    with gr.Column(visible=False, elem_id="brush") as panel:
        find = gr.Button(I18N("find_cover"), size="sm", interactive=not missing, elem_id="find")
        said = gr.HTML(cards.note(_unready(missing)) if missing else "", elem_id="find-said")
        editor = painting(I18N("paint"), "editor", (EDITOR_SIDE, EDITOR_SIDE))
        with gr.Row(elem_classes="tools"):
            invert = gr.Button(I18N("invert"), size="sm", min_width=70, elem_id="invert")
            clear = gr.Button(I18N("clear"), size="sm", min_width=70, elem_id="clear")
            save = gr.Button(I18N("save_mask"), size="sm", min_width=90, elem_id="save-mask")
        upload = StoredUpload(text("upload_mask"), size="sm", file_types=["image"], elem_id="mask")
    data = gr.Textbox(visible=False)
    kept = gr.State(BrushState(), time_to_live=KEEP_SECONDS)
    return Brush(panel, editor, find, said, upload, save, invert, clear, data, kept)


def wire(brush: Brush, face: gr.State) -> None:
    """Connect the tools' own events.

    Args:
        brush: the tools.
        face: state that holds the chosen face.
    """

    def uploaded(path: str | None, chosen: FaceCrop | None) -> dict[str, Any]:
        if chosen is None or path is None:
            raise Problem(NO_FACE)
        hidden = untrusted.read_mask(path, (SIDE, SIDE), allow_empty=False)
        return canvas(chosen, hidden.astype(np.uint8))

    def turned(edited: Edited, chosen: FaceCrop | None) -> dict[str, Any]:
        if chosen is None:
            raise Problem(NO_FACE)
        return canvas(chosen, inverted(mask_of(edited)))

    def cleared(chosen: FaceCrop | None) -> dict[str, Any]:
        if chosen is None:
            raise Problem(NO_FACE)
        return canvas(chosen)

    def found(chosen: FaceCrop | None) -> dict[str, Any]:
        if chosen is None:
            raise Problem(NO_FACE)
        return canvas(chosen, photographs.find_cover(chosen))

    def packed(edited: Edited) -> str:
        return data_url(mask_of(edited))

    brush.upload.upload(guarded(uploaded), [brush.upload, face], brush.editor, **QUIET)
    brush.invert.click(guarded(turned), [brush.editor, face], brush.editor, **QUIET)
    brush.clear.click(guarded(cleared), face, brush.editor, **QUIET)
    brush.find.click(guarded(found), face, brush.editor, **QUIET)
    saved = brush.save.click(guarded(packed), brush.editor, brush.data, **QUIET)
    saved.success(None, brush.data, None, js=_SAVE, **QUIET)


def _unready(reason: str) -> str:
    return Sentence(
        "Occluders cannot be found automatically here, for the mask network has no weights: {reason}.",
        reason=as_sentence(reason),
    )
