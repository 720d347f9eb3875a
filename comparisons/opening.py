"""The finished comparison that the page opens with: one example, what every method made of it, scores and recipe.

    python -m comparisons.opening      runs every method on it again and rewrites assets/opening, and the examples' thumbnails

The pictures are lossless WebP, so they are the very pixels that were measured, and everything that a visitor can do with a comparison
of their own can be done with this one. A method whose revision has changed since is left out until the command has run again.
"""

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image

from comparisons import figures, published_chart
from comparisons.arena import comparison_recipe, links, photographs, runner
from comparisons.arena.comparison import Comparison, FaceCrop, Result, result_of
from comparisons.arena.photographs import PhotographedFace
from comparisons.metrics import scorer
from comparisons.records import provenance
from restorers import catalogue, images, paths
from restorers.contract import Method, Problem
from restorers.corruptions.corruption import Corruption, apply
from restorers.faces import align
from restorers.images import Array

FOLDER: Final = paths.ASSETS / "opening"
FILE: Final = "comparison.json"
COMMAND: Final = "python -m comparisons.opening"
PICTURE: Final = "01"
"""Of the examples: the one that the column of choices begins with."""
CORRUPTION: Final = Corruption("rectangle", "none", 1, 0.25, 0.25, "random")
"""What the choices begin with, so that the page shows what Run would give."""
MEASURE: Final = "lpips_mask"
"""Of the chart that ships with it: what is invented, judged by the measure that agrees with eyes rather than with blur."""
THUMBNAILS: Final = "thumbnails"
THUMBNAIL: Final = 136
"""Side in pixels: twice what the page shows, for dense screens."""
CHART: Final = "chart.svg"
TRUTH: Final = "truth"
OCCLUDED: Final = "occluded"


@dataclass(frozen=True)
class FinishedExample:
    """The finished comparison, and its pictures as they travel."""

    comparison: Comparison
    packed: dict[str, bytes]
    """WebP by `digest` of the pixels."""
    chart: str = ""
    """SVG of `MEASURE`, as `comparisons.published_chart` drew it."""

    def address(self, pixels: Array) -> str:
        """A picture of the comparison as a data URL; the very pixels, in half the bytes of a PNG.

        Args:
            pixels: uint8 (H, W, 3), one of the comparison's.
        """
        data = self.packed[comparison_recipe.digest(pixels)]
        return f"data:image/webp;base64,{base64.b64encode(data).decode('ascii')}"


