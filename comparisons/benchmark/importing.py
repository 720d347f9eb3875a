"""Takes in measures that were computed elsewhere: `python -m comparisons.benchmark import CSV --out DIR [--lower A,B]`.

    picture,scenario,bin,method,arcface,musiq
    01.png,rectangle,0.20-0.30,telea,0.41,55.2

Rows are joined by picture (or `image`), scenario, bin, method and, where the run has several, seed; every other column is a measure, but
for those that this benchmark writes itself: a `scores.csv` with columns added will do. An empty cell is no value.
"""

import argparse
import csv
import hashlib
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock, Timeout

from comparisons.benchmark import evidence, imported
from comparisons.benchmark.score_rows import FIELDS, Key, key_of, lines
from comparisons.records import provenance
from comparisons.records.journal import BadTable, Journal, short, unguarded
from restorers.external.results import NO_BIN

NAMED: Final = 3
"""Lines that a refusal names."""
_NEEDED: Final = ("scenario", "bin", "method")
_PICTURE: Final = ("picture", "image")
_NAME: Final = re.compile("[a-z][a-z0-9_]{0,39}")


class Value(NamedTuple):
    """One imported number."""

    number: int
    """Of its line in the file, from 1."""
    key: Key
    measure: str
    value: float


@dataclass(frozen=True)
class Import:
    """What is asked for."""

    table: Path
    out: Path
    lower: frozenset[str] = frozenset()
    """Measures of which less is better."""
    renew: bool = False
    """Whether other values may take the place of those that were imported before."""


def bring(request: Import) -> dict[str, int]:
    """Take a table of measures in; all of it or nothing.

    Returns:
        How many values came, by measure.

    Raises:
        BadTable: naming what does not fit, before anything is written.
    """
    run = request.out / evidence.SCORES
    seeds, results = _rows(run)
    try:
        with FileLock(f"{run}.lock", timeout=0):
            measures = _checked(request, seeds, results)
            _write(request, seeds, results)
    except Timeout:
        raise BadTable(f"Another benchmark is writing {run}; wait for it.") from None
    return measures


def _rows(run: Path) -> tuple[list[str], set[int]]:
    """Seeds of a run, and its results as short keys."""
    seeds: dict[str, None] = {}
    results: set[int] = set()
    for line in lines(run):
        seeds.setdefault(line.row["seed"])
        if line.row["status"] == "ok":
            results.add(short(key_of(line.row)))
    return list(seeds), results


def _checked(request: Import, seeds: Sequence[str], results: set[int]) -> dict[str, int]:
    """Look at every value; returns how many there are of each measure."""
    counts: dict[str, int] = {}
    unknown, twice = [], []
    seen: set[int] = set()
    for value in _values(request.table, seeds, results):
        counts[value.measure] = counts.get(value.measure, 0) + 1
        key = short((*value.key, value.measure))
        if short(value.key) not in results:
            unknown.append(f"line {value.number} ({' '.join(value.key[:4])})")
        elif key in seen:
            twice.append(f"line {value.number} ({' '.join(value.key[:4])}, {value.measure})")
        seen.add(key)
    if not counts:
        raise BadTable(
            f"There is no value of a measure in {request.table}; add a column for each, beside picture and method."
        )
    unknown = list(dict.fromkeys(unknown))
    if unknown:
        raise BadTable(
            f"Expected only results of the run in {request.out}, but {request.table} has others: {_some(unknown)}; name pictures, "
            "scenarios, bins and methods as its scores.csv does."
        )
    if twice:
        raise BadTable(
            f"Expected one value for each result in {request.table}, but these stand twice: {_some(twice)}; take one out."
        )
    strange = sorted(request.lower - counts.keys())
    if strange:
        raise BadTable(
            f"--lower names {', '.join(strange)}, which {request.table} has not; it has {', '.join(counts)}."
        )
    return counts


def _write(request: Import, seeds: Sequence[str], results: set[int]) -> None:
    place = request.out / imported.LIST
    with Journal(place, imported.KEY) as listed:
        other: dict[int, None] = {}
        for value in _values(request.table, seeds, results):
            old = listed.find(*value.key, value.measure)
            if old is not None and (old["value"], old.get("better")) != (value.value, _better(request, value.measure)):
                other.setdefault(short((*value.key, value.measure)))
        if other and not request.renew:
            raise BadTable(
                f"{len(other)} results have other values of these measures in {place} already; give --renew to put the new ones "
                "in their place, or call the measures otherwise."
            )
        if other:
            listed.keep(lambda line: short([str(line[field]) for field in imported.KEY]) not in other)
        for value in _values(request.table, seeds, results):
            named = {**value.key._asdict(), "measure": value.measure, "value": value.value}
            listed.append(named | {"better": _better(request, value.measure)})


