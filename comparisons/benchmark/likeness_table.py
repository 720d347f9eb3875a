"""How alike methods are as a table for a page: a line and a column a method, the more alike the darker."""

import math
from html import escape
from typing import Final

import pandas as pd

from comparisons import charts
from comparisons.benchmark import tables
from comparisons.metrics.likeness import Matrix

_STYLE: Final = """
table.alike { width: auto !important; border-collapse: collapse; font-size: 12px !important; line-height: 1.3; }
table.alike { --tint: #6aa5dc; font-variant-numeric: tabular-nums; }
.dark table.alike { --tint: #2f6da8; }
table.alike tr { border: 0 !important; }
table.alike th, table.alike td { border: 0 !important; padding: 3px 5px !important; text-align: right !important; white-space: nowrap; }
table.alike th[scope="row"] { text-align: left !important; font-weight: 600; min-width: 7em; white-space: normal; }
table.alike td { background: color-mix(in srgb, var(--tint) calc(100% * var(--alike, 0)), transparent); }
@media (max-width: 500px) {
  table.alike { font-size: 11px !important; letter-spacing: -0.02em; }
  table.alike th, table.alike td { padding: 3px 2px !important; }
  table.alike th[scope="row"] { min-width: 5.8em; overflow-wrap: break-word; }
}
"""
"""One hue, and every number stands in its cell, so that nothing hangs on seeing colours."""


def markup(matrix: Matrix) -> str:
    """The table; empty where there is no pair.

    Columns are headed by numbers, which stand before the names of the lines, so that ten methods fit on a narrow page.
    """
    if not matrix.pairs:
        return ""
    methods, ratios = tables.ordered(pd.Series(matrix.methods)), matrix.ratios
    names = [escape(charts.name_of(method)) for method in methods]
    head = "".join(
        f'<th scope="col" title="{name}" aria-label="{name}">{number}</th>' for number, name in enumerate(names, 1)
    )
    lines = (
        f'<tr><th scope="row">{number} {name}</th>'
        + "".join(_cell(ratios.get(frozenset((method, other)), math.nan)) for other in methods)
        + "</tr>"
        for number, (name, method) in enumerate(zip(names, methods, strict=True), 1)
    )
    return f'<style>{_STYLE}</style><table class="alike"><thead><tr><td></td>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def _cell(ratio: float) -> str:
    if math.isnan(ratio):
        return "<td>–</td>"
    return f'<td style="--alike: {max(0.0, 1 - ratio):.2f}">{ratio:.2f}</td>'
