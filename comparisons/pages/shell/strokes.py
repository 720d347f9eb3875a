"""What the mask editor hands over before an event: bounded, for Gradio keeps all that anybody sends until it is asked for.

`ImageEditor.accept_blobs` takes layers of any number under any name, and one layer with the index 10,000,000,000 fills the memory.
Gradio's class itself is changed, not a class of ours: Gradio writes a file beside the source of every new component.
"""

import functools
import inspect
from typing import Any, Final

import fastapi
import gradio as gr

from comparisons.pages.shell.fair_queue import KNOWN, GradioChanged, Shared

MOST_DRAWINGS: Final = 32
"""Drawings that wait for their event, of everybody."""
MOST_LAYERS: Final = 3
"""Of one drawing; the page's editors have one."""
_LONGEST: Final = 64
_KINDS: Final = ("layer", "background", "composite")

WAITING: Final = Shared(MOST_DRAWINGS)
"""Drawings by the name that the browser gave them."""


def install() -> None:
    """Bound the editors of this process; once is enough.

    Raises:
        GradioChanged: if this Gradio's editor takes its layers in another way.
    """
    accept = getattr(gr.ImageEditor, "accept_blobs", None)
    if accept is None or tuple(inspect.signature(accept).parameters) != ("self", "data"):
        raise GradioChanged(
            f"Gradio {gr.__version__} has changed inside: expected ImageEditor.accept_blobs('data'); "
            f"install gradio {KNOWN}, or adapt comparisons/pages/shell/strokes.py."
        )
    if hasattr(accept, "__wrapped__"):
        return
    # every visit may have editors of its own: they share one store
    editor: Any = gr.ImageEditor
    editor.blob_storage = property(lambda _self: WAITING, lambda _self, _value: None)
    editor.accept_blobs = _bounded(accept)


def _bounded(accept: Any) -> Any:  # noqa: ANN401 - a method of Gradio's
    @functools.wraps(accept)
    def accept_blobs(self: gr.ImageEditor, data: Any) -> None:  # noqa: ANN401 - whatever was sent
        if not _is_drawing(getattr(data, "data", None), getattr(data, "files", None)):
            raise fastapi.HTTPException(400, "Expected one layer of a drawing; draw it again.")
        accept(self, data)

    return accept_blobs


def _is_drawing(told: Any, files: Any) -> bool:  # noqa: ANN401 - whatever was sent
    if not isinstance(told, dict) or not isinstance(files, list) or len(files) != 1:
        return False
    name, index, kind = told.get("id"), told.get("index"), told.get("type")
    named = isinstance(name, str) and 0 < len(name) <= _LONGEST
    placed = not index or index == "null" or (str(index).isdecimal() and int(str(index)[:4]) < MOST_LAYERS)
    return named and placed and kind in _KINDS
