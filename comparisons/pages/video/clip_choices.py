"""What may be chosen of a clip, of what covers the face in it, and of how it is restored."""

from pathlib import Path
from typing import Any

import gradio as gr

from comparisons.pages.parts import cards
from comparisons.pages.parts import editor as mask_editor
from comparisons.pages.text.texts import ENGLISH, I18N, text
from comparisons.pages.video.clip_forms import DRAWN, FOUND, PUT_ON
from comparisons.session import Session
from comparisons.video import evaluation
from comparisons.video.occlusions import MOVING
from comparisons.video.restoring import USUAL
from restorers.contract import CorruptionKind


def lay_out(session: Session, folder: Path) -> tuple[Any, ...]:
    """Lay the choices out, in the order of `video_tab.Parts` from the example to the button that cancels.

    Args:
        session: which methods there are.
        folder: of the clips that are offered.
    """
    return (*_clip(folder), *_cover(), *_method(session))


def _clip(folder: Path) -> tuple[Any, ...]:
    gr.HTML(text("step_clip"))
    names = [name for name, _ in evaluation.listed(folder)] if (folder / evaluation.MANIFEST).is_file() else []
    offered = [(f"{text('example_clip')} {number}", name) for number, name in enumerate(names, start=1)]
    example = gr.Dropdown(offered, value=None, label=I18N("examples"), elem_id="video-example", filterable=False)
    upload = gr.Video(
        label=I18N("clip"),
        sources=["upload"],
        height=140,
        buttons=[],
        elem_id="video-upload",
    )
    return example, upload, gr.HTML(cards.note(ENGLISH["clip_limits"]), elem_id="video-facts")


def _cover() -> tuple[Any, ...]:
    gr.HTML(text("step_cover"))
    kinds: list[tuple[Any, str]] = [
        (I18N("cover_put_on"), PUT_ON),
        (I18N("cover_found"), FOUND),
        (I18N("cover_drawn"), DRAWN),
    ]
    how = gr.Radio(kinds, value=PUT_ON, label=I18N("cover_from"), elem_id="video-how")
    moving: list[tuple[Any, str]] = [(I18N("wandering" if key == "rectangle" else f"is_{key}"), key) for key in MOVING]
    occluder = gr.Dropdown(
        moving,
        value="rectangle",
        label=I18N("occluder"),
        elem_id="video-occluder",
        filterable=False,
    )
    return how, occluder, mask_editor.painting(I18N("paint_cover"), "video-editor", visible=False)


def _method(session: Session) -> tuple[Any, ...]:
    gr.HTML(text("step_method"))
    # a clip has hundreds of frames: none of them goes to another machine
    able = (one for one in session.methods if CorruptionKind.MISSING in one.undoes and not one.sends_to)
    methods = [(method.name, method.key) for method in able]
    chosen = USUAL if USUAL in dict(methods).values() else methods[0][1]
    method = gr.Dropdown(methods, value=chosen, label=I18N("method"), elem_id="video-method", filterable=False)
    with gr.Row(elem_classes="actions"):
        run = gr.Button(
            I18N("restore_clip"), variant="primary", interactive=False, elem_id="video-run", scale=2, min_width=180
        )
        cancel = gr.Button(I18N("cancel"), interactive=False, elem_id="video-cancel", scale=1, min_width=80)
    return method, run, cancel
