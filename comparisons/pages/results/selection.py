"""What somebody has chosen of a published run: its rows, of which figure, table and downloads are made, and its names."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from comparisons import charts, figures
from comparisons.benchmark import cost, tables
from comparisons.figures import Shown, Style
from comparisons.metrics.extras import INPUT
from comparisons.metrics.scorer import Column
from comparisons.pages.results.published_runs import PublishedRun, columns_of, frame_of, label_of, means_of
from comparisons.pages.text.spoken import Language
from comparisons.scenarios import menu
from restorers.sentences import Sentence, as_sentence

Kind = Literal["scores", "cost"]
SCORES: Final[Kind] = "scores"
COST: Final[Kind] = "cost"
COLUMNS: Final = ("bin", "ratio", "method", "n", "mean", "low", "high")
PAIRED: Final = ("p", "wins", "ties", "losses")
"""Further columns where methods are held against a baseline."""


@dataclass(frozen=True)
class Selection:
    """Which numbers of a run."""

    run: PublishedRun
    scenario: str
    measure: str
    """A key of `published_runs.columns_of` the run."""
    bin: str = ""
    """One range of hidden areas; empty takes all."""
    methods: tuple[str, ...] = ()
    """Empty takes all, but for the corrupted face where it is far from everything."""
    baseline: str = ""
    """Method that the others are held against; empty shows the scores themselves."""
    kind: Kind = SCORES

    @property
    def column(self) -> Column:
        """The measure, over its region."""
        return columns_of(self.run)[self.measure]

    @property
    def higher_is_better(self) -> bool:
        """The direction of what is shown; of differences, + is always better."""
        return bool(self.baseline) or self.column.metric.higher_is_better

    @property
    def axis(self) -> str:
        """What is shown, with its unit and direction."""
        if not self.baseline:
            return charts.axis_title(self.column)
        words = {"measure": as_sentence(self.column.label), "method": as_sentence(charts.name_of(self.baseline))}
        return Sentence("{measure}: better (+) or worse (-) than {method}", **words)

    @property
    def name(self) -> str:
        """What a file that shows it is called, without an ending."""
        data = re.sub(r"\W+", "-", self.run.label.split(" (")[0].lower()).strip("-")
        against = f"against-{self.baseline}" if self.baseline else ""
        parts = ("unmasked", data, self.scenario, self.measure, self.bin, against, "cost" if self.kind == COST else "")
        return "-".join(filter(None, parts))

    def title(self, language: Language = "en") -> str:
        """What is shown, of which faces, under which corruption."""
        return Sentence(
            "{what}; {corruption}; {data}",
            what=self.axis,
            corruption=label_of(self.scenario, language),
            data=self.run.label,
        )


def bins_of(run: PublishedRun, scenario: str, measure: str) -> list[str]:
    """Ranges of hidden areas that a scenario has, in their order; one or none where it has no choice of them."""
    means = means_of(run, measure)
    return sorted(set(means.loc[means["scenario"] == scenario, "bin"]))


def graded(chosen: Selection) -> list[tuple[str, str]]:
    """Ranges of hidden areas to choose from, in per cent and by their names; none where there is one, which has no name."""
    bins = bins_of(chosen.run, chosen.scenario, chosen.measure)
    return [(per_cent(name).removesuffix(" %"), name) for name in bins] if len(bins) > 1 else []


def per_cent(name: str) -> str:
    """A range of hidden areas in per cent, for people; a name that is no range, as a file of somebody else's may have, as it is."""
    low, _, high = name.partition("-")
    try:
        return f"{100 * float(low):.0f}–{100 * float(high):.0f} %"
    except ValueError:
        return name


def methods_of(run: PublishedRun, measure: str) -> list[str]:
    """Methods of a run in the catalogue's order."""
    return tables.ordered(means_of(run, measure)["method"])


def rows_of(chosen: Selection) -> pd.DataFrame:
    """The numbers: columns `COLUMNS`, and `PAIRED` where there is a baseline; by bin, the best method first.

    Raises:
        BadTable: if the run cannot be read.
    """
    means = means_of(chosen.run, chosen.measure)
    rows = means[_wanted(means, chosen)]
    if chosen.baseline:
        rows = _ahead(chosen, rows)
    target = chosen.column.metric.target
    worth = rows["mean"] if chosen.baseline or target is None else -(rows["mean"] - target).abs()
    best_first = not (chosen.higher_is_better or target is not None)
    order = rows.assign(worth=worth).sort_values(["bin", "worth"], ascending=[True, best_first]).index
    extra = PAIRED if chosen.baseline else ()
    return rows.loc[order, [*COLUMNS, *extra]].reset_index(drop=True)


def costed(chosen: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of one bin with the column `cost`: times PatchMatch's time for one face; methods without one are left out."""
    if rows.empty:
        return rows.assign(cost=[])
    middle = str(menu.MIDDLE_BIN)
    bins = list(dict.fromkeys(rows["bin"]))
    one = rows[rows["bin"] == (middle if middle in bins else bins[0])]
    known = costs_of(chosen.run)
    return one[one["method"].isin(known)].assign(cost=lambda found: found["method"].map(known))


def costs_of(run: PublishedRun) -> dict[str, float]:
    """What every method costs, PatchMatch = 1: as measured with the run, else with the repository."""
    own = run.folder / cost.FILE
    return {each.method: each.ratio for each in cost.load(own if own.is_file() else cost.COSTS)}


def figure_of(chosen: Selection, rows: pd.DataFrame) -> Shown:
    """The figure of these rows, and of nothing else."""
    style = Style(chosen.axis, 7.2, 4.6, 4)
    if chosen.kind == COST:
        return figures.cost(costed(chosen, rows), style, higher_is_better=chosen.higher_is_better)
    if rows["bin"].nunique() == 1:
        return figures.dots(rows, style._replace(height=3.6), higher_is_better=chosen.higher_is_better)
    return figures.curves(rows, style)


def _wanted(means: pd.DataFrame, chosen: Selection) -> pd.Series:
    wanted = (means["scenario"] == chosen.scenario) & means["mean"].notna()
    if chosen.bin:
        wanted &= means["bin"] == chosen.bin
    if chosen.methods:
        return wanted & means["method"].isin(chosen.methods)
    hidden = bool(means.loc[wanted, "ratio"].gt(0).any())
    return wanted & (means["method"] != INPUT) if hidden else wanted


def _ahead(chosen: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """Differences to the baseline on the same pictures, signed so that + is better."""
    frame = frame_of(chosen.run)
    own = frame[(frame["scenario"] == chosen.scenario) & frame["bin"].isin(set(rows["bin"]))]
    own = own[own["method"].isin({*rows["method"], chosen.baseline})]
    ahead = tables.against(own, chosen.measure, chosen.baseline, columns_of(chosen.run))
    metric = chosen.column.metric
    if not metric.higher_is_better and metric.target is None:
        ahead = ahead.assign(difference=-ahead["difference"], low=-ahead["high"], high=-ahead["low"])
    ahead = ahead.rename(columns={"difference": "mean"})
    return ahead.merge(rows[["bin", "method", "ratio"]], on=["bin", "method"])
