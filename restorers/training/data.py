"""Faces for training: one uint8 array in memory, batches drawn and augmented from explicit generators.

The layout read here is what `prepare` writes: `<kind>/<split>/*.webp`, `landmarks.npz` (names, points), and for synthetic faces
`synthetic_styles.npz` (names, w).
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import pi
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from restorers.contract import Corrupted, Problem
from restorers.objective import Batch

DEV_SHARE = {"celeba": 200, "synthetic": 150}
"""How many of the last train names of a kind are held out as `dev`; where that is a quarter or more, and for other kinds, 2 %."""

Corruptor = Callable[[Tensor, Tensor, Generator], Corrupted]
"""(truth (N, 3, S, S), five-point landmarks (N, 5, 2), generator) -> corrupted faces."""


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

    def chosen(self, rows: NDArray[np.int64]) -> "Faces":
        """Some of the faces."""
        styles = None if self.styles is None else self.styles[rows]
        return Faces(tuple(self.names[row] for row in rows), self.pictures[rows], self.points[rows], self.five, styles)


def load(data: Path, side: int, cache: Path, part: str = "train") -> Faces:
    """Read the `train` or `dev` part at one side, through a cache of decoded pictures.

    Args:
        data: a folder that `prepare` wrote.
        side: in pixels.
        cache: where the decoded array is kept (size: N x side x side x 3 bytes).
        part: "train" or "dev"; `val` is for the benchmark alone.

    Raises:
        Problem: if the folder holds no such data set.
    """
    table = data / "landmarks.npz"
    if not table.is_file():
        raise Problem(
            f"expected a data set with landmarks.npz in {data}, found none; make one with:"
            " python -m restorers.training prepare --pictures DIR --out DATA"
        )
    with np.load(table) as file:
        names: list[str] = [str(name) for name in file["names"]]
        points: NDArray[np.float32] = file["points"].astype(np.float32)
        columns = [int(index) for index in file["mesh_index"]]
    rows = part_rows(names, part)
    if not len(rows):
        raise Problem(f"expected pictures of the part {part!r} in {data}, found none; give it more faces")
    chosen = [names[row] for row in rows]
    five = tuple(columns.index(index) for index in _five_points(data))
    return Faces(tuple(chosen), _decoded(data, chosen, side, cache), points[rows], five, _styles(data, chosen))


def part_rows(names: list[str], part: str) -> NDArray[np.int64]:
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


def batches(
    faces: Faces, side: int, size: int, corruptor: Corruptor, generator: Generator, augmented: bool = True
) -> Iterator[Batch]:
    """Endless batches; kinds are drawn half and half, so that a small kind is not drowned.

    Args:
        faces: at `side` or larger.
        side: of the pictures given out.
        size: pictures a batch.
        corruptor: draws and applies the damage.
        generator: the one source of randomness.
        augmented: flip, shift, scale, rotation and colour jitter.
    """
    kinds = np.array([name.split("/")[0] for name in faces.names])
    pools = [np.flatnonzero(kinds == kind) for kind in sorted(set(kinds.tolist()))]
    while True:
        which = generator.integers(0, len(pools), size)
        rows = np.array([pools[kind][generator.integers(0, len(pools[kind]))] for kind in which])
        yield batch(faces, rows, side, corruptor, generator, augmented)


def batch(
    faces: Faces,
    rows: NDArray[np.int64],
    side: int,
    corruptor: Corruptor,
    generator: Generator,
    augmented: bool = False,
) -> Batch:
    """The batch of these faces."""
    truth = torch.from_numpy(np.ascontiguousarray(faces.pictures[rows])).permute(0, 3, 1, 2).float().div_(255)
    points = torch.from_numpy(faces.points[rows])
    if augmented:
        truth, points = augment(truth, points, generator)
    truth = truth.contiguous(memory_format=torch.channels_last)
    corrupted = corruptor(truth, points[:, list(faces.five)], generator)
    styles = None if faces.styles is None else torch.from_numpy(faces.styles[rows])
    if truth.shape[-1] != side:
        raise ValueError(f"expected faces of {side} px, got {truth.shape[-1]}")
    return Batch(truth, corrupted, tuple(faces.names[row] for row in rows), points, styles)


def augment(truth: Tensor, points: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Flip half of the faces, turn by up to 8 degrees, scale by 8 %, shift by 4 %, jitter brightness, contrast and colour.

    Args:
        truth: (N, 3, S, S) in [0, 1].
        points: (N, P, 2) fractions; a flip mirrors x and leaves the columns where they are.
        generator: the source of randomness.

    Returns:
        Pictures and points of the same shapes. Landmark columns are not swapped by the flip: those who need left and right to keep
        their sides look at the x coordinate.
    """
    count = len(truth)
    flip = np.where(generator.random(count) < 0.5, -1.0, 1.0)
    angle = generator.uniform(-8, 8, count) * pi / 180
    scale = generator.uniform(0.92, 1.08, count)
    shift = generator.uniform(-0.08, 0.08, (count, 2))  # [-1, 1] units, 4 % of the side
    turn = np.stack([np.stack([np.cos(angle), -np.sin(angle)], -1), np.stack([np.sin(angle), np.cos(angle)], -1)], -2)
    matrix = turn * scale[:, None, None] * np.stack([flip, np.ones(count)], -1)[:, None, :]
    theta = torch.from_numpy(np.concatenate([matrix, shift[:, :, None]], 2)).float()
    grid = functional.affine_grid(theta, list(truth.shape), align_corners=False)
    moved = functional.grid_sample(truth, grid, padding_mode="reflection", align_corners=False)
    # grid_sample looks up where an output pixel comes from; landmarks go the other way
    centred = points * 2 - 1 - theta[:, None, :, 2]
    there = torch.linalg.solve(theta[:, :, :2], centred.transpose(1, 2)).transpose(1, 2)
    gain = torch.from_numpy(generator.uniform(0.9, 1.1, (count, 3, 1, 1))).float()
    gain = gain * torch.from_numpy(generator.uniform(0.8, 1.2, (count, 1, 1, 1))).float()
    offset = torch.from_numpy(generator.uniform(-0.08, 0.08, (count, 1, 1, 1))).float()
    return ((moved - 0.5) * gain + 0.5 + offset).clamp_(0, 1), (there + 1) / 2


