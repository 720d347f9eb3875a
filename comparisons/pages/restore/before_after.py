"""The whole photograph before and after, over each other, with an edge that moves."""

import base64
from pathlib import Path
from typing import Final

import cv2
import gradio as gr
import numpy as np

from comparisons.pages.text.texts import ENGLISH, labelled, named, tag
from restorers import images
from restorers.images import Array

VIEW_SIDE: Final = 1280
"""Longer side in pixels at which a photograph is shown; the download has its own size."""
SCRIPT: Final = Path(__file__).parent / "before_after.js"


def viewed(photograph: Array, side: int = VIEW_SIDE) -> Array:
    """A photograph at the size at which it is shown.

    Args:
        photograph: uint8 (H, W, 3).
        side: longer side in pixels; smaller photographs stay as they are.
    """
    height, width = photograph.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return cv2.resize(photograph, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def build(elem_id: str) -> gr.HTML:
    """Lay it out, empty."""
    return gr.HTML(empty(), js_on_load=SCRIPT.read_text(encoding="utf-8"), elem_id=elem_id)


def empty() -> str:
    """A frame that keeps the place."""
    return f'<div class="before-after empty">{tag("p", ENGLISH["restore_empty"], "class=note")}</div>'


def shown(before: Array, after: Array | None = None) -> str:
    """Two pictures of one photograph as HTML, or one where nothing has been restored yet.

    Args:
        before: uint8 (H, W, 3), at any size.
        after: of the same size.
    """
    height, width = before.shape[:2]
    under = _picture(before, ENGLISH["restore_before"])
    if after is None:
        return f'<div class="before-after"><div class="sheet" style="--ratio: {width} / {height}">{under}</div></div>'
    over = _picture(after, ENGLISH["restore_after"], "after")
    names = tag("b", ENGLISH["restore_before"], 'class="name left"') + tag(
        "b", ENGLISH["restore_after"], 'class="name right"'
    )
    slide = f'<input type="range" min="0" max="100" step="0.5" value="50" {named("restore_edge")}>'
    sheet = f'<div class="sheet" style="--ratio: {width} / {height}">{under}{over}<i class="edge"></i>{names}</div>'
    return f'<div class="before-after">{sheet}{slide}</div>'


def _picture(pixels: Array, words: str, kind: str = "before") -> str:
    data = base64.b64encode(images.jpeg_bytes(viewed(pixels))).decode("ascii")
    return f'<img class="{kind}" src="data:image/jpeg;base64,{data}" alt="{words}" {labelled(words)} draggable="false">'
