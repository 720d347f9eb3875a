"""Putting a restored face back into its photograph: choose a method, look at it, download it, go on with the next face."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import gradio as gr
import numpy as np
from gradio.events import Dependency

from comparisons.arena import pasting, photographs
from comparisons.arena.comparison import Comparison
from comparisons.arena.photographs import PhotographedFace, Prepared
from comparisons.pages.parts import cards, upload
from comparisons.pages.parts.brush import QUIET, Brush, BrushState, Updates
from comparisons.pages.parts.upload import Upload
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import ENGLISH, I18N, text
from restorers import images
from restorers.contract import Problem
from restorers.images import Array
from restorers.sentences import Sentence

VIEW_SIDE: Final = 1024
"""Longer side in pixels at which the restored photograph is shown; the download has its own size."""
NOTHING: Final = "There is nothing to apply yet: run the methods on a covered face first."

Kind = Literal["png", "jpg"]


@dataclass(frozen=True)
class Paste:
    """The components."""

    column: gr.Column
    method: gr.Dropdown
    kind: gr.Radio
    put: gr.Button
    picture: gr.Image
    said: gr.HTML
    download: gr.DownloadButton
    go_on: gr.Button


def viewed(photograph: Array) -> Array:
    """A photograph at the size at which it is shown.

    Args:
        photograph: uint8 (H, W, 3).
    """
    height, width = photograph.shape[:2]
    scale = min(1.0, VIEW_SIDE / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return cv2.resize(photograph, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def offered(comparison: Comparison | None) -> list[tuple[str, str]]:
    """Methods whose picture can go back into a photograph, name and key; none where there is no such photograph."""
    if comparison is None or comparison.face.truth or not isinstance(comparison.face, PhotographedFace):
        return []
    return [(result.method.name, result.method.key) for result in comparison.results if result.pixels is not None]


def packed(photograph: Array, kind: Kind, name: str) -> str:
    """The path of a download that holds the picture alone.

    Args:
        photograph: uint8 (H, W, 3).
        kind: of the file.
        name: without its ending.
    """
    data = images.png_bytes(photograph) if kind == "png" else images.jpeg_bytes(photograph)
    return shelved(data, f"{name}.{kind}")


def build() -> Paste:
    """Lay it out, hidden; called inside the column of the stage."""
    kinds: list[tuple[Any, str]] = [(I18N("as_png"), "png"), (I18N("as_jpeg"), "jpg")]
    with gr.Column(visible=False, elem_id="paste") as column:
        gr.HTML(text("back"))
        with gr.Row(elem_classes="tools"):
            method = gr.Dropdown([], label=I18N("whose"), filterable=False, elem_id="paste-method", min_width=160)
            kind = gr.Radio(kinds, value="png", label=I18N("file"), elem_id="paste-kind", min_width=240)
        put = gr.Button(I18N("put_back"), elem_id="put")
        picture = gr.Image(
            label=I18N("mended"),
            alt_text=ENGLISH["mended"],
            show_label=False,
            format="png",
            interactive=False,
            visible=False,
            buttons=["fullscreen"],
            elem_id="mended",
        )
        said = gr.HTML("", elem_id="paste-said")
        with gr.Row(elem_classes="tools"):
            download = gr.DownloadButton(text("download_photograph"), interactive=False, elem_id="mended-file")
            go_on = gr.Button(I18N("go_on"), interactive=False, elem_id="go-on")
    return Paste(column, method, kind, put, picture, said, download, go_on)


def wire(
    paste: Paste, comparison: gr.State, runs: list[Any], above: Upload, tools: Brush, run: gr.Button
) -> list[Dependency]:
    """Connect the events.

    Args:
        paste: the components.
        comparison: state that holds what was run last.
        runs: events after whose success there is something new in it.
        above: where the restored photograph goes for its next face.
        tools: of the mask.
        run: the button that runs every method.

    Returns:
        Everything after which another face may be there.
    """

    def ready(done: Comparison | None) -> Updates:
        methods = offered(done)
        return {
            paste.column: gr.Column(visible=bool(methods)),
            paste.method: gr.Dropdown(methods, value=methods[-1][1] if methods else None),
            paste.picture: gr.Image(None, visible=False),
            paste.said: "",
            paste.download: gr.DownloadButton(value=None, interactive=False),
            paste.go_on: gr.Button(interactive=False),
        }

    def put(done: Comparison | None, key: str | None, kind: Kind) -> Updates:
        if done is None or key is None:
            raise Problem(NOTHING)
        photograph = pasting.paste(done, key)
        path = packed(photograph, kind, f"unmasked-{key}")
        height, width = photograph.shape[:2]
        return {
            paste.picture: gr.Image(viewed(photograph), visible=True),
            paste.said: cards.note(
                Sentence(
                    "{width} x {height} pixels, as the photograph had. {kind}.",
                    width=width,
                    height=height,
                    kind=Path(path).suffix[1:].upper(),
                )
            ),
            paste.download: gr.DownloadButton(value=path, interactive=True),
            paste.go_on: gr.Button(interactive=True),
        }

    def went_on(done: Comparison | None, key: str | None, prepared: Prepared | None, kept: BrushState) -> Updates:
        if done is None or key is None:
            raise Problem(NOTHING)
        # whatever was downloaded: a JPEG on the way would change every pixel
        here = Path(packed(pasting.paste(done, key), "png", f"unmasked-{key}"))
        again = photographs.continued(prepared, here) if prepared is not None else photographs.prepare(here)
        return upload.found_in(above, tools, run, again) | {
            above.photograph: viewed(again.photograph),
            tools.kept: BrushState(kept.occluder, None),
        }

    outputs = [paste.column, paste.method, paste.picture, paste.said, paste.download, paste.go_on]
    for event in runs:
        event.success(ready, comparison, outputs, queue=False, **QUIET)
    paste.put.click(guarded(put), [comparison, paste.method, paste.kind], outputs[2:], **QUIET)
    chosen = above.chosen(tools, run)
    inputs = [comparison, paste.method, above.prepared, tools.kept]
    return [paste.go_on.click(guarded(went_on), inputs, chosen, **QUIET)]
