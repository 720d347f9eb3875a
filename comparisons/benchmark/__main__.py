"""Sweeps pictures x scenarios x bins x methods into one table that can be stopped at any moment and taken up again.

    python -m comparisons.benchmark PICTURES --out DIR
    python -m comparisons.benchmark --out DIR --cost --report REPORT
    python -m comparisons.benchmark merge DIR DIR [...] --out DIR
    python -m comparisons.benchmark pack DIR [...]
    python -m comparisons.benchmark aggregate DIR [...]
    python -m comparisons.benchmark export PICTURES --out INPUTS
    python -m comparisons.benchmark import CSV --out DIR
    python -m comparisons.benchmark PICTURES --out DIR --results NAME=FOLDER [--results ...]

One row of `DIR/scores.csv` per picture, scenario, bin and method (columns: `comparisons.benchmark.score_rows`,
`comparisons.metrics.extras`). Beside it `corruptions.jsonl` says what was done to each picture, `pictures.jsonl` what is
known about each clean face, and `run.json` what made the rows. A line is written in one piece, so a kill costs the rows at
work and nothing else. What a row says depends on the picture's path inside PICTURES, the scenario, the bin, the method and
the seed, never on what else was run, nor on the number of workers.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from comparisons.benchmark import (
    aggregates,
    cost,
    engines,
    evidence,
    exporting,
    importing,
    measuring,
    merging,
    options,
    packing,
    report,
    tables,
    thumbnails,
)
from comparisons.benchmark.options import LANDMARKS
from comparisons.benchmark.scores import ScoreTable, summary
from comparisons.benchmark.sources import forget, one_data_set, refuse, replaced
from comparisons.benchmark.sweeping import SCORES, BenchmarkRequest, Cell, Files, cells_of, renew, sweep
from comparisons.metrics import extras, identity, lpips_model
from comparisons.records import pictures, provenance
from comparisons.scenarios import apply, given
from restorers import catalogue
from restorers.contract import Problem
from restorers.external import results
from restorers.external.results import Results

README_METRICS: Final = ("psnr", "psnr_mask", "ssim", "lpips")
"""Columns of the table that the README shows."""


class BadRequest(Problem):
    """The command asks for what is not there."""


def landmarks_of(request: BenchmarkRequest) -> str:
    """Which of `LANDMARKS` a sweep is of."""
    return LANDMARKS[1] if request.landmarks_given else LANDMARKS[0]


def _one_kind_of_landmarks(place: Path, request: BenchmarkRequest) -> None:
    """See to it that rows of methods that were told the points and of others do not mix.

    Raises:
        BadRequest: if the folder holds the other kind.
    """
    for command in provenance.commands_of(place):
        recorded = command.get("landmarks", LANDMARKS[0])
        if recorded != landmarks_of(request):
            raise BadRequest(
                f"{place.parent} holds scores made with --landmarks {recorded}; choose another --out, or --landmarks {recorded}."
            )


def _command(request: BenchmarkRequest, arguments: Sequence[str]) -> dict[str, object]:
    return {
        "command": " ".join(["python -m comparisons.benchmark", *map(_without_folders, arguments)]),
        "pictures": request.pictures.name,  # not the whole path: it says nothing to others
        "number_of_pictures": len(request.names),
        "scenarios": list(dict.fromkeys(cell.scenario.name for cell in request.cells)),
        "bins": list(dict.fromkeys(cell.bin for cell in request.cells)),
        "methods": list(request.methods),
        "seed": request.seed,
        "measures": sorted(request.measures),
        "tools": measuring.tools(request.measures),
        "landmarks": landmarks_of(request),
        **({"results": {one.key: one.digest for one in request.results}} if request.results else {}),
        "workers": request.workers,
        "threads_per_worker": max(1, engines.cores() // request.workers),
        "engine": request.engine,
        **provenance.surroundings(),
    }


def _without_folders(argument: str) -> str:
    """An argument as others may see it: where on this machine something lies is nobody's business."""
    flag, equals, value = argument.rpartition("=")
    return flag + equals + (Path(value).name if Path(value).is_absolute() else value)


