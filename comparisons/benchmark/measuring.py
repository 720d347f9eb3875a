"""One picture of a benchmark: corrupted as asked, restored by every method asked, measured. A task in, records out."""

import base64
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from torch import Tensor

from comparisons.arena import runner
from comparisons.benchmark import engines, recognition
from comparisons.benchmark.score_rows import FIELDS, Row
from comparisons.metrics import contrast, extras, identity, lpips_model, scorer
from comparisons.records import pictures
from comparisons.scenarios import apply, given, menu
from restorers import catalogue, images
from restorers.contract import Corrupted, FaceNotFound, Restored, UnreadableImage
from restorers.corruptions.corruption import Corruption
from restorers.external.results import Finished, Results

MEASURES: Final = {
    "landmarks": "five-point landmark distance; looks for the face in every result",
    "lpips_vgg": "LPIPS on VGG16, where that trunk is there; about a second a row",
    "contrast": "strength of fine, middle and coarse detail in the hole against the truth's, in the face and outside it",
    "kernel": "embeddings for the kernel distance, into embeddings.jsonl",
    "identity": "distance of the faces' descriptors, which go into identities.jsonl for rank-1 recognition; needs "
    "comparisons/requirements-identity.txt",
}
"""Measures that cost time, by name; the others are always taken."""
DEFAULT_MEASURES: Final = ("landmarks",)
Kind = Literal["facts", "corruption", "row", "embedding", "identity", "unused", "repainted"]


class JournalEntry(NamedTuple):
    """One thing that is written down."""

    kind: Kind
    content: dict[str, Any]


class CellTask(NamedTuple):
    """One kind of corruption and the methods that shall undo it."""

    scenario: str
    bin: str
    methods: tuple[str, ...]
    line: apply.Line | None
    """The corruption as a list says; None draws it."""


@dataclass(frozen=True)
class Task:
    """One picture's work."""

    folder: Path
    image: str
    cells: tuple[CellTask, ...]
    seed: int
    facts: pictures.Facts | None
    """What is known about the picture; None finds out."""
    measures: frozenset[str]
    landmarks_given: bool = False
    """Whether methods get the landmarks of the clean face, which nobody knows in earnest."""
    masks: Path | None = None
    """Folder of the masks of the scenario `given`."""
    results: tuple[Results, ...] = ()
    """Finished pictures; their keys stand among the methods of the cells."""


def tools(measures: Collection[str]) -> dict[str, str]:
    """What measures of these names are taken with beside the app's own requirements: versions and digests, by name."""
    versions = {}
    if "identity" in measures:
        versions = {name: metadata.version(name) for name in ("dlib-bin", "face-recognition-models")}
    trunk = extras.vgg_trunk() if "lpips_vgg" in measures else None
    return versions if trunk is None else versions | {"VGG16 trunk": pictures.digest_of_file(trunk)}


def measure(task: Task) -> Iterator[JournalEntry]:
    """Do one picture.

    Yields:
        What was found out about the picture, then each corruption and a row per method; `unused` alone where the picture
        cannot be used.

    Raises:
        BadTable: if a corruption does not come out as the list says.
    """
    engines.keep_freed_memory()
    try:
        picture = pictures.read(task.folder / task.image)
    except (UnreadableImage, FaceNotFound) as problem:
        rows = sum(len(cell.methods) for cell in task.cells)
        yield JournalEntry("unused", {"image": task.image, "reason": str(problem), "rows": rows})
        return
    facts = task.facts
    if facts is None:
        facts = pictures.facts(task.image, picture) | {"file": pictures.digest_of_file(task.folder / task.image)}
        yield JournalEntry("facts", facts)
    if "kernel" in task.measures:
        yield _embedded(task.image, "-", "-", extras.TRUTH, task.seed, picture.truth)
    points = pictures.landmarks_of(facts)
    face = (
        identity.FaceDescriptors(picture.truth, points) if "identity" in task.measures and points is not None else None
    )
    if face is not None:
        yield _described((task.image, "-", "-", extras.TRUTH), task.seed, face, picture.truth)
    for cell in task.cells:
        yield from _cell(task, cell, picture.truth, facts, face)


