"""The contrast of restored parts by the size of their forms."""

import numpy as np
import pytest
import torch

from comparisons.benchmark import measuring, scores
from comparisons.metrics import contrast, extras
from comparisons.metrics.contrast import Contrast
from restorers.compositing.bands import low_pass
from restorers.images import to_tensor


def box() -> torch.Tensor:
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 80:180, 80:180] = 1
    return mask


def test_the_truth_has_its_own_contrast(drawn_face):
    truth = to_tensor(drawn_face)
    assert Contrast(truth, box())(truth) == dict.fromkeys(contrast.COLUMNS, 1.0)


def test_each_band_is_its_own(drawn_face):
    """Without forms below 2 px at 128 the two finer bands are nearly gone and the coarse one stays."""
    truth = to_tensor(drawn_face)
    found = Contrast(truth, box())(low_pass(truth, 4.0).clamp(0, 1))
    assert found["contrast_fine_mask"] < 0.4
    assert found["contrast_middle_mask"] < 0.6
    assert found["contrast_coarse_mask"] > found["contrast_middle_mask"] + 0.1
    half = (truth + low_pass(truth, 10.0)) / 2
    assert list(Contrast(truth, box())(half).values()) == pytest.approx([0.5] * 3, abs=0.06)


def test_what_lies_outside_and_the_seam_do_not_count(drawn_face):
    truth, mask = to_tensor(drawn_face), box()
    shifted = torch.where(mask > 0, (truth + 0.02).clamp(0, 1), truth)
    assert Contrast(truth, mask)(shifted)["contrast_fine_mask"] == pytest.approx(1, abs=0.05)
    noise = torch.rand(truth.shape, generator=torch.Generator().manual_seed(1))
    outside = torch.where(torch.nn.functional.max_pool2d(mask, 33, 1, 16) > 0, truth, noise)
    assert Contrast(truth, mask)(outside)["contrast_fine_mask"] == pytest.approx(1, abs=1e-6)


def test_without_anything_to_compare_there_is_no_number(drawn_face):
    truth = to_tensor(drawn_face)
    for nothing in (Contrast(truth, torch.zeros_like(box())), Contrast(torch.full_like(truth, 0.5), box())):
        assert all(np.isnan(ratio) for ratio in nothing(truth).values())


def test_it_is_offered_and_has_columns():
    assert "contrast" in measuring.MEASURES
    assert set(contrast.COLUMNS) <= set(scores.FIELDS)
    assert set(contrast.COLUMNS) <= set(extras.ALL)
