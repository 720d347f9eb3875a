"""How alike the methods paint: whether two of them are the same method in other clothes.

For two methods and one face: the distance between their fills over the distance to the truth of the one that is nearer to it, root mean
squares over the hidden pixels and channels of the 8-bit pictures. 0 is the same fill; around 0.6 and above are methods that have nothing to
do with each other; the mean is over faces. Variants of one trunk lie at 0.2 to 0.4.
"""

import csv
import io
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from restorers.contract import Problem
from restorers.images import Array, Mask
from restorers.sentences import Sentence

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
    state_a: str | None = None
    """What the first method was then, as `comparisons.records.provenance.Identity` writes it; None where the table does not say."""
    state_b: str | None = None


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


def pairs(faces: Iterable[Face], states: Mapping[str, str]) -> list[Pair]:
    """Every pair of methods that have a face in common, in the order in which they come; holds one face at a time.

    Args:
        faces: the faces and their fills.
        states: what every method is, as `comparisons.records.provenance.Identity` writes it.
    """
    sums: dict[tuple[str, str], list[float]] = {}
    for face in faces:
        for one, other in combinations(face.fills, 2):
            found = ratio(face.fills[one], face.fills[other], face.truth, face.hidden)
            names = (other, one) if (other, one) in sums else (one, other)
            sums.setdefault(names, [])
            if not math.isnan(found):
                sums[names].append(found)
    return [
        Pair(*names, float(np.mean(ratios)) if ratios else math.nan, len(ratios), *map(states.get, names))
        for names, ratios in sums.items()
    ]


class Matrix(NamedTuple):
    """How alike the methods of a run are."""

    pairs: tuple[Pair, ...] = ()
    """Those that hold for the run."""
    stale: tuple[str, ...] = ()
    """Methods that the run has in another state than the table was made with; no pair has them."""

    @property
    def methods(self) -> tuple[str, ...]:
        """In the order of the table."""
        return tuple(dict.fromkeys(name for pair in self.pairs for name in pair[:2]))

    @property
    def ratios(self) -> dict[frozenset[str], float]:
        """By the two methods; NaN where they had no face in common."""
        return {frozenset(pair[:2]): pair.ratio for pair in self.pairs}

    @property
    def words(self) -> str:
        """What the numbers are, as a sentence."""
        faces = max((pair.pictures for pair in self.pairs), default=0)
        return Sentence(
            "Distance between two methods' fills over the nearer one's distance to the truth, in the hole, mean over {count} faces "
            "of a pool: 0 is the same fill. Methods that share a trunk lie at about 0.5, others at 0.7 and above.",
            count=faces,
        )

    @property
    def warning(self) -> str:
        """Which methods are left out, as a sentence; empty where none is."""
        if not self.stale:
            return ""
        return Sentence(
            "How alike these methods are was measured with other weights or code than their scores, so they are left out: {names}.",
            names=", ".join(self.stale),
        )


def of_run(found: Iterable[Pair], states: Mapping[str, Collection[str]]) -> Matrix:
    """What of a table holds for a run.

    Args:
        found: the table.
        states: by method, every state that rows of the run have. Methods without rows there are taken as they are.
    """
    kept: list[Pair] = []
    stale: dict[str, None] = {}
    for pair in found:
        named = ((pair.method_a, pair.state_a), (pair.method_b, pair.state_b))
        other = [name for name, state in named if name in states and state not in states[name]]
        stale.update(dict.fromkeys(other))
        kept += [] if other else [pair]
    return Matrix(tuple(kept), tuple(stale))


def written(found: Iterable[Pair]) -> str:
    """A table as CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(Pair._fields)
    table.writerows((*pair[:2], "" if math.isnan(pair.ratio) else f"{pair.ratio:.4f}", *pair[3:]) for pair in found)
    return text.getvalue()


def write(path: Path, found: Sequence[Pair]) -> None:
    """Write a table, whole or not at all.

    Raises:
        BadLikeness: if it cannot be written.
    """
    part = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(written(found), encoding="utf-8", newline="")
        part.replace(path)
    except OSError as error:
        raise BadLikeness(
            "{file} cannot be written ({reason}); name another file.", file=path, reason=error.strerror
        ) from error


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
                Pair(
                    row["method_a"],
                    row["method_b"],
                    float(row["ratio"] or math.nan),
                    int(row["pictures"]),
                    row.get("state_a"),
                    row.get("state_b"),
                )
                for row in csv.DictReader(file, strict=True)
            ]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise BadLikeness(
            "{file} is no table of likeness; make it again: python -m comparisons.ranking.relatives POOL --out {file}.",
            file=path,
        ) from error
