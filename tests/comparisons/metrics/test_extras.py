import numpy as np
import pytest
import torch
from torch.nn import functional

from comparisons.metrics import extras, lpips_model, scorer
from restorers.faces import align
from restorers.images import quantised, to_tensor
from restorers.networks import features


def box(side=256):
    mask = torch.zeros(1, 1, side, side)
    mask[..., 80:180, 80:180] = 1
    return mask


def seen(monkeypatch, *shifts):
    """A detector that sees faces, each moved by so many pixels."""
    found = [
        align.DetectedFace(align.Box(0, 0, 9, 9), (align.TEMPLATE * 256 + shift).astype(np.float32), 0.9)
        for shift in shifts
    ]
    monkeypatch.setattr(align, "locate", lambda image: align.Detection(tuple(found), "a fake"))
    return torch.tensor(align.TEMPLATE, dtype=torch.float32)[None]


def test_landmark_distance_by_hand(monkeypatch, drawn_face):
    picture = to_tensor(drawn_face)
    points = seen(monkeypatch, (3.0, 4.0))
    eyes = 256 * float((points[0, 1] - points[0, 0]).norm())
    assert extras.landmark_distance(picture, points) == pytest.approx(100 * 5 / eyes, rel=1e-4)
    # of two faces the nearer one counts; no face counts as a hundred, and says so
    assert extras.landmark_distance(picture, seen(monkeypatch, (60.0, 0.0), (0.0, 0.0))) == pytest.approx(0, abs=1e-4)
    missed = extras.landmark_distance(picture, seen(monkeypatch))
    assert missed == 100
    assert isinstance(missed, extras.Missed)


def test_sharpness_is_one_for_the_truth_and_falls_with_blur(drawn_face):
    truth, mask = to_tensor(drawn_face), box()
    assert extras.Sharpness(truth, mask)(truth) == 1
    kernel = torch.full((3, 1, 9, 9), 1 / 81)
    blurred = functional.conv2d(functional.pad(truth, (4, 4, 4, 4), mode="replicate"), kernel, groups=3)
    assert 0.05 < extras.Sharpness(truth, mask)(blurred) < 0.9
    noisy = truth + 0.2 * torch.randn(truth.shape, generator=torch.Generator().manual_seed(0))
    assert extras.Sharpness(truth, mask)(noisy) > 1.5
    # what lies outside the mask, and the seam, do not count
    outside = torch.where(mask > 0, truth, torch.rand(truth.shape, generator=torch.Generator().manual_seed(1)))
    assert extras.Sharpness(truth, mask)(outside) == 1
    assert np.isnan(extras.Sharpness(truth, torch.zeros_like(mask))(truth))
    assert np.isnan(extras.Sharpness(torch.full_like(truth, 0.5), mask)(truth))


def test_diversity_is_the_mean_over_pairs(drawn_face):
    truth, mask = to_tensor(drawn_face), box()
    samples = [torch.where(mask > 0, torch.tensor(level), truth) for level in (0.1, 0.5, 0.9)]
    found = extras.diversity([lpips_model.trunk_features(sample) for sample in samples], mask)
    pairs = [(0, 1), (0, 2), (1, 2)]
    by_hand = [scorer.score(samples[a], samples[b], mask) for a, b in pairs]
    assert found["diversity"] == pytest.approx(np.mean([scores["lpips"] for scores in by_hand]), abs=1e-5)
    assert found["diversity_mask"] == pytest.approx(np.mean([scores["lpips_mask"] for scores in by_hand]), abs=1e-5)
    seen = lpips_model.trunk_features(truth)
    assert extras.diversity([seen, seen], mask)["diversity"] == pytest.approx(0, abs=1e-6)
    assert np.isnan(extras.diversity([seen], mask)["diversity"])


def test_the_kernel_distance_sees_another_distribution_and_has_no_bias():
    generator = np.random.default_rng(0)
    same = [
        extras.kernel_distance(generator.normal(size=(30, 16)), generator.normal(size=(30, 16))) for _ in range(200)
    ]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(200)
    assert min(same) < 0
    assert extras.kernel_distance(generator.normal(size=(30, 16)), generator.normal(1, 1, (30, 16))) > max(same)
    by_hand = 1000 * ((1.5**3) + 1 - 2 * 1.0)  # two points each, d = 2: x = (1, 0) twice, y = (0, 0) twice
    assert extras.kernel_distance([[1, 0], [1, 0]], [[0, 0], [0, 0]]) == pytest.approx(by_hand)
    with pytest.raises(ValueError, match="two members"):
        extras.kernel_distance([[1.0]], [[1.0], [2.0]])


def test_the_embedding_is_of_the_trained_trunk(drawn_face):
    truth = to_tensor(drawn_face)
    found = extras.embedding(truth)
    assert found.shape == (256,)
    assert found.min() >= 0  # after a ReLU
    assert not np.allclose(found, extras.embedding(1 - truth))


@pytest.mark.slow
def test_lpips_vgg_equals_the_package(shared, drawn_face):
    trunk = shared / "weights" / "vgg16_features_fp16.safetensors"
    truth, mask = to_tensor(drawn_face)[..., 64:192, 64:192], box()[..., 64:192, 64:192]
    restored = torch.where(mask > 0, torch.tensor(0.5), truth)
    found = extras.VggScorer(truth, mask, trunk)(restored)
    model = extras._lpips_vgg(trunk)
    with torch.inference_mode():
        assert found["lpips_vgg"] == pytest.approx(
            float(model(2 * quantised(restored) - 1, 2 * quantised(truth) - 1)), abs=1e-5
        )
    assert found["lpips_vgg_mask"] > found["lpips_vgg"] > 0
    assert extras.VggScorer(truth, torch.zeros_like(mask), trunk)(restored)["lpips_vgg"] == found["lpips_vgg"]


def test_without_the_trunk_there_is_no_lpips_vgg(monkeypatch, tmp_path):
    monkeypatch.setenv(features.VARIABLE, str(tmp_path / "absent.pth"))
    assert extras.vgg_trunk() is None


def test_every_measure_says_what_it_does_not_see():
    assert set(scorer.COLUMNS) < set(extras.ALL)
    for column in extras.ALL.values():
        assert column.metric.does_not_see.endswith(".")
