"""Gradio's picture editor as a source of masks: what is painted is taken as files, and nothing else of it is looked at."""

import threading
from typing import Any, Final

import fastapi
import gradio as gr
import numpy as np
from gradio.components.base import server
from gradio.components.image_editor import EditorData

from comparisons.pages.parts.without_stub import WithoutStub
from comparisons.pages.shell.shared import Shared
from restorers.contract import Problem
from restorers.images import Array
from restorers.sandbox import untrusted

Edited = dict[str, Any] | None
"""Value of the editor: `layers` is a list of paths, of files' bytes or of uint8 (H, W, 4); what else stands there is not read."""

MOST_LAYERS: Final = 8
"""Layers that are looked at; the page's own editors paint on one."""
MOST_DRAWINGS: Final = 32
"""Drawings, of everybody, that have been sent and not yet been used."""
MOST_BYTES: Final = 8 * 2**20
"""Of all layers of such a drawing."""
_LONGEST: Final = 64
_BELOW: Final = ("background", "composite")

WAITING: Final = Shared(MOST_DRAWINGS)
"""The layers of such drawings, by the names that the browser gave them."""
_LOCK: Final = threading.Lock()


class MaskEditor(gr.ImageEditor, metaclass=WithoutStub):
    """The editor, except that its pictures reach a handler undecoded.

    Gradio (6.31) decodes background, layers and composite here and now, whatever their sizes: 10 kB would take 1.4 GB.
    """

    is_template = True
    """The browser shows what it shows for the class above."""

    def preprocess(self, payload: EditorData | None) -> Any:  # noqa: ANN401 - Gradio's class says more than it keeps
        """What a handler is given: see `Edited`; `layers_of` decodes it."""
        if payload is None:
            return None
        layers: list[bytes | str | None] = [layer.path for layer in payload.layers]
        if payload.id is not None:
            with _LOCK:
                sent: dict[int, bytes] = WAITING.pop(payload.id, {})
            layers = [sent[place] for place in sorted(sent)]
        return {"background": None, "layers": [layer for layer in layers if layer is not None], "composite": None}

    @server  # type: ignore[untyped-decorator]
    def accept_blobs(self, data: Any) -> None:  # noqa: ANN401 - whatever was sent
        """Keep a layer that the browser sends ahead of an event; Gradio would keep any number of any size, for ever.

        Raises:
            HTTPException: 400 if it is none.
        """
        name, place, content = _layer(getattr(data, "data", None), getattr(data, "files", None))
        if place is None:
            return
        with _LOCK:
            sent: dict[int, bytes] = WAITING.get(name, {}) | {place: content}
            if sum(map(len, sent.values())) > MOST_BYTES:
                raise _no_layer()
            WAITING[name] = sent


def _layer(told: Any, files: Any) -> tuple[str, int | None, bytes]:  # noqa: ANN401 - whatever was sent
    """A drawing's name, the place of a layer in it and its file; no place for what lies below and above the layers.

    Raises:
        HTTPException: if it is nothing of the kind.
    """
    if not isinstance(told, dict) or not isinstance(files, list) or len(files) != 1:
        raise _no_layer()
    name, place, kind = told.get("id"), str(told.get("index")), told.get("type")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST:
        raise _no_layer()
    if kind in _BELOW:
        return name, None, b""
    if kind != "layer" or place not in map(str, range(MOST_LAYERS)):
        raise _no_layer()
    return name, int(place), files[0][1]


def _no_layer() -> fastapi.HTTPException:
    return fastapi.HTTPException(400, "Expected one layer of a drawing; draw it again.")


def layers_of(edited: Edited) -> list[Array]:
    """What is painted.

    Args:
        edited: the editor's value.

    Returns:
        uint8 (H, W, 4) of each layer; what has no transparency is opaque.

    Raises:
        Problem: if a layer is no picture that can be used, or there are too many.
    """
    layers = (edited or {}).get("layers") or []
    if len(layers) > MOST_LAYERS:
        raise Problem(
            "Expected a mask of at most {most} layers, got {count}: clear it and draw again.",
            most=MOST_LAYERS,
            count=len(layers),
        )
    return [_rgba(layer) for layer in layers]


def _rgba(layer: Array | str | bytes) -> Array:
    if isinstance(layer, np.ndarray):
        return layer
    return np.asarray(untrusted.decoded(layer, untrusted.PIECES).convert("RGBA"), np.uint8)