def _asked(arguments: argparse.Namespace) -> BenchmarkRequest:
    if arguments.workers is not None and arguments.workers < 1:
        raise BadRequest(f"--workers must be at least 1, but it is {arguments.workers}; leave it out to use all cores.")
    for name in arguments.measures:
        if name not in measuring.MEASURES:
            raise BadRequest(f"There is no measure {name!r}; choose from {', '.join(measuring.MEASURES)}.")
    if "identity" in arguments.measures and not identity.available():
        raise BadRequest(identity.MISSING)
    cells = cells_of(options.scenarios_of(arguments), arguments.bins)
    degraded = any(cell.scenario.degradation != "none" for cell in cells)
    made = results.opened(arguments.results, [method.key for method in catalogue.METHODS])
    methods = (*_methods(arguments, degraded=degraded), *(one.key for one in made))
    if not methods or not cells:
        raise BadRequest("Nothing is asked for; name at least one method, one scenario and one bin, or leave them out.")
    lpips_model.ready_lpips()  # a missing trunk must show before the first face, not after it
    names = pictures.find(arguments.pictures, arguments.limit, arguments.out)
    workers = min(engines.cores() if arguments.workers is None else arguments.workers, len(names))
    measures = frozenset(arguments.measures)
    landmarks_given = arguments.landmarks == LANDMARKS[1]
    _check_given(arguments, names, cells, made)
    return BenchmarkRequest(
        arguments.pictures,
        names,
        cells,
        methods,
        arguments.seed,
        measures,
        workers,
        arguments.engine,
        landmarks_given,
        arguments.masks,
        made,
    )


def _check_given(
    arguments: argparse.Namespace, names: Sequence[str], cells: Sequence[Cell], made: Sequence[Results]
) -> None:
    """See to it, before anything is measured, that masks and finished pictures are there and fit."""
    if arguments.masks is not None:
        given.check(arguments.masks, arguments.pictures, names)
    for one in made:
        wanted = ((name, cell.scenario.name, cell.bin) for cell in cells for name in names)
        results.check(one, wanted)


def _methods(arguments: argparse.Namespace, *, degraded: bool) -> tuple[str, ...]:
    every = [*(method.key for method in catalogue.METHODS), *([extras.INPUT] if degraded else [])]
    keys = every if arguments.methods is None else arguments.methods
    return tuple(dict.fromkeys(key if key == extras.INPUT else catalogue.method(key).key for key in keys))


def _run(parsed: argparse.Namespace, request: BenchmarkRequest, arguments: Sequence[str]) -> list[str]:
    files = Files(parsed.out)
    with ExitStack() as stack:
        files.open(stack, request.measures)
        place = parsed.out / provenance.FILE
        recorded = provenance.named(place)
        changed = replaced(request, files)
        one_data_set(request, files, recorded, parsed.name, changed)
        _one_kind_of_landmarks(place, request)
        if parsed.renew:
            forget(files, changed)
            renew(files, request.states)
        else:
            refuse(changed)
        if parsed.corruptions is not None:
            apply.adopt(parsed.corruptions, files.corruptions, request.wanted)
        data = parsed.name or recorded or provenance.data_set(request.pictures)
        provenance.note(place, _command(request, arguments), data)
        unused = sweep(request, files)
    if len(unused) == len(request.names):
        raise BadRequest(f"None of the {len(unused)} pictures could be used; see the warnings above.")
    return unused


def _measured(parsed: argparse.Namespace, arguments: Sequence[str]) -> None:
    request = _asked(parsed)
    unused = _run(parsed, request, arguments)
    sys.stdout.write(f"{summary(parsed.out / SCORES)}\n")
    if unused:
        sys.stdout.write(f"{len(unused)} of {len(request.names)} pictures could not be used; see the warnings above.\n")


