"""One self-contained HTML page about a table of scores, with every table as CSV and LaTeX beside it.

    report.html            tables, curves, costs, published figures, what made the rows; plotly is inside, nothing is fetched
    tables/<name>.csv      the same tables with all digits
    tables/<name>.tex      the same tables for a paper, in booktabs

The page holds no picture of anybody unless contact sheets are asked for.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from comparisons.benchmark import published, recognition, report_page, tables
from comparisons.benchmark.evidence import BROKEN_DOWN, PAIRED, Evidence
from comparisons.metrics import identity
from comparisons.metrics.extras import EMBEDDINGS
from comparisons.records.journal import BadTable, guarded


def write(run: Evidence, out: Path, baseline: str = tables.BASELINE, sheets: Mapping[str, bytes] | None = None) -> Path:
    """Write the report.

    Args:
        run: what `comparisons.benchmark.evidence.read` returned.
        out: folder of the report.
        baseline: the method that others are compared with.
        sheets: contact sheets as PNG by method; they show faces, so they are only in it when given.

    Returns:
        The page.

    Raises:
        BadTable: if it cannot be written.
    """
    parts = dict(_tables(run, baseline))
    page = out / "report.html"
    try:
        (out / "tables").mkdir(parents=True, exist_ok=True)
        for name, table in parts.items():
            _guarded(table).to_csv(out / "tables" / f"{name}.csv", index=False, lineterminator="\n")
            (out / "tables" / f"{name}.tex").write_text(latex(table), encoding="utf-8")
        page.write_text(report_page.page(run, parts, baseline, sheets or {}), encoding="utf-8")
    except OSError as error:
        raise BadTable(f"The report cannot be written to {out} ({error.strerror}); choose another --report.") from error
    return page


def _guarded(table: pd.DataFrame) -> pd.DataFrame:
    return table.map(lambda cell: guarded(cell) if isinstance(cell, str) else cell)


def latex(table: pd.DataFrame) -> str:
    """A table for a paper, in booktabs; numbers with four significant digits."""
    return str(table.to_latex(index=False, escape=True, float_format="%.4g", na_rep="--"))


def _brought(run: Evidence, baseline: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Of measures that were computed elsewhere."""
    for metric in run.imported:
        yield f"means_{metric}", tables.means(run.frame, metric)
        yield f"against_{baseline}_{metric}", tables.against(run.frame, metric, baseline, run.imported)


def _beside(run: Evidence) -> Iterator[tuple[str, pd.DataFrame]]:
    """What lies beside the rows."""
    if run.alike.pairs:
        yield "likeness", pd.DataFrame(run.alike.pairs)
    if run.costs:
        yield "cost", pd.DataFrame([vars(one) for one in run.costs])


def _tables(run: Evidence, baseline: str) -> Iterator[tuple[str, pd.DataFrame]]:
    frame = run.frame
    yield "counts", tables.counts(frame)
    yield "reasons", tables.reasons(frame)
    for metric in run.metrics:
        yield f"means_{metric}", tables.means(frame, metric)
    for metric in PAIRED:
        if metric in run.metrics:
            yield f"against_{baseline}_{metric}", tables.against(frame, metric, baseline)
    yield from _brought(run, baseline)
    for metric in BROKEN_DOWN:
        for by in ("skin", "yaw"):
            if metric in run.metrics and not run.facts.empty:
                yield f"by_{by}_{metric}", tables.breakdown(frame, run.facts, metric, by)
    embedded = run.folder / EMBEDDINGS
    if embedded.is_file():
        yield "kernel_distance", tables.kernel_distances(embedded)
    recognised = run.folder / identity.LIST
    if recognised.is_file():
        yield "recognition", recognition.table(recognised)
    yield from _beside(run)
    yield "published", pd.DataFrame([vars(figure) for figure in published.FIGURES])
