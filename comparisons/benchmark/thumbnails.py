"""Contact sheets: the best, the median and the worst face of a method, beside what it got and the truth.

They show the faces of the data set, which may not be passed on: made on demand only, for somebody who has the pictures.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from comparisons.arena import runner
from comparisons.metrics.extras import ALL
from comparisons.metrics.scorer import Column
from comparisons.records import pictures
from comparisons.records.journal import BadTable, Journal
from comparisons.scenarios import apply, menu
from restorers import catalogue, images
from restorers.images import Array

ORDER: Final = "lpips"
"""The measure that faces are sorted by where nothing else is asked."""


def sheets(folder: Path, frame: pd.DataFrame, source: Path, scenario: str, bin_name: str) -> dict[str, bytes]:
    """Make the sheets of every method under one kind of corruption.

    Args:
        folder: of the run, with its `corruptions.jsonl`.
        frame: its rows, as `comparisons.benchmark.tables.read` returns them.
        source: the pictures that were benchmarked.
        scenario: which corruption.
        bin_name: and which bin of it.

    Returns:
        PNG by method. Methods without a score there, or that do not run here, are left out.

    Raises:
        BadTable: as for `sheet`.
    """
    cell = frame[(frame["scenario"] == scenario) & (frame["bin"] == bin_name) & frame[ORDER].notna()]
    # what the catalogue does not have cannot be painted anew
    known = [method.key for method in catalogue.METHODS]
    groups = cell[cell["method"].isin(known)].groupby("method", sort=False)
    return {str(method): images.png_bytes(sheet(folder, rows, source)) for method, rows in groups}


def sheet(folder: Path, rows: pd.DataFrame, source: Path, column: Column = ALL[ORDER]) -> Array:
    """One method's best, median and worst face.

    Args:
        folder: of the run.
        rows: of one method under one corruption, with scores.
        source: the pictures that were benchmarked.
        column: which measure says what is best.

    Returns:
        uint8 (3 * 256, 3 * 256, 3): rows best, median, worst; columns corrupted, restored, truth.

    Raises:
        BadTable: if a picture has been replaced, its corruption is not in the list, or the method gives no picture any more.
        UnreadableImage: if a picture is not there.
    """
    metric, values = column.metric, rows[column.key]
    order = values if metric.target is None else (values - metric.target).abs()
    ascending = metric.target is not None or not metric.higher_is_better
    ranked = rows.assign(order=order).sort_values(["order", "image"], ascending=[ascending, True])
    picks = [ranked.iloc[place] for place in (0, len(ranked) // 2, len(ranked) - 1)]
    _check([str(pick["image"]) for pick in picks], folder / pictures.LIST, source)
    with Journal(folder / apply.LIST, apply.KEY) as listed:
        return np.concatenate([_line(listed, source, pick) for pick in picks])


def _check(names: Sequence[str], facts: Path, source: Path) -> None:
    """See to it that nobody is shown under another one's score."""
    if not facts.is_file():
        return
    with Journal(facts, pictures.KEY) as listed:
        for name in names:
            known = listed.find(name)
            if known is not None and not pictures.is_as_then(source / name, known):
                raise BadTable(f"{source / name} has been replaced since it was measured; put the old picture back.")


def _line(listed: Journal, source: Path, row: pd.Series) -> Array:
    line = listed.find(*(str(row[field]) for field in apply.KEY))
    if line is None:
        raise BadTable(
            f"The list of corruptions has nothing about {row['image']} under {row['scenario']} {row['bin']}."
        )
    truth = pictures.read(source / str(row["image"])).truth
    recipe, landmarks = apply.recipe_of(line)
    corrupted = apply.corrupt(menu.scenario(str(row["scenario"])), recipe, truth, landmarks)
    apply.check(line, corrupted)
    (outcome,) = runner.run(corrupted, [str(row["method"])], recipe.seed)
    if outcome.restored is None:
        raise BadTable(f"{row['method']} gave a picture of {row['image']} before and gives none now: {outcome.error}")
    shown = (corrupted.pixels, outcome.restored.pixels, truth)
    return np.concatenate([images.to_array(pixels) for pixels in shown], axis=1)
