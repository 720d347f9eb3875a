"""The whole photograph before and after, over each other, with an edge that moves."""

import base64
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import gradio as gr
import numpy as np

from comparisons.pages.text.texts import ENGLISH, alternative, named, tag
from restorers import images
from restorers.images import Array
from restorers.paths import RESTORED

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
    """What will happen, in three steps beside a finished example; it keeps the place of the photograph."""
    steps = "".join(tag("li", ENGLISH[f"restore_step_{number}"]) for number in (1, 2, 3))
    words = tag("p", ENGLISH["restore_example"], "class=note")
    return f'<div class="before-after empty"><div class="example">{_example()}{words}</div><ol>{steps}</ol></div>'


@cache
def _example() -> str:
    """A shipped face under drawn sunglasses, before and after."""
    files = [
        "data:image/webp;base64," + base64.b64encode((RESTORED / name).read_bytes()).decode("ascii")
        for name in ("before.webp", "after.webp")
    ]
    return _compared(files[0], files[1], "1 / 1")


def shown(before: Array, after: Array | None = None) -> str:
    """Two pictures of one photograph as HTML, or one where nothing has been restored yet.

    Args:
        before: uint8 (H, W, 3), at any size.
        after: of the same size.
    """
    height, width = before.shape[:2]
    ratio = f"{width} / {height}"
    if after is None:
        under = _picture(_as_jpeg(before), ENGLISH["restore_before"], "before")
        return f'<div class="before-after"><div class="sheet" style="--ratio: {ratio}">{under}</div></div>'
    return f'<div class="before-after">{_compared(_as_jpeg(before), _as_jpeg(after), ratio)}</div>'


def _compared(before: str, after: str, ratio: str) -> str:
    """Two pictures by their addresses, and what moves the edge between them."""
    under = _picture(before, ENGLISH["restore_before"], "before")
    over = _picture(after, ENGLISH["restore_after"], "after")
    names = tag("b", ENGLISH["restore_before"], 'class="name left"') + tag(
        "b", ENGLISH["restore_after"], 'class="name right"'
    )
    slide = f'<input type="range" min="0" max="100" step="0.5" value="50" {named("restore_edge")}>'
    sheet = f'<div class="sheet" style="--ratio: {ratio}">{under}{over}<i class="edge"></i>{names}</div>'
    return sheet + slide


def _as_jpeg(pixels: Array) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(images.jpeg_bytes(viewed(pixels))).decode("ascii")


def _picture(address: str, words: str, kind: str) -> str:
    return f'<img class="{kind}" src="{address}" {alternative(words)} draggable="false">'