def _five_points(data: Path) -> list[int]:
    groups: dict[str, list[int]] = json.loads((data / "landmark_groups.json").read_text())
    return groups["five_points"]


def _decoded(data: Path, names: list[str], side: int, cache: Path) -> NDArray[np.uint8]:
    digest = hashlib.sha256("\n".join([str(data.resolve()), *names]).encode()).hexdigest()[:12]
    path = cache / f"{digest}-{side}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npy")
        array = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=(len(names), side, side, 3))
        for row, name in enumerate(tqdm(names, desc=f"decoding at {side} px", unit="picture")):
            array[row] = _picture(data / f"{name}.webp", side)
        array.flush()
        part.rename(path)
    decoded: NDArray[np.uint8] = np.load(path)
    return decoded


def _picture(path: Path, side: int) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise Problem(f"expected a picture at {path}, it cannot be read; prepare the data set again")
    method = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_CUBIC
    resized: NDArray[np.uint8] = cv2.resize(picture, (side, side), interpolation=method)[:, :, ::-1]
    return resized


def _styles(data: Path, names: list[str]) -> NDArray[np.float32] | None:
    table = data / "synthetic_styles.npz"
    if not table.is_file():
        return None
    with np.load(table) as file:
        known = dict(zip((str(name) for name in file["names"]), file["w"].astype(np.float32), strict=True))
    unknown = np.full(512, np.nan, np.float32)
    return np.stack([known.get(name, known.get(name.rsplit("/", 1)[-1], unknown)) for name in names])
