"""Sweeps pictures x scenarios x bins x methods into one table that can be stopped at any moment and taken up again.

    python -m comparisons.benchmark PICTURES --out DIR

One row of `DIR/scores.csv` per picture, scenario, bin and method (columns: `comparisons.scores`); `DIR/run.json` says
what made them. A row is written in one piece before the next one starts, so a kill costs the row at work and nothing
else. What a row says depends on the picture's path inside PICTURES, the scenario, the bin, the method and the seed,
never on what else was run.
"""

import argparse
import hashlib
import json
import logging
import math
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from comparisons import metrics, runner, scenarios
from comparisons.scores import FIELDS, BadTable, Key, Row, Table, summary
from restorers import catalogue, faces, images
from restorers.checkpoints import WEIGHTS
from restorers.contract import SIDE, Corrupted, FaceNotFound, Problem, UnreadableImage
from restorers.corruptions import corruption

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp"})
ALIGNED_UP_TO: Final = 512
"""Square pictures up to this side in pixels are taken as aligned faces; in other pictures a face is looked for."""
_UNWRITABLE: Final = re.compile("[\x00-\x1f\ud800-\udfff]")
"""Control characters, and what stands for bytes that are not UTF-8: a row must be one line of UTF-8."""

logger = logging.getLogger(__name__)


class BadRequest(Problem):
    """The command asks for what is not there."""


class Cell(NamedTuple):
    """One kind of damage: a scenario and one of its bins."""

    scenario: scenarios.Scenario
    bin: str


@dataclass(frozen=True)
class Sweep:
    """What is asked for."""

    pictures: Path
    names: tuple[str, ...]
    """Paths inside `pictures`, with forward slashes."""
    cells: tuple[Cell, ...]
    methods: tuple[str, ...]
    seed: int

    def keys(self, name: str) -> list[Key]:
        """The rows of one picture."""
        return [
            Key(name, cell.scenario.name, cell.bin, method, str(self.seed))
            for cell in self.cells
            for method in self.methods
        ]


def find_pictures(folder: Path, limit: int | None = None) -> tuple[str, ...]:
    """Pictures in a folder and below it, as paths inside it, in the order of their names.

    Raises:
        BadRequest: if there is no such folder or no picture in it.
    """
    if not folder.is_dir():
        raise BadRequest(f"There is no folder {folder}; give the folder that holds the pictures.")
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    names = sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))
    for name in names:
        if _UNWRITABLE.search(name):
            raise BadRequest(f"The file name {name!r} cannot be written into a table; rename the file.")
    if not names:
        raise BadRequest(f"{folder} holds no pictures; put files ending in {', '.join(sorted(SUFFIXES))} into it.")
    return tuple(names[:limit])


def cells_of(names: Sequence[str], bins: Sequence[str] | None = None) -> tuple[Cell, ...]:
    """The kinds of damage asked for.

    Args:
        names: scenarios.
        bins: bins to keep of the scenarios that have bins; None keeps all.

    Raises:
        UnknownScenario: if none of these scenarios has such a name or bin.
    """
    chosen = [scenarios.scenario(name) for name in dict.fromkeys(names)]
    known = list(dict.fromkeys(name for scenario in chosen for name in scenario.bin_names))
    for name in bins or ():
        if name not in known:
            raise scenarios.UnknownScenario(f"There is no bin {name!r} here; choose from {', '.join(known)}.")
    cells = tuple(
        Cell(scenario, name)
        for scenario in chosen
        for name in scenario.bin_names
        if bins is None or name == scenarios.NO_BIN or name in bins
    )
    for scenario in chosen:
        if not any(cell.scenario == scenario for cell in cells):
            logger.warning("%s has none of the bins asked for and is left out.", scenario.name)
    return cells


