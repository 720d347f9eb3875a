"""One face beside what was published: the benchmark's means under the same corruption, and this face's scores as marks."""

from typing import Final

import pandas as pd

from comparisons import charts, figures
from comparisons.arena.comparison import Comparison
from comparisons.benchmark import aggregates
from comparisons.figures import Mark, Shown, Style
from comparisons.metrics.extras import ALL, INPUT
from comparisons.records import provenance
from comparisons.scenarios import menu
from restorers import paths
from restorers.corruptions.corruption import Corruption
from restorers.corruptions.occluder_kinds import LIKENESS
from restorers.sentences import Sentence

FOLDER: Final = paths.BENCHMARK
"""Of the run whose means are drawn."""
_WIDTH, _HEIGHT = 4.1, 3.0


def scenario_of(corruption: Corruption) -> str:
    """The scenario of the benchmark that is most like a corruption: the box where there is none of its kind."""
    known = {scenario.name for scenario in menu.SCENARIOS}
    degraded = f"degraded_{corruption.degradation}"
    wanted = {
        "none": degraded,
        "rectangle": f"{degraded}_rectangle" if corruption.degradation != "none" else menu.DEFAULT,
    }.get(corruption.occluder, LIKENESS.get(corruption.occluder, corruption.occluder))
    return wanted if wanted in known else menu.DEFAULT


def rows(scenario: str, measure: str, methods: tuple[str, ...]) -> pd.DataFrame:
    """Published means of some methods under a scenario; empty where nothing is published.

    Args:
        scenario: of the menu.
        measure: a key of `comparisons.metrics.extras.ALL`.
        methods: their keys.
    """
    published = aggregates.read(FOLDER)
    if published is None:
        return pd.DataFrame(columns=list(aggregates.COLUMNS))
    means = published.means
    wanted = (means["scenario"] == scenario) & (means["measure"] == measure) & means["method"].isin(methods)
    return means[wanted & (means["method"] != INPUT)]


def marks(comparison: Comparison | None, measure: str, sweep: pd.DataFrame | None = None) -> list[Mark]:
    """One face's scores: of the comparison, and of a sweep the mean of every bin."""
    found = []
    if comparison is not None:
        scored = [result for result in comparison.results if result.scores]
        found = [Mark(result.method.key, comparison.ratio, result.scores[measure]) for result in scored]
    if sweep is not None and not sweep.empty and measure in sweep:
        binned = sweep.groupby(["method", "bin"], sort=False)[["ratio", measure]].mean().reset_index()
        found += [Mark(row.method, row.ratio, getattr(row, measure)) for row in binned.itertuples(index=False)]
    return [mark for mark in found if mark.value == mark.value]


def drawn(
    comparison: Comparison | None, measure: str, methods: tuple[str, ...], sweep: pd.DataFrame | None = None
) -> Shown:
    """The figure: curves over the hidden share where the corruption has any, else methods ranked by their means.

    Args:
        comparison: whose face is marked; None before one is run.
        measure: a key of `comparisons.metrics.scorer.COLUMNS`.
        methods: keys of those that are drawn.
        sweep: scores of this face over hidden shares.
    """
    scenario = scenario_of(comparison.corruption) if comparison is not None and sweep is None else menu.DEFAULT
    published = rows(scenario, measure, methods)
    style = Style(charts.axis_title(ALL[measure]), _WIDTH, _HEIGHT)
    own = marks(comparison if sweep is None else None, measure, sweep)
    if published["bin"].nunique() == 1:
        return figures.dots(published, style, own, higher_is_better=ALL[measure].metric.higher_is_better)
    return figures.curves(published, style, own)


def caption(comparison: Comparison | None, sweep: pd.DataFrame | None = None) -> str:
    """What the figure shows, as a sentence."""
    scenario = scenario_of(comparison.corruption) if comparison is not None and sweep is None else menu.DEFAULT
    return Sentence(
        "Published means under {corruption} ({data}) with 95 % intervals; marks with a dark edge: this face.",
        corruption=Sentence(menu.scenario(scenario).label),
        data=provenance.named(FOLDER / provenance.FILE) or FOLDER.name,
    )
