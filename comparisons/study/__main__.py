"""Prepare the blind study.

    python -m comparisons.study build PICTURES --out POOL [--methods a,b] [--limit N] [--seed S] [--faces-only] [--results NAME=FOLDER ...]
    python -m comparisons.study score POOL [--methods a,b]

The first makes a pool of a folder of pictures and renders and measures every method once on every face; the second only measures
what the methods make of a pool's faces, for the question which measure predicts people. With `--results` the faces are corrupted as
`python -m comparisons.benchmark export PICTURES` damages them, so that what was made of those inputs takes part.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from comparisons.study import building, pool
from comparisons.study.plan import StudyPlan
from restorers import catalogue
from restorers.contract import Problem
from restorers.external import results

EXPORTED: Final = 0
"""Seed of the inputs that the benchmark exports where none is asked for."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m comparisons.study", description="Prepare the blind study.")
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("build", help="make a pool of faces, render and measure every method on it")
    made.add_argument("pictures", type=Path, metavar="PICTURES", help="folder of pictures, searched recursively")
    made.add_argument("--out", type=Path, required=True, metavar="POOL", help="folder of the pool")
    made.add_argument("--limit", type=int, metavar="N", help="use the first N pictures, in the order of their names")
    made.add_argument(
        "--seed",
        type=int,
        help=f"of the corruptions; default: {StudyPlan().seed}, with --results {EXPORTED} as of `export`",
    )
    made.add_argument("--faces-only", action="store_true", help="leave the rendering to the app")
    made.add_argument(
        "--results",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="finished pictures of a method that ran elsewhere, named as the inputs that the benchmark's `export` wrote",
    )
    scored = commands.add_parser("score", help="measure every method on the faces of a pool")
    scored.add_argument("pool", type=Path, metavar="POOL", help="folder of the pool")
    for command in (made, scored):
        command.add_argument("--methods", metavar="A,B", help="keys of the catalogue; default: all")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, or 2 where the person has to mend something."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    asked = _parser().parse_args(arguments)
    try:
        named = asked.methods.split(",") if asked.methods else [method.key for method in catalogue.METHODS]
        methods = [catalogue.method(key.strip()).key for key in named]
        if asked.command == "score":
            made = pool.read(asked.pool)
            building.score(made, methods)
            message = f"{len(made.items) * len(methods)} results are measured in {asked.pool / pool.SCORES}."
        else:
            methods = [] if asked.faces_only else methods
            given = results.opened(asked.results, [method.key for method in catalogue.METHODS])
            seed = asked.seed if asked.seed is not None else EXPORTED if given else StudyPlan().seed
            made = building.build(asked.pictures, asked.out, methods, seed, asked.limit, given)
            message = f"{len(made.items)} faces and {len(made.items) * len(made.weights)} results lie in {asked.out}."
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write(f"{message}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
