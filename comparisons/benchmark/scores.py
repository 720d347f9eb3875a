"""The table of scores: one row per picture, scenario, bin and method, in a CSV file that survives a kill.

Plain columns are measured over the whole picture on the composited 8-bit result, `psnr_raw` before compositing. A
method that gives several samples is scored by the mean over them (`psnr_raw` by the picture that it gives first). What
was not measured is empty: a region without pixels, and everything of a method that failed or does not apply.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pandas as pd
from filelock import FileLock, Timeout

from comparisons.benchmark import packing
from comparisons.benchmark.score_rows import FIELDS, Key, Row, frame, line_of, lines
from comparisons.records import statistics
from comparisons.records.journal import BadTable, Lines

__all__ = ["BASELINE", "FIELDS", "Key", "Row", "ScoreTable", "summary"]

_FEWEST: Final = 31
"""Columns of the oldest table that can be widened."""

BASELINE: Final = "telea"
"""What every method is compared with at the end: it learns nothing and is in every installation."""

_HEADER: Final = (",".join(FIELDS) + "\n").encode()


class ScoreTable:
    """`scores.csv`, open for appending; used as a context so that one process at a time writes.

    A table of an older version, whose columns are the first of today's, is widened when it is opened; a packed one is unpacked.

    Args:
        path: where the table is or will be.

    Raises:
        BadTable: if another process is writing it, or the file is no such table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path.with_name(path.name + ".lock"))

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise BadTable(f"Another benchmark is writing {self.path}; wait for it or choose another --out.") from None
        except OSError as error:
            remedy = "choose another --out"
            raise BadTable(f"Scores cannot be written to {self.path} ({error.strerror}); {remedy}.") from error
        try:
            packing.unpack(self.path)
            self._check_header()
            self._lines = Lines(self.path, _HEADER)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._lock.release()

    def rows(self) -> Iterator[Row]:
        """Every row that is there, with all of `FIELDS`.

        Raises:
            BadTable: if a line does not fit the columns.
        """
        return (dict.fromkeys(FIELDS, "") | line.row for line in lines(self.path))

    def append(self, row: Row) -> None:
        """Put one row at the end, in one write.

        Raises:
            BadTable: if the disk refuses; rows already written stay.
        """
        self._lines.write(line_of(row))

    def keep(self, wanted: Callable[[Row], bool]) -> int:
        """Throw away the rows that are not wanted, all at once or none.

        Returns:
            How many went.

        Raises:
            BadTable: if the disk refuses; the table stays as it was.
        """
        before = sum(1 for _ in self.rows())
        self._lines.close()
        self._rewrite(row for row in self.rows() if wanted(row))
        self._lines = Lines(self.path, _HEADER)
        return before - sum(1 for _ in self.rows())

    def _check_header(self) -> None:
        """Refuse a file of another kind before a byte of it is touched; a header that a kill cut short is ours."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            start = file.readline(len(_HEADER))
        if start == _HEADER or (b"\n" not in start and _HEADER.startswith(start)):
            return
        older = tuple(start.decode("utf-8", "replace").rstrip("\n").split(","))
        if not start.endswith(b"\n") or len(older) < _FEWEST or older != FIELDS[: len(older)]:
            raise self._other()
        Lines(self.path).close()  # without what a kill left behind
        self._rewrite(self.rows())

    def _rewrite(self, rows: Iterator[Row]) -> None:
        part = self.path.with_suffix(".part")
        try:
            with part.open("wb") as file:
                file.write(_HEADER)
                file.writelines(map(line_of, rows))
            part.replace(self.path)
        except OSError as error:
            raise BadTable(f"{part} could not be written ({error.strerror}); make room and start again.") from error

    def _other(self) -> BadTable:
        return BadTable(f"{self.path} holds another kind of table than this benchmark writes; choose another --out.")


def summary(path: Path) -> str:
    """Means per scenario, bin and method, and the paired difference in PSNR to the baseline with its 95 % interval.

    Args:
        path: a table of scores with at least one row.

    Returns:
        A table as text; n counts pictures with a score, failed those without one where the method applies.
    """
    table = []
    for (scenario, name), rows in frame(path).groupby(["scenario", "bin"], sort=False):
        by_picture = rows.pivot_table(index="image", columns="method", values="psnr")
        for method, own in rows.groupby("method", sort=False):
            means = own[["psnr", "lpips", "ssim", "seconds"]].mean()
            applied = own["status"].value_counts()
            counts = {"n": applied.get("ok", 0), "failed": applied.get("failed", 0)}
            line: dict[str, object] = {"scenario": scenario, "bin": name, "method": method, **counts}
            gain = {f"psnr - {BASELINE} [95 %]": _gain(by_picture, str(method))}
            table.append(line | {str(field): mean for field, mean in means.items()} | gain)
    places = {"psnr": "{:.2f}", "lpips": "{:.4f}", "ssim": "{:.4f}", "seconds": "{:.3f}"}
    formatters = {key: place.format for key, place in places.items()}
    return str(pd.DataFrame(table).to_string(index=False, na_rep="-", formatters=formatters))


def _gain(by_picture: pd.DataFrame, method: str) -> str:
    if method == BASELINE or not {method, BASELINE} <= set(by_picture.columns):
        return "-"
    pairs = by_picture[[method, BASELINE]].dropna()
    if pairs.empty:
        return "-"
    found = statistics.paired_difference(pairs[method].to_numpy(), pairs[BASELINE].to_numpy()).interval
    return f"{found.mean:+.2f} [{found.low:.2f}, {found.high:.2f}]"