def _cell(
    task: Task, cell: CellTask, truth: Tensor, facts: pictures.Facts, face: identity.FaceDescriptors | None
) -> Iterator[JournalEntry]:
    recipe = recipe_of(task, cell)
    try:
        corrupted, line = corrupt_cell(task, cell, truth, facts)
    except FaceNotFound as problem:
        for method in cell.methods:
            row = _row(task, cell, method, recipe)
            yield JournalEntry("row", row | {"status": "not_applicable", "error": str(problem)})
        return
    if cell.line is None:
        yield JournalEntry("corruption", line)
    if task.landmarks_given:
        corrupted = replace(corrupted, landmarks=pictures.landmarks_of(facts))
    if face is not None:
        yield _described((task.image, cell.scenario, cell.bin, identity.CORRUPTED), task.seed, face, corrupted.pixels)
    yield from _restored(task, cell, recipe, corrupted, Scorers(truth, corrupted, facts, task.measures, face))


def recipe_of(task: Task, cell: CellTask) -> Corruption:
    """The corruption of a cell: the list's, else the one that is drawn for the picture."""
    if cell.line is not None:
        return apply.recipe_of(cell.line)[0]
    return menu.draw(menu.scenario(cell.scenario), cell.bin, task.image, task.seed)


def corrupt_cell(task: Task, cell: CellTask, truth: Tensor, facts: pictures.Facts) -> tuple[Corrupted, apply.Line]:
    """Corrupt one face.

    Returns:
        The face as methods get it, and what the list of corruptions says of it.

    Raises:
        FaceNotFound: if the corruption hangs on a face, and none was found.
        BadTable: if it does not come out as the list says.
    """
    chosen, recipe = menu.scenario(cell.scenario), recipe_of(task, cell)
    landmarks = pictures.landmarks_of(facts) if cell.line is None else apply.recipe_of(cell.line)[1]
    mask = None if task.masks is None or chosen != menu.GIVEN else given.mask(task.masks, task.folder, task.image)
    corrupted = apply.corrupt(chosen, recipe, truth, landmarks, mask)
    if cell.line is None:
        return corrupted, apply.line_of(task.image, chosen, cell.bin, task.seed, recipe, facts["landmarks"], corrupted)
    apply.check(cell.line, corrupted)
    return corrupted, cell.line


def _restored(
    task: Task, cell: CellTask, recipe: Corruption, corrupted: Corrupted, scorers: "Scorers"
) -> Iterator[JournalEntry]:
    described = {"ratio": _text(float(corrupted.mask.mean())), "composited": str(not corrupted.degraded)}
    for outcome in _outcomes(task, cell, corrupted, recipe.seed):
        if outcome.restored is not None and "kernel" in task.measures:
            names = (task.image, cell.scenario, cell.bin, outcome.method)
            yield _embedded(*names, task.seed, outcome.restored.pixels)
        if outcome.restored is not None and scorers.face is not None:
            names = (task.image, cell.scenario, cell.bin, outcome.method)
            yield _described(names, task.seed, scorers.face, outcome.restored.pixels)
        if any(one.key == outcome.method for one in task.results) and _repaints(corrupted, outcome):
            yield JournalEntry("repainted", {"image": task.image, "method": outcome.method})
        yield JournalEntry("row", _row(task, cell, outcome.method, recipe) | described | scorers(outcome))


def _outcomes(task: Task, cell: CellTask, corrupted: Corrupted, seed: int) -> Iterator[runner.Outcome]:
    """Of the methods, of finished pictures, and the corrupted face as it is where it is asked for."""
    if extras.INPUT in cell.methods:
        yield runner.Outcome(extras.INPUT, "ok", Restored(corrupted.pixels))
    made = {one.key: one for one in task.results}
    for outcome in runner.run(
        corrupted, [key for key in cell.methods if key != extras.INPUT and key not in made], seed
    ):
        # what another machine and the way there take is no cost of this one's
        elsewhere = catalogue.method(outcome.method).sends_to
        yield replace(outcome, seconds=math.nan) if elsewhere else outcome
    for key in cell.methods:
        if key in made:
            picture = made[key].read(task.image, cell.scenario, cell.bin)
            yield runner.Outcome(key, "ok", Finished(picture)(corrupted, [seed]), math.nan)


