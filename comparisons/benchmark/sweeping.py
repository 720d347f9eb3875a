"""The sweep behind `python -m comparisons.benchmark`: what is asked for, what is missing of it, and who writes it down."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal, NamedTuple

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from comparisons.benchmark import elsewhere, engines, imported, measuring, ray_engine
from comparisons.benchmark.measuring import JournalEntry, Task
from comparisons.benchmark.score_rows import Key, Row, identity_of, key_of
from comparisons.benchmark.scores import ScoreTable
from comparisons.metrics import extras, identity
from comparisons.records import pictures, provenance
from comparisons.records.journal import BadTable, Journal, short
from comparisons.records.provenance import Identity
from comparisons.scenarios import apply, menu
from restorers.external.names import some_of
from restorers.external.results import Results

SCORES: Final = "scores.csv"
EVERY: Final = "all"
"""Stands for every scenario."""

_COLUMN_OF: Final = {name: name for name in ("landmarks", "lpips_vgg", "identity")} | {"contrast": "contrast_fine_mask"}
"""Where a row shows that a measure was taken."""

Engine = Literal["local", "ray"]

logger = logging.getLogger(__name__)


class Cell(NamedTuple):
    """One kind of corruption: a scenario and one of its bins."""

    scenario: menu.Scenario
    bin: str


@dataclass(frozen=True)
class BenchmarkRequest:
    """What is asked for."""

    pictures: Path
    names: tuple[str, ...]
    """Paths inside `pictures`, with forward slashes."""
    cells: tuple[Cell, ...]
    methods: tuple[str, ...]
    seed: int
    measures: frozenset[str] = frozenset()
    workers: int = 1
    engine: Engine = "local"
    landmarks_given: bool = False
    """Whether methods are told the landmarks of the clean face."""
    masks: Path | None = None
    """Folder of the masks of the scenario `given`."""
    results: tuple[Results, ...] = ()
    """Finished pictures; their keys stand among the methods."""

    @property
    def states(self) -> dict[str, Identity]:
        """What every method is at present; finished pictures are what their digest says."""
        made = {one.key: Identity(one.digest) for one in self.results}
        return {method: made.get(method) or provenance.identity(method) for method in self.methods}

    @property
    def wanted(self) -> apply.Wanted:
        """The corruptions asked for."""
        cells = frozenset((cell.scenario.name, cell.bin) for cell in self.cells)
        return apply.Wanted(frozenset(self.names), cells, str(self.seed))

    @property
    def total(self) -> int:
        """Rows at the end."""
        return len(self.names) * len(self.cells) * len(self.methods)


class Files:
    """Everything that a run writes, open as long as it runs; used as a context.

    Args:
        folder: where it goes.
    """

    def __init__(self, folder: Path) -> None:
        self.table = ScoreTable(folder / SCORES)
        self.facts = Journal(folder / pictures.LIST, pictures.KEY)
        self.corruptions = Journal(folder / apply.LIST, apply.KEY)
        self.embeddings = Journal(folder / extras.EMBEDDINGS, Key._fields)
        self.identities = Journal(folder / identity.LIST, Key._fields)
        self.imported = Journal(folder / imported.LIST, imported.KEY)
        self.of_rows: list[Journal] = []
        """The open lists whose lines belong to rows."""

    def open(self, stack: ExitStack, measures: Collection[str]) -> None:
        """Open those that are there or that the measures need; the table first, for it holds the lock."""
        stack.enter_context(self.table)
        stack.enter_context(self.facts)
        stack.enter_context(self.corruptions)
        journals = (("kernel", self.embeddings), ("identity", self.identities), ("imported", self.imported))
        for measure, listed in journals:
            if measure in measures or listed.path.exists():
                stack.enter_context(listed)
                self.of_rows.append(listed)


def cells_of(names: Sequence[str], bins: Sequence[str] | None = None) -> tuple[Cell, ...]:
    """The kinds of corruption asked for.

    Args:
        names: scenarios, or `all`.
        bins: bins to keep of the scenarios that have bins; None keeps all.

    Raises:
        UnknownScenario: if none of these scenarios has such a name or bin.
    """
    listed = [known.name for known in menu.SCENARIOS] if EVERY in names else names
    chosen = [menu.scenario(name) for name in dict.fromkeys(listed)]
    known = list(dict.fromkeys(name for scenario in chosen for name in scenario.bin_names))
    for name in bins or ():
        if name not in known:
            raise menu.UnknownScenario(f"There is no bin {name!r} here; choose from {', '.join(known)}.")
    cells = tuple(
        Cell(scenario, name)
        for scenario in chosen
        for name in scenario.bin_names
        if bins is None or name == menu.NO_BIN or name in bins
    )
    for scenario in chosen:
        if not any(cell.scenario == scenario for cell in cells):
            logger.warning("%s has none of the bins asked for and is left out.", scenario.name)
    return cells


def sweep(request: BenchmarkRequest, files: Files) -> list[str]:
    """Measure what is not in the table yet.

    Returns:
        Pictures that could not be used.

    Raises:
        BadTable: if the table holds rows made with other weights, or cannot be written.
    """
    states = request.states
    done = _done(files.table, request, states)
    unused: dict[str, str] = {}
    repainted: defaultdict[str, list[str]] = defaultdict(list)
    with tqdm(total=request.total, initial=len(done), unit="row", dynamic_ncols=True) as bar, logging_redirect_tqdm():
        for record in _records(request, files, done):
            if record.kind == "row":
                bar.update()
            elif record.kind == "unused":
                bar.update(record.content["rows"])
                if record.content["image"] not in unused:
                    logger.warning("%s is left out: %s", record.content["image"], record.content["reason"])
                unused[record.content["image"]] = record.content["reason"]
            elif record.kind == "repainted":
                repainted[record.content["method"]].append(record.content["image"])
            _write(record, files, states)
    for method, names in repainted.items():
        logger.warning(
            "Where nothing is hidden, pictures of %s differ from their inputs: %s so. The input's pixels are put back, as for "
            "every method; psnr_raw is of the pictures as they came.",
            method,
            some_of(names),
        )
    return list(unused)


def _records(request: BenchmarkRequest, files: Files, done: set[int]) -> Iterator[JournalEntry]:
    if request.engine == "ray":
        ready = partial(elsewhere.check, request.states, request.results)
        yield from ray_engine.on_ray(
            elsewhere.measure, map(elsewhere.placed, _tasks(request, files, done)), request.workers, ready
        )
    elif request.workers == 1:
        yield from engines.serial(measuring.measure, _tasks(request, files, done))
    else:
        threads = max(1, engines.cores() // request.workers)
        yield from engines.processes(measuring.measure, _tasks(request, files, done), request.workers, threads)


def _tasks(request: BenchmarkRequest, files: Files, done: set[int]) -> Iterator[Task]:
    for name in request.names:
        cells = []
        for cell in request.cells:
            names = (name, cell.scenario.name, cell.bin)
            missing = tuple(key for key in request.methods if short(Key(*names, key, str(request.seed))) not in done)
            if missing:
                line = files.corruptions.find(*names, str(request.seed))
                cells.append(measuring.CellTask(cell.scenario.name, cell.bin, missing, line))
        if cells:
            known = files.facts.find(name)
            made = (request.masks, request.results)
            yield Task(
                request.pictures,
                name,
                tuple(cells),
                request.seed,
                known,
                request.measures,
                request.landmarks_given,
                *made,
            )


def _write(record: JournalEntry, files: Files, states: Mapping[str, Identity]) -> None:
    if record.kind == "row":
        made_by = states[record.content["method"]]
        said = {"weights": made_by.weights, "revision": str(made_by.revision), "version": provenance.VERSION}
        files.table.append(record.content | said)
    elif record.kind == "facts":
        files.facts.append(record.content)
    elif record.kind == "corruption":
        files.corruptions.append(record.content)
    elif record.kind == "embedding":
        files.embeddings.append(record.content)
    elif record.kind == "identity":
        files.identities.append(record.content)


def _done(table: ScoreTable, request: BenchmarkRequest, states: Mapping[str, Identity]) -> set[int]:
    # Nothing is listed in advance, so that a fresh run over many pictures needs no more memory than one over few.
    names, cells = set(request.names), {(cell.scenario.name, cell.bin) for cell in request.cells}
    done: set[int] = set()
    absent, scored = set(_COLUMN_OF) & request.measures, 0
    for row in table.rows():
        key = key_of(row)
        cell = (key.scenario, key.bin)
        if key.image not in names or cell not in cells or key.method not in states or key.seed != str(request.seed):
            continue
        if identity_of(row) != states[key.method]:
            raise BadTable(
                f"The table holds rows of {key.method} made with {_other(identity_of(row), states[key.method])}; choose "
                "another --out, or --renew to make them again."
            )
        done.add(short(key))
        if row["status"] == "ok":
            scored += 1
            absent = {measure for measure in absent if not row[_COLUMN_OF[measure]]}
    for measure in sorted(absent) if scored else ():
        logger.warning("The %d rows that are there lack %s and stay so; choose another --out.", scored, measure)
    return done


def _other(then: Identity, now: Identity) -> str:
    if then.weights != now.weights:
        return "other weights (or finished pictures)"
    return f"another revision of its code ({then.revision} then, {now.revision} now)"


def renew(files: Files, states: Mapping[str, Identity]) -> None:
    """Throw away rows that were made with other weights or code than the methods have now, and what belongs to them.

    Args:
        files: open.
        states: what every method asked for is at present.
    """

    def current(row: Row) -> bool:
        return row["method"] not in states or identity_of(row) == states[row["method"]]

    old = {_short_of(row) for row in files.table.rows() if not current(row)}
    if not old:
        return
    for listed in files.of_rows:  # before the rows: after a kill these say what is still to be thrown away
        listed.keep(lambda line: _short_of(line) not in old)
    files.table.keep(current)
    logger.warning("%d rows made with other weights or by other code are made again.", len(old))


def _short_of(line: Mapping[str, str]) -> int:
    return short([line[field] for field in Key._fields])
