"""Means and intervals of every measure of a run, computed when its table is finished, so that a page need not wait for them.

    python -m comparisons.benchmark aggregate DIR [...]      writes DIR/means.csv.gz beside the scores

The first line names the table that they are of: of another table they are not read. The second says what else a page wants to know of
the rows without reading them: with which state of each method they were made, and which measures are imported.
"""

import argparse
import gzip
import hashlib
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from comparisons.benchmark import imported, packing, tables
from comparisons.benchmark.sweeping import SCORES
from comparisons.metrics.scorer import Column
from comparisons.records.provenance import Identity

FILE: Final = "means.csv.gz"
COLUMNS: Final = ("measure", *tables.CELL, "ratio", "method", "n", "mean", "low", "high")
_OF: Final = "# means of a table with SHA-256 "
_ABOUT: Final = "# about it: "


@dataclass(frozen=True)
class Aggregates:
    """What was computed with a table."""

    means: pd.DataFrame
    """With the columns `COLUMNS`."""
    imported: Mapping[str, Column]
    """Measures that were computed elsewhere, by their keys in `means`."""
    states: Mapping[str, tuple[str, ...]] | None
    """By method, the states (`provenance.Identity` as text) that its rows have; None in files of before that was written down."""


def computed(frame: pd.DataFrame, imported_keys: Iterable[str] = ()) -> pd.DataFrame:
    """`tables.means` of every measure that a table has, with the measure's key before them.

    Args:
        frame: what `tables.read` returned.
        imported_keys: columns of it that hold measures computed elsewhere.
    """
    keys = (*tables.metrics_in(frame), *imported_keys)
    parts = [tables.means(frame, key).assign(measure=key) for key in keys]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else pd.DataFrame(columns=list(COLUMNS))


def states_in(frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """By method, the states that its rows have; more than one where they were made at different times.

    Args:
        frame: what `tables.read` returned.
    """
    states: dict[str, tuple[str, ...]] = {}
    made_by = frame[["method", "weights", "revision"]].drop_duplicates()
    for method, weights, revision in made_by.itertuples(index=False, name=None):
        states[method] = (*states.get(method, ()), str(Identity(weights, int(revision))))
    return states


def write(folder: Path) -> Path:
    """Compute the means of a run and put them beside its scores; the same rows give the same bytes.

    Raises:
        BadTable: if there is no table that can be read.
    """
    table, listed = packing.there(folder / SCORES), folder / imported.LIST
    frame, columns = imported.joined(listed, tables.read(table))
    about = {
        "states": states_in(frame),
        "imported": {"sha256": _digest_of(listed), "better": imported.directions(columns.values())},
    }
    means = computed(frame, columns).to_csv(index=False, float_format="%.6g")
    text = f"{_OF}{_digest_of(table)}\n{_ABOUT}{json.dumps(about)}\n{means}"
    path, part = folder / FILE, folder / f"{FILE}.part"
    with part.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as squeezed:
        squeezed.write(text.encode())
    part.replace(path)
    return path


def read(folder: Path) -> Aggregates | None:
    """What was computed with the table of a run.

    Returns:
        None where it is missing, or is of another table, or of other imported measures, than lie there.

    Raises:
        BadTable: if the scores lie there twice.
    """
    path, table, listed = folder / FILE, packing.there(folder / SCORES), folder / imported.LIST
    if not path.is_file() or not table.is_file():
        return None
    return _read(*map(stamped, (path, table, listed)))


class Stamped(NamedTuple):
    """A file, and when it last changed."""

    path: Path
    changed: int
    """In ns; 0 where there is no such file."""


def stamped(path: Path) -> Stamped:
    """A file as it is now."""
    return Stamped(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=8)
def _read(path: Stamped, table: Stamped, listed: Stamped) -> Aggregates | None:
    text = gzip.decompress(path.path.read_bytes()).decode()
    of, _, rows = text.partition("\n")
    about: dict[str, Any] = {"imported": {"sha256": "", "better": {}}}
    if rows.startswith(_ABOUT):
        first, _, rows = rows.partition("\n")
        about = json.loads(first.removeprefix(_ABOUT))
    if of != _OF + _digest_of(table.path) or about["imported"]["sha256"] != _digest_of(listed.path):
        return None
    words = dict.fromkeys(("measure", *tables.CELL, "method"), str)
    means = pd.read_csv(io.StringIO(rows), dtype=words, keep_default_na=False, na_values={"low": [""], "high": [""]})
    columns = [imported.column_of(*pair) for pair in about["imported"]["better"].items()]
    states = {method: tuple(made) for method, made in about["states"].items()} if "states" in about else None
    return Aggregates(means, {column.key: column for column in columns}, states)


def _digest_of(path: Path) -> str:
    """Empty where there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def command(arguments: Sequence[str]) -> int:
    """`python -m comparisons.benchmark aggregate`; the exit status."""
    parser = argparse.ArgumentParser("python -m comparisons.benchmark aggregate", description="Write means of runs.")
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="folders that the benchmark wrote")
    for folder in parser.parse_args(arguments).folders:
        sys.stdout.write(f"{write(folder)}\n")
    return 0
