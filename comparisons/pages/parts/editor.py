"""A picture to paint a mask on: a translucent brush, an eraser, undo, a rim that grows or shrinks; strokes may begin anywhere.

`mask_canvas.js` does it in the browser. What comes back is text: nothing is stored, and no path of a file can be named. The mask in
it is a PNG that anybody may have made, so it is decoded as strangers' pictures are.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gradio as gr
import numpy as np
import numpy.typing as npt
from gradio.i18n import I18nData

from comparisons.pages.text.texts import ENGLISH, named, tag
from restorers import images
from restorers.contract import Problem
from restorers.faces.cover_masks import MOST_GROWN
from restorers.images import Array
from restorers.sandbox import untrusted

Edited = str | None
"""Value of the editor: JSON of `picture`, `mask` and `grow`; None until a picture is shown."""

SCRIPT: Final = Path(__file__).parent / "mask_canvas.js"
NO_DRAWING: Final = "Expected a mask that was drawn on this page, got something else: clear it and draw again."
_MARK: Final = "data:image/png;base64,"
_MOST_CHARACTERS: Final = 8 * 2**20
_TOOLS: Final = ("paint", "erase")
_STEPS: Final = ("undo", "redo", "clear")


@dataclass(frozen=True, eq=False)
class Drawing:
    """What was painted."""

    mask: npt.NDArray[np.bool_]
    """(H, W) of the picture, True = painted."""
    grow: int
    """By how much the mask shall grow, or shrink where it is negative; in the unit of `value`."""


def painting(label: str | I18nData, elem_id: str, *, visible: bool = True) -> gr.HTML:
    """An editor without a picture yet."""
    return gr.HTML(
        None,
        label=label,
        html_template=shell(),
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        visible=visible,
        elem_id=elem_id,
    )


def shell() -> str:
    """The editor without a picture."""
    tools = "".join(
        tag(
            "button",
            ENGLISH[f"mask_{key}"],
            f'type="button" data-do="{key}" aria-pressed="{str(key == "paint").lower()}"',
        )
        for key in _TOOLS
    )
    steps = "".join(tag("button", ENGLISH[f"mask_{key}"], f'type="button" data-do="{key}"') for key in _STEPS)
    rim = "".join(
        f'<button type="button" data-do="{key}" {named(f"mask_{key}")}>{sign}</button>{more}'
        for key, sign, more in (("shrink", "−", "<output>0</output>"), ("grow", "+", ""))
    )
    size = f'<input type="range" data-do="size" min="1" max="30" step="1" value="8" {named("mask_size")}>'
    return f"""
<div class="mask-canvas empty"><div class="parts">
  <div class="bar" role="toolbar" {named("mask_tools")}>{tools}
    <label>{tag("span", ENGLISH["mask_size"])}{size}</label>{steps}
    <div class="rim">{tag("span", ENGLISH["mask_rim"])}{rim}</div>
  </div>
  <div class="field" tabindex="0" role="application" {named("mask_field")}>
    <div class="sheet"><canvas class="picture"></canvas><canvas class="shown"></canvas></div><i class="ring"></i>
  </div>
</div></div>
"""


def value(picture: Array, mask: npt.NDArray[Any] | None = None, grow: int = 0, scale: float = 1.0) -> str:
    """The editor's value: a picture, and a mask to begin with.

    Args:
        picture: uint8 (H, W, 3), what lies below.
        mask: (H, W) bool or uint8, non-zero = painted.
        grow: by how much the mask shall grow.
        scale: pixels of the picture per unit of growth.
    """
    told: dict[str, Any] = {
        "picture": _address(images.jpeg_bytes(picture), "jpeg"),
        "mask": "",
        "grow": grow,
        "scale": scale,
    }
    if mask is not None:
        layer = np.zeros((*mask.shape, 4), np.uint8)
        layer[..., 3] = (mask != 0) * np.uint8(255)
        told["mask"] = _address(images.png_bytes(layer), "png")
    return json.dumps(told)


def drawn(edited: Edited) -> Drawing | None:
    """What is painted; None where nothing is shown or painted.

    Args:
        edited: the editor's value, or whatever was sent in its place.

    Raises:
        Problem: if it is none of an editor.
    """
    if not edited:
        return None
    told = _told(edited)
    if not told["mask"]:
        return None
    try:
        data = base64.b64decode(told["mask"].removeprefix(_MARK), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(NO_DRAWING) from error
    layer = np.asarray(untrusted.decoded(data, untrusted.PIECES).convert("RGBA"), np.uint8)
    painted = np.asarray(layer[..., 3] > images.MASK_THRESHOLD)
    return Drawing(painted, told["grow"]) if painted.any() else None


def _told(edited: str) -> dict[str, Any]:
    if not isinstance(edited, str) or len(edited) > _MOST_CHARACTERS:
        raise Problem(NO_DRAWING)
    try:
        told = json.loads(edited)
    except ValueError as error:
        raise Problem(NO_DRAWING) from error
    mask, grow = (told.get("mask"), told.get("grow")) if isinstance(told, dict) else (None, None)
    fits = isinstance(mask, str) and (not mask or mask.startswith(_MARK))
    if not fits or not isinstance(grow, int) or isinstance(grow, bool) or abs(grow) > MOST_GROWN:
        raise Problem(NO_DRAWING)
    return {"mask": mask, "grow": grow}


def _address(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
