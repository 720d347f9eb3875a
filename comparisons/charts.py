"""Rows of scores to plotly figures, one function per chart.

Figures are drawn by plotly 6.5 and 7 and by the plotly.js 3.3 inside Gradio, so only attributes that all of them
know are used. The background is transparent and every colour is named, so that a figure reads on any page.
"""

from html import escape
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from comparisons.metrics.extras import ALL, INPUT
from comparisons.metrics.scorer import Column
from comparisons.strokes import stroke
from restorers import catalogue
from restorers.sentences import Sentence, as_sentence

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
FONT_SIZE: Final = 13
"""In CSS pixels: the smallest that is easily read on a phone."""

CORRUPTED: Final = "Corrupted face"
"""What the input is called where it stands among the methods; words, unlike their names."""

TEXT: Final = {True: "#e5e7eb", False: "#1f2937", None: "#777777"}
"""Colour of text on a dark page, on a light page, and on either."""
GRID: Final = "rgba(128,128,128,0.25)"

_DODGE: Final = 0.28
"""How far neighbouring methods are moved apart, in percentage points, so that error bars do not hide each other."""


def ratio_chart(frame: pd.DataFrame, metric: str, dark: bool | None = None) -> "go.Figure":
    """Every method over the occlusion ratio: mean of each bin, and one standard deviation to either side.

    Args:
        frame: one row per corruption and method with the columns `method`, `bin`, `ratio` (fraction of the picture) and
            `metric`; rows without a score are left out.
        metric: a key of `comparisons.metrics.extras.ALL`.
        dark: whether the page is dark; None: colours that read on both.

    Returns:
        A figure without fixed width; a method without any score is not in it.

    Raises:
        KeyError: if the measure is unknown or the frame lacks a column.
    """
    column = ALL[metric]
    figure = go.Figure(layout=_layout(column, dark))
    scored = frame.loc[frame[metric].notna() & frame["ratio"].gt(0), ["method", "bin", "ratio", metric]]
    order = ordered(scored["method"])
    for place, key in enumerate(order):
        points = _points(scored[scored["method"] == key], metric)
        figure.add_trace(_curve(key, points, column, _DODGE * (place - (len(order) - 1) / 2)))
    if not order:
        _say(figure, "No scores yet")
    return figure


def band_chart(means: pd.DataFrame, metric: str, dark: bool | None = None) -> "go.Figure":
    """Every method over the occlusion ratio: mean over pictures and its 95 % interval as a band.

    Args:
        means: what `comparisons.benchmark.tables.means` returned, of one scenario.
        metric: a key of `comparisons.metrics.extras.ALL`.
        dark: whether the page is dark; None: colours that read on both.

    Returns:
        A figure without fixed width. A click on a point of it gives `customdata`: interval, n, bin, method. The corrupted face waits in
        the legend where something is missing: hidden pixels are so far from any restored face that nothing else could be told apart.
    """
    column = ALL[metric]
    figure = go.Figure(layout=_layout(column, dark))
    order = ordered(means["method"])
    for key in order:
        points = means[means["method"] == key].sort_values("ratio")
        figure.add_trace(_band(key, points))
        figure.add_trace(_line(key, points, column))
    if len(order) > 1 and bool(means["ratio"].gt(0).any()):
        figure.update_traces(visible="legendonly", selector={"legendgroup": INPUT})
    if not order:
        _say(figure, "No scores of this kind")
    return figure


def cost_chart(points: pd.DataFrame, metric: str, dark: bool | None = None) -> "go.Figure":
    """Quality against cost: one point per method.

    Args:
        points: columns method, cost (seconds, PatchMatch = 1), mean, low, high, n.
        metric: a key of `comparisons.metrics.extras.ALL`, which mean, low and high are of.
        dark: as for `band_chart`.
    """
    column = ALL[metric]
    layout = _layout(column, dark)
    layout.xaxis.update(
        {
            "title": {"text": "Time for one face, PatchMatch = 1", "font": layout.font.to_plotly_json()},
            "ticksuffix": "",
        },
        type="log",
    )
    figure = go.Figure(layout=layout)
    for key in ordered(points["method"]):
        row = points[points["method"] == key].iloc[0]
        drawn = stroke(key)
        spread = {"array": [row["high"] - row["mean"]], "arrayminus": [row["mean"] - row["low"]]}
        figure.add_trace(
            go.Scatter(
                x=[float(row["cost"])],
                y=[float(row["mean"])],
                error_y={"type": "data", "symmetric": False, "thickness": 1, "width": 3}
                | {side: [float(value) for value in values] for side, values in spread.items()},
                name=written(key),
                mode="markers",
                marker={"color": drawn.colour, "symbol": drawn.symbol, "size": 12},
                hovertemplate=f"%{{fullData.name}}<br>{column.label} %{{y:.4~g}} (n = {int(row['n'])})"
                "<br>%{x:.2~g} times PatchMatch<extra></extra>",
            )
        )
    if points.empty:
        _say(figure, "No costs measured")
    return figure


def name_of(method: str) -> str:
    """A method's name for people; the key itself where the catalogue has no such method any more."""
    if method == INPUT:
        return CORRUPTED
    return next((known.name for known in catalogue.METHODS if known.key == method), method)


