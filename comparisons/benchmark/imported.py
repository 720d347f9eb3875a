"""Measures that were computed elsewhere on the results of a run: how they lie beside its scores, and how reports read them.

`DIR/imported.jsonl` holds one line per picture, scenario, bin, method, seed and measure: its value, and which way is better as whoever
imported it says. This benchmark has not computed them, and they are called imported wherever they stand.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from comparisons.benchmark.score_rows import Key
from comparisons.metrics.scorer import WHOLE, Column, Metric
from comparisons.records.journal import BadTable, records
from restorers.sentences import Sentence

LIST: Final = "imported.jsonl"
KEY: Final = (*Key._fields, "measure")
"""What names a line."""
WORDS: Final = "Imported: measured elsewhere on the same results, not by this benchmark."
_PREFIX: Final = "imported_"
"""Before a measure's name in tables and files."""


def column_of(measure: str, better: str) -> Column:
    """An imported measure as a column of reports.

    Args:
        measure: its name.
        better: `higher` or `lower`.
    """
    label = Sentence("{measure} (imported)", measure=measure)
    return Column(Metric(_PREFIX + measure, label, "", better != "lower", (-math.inf, math.inf), WORDS), WHOLE)


def directions(columns: Iterable[Column]) -> dict[str, str]:
    """What `column_of` makes these columns from: `higher` or `lower` by the measure's name."""
    return {
        column.metric.name.removeprefix(_PREFIX): "higher" if column.metric.higher_is_better else "lower"
        for column in columns
    }


def joined(path: Path, frame: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[str, Column]]:
    """Rows with their imported measures.

    Args:
        path: an `imported.jsonl`; where there is none, nothing changes.
        frame: rows, as `comparisons.benchmark.tables.read` returns them.

    Returns:
        The rows with a column for each measure, NaN where it has no value, and the columns by their keys.

    Raises:
        BadTable: if the file is no such list.
    """
    if not path.is_file():
        return frame, {}
    values: dict[str, dict[tuple[str, ...], float]] = {}
    columns: dict[str, Column] = {}
    try:
        for line in records(path):
            column = column_of(str(line["measure"]), str(line.get("better", "higher")))
            columns.setdefault(column.key, column)
            named = tuple(str(line[field]) for field in Key._fields)
            values.setdefault(column.key, {}).setdefault(named, float(line["value"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadTable(f"{path} was not written by `import`; take it away, and import the measures again.") from error
    keys = list(frame[list(Key._fields)].itertuples(index=False, name=None))
    there = {key: [known.get(named, math.nan) for named in keys] for key, known in values.items()}
    return frame.assign(**there), columns
