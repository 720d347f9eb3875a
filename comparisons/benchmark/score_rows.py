"""The rows of `scores.csv`: the columns, how a row is written as a line, and how lines are read back, strictly.

A cell of text that a spreadsheet would take for a formula has a quote in front (`comparisons.records.journal.guarded`). Tables of before
there were revisions have no such quotes and are read as they are.
"""

import csv
import io
import logging
import math
import sys
from array import array
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from comparisons.benchmark import packing
from comparisons.records.journal import BadTable, guarded, unguarded
from comparisons.records.provenance import Identity

FIELDS: Final = (
    *("image", "scenario", "bin", "ratio", "method", "seed", "samples", "composited"),
    *("psnr", "psnr_raw", "ssim", "lpips", "mse", "l1", "psnr_mask", "ssim_mask", "lpips_mask", "l1_mask", "psnr_ring"),
    *("seconds", "status", "error", "mse_mask", "ssim_ring", "lpips_ring", "mse_ring", "l1_ring"),
    *("corruption_seed", "weights"),
    *("psnr_best", "diversity", "diversity_mask", "sharpness_mask", "landmarks", "landmarks_missed"),
    *("lpips_vgg", "lpips_vgg_mask", "lpips_vgg_ring"),
    "identity",
    *("revision", "version"),
    *(f"contrast_{band}{region}" for region in ("_mask", "_face", "_rest") for band in ("fine", "middle", "coarse")),
)
"""Columns. `ratio` is the hidden share of the picture; `corruption_seed` with scenario and bin gives the corruption
again; `weights` is the start of the SHA-256 of the weights that made the row, empty where nothing is learned; `revision` is the
method's, empty for the first; `version` is the app's. New columns come at the end, so that older tables can be widened."""

TEXTS: Final = (
    *("image", "scenario", "bin", "method", "seed", "composited", "status", "error", "corruption_seed", "weights"),
    *("revision", "version"),
)
"""Columns that hold no number."""
NUMBERS: Final = tuple(field for field in FIELDS if field not in TEXTS)
_GUARDED: Final = frozenset({"image", "scenario", "method", "status", "error"})
_OLDEST: Final = frozenset({"image", "scenario", "bin", "ratio", "method", "status", "psnr"})
"""Columns that every table has; no line but a header has all of these words."""
_INCIDENTAL: Final = frozenset({"seconds", "version"})
"""Columns that may differ between two rows of one result."""
_NAMED: Final = 3
"""Rows that a refusal names."""
_EMPTY: Final = dict.fromkeys(FIELDS, "")

Row = dict[str, str]

logger = logging.getLogger(__name__)


class Key(NamedTuple):
    """What names a row: no two rows have the same."""

    image: str
    scenario: str
    bin: str
    method: str
    seed: str


class Line(NamedTuple):
    """A row and where it stands."""

    number: int
    """Of its last line in the file, from 1."""
    row: Row
    """All of `FIELDS`, and what else its table has; empty where the table is too old to have it."""


_CONTENT: Final = itemgetter(*(field for field in FIELDS if field not in _INCIDENTAL and field != "revision"))
_KEY: Final = itemgetter(*Key._fields)
_TEXT_CELLS: Final = itemgetter(*TEXTS)
_NUMBER_CELLS: Final = itemgetter(*NUMBERS)


def key_of(row: Row) -> Key:
    """What names a row."""
    return Key(*_KEY(row))


def identity_of(row: Row) -> Identity:
    """The state of the method that made a row; rows of before there were revisions are of the first.

    Raises:
        BadTable: if the revision is no number.
    """
    revision = row["revision"] or "1"
    if not revision.isdecimal():
        named = ", ".join(key_of(row))
        raise BadTable(
            f"Expected a whole number as the revision of the row {named}, got {revision!r}; choose another --out."
        )
    return Identity(row["weights"], int(revision))


