"""How each method is drawn: one colour, dash and symbol in every chart and beside every picture."""

from dataclasses import dataclass
from typing import Any, Final

from comparisons.scenarios.menu import derive_seed


@dataclass(frozen=True)
class Stroke:
    """How a method is drawn: in every chart alike, and told apart without colour too."""

    colour: str
    dash: str
    symbol: str


STROKES: Final = {
    "telea": Stroke("#8a8a8a", "dot", "x"),
    "navier_stokes": Stroke("#8a8a8a", "dash", "cross"),
    "patchmatch": Stroke("#b8860b", "dash", "square"),
    "eigenface": Stroke("#7d7dc4", "dashdot", "diamond"),
    "lightweight_gan": Stroke("#0077bb", "solid", "circle"),
    "shift_net": Stroke("#c8502d", "solid", "triangle-up"),
    "picnet": Stroke("#009473", "solid", "triangle-down"),
    "dual_stage": Stroke("#b85c93", "solid", "star"),
    "jsfm_gan": Stroke("#b04a4a", "longdash", "hexagon"),
    "gan_prior": Stroke("#3b9bb5", "longdash", "pentagon"),
}
"""Colours after Okabe and Ito and after Tol, darkened or lightened until each has a contrast of 3 : 1 on white and on a
dark page. Floors that learn nothing are grey or broken lines."""

MARKERS: Final = {
    "x": "X",
    "cross": "P",
    "square": "s",
    "diamond": "D",
    "circle": "o",
    "triangle-up": "^",
    "triangle-down": "v",
    "star": "*",
    "hexagon": "h",
    "pentagon": "p",
}
"""Matplotlib's names of Plotly's symbols."""
DASHES: Final[dict[str, Any]] = {
    "solid": "-",
    "dot": ":",
    "dash": "--",
    "dashdot": "-.",
    "longdash": (0, (8, 3)),
    "longdashdot": (0, (8, 3, 1, 3)),
}
"""And of its dashes."""


def stroke(method: str) -> Stroke:
    """How a method is drawn; a key without a stroke of its own gets one that depends on the key alone."""
    if method in STROKES:
        return STROKES[method]
    drawn = list(STROKES.values())
    colour, symbol = (drawn[derive_seed(method, part) % len(drawn)] for part in ("colour", "symbol"))
    return Stroke(colour.colour, "longdashdot", symbol.symbol)
