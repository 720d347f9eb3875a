"""The table of scores: one row per picture, scenario, bin and method, in a CSV file that survives a kill.

Plain columns are measured over the whole picture on the composited 8-bit result, `psnr_raw` before compositing. A
method that gives several samples is scored by the mean over them (`psnr_raw` by the picture that it gives first). What
was not measured is empty: a region without pixels, and everything of a method that failed or does not apply.
"""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import pandas as pd
from filelock import FileLock, Timeout

from comparisons import statistics
from restorers.contract import Problem

FIELDS: Final = (
    *("image", "scenario", "bin", "ratio", "method", "seed", "samples", "composited"),
    *("psnr", "psnr_raw", "ssim", "lpips", "mse", "l1", "psnr_mask", "ssim_mask", "lpips_mask", "l1_mask", "psnr_ring"),
    *("seconds", "status", "error", "mse_mask", "ssim_ring", "lpips_ring", "mse_ring", "l1_ring"),
    *("corruption_seed", "weights"),
)
"""Columns. `ratio` is the hidden share of the picture; `corruption_seed` with scenario and bin gives the corruption
again; `weights` is the start of the SHA-256 of the weights that made the row, empty where nothing is learned."""

BASELINE: Final = "telea"
"""What every method is compared with at the end: it learns nothing and is in every installation."""

_HEADER: Final = (",".join(FIELDS) + "\n").encode()

Row = dict[str, str]


class BadTable(Problem):
    """The folder for the scores cannot be used."""


class Key(NamedTuple):
    """What names a row: no two rows have the same."""

    image: str
    scenario: str
    bin: str
    method: str
    seed: str


class Table:
    """`scores.csv`, open for appending; used as a context so that one process at a time writes.

    Args:
        path: where the table is or will be.

    Raises:
        BadTable: if another process is writing it, or the file is no such table.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_name(path.name + ".lock"))

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self._file = self._path.open("ab+", buffering=0)
            self._check_header()
            self._drop_torn_line()
        except Timeout:
            raise BadTable(f"Another benchmark is writing {self._path}; wait for it or choose another --out.") from None
        except OSError as error:
            remedy = "choose another --out"
            raise BadTable(f"Scores cannot be written to {self._path} ({error.strerror}); {remedy}.") from error
        if self._file.tell() == 0:
            self._write(_HEADER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._lock.release()

    def rows(self) -> Iterator[Row]:
        """Every row that is there.

        Raises:
            BadTable: if a row does not fit the columns.
        """
        with self._path.open(encoding="utf-8", newline="") as file:
            try:
                lines = csv.reader(file, strict=True)
                next(lines)
                for line in lines:
                    if len(line) != len(FIELDS):
                        raise self._other()
                    yield dict(zip(FIELDS, line, strict=True))
            except (csv.Error, UnicodeDecodeError) as error:
                raise self._other() from error

    def append(self, row: Row) -> None:
        """Put one row at the end, in one write.

        Raises:
            BadTable: if the disk refuses; rows already written stay.
        """
        text = io.StringIO()
        csv.DictWriter(text, FIELDS, lineterminator="\n").writerow(row)
        self._write(text.getvalue().encode())

    def _write(self, content: bytes) -> None:
        try:
            if self._file.write(content) != len(content):
                raise BadTable(f"The disk of {self._path} is full; make room and start again, finished rows are kept.")
        except OSError as error:
            remedy = "mend that and start again, finished rows are kept"
            raise BadTable(f"{self._path} could not be written ({error.strerror}); {remedy}.") from error

    def _check_header(self) -> None:
        """Refuse a file of another kind before a byte of it is touched; a header that a kill cut short is ours."""
        self._file.seek(0)
        start = self._file.read(len(_HEADER))
        if start != _HEADER and (b"\n" in start or not _HEADER.startswith(start)):
            raise self._other()

    def _other(self) -> BadTable:
        return BadTable(f"{self._path} holds another kind of table than this benchmark writes; choose another --out.")

    def _drop_torn_line(self) -> None:
        """Cut off what a kill left behind the last whole line, and stand at the end."""
        position = self._file.seek(0, os.SEEK_END)
        while position > 0:
            start = max(0, position - 65536)
            self._file.seek(start)
            newline = self._file.read(position - start).rfind(b"\n")
            if newline >= 0:
                position = start + newline + 1
                break
            position = start
        self._file.truncate(position)
        self._file.seek(position)


def summary(path: Path) -> str:
    """Means per scenario, bin and method, and the paired difference in PSNR to the baseline with its 95 % interval.

    Args:
        path: a table of scores with at least one row.

    Returns:
        A table as text; n counts pictures with a score, failed those without one where the method applies.
    """
    used = ["image", "scenario", "bin", "method", "psnr", "lpips", "ssim", "seconds", "status"]
    frame = pd.read_csv(path, usecols=used)
    lines = []
    for (scenario, name), rows in frame.groupby(["scenario", "bin"], sort=False):
        by_picture = rows.pivot_table(index="image", columns="method", values="psnr")
        for method, own in rows.groupby("method", sort=False):
            means = own[["psnr", "lpips", "ssim", "seconds"]].mean()
            applied = own["status"].value_counts()
            counts = {"n": applied.get("ok", 0), "failed": applied.get("failed", 0)}
            line: dict[str, object] = {"scenario": scenario, "bin": name, "method": method, **counts}
            gain = {f"psnr - {BASELINE} [95 %]": _gain(by_picture, str(method))}
            lines.append(line | {str(field): mean for field, mean in means.items()} | gain)
    places = {"psnr": "{:.2f}", "lpips": "{:.4f}", "ssim": "{:.4f}", "seconds": "{:.3f}"}
    formatters = {key: place.format for key, place in places.items()}
    return str(pd.DataFrame(lines).to_string(index=False, na_rep="-", formatters=formatters))


def _gain(by_picture: pd.DataFrame, method: str) -> str:
    if method == BASELINE or not {method, BASELINE} <= set(by_picture.columns):
        return "-"
    pairs = by_picture[[method, BASELINE]].dropna()
    if pairs.empty:
        return "-"
    found = statistics.paired_difference(pairs[method].to_numpy(), pairs[BASELINE].to_numpy()).interval
    return f"{found.mean:+.2f} [{found.low:.2f}, {found.high:.2f}]"
