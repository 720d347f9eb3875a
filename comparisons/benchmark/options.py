"""The words that `python -m comparisons.benchmark` understands."""

import argparse
from pathlib import Path
from typing import Final

from comparisons.benchmark import measuring, tables
from comparisons.benchmark.sweeping import EVERY
from comparisons.scenarios import menu

LANDMARKS: Final = ("own", "truth")
"""What `--landmarks` offers."""


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def add_models(made: argparse.ArgumentParser) -> None:
    """What takes weights files of published networks in."""
    made.add_argument(
        "--models",
        type=Path,
        metavar="FOLDER",
        help="weights files of published networks that take part (restorers/requirements-models.txt)",
    )


def add_spaces(made: argparse.ArgumentParser) -> None:
    """What takes methods on other machines in."""
    made.add_argument(
        "--space",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.toml",
        help="a method on another machine that takes part, as the file says (restorers/external/README.md): covered faces are sent "
        "there; may be given several times",
    )


def add_corruption(made: argparse.ArgumentParser) -> None:
    """What says which pictures get which corruption, alike for the sweep and for `export`."""
    made.add_argument(
        "--scenarios",
        type=_listed,
        metavar="X,Y",
        help=f"default: {menu.DEFAULT}, or {menu.GIVEN.name} with --masks; {EVERY} takes every one of "
        + ", ".join(known.name for known in menu.SCENARIOS),
    )
    made.add_argument("--bins", type=_listed, metavar="0.10-0.15,...", help="ratio bins; default: all of each scenario")
    made.add_argument("--limit", type=int, metavar="N", help="use the first N pictures, in the order of their names")
    made.add_argument("--seed", type=int, default=0, metavar="S", help="of all random choices; default: %(default)s")
    made.add_argument(
        "--masks",
        type=Path,
        metavar="FOLDER",
        help=f"masks of the scenario {menu.GIVEN.name}: one a picture, of its name (as PNG) and size, white = missing",
    )


def scenarios_of(parsed: argparse.Namespace) -> list[str]:
    """Scenarios asked for.

    Raises:
        UnknownScenario: if masks from a folder are asked for without the folder.
    """
    asked: list[str] | None = parsed.scenarios
    if asked is None:
        asked = [menu.DEFAULT] if parsed.masks is None else []
    if parsed.masks is None and menu.GIVEN.name in asked:
        raise menu.UnknownScenario(f"The scenario {menu.GIVEN.name!r} is of masks from a folder; name it with --masks.")
    return asked if parsed.masks is None or menu.GIVEN.name in asked else [*asked, menu.GIVEN.name]


def parser() -> argparse.ArgumentParser:
    """What `python -m comparisons.benchmark` understands."""
    made = argparse.ArgumentParser("python -m comparisons.benchmark", description="Score every method on many faces.")
    for add in (_add_input, _add_grid, _add_work, _add_output):
        add(made)
    return made


def _add_input(made: argparse.ArgumentParser) -> None:
    """What is scored, and where the scores go."""
    made.add_argument(
        "pictures",
        type=Path,
        metavar="PICTURES",
        nargs="?",
        help="folder of pictures, searched recursively; may be left out where only --cost or --report is wanted",
    )
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="where scores.csv and the lists go")
    made.add_argument(
        "--name",
        metavar="NAME",
        help="what the data set is called in results; default: what run.json says, else its folder",
    )


def _add_grid(made: argparse.ArgumentParser) -> None:
    """Methods, corruptions and measures."""
    made.add_argument(
        "--methods",
        type=_listed,
        metavar="A,B",
        help="keys of the catalogue, and input for the corrupted face itself; default: all, and "
        "input where a scenario is degraded",
    )
    made.add_argument(
        "--results",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="finished pictures of a method that ran elsewhere, named as the inputs that `export` wrote; may be given several times",
    )
    add_models(made)
    add_spaces(made)
    add_corruption(made)
    made.add_argument(
        "--measures",
        type=_listed,
        default=list(measuring.DEFAULT_MEASURES),
        metavar="M,N",
        help="measures that cost time; default: %(default)s; there are "
        + "; ".join(f"{name}: {words}" for name, words in measuring.MEASURES.items()),
    )
    made.add_argument(
        "--landmarks",
        choices=LANDMARKS,
        default=LANDMARKS[0],
        help="what methods know of the five points: nothing, so that one which needs them finds them in the corrupted face, or "
        "those of the clean face; rows of both do not go into one DIR",
    )
    made.add_argument(
        "--corruptions", type=Path, metavar="FILE", help="a corruptions.jsonl to repeat, for the same pictures and seed"
    )


def _add_work(made: argparse.ArgumentParser) -> None:
    """How the work is done."""
    made.add_argument(
        "--workers", type=int, metavar="N", help="processes that work side by side; default: one per core"
    )
    made.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="where the work is done: processes of this machine, or a Ray cluster (comparisons/requirements-ray.txt)",
    )
    made.add_argument(
        "--renew",
        action="store_true",
        help="make rows of other weights, other code or replaced pictures again, in place of refusing",
    )


def _add_output(made: argparse.ArgumentParser) -> None:
    """What is made of the scores."""
    made.add_argument("--cost", action="store_true", help="measure what each method costs, into DIR/cost.json")
    made.add_argument("--report", type=Path, metavar="REPORT", help="write report.html and its tables into this folder")
    made.add_argument(
        "--markdown", action="store_true", help="print the middle bin (or the first cell) as the table of the README"
    )
    made.add_argument("--baseline", default=tables.BASELINE, help="what a report compares with; default: %(default)s")
    made.add_argument(
        "--thumbnails",
        action="store_true",
        help="put the best, median and worst faces into the report: not to be passed on",
    )
