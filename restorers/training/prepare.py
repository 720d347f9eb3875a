"""Turn a folder of faces, StyleGAN faces, or both into a data set for training.

What is written, and read by `restorers.training.data`:

- `<kind>/train/*.webp`, `<kind>/val/*.webp`: square faces, at most 256 px; kind is `pictures` or `synthetic`.
- `landmarks.npz`: `names` (`<kind>/<split>/<name>`), `points` (N, P, 2) float16, x and y as fractions of the side, and
  `mesh_index` (P,), the vertex of MediaPipe's face mesh that each column is.
- `landmark_groups.json`: outlines of the parts of a face as mesh vertices, and the five alignment points.
- `synthetic_styles.npz`: `names` and `w` (N, 512) float16, the styles that made the synthetic faces.

Needs the environment of `restorers/training/requirements.txt`.
"""

import argparse
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from restorers import images
from restorers.contract import Problem, UnreadableImage
from restorers.training import synthetic as stylegan
from restorers.training.mesh_frame import GROUPS, MESH_INDEX, SIDE, Array, Finder, Points, aligned, media_pipe, square

SMALLEST: Final = 64
"""Smallest side of a face, cut out of its photograph, that has anything to learn from."""
VAL_SHARE: Final = 0.05
QUALITY: Final = 92
"""WebP quality; a face takes about 12 kB."""
TRUNCATION: Final = (0.65, 0.95)
"""Of the synthetic faces: from plain to varied, short of where the generator breaks."""
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif"})

_LOG: Final = logging.getLogger(__name__)


@dataclass
class Report:
    """What became of the pictures."""

    written: Counter[str] = field(default_factory=Counter)
    """Faces by `<kind>/<split>`."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Pictures by the reason why they are not in the data set."""

    def __str__(self) -> str:
        parts = [f"{count} faces in {place}" for place, count in sorted(self.written.items())]
        parts += [f"{count} left out: {reason}" for reason, count in sorted(self.left_out.items())]
        return "; ".join(parts)


@dataclass(frozen=True)
class _Face:
    """One face on its way into the data set, or the reason why it is not going there."""

    name: str
    pixels: Array | None
    style: NDArray[np.float32] | None = None
    reason: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line's options; each is an argument of `prepare` by the same name."""
    parser.add_argument(
        "--pictures", type=Path, help="a folder of photographs with a face in each, searched with subfolders"
    )
    parser.add_argument("--synthetic", type=int, default=0, metavar="N", help="StyleGAN faces to make")
    parser.add_argument("--out", type=Path, required=True, help="where the data set goes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--align", action="store_true", help="turn and scale to FFHQ's frame instead of cutting squares"
    )


def prepare(
    pictures: Path | None,
    synthetic: int,
    out: Path,
    seed: int = 0,
    align: bool = False,
    finder: Finder | None = None,
) -> Report:
    """Build a data set.

    Args:
        pictures: a folder of photographs, searched recursively; of each the most prominent face is taken. A square
            picture that is a portrait already is kept whole.
        synthetic: how many StyleGAN faces to make.
        out: a folder that holds no data set yet.
        seed: of the synthetic faces and of the split.
        align: bring photographs to FFHQ's frame (what the face prior knows); otherwise squares with CelebA's framing.
        finder: finds the face mesh; MediaPipe's unless given.

    Returns:
        How many faces were written, and how many pictures were left out and why.

    Raises:
        Problem: if there is nothing to do, `out` is in use, no face was found, or the environment lacks a package.
    """
    files = _files(pictures)
    if not files and synthetic < 1:
        raise Problem(
            "expected pictures or a number of synthetic faces, got neither; give --pictures DIR or --synthetic N"
        )
    if (out / "landmarks.npz").exists():
        raise Problem(f"expected a new folder, but {out} already holds a data set; give another --out or delete it")
    find = finder or media_pipe()
    writer = _Writer(out, seed, find)
    if pictures is not None:
        writer.add("pictures", _photographs(pictures, files, align, find), len(files))
    if synthetic > 0:
        writer.add("synthetic", _generated(synthetic, seed), synthetic)
    if not writer.points:
        raise Problem(f"expected faces, found none ({writer.report}); give photographs of faces")
    writer.finish()
    return writer.report


def _files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise Problem(f"expected a folder of pictures, got {folder}, which is none; give --pictures DIR")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise Problem(f"expected pictures ({', '.join(sorted(SUFFIXES))}) in {folder}, found none")
    return files


def _photographs(folder: Path, files: list[Path], align: bool, find: Finder) -> Iterator[_Face]:
    taken: set[str] = set()
    for path in files:
        name = "-".join(path.relative_to(folder).with_suffix("").parts)
        while name in taken:  # face.jpg beside face.png
            name += "_"
        taken.add(name)
        try:
            pixels = images.read(path)
        except UnreadableImage as error:
            _LOG.warning("%s left out: %s", path, error)
            yield _Face(name, None, reason="unreadable")
            continue
        points = find(pixels)
        if points is None:
            yield _Face(name, None, reason="no face found")
        else:
            yield _Face(name, aligned(pixels, points) if align else square(pixels, points))


def _generated(count: int, seed: int) -> Iterator[_Face]:
    for name, pixels, style in stylegan.faces(count, seed, TRUNCATION, SIDE):
        yield _Face(name, pixels, style)


class _Writer:
    """Puts faces into the layout; the tables come last."""

    def __init__(self, out: Path, seed: int, find: Finder) -> None:
        self.report = Report()
        self.points: dict[str, Points] = {}
        self._styles: dict[str, NDArray[np.float32]] = {}
        self._out, self._seed, self._find = out, seed, find

    def add(self, kind: str, faces: Iterable[_Face], count: int) -> None:
        """Write the pictures of one kind, with progress."""
        held_out = np.random.default_rng(self._seed).permutation(count)
        val = set(held_out[: max(round(count * VAL_SHARE), int(count > 1))].tolist())
        for index, face in enumerate(tqdm(faces, desc=kind, total=count, unit="picture")):
            self._one(face, f"{kind}/{'val' if index in val else 'train'}")

    def _one(self, face: _Face, place: str) -> None:
        if face.pixels is None or min(face.pixels.shape[:2]) < SMALLEST:
            self.report.left_out[face.reason or f"face below {SMALLEST} px"] += 1
            return
        side = min(face.pixels.shape[0], SIDE)
        pixels = images.resize(face.pixels, side)
        # looked for again at the stored size, so that every stored face has a mesh that fits it
        points = self._find(pixels)
        if points is None:
            self.report.left_out["no face found"] += 1
            return
        name = f"{place}/{face.name}"
        (self._out / place).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(self._out / f"{name}.webp", quality=QUALITY, method=4)
        self.points[name] = points[list(MESH_INDEX)] / side
        if face.style is not None:
            self._styles[name] = face.style
        self.report.written[place] += 1

    def finish(self) -> None:
        """Write the tables; `landmarks.npz` last, since its presence says that the data set is whole."""
        groups = {name: list(vertices) for name, vertices in GROUPS.items()}
        (self._out / "landmark_groups.json").write_text(json.dumps(groups), "utf-8")
        if self._styles:
            w = np.stack(list(self._styles.values())).astype(np.float16)
            np.savez_compressed(self._out / "synthetic_styles.npz", names=np.array(list(self._styles)), w=w)
        np.savez_compressed(
            self._out / "landmarks.npz",
            names=np.array(list(self.points)),
            points=np.stack(list(self.points.values())).astype(np.float16),
            mesh_index=np.array(MESH_INDEX, np.int16),
        )
