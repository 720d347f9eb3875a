"""The Restore tab, laid out: the photograph and its faces, the mask, the result."""

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from comparisons.pages.parts import cards, editor, pointing_tool, thumbnail_row, upload
from comparisons.pages.parts.brush import KEEP_SECONDS
from comparisons.pages.parts.pointing_tool import Panel
from comparisons.pages.parts.stored_file import StoredUpload
from comparisons.pages.restore import before_after
from comparisons.pages.text.texts import ENGLISH, I18N, text

WHERE: Final = "restore-"
"""Begins the ids of the tab's elements."""


@dataclass(frozen=True)
class RestoreTab:
    """The components."""

    work: gr.State
    photograph: gr.Image
    found: gr.HTML
    faces: gr.Gallery
    wrong: gr.Button
    panel: Panel
    cover: gr.Column
    canvas: gr.HTML
    find: gr.Button
    mask: gr.UploadButton
    run: gr.Button
    cancel: gr.Button
    status: gr.HTML
    view: gr.HTML
    methods: gr.Gallery
    kind: gr.Radio
    download: gr.DownloadButton

    @property
    def opened(self) -> list[Any]:
        """Outputs of what opens a photograph or chooses a face in it."""
        shown = [self.work, self.photograph, self.found, self.faces, self.wrong, self.cover, self.canvas, self.run]
        return [*shown, self.status, *self.results, *self.panel.all]

    @property
    def results(self) -> list[Any]:
        """Outputs of what restores."""
        return [self.view, self.methods, self.download]


def build() -> RestoreTab:
    """Lay the tab out; called inside a `gr.Tab`."""
    gr.HTML(text("restore_intro"))
    with gr.Row(elem_classes=["split", "restoring"]):
        with gr.Column(scale=5, min_width=320, elem_classes="choices"):
            left = (*_photograph(), *_cover())
        with gr.Column(scale=8, min_width=340, elem_classes="stage"):
            right = _result()
    return RestoreTab(gr.State(None, time_to_live=KEEP_SECONDS), *left, *right)


def _photograph() -> tuple[gr.Image, gr.HTML, gr.Gallery, gr.Button, Panel]:
    gr.HTML(text("restore_photo"))
    photograph = upload.own_photograph(f"{WHERE}photograph", 150)
    found = gr.HTML(cards.note(ENGLISH["restore_ready"]), elem_id=f"{WHERE}found")
    faces = thumbnail_row.build("restore_faces", f"{WHERE}faces", 5)
    wrong = gr.Button(I18N("another_face"), size="sm", visible=False, elem_id=f"{WHERE}wrong")
    return photograph, found, faces, wrong, pointing_tool.build(KEEP_SECONDS, WHERE)


def _cover() -> tuple[gr.Column, gr.HTML, gr.Button, gr.UploadButton, gr.Button, gr.Button, gr.HTML]:
    with gr.Column(visible=False, elem_id=f"{WHERE}cover") as cover:
        gr.HTML(text("restore_cover"))
        canvas = editor.painting(I18N("paint"), f"{WHERE}canvas")
        with gr.Row(elem_classes="tools"):
            find = gr.Button(I18N("restore_find"), size="sm", min_width=120, elem_id=f"{WHERE}find")
            mask = StoredUpload(
                text("restore_mask"), size="sm", min_width=160, file_types=["image"], elem_id=f"{WHERE}mask"
            )
    with gr.Row(elem_classes="actions"):
        run = gr.Button(
            I18N("restore_run"), variant="primary", interactive=False, scale=2, min_width=180, elem_id=f"{WHERE}run"
        )
        cancel = gr.Button(I18N("cancel"), interactive=False, scale=1, min_width=80, elem_id=f"{WHERE}cancel")
    status = gr.HTML("", elem_id=f"{WHERE}status")
    return cover, canvas, find, mask, run, cancel, status


def _result() -> tuple[gr.HTML, gr.Gallery, gr.Radio, gr.DownloadButton]:
    gr.HTML(text("restore_result"))
    view = before_after.build(f"{WHERE}view")
    kinds: list[tuple[Any, str]] = [(I18N("restore_same"), "same"), (I18N("restore_png"), "png")]
    with gr.Row(elem_classes=["tools", "taking"]):
        kind = gr.Radio(kinds, value="same", label=I18N("file_kind"), elem_id=f"{WHERE}kind", min_width=240)
        download = gr.DownloadButton(
            text("restore_download"), variant="primary", interactive=False, elem_id=f"{WHERE}download", min_width=180
        )
    methods = thumbnail_row.build("restore_methods", f"{WHERE}methods", 5, show_label=True)
    gr.HTML(text("disclaimer"))
    return view, methods, kind, download
