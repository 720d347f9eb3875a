"""One face, damaged, and what the methods made of it: what the page shows, and the download that brings it back."""

import csv
import io
import json
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from comparisons import metrics
from restorers import images
from restorers.contract import Corrupted, Method, Problem
from restorers.corruptions.corruption import Corruption
from restorers.images import Array

VERSION: Final[str] = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["version"]

DISCLAIMER: Final = (
    "Hidden parts of a face are invented by the methods, not recovered: no result shows what the person looks like, "
    "and none is fit to identify anybody."
)


@dataclass(frozen=True)
class Face:
    """One face, cut out and ready to be damaged."""

    picture: str
    """An example's name, or `upload-` and a random word."""
    pixels: Array
    """uint8 (256, 256, 3)."""
    landmarks: Tensor | None
    """(1, 5, 2) fractions of the side."""
    found_by: str
    """What cut it out, for people."""
    truth: bool = True
    """False: it is covered in the photograph itself. Nobody knows what is below, so nothing is scored against `pixels`."""


@dataclass(frozen=True)
class Result:
    """What one method gave."""

    method: Method
    status: str
    """`ok`, `failed` or `not_applicable`."""
    pixels: Array | None
    """uint8 (256, 256, 3): what is shown, downloaded and measured."""
    seconds: float
    scores: Mapping[str, float]
    reason: str
    """Why there is no picture."""


@dataclass(frozen=True)
class Comparison:
    """One damaged face and what the methods that have run so far made of it."""

    face: Face
    corruption: Corruption
    corrupted: Corrupted
    results: tuple[Result, ...] = ()
    total: int = 0
    """Methods that will have run at the end."""

    @property
    def occluded(self) -> Array:
        """The damaged face, uint8 (256, 256, 3)."""
        return images.to_array(self.corrupted.pixels)

    @property
    def ratio(self) -> float:
        """Share of pixels hidden, 0 to 1."""
        return float(self.corrupted.mask.mean())

    @property
    def pictures(self) -> dict[str, Array]:
        """Everything that can be put side by side, by its name for people."""
        done = {result.method.name: result.pixels for result in self.results if result.pixels is not None}
        return {"Truth": self.face.pixels, "Occluded": self.occluded} | done


def recipe_line(corruption: Corruption) -> str:
    """A corruption as JSON on one line, keys in order: the form in which votes log it."""
    return json.dumps(corruption.to_dict(), sort_keys=True)


def pack(comparison: Comparison) -> bytes:
    """A zip with everything that was seen: truth, occluded face, mask and every result as PNG, scores.csv, recipe.json.

    Returns:
        The bytes of the file. `unpack` reads back what is needed to run the same comparison again.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("README.txt", f"{DISCLAIMER}\n\nMade by Unmasked {VERSION}. Masks: white = missing.\n")
        archive.writestr("truth.png", images.png_bytes(comparison.face.pixels))
        archive.writestr("occluded.png", images.png_bytes(comparison.occluded))
        archive.writestr("mask.png", images.png_bytes(images.mask_to_array(comparison.corrupted.mask)))
        for result in comparison.results:
            if result.pixels is not None:
                archive.writestr(f"{result.method.key}.png", images.png_bytes(result.pixels))
        archive.writestr("scores.csv", _scores_csv(comparison))
        archive.writestr("recipe.json", json.dumps(_recipe(comparison), indent=2) + "\n")
    return buffer.getvalue()


def unpack(data: bytes) -> tuple[Face, Corruption, Array | None]:
    """Read a download back.

    Args:
        data: what `pack` returned.

    Returns:
        The face, the corruption, and the mask, uint8 (256, 256), where it was drawn by hand.

    Raises:
        Problem: if the file is no such download.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            recipe = json.loads(archive.read("recipe.json"))
            truth = images.read(archive.read("truth.png"))
            mask = np.asarray(Image.open(io.BytesIO(archive.read("mask.png"))).convert("L"))
        points = recipe["landmarks"]
        landmarks = None if points is None else torch.tensor([points], dtype=torch.float32)
        corruption = Corruption.from_dict(recipe["corruption"])
        face = Face(recipe["picture"], truth, landmarks, recipe["found_by"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise Problem(
            "Expected a zip downloaded from this page, got something else; download the comparison again."
        ) from error
    return face, corruption, mask if corruption.occluder == "drawn" else None


def _recipe(comparison: Comparison) -> dict[str, object]:
    face = comparison.face
    return {
        "notice": DISCLAIMER,
        "version": VERSION,
        "picture": face.picture,
        "found_by": face.found_by,
        "landmarks": None if face.landmarks is None else face.landmarks[0].tolist(),
        "corruption": comparison.corruption.to_dict(),
        "ratio": comparison.ratio,
        "methods": [result.method.key for result in comparison.results],
        "how": "Damage truth.png with `corruption` (mask.png if the occluder is `drawn`); run `methods` with its seed.",
    }


def _scores_csv(comparison: Comparison) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["method", "status", "seconds", *metrics.COLUMNS, "reason"])
    for result in comparison.results:
        scores = [f"{result.scores[key]:.6f}" if key in result.scores else "" for key in metrics.COLUMNS]
        writer.writerow([result.method.key, result.status, f"{result.seconds:.3f}", *scores, result.reason])
    return buffer.getvalue()
