"""The win matrix of a ranking as a heat map."""

import plotly.graph_objects as go

from comparisons.charts import FONT, FONT_SIZE, TEXT, written
from comparisons.ranking.standings import Ranking


def win_matrix(ranking: Ranking, dark: bool | None = None) -> "go.Figure":
    """How often the row beats the column, ties counting half; best method first.

    Args:
        ranking: of one study.
        dark: whether the page is dark; None: colours that read on both.

    Returns:
        A figure without fixed width; pairs that never met are empty.
    """
    names = [written(method) for method in ranking.methods]
    met = ranking.table.compared
    shares = ranking.win_shares
    words = [
        ["" if share is None else f"{share:.0%}<br>n = {int(met[i, j])}" for j, share in enumerate(row)]
        for i, row in enumerate(shares)
    ]
    # diverging and readable without colour: the share stands in every cell
    heat = go.Heatmap(
        z=shares,
        x=names,
        y=names,
        text=words,
        texttemplate="%{text}",
        hovertemplate="%{y} against %{x}: %{text}<extra></extra>",
        zmin=0,
        zmax=1,
        colorscale=[[0, "#b04a4a"], [0.5, "#d8d2c6"], [1, "#0077bb"]],
        showscale=False,
    )
    layout = go.Layout(
        font={"family": FONT, "size": FONT_SIZE, "color": TEXT[dark]},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"title": {"text": "against"}, "automargin": True},
        yaxis={"autorange": "reversed", "automargin": True},
    )
    return go.Figure(heat, layout)
