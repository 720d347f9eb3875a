"""Where somebody clicked: anybody may send such an event, so what it says is checked before it is used."""

import math
from typing import Final

import gradio as gr

from restorers.contract import Problem

_ELSEWHERE: Final = "That click hit nothing that is there; click on one of the pictures."


def place(event: gr.SelectData, count: int, gone: str = _ELSEWHERE) -> int:
    """Which of several pictures was clicked.

    Args:
        event: of a gallery.
        count: how many pictures it has.
        gone: what to say if it was none of them.

    Raises:
        Problem: if it was none of them.
    """
    index: object = event.index
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < count:
        raise Problem(gone)
    return index


def words(told: object, count: int) -> list[str]:
    """The first words of a line of a table or of a point of a chart.

    Args:
        told: what the event says of it.
        count: how many words are needed.

    Raises:
        Problem: if it says less.
    """
    if not isinstance(told, list | tuple) or len(told) < count:
        raise Problem(_ELSEWHERE)
    return [str(word) for word in told[:count]]


def point(event: gr.SelectData) -> tuple[float, float]:
    """Where in a picture was clicked: x and y in its pixels.

    Raises:
        Problem: if the event says no such place.
    """
    index: object = event.index
    if isinstance(index, list | tuple) and len(index) == 2:
        x, y = index
        if all(isinstance(value, int | float) and math.isfinite(value) for value in (x, y)):
            return float(x), float(y)
    raise Problem(_ELSEWHERE)
