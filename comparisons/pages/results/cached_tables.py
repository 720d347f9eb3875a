"""Tables of a published run, computed once as long as its files are the same."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from comparisons.benchmark import imported, tables
from comparisons.benchmark.aggregates import Stamped
from comparisons.metrics.scorer import Column


class Rows(NamedTuple):
    """What the rows of a run hold."""

    frame: pd.DataFrame
    imported: Mapping[str, Column]
    """Measures that were computed elsewhere, by their columns in `frame`."""


@lru_cache(maxsize=8)
def rows(table: Stamped, listed: Stamped) -> Rows:
    """The rows of a table with their imported measures; raises `BadTable` if a file is none."""
    return Rows(*imported.joined(listed.path, tables.read(table.path)))


@lru_cache(maxsize=64)
def means(table: Stamped, listed: Stamped, metric: str) -> pd.DataFrame:
    """Means of a measure, a row a cell and method."""
    return tables.means(rows(table, listed).frame, metric)
