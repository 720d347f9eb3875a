"""Gradio's picture editor as a source of masks: what is painted is taken as files, and nothing else of it is looked at."""

import threading
from abc import ABCMeta
from typing import Any, Final

import gradio as gr
import numpy as np
from gradio.component_meta import ComponentMeta
from gradio.components.base import server
from gradio.components.image_editor import AcceptBlobs, EditorData, EditorDataBlobs

from restorers import decoding
from restorers.contract import Problem
from restorers.images import Array
from restorers.sandbox import untrusted

Edited = dict[str, Any] | None
"""Value of the editor: `layers` is a list of paths, of files' bytes or of uint8 (H, W, 4); what else stands there is not read."""

MOST_LAYERS: Final = 8
"""Layers that are looked at; the page's own editors paint on one."""
MOST_WAITING: Final = 16
"""Drawings of one visit that have been sent and not yet been used."""


class _WithoutStub(ComponentMeta):
    """Gradio writes a stub file beside the source of each new class of components; this one has nothing to say in it."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> "_WithoutStub":
        return ABCMeta.__new__(cls, name, bases, attrs)


class MaskEditor(gr.ImageEditor, metaclass=_WithoutStub):
    """The editor, except that its pictures reach a handler undecoded.

    Gradio (6.31) decodes background, layers and composite here and now, whatever their sizes: 10 kB would take 1.4 GB.
    """

    is_template = True
    """The browser shows what it shows for the class above."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Gradio's own
        super().__init__(*args, **kwargs)
        self._lock = threading.Lock()

    def preprocess(self, payload: EditorData | None) -> Any:  # noqa: ANN401 - Gradio's class says more than it keeps
        """What a handler is given: see `Edited`; `layers_of` decodes it."""
        if payload is None:
            return None
        layers: list[bytes | str | None] = [layer.path for layer in payload.layers]
        if payload.id is not None:
            with self._lock:
                sent = self.blob_storage.pop(payload.id, None)
            layers = list(sent.layers) if sent else []
        return {"background": None, "layers": [layer for layer in layers if layer is not None], "composite": None}

    @server  # type: ignore[untyped-decorator]
    def accept_blobs(self, data: AcceptBlobs) -> None:
        """Keep a layer that the browser sends ahead of an event; Gradio would keep any number of any size, for ever."""
        name, place = data.data["id"], str(data.data["index"])
        content = data.files[0][1] if data.files else b""
        if (
            data.data["type"] != "layer"
            or place not in map(str, range(MOST_LAYERS))
            or len(content) > decoding.MAX_BYTES
        ):
            return
        with self._lock:
            sent = self.blob_storage.pop(name, None) or EditorDataBlobs(background=None, layers=[], composite=None)
            sent.layers.extend([None] * (int(place) + 1 - len(sent.layers)))
            sent.layers[int(place)] = content
            self.blob_storage[name] = sent
            while len(self.blob_storage) > MOST_WAITING:
                del self.blob_storage[next(iter(self.blob_storage))]


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
        raise Problem(f"Expected a mask of at most {MOST_LAYERS} layers, got {len(layers)}: clear it and draw again.")
    return [_rgba(layer) for layer in layers]


def _rgba(layer: Array | str | bytes) -> Array:
    if isinstance(layer, np.ndarray):
        return layer
    return np.asarray(untrusted.decoded(layer, untrusted.PIECES).convert("RGBA"), np.uint8)