def read_face(path: Path) -> tuple[Tensor, Tensor | None]:
    """The aligned face of a picture.

    Returns:
        (1, 3, SIDE, SIDE) in [0, 1], and landmarks (1, 5, 2) as fractions where the face had to be found.

    Raises:
        UnreadableImage: if the file is no picture.
        FaceNotFound: if it is a photograph without a face.
    """
    picture = images.read(path)
    height, width = picture.shape[:2]
    if height == width <= ALIGNED_UP_TO:
        return images.to_tensor(images.resize(picture, SIDE)), None
    found = faces.locate(picture)
    if not found.faces:
        raise FaceNotFound("No face was found; cut the face out as a square picture.")
    aligned = faces.align(picture, found.faces[0].landmarks, SIDE)
    points = None if aligned.landmarks is None else torch.as_tensor(aligned.landmarks, dtype=torch.float32)[None]
    return images.to_tensor(aligned.pixels), points


def sweep(asked: Sweep, table: Table) -> list[str]:
    """Measure what is not in the table yet.

    Returns:
        Pictures that could not be used.

    Raises:
        BadTable: if the table holds rows made with other weights, or cannot be written.
    """
    weights = {method: weights_of(method) for method in asked.methods}
    done = _done(table, asked, weights)
    unused = []
    total = len(asked.names) * len(asked.cells) * len(asked.methods)
    with tqdm(total=total, initial=len(done), unit="row", dynamic_ncols=True) as bar, logging_redirect_tqdm():
        for name in asked.names:
            missing = [key for key in asked.keys(name) if key not in done]
            if not missing:
                continue
            try:
                truth, points = read_face(asked.pictures / name)
            except (UnreadableImage, FaceNotFound) as problem:
                logger.warning("%s is left out: %s", name, problem)
                unused.append(name)
                bar.update(len(missing))
                continue
            for row in _picture_rows(asked, truth, points, missing):
                table.append(row | {"weights": weights[row["method"]]})
                bar.update()
    return unused


def weights_of(method: str) -> str:
    """The start of the SHA-256 of a method's weights files, in the order of their names; empty where it has none."""
    parts = sorted({*WEIGHTS.glob(f"{method}.safetensors"), *WEIGHTS.glob(f"{method}.*.safetensors")})
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12] if parts else ""


def _done(table: Table, asked: Sweep, weights: dict[str, str]) -> set[Key]:
    # Nothing is listed in advance, so that a fresh run over many pictures needs no more memory than one over few.
    names, cells = set(asked.names), {(cell.scenario.name, cell.bin) for cell in asked.cells}
    done = set()
    for row in table.rows():
        key = Key(*(row[field] for field in Key._fields))
        cell = (key.scenario, key.bin)
        if key.image not in names or cell not in cells or key.method not in weights or key.seed != str(asked.seed):
            continue
        if row["weights"] != weights[key.method]:
            raise BadTable(f"The table holds rows of {key.method} made with other weights; choose another --out.")
        done.add(key)
    return done


def _picture_rows(asked: Sweep, truth: Tensor, points: Tensor | None, missing: Iterable[Key]) -> Iterator[Row]:
    by_cell: dict[Cell, list[Key]] = {}
    for key in missing:
        by_cell.setdefault(Cell(scenarios.scenario(key.scenario), key.bin), []).append(key)
    for cell, keys in by_cell.items():
        recipe = scenarios.draw(cell.scenario, cell.bin, keys[0].image, asked.seed)
        corrupted = corruption.apply(recipe, truth, points)
        scorer = metrics.Scorer(truth, corrupted.mask)
        outcomes = runner.run(corrupted, [key.method for key in keys], recipe.seed)
        for key, outcome in zip(keys, outcomes, strict=True):
            yield _row(key, corrupted, recipe.seed) | _scores(outcome, scorer, truth)


def _row(key: Key, corrupted: Corrupted, corruption_seed: int) -> Row:
    ratio, composited = float(corrupted.mask.mean()), not corrupted.degraded
    known = key._asdict() | {
        "ratio": _text(ratio),
        "composited": str(composited),
        "corruption_seed": str(corruption_seed),
    }
    return dict.fromkeys(FIELDS, "") | known


