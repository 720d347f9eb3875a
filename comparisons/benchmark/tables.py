"""From rows to the tables of a report: means with intervals, paired differences, breakdowns, reasons.

The unit is the picture: rows of one picture, cell and method under several seeds are averaged first. Every table has n.
Intervals are 95 % percentile bootstrap intervals over pictures; p values are Wilcoxon's, corrected after Holm over all
comparisons of the table.
"""

import base64
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from comparisons.benchmark import score_rows
from comparisons.metrics import extras
from comparisons.metrics.extras import ALL, TRUTH
from comparisons.metrics.scorer import Column
from comparisons.records import statistics
from comparisons.records.journal import BadTable, records
from comparisons.scenarios import menu
from restorers import catalogue

BASELINE: Final = "telea"
CELL: Final = ["scenario", "bin"]
YAWS: Final = (15.0, 30.0)
"""Degrees between frontal, turned and far turned."""
SMALLEST_SET: Final = 20
"""Pictures below which a kernel distance is noise and is not given."""

_TIE: Final = 1e-6


def read(path: Path) -> pd.DataFrame:
    """The rows of a `scores.csv`, as `comparisons.benchmark.score_rows.frame` reads them.

    Raises:
        BadTable: if the file is no such table, or one that cannot be trusted.
    """
    return score_rows.frame(path)


def ordered(methods: pd.Series) -> list[str]:
    """Methods in the order of the catalogue; those that it has no more come last."""
    present = set(methods)
    catalogued = [method.key for method in catalogue.METHODS if method.key in present]
    return catalogued + sorted(present.difference(catalogued))


def metrics_in(frame: pd.DataFrame) -> list[str]:
    """Keys of the measures that any row has."""
    return [key for key in ALL if bool(frame[key].notna().any())]


