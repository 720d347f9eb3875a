"""What a scenario does to one face, and the list that lets another lab do the very same.

Each line of `corruptions.jsonl` beside the scores is one corruption of one picture: the recipe, the landmarks that it
hangs on, the hidden share, and a digest of the mask, so that whoever repeats it sees at once whether it came out alike.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from comparisons.records.journal import BadTable, Journal
from comparisons.scenarios import shapes
from comparisons.scenarios.menu import Scenario
from restorers.contract import Corrupted, FaceNotFound, Problem
from restorers.corruptions import corruption
from restorers.corruptions.corruption import Corruption
from restorers.corruptions.pose import TEMPLATE

LIST: Final = "corruptions.jsonl"
KEY: Final = ("image", "scenario", "bin", "seed")
"""What names a line of the list."""
NO_FACE: Final = "No face was found in the clean picture, so nobody knows where on the face this would go."

Line = dict[str, Any]

logger = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """Which corruptions a run asks for."""

    images: frozenset[str]
    cells: frozenset[tuple[str, str]]
    """Scenarios and bins."""
    seed: str


def corrupt(
    chosen: Scenario, recipe: Corruption, truth: Tensor, landmarks: Tensor | None, given: Tensor | None = None
) -> Corrupted:
    """Corrupt one face.

    Args:
        chosen: the kind of corruption.
        recipe: what `scenarios.draw` drew for it.
        truth: (1, 3, S, S) in [0, 1].
        landmarks: (1, 5, 2) as fractions of the side, None where no face was found.
        given: (1, 1, S, S), 1 = missing, for the scenario `given`.

    Returns:
        The face as methods get it, without landmarks.

    Raises:
        BadMask: if the scenario is `given` and no mask is.
        FaceNotFound: if the corruption hangs on landmarks and there are none.
    """
    if chosen.needs_face and landmarks is None:
        raise FaceNotFound(NO_FACE)
    points = TEMPLATE if landmarks is None else landmarks[0].numpy()
    mask = shapes.draw(chosen.shape, recipe.seed, truth.shape[-1], points) if chosen.shape else given
    return corruption.apply(recipe, truth, landmarks, mask)


def line_of(
    image: str, chosen: Scenario, bin_name: str, seed: int, recipe: Corruption, landmarks: object, corrupted: Corrupted
) -> Line:
    """One line of the list."""
    return {
        "image": image,
        "scenario": chosen.name,
        "bin": bin_name,
        "seed": str(seed),
        "corruption": recipe.to_dict(),
        "shape": chosen.shape,
        "landmarks": landmarks if chosen.needs_face else None,
        "ratio": round(float(corrupted.mask.mean()), 6),
        "mask": digest(corrupted.mask),
    }


def recipe_of(line: Mapping[str, Any]) -> tuple[Corruption, Tensor | None]:
    """The corruption of a line, and the landmarks (1, 5, 2) that it hangs on.

    Raises:
        BadTable: if the line is none of this list.
    """
    try:
        points = line["landmarks"]
        landmarks = None if points is None else torch.tensor([points], dtype=torch.float32).reshape(1, 5, 2)
        return Corruption.from_dict(line["corruption"]), landmarks
    except (KeyError, TypeError, ValueError, RuntimeError, Problem) as error:
        raise BadTable(
            f"A line of the list of corruptions cannot be used ({error}); take the list that a benchmark wrote."
        ) from error


def check(line: Mapping[str, Any], corrupted: Corrupted) -> None:
    """See whether a corruption came out as the list says.

    Raises:
        BadTable: if its mask is another.
    """
    if line.get("mask") != digest(corrupted.mask):
        raise BadTable(
            f"The mask of {line['image']} under {line['scenario']} {line['bin']} comes out otherwise than the list of "
            "corruptions says; take the pictures and the version that wrote the list, or leave the list out."
        )


def digest(mask: Tensor) -> str:
    """The start of the SHA-256 of a mask's pixels, one bit each, row by row."""
    bits = np.packbits((mask.cpu().numpy() > 0).reshape(-1))
    return hashlib.sha256(bits.tobytes()).hexdigest()[:16]


def adopt(path: Path, into: Journal, wanted: Wanted) -> None:
    """Take over the corruptions of another list, so that they are repeated.

    Args:
        path: a `corruptions.jsonl`.
        into: the list of the run.
        wanted: what the run asks for.

    Raises:
        BadTable: if there is no such file, it is no such list, has nothing of what is asked for, or differs from what the run
            has done already; nothing is taken over then.
    """
    lines = list(_read(path))
    known = {line["image"] for line in lines}.intersection(wanted.images)
    of = f"{len(known)} of {len(wanted.images)} pictures are in the list {path}"
    if not known:
        raise BadTable(f"{of}; give the corruptions.jsonl of a run of the same pictures, or leave --corruptions out.")
    fitting = sum(
        line["image"] in known and (line["scenario"], line["bin"]) in wanted.cells and line["seed"] == wanted.seed
        for line in lines
    )
    if not fitting:
        raise BadTable(
            f"{of}, but with none of the scenarios and bins asked for under seed {wanted.seed}; ask for what is in the list, or "
            "leave --corruptions out."
        )
    for line in lines:
        there = into.find(*(line[field] for field in KEY))
        if there is not None and there != line:
            raise BadTable(
                f"{into.path} says otherwise than {path} what was done to {line['image']} under {line['scenario']} "
                f"{line['bin']}; choose another --out, or leave --corruptions out."
            )
    total = len(wanted.images) * len(wanted.cells)
    if fitting < total:
        logger.warning("%s, with %d of %d corruptions; the others are drawn.", of, fitting, total)
    for line in lines:
        into.append(line)


def _read(path: Path) -> Iterator[Line]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadTable(f"There is no list of corruptions at {path}; give the corruptions.jsonl of a run.") from error
    for number, text in enumerate(lines, start=1):
        try:
            line = json.loads(text)
            key = [str(line[field]) for field in KEY]
        except (ValueError, KeyError, TypeError) as error:
            raise BadTable(f"Line {number} of {path} is no corruption; give the corruptions.jsonl of a run.") from error
        recipe_of(line)
        yield line | dict(zip(KEY, key, strict=True))
