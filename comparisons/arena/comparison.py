"""One face, corrupted, and what the methods made of it: what the page shows, and the download that brings it back."""

import csv
import io
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from torch import Tensor

from comparisons.arena import comparison_recipe, runner
from comparisons.arena.comparison_recipe import ComparisonRecipe
from comparisons.metrics import scorer
from comparisons.records import provenance
from comparisons.records.journal import guarded
from comparisons.scenarios.menu import derive_seed
from restorers import catalogue, images
from restorers.contract import Corrupted, Method
from restorers.corruptions.corruption import Corruption
from restorers.images import Array

VERSION: Final = provenance.VERSION

DISCLAIMER: Final = (
    "Hidden parts of a face are invented by the methods, not recovered: no result shows what the person looks like, "
    "and none is fit to identify anybody."
)

_SIGNS: Final = re.compile(r"\W+")


@dataclass(frozen=True)
class FaceCrop:
    """One face, cut out and ready to be corrupted."""

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
    """`ok`, `failed`, `no_weights` or `not_applicable`."""
    pixels: Array | None
    """uint8 (256, 256, 3): what is shown, downloaded and measured."""
    seconds: float
    scores: Mapping[str, float]
    reason: str
    """Why there is no picture."""
    stages: Mapping[str, Array] = field(default_factory=dict)
    """Intermediate pictures by their names, uint8 (s, s, 3)."""
    samples: tuple[Array, ...] = ()
    """What else a pluralistic method can imagine, uint8 (256, 256, 3) each."""


@dataclass(frozen=True)
class Comparison:
    """One corrupted face and what the methods that have run so far made of it."""

    face: FaceCrop
    corruption: Corruption
    corrupted: Corrupted
    results: tuple[Result, ...] = ()
    total: int = 0
    """Methods that will have run at the end."""
    brought: Result | None = None
    """A restored picture that the visitor has brought: shown and scored beside the others, and in no download, link or vote."""

    @property
    def listed(self) -> tuple[Result, ...]:
        """The results in the order of the catalogue, whichever of them ran first, and the visitor's own at the end."""
        places = {method.key: place for place, method in enumerate(catalogue.METHODS)}
        ordered = sorted(self.results, key=lambda result: places.get(result.method.key, len(places)))
        return (*ordered, *([self.brought] if self.brought is not None else []))

    @property
    def occluded(self) -> Array:
        """The corrupted face, uint8 (256, 256, 3)."""
        return images.to_array(self.corrupted.pixels)

    @property
    def ratio(self) -> float:
        """Share of pixels hidden, 0 to 1."""
        return float(self.corrupted.mask.mean())

    @property
    def pictures(self) -> dict[str, Array]:
        """Everything that can be put side by side, by its name for people."""
        done = {result.method.name: result.pixels for result in self.listed if result.pixels is not None}
        return {self.original: self.face.pixels, "Occluded": self.occluded} | done

    @property
    def original(self) -> str:
        """What the face was before, for people."""
        return "Truth" if self.face.truth else "Photograph"

    @property
    def recipe(self) -> ComparisonRecipe:
        """What brings this comparison back, with hashes of what came of it."""
        done = {result.method.key: result.pixels for result in self.results if result.pixels is not None}
        states = {result.method.key: str(provenance.identity(result.method.key)) for result in self.results}
        drawn = self.corruption.occluder == "drawn"
        return ComparisonRecipe(
            self.face.picture,
            self.face.pixels,
            self.corruption,
            self.face.found_by,
            self.face.landmarks,
            images.mask_to_array(self.corrupted.mask) if drawn else None,
            tuple(result.method.key for result in self.results),
            {key: found for key, found in states.items() if found},
            {key: comparison_recipe.digest(pixels) for key, pixels in done.items()},
            comparison_recipe.versions(),
            self.face.truth,
        )


def result_of(method: Method, outcome: runner.Outcome, score: scorer.Scorer | None) -> Result:
    """What a method made of the face, scored from the 8-bit picture: the very pixels that are shown and downloaded.

    Args:
        method: that ran.
        outcome: what came of it.
        score: measures restorations of this face; None where nobody knows the truth.
    """
    if outcome.restored is None:
        status = "no_weights" if outcome.unready else outcome.status
        return Result(method, status, None, outcome.seconds, {}, outcome.error)
    pixels = images.to_array(outcome.restored.pixels)
    stages = {name: images.to_array(stage) for name, stage in outcome.restored.stages.items()}
    samples = () if outcome.restored.samples is None else tuple(map(images.to_array, outcome.restored.samples[0]))
    scores = score(images.to_tensor(pixels)) if score else {}
    return Result(method, outcome.status, pixels, outcome.seconds, scores, "", stages, samples)


def best(results: Sequence[Result], key: str) -> tuple[Result, ...]:
    """The results with the best score; several where it is the same to the last bit, none where nothing is scored.

    Args:
        results: in any order.
        key: of `metrics.COLUMNS`.
    """
    metric = scorer.COLUMNS[key].metric
    scored = {place: result.scores[key] for place, result in enumerate(results) if key in result.scores}
    known = {place: value for place, value in scored.items() if not math.isnan(value)}
    if not known:
        return ()
    top = (max if metric.higher_is_better else min)(known.values())
    return tuple(results[place] for place, value in known.items() if value == top)


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
            for name, pixels in _pictures_of(result).items():
                archive.writestr(name, images.png_bytes(pixels))
        archive.writestr("scores.csv", _scores_csv(comparison))
        archive.writestr(comparison_recipe.FILE, _recipe(comparison))
    return buffer.getvalue()


def unpack(data: bytes) -> tuple[FaceCrop, Corruption, Array | None]:
    """Read a download back.

    Args:
        data: what `pack` returned.

    Returns:
        The face, the corruption, and the mask, uint8 (256, 256), where it was drawn by hand.

    Raises:
        Problem: if the file is no such download.
    """
    recipe = comparison_recipe.read(data)
    return (
        FaceCrop(recipe.picture, recipe.truth, recipe.landmarks, recipe.found_by, recipe.truth_known),
        recipe.corruption,
        recipe.mask,
    )


def _pictures_of(result: Result) -> dict[str, Array]:
    """A method's files: the result, its stages and its samples."""
    key = result.method.key
    stages = {f"{key}.{_SIGNS.sub('_', name)}.png": pixels for name, pixels in result.stages.items()}
    samples = {f"{key}.sample_{number}.png": pixels for number, pixels in enumerate(result.samples, start=1)}
    return ({} if result.pixels is None else {f"{key}.png": result.pixels}) | stages | samples


def _recipe(comparison: Comparison) -> str:
    recipe = comparison.recipe
    seeds = {key: derive_seed(recipe.corruption.seed, key, 0) for key in recipe.methods}
    return comparison_recipe.to_json(
        recipe, seeds, {"notice": DISCLAIMER, "version": VERSION, "ratio": comparison.ratio}
    )


def _scores_csv(comparison: Comparison) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["method", "status", "seconds", *scorer.COLUMNS, "reason"])
    for result in comparison.results:
        scores = [f"{result.scores[key]:.6f}" if key in result.scores else "" for key in scorer.COLUMNS]
        writer.writerow([result.method.key, result.status, f"{result.seconds:.3f}", *scores, guarded(result.reason)])
    return buffer.getvalue()
