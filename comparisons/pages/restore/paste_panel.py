"""Putting a restored face back into its photograph: choose a method, look at it, download it, go on with the next face."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.events import Dependency

from comparisons.arena import pasting
from comparisons.arena.comparison import Comparison
from comparisons.arena.photographs import PhotographedFace, Prepared
from comparisons.pages.parts import cards, upload
from comparisons.pages.parts.brush import QUIET, Brush, BrushState, Updates
from comparisons.pages.parts.upload import Upload
from comparisons.pages.restore.before_after import viewed
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import ENGLISH, I18N, text
from comparisons.restore.preferred import preferred
from restorers.contract import Problem
from restorers.originals import Kind
from restorers.sentences import Sentence

NOTHING: Final = "There is nothing to apply yet: run the methods on a covered face first."


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


def offered(comparison: Comparison | None) -> list[tuple[str, str]]:
    """Methods whose picture can go back into a photograph, name and key, the best for the corruption at the head.

    Args:
        comparison: what was run last; none where its face came from no photograph or is not covered there.
    """
    if comparison is None or comparison.face.truth or not isinstance(comparison.face, PhotographedFace):
        return []
    given = [result.method for result in comparison.results if result.pixels is not None]
    return [(method.name, method.key) for method in preferred(given, comparison.corrupted)]


def packed(comparison: Comparison, key: str, kind: Kind) -> str:
    """The path of a download that holds the photograph with one method's face in it.

    Args:
        comparison: what was run on its face.
        key: of the method.
        kind: of the file.
    """
    data, ending = pasting.written(pasting.source_of(comparison), [pasting.patch(comparison, key)], kind)
    return shelved(data, f"unmasked-{key}.{ending}")


def build() -> Paste:
    """Lay it out, hidden; called inside the column of the stage."""
    kinds: list[tuple[Any, str]] = [(I18N("restore_same"), "same"), (I18N("as_png"), "png")]
    with gr.Column(visible=False, elem_id="paste") as column:
        gr.HTML(text("back"))
        with gr.Row(elem_classes="tools"):
            method = gr.Dropdown([], label=I18N("whose"), filterable=False, elem_id="paste-method", min_width=160)
            kind = gr.Radio(kinds, value="same", label=I18N("file_kind"), elem_id="paste-kind", min_width=240)
        put = gr.Button(I18N("put_back"), elem_id="put")
        picture = gr.Image(
            label=I18N("restored_photograph"),
            alt_text=ENGLISH["restored_photograph"],
            show_label=False,
            format="png",
            interactive=False,
            visible=False,
            buttons=["fullscreen"],
            elem_id="restored-photograph",
        )
        said = gr.HTML("", elem_id="paste-said")
        with gr.Row(elem_classes="tools"):
            download = gr.DownloadButton(
                text("download_photograph"), interactive=False, elem_id="restored-photograph-file"
            )
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
    outputs = [paste.column, paste.method, paste.picture, paste.said, paste.download, paste.go_on]
    for event in runs:
        event.success(lambda done: ready(paste, done), comparison, outputs, queue=False, **QUIET)

    def put(done: Comparison | None, key: str | None, kind: Kind) -> Updates:
        return shown(paste, *_asked(done, key), kind)

    def went_on(done: Comparison | None, key: str | None, prepared: Prepared | None, kept: BrushState) -> Updates:
        # whatever was downloaded: a JPEG on the way would change every pixel
        comparison, method = _asked(done, key)
        again = pasting.gone_on(comparison, prepared, Path(packed(comparison, method, "png")))
        return upload.found_in(above, tools, run, again) | {
            above.photograph: viewed(again.photograph),
            tools.kept: BrushState(kept.occluder, None),
        }

    paste.put.click(guarded(put), [comparison, paste.method, paste.kind], outputs[2:], **QUIET)
    inputs = [comparison, paste.method, above.prepared, tools.kept]
    return [paste.go_on.click(guarded(went_on), inputs, above.chosen(tools, run), **QUIET)]


def ready(paste: Paste, done: Comparison | None) -> Updates:
    """What may be put back after a run; the best method for the corruption is chosen."""
    methods = offered(done)
    return {
        paste.column: gr.Column(visible=bool(methods)),
        paste.method: gr.Dropdown(methods, value=methods[0][1] if methods else None),
        paste.picture: gr.Image(None, visible=False),
        paste.said: "",
        paste.download: gr.DownloadButton(value=None, interactive=False),
        paste.go_on: gr.Button(interactive=False),
    }


def shown(paste: Paste, comparison: Comparison, key: str, kind: Kind) -> Updates:
    """The photograph with one method's face in it, and its file."""
    photograph, path = pasting.paste(comparison, key), packed(comparison, key, kind)
    words = Sentence(
        "{width} x {height} pixels, as the photograph had. {kind}.",
        width=photograph.shape[1],
        height=photograph.shape[0],
        kind=Path(path).suffix[1:].upper(),
    )
    return {
        paste.picture: gr.Image(viewed(photograph), visible=True),
        paste.said: cards.note(words),
        paste.download: gr.DownloadButton(value=path, interactive=True),
        paste.go_on: gr.Button(interactive=True),
    }


def _asked(done: Comparison | None, key: str | None) -> tuple[Comparison, str]:
    if done is None or key is None:
        raise Problem(NOTHING)
    return done, key