def line_of(row: Row) -> bytes:
    """A row as one line, with its newline."""
    text = io.StringIO()
    cells = {field: guarded(value) if field in _GUARDED else value for field, value in row.items()}
    # what a newer version has measured, and this one has no column for, is left out
    csv.DictWriter(text, FIELDS, extrasaction="ignore", lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def lines(path: Path) -> Iterator[Line]:
    """Every row of a table, or of its packed form where only that is there.

    A header may come again in the middle, where tables have been put one behind another; it holds for the rows after it.
    A last line without its newline is what a kill left behind, and is passed over with a warning.

    Raises:
        BadTable: if the file is no such table, lies there in both forms, or a line does not fit the columns.
    """
    path = packing.there(path)
    try:
        with packing.opened(path) as file:
            yield from _lines(path, file)
    except (*packing.DAMAGED, csv.Error, UnicodeDecodeError) as error:
        raise BadTable(f"{path} cannot be read as a table of scores; give the scores.csv of a benchmark.") from error


def _lines(path: Path, file: Iterable[str]) -> Iterator[Line]:
    fields: list[str] = []
    with_quotes = frozenset[str]()
    reader = csv.reader(_whole(path, file), strict=True)
    for cells in reader:
        if not cells:
            continue
        if (not fields or cells[0] in _EMPTY) and set(cells) >= _OLDEST:
            fields, with_quotes = cells, _GUARDED if "revision" in cells else frozenset()
        elif not fields:
            break
        elif len(cells) != len(fields):
            raise BadTable(
                f"Line {reader.line_num} of {path} has {len(cells)} cells where {len(fields)} columns are; take the table "
                "as the benchmark wrote it."
            )
        else:
            row = _EMPTY | dict(zip(fields, cells, strict=True))
            for field in with_quotes:
                row[field] = unguarded(row[field])
            yield Line(reader.line_num, row)
    if not fields:
        raise BadTable(f"{path} holds another kind of table than the benchmark writes; give its scores.csv.")


def _whole(path: Path, file: Iterable[str]) -> Iterator[str]:
    for line in file:
        if not line.endswith(("\n", "\r")):
            logger.warning("The last line of %s is cut off and does not count.", path)
            return
        yield line


def once(found: Iterable[Line], where: str, *, quiet: bool = False) -> Iterator[Line]:
    """Rows without those that stand twice; how long a method took, and under which version of the app, may differ.

    Args:
        found: rows of one table, or of several in turn.
        where: they stand, for people.
        quiet: whether nothing is said about rows that stand twice.

    Raises:
        BadTable: after the last row, if two rows of one result say different things.
    """
    seen: dict[int, int] = {}
    twice, unlike = 0, []
    for line in found:
        # numbers in place of keys and cells: a tenth of the memory
        key, content = hash(_KEY(line.row)), hash((_CONTENT(line.row), line.row["revision"] or "1"))
        if key not in seen:
            seen[key] = content
            yield line
        elif seen[key] == content:
            twice += 1
        else:
            unlike.append(" ".join(key_of(line.row)))
    if unlike:
        more = f" and {len(unlike) - _NAMED} more" if len(unlike) > _NAMED else ""
        raise BadTable(
            f"Expected one row for each result, but in {where} two rows say different things of {'; '.join(unlike[:_NAMED])}"
            f"{more} (picture, corruption, bin, method, seed); leave out one of the tables that they come from."
        )
    if twice and not quiet:
        logger.warning("%d rows stand twice in %s and count once.", twice, where)


def frame(path: Path) -> pd.DataFrame:
    """The rows of a table, each once, measures as numbers; what was not measured is NaN.

    Columns that the table is too old to have are empty; the revision is 1 there.

    Raises:
        BadTable: if the file is no such table, holds two rows of one result that differ, or a measure that is no number.
    """
    texts: list[list[str]] = [[] for _ in TEXTS]
    numbers = array("d")
    wrong: list[str] = []
    for number, row in once(lines(path), str(path)):
        for column, cell in zip(texts, _TEXT_CELLS(row), strict=True):
            column.append(sys.intern(cell))
        cells = _NUMBER_CELLS(row)
        try:
            numbers.extend([_number(cell) if cell else math.nan for cell in cells])
        except ValueError:
            named = zip(NUMBERS, cells, strict=True)
            wrong += (f"line {number}, column {field}: {cell!r}" for field, cell in named if not _is_number(cell))
    if wrong:
        more = f" and in {len(wrong) - 1} more cells" if len(wrong) > 1 else ""
        raise BadTable(
            f"Expected numbers with a decimal point in {path}, but there is none in {wrong[0]}{more}; correct it, or take the "
            "table as the benchmark wrote it."
        )
    measured = np.asarray(numbers).reshape(-1, len(NUMBERS)).T
    columns = dict(zip(TEXTS, texts, strict=True)) | dict(zip(NUMBERS, measured, strict=True))
    found = pd.DataFrame({field: columns[field] for field in FIELDS})
    return found.assign(revision=found["revision"].replace("", "1"))


def _number(cell: str) -> float:
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {cell}")
    return value


def _is_number(cell: str) -> bool:
    try:
        return not cell or math.isfinite(float(cell))
    except ValueError:
        return False
