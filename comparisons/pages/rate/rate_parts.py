"""What is on the Rate tab, and what its handlers keep between two taps."""

from typing import Any, Final, NamedTuple

import gradio as gr

from comparisons.study.plan import Answer

ORDER: Final[tuple[Answer, ...]] = ("left", "tie", "both_bad", "skip", "right")
"""The buttons from left to right, those for a side under it."""
MOVED: Final = "moved"
"""What the browser says in place of the pictures that were ready, once they are in sight."""
Updates = dict[Any, Any]
"""What a handler changes, by component."""


class RateParts(NamedTuple):
    """What is on the tab."""

    arrival: gr.State
    """Who came by a link or from a panel, as `Admitted`."""
    terms: gr.Textbox
    """Which words of consent are asked for; out of sight."""
    before: gr.HTML
    consent: gr.HTML
    question: gr.Radio
    pair: gr.HTML
    ahead: gr.HTML
    """Out of sight: the next pair, on its way while somebody still looks at this one."""
    part: gr.Radio
    """Which part of the other one is worse; in sight after a vote where it is asked."""
    reveal: gr.HTML
    buttons: dict[Answer, gr.Button]
    best: gr.Radio
    """Place of the best of four; in sight where four are shown."""
    worst: gr.Radio
    counted: gr.HTML
    number: gr.HTML
    following: gr.Button
    remark: gr.Textbox
    trial: gr.State
    """The opaque id stays in the visitor's session on the server; the browser never gets even that."""
    tapped: gr.State
    """The vote that waits for which part is worse, as `Tapped`; on the server, so that the time cannot be made up."""
    coming: gr.State
    rater: gr.BrowserState


class Tapped(NamedTuple):
    """A vote for a side whose rater is asked which part of the other one is worse."""

    trial: str
    study: str
    answer: Answer
    at: float
    """Seconds of a clock that only goes forward."""
