"""Means and intervals of every measure of a run, computed when its table is finished, so that a page need not wait for them.

    python -m comparisons.benchmark aggregate DIR [...]      writes DIR/means.csv.gz beside the scores

The first line names the table that they are of: of another table they are not read.
"""

import argparse
import gzip
import hashlib
import io
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import pandas as pd

from comparisons.benchmark import packing, tables
from comparisons.benchmark.sweeping import SCORES

FILE: Final = "means.csv.gz"
COLUMNS: Final = ("measure", *tables.CELL, "ratio", "method", "n", "mean", "low", "high")
_OF: Final = "# means of a table with SHA-256 "


def computed(frame: pd.DataFrame) -> pd.DataFrame:
    """`tables.means` of every measure that a table has, with the measure's key before them.

    Args:
        frame: what `tables.read` returned.
    """
    parts = [tables.means(frame, key).assign(measure=key) for key in tables.metrics_in(frame)]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else pd.DataFrame(columns=list(COLUMNS))


def write(folder: Path) -> Path:
    """Compute the means of a run and put them beside its scores; the same rows give the same bytes.

    Raises:
        BadTable: if there is no table that can be read.
    """
    table = packing.there(folder / SCORES)
    text = _OF + _digest_of(table) + "\n" + computed(tables.read(table)).to_csv(index=False, float_format="%.6g")
    path, part = folder / FILE, folder / f"{FILE}.part"
    with part.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as squeezed:
        squeezed.write(text.encode())
    part.replace(path)
    return path


def read(folder: Path) -> pd.DataFrame | None:
    """The means of a run, with the columns `COLUMNS`.

    Returns:
        None where they are missing, or are of another table than the one that lies there.

    Raises:
        BadTable: if the scores lie there twice.
    """
    path, table = folder / FILE, packing.there(folder / SCORES)
    if not path.is_file() or not table.is_file():
        return None
    return _read(path, path.stat().st_mtime_ns, table, table.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, _written: int, table: Path, _changed: int) -> pd.DataFrame | None:
    text = gzip.decompress(path.read_bytes()).decode()
    of, _, rows = text.partition("\n")
    if of != _OF + _digest_of(table):
        return None
    words = dict.fromkeys(("measure", *tables.CELL, "method"), str)
    return pd.read_csv(io.StringIO(rows), dtype=words, keep_default_na=False, na_values={"low": [""], "high": [""]})


def _digest_of(table: Path) -> str:
    return hashlib.sha256(table.read_bytes()).hexdigest()


def command(arguments: Sequence[str]) -> int:
    """`python -m comparisons.benchmark aggregate`; the exit status."""
    parser = argparse.ArgumentParser("python -m comparisons.benchmark aggregate", description="Write means of runs.")
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="folders that the benchmark wrote")
    for folder in parser.parse_args(arguments).folders:
        sys.stdout.write(f"{write(folder)}\n")
    return 0