def _called(parsed: argparse.Namespace) -> None:
    """Name the data set of a run that is there already."""
    evidence.read(parsed.out)  # a name of nothing would be taken for the next run's
    provenance.call(parsed.out / provenance.FILE, parsed.name)


def _costed(parsed: argparse.Namespace) -> None:
    costs = cost.measure([key for key in _methods(parsed, degraded=False) if key != extras.INPUT])
    cost.save(parsed.out / cost.FILE, costs)
    for one in costs:
        sys.stdout.write(f"{one.method}: {one.seconds:.3f} s, {one.ratio:.2f} x PatchMatch\n")
    sums = cost.totals(costs)
    sys.stdout.write(
        f"all of them on one face: {sums['one_face']:.2f} x PatchMatch; the learned ones for the chart of one face "
        f"({cost.CHART_RUNS} boxes): {sums['chart']:.1f} x\n"
    )


def _reported(parsed: argparse.Namespace) -> None:
    found = evidence.read(parsed.out)
    methods = tables.ordered(found.frame["method"])
    if parsed.baseline != tables.BASELINE and parsed.baseline not in methods:
        raise BadRequest(f"There are no rows of {parsed.baseline!r} to compare with; choose from {', '.join(methods)}.")
    sheets = None
    if parsed.thumbnails:
        if parsed.pictures is None:
            raise BadRequest("--thumbnails needs the pictures; give their folder first.")
        sheets = thumbnails.sheets(parsed.out, found.frame, parsed.pictures, *tables.headline_cell(found.frame))
    page = report.write(found, parsed.report, parsed.baseline, sheets)
    sys.stdout.write(f"{page}\n")


def _packed(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("python -m comparisons.benchmark pack", description="Pack finished tables.")
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="folders that the benchmark wrote")
    for folder in parser.parse_args(arguments).folders:
        evidence.read(folder)
        with ScoreTable(folder / SCORES) as table:
            packed = packing.pack(table.path)
        table.path.unlink()
        sys.stdout.write(f"{packed}\n{aggregates.write(folder)}\n")
    return 0


COMMANDS: Final[Mapping[str, Callable[[Sequence[str]], int]]] = {
    "merge": merging.command,
    "pack": _packed,
    "aggregate": aggregates.command,
    "export": exporting.command,
    "import": importing.command,
}
"""By the first word: joins, packs or sums up runs, writes inputs, takes measures in; a folder of pictures that has such a name is
given as `./merge`."""


def _use_spaces(files: Sequence[Path]) -> None:
    for file in files:
        if not file.is_file():
            raise BadRequest(f"There is no file {file}; name the TOML of a method on another machine with --space.")
    if files:
        catalogue.use_spaces(files)


def _do(parsed: argparse.Namespace, arguments: Sequence[str]) -> None:
    if not any((parsed.pictures, parsed.report, parsed.cost, parsed.markdown, parsed.name)):
        raise BadRequest(
            "Nothing is asked for; give the folder that holds the pictures, or --cost, --report, --markdown, --name."
        )
    if parsed.models is not None:
        catalogue.use_models(parsed.models)
    _use_spaces(parsed.space)
    if parsed.pictures is not None:
        _measured(parsed, arguments)
    elif parsed.name:
        _called(parsed)
    if parsed.cost:
        _costed(parsed)
    if parsed.report is not None:
        _reported(parsed)
    if parsed.markdown:
        found = evidence.read(parsed.out)
        metrics = (*README_METRICS, *found.imported)
        table = tables.markdown(found.frame, *tables.headline_cell(found.frame), metrics, found.columns)
        sys.stdout.write(f"{table}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, 2 where the person has to correct something, 130 where it was stopped."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if words and words[0] in COMMANDS:
            return COMMANDS[words[0]](words[1:])
        _do(options.parser().parse_args(words), words)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the same command goes on from here.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