def _repaints(corrupted: Corrupted, outcome: runner.Outcome) -> bool:
    """Whether a finished picture has other visible pixels than the input, which is not degraded."""
    if corrupted.degraded or outcome.restored is None or outcome.restored.raw is None:
        return False
    visible = corrupted.mask.expand_as(corrupted.pixels) == 0
    was, came = images.quantised(corrupted.pixels[visible]), images.quantised(outcome.restored.raw[visible])
    return bool((was != came).any())


class Scorers:
    """Everything that is measured on the restorations of one corrupted face."""

    def __init__(
        self,
        truth: Tensor,
        corrupted: Corrupted,
        facts: pictures.Facts,
        measures: frozenset[str],
        face: identity.FaceDescriptors | None = None,
    ) -> None:
        self.face = face
        self._truth, self._mask = truth, corrupted.mask
        self._base = scorer.Scorer(truth, corrupted.mask)
        self._sharpness = extras.Sharpness(truth, corrupted.mask)
        points = pictures.landmarks_of(facts)
        self._landmarks = points if "landmarks" in measures else None
        self._contrast = contrast.Contrast(truth, corrupted.mask, points) if "contrast" in measures else None
        trunk = extras.vgg_trunk() if "lpips_vgg" in measures else None
        self._vgg = None if trunk is None else extras.VggScorer(truth, corrupted.mask, trunk)

    def __call__(self, outcome: runner.Outcome) -> Row:
        """The measured columns of a row; where a method gives several samples, their mean."""
        restored = outcome.restored
        if restored is None:
            return {"status": outcome.status, "error": " ".join(outcome.error.split())}
        samples = [restored.pixels] if restored.samples is None else list(restored.samples.unbind(1))
        seen = [lpips_model.trunk_features(sample) for sample in samples]
        scored = [self._one(*both) for both in zip(samples, seen, strict=True)]
        scores = {key: _mean([sample[key] for sample in scored]) for key in scored[0]}
        if len(samples) > 1:
            scores["psnr_best"] = max(sample["psnr"] for sample in scored)
            scores |= extras.diversity(seen, self._mask)
        if restored.raw is not None:
            scores["psnr_raw"] = scorer.psnr(restored.raw, self._truth)
        row = {key: _text(value) for key, value in scores.items()}
        return row | {"seconds": _text(outcome.seconds), "status": outcome.status, "samples": str(len(samples))}

    def _one(self, sample: Tensor, seen: list[Tensor]) -> dict[str, float]:
        scores = self._base(sample, seen)
        scores["sharpness_mask"] = self._sharpness(sample)
        if self._contrast is not None:
            scores |= self._contrast(sample)
        if self._landmarks is not None:
            distance = extras.landmark_distance(sample, self._landmarks)
            scores |= {"landmarks": distance, "landmarks_missed": float(isinstance(distance, extras.Missed))}
        if self.face is not None:
            scores["identity"] = self.face.distance(sample)
        return scores if self._vgg is None else scores | self._vgg(sample)


def _row(task: Task, cell: CellTask, method: str, recipe: Corruption) -> Row:
    named = {"image": task.image, "scenario": cell.scenario, "bin": cell.bin, "method": method, "seed": str(task.seed)}
    return dict.fromkeys(FIELDS, "") | named | {"corruption_seed": str(recipe.seed)}


def _embedded(image: str, scenario: str, bin_name: str, method: str, seed: int, pixels: Tensor) -> JournalEntry:
    numbers = extras.embedding(pixels).astype(np.float16)
    named = {"image": image, "scenario": scenario, "bin": bin_name, "method": method, "seed": str(seed)}
    return JournalEntry("embedding", named | {"values": base64.b64encode(numbers.tobytes()).decode("ascii")})


def _described(
    names: tuple[str, str, str, str], seed: int, face: identity.FaceDescriptors, pixels: Tensor
) -> JournalEntry:
    named = dict(zip(("image", "scenario", "bin", "method", "seed"), (*names, str(seed)), strict=True))
    return JournalEntry("identity", named | {"values": recognition.packed(face.descriptor(pixels))})


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def _text(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.7g}"