def written(method: str) -> str:
    """The same in a chart, whose words are markup: a table of scores may have any word for a method."""
    return _quoted(name_of(method))


def _quoted(words: object) -> str:
    return escape(str(words), quote=False)


def axis_title(column: Column) -> str:
    """A measure with its unit and direction, such as `PSNR (dB, higher is better)`."""
    words = {"measure": as_sentence(column.label), "way": as_sentence(direction(column))}
    if column.metric.unit:
        return Sentence("{measure} ({unit}, {way})", unit=column.metric.unit, **words)
    return Sentence("{measure} ({way})", **words)


def direction(column: Column) -> str:
    """Which way a measure is better, in words."""
    if column.metric.target is not None:
        return Sentence("{target:g} is best", target=column.metric.target)
    return "higher is better" if column.metric.higher_is_better else "lower is better"


def ordered(methods: pd.Series) -> list[str]:
    """Methods in the order of the catalogue; those that it has no more come last."""
    present = set(methods)
    order = [method.key for method in catalogue.METHODS if method.key in present]
    return order + sorted(present.difference(order))


def _say(figure: "go.Figure", words: str) -> None:
    figure.add_annotation(text=words, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)


def _band(key: str, points: pd.DataFrame) -> "go.Scatter":
    # one picture alone has no interval; its band is empty then
    known = points.dropna(subset=["low", "high"])
    ratios = (100 * known["ratio"]).tolist()
    red, green, blue = (int(stroke(key).colour[place : place + 2], 16) for place in (1, 3, 5))
    return go.Scatter(
        x=ratios + ratios[::-1],
        y=known["high"].tolist() + known["low"].tolist()[::-1],
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.16)",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        legendgroup=key,
        name=written(key),
    )


def _line(key: str, points: pd.DataFrame, column: Column) -> "go.Scatter":
    drawn = stroke(key)
    unit = f" {column.metric.unit}" if column.metric.unit else ""
    shown = (
        points[["low", "high", "n"]].assign(**{of: points[of].map(_quoted) for of in ("bin", "method")}).astype(object)
    )
    return go.Scatter(
        x=(100 * points["ratio"]).tolist(),
        y=points["mean"].tolist(),
        name=written(key),
        mode="lines+markers",
        line={"color": drawn.colour, "dash": drawn.dash, "width": 2},
        marker={"color": drawn.colour, "symbol": drawn.symbol, "size": 8},
        legendgroup=key,
        customdata=shown.where(shown.notna(), None).to_numpy(dtype=object).tolist(),
        hovertemplate=(
            f"%{{fullData.name}}<br>{column.label} %{{y:.4~g}}{unit} [%{{customdata[0]:.4~g}}, %{{customdata[1]:.4~g}}]"
            "<br>%{x:.1f} % hidden (bin %{customdata[3]}, n = %{customdata[2]})<extra></extra>"
        ),
    )


def _points(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    grouped = rows.groupby("bin", observed=True)
    points = pd.DataFrame(
        {
            "ratio": 100 * grouped["ratio"].mean(),
            "mean": grouped[metric].mean(),
            "spread": grouped[metric].std(),  # NaN, and no bar, where there is one row
            "n": grouped[metric].count(),
        }
    )
    return points.sort_values("ratio").reset_index()


def _curve(key: str, points: pd.DataFrame, column: Column, dodge: float) -> "go.Scatter":
    drawn = stroke(key)
    unit = f" {column.metric.unit}" if column.metric.unit else ""
    return go.Scatter(
        x=(points["ratio"] + dodge).tolist(),
        y=points["mean"].tolist(),
        error_y={"type": "data", "array": points["spread"].fillna(0).tolist(), "thickness": 1, "width": 3},
        name=written(key),
        mode="lines+markers",
        line={"color": drawn.colour, "dash": drawn.dash, "width": 2},
        marker={"color": drawn.colour, "symbol": drawn.symbol, "size": 8},
        customdata=points[["ratio", "spread", "n"]]
        .assign(bin=points["bin"].map(_quoted))
        .to_numpy(dtype=object)
        .tolist(),
        hovertemplate=(
            f"%{{fullData.name}}<br>{column.label} %{{y:.4~g}}{unit} ± %{{customdata[1]:.2~g}}"
            "<br>%{customdata[0]:.1f} % hidden (bin %{customdata[3]}, n = %{customdata[2]})<extra></extra>"
        ),
    )


def _layout(column: Column, dark: bool | None) -> "go.Layout":
    colour = TEXT[dark]
    axis = {
        "color": colour,
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"family": FONT, "size": FONT_SIZE, "color": colour},
    }
    font = {"family": FONT, "size": FONT_SIZE, "color": colour}
    return go.Layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=font,
        xaxis={**axis, "title": {"text": "Hidden part of the picture (%)", "font": font}, "ticksuffix": " %"},
        yaxis={**axis, "title": {"text": axis_title(column), "font": font}},
        # Below the plot and horizontal: at 390 px a legend at the side would leave no room for the curves.
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.22, "yanchor": "top", "font": font},
        margin={"l": 56, "r": 12, "t": 16, "b": 56},
        height=460,
        hovermode="closest",
        hoverlabel={"font": {"family": FONT, "size": FONT_SIZE}},
    )