def _better(request: Import, measure: str) -> str:
    return "lower" if measure in request.lower else "higher"


def _values(table: Path, seeds: Sequence[str], results: set[int]) -> Iterator[Value]:
    """The values of a table, one after the other: it may be larger than the memory.

    Raises:
        BadTable: if it is no such table, or a cell holds no number.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True, restval="")
            measures, key_in = _header(table, reader.fieldnames or (), seeds)
            for cells in reader:
                if None in cells:
                    raise BadTable(
                        f"Line {reader.line_num} of {table} has more cells than there are columns; correct it."
                    )
                key = key_in(cells)
                if short(key) not in results and short(key._replace(image=unguarded(key.image))) in results:
                    key = key._replace(image=unguarded(key.image))
                for measure in measures:
                    if cells[measure].strip():
                        number = _number(cells[measure], f"line {reader.line_num}, column {measure} of {table}")
                        yield Value(reader.line_num, key, measure, number)
    except FileNotFoundError:
        raise BadTable(f"There is no table at {table}; name the CSV with the measures.") from None
    except (csv.Error, UnicodeDecodeError, IsADirectoryError) as error:
        raise BadTable(f"{table} cannot be read as CSV in UTF-8 ({error}); save it so.") from error


def _header(
    table: Path, fields: Sequence[str], seeds: Sequence[str]
) -> tuple[list[str], Callable[[Mapping[str, str]], Key]]:
    """Names of the measures, and what finds the key of a row."""
    picture = next((name for name in _PICTURE if name in fields), None)
    missing = [name for name in _NEEDED if name not in fields] + ([] if picture else [_PICTURE[0]])
    if missing or picture is None:
        raise BadTable(
            f"Expected the columns picture, scenario, bin and method in {table}, found no {', '.join(missing)}; add them."
        )
    if len(set(fields)) != len(fields):
        raise BadTable(f"Two columns of {table} have one name; call one of them otherwise.")
    if "seed" not in fields and len(seeds) != 1:
        raise BadTable(f"The run has several seeds, {', '.join(seeds)}; add a column seed to {table}.")
    measures = [name for name in fields if name not in (*FIELDS, *_PICTURE)]
    for name in measures:
        if not _NAME.fullmatch(name):
            raise BadTable(
                f"Expected names of measures in small letters, digits and _ in {table}, got {name!r}; rename the column."
            )

    def key_in(cells: Mapping[str, str]) -> Key:
        seed = cells["seed"] if "seed" in fields else seeds[0]
        return Key(cells[picture], cells["scenario"], cells["bin"] or NO_BIN, cells["method"], seed)

    return measures, key_in


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadTable(
            f"Expected a number with a decimal point in {where}, got {cell!r}; correct it, or leave the cell empty."
        )
    return value


def _some(places: Sequence[str]) -> str:
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return ", ".join(places[:NAMED]) + more


def _note(request: Import, counts: Mapping[str, int]) -> None:
    """Say in `run.json` where the values came from."""
    place = request.out / provenance.FILE
    with request.table.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    said = {"command": f"python -m comparisons.benchmark import {request.table.name}", "imported": dict(counts)}
    # as the rows have it: a command without it would be taken for one of the other kind
    landmarks = [command["landmarks"] for command in provenance.commands_of(place) if "landmarks" in command]
    provenance.note(place, said | {"sha256": digest} | ({"landmarks": landmarks[0]} if landmarks else {}))


def command(arguments: Sequence[str]) -> int:
    """Run `import`; the exit status is 0. A `Problem` is the caller's to tell."""
    parser = argparse.ArgumentParser(
        "python -m comparisons.benchmark import", description="Take in measures that were computed elsewhere."
    )
    parser.add_argument(
        "table", type=Path, metavar="CSV", help="columns picture, scenario, bin, method, and the measures"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run that they belong to")
    parser.add_argument(
        "--lower", default="", metavar="A,B", help="measures of which less is better; of all others more is"
    )
    parser.add_argument("--renew", action="store_true", help="put other values in the place of those imported before")
    parsed = parser.parse_args(arguments)
    lower = frozenset(filter(None, (name.strip() for name in parsed.lower.split(","))))
    evidence.read(parsed.out)
    request = Import(parsed.table, parsed.out, lower, parsed.renew)
    counts = bring(request)
    _note(request, counts)
    listed = ", ".join(f"{count} of {measure}" for measure, count in counts.items())
    sys.stdout.write(f"Values imported into {parsed.out / imported.LIST}: {listed}.\n")
    return 0
