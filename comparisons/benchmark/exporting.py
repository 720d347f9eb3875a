"""Writes the inputs of a sweep as pictures, for methods that run elsewhere: `python -m comparisons.benchmark export PICTURES --out INPUTS`.

    INPUTS/corrupted/<scenario>/<bin>/<picture>.png    what the method gets, 8-bit RGB
    INPUTS/mask/<scenario>/<bin>/<picture>.png         white = missing
    INPUTS/truth/<picture>.png                         only with --truth
    INPUTS/inputs.jsonl                                one line a picture and corruption, see `line_of`

The bin is left out of the folders where a scenario has none. What the method makes of `corrupted/...` goes under the same name into a
folder of its own, and `--results NAME=FOLDER` scores it beside all others. Nothing here tells the truth unless that is asked for:
landmarks of the clean face stay out of the list too.
"""

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from comparisons.benchmark import options
from comparisons.benchmark.measuring import CellTask, Task, corrupt_cell, recipe_of
from comparisons.benchmark.sweeping import Cell as Corruption
from comparisons.benchmark.sweeping import cells_of
from comparisons.records import pictures
from comparisons.records.journal import BadTable
from comparisons.scenarios import given, menu
from restorers import images
from restorers.contract import SIDE, Corrupted, FaceNotFound, UnreadableImage
from restorers.external.names import file_of
from restorers.external.results import place_of

LIST: Final = "inputs.jsonl"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExportRequest:
    """Which inputs are wanted."""

    pictures: Path
    out: Path
    cells: tuple[Corruption, ...]
    seed: int = 0
    limit: int | None = None
    truth: bool = False
    masks: Path | None = None


def export(request: ExportRequest) -> int:
    """Write the inputs; what lies there already under the same names is written anew.

    Returns:
        How many inputs were written.

    Raises:
        NoPictures: if there are no pictures.
        BadTable: if two pictures would get one name, or nothing can be written there.
        BadMask: if a mask that is asked for is missing or does not fit.
    """
    names = pictures.find(request.pictures, request.limit, request.out)
    _check(request, names)
    if request.masks is not None:
        given.check(request.masks, request.pictures, names)
    count = 0
    try:
        request.out.mkdir(parents=True, exist_ok=True)
        part = request.out / f".{LIST}.new"
        with part.open("w", encoding="utf-8") as file:
            for name in tqdm(names, unit="picture", dynamic_ncols=True):
                for line in _of_picture(request, name):
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
                    count += 1
        part.replace(request.out / LIST)
    except OSError as error:
        raise BadTable(
            f"Inputs cannot be written to {request.out} ({error.strerror}); choose another --out."
        ) from error
    if not count:
        raise BadTable(f"None of the {len(names)} pictures could be used; see the warnings above.")
    return count


def _check(request: ExportRequest, names: Sequence[str]) -> None:
    if request.out.resolve() == request.pictures.resolve():
        raise BadTable(f"Expected another folder for the inputs than {request.pictures}, which holds the pictures.")
    # Windows and macOS take a.png and A.png for one file
    files = {file_of(name).casefold(): name for name in names}
    if len(files) != len(names):
        twice = next(name for name in names if files[file_of(name).casefold()] != name)
        raise BadTable(f"Two pictures would be written as {file_of(twice)}; rename one of them.")


def _of_picture(request: ExportRequest, name: str) -> Iterator[dict[str, Any]]:
    try:
        picture = pictures.read(request.pictures / name)
    except (UnreadableImage, FaceNotFound) as problem:
        logger.warning("%s is left out: %s", name, problem)
        return
    # looking for a face takes longer than all the rest
    needed = any(cell.scenario.needs_face for cell in request.cells)
    known = pictures.facts(name, picture) if needed else {"landmarks": None}
    if request.truth:
        _written(request.out / "truth" / file_of(name), images.png_bytes(images.to_array(picture.truth)))
    for cell in request.cells:
        task = Task(request.pictures, name, (), request.seed, known, frozenset(), masks=request.masks)
        own = CellTask(cell.scenario.name, cell.bin, (), None)
        try:
            corrupted, _ = corrupt_cell(task, own, picture.truth, known)
        except FaceNotFound as problem:
            logger.warning("%s is left out of %s: %s", name, cell.scenario.name, problem)
            continue
        yield _of_cell(request, task, own, corrupted)


def _of_cell(request: ExportRequest, task: Task, cell: CellTask, corrupted: Corrupted) -> dict[str, Any]:
    """Write one input; returns its line of the list."""
    scenario = menu.scenario(cell.scenario)
    files, digests = {}, {}
    made = {"corrupted": images.to_array(corrupted.pixels), "mask": images.mask_to_array(corrupted.mask)}
    for kind, array in made.items():
        data = images.png_bytes(array)
        files[kind] = f"{kind}/{place_of(cell.scenario, cell.bin)}/{file_of(task.image)}"
        digests[kind] = hashlib.sha256(data).hexdigest()
        _written(request.out / files[kind], data)
    return {
        "picture": task.image,
        "scenario": cell.scenario,
        "bin": cell.bin,
        "seed": task.seed,
        "recipe": recipe_of(task, cell).to_dict() | ({"shape": scenario.shape} if scenario.shape else {}),
        **files,
        "sha256": digests,
        "side": SIDE,
        "degraded": corrupted.degraded,
    }


def _written(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def command(arguments: Sequence[str]) -> int:
    """Run `export`; the exit status is 0. A `Problem` is the caller's to tell."""
    parser = argparse.ArgumentParser(
        "python -m comparisons.benchmark export",
        description="Write the corrupted faces, for methods that run elsewhere.",
    )
    parser.add_argument("pictures", type=Path, metavar="PICTURES", help="folder of pictures, searched recursively")
    parser.add_argument("--out", type=Path, required=True, metavar="INPUTS", help="where the inputs go")
    parser.add_argument("--truth", action="store_true", help="write the clean faces too")
    options.add_corruption(parser)
    parsed = parser.parse_args(arguments)
    cells = cells_of(options.scenarios_of(parsed), parsed.bins)
    request = ExportRequest(parsed.pictures, parsed.out, cells, parsed.seed, parsed.limit, parsed.truth, parsed.masks)
    count = export(request)
    sys.stdout.write(
        f"{count} inputs lie in {parsed.out}; put what your method makes of corrupted/... under the same names into a folder, "
        "and score it with --results NAME=FOLDER.\n"
    )
    return 0
