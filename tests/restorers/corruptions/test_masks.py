"""Masks: areas, places, seeds."""

from math import log

import numpy as np
import pytest
import torch

from restorers.corruptions import masks


def corners(mask):
    rows, columns = mask[0, 0].amax(1).nonzero(), mask[0, 0].amax(0).nonzero()
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize(
    ("low", "high"), [(0.05, 0.10), (0.10, 0.15), (0.15, 0.20), (0.20, 0.30), (0.30, 0.40), (0.40, 0.50)]
)
def test_a_rectangle_is_one_solid_box_of_the_wanted_area(low, high):
    generator = np.random.default_rng(0)
    for _ in range(200):
        mask = masks.rectangle(generator, 256, low, high)
        left, top, right, bottom = corners(mask)
        assert low - 0.003 <= masks.ratio(mask) <= high + 0.003
        assert float(mask.sum()) == (right - left) * (bottom - top)
        assert 0.48 <= (right - left) / (bottom - top) <= 2.1


def test_rectangles_spread_over_aspects_and_places():
    generator = np.random.default_rng(1)
    boxes = [corners(masks.rectangle(generator, 256, 0.10, 0.15)) for _ in range(400)]
    aspects = [log((right - left) / (bottom - top)) for left, top, right, bottom in boxes]
    assert abs(np.mean(aspects)) < 0.1
    assert np.std(aspects) == pytest.approx(2 * log(2) / np.sqrt(12), abs=0.06)
    assert min(box[0] for box in boxes) <= 2
    assert max(box[2] for box in boxes) >= 254


@pytest.mark.parametrize("area", [0.05, 0.13, 0.27, 0.44, 0.60])
@pytest.mark.parametrize("centre", [(0.5, 0.5), (0.02, 0.9), (1.0, 0.0)])
def test_an_exact_ratio_is_hit_within_half_a_point(area, centre):
    mask = masks.rectangle_at(256, area, centre)
    assert masks.ratio(mask) == pytest.approx(area, abs=0.005)


def test_a_placed_box_sits_on_its_centre_where_it_fits():
    left, top, right, bottom = corners(masks.rectangle_at(256, 0.06, (0.4, 0.6)))
    assert (left + right) / 2 == pytest.approx(0.4 * 256, abs=1)
    assert (top + bottom) / 2 == pytest.approx(0.6 * 256, abs=1)


@pytest.mark.parametrize(("low", "high"), [(0.05, 0.10), (0.20, 0.30), (0.40, 0.50)])
def test_strokes_cover_what_was_asked(low, high):
    generator = np.random.default_rng(2)
    for _ in range(10):
        assert low <= masks.ratio(masks.strokes(generator, 128, low, high)) <= high + 1e-6


@pytest.mark.parametrize("draw", [masks.rectangle, masks.strokes])
def test_the_same_seed_gives_the_same_mask(draw):
    once, again, other = (draw(np.random.default_rng(seed), 96, 0.2, 0.3) for seed in (5, 5, 6))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.1), (0.3, 0.2), (0.5, 1.5)])
def test_impossible_areas_are_refused(low, high):
    with pytest.raises(ValueError, match="expected 0 < low"):
        masks.rectangle(np.random.default_rng(0), 64, low, high)


def test_a_batch_is_as_many_rectangles():
    batch = masks.rectangles_batch(np.random.default_rng(3), 5, 64, 0.1, 0.2)
    assert batch.shape == (5, 1, 64, 64)
    assert len({tuple(corners(mask[None])) for mask in batch}) > 1
