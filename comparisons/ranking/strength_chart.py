"""Strengths over the hidden area: a curve that people's votes make, beside the curves of the measures."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from comparisons.charts import FONT, FONT_SIZE, GRID, TEXT, written
from comparisons.ranking.by_ratio import CellStanding
from comparisons.strokes import stroke


def strength_chart(cells: Sequence[CellStanding], dark: bool | None = None) -> "go.Figure":
    """One line a method over the bins of the occlusion ratio, with its 95 % intervals.

    Args:
        cells: as `by_ratio` gives them; scenarios are left to the table.
        dark: whether the page is dark; None: colours that read on both.

    Returns:
        A figure without fixed width; ends that are open are drawn as far as the others reach.
    """
    bins = [cell for cell in cells if cell.kind == "bin"]
    finite = [end for cell in bins for end in (cell.low, cell.high) if np.isfinite(end)]
    reach = (min(finite, default=-1.0), max(finite, default=1.0))
    layout = go.Layout(
        font={"family": FONT, "size": FONT_SIZE, "color": TEXT[dark]},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"title": {"text": "hidden area, %"}, "gridcolor": GRID, "automargin": True},
        yaxis={"title": {"text": "strength by votes (log odds)"}, "gridcolor": GRID, "automargin": True},
        hovermode="closest",
    )
    methods = list(dict.fromkeys(cell.method for cell in bins))
    return go.Figure(
        [_line(method, bins, number - len(methods) / 2, reach) for number, method in enumerate(methods)], layout
    )


def _line(method: str, bins: Sequence[CellStanding], place: float, reach: tuple[float, float]) -> "go.Scatter":
    mine = sorted((cell for cell in bins if cell.method == method), key=lambda cell: cell.ratio)
    strengths = np.clip([cell.strength for cell in mine], *reach)
    drawn = stroke(method)
    return go.Scatter(
        # moved apart a little, so that intervals do not hide each other
        x=[100 * cell.ratio + 0.28 * place for cell in mine],
        y=strengths,
        error_y={
            "type": "data",
            "array": np.clip([cell.high for cell in mine], *reach) - strengths,
            "arrayminus": strengths - np.clip([cell.low for cell in mine], *reach),
            "thickness": 1,
            "width": 3,
        },
        text=[f"{cell.low:+.2f} to {cell.high:+.2f}<br>n = {cell.votes}" for cell in mine],
        hovertemplate="%{y:+.2f}<br>%{text}<extra>" + written(method) + "</extra>",
        mode="lines+markers",
        name=written(method),
        line={"color": drawn.colour, "dash": drawn.dash},
        marker={"color": drawn.colour, "symbol": drawn.symbol, "size": 8},
    )
