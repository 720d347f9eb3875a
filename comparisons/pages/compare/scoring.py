"""Figures of the stage: the table, the sentence about the best, the chart beside what was published."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import pandas as pd

from comparisons import figures, published_chart
from comparisons.arena.comparison import Comparison, Result
from comparisons.metrics import scorer
from comparisons.pages.parts import cards, drawings
from comparisons.pages.text.texts import ENGLISH, tag
from restorers.catalogue import standing
from restorers.contract import Method

METRICS: Final = [(metric.label, metric.name) for metric in scorer.METRICS]
"""Choices of a measure: label and value."""
UNMARKED: Final = "<style>.chart .mark[data-cell=''] { display: none; }</style>"
"""Goes with the sentence about the best while the chart still has the marks of the face before."""


def region_of(comparison: Comparison | None, region: str) -> str:
    """The suffix of the region that is judged: the whole picture where nothing is hidden."""
    return "" if comparison is not None and comparison.ratio == 0 else region


def crown(comparison: Comparison | None, metric: str, region: str) -> str:
    """The best so far, by the chosen measure over the chosen region."""
    key = metric + region_of(comparison, region)
    return cards.crown(comparison.listed if comparison is not None else (), key)


def table(methods: Sequence[Method], comparison: Comparison | None, metric: str, region: str) -> str:
    """Scores over one region, one row a method, with bars from the worst to the best of each column.

    Args:
        methods: of the page, in its order; one without scores keeps an empty row.
        comparison: what has landed.
        metric: the measure that is judged, whose column stands out.
        region: suffix of the columns.
    """
    region = region_of(comparison, region)
    if comparison is not None and not comparison.face.truth:
        return cards.note(ENGLISH["no_truth"])
    columns = [scorer.COLUMNS[each.name + region] for each in scorer.METRICS]
    listed = {result.method.key: result for result in comparison.listed} if comparison is not None else {}
    everybody = {method.key: method for method in methods} | {key: result.method for key, result in listed.items()}
    spans = {column.key: _span([each.scores for each in listed.values()], column.key) for column in columns}
    heads = [tag("th", ENGLISH["method"]), tag("th", ENGLISH["seconds"])]
    heads += [f"<th{_judged(column, metric)}>{_header(column)}</th>" for column in columns]
    rows = []
    for key, method in everybody.items():
        cells = [_cell(listed.get(key), column, spans[column.key], metric) for column in columns]
        badge = tag("small", standing(method)) if standing(method) else ""
        name = f'<th scope="row">{cards.swatch(key)} {escape(method.name)} {badge}</th>'
        rows.append(f"<tr>{name}<td>{_seconds(listed.get(key))}</td>{''.join(cells)}</tr>")
    head, body = "".join(heads), "".join(rows)
    return f'<div class="wide" tabindex="0"><table class="scores"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def chart(
    methods: Sequence[Method],
    comparison: Comparison | None,
    metric: str,
    region: str,
    sweep: pd.DataFrame | None = None,
) -> str:
    """The chart of one measure: what was published, and this face's scores.

    Args:
        methods: of the page.
        comparison: what is on the stage; a face without a truth has no marks.
        metric: which measure.
        region: over which pixels.
        sweep: scores of this face over hidden shares, in place of the comparison's.
    """
    key = metric + region_of(comparison, region)
    drawn = published_chart.drawn(comparison, key, tuple(method.key for method in methods), sweep)
    return framed(figures.svg(drawn), comparison, sweep)


def framed(svg: str, comparison: Comparison | None, sweep: pd.DataFrame | None = None) -> str:
    """A drawn chart as a part of the page, with its sentence below."""
    caption = tag("figcaption", published_chart.caption(comparison, sweep))
    return f'<figure class="chart">{drawings.figure(svg, ENGLISH["over_share_label"], "f")}{caption}</figure>'


def _span(scores: Sequence[Mapping[str, float]], key: str) -> tuple[float, float]:
    """The worst and the best value of a column."""
    values = [one[key] for one in scores if key in one and one[key] == one[key]]
    if not values:
        return 0.0, 0.0
    low, high = min(values), max(values)
    return (low, high) if scorer.COLUMNS[key].metric.higher_is_better else (high, low)


def _cell(result: Result | None, column: scorer.Column, span: tuple[float, float], metric: str) -> str:
    if result is None or column.key not in result.scores:
        return f"<td{_judged(column, metric)}>–</td>"
    value = result.scores[column.key]
    worst, best = span
    share = 1.0 if best == worst else (value - worst) / (best - worst)
    first = ' class="first"' if share == 1 else ""
    bar = f'<i style="width: {100 * share:.0f}%"></i>'
    return f"<td{_judged(column, metric)}><span{first}>{value:.4g}</span>{bar}</td>"


def _judged(column: scorer.Column, metric: str) -> str:
    return ' data-judged=""' if column.metric.name == metric else ""


def _seconds(result: Result | None) -> str:
    return f"{result.seconds:.2f}" if result is not None and result.seconds else "–"


def _header(column: scorer.Column) -> str:
    arrow = "↑" if column.metric.higher_is_better else "↓"
    unit = f" {column.metric.unit}" if column.metric.unit else ""
    return f"{column.metric.label}{unit} {arrow}"
