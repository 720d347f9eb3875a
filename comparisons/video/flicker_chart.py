"""The measures of a clip over its time, as a plotly figure."""

import math
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from comparisons.charts import FONT, FONT_SIZE, GRID, TEXT
from comparisons.video.measures import FrameMeasures

LINES: Final = (
    ("warping_frame_by_frame", "Frame by frame", "#c8502d", "dot"),
    ("warping_consistent", "Consistent", "#0077bb", "solid"),
    ("warping_truth", "Ground truth", "#8a8a8a", "dash"),
)
"""Column, name, colour and dash: told apart without colour too."""


def flicker_chart(rows: Sequence[FrameMeasures], dark: bool | None = None) -> "go.Figure":
    """Warping error inside the mask over time.

    Args:
        rows: of the frames in order; a frame without a number is a gap.
        dark: whether the page is dark; None: colours that read on both.
    """
    figure = go.Figure(layout=_layout(dark))
    seconds = [row.seconds for row in rows]
    for name, label, line, dash in LINES:
        values = [getattr(row, name) for row in rows]
        if all(math.isnan(value) for value in values):
            continue
        figure.add_trace(
            go.Scatter(
                x=seconds,
                y=[None if math.isnan(value) else 1e4 * value for value in values],
                name=label,
                mode="lines+markers",
                line={"color": line, "dash": dash, "width": 2},
                marker={"size": 5},
                hovertemplate="%{fullData.name}<br>%{y:.3~g} at %{x:.2f} s<extra></extra>",
            )
        )
    return figure


def _layout(dark: bool | None) -> "go.Layout":
    colour = TEXT[dark]
    font = {"family": FONT, "size": FONT_SIZE, "color": colour}
    axis: dict[str, Any] = {
        "color": colour,
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
        "automargin": True,
    }
    return go.Layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=font,
        xaxis={**axis, "title": {"text": "Time (s)", "font": font}},
        yaxis={**axis, "title": {"text": "Warping error, 1e-4 (lower is better)", "font": font}},
        # above the plot: below it the legend's lines, one to three by the width, would meet the axis title
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": font},
        margin={"l": 56, "r": 12, "t": 40, "b": 48},
        height=340,
    )
