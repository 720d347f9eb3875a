"""Tables of a published run, computed once as long as its file is the same; `changed` is the time of its last change, in ns."""

from functools import lru_cache
from pathlib import Path

import pandas as pd

from comparisons.benchmark import tables


@lru_cache(maxsize=8)
def frame(path: Path, changed: int) -> pd.DataFrame:  # noqa: ARG001 - a changed file is another key
    """The rows of a table; raises `BadTable` if the file is none."""
    return tables.read(path)


@lru_cache(maxsize=64)
def means(path: Path, changed: int, metric: str) -> pd.DataFrame:
    """Means of a measure, a row a cell and method."""
    return tables.means(frame(path, changed), metric)


@lru_cache(maxsize=64)
def against(path: Path, changed: int, metric: str) -> pd.DataFrame:
    """Paired differences of a measure, a row a cell and method."""
    return tables.against(frame(path, changed), metric)
