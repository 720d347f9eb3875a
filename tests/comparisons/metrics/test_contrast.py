"""The contrast of restored parts by the size of their detail, in the face and outside it."""

import numpy as np
import pytest
import torch

from comparisons.benchmark import measuring, scores
from comparisons.metrics import contrast, extras
from comparisons.metrics.contrast import Contrast
from restorers.compositing.bands import low_pass
from restorers.images import to_tensor

POINTS = torch.tensor([[[0.375, 0.47], [0.625, 0.47], [0.5, 0.6], [0.4, 0.735], [0.6, 0.735]]])


def box(top=80, bottom=180, left=80, right=180) -> torch.Tensor:
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., top:bottom, left:right] = 1
    return mask


def of(found, region):
    return [found[f"contrast_{name}{region}"] for name in contrast.BANDS]


def test_the_truth_has_its_own_contrast(drawn_face):
    truth = to_tensor(drawn_face)
    found = Contrast(truth, box(0, 180), POINTS)(truth)
    assert found == dict.fromkeys(contrast.COLUMNS, 1.0)


def test_each_band_is_its_own(drawn_face):
    """Without detail below 2 px at 128 the two finer bands are nearly gone and the coarse one stays."""
    truth = to_tensor(drawn_face)
    fine, middle, coarse = of(Contrast(truth, box())(low_pass(truth, 4.0).clamp(0, 1)), "_mask")
    assert fine < 0.4
    assert middle < 0.6
    assert coarse > middle + 0.1
    half = (truth + low_pass(truth, 10.0)) / 2
    assert of(Contrast(truth, box())(half), "_mask") == pytest.approx([0.5] * 3, abs=0.06)


def test_the_face_and_the_rest_are_told_apart(drawn_face):
    truth, mask = to_tensor(drawn_face), box(10, 200, 10, 200)
    face = torch.nn.functional.interpolate(contrast.oval(POINTS), scale_factor=2)
    blurred = low_pass(truth, 10.0).clamp(0, 1)
    found = Contrast(truth, mask, POINTS)(torch.where(face > 0, truth, blurred))
    assert of(found, "_face") == pytest.approx([1] * 3, abs=0.2)  # the edge of the oval is detail too
    assert max(of(found, "_rest")[1:]) < 0.5
    regions = zip(*(of(found, region) for region in ("_rest", "_mask", "_face")), strict=True)
    assert all(rest < whole < face for rest, whole, face in regions)


def test_the_oval_holds_the_face_and_not_the_corners():
    oval = contrast.oval(POINTS)[0, 0]
    for x, y in POINTS[0]:
        assert oval[int(y * 128), int(x * 128)] == 1
    assert oval[:8].sum() == 0
    assert 0.25 < float(oval.mean()) < 0.5
    turned = torch.stack([1 - POINTS[..., 1], POINTS[..., 0]], -1)
    assert torch.equal(contrast.oval(turned)[0, 0], oval.rot90(-1))


def test_what_lies_outside_and_the_seam_do_not_count(drawn_face):
    truth, mask = to_tensor(drawn_face), box()
    shifted = torch.where(mask > 0, (truth + 0.02).clamp(0, 1), truth)
    assert Contrast(truth, mask)(shifted)["contrast_fine_mask"] == pytest.approx(1, abs=0.05)
    noise = torch.rand(truth.shape, generator=torch.Generator().manual_seed(1))
    outside = torch.where(torch.nn.functional.max_pool2d(mask, 33, 1, 16) > 0, truth, noise)
    assert Contrast(truth, mask)(outside)["contrast_fine_mask"] == pytest.approx(1, abs=1e-6)


def test_without_anything_to_compare_there_is_no_number(drawn_face):
    truth = to_tensor(drawn_face)
    for nothing in (
        Contrast(truth, torch.zeros_like(box()), POINTS),
        Contrast(torch.full_like(truth, 0.5), box(), POINTS),
    ):
        assert all(np.isnan(ratio) for ratio in nothing(truth).values())
    without = Contrast(truth, box())(truth)
    assert of(without, "_mask") == [1, 1, 1]
    assert all(np.isnan(of(without, "_face") + of(without, "_rest")))
    inside = Contrast(truth, box(110, 140, 110, 140), POINTS)(truth)  # nothing of the rest is hidden
    assert all(np.isnan(of(inside, "_rest")))


def test_it_is_offered_and_has_columns():
    assert "contrast" in measuring.MEASURES
    assert set(contrast.COLUMNS) <= set(scores.FIELDS)
    assert set(contrast.COLUMNS) <= set(extras.ALL)