def by_picture(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One row per picture of one cell, one column per method; empty where there is no score."""
    return frame.pivot_table(index="image", columns="method", values=metric, aggfunc="mean")


def means(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean and interval of every cell and method.

    Returns:
        Columns scenario, bin, ratio (mean hidden share), method, n, mean, low, high; cells without a score are left out.
    """
    lines = []
    for (scenario, name), rows in _cells(frame):
        scores, ratio = by_picture(rows, metric), float(rows["ratio"].mean())
        for method in ordered(rows["method"]):
            if method not in scores or not scores[method].notna().any():
                continue
            estimate = statistics.mean_interval(scores[method].dropna().to_numpy())
            lines.append((scenario, name, ratio, method, estimate.n, estimate.mean, estimate.low, estimate.high))
    return pd.DataFrame(lines, columns=[*CELL, "ratio", "method", "n", "mean", "low", "high"])


def against(
    frame: pd.DataFrame, metric: str, baseline: str = BASELINE, columns: Mapping[str, Column] = ALL
) -> pd.DataFrame:
    """What every method is ahead of a baseline on the same pictures; `columns` tells which way is better.

    Returns:
        Columns scenario, bin, method, n, difference (method minus baseline), low, high, p (after Holm), wins, ties, losses.
        Where a measure has a target, differences and wins are of the distance from it.
    """
    column = columns[metric].metric
    lines: list[list[Any]] = []
    for (scenario, name), rows in _cells(frame):
        scores = by_picture(rows, metric)
        if column.target is not None:
            scores = -(scores - column.target).abs()
        better_up = column.higher_is_better or column.target is not None
        for method in ordered(rows["method"]):
            if method == baseline or not {method, baseline} <= set(scores.columns):
                continue
            pairs = scores[[method, baseline]].dropna()
            if pairs.empty:
                continue
            one, other = pairs[method].to_numpy(), pairs[baseline].to_numpy()
            difference = statistics.paired_difference(one, other)
            record = statistics.wins_ties_losses(one, other, better_up, _TIE)
            interval = difference.interval
            counts = [record.wins, record.ties, record.losses]
            lines.append(
                [scenario, name, method, interval.n, interval.mean, interval.low, interval.high, difference.p, *counts]
            )
    table = pd.DataFrame(
        lines, columns=[*CELL, "method", "n", "difference", "low", "high", "p", "wins", "ties", "losses"]
    )
    table["p"] = statistics.holm(table["p"].tolist())
    return table


def counts(frame: pd.DataFrame) -> pd.DataFrame:
    """How many rows of every cell and method are there, and how many have no score."""
    table = frame.groupby([*CELL, "method", "status"], sort=False).size().unstack("status", fill_value=0).reset_index()
    for status in ("ok", "failed", "not_applicable"):
        table[status] = table.get(status, 0)
    table.columns.name = None
    return table[[*CELL, "method", "ok", "failed", "not_applicable"]]


def reasons(frame: pd.DataFrame) -> pd.DataFrame:
    """Why rows have no score: method, reason, how often."""
    lost = frame[frame["status"] != "ok"]
    return lost.groupby(["method", "status", "error"], sort=False).size().rename("rows").reset_index()


def facts(path: Path) -> pd.DataFrame:
    """What `pictures.jsonl` knows: image, yaw and ita (degrees); empty where there is no such file."""
    lines = records(path) if path.is_file() else iter(())
    rows = [(line["image"], line.get("yaw"), line.get("ita")) for line in lines]
    table = pd.DataFrame(rows, columns=["image", "yaw", "ita"]).drop_duplicates("image")
    table[["yaw", "ita"]] = table[["yaw", "ita"]].apply(pd.to_numeric)
    return table


def groups(picture_facts: pd.DataFrame) -> pd.DataFrame:
    """Every picture's groups: `skin` (terciles of the individual typology angle over these pictures) and `yaw`.

    Returns:
        Columns image, skin, yaw; pictures in which no face was found have none.
    """
    table = pd.DataFrame({"image": picture_facts["image"], "skin": None, "yaw": None}, dtype=object)
    angles = picture_facts["ita"].dropna()
    if len(angles) >= 3:
        first, second = np.quantile(angles, [1 / 3, 2 / 3])
        names = (f"darkest third (below {first:.0f}°)", "middle third", f"lightest third (above {second:.0f}°)")
        table.loc[angles.index, "skin"] = [names[int(angle >= first) + int(angle >= second)] for angle in angles]
    turned = picture_facts["yaw"].dropna().abs()
    low, high = YAWS
    names = (f"frontal (below {low:.0f}°)", f"{low:.0f}° to {high:.0f}°", f"{high:.0f}° and more")
    table.loc[turned.index, "yaw"] = [names[int(angle >= low) + int(angle >= high)] for angle in turned]
    return table


def breakdown(frame: pd.DataFrame, picture_facts: pd.DataFrame, metric: str, by: str) -> pd.DataFrame:
    """Means per group of pictures.

    Args:
        frame: rows.
        picture_facts: what `facts` returned.
        metric: a key of `ALL`.
        by: `skin` or `yaw`.

    Returns:
        The columns of `means` with `group` before them.
    """
    grouped = frame.merge(groups(picture_facts)[["image", by]], on="image")
    parts = [
        means(rows, metric).assign(group=name) for name, rows in grouped.dropna(subset=[by]).groupby(by, sort=True)
    ]
    table = pd.concat(parts, ignore_index=True) if parts else means(frame.iloc[:0], metric).assign(group="")
    return table[["group", *(name for name in table.columns if name != "group")]]


def kernel_distances(path: Path) -> pd.DataFrame:
    """Kernel distance between the restored and the clean faces of every cell and method.

    Args:
        path: an `embeddings.jsonl`.

    Returns:
        Columns scenario, bin, method, n, distance; sets below `SMALLEST_SET` are left out.

    Raises:
        BadTable: if the file is no such list.
    """
    sets: dict[tuple[str, str, str], dict[str, np.ndarray]] = {}
    for line in records(path):
        values = np.frombuffer(base64.b64decode(line["values"]), np.float16)
        sets.setdefault((line["scenario"], line["bin"], line["method"]), {})[line["image"]] = values
    truth = sets.pop(("-", "-", TRUTH), {})
    lines = []
    for (scenario, name, method), restored in sets.items():
        shared = [image for image in restored if image in truth]
        if len(shared) >= SMALLEST_SET:
            pair = (np.stack([found[image] for image in shared]) for found in (restored, truth))
            lines.append((scenario, name, method, len(shared), extras.kernel_distance(*pair)))
    return pd.DataFrame(lines, columns=[*CELL, "method", "n", "distance"])


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """Means as people read them: a line per cell, a column per method, `31.42 [31.10, 31.75]`, and n."""
    if table.empty:
        return pd.DataFrame(columns=[*CELL, "n"])
    text = table.assign(text=[interval(*row) for row in table[["mean", "low", "high"]].itertuples(index=False)])
    pivot = text.pivot_table(index=CELL, columns="method", values="text", aggfunc="first", sort=False)
    counted = table.groupby(CELL, sort=False)["n"]
    pivot.insert(0, "n", _range(counted.min(), counted.max()))
    pivot = pivot[["n", *(key for key in ordered(table["method"]) if key in pivot)]].fillna("–").reset_index()
    pivot.columns.name = None
    return pivot


def headline_cell(frame: pd.DataFrame) -> tuple[str, str]:
    """Scenario and bin that headlines quote: the default scenario's middle bin, or the first one that has scores.

    Raises:
        BadTable: if no row has a score.
    """
    cells = frame[frame["status"] == "ok"][CELL].drop_duplicates()
    middle = cells[(cells["scenario"] == menu.DEFAULT) & (cells["bin"] == str(menu.MIDDLE_BIN))]
    if cells.empty:
        raise BadTable("No row of the table has a score; see the column `error` for the reasons.")
    scenario, name = (middle if len(middle) else cells).iloc[0]
    return str(scenario), str(name)


def markdown(
    frame: pd.DataFrame, scenario: str, bin_name: str, metrics: Sequence[str], columns: Mapping[str, Column] = ALL
) -> str:
    """One cell as a table for a README: a line per method, mean and 95 % interval per measure, n pictures.

    Args:
        frame: rows.
        scenario: which corruption.
        bin_name: and which bin of it.
        metrics: keys of `columns`.
        columns: measures.
    """
    own = frame[(frame["scenario"] == scenario) & (frame["bin"] == bin_name)]
    tables = {metric: means(own, metric).set_index("method") for metric in metrics}
    lines = [["method", "n", *(_arrowed(columns[metric]) for metric in metrics)], ["---"] * (2 + len(metrics))]
    for method in ordered(own.loc[own["status"] == "ok", "method"]):
        cells = [
            interval(*table.loc[method, ["mean", "low", "high"]]) if method in table.index else "–"
            for table in tables.values()
        ]
        pictures = own.loc[(own["method"] == method) & (own["status"] == "ok"), "image"].nunique()
        lines.append([f"`{method}`", str(pictures), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _arrowed(column: Column) -> str:
    unit = f" {column.metric.unit}" if column.metric.unit else ""
    return f"{column.label}{unit} {'↑' if column.metric.higher_is_better else '↓'}"


def interval(mean: float, low: float, high: float) -> str:
    """A number and its interval with the digits that mean something."""
    digits = 2 if abs(mean) >= 5 else 3 if abs(mean) >= 0.1 else 4
    if math.isnan(low):
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _range(low: pd.Series, high: pd.Series) -> pd.Series:
    text = [str(a) if a == b else f"{a}-{b}" for a, b in zip(low, high, strict=True)]
    return pd.Series(text, index=low.index)


def _cells(frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    for (scenario, name), rows in frame.groupby(CELL, sort=False):
        yield (str(scenario), str(name)), rows
