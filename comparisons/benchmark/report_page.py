"""The page of a report: its sections as HTML, with plotly inside, so that it opens without a network."""

import base64
import html
import math
from collections.abc import Mapping
from typing import Final

import pandas as pd
import plotly.graph_objects as go
import plotly.io

from comparisons import charts
from comparisons.arena.comparison import DISCLAIMER, VERSION
from comparisons.benchmark import cost, likeness_table, published, recognition, tables
from comparisons.benchmark.evidence import HEADLINE, PAIRED, Evidence, cost_points
from comparisons.metrics.extras import ALL, KERNEL_NET
from comparisons.metrics.scorer import Column
from comparisons.records.provenance import FILE as RUN_FILE
from comparisons.records.provenance import commands_of, named
from comparisons.scenarios import apply
from comparisons.scenarios.menu import MIDDLE_BIN

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1e1b17; background: #fffdf9; max-width: 1180px; margin: 0 auto; padding: 24px; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin: 2.2em 0 0.4em; border-bottom: 1px solid #ddd5c8; } h3 { font-size: 1rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 9px; text-align: right; border-bottom: 1px solid #e9e3d8; white-space: nowrap; }
th:first-child, td:first-child, .text td { text-align: left; } .text td { white-space: normal; }
.note { color: #665f55; font-size: 0.9rem; } .warn { border-left: 3px solid #a63a17; padding: 8px 14px; background: #f0ebe2; }
pre { white-space: pre-wrap; font-size: 12px; background: #f0ebe2; padding: 10px; } img { max-width: 100%; }
"""


def page(run: Evidence, parts: Mapping[str, pd.DataFrame], baseline: str, sheets: Mapping[str, bytes]) -> str:
    """The whole page.

    Args:
        run: what the folder of the run holds.
        parts: tables by name.
        baseline: the method that others are compared with.
        sheets: contact sheets as PNG by method.
    """
    sections = [
        _overview(run, parts),
        _curves(run, parts),
        *(_measure(ALL[metric], parts) for metric in HEADLINE if metric in run.metrics),
        *(_paired(ALL[metric], parts, baseline) for metric in PAIRED if metric in run.metrics),
        *(shown(column, parts, baseline) for column in run.imported.values() for shown in (_measured, _paired)),
        _breakdowns(parts),
        _kernel(parts),
        _recognition(parts),
        _alike(run),
        _cost(run, parts),
        _published(parts),
        _sheets(sheets),
        _made(run),
    ]
    body = "\n".join(filter(None, sections))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Unmasked: report</title>'
        f"<style>{_STYLE}</style></head><body><h1>Unmasked: what the methods were measured to do</h1>"
        f'<p class="warn">{DISCLAIMER}</p>{body}</body></html>\n'
    )


def _overview(run: Evidence, parts: Mapping[str, pd.DataFrame]) -> str:
    frame = run.frame
    data = html.escape(named(run.folder / RUN_FILE))
    words = (
        f"{f'{data}: ' if data else ''}{frame['image'].nunique()} pictures, {frame['method'].nunique()} methods, "
        f"{frame[tables.CELL].drop_duplicates().shape[0]} kinds of corruption, {len(frame)} rows. Plain measures are of the "
        "whole picture on the composited 8-bit result; square brackets hold 95 % bootstrap intervals over pictures."
    )
    reasons = parts["reasons"]
    lost = f"<h3>Rows without a score</h3>{_html(reasons, 'text')}" if not reasons.empty else ""
    return f"<h2>What was run</h2><p>{words}</p>{_html(_compact(parts['counts']))}{lost}"


def _compact(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts over cells, one line a method."""
    return counts.groupby("method", sort=False)[["ok", "failed", "not_applicable"]].sum().reset_index()


def _curves(run: Evidence, parts: Mapping[str, pd.DataFrame]) -> str:
    figures: list[str] = []
    for scenario in dict.fromkeys(run.frame["scenario"]):
        for metric in HEADLINE:
            means = parts.get(f"means_{metric}")
            if means is None:
                continue
            own = means[means["scenario"] == scenario]
            if own["bin"].nunique() > 1:
                title = f"<h3>{html.escape(scenario)}: {html.escape(ALL[metric].label)}</h3>"
                figures.append(title + _figure(charts.band_chart(own, metric, dark=False), first=not figures))
    return "<h2>Score by hidden area</h2>" + "".join(figures) if figures else ""


def _measured(column: Column, parts: Mapping[str, pd.DataFrame], _baseline: str) -> str:
    return _measure(column, parts)


def _measure(column: Column, parts: Mapping[str, pd.DataFrame]) -> str:
    blind = f"<p class='note'>{html.escape(column.metric.does_not_see)}</p>"
    table = _html(tables.wide(parts[f"means_{column.key}"]))
    return f"<h2>{html.escape(charts.axis_title(column))}</h2>{blind}{table}"


def _paired(column: Column, parts: Mapping[str, pd.DataFrame], baseline: str) -> str:
    table = parts[f"against_{baseline}_{column.key}"]
    if table.empty:
        return ""
    other = charts.written(baseline)
    words = (
        f"Method minus {other} on the same pictures; p: Wilcoxon signed-rank, Holm over the "
        f"{len(table)} comparisons of this table."
    )
    return f"<h2>{html.escape(column.label)} against {other}</h2><p class='note'>{words}</p>{_html(table)}"


def _breakdowns(parts: Mapping[str, pd.DataFrame]) -> str:
    blocks = []
    for name, table in parts.items():
        if name.startswith("by_") and not table.empty:
            by, metric = name.removeprefix("by_").split("_", 1)
            blocks.append(f"<h3>{html.escape(ALL[metric].label)} by {by}</h3>{_grouped(table)}")
    words = (
        "Skin: thirds of these pictures by the cheeks' individual typology angle, which holds the photograph's light too. "
        "Yaw: from five landmarks of the clean face."
    )
    return f"<h2>By skin tone and yaw</h2><p class='note'>{words}</p>{''.join(blocks)}" if blocks else ""


def _grouped(table: pd.DataFrame) -> str:
    """The default scenario's middle bin, or the first cell: the rest is in the CSV."""
    cells = table[tables.CELL].drop_duplicates()
    middle = cells[cells["bin"] == str(MIDDLE_BIN)]
    scenario, name = (middle if len(middle) else cells).iloc[0]
    own = table[(table["scenario"] == scenario) & (table["bin"] == name)]
    lines = [
        tables.wide(rows.drop(columns="group")).assign(group=group) for group, rows in own.groupby("group", sort=False)
    ]
    joined = pd.concat(lines)
    return _html(joined[["group", *(column for column in joined if column != "group")]])


def _kernel(parts: Mapping[str, pd.DataFrame]) -> str:
    table = parts.get("kernel_distance")
    if table is None or table.empty:
        return ""
    words = (
        f"Unbiased squared MMD with a cubic kernel, times 1000, between restored and clean faces. Features: {KERNEL_NET}. "
        "Lower is better. No FID: it is biased on sets this small."
    )
    return f"<h2>Kernel distance</h2><p class='note'>{words}</p>{_html(table)}"


def _recognition(parts: Mapping[str, pd.DataFrame]) -> str:
    table = parts.get("recognition")
    words, shown = (recognition.ABSENT, "") if table is None or table.empty else (recognition.WORDS, _html(table))
    return f"<h2>Recognition</h2><p class='note'>{words}</p>{shown}"


def _alike(run: Evidence) -> str:
    matrix = run.alike
    warning = f"<p class='warn'>{html.escape(matrix.warning)}</p>" if matrix.stale else ""
    table = f"<p class='note'>{matrix.words}</p><div class='wide'>{likeness_table.markup(matrix)}</div>"
    shown = warning + (table if matrix.pairs else "")
    return f"<h2>How alike are the methods?</h2>{shown}" if shown else ""


def _cost(run: Evidence, parts: Mapping[str, pd.DataFrame]) -> str:
    if not run.costs:
        return ""
    sums = cost.totals(run.costs)
    words = (
        f"Time is against PatchMatch in the same process, methods by turns. All methods once on one face: "
        f"{sums['one_face']:.2f} times PatchMatch; the chart of one face with the learned methods: {sums['chart']:.1f} times."
    )
    points = cost_points(run, "psnr")
    figure = "" if points.empty else _figure(charts.cost_chart(points, "psnr", dark=False), first=False)
    return f"<h2>Cost</h2><p class='note'>{words}</p>{_html(parts['cost'])}{figure}"


def _published(parts: Mapping[str, pd.DataFrame]) -> str:
    words = f"Printed in the papers, measured under other protocols: not to be set beside the figures above. {published.ABSENT}"
    return f"<h2>Published figures</h2><p class='note'>{words}</p>{_html(parts['published'], 'text')}"


def _sheets(sheets: Mapping[str, bytes]) -> str:
    if not sheets:
        return ""
    pictures = "".join(
        f"<h3>{html.escape(charts.name_of(method))}</h3><img alt='best, median and worst faces of {html.escape(method)}' "
        f"src='data:image/png;base64,{base64.b64encode(data).decode('ascii')}'>"
        for method, data in sheets.items()
    )
    return f"<h2>Best, median and worst faces</h2><p class='note'>By LPIPS. Not to be passed on.</p>{pictures}"


def _made(run: Evidence) -> str:
    commands = commands_of(run.folder / RUN_FILE)
    text = "\n\n".join("\n".join(f"{key}: {value}" for key, value in command.items()) for command in commands)
    states = run.frame[["method", "weights", "revision", "version"]].drop_duplicates()
    listed = f"{apply.LIST} beside the scores says what was done to each picture; --corruptions repeats it."
    return (
        f"<h2>What made the rows</h2><p class='note'>{listed} Report by Unmasked {VERSION}.</p>"
        f"{_html(states)}<pre>{html.escape(text) or 'no run.json'}</pre>"
    )


def _html(table: pd.DataFrame, kind: str = "") -> str:
    shown = table.rename(columns=str).map(_shown)
    return f"<div class='wide {kind}'>{shown.to_html(index=False, border=0, na_rep='–')}</div>"


def _shown(value: object) -> object:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.4g}"
    return value


def _figure(figure: go.Figure, first: bool) -> str:
    # the library once, in the page itself: a report must open without a network in ten years
    return str(plotly.io.to_html(figure, full_html=False, include_plotlyjs=first, config={"displaylogo": False}))
