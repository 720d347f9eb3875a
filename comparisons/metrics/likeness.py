"""How alike the methods paint: whether two of them are the same method in other clothes.

For two methods and one face: the distance between their fills over the distance to the truth of the one that is nearer to it, root mean
squares over the hidden pixels and channels of the 8-bit pictures. 0 is the same fill; around 0.6 and above are methods that have nothing to
do with each other; the mean is over faces. Variants of one trunk lie at 0.2 to 0.4.
"""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from restorers.contract import Problem
from restorers.images import Array, Mask

FILE: Final = "likeness.csv"
"""Beside the scores of a run, where reports look for it."""


class BadLikeness(Problem):
    """A file is no table of likeness."""


class Pair(NamedTuple):
    """Two methods; the fields are the columns of the table."""

    method_a: str
    method_b: str
    ratio: float
    """Mean over pictures; NaN without any."""
    pictures: int


def ratio(one: Array, other: Array, truth: Array, hidden: Mask) -> float:
    """How far two fills lie apart, in distances of the nearer one from the truth.

    Args:
        one: uint8 (H, W, 3).
        other: the same face by another method.
        truth: the face itself.
        hidden: bool (H, W), True = missing.

    Returns:
        At least 0; NaN where nothing is hidden, or one of them is the truth itself.
    """
    if not hidden.any():
        return math.nan
    nearer = min(_distance(one, truth, hidden), _distance(other, truth, hidden))
    return _distance(one, other, hidden) / nearer if nearer else math.nan


def _distance(one: Array, other: Array, hidden: Mask) -> float:
    apart = one[hidden].astype(np.float64) - other[hidden]
    return float(np.sqrt(np.square(apart).mean()))


class Face(NamedTuple):
    """One face and what methods made of it."""

    truth: Array
    hidden: Mask
    fills: Mapping[str, Array]
    """uint8 (H, W, 3) by method."""


def pairs(faces: Iterable[Face]) -> list[Pair]:
    """Every pair of methods that have a face in common, in the order in which they come; holds one face at a time."""
    sums: dict[tuple[str, str], list[float]] = {}
    for face in faces:
        for one, other in combinations(face.fills, 2):
            found = ratio(face.fills[one], face.fills[other], face.truth, face.hidden)
            names = (other, one) if (other, one) in sums else (one, other)
            sums.setdefault(names, [])
            if not math.isnan(found):
                sums[names].append(found)
    return [Pair(*names, float(np.mean(found)) if found else math.nan, len(found)) for names, found in sums.items()]


def write(path: Path, found: Sequence[Pair]) -> None:
    """Write a table, whole or not at all.

    Raises:
        BadLikeness: if it cannot be written.
    """
    part = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(Pair._fields)
            table.writerows(
                (*pair[:2], "" if math.isnan(pair.ratio) else f"{pair.ratio:.4f}", pair.pictures) for pair in found
            )
        part.replace(path)
    except OSError as error:
        raise BadLikeness(f"{path} cannot be written ({error.strerror}); name another file.") from error


def read(path: Path) -> list[Pair]:
    """Read a table back; none where there is no file.

    Raises:
        BadLikeness: if it is no such table.
    """
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return [
                Pair(row["method_a"], row["method_b"], float(row["ratio"] or math.nan), int(row["pictures"]))
                for row in csv.DictReader(file, strict=True)
            ]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise BadLikeness(
            f"{path} is no table of likeness; make it again: python -m comparisons.ranking.relatives POOL --out {path}."
        ) from error
