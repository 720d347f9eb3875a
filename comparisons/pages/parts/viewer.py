"""Any two pictures of a comparison over each other or side by side: slider, flip, zoom and pan that hold for both.

The pictures are not sent again: `viewer.js` takes every `<img data-picture>` of the stage, in the browser. So there is nothing
to wait for, and whatever else shows pictures there (stages, samples, error maps) can be chosen without telling it.
"""

import json
from html import escape
from pathlib import Path
from typing import Final

import gradio as gr
import numpy as np

from comparisons.pages.text import gradio_texts
from comparisons.pages.text.texts import CHINESE, ENGLISH, named, tag
from restorers.contract import SIDE
from restorers.images import Array, Mask

SCRIPT: Final = Path(__file__).parent / "viewer.js"

_MODES: Final = ("slider", "flip", "sides")
_STEPS: Final = (("out", "−"), ("in", "+"), ("reset", "⤢"))


def build() -> gr.HTML:
    """Lay the viewer out; called inside the stage's column."""
    return gr.HTML(shell(), js_on_load=SCRIPT.read_text(encoding="utf-8"), elem_id="viewer")


def shell() -> str:
    """The viewer without pictures."""
    said = {key.removeprefix("viewer_"): words for key, words in ENGLISH.items() if key.startswith("viewer_")}
    modes = "".join(
        tag("button", said[key], f'type="button" data-mode="{key}" aria-pressed="{str(key == "slider").lower()}"')
        for key in _MODES
    )
    steps = "".join(
        f'<button type="button" data-do="{key}" title="{said[key]}" {named(f"viewer_{key}")}>{sign}</button>'
        for key, sign in _STEPS
    )
    return f"""
<div class="viewer" data-mode="slider" data-linked="{ENGLISH["linked"]}" data-linked-zh="{CHINESE["linked"]}"
  data-gradio-zh="{escape(json.dumps(gradio_texts.CHINESE, ensure_ascii=False))}">
  <div class="tools">
    <label>{tag("span", said["left"])} <select data-side="left" {named("viewer_left_picture")}></select></label>
    <label>{tag("span", said["right"])} <select data-side="right" {named("viewer_right_picture")}></select></label>
    <span class="group" role="group" {named("viewer_how")}>{modes}</span>
    <span class="group" role="group" {named("viewer_zoom")}>{steps}</span>
    <label class="tick"><input type="checkbox" data-do="outline"> {tag("span", said["outline"])}</label>
  </div>
  <div class="panes" tabindex="0" role="group" {named("viewer_panes")}>
    <div class="pane one">{_sheet("left")}<div class="upper">{_sheet("right")}</div><i class="edge"></i>
      <b class="name left"></b><b class="name right"></b></div>
    <div class="pane two">{_sheet("right")}<b class="name right"></b></div>
  </div>
  <input type="range" class="slide" min="0" max="100" step="0.5" value="50" {named("viewer_edge")}>
</div>
"""


def outline(mask: Mask | Array) -> str:
    """The edge between missing and visible pixels as an SVG path in pixels of the picture.

    Args:
        mask: (H, W), non-zero = missing.

    Returns:
        Straight runs only, such as `M2 1H4M2 1V3`; empty where nothing is missing.
    """
    inside = np.pad(np.asarray(mask) != 0, 1)
    rows = _runs(inside[1:, 1:-1] != inside[:-1, 1:-1])  # edges above row y
    columns = _runs((inside[1:-1, 1:] != inside[1:-1, :-1]).T)
    across = "".join(f"M{start} {y}H{stop}" for y, start, stop in rows)
    down = "".join(f"M{x} {start}V{stop}" for x, start, stop in columns)
    return across + down


def _runs(edges: Mask) -> list[tuple[int, int, int]]:
    """Line, start and stop of every run of True in the rows of (N, M)."""
    steps = np.diff(np.pad(edges.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    lines, starts = np.nonzero(steps == 1)
    stops = np.nonzero(steps == -1)[1]
    return list(zip(lines.tolist(), starts.tolist(), stops.tolist(), strict=True))


def _sheet(side: str) -> str:
    svg = f'<svg viewBox="0 0 {SIDE} {SIDE}" aria-hidden="true"><path/></svg>'
    return f'<div class="sheet"><img data-view="{side}" alt="" hidden draggable="false">{svg}</div>'
