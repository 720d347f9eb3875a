"""Whether a call says what the page itself would send: as many values as there are inputs, each of its component's kind.

Gradio believes what is posted: a list where a number goes reaches the handler. What a browser cannot send is refused before
that, in one sentence and one line of the log; a handler sees values of its own kinds only. The endpoints for programs are
given their numbers and words as they came, since they have a better sentence for each.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from gradio.helpers import special_args

from comparisons.pages.shell import gate
from restorers.contract import Problem

UNFIT: Final = "Expected what this page sends, and got something else: load the page again and try once more."
LARGEST: Final = 2**53
"""Of a number: what a browser holds to the last digit."""


def _is_number(value: object) -> bool:
    # compared and not converted: a whole number may be too large for a float, and NaN is not below anything
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


_KINDS: Final[dict[str, Callable[[object], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
}
"""By the types of `api_info`; Gradio rounds where a whole number is asked for."""


def checked(event: BlockFunction, values: Sequence[Any]) -> list[Any]:
    """The values of a call, as many as the event has inputs, each file looked at and each of its component's kind.

    Args:
        event: of the page.
        values: as they came, of JSON.

    Raises:
        Problem: if there are too few or too many, one is of another kind, or a file is no upload.
    """
    if event.fn is None or len(values) != len(event.inputs):
        raise Problem(UNFIT)
    return [_checked(event, block, value) for block, value in zip(event.inputs, values, strict=True)]


def clicked(event: BlockFunction, said: gr.EventData | None) -> gr.EventData | None:
    """What an event tells of itself, such as which picture was clicked, without the picture.

    Args:
        event: of the page.
        said: as it came, of JSON.

    Raises:
        Problem: if the handler reads it and it tells nothing.
    """
    if said is None or event.fn is None or special_args(event.fn)[2] is None:
        return said
    data = said._data
    if not isinstance(data, dict) or not {"index", "value"} <= data.keys():
        raise Problem(UNFIT)
    return gr.EventData(said.target, gate.without_files(data))


def _checked(event: BlockFunction, block: Block, value: object) -> object:
    if getattr(block, "stateful", False):
        return None  # the session has it, whatever is sent in its place
    if event.api_visibility == "private" and not _fits(block, value):
        raise Problem(UNFIT)
    seen = gate.checked(value)
    # Gradio's model of a picture takes an object of nothing
    if isinstance(seen, dict) and "path" not in seen and "path" in getattr(_model(block), "model_fields", {}):
        raise Problem(UNFIT)
    return seen


def _model(block: Block) -> type | None:
    """What Gradio checks a value of files or of a table against."""
    return getattr(block, "data_model", None)


def _fits(block: Block, value: object) -> bool:
    """Whether a component could have this value; components of files and tables have Gradio's own model of it."""
    if _model(block) is not None or not isinstance(block, gr.components.Component):
        return True
    if value is None:
        # what begins with a choice cannot be emptied
        return not isinstance(block, gr.Radio | gr.Dropdown | gr.Slider) or block.value is None
    told = block.api_info()
    if choices := told.get("enum"):
        # Gradio calls every choice a string, whatever its values are
        return any(type(value) is type(one) or (_is_number(value) and _is_number(one)) for one in choices)
    kind = told.get("type")
    return kind not in _KINDS or _KINDS[kind](value) if isinstance(kind, str) else True
