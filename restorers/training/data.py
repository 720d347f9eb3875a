"""Faces for training: one uint8 array in memory.

The layout read here is what `prepare` writes: `<kind>/<split>/*.webp`, `landmarks.npz` (names, points), and for synthetic faces
`synthetic_styles.npz` (names, w).
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from restorers.contract import Problem
from restorers.training.cache import written_once

DEV_SHARE: Final = {"celeba": 200, "synthetic": 150}
"""How many of the last train names of a kind are held out as `dev`; where that is a quarter or more, and for other kinds, 2 %."""

STYLE: Final = 512
"""Numbers in a style vector."""

Part = Literal["train", "dev"]


@dataclass(frozen=True)
class Faces:
    """Square faces with their landmarks."""

    names: tuple[str, ...]
    pictures: NDArray[np.uint8]
    """(N, side, side, 3) RGB."""
    points: NDArray[np.float32]
    """(N, P, 2) fractions of the side."""
    five: tuple[int, ...]
    """Columns of `points` that are the five alignment points."""
    styles: NDArray[np.float32] | None = None
    """(N, 512), NaN where unknown."""

    def __len__(self) -> int:
        return len(self.names)

    def only(self, kept: NDArray[np.bool_]) -> "Faces":
        """Those of the faces for which `kept` (N,) is true."""
        names = tuple(name for name, stays in zip(self.names, kept, strict=True) if stays)
        styles = None if self.styles is None else self.styles[kept]
        return Faces(names, self.pictures[kept], self.points[kept], self.five, styles)

    @property
    def side(self) -> int:
        """Width and height in pixels."""
        return int(self.pictures.shape[1])

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kind of each face: the first part of its name."""
        return tuple(name.split("/")[0] for name in self.names)


def load(data: Path, side: int, cache: Path, part: Part = "train", limit: int | None = None) -> Faces:
    """Read the `train` or `dev` part at one side, through a cache of decoded pictures.

    Args:
        data: a folder that `prepare` wrote.
        side: in pixels.
        cache: where the decoded array is kept (size: N x side x side x 3 bytes).
        part: "train" or "dev"; `val` is for the benchmark alone.
        limit: how many faces at most, photographs before synthetic ones, chosen once and for all; None takes every face.

    Raises:
        Problem: if the folder holds no such data set.
    """
    table = _table(data)
    rows = _rows(table, data, part, limit)
    names = [table.names[row] for row in rows]
    five = tuple(table.columns.index(index) for index in _five_points(data))
    return Faces(tuple(names), _decoded(data, names, side, cache), table.points[rows], five, _styles(data, names))


def summary(data: Path, part: Part = "train", limit: int | None = None) -> str:
    """How many faces `load` gives of each kind, for a weights file's header.

    Raises:
        Problem: if the folder holds no such data set.
    """
    table = _table(data)
    counts = Counter(table.names[row].split("/")[0] for row in _rows(table, data, part, limit))
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def part_rows(names: list[str], part: Part) -> NDArray[np.int64]:
    """Rows of the `train` or `dev` part: the last train names of each kind, in name order, are `dev`."""
    by_kind: dict[str, list[int]] = {}
    for row in sorted(range(len(names)), key=names.__getitem__):
        kind, split, _ = names[row].split("/")
        if split == "train":
            by_kind.setdefault(kind, []).append(row)
    rows: list[int] = []
    for kind, members in sorted(by_kind.items()):
        wanted = DEV_SHARE.get(kind, 0)
        held_out = wanted if 0 < 4 * wanted < len(members) else max(len(members) // 50, 1)
        rows += members[-held_out:] if part == "dev" else members[:-held_out]
    return np.array(rows, np.int64)


@dataclass(frozen=True)
class _Table:
    """What `landmarks.npz` holds."""

    names: list[str]
    points: NDArray[np.float32]
    columns: list[int]


def _table(data: Path) -> _Table:
    path = data / "landmarks.npz"
    if not path.is_file():
        raise Problem(
            f"expected a data set with landmarks.npz in {data}, found none; make one with:"
            " python -m restorers.training prepare --pictures DIR --out DATA"
        )
    with np.load(path) as file:
        names = [str(name) for name in file["names"]]
        return _Table(names, file["points"].astype(np.float32), [int(index) for index in file["mesh_index"]])


def _rows(table: _Table, data: Path, part: Part, limit: int | None) -> NDArray[np.int64]:
    rows = _limited(table.names, part_rows(table.names, part), limit)
    if not len(rows):
        raise Problem(f"expected pictures of the part {part!r} in {data}, found none; give it more faces")
    return rows


def _limited(names: list[str], rows: NDArray[np.int64], limit: int | None) -> NDArray[np.int64]:
    if limit is None or limit >= len(rows):
        return rows
    photographs = np.array([row for row in rows if not names[row].startswith("synthetic/")], np.int64)
    pool = photographs if len(photographs) else rows
    chosen = np.random.default_rng(limit).permutation(len(pool))[:limit]
    return pool[np.sort(chosen)]


def _five_points(data: Path) -> list[int]:
    groups: dict[str, list[int]] = json.loads((data / "landmark_groups.json").read_text())
    return groups["five_points"]


def _decoded(data: Path, names: list[str], side: int, cache: Path) -> NDArray[np.uint8]:
    digest = hashlib.sha256("\n".join([str(data.resolve()), *names]).encode()).hexdigest()[:12]

    def write(path: Path) -> None:
        array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(len(names), side, side, 3))
        for row, name in enumerate(tqdm(names, desc=f"decoding at {side} px", unit="picture")):
            array[row] = _picture(data / f"{name}.webp", side)
        array.flush()

    decoded: NDArray[np.uint8] = np.load(written_once(cache / f"{digest}-{side}.npy", write))
    return decoded


def _picture(path: Path, side: int) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise Problem(f"expected a picture at {path}, it cannot be read; prepare the data set again")
    method = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_CUBIC
    resized = cv2.resize(picture, (side, side), interpolation=method)
    return np.asarray(resized[:, :, ::-1], np.uint8)


def _styles(data: Path, names: list[str]) -> NDArray[np.float32] | None:
    table = data / "synthetic_styles.npz"
    if not table.is_file():
        return None
    with np.load(table) as file:
        known = dict(zip((str(name) for name in file["names"]), file["w"].astype(np.float32), strict=True))
    unknown = np.full(STYLE, np.nan, np.float32)
    return np.stack([known.get(name, known.get(name.rsplit("/", 1)[-1], unknown)) for name in names])