def _scores(outcome: runner.Outcome, scorer: metrics.Scorer, truth: Tensor) -> Row:
    restored = outcome.restored
    if restored is None:
        return {"status": outcome.status, "error": " ".join(outcome.error.split())}
    samples = [restored.pixels] if restored.samples is None else list(restored.samples.unbind(1))
    scored = [scorer(sample) for sample in samples]
    means = {key: _text(sum(scores[key] for scores in scored) / len(scored)) for key in metrics.COLUMNS}
    raw = "" if restored.raw is None else _text(metrics.psnr(restored.raw, truth))
    timed = {"seconds": _text(outcome.seconds), "status": outcome.status, "samples": str(len(samples))}
    return means | timed | {"psnr_raw": raw}


def _text(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.7g}"


def describe_run(path: Path, asked: Sweep) -> None:
    """Put this command, and what it runs on, at the end of `run.json`; the same command is noted once.

    Raises:
        BadTable: if the file is not such a list.
    """
    packages = (
        "torch",
        "torchvision",
        "numpy",
        "scipy",
        "opencv-python",
        "PyPatchMatch",
        "lpips",
        "pillow",
        "facexlib",
    )
    command = {
        "pictures": asked.pictures.name,  # not the whole path: it says nothing to others
        "number_of_pictures": len(asked.names),
        "scenarios": list(dict.fromkeys(cell.scenario.name for cell in asked.cells)),
        "bins": list(dict.fromkeys(cell.bin for cell in asked.cells)),
        "methods": list(asked.methods),
        "seed": asked.seed,
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in packages},
        "weights": {
            part.name: hashlib.sha256(part.read_bytes()).hexdigest() for part in sorted(WEIGHTS.glob("*.safetensors"))
        },
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
        "threads": torch.get_num_threads(),
    }
    try:
        commands = json.loads(path.read_text(encoding="utf-8"))["commands"] if path.exists() else []
    except (ValueError, KeyError, TypeError) as error:
        raise BadTable(f"{path} was not written by this benchmark; choose another --out.") from error
    if command not in commands:
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"commands": [*commands, command]}, indent=2) + "\n", encoding="utf-8")
        part.replace(path)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m comparisons.benchmark", description="Score every method on many faces.")
    parser.add_argument("pictures", type=Path, metavar="PICTURES", help="folder of pictures, searched recursively")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where scores.csv and run.json go")
    parser.add_argument("--methods", type=_listed, metavar="A,B", help="keys of the catalogue; default: all")
    parser.add_argument(
        "--scenarios", type=_listed, default=[scenarios.DEFAULT], metavar="X,Y", help="default: %(default)s"
    )
    parser.add_argument(
        "--bins", type=_listed, metavar="0.10-0.15,...", help="ratio bins; default: all of each scenario"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="use the first N pictures, in the order of their names")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of all random choices; default: %(default)s")
    return parser


def _asked(arguments: argparse.Namespace) -> Sweep:
    if arguments.limit is not None and arguments.limit < 1:
        raise BadRequest(f"--limit must be at least 1, but it is {arguments.limit}; leave it out to use all pictures.")
    keys = [method.key for method in catalogue.METHODS] if arguments.methods is None else arguments.methods
    methods = tuple(dict.fromkeys(catalogue.method(key).key for key in keys))
    cells = cells_of(arguments.scenarios, arguments.bins)
    if not methods or not cells:
        raise BadRequest("Nothing is asked for; name at least one method, one scenario and one bin, or leave them out.")
    metrics.ready_lpips()  # a missing trunk must show before the first face, not after it
    return Sweep(arguments.pictures, find_pictures(arguments.pictures, arguments.limit), cells, methods, arguments.seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, 2 where the person has to mend something, 130 where it was stopped."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    parsed = _parser().parse_args(arguments)
    scores = parsed.out / "scores.csv"
    try:
        asked = _asked(parsed)
        with Table(scores) as table:
            describe_run(parsed.out / "run.json", asked)
            unused = sweep(asked, table)
            if len(unused) == len(asked.names):
                raise BadRequest(f"None of the {len(unused)} pictures could be used; see the warnings above.")
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the same command goes on from here.\n")
        return 130
    sys.stdout.write(f"{summary(scores)}\n")
    if unused:
        sys.stdout.write(f"{len(unused)} of {len(asked.names)} pictures could not be used; see the warnings above.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
