"""What the folder of a run holds, ready to be reported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from comparisons.benchmark import aggregates, cost, imported, packing, tables
from comparisons.metrics import likeness
from comparisons.metrics.extras import ALL
from comparisons.metrics.likeness import Matrix
from comparisons.metrics.scorer import Column
from comparisons.records import pictures
from comparisons.records.journal import BadTable
from comparisons.scenarios.menu import MIDDLE_BIN

HEADLINE: Final = ("psnr", "psnr_mask", "ssim", "ssim_mask", "lpips", "lpips_mask", "landmarks", "sharpness_mask")
"""Measures whose tables are printed; the others are in the CSV files."""
PAIRED: Final = ("psnr", "ssim", "lpips", "landmarks")
BROKEN_DOWN: Final = ("psnr_mask", "lpips_mask")
SCORES: Final = "scores.csv"


@dataclass(frozen=True)
class Evidence:
    """What lies in the folder of a run."""

    folder: Path
    frame: pd.DataFrame
    facts: pd.DataFrame
    costs: tuple[cost.Cost, ...]
    imported: Mapping[str, Column] = field(default_factory=dict)
    """Measures that were computed elsewhere, by their columns in `frame`."""

    alike: Matrix = field(default_factory=Matrix)
    """How alike the methods paint, where a table of that lies there."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """Every measure that the rows may have, imported ones among them."""
        return {**ALL, **self.imported}

    @property
    def metrics(self) -> list[str]:
        """Measures that the rows have."""
        return tables.metrics_in(self.frame)


def read(folder: Path) -> Evidence:
    """Read the folder of a run.

    Raises:
        BadTable: if it holds no table of scores, or one without rows.
    """
    path = folder / SCORES
    if not packing.there(path).is_file():
        raise BadTable(f"There is no {SCORES} in {folder}; run the benchmark with this --out first.")
    frame = tables.read(path)
    if frame.empty:
        raise BadTable(f"{path} has no rows yet; run the benchmark with this --out first.")
    frame, brought = imported.joined(folder / imported.LIST, frame)
    costs = cost.load(folder / cost.FILE)
    alike = likeness.of_run(likeness.read(folder / likeness.FILE), aggregates.states_in(frame))
    return Evidence(folder, frame, tables.facts(folder / pictures.LIST), tuple(costs), brought, alike)


def cost_points(run: Evidence, metric: str) -> pd.DataFrame:
    """Quality in the default scenario's middle bin, or the first cell, against cost: what `charts.cost_chart` draws.

    A cost of other weights or another revision than the rows have is left out.
    """
    means = tables.means(run.frame, metric)
    middle = means[(means["scenario"] == "rectangle") & (means["bin"] == str(MIDDLE_BIN))]
    own = middle if len(middle) else means.drop_duplicates("method")
    states = set(run.frame[["method", "weights", "revision"]].itertuples(index=False, name=None))
    fitting = [one for one in run.costs if not one.version or (one.method, one.weights, str(one.revision)) in states]
    costs = pd.DataFrame([(one.method, one.ratio) for one in fitting], columns=["method", "cost"])
    return own.merge(costs, on="method")
