"""Real covers with their masks: cut out of photographs, to be put on other faces, and the photographs themselves.

Read from `DATA/real_occluders`: `NAME.png`, `NAME.mask.png` (255 = covered) and `annotations.json` (name, kind, such as
`sunglasses+hat`), faces framed as CelebA's. Even names are trained on, odd ones are held back and scored. The pictures never leave
the data set: what ships is weights.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from restorers.contract import SIDE, Problem
from restorers.networks.mask_unet import KINDS

FOLDER: Final = "real_occluders"
FRAME: Final = ((0.385, 0.434), (0.611, 0.434), (0.495, 0.592), (0.399, 0.671), (0.597, 0.671))
"""The five points of a face in CelebA's frame, on average, fractions of the side."""
ALIKE: Final[Mapping[str, str]] = {
    "microphone": "object",
    "guitar": "object",
    "phone": "object",
    "eye patch": "object",
    "arm": "hand",
    "watch": "hand",
    "cap": "hat",
    "hood": "hat",
    "scarf": "mask",
    "surgical_mask": "mask",
}
"""What is annotated or drawn, by the kind it is told as; kinds themselves are not listed."""

SURE: Final = 255
UNSURE: Final = 128
"""A mask's values where a pixel is covered, and where nobody knows."""
DOUBTFUL: Final = ("hair+hat", "hood+scarf")
"""Annotations that are not trained on: there all that frames a face is outlined, its ordinary hair, too."""

Half = Literal["train", "held"]


@dataclass(frozen=True)
class Covers:
    """Covered faces."""

    pictures: NDArray[np.uint8]
    """(K, S, S, 3) RGB."""
    masks: NDArray[np.uint8]
    """(K, S, S): `SURE` covered, 0 not, `UNSURE` where nobody knows."""
    points: NDArray[np.float32]
    """(K, 5, 2), fractions of the side."""
    kinds: NDArray[np.float32]
    """(K, 6) 1 or 0 in the order of `KINDS`; NaN rows where nobody knows."""
    groups: NDArray[np.int64]
    """(K,) the kind that each is mostly, an index into `KINDS`."""
    labels: tuple[str, ...] = ()
    """As annotated, one a face; empty where covers were found and not annotated."""

    def __len__(self) -> int:
        return len(self.pictures)

    def draw(self, generator: Generator) -> int:
        """A row: half of the time any, else one of a kind that is drawn first, so that rare kinds are seen, too."""
        if generator.random() < 0.5:
            return int(generator.integers(len(self)))
        kinds = np.unique(self.groups)
        rows = np.flatnonzero(self.groups == kinds[int(generator.integers(len(kinds)))])
        return int(rows[int(generator.integers(len(rows)))])


def kinds_of(label: str) -> NDArray[np.float32]:
    """(6,) of 0 and 1 for an annotation such as `hand+microphone`, or an object's name."""
    told = [ALIKE.get(part.strip(), part.strip()) for part in label.split("+")]
    return np.array([float(kind in told) for kind in KINDS], np.float32)


def load(data: Path, half: Half = "train") -> Covers:
    """Read one half of the real covers.

    Args:
        data: the folder of the data set.
        half: "train" has the even names, "held" the odd ones.

    Raises:
        Problem: if there are none.
    """
    folder = data / FOLDER
    table = folder / "annotations.json"
    if not table.is_file():
        raise Problem(
            "expected real covers with masks in {folder}, found no annotations.json; add pictures, masks and kinds",
            folder=folder,
        )
    wanted = 0 if half == "train" else 1
    rows = [row for row in json.loads(table.read_text("utf-8")) if int(row["name"]) % 2 == wanted]
    if half == "train":
        rows = [row for row in rows if row["kind"] not in DOUBTFUL]
    if not rows:
        raise Problem("expected real covers of both halves in {folder}, found none with such a name", folder=folder)
    pictures = np.stack([_read(folder / f"{row['name']}.png", cv2.IMREAD_COLOR)[..., ::-1] for row in rows])
    masks = np.stack([_read(folder / f"{row['name']}.mask.png", cv2.IMREAD_GRAYSCALE) for row in rows])
    labels = tuple(row["kind"] for row in rows)
    points = np.repeat(np.array([FRAME], np.float32), len(rows), 0)
    kinds = np.stack([kinds_of(label) for label in labels])
    masks = np.where(masks > 127, SURE, 0).astype(np.uint8)
    return Covers(pictures, masks, points, kinds, kinds.argmax(1), labels)


def clean(data: Path) -> NDArray[np.uint8]:
    """Faces that nothing covers, (N, S, S, 3), for scores alone."""
    names = sorted((data / FOLDER / "clean").glob("*.png"))
    return np.stack([_read(name, cv2.IMREAD_COLOR)[..., ::-1] for name in names])


def _read(path: Path, how: int) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), how)
    if picture is None:
        raise Problem("expected a picture at {path}, it cannot be read", path=path)
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
