"""What a run writes down: one JSON line per report and per validation, and the curve made of them."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from torch import Tensor

LOG: Final = "log.jsonl"
CURVE: Final = "curve.csv"

Line = dict[str, Any]


class Means:
    """Means of loss terms since they were asked for last; a term counts in the steps that had it."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[Tensor, int]] = {}

    def add(self, terms: Mapping[str, Tensor]) -> None:
        """Take the terms of one step."""
        for name, term in terms.items():
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total + term.float(), count + 1)

    def take(self) -> dict[str, float]:
        """The means; starts again from nothing."""
        means = {name: round(float(total) / count, 5) for name, (total, count) in self._sums.items()}
        self._sums = {}
        return means


class TrainingLog:
    """The log of a run, open for writing."""

    def __init__(self, folder: Path, *, resumed: bool) -> None:
        self._file: TextIO = (folder / LOG).open("a" if resumed else "w", encoding="utf-8")

    def write(self, line: Mapping[str, Any]) -> None:
        """Add one line."""
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(log: Path) -> list[Line]:
    """The lines of a log, without those that a resumed run went over again.

    A run that was killed resumes from its last checkpoint: what the log holds beyond that step is of weights that are gone.
    """
    lines: list[Line] = []
    for text in log.read_text("utf-8").splitlines():
        line: Line = json.loads(text)
        while lines and lines[-1]["step"] > line["step"]:
            lines.pop()
        lines.append(line)
    return lines


def curve(lines: list[Line]) -> list[dict[str, float]]:
    """One row per validation: step, seconds, side, the mean of each loss since the validation before, the scores on `dev`."""
    rows: list[dict[str, float]] = []
    since: list[Line] = []
    for line in lines:
        if "dev" not in line:
            since.append(line)
            continue
        names = list(dict.fromkeys(name for before in since for name in before if name not in _NO_LOSS))
        losses = {name: _mean([before[name] for before in since if name in before]) for name in names}
        rows.append({"step": line["step"], "seconds": line["seconds"], "side": line["side"], **losses, **line["dev"]})
        since = []
    return rows


def write_curve(rows: list[dict[str, float]], path: Path) -> None:
    """Write a curve as CSV: step, seconds and side, then losses, then scores; empty where a term was not used yet."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    columns.sort(key=lambda name: name.startswith(("psnr_", "masked_", "iou_", "flagged_")))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


_NO_LOSS: Final = frozenset({"step", "seconds", "side", "pictures_per_second"})


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 5)
