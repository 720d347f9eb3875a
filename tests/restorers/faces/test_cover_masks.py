"""Masks of covers: grown, shrunk, and moved between a photograph and its crops."""

import numpy as np
import pytest

from restorers.contract import BadMask
from restorers.faces import align, cover_masks


@pytest.fixture
def cut():
    """A face at twice its crop's size, turned a little, in a photograph of 900 x 700."""
    placed = align.TEMPLATE @ (512, 512j) * np.exp(0.2j) + (120 + 40j)
    photograph = np.random.default_rng(0).integers(0, 256, (700, 900, 3), dtype=np.uint8)
    return align.align(photograph, np.stack([placed.real, placed.imag], 1))


def test_growing_and_shrinking_by_hand():
    mask = np.zeros((40, 40), bool)
    mask[10:20, 10:20] = True
    assert cover_masks.grown(mask, 0).sum() == 100
    more = cover_masks.grown(mask, 2)
    assert more[8:22, 12:18].all()
    assert more.sum() < 14 * 14 + 1
    assert not more[:8].any()
    assert cover_masks.grown(mask, -2).sum() == 36
    assert np.array_equal(cover_masks.grown(more, -2), mask)


def test_a_cover_that_runs_out_of_the_picture_does_not_shrink_at_its_border():
    mask = np.zeros((40, 40), bool)
    mask[:12] = True
    less = cover_masks.grown(mask, -3)
    assert less[:9].all()
    assert not less[9:].any()


def test_a_mask_of_the_photographs_size_comes_into_the_crop_and_back(cut):
    mask = np.zeros((700, 900), bool)
    mask[200:330, 250:520] = True
    inside = cover_masks.fitted(mask, 256, cut)
    again = cover_masks.in_photograph(inside, cut, (700, 900))
    assert (mask & ~again).sum() < 0.01 * mask.sum()
    assert (again & ~mask).sum() < 0.06 * mask.sum()
    assert cover_masks.fitted(inside, 256, cut) is inside


def test_a_mask_of_any_other_size_gets_a_sentence(cut):
    with pytest.raises(BadMask, match=r"900 x 700.*got 80 x 90"):
        cover_masks.fitted(np.ones((90, 80), bool), 256, cut)
    with pytest.raises(BadMask, match=r"256 x 256 pixels, got 80 x 90"):
        cover_masks.fitted(np.ones((90, 80), bool), 256, None)