def lossless(pixels: Array) -> bytes:
    """uint8 (H, W, 3) as a WebP that gives the same pixels back."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="WEBP", lossless=True, quality=100, method=6)
    return buffer.getvalue()


def make(methods: Sequence[Method]) -> Comparison:
    """Run methods on the example, one after the other."""
    face = photographs.example(PICTURE, paths.EXAMPLES / f"{PICTURE}.png")
    truth = images.to_tensor(face.pixels)
    corrupted = apply(CORRUPTION, truth, face.landmarks)
    score = scorer.Scorer(truth, corrupted.mask)
    outcomes = runner.run(corrupted, [method.key for method in methods], CORRUPTION.seed)
    results = tuple(result_of(method, outcome, score) for method, outcome in zip(methods, list(outcomes), strict=True))
    return Comparison(face, CORRUPTION, corrupted, results, len(results))


def write(comparison: Comparison, folder: Path = FOLDER) -> None:
    """Put a finished comparison down; pictures of methods that are not in it any more are deleted.

    Raises:
        Problem: if a method gave no picture: the page opens with all of them or is not made anew.
    """
    lost = [f"{result.method.key}: {result.reason}" for result in comparison.results if result.pixels is None]
    if lost:
        raise Problem(
            "Expected a picture of every method, but some gave none; correct that first: {lost}.", lost="; ".join(lost)
        )
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {result.method.key: result.pixels for result in comparison.results if result.pixels is not None}
    for old in folder.glob("*.webp"):
        old.unlink()
    for name, pixels in ({TRUTH: comparison.face.pixels, OCCLUDED: comparison.occluded} | pictures).items():
        (folder / f"{name}.webp").write_bytes(lossless(pixels))
    points = None if comparison.face.landmarks is None else comparison.face.landmarks[0].tolist()
    content = {
        "made by": COMMAND,
        "link": links.link(PICTURE, CORRUPTION),
        "found_by": comparison.face.found_by,
        "landmarks": points,
        "versions": comparison_recipe.versions(),
        "methods": {result.method.key: _stored(result) for result in comparison.results},
    }
    (folder / FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (folder / CHART).write_text(drawn(comparison), encoding="utf-8")


def drawn(comparison: Comparison) -> str:
    """The chart that goes with a comparison, as SVG."""
    keys = tuple(result.method.key for result in comparison.results)
    return figures.svg(published_chart.drawn(comparison, MEASURE, keys))


def read(methods: Sequence[Method], examples: Path = paths.EXAMPLES, folder: Path = FOLDER) -> FinishedExample | None:
    """The finished comparison of those methods that are what they were.

    Args:
        methods: of the page.
        examples: folder of the portraits that the page offers.
        folder: what `write` has filled.

    Returns:
        None where there is no such comparison, nothing of it holds any more, or its example is not offered.
    """
    source = examples / f"{PICTURE}.png"
    if not (folder / FILE).is_file() or not source.is_file():
        return None
    stored: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    packed = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.webp"))}
    pixels = {name: np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for name, data in packed.items()}
    points = None if stored["landmarks"] is None else torch.tensor([stored["landmarks"]], dtype=torch.float32)
    cut = replace(align.centre_crop(images.read(source)), pixels=pixels[TRUTH])
    face = PhotographedFace(PICTURE, pixels[TRUTH], points, stored["found_by"], True, source, cut)
    corrupted = apply(CORRUPTION, images.to_tensor(face.pixels), points)
    same = [method for method in methods if _is_as_then(method, stored["methods"].get(method.key))]
    results = tuple(_result(method, stored["methods"][method.key], pixels[method.key]) for method in same)
    if not results:
        return None
    comparison = Comparison(face, CORRUPTION, corrupted, results, len(results))
    chart = (folder / CHART).read_text(encoding="utf-8") if len(same) == len(stored["methods"]) else ""
    return FinishedExample(
        comparison, {comparison_recipe.digest(pixels[name]): data for name, data in packed.items()}, chart
    )


def faces(opened: FinishedExample | None, examples: Sequence[Path]) -> dict[int, FaceCrop]:
    """The comparison's face by its place among the examples: its points ship with it, so no detector need look for them."""
    places = [place for place, path in enumerate(examples) if path.stem == PICTURE]
    return dict.fromkeys(places, opened.comparison.face) if opened is not None else {}


def thumbnails(examples: Sequence[Path]) -> list[Path]:
    """The examples small, for choosing one; an example of which there is no small picture as it is."""
    small = [path.parent / THUMBNAILS / f"{path.stem}.webp" for path in examples]
    return [thumbnail if thumbnail.is_file() else path for thumbnail, path in zip(small, examples, strict=True)]


def shrink(examples: Path = paths.EXAMPLES) -> None:
    """Make the small pictures of the examples: to look at, not to measure."""
    (examples / THUMBNAILS).mkdir(exist_ok=True)
    for path in sorted(examples.glob("*.png")):
        small = Image.fromarray(images.resize(images.read(path), THUMBNAIL))
        small.save(examples / THUMBNAILS / f"{path.stem}.webp", quality=82, method=6)


def _stored(result: Result) -> dict[str, object]:
    return {
        **provenance.identity(result.method.key)._asdict(),
        "seconds": round(result.seconds, 3),
        "scores": {key: round(value, 6) for key, value in result.scores.items()},
    }


def _is_as_then(method: Method, stored: dict[str, Any] | None) -> bool:
    # by its revision alone: to hash every method's weights takes longer than the first picture may; a test does that
    known = any(known is method for known in catalogue.METHODS)
    return stored is not None and known and stored["revision"] == method.revision


def _result(method: Method, stored: dict[str, Any], pixels: Array) -> Result:
    return Result(method, "ok", pixels, stored["seconds"], stored["scores"], "")


def main() -> None:
    """Make it again."""
    shrink()
    write(make(catalogue.METHODS))


if __name__ == "__main__":
    main()
