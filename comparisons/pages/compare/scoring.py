"""Figures of the stage: the table, the sentence about the best, the chart over the hidden share."""

import pandas as pd

from comparisons import charts
from comparisons.arena.comparison import Comparison
from comparisons.metrics import scorer
from comparisons.pages.parts import cards
from comparisons.pages.text.spoken import language_of
from comparisons.pages.text.texts import said
from comparisons.session import Session

METRICS = [(metric.label, metric.name) for metric in scorer.METRICS]
"""Choices of a measure: label and value."""


def crown(comparison: Comparison | None, metric: str, region: str) -> str:
    """The best so far, by the chosen measure over the chosen region."""
    return cards.crown(comparison.results if comparison is not None else (), metric + region)


def scored(session: Session, comparison: Comparison | None, region: str) -> pd.DataFrame:
    """Scores over one region, one row per method, headed in the visitor's language; a method without scores keeps an empty row.

    Args:
        session: knows the methods.
        comparison: what has landed.
        region: suffix of the columns.
    """
    columns = {metric.name + region: _header(scorer.COLUMNS[metric.name + region]) for metric in scorer.METRICS}
    name, seconds = (said(key, language_of()) for key in ("method", "seconds"))
    there = {result.method.key: result for result in comparison.results} if comparison is not None else {}
    rows: list[dict[str, object]] = []
    for method in session.methods:
        row: dict[str, object] = {name: method.name}
        result = there.get(method.key)
        if result is not None and result.pixels is not None:
            row[seconds] = round(result.seconds, 3)
            if result.scores:
                row |= {header: float(f"{result.scores[key]:.4g}") for key, header in columns.items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=[name, seconds, *columns.values()])


def charted(frame: pd.DataFrame | None, metric: str, region: str) -> object:
    """The chart of a sweep; the empty one where there is none yet, so that its axis says what was chosen."""
    return charts.ratio_chart(no_rows() if frame is None or frame.empty else frame, metric + region)


def no_rows() -> pd.DataFrame:
    """A sweep that has not begun."""
    return pd.DataFrame({name: pd.Series(dtype=float) for name in ("method", "bin", "ratio", *scorer.COLUMNS)})


def _header(column: scorer.Column) -> str:
    arrow = "↑" if column.metric.higher_is_better else "↓"
    unit = f" {column.metric.unit}" if column.metric.unit else ""
    return f"{column.metric.label}{unit} {arrow}"
