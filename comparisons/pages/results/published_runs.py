"""Published runs: where they lie, what they are called, their rows and means, and what may be downloaded of them."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from comparisons.benchmark import aggregates, imported, packing, tables
from comparisons.benchmark.aggregates import Stamped, stamped
from comparisons.benchmark.sweeping import SCORES
from comparisons.metrics import likeness
from comparisons.metrics.extras import ALL
from comparisons.metrics.likeness import Matrix
from comparisons.metrics.scorer import Column
from comparisons.pages.results import cached_tables
from comparisons.pages.text.spoken import Language, here
from comparisons.pages.text.texts import ENGLISH, said
from comparisons.records import provenance
from comparisons.records.journal import BadTable
from restorers import paths
from restorers.sentences import Sentence

BENCHMARK: Final = paths.BENCHMARK
"""Where published runs lie: one `scores.csv`, or a folder with one for each set of pictures."""
_FILES: Final = ("corruptions.jsonl", "pictures.jsonl", "run.json", "cost.json", likeness.FILE, imported.LIST)


@dataclass(frozen=True)
class PublishedRun:
    """A published table of scores."""

    name: str
    """What tells it from the others: its folder."""
    folder: Path

    @property
    def label(self) -> str:
        """What people read: the data set, and how many of its faces.

        Raises:
            BadTable: if the table or its provenance cannot be read.
        """
        faces = _faces(self)
        named = provenance.named(self.folder / provenance.FILE) or self.name
        return Sentence("{name} ({count} faces)", name=named, count=faces)


def runs(root: Path = BENCHMARK) -> list[PublishedRun]:
    """Published runs, by name: those in folders of their own, else the one that lies in the root itself."""
    names = (SCORES, SCORES + packing.SUFFIX)
    folders = [
        folder for folder in (root, *sorted(root.glob("*/"))) if any((folder / name).is_file() for name in names)
    ]
    return [PublishedRun("benchmark" if folder == root else folder.name, folder) for folder in folders]


def run_named(name: str | None, root: Path = BENCHMARK) -> PublishedRun:
    """The run of this name.

    Raises:
        BadTable: if it is not there any more.
    """
    for run in runs(root):
        if run.name == name:
            return run
    raise BadTable("That run is not here any more; open the tab again.")


def frame_of(run: PublishedRun) -> pd.DataFrame:
    """The rows of a run, with its imported measures; read once as long as the files are the same.

    Raises:
        BadTable: if the file is no table of scores.
    """
    return cached_tables.rows(*_stamped(run)).frame


def means_of(run: PublishedRun, key: str) -> pd.DataFrame:
    """Means and intervals of a measure, a row a cell and method: as they were computed with the table, else computed now.

    Args:
        run: which run.
        key: of `columns_of` the run.

    Raises:
        BadTable: if the table cannot be read.
    """
    ready = aggregates.read(run.folder)
    if ready is not None:
        return ready.means[ready.means["measure"] == key].drop(columns="measure")
    return cached_tables.means(*_stamped(run), key)


def scenarios_of(run: PublishedRun) -> list[str]:
    """Keys of the corruptions of a run, in its order."""
    ready = aggregates.read(run.folder)
    return list(dict.fromkeys((frame_of(run) if ready is None else ready.means)["scenario"]))


def columns_of(run: PublishedRun) -> Mapping[str, Column]:
    """Every measure that a run may have, imported ones among them, by its key."""
    ready = aggregates.read(run.folder)
    return {**ALL, **(cached_tables.rows(*_stamped(run)) if ready is None else ready).imported}


def measures_in(run: PublishedRun) -> list[str]:
    """Keys of the measures that a run has; imported ones come last."""
    ready = aggregates.read(run.folder)
    if ready is not None:
        return list(dict.fromkeys(ready.means["measure"]))
    frame, brought = cached_tables.rows(*_stamped(run))
    return [*tables.metrics_in(frame), *brought]


def alike_of(run: PublishedRun) -> Matrix:
    """How alike the methods of a run paint, as the table beside its scores has it; empty where there is none.

    Raises:
        BadLikeness: if that is no such table.
    """
    table = likeness.read(run.folder / likeness.FILE)
    if not table:
        return Matrix()
    ready = aggregates.read(run.folder)
    states = None if ready is None else ready.states
    return likeness.of_run(table, aggregates.states_in(frame_of(run)) if states is None else states)


def _stamped(run: PublishedRun) -> tuple[Stamped, Stamped]:
    return stamped(packing.there(run.folder / SCORES)), stamped(run.folder / imported.LIST)


def label_of(scenario: str, language: Language = "en") -> str:
    """A corruption's name for people; its key where the menu has it no more."""
    key = f"corruption_{scenario}"
    return said(key, language) if key in ENGLISH else scenario


def packed(run: PublishedRun) -> bytes:
    """Everything of a run that may be passed on, as a zip: no pictures."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with packing.opened(packing.there(run.folder / SCORES)) as file:
            archive.writestr(SCORES, file.read())
        for name in _FILES:
            if (run.folder / name).is_file():
                archive.write(run.folder / name, name)
    return buffer.getvalue()


def measures_of(run: PublishedRun) -> list[tuple[str, str]]:
    """Labels, in the visitor's language, and names of the measures that a run has, over whatever region."""
    columns = columns_of(run)
    there = {columns[key].metric.name: columns[key].metric.label for key in measures_in(run)}
    return [(here(label), name) for name, label in there.items()]


def _faces(run: PublishedRun) -> int:
    """How many faces are behind a run: the most behind any mean, so that its rows need not be read."""
    ready = aggregates.read(run.folder)
    return int(frame_of(run)["image"].nunique() if ready is None else ready.means["n"].max())
