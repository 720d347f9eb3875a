"""The finished comparison that the page opens with is what a run would give today."""

import json

import numpy as np
import pytest

from comparisons import opening
from comparisons.arena import comparison_recipe, runner
from comparisons.arena.comparison import result_of
from comparisons.metrics import scorer
from comparisons.records import provenance
from restorers import catalogue, images, paths

QUICK = ("telea", "eigenface")
RENEW = f"make it anew: {opening.COMMAND}"


@pytest.fixture(scope="module")
def first():
    found = opening.read(catalogue.METHODS)
    assert found is not None
    return found


def test_every_method_is_in_it_as_it_is_today(first):
    told = json.loads((opening.FOLDER / opening.FILE).read_text("utf-8"))["methods"]
    assert list(told) == [method.key for method in catalogue.METHODS], RENEW
    for method in catalogue.METHODS:
        state = provenance.identity(method.key)
        assert (told[method.key]["weights"], told[method.key]["revision"]) == tuple(state), f"{method.key}: {RENEW}"
    assert len(first.comparison.results) == first.comparison.total == len(catalogue.METHODS)


def test_its_face_is_the_example_and_its_corruption_what_is_said(first):
    comparison = first.comparison
    example = images.read(paths.EXAMPLES / f"{opening.PICTURE}.png")
    assert np.array_equal(comparison.face.pixels, images.resize(images.centre_square(example), 256))
    shown = next(path for path in opening.FOLDER.glob("occluded.webp"))
    assert shown.read_bytes() == first.packed[comparison_recipe.digest(comparison.occluded)]


@pytest.mark.parametrize("key", QUICK)
def test_a_fresh_run_gives_the_same_pixels_and_scores(first, key):
    comparison = first.comparison
    (outcome,) = runner.run(comparison.corrupted, [key], comparison.corruption.seed)
    score = scorer.Scorer(images.to_tensor(comparison.face.pixels), comparison.corrupted.mask)
    now = result_of(catalogue.method(key), outcome, score)
    kept = next(result for result in comparison.results if result.method.key == key)
    # another processor may round a pixel the other way
    assert now.pixels is not None
    assert kept.pixels is not None
    assert np.abs(now.pixels.astype(int) - kept.pixels.astype(int)).max() <= 1, RENEW
    for name in scorer.COLUMNS:
        assert kept.scores[name] == pytest.approx(now.scores[name], rel=1e-3, abs=1e-4), RENEW


def test_the_chart_is_of_these_scores_and_of_what_is_published(first):
    scores = {result.method.key: result.scores[opening.MEASURE] for result in first.comparison.results}
    assert all(f"{score:.4g}" in first.chart for score in scores.values())
    assert opening.drawn(first.comparison).count('class="mark"') == first.chart.count('class="mark"'), RENEW


def test_a_method_of_another_revision_is_left_out(first, monkeypatch):
    changed = [method for method in catalogue.METHODS if method.key != "telea"]
    finished = opening.read(changed)
    assert finished is not None
    assert len(finished.comparison.results) == len(changed)
    assert finished.chart == ""
    assert opening.read([]) is None


def test_examples_are_offered_small():
    examples = sorted(paths.EXAMPLES.glob("*.png"))
    small = opening.thumbnails(examples)
    assert [path.stem for path in small] == [path.stem for path in examples]
    assert sum(path.stat().st_size for path in small) < 60_000
