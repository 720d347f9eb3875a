import math

import lpips
import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from comparisons.arena import error_maps
from comparisons.metrics import lpips_model, ssim
from comparisons.metrics import scorer as metrics
from comparisons.metrics.lpips_model import TRUNK, load_lpips
from comparisons.metrics.scorer import COLUMNS, METRICS, PSNR_CAP_DB, Scorer, psnr, ring, score
from restorers.contract import MissingWeights
from restorers.images import quantised, read, to_array, to_tensor

PAIRS = ("noise", "patch", "waves")


def pair(name):
    """A picture and a damaged copy that any machine can draw again: waves, and noise from numpy's generator."""
    generator = np.random.default_rng(11)
    rows, columns = np.mgrid[0:256, 0:256] / 256
    waves = [0.5 + 0.4 * np.sin(2 * np.pi * (4 * rows * (channel + 1) + 3 * columns)) for channel in range(3)]
    truth = np.round(255 * np.stack(waves, 2)).astype(np.uint8)
    damaged = truth.astype(np.float64)
    if name == "noise":
        damaged += generator.normal(0, 20, truth.shape)
    elif name == "patch":
        damaged[60:150, 80:200] = 128
    else:
        damaged = np.roll(damaged, 7, axis=1)
    return to_tensor(np.clip(np.round(damaged), 0, 255).astype(np.uint8)), to_tensor(truth)


def box(side=256, top=60, bottom=150, left=80, right=200):
    mask = torch.zeros(1, 1, side, side)
    mask[..., top:bottom, left:right] = 1
    return mask


@pytest.mark.parametrize("name", PAIRS)
def test_whole_picture_equals_scikit_image(name):
    restored, truth = pair(name)
    found = score(restored, truth, box())
    one, other = (to_array(picture) / 255 for picture in (restored, truth))
    oracle = structural_similarity(
        one, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=2
    )
    assert found["ssim"] == pytest.approx(oracle, abs=1e-6)
    assert found["psnr"] == pytest.approx(peak_signal_noise_ratio(other, one, data_range=1), abs=1e-4)
    assert psnr(restored, truth) == pytest.approx(found["psnr"], abs=1e-4)


@pytest.mark.parametrize(
    "place",
    [(60, 150, 80, 200), (0, 1, 0, 1), (255, 256, 250, 256), (0, 256, 100, 101), (0, 0, 0, 0)],
    ids=["inside", "first pixel", "last corner", "line", "nowhere"],
)
def test_ssim_of_what_differs_in_a_place_is_that_of_all_windows(place, monkeypatch):
    _, truth = pair("noise")
    top, bottom, left, right = place
    restored = truth.clone()
    restored[..., top:bottom, left:right] = 0.5
    similar, smoothed, seen = ssim.Similarity(truth), ssim._smoothed, []
    one, other = (picture[0].numpy().transpose(1, 2, 0) for picture in (quantised(restored), quantised(truth)))
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
    oracle = structural_similarity(one.astype(np.float64), other.astype(np.float64), channel_axis=2, **options)

    def noted(planes):
        seen.append(planes[0].size)
        return smoothed(planes)

    monkeypatch.setattr(ssim, "_smoothed", noted)
    assert similar(quantised(restored)) == pytest.approx(oracle, abs=1e-9)
    # and no window is computed in which nothing differs
    assert max(seen, default=0) <= (bottom - top + 20) * (right - left + 20)


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_features_are_those_of_the_package_bit_by_bit(net):
    model = lpips_model.untrained_lpips(net)
    picture, _ = pair("noise")
    small = picture[..., :96, :96]
    packages = [lpips.normalize_tensor(layer) for layer in model.net(model.scaling_layer(2 * small - 1))]
    found = lpips_model.lpips_features(model, small)
    assert all(torch.equal(one, other) for one, other in zip(found, packages, strict=True))


def test_pixel_measures_by_hand():
    truth = torch.zeros(1, 3, 64, 64)
    restored = truth.clone()
    mask = box(64, 24, 40, 24, 40)
    restored[:, 0, 24:40, 24:40] = 1.0  # one channel of three is wrong everywhere in the mask
    found = score(restored, truth, mask)
    assert found["mse_mask"] == pytest.approx(1 / 3)
    assert found["l1_mask"] == pytest.approx(1 / 3)
    assert found["psnr_mask"] == pytest.approx(10 * math.log10(3))
    assert found["mse"] == pytest.approx(256 / 4096 / 3)
    assert (found["mse_ring"], found["psnr_ring"]) == (0.0, PSNR_CAP_DB)


def test_ssim_of_flat_pictures_by_hand():
    # Flat pictures have no variance: only the luminance term is left, the same in every region.
    found = score(torch.full((1, 3, 64, 64), 1.0), torch.zeros(1, 3, 64, 64), box(64, 24, 40, 24, 40))
    for key in ("ssim", "ssim_mask", "ssim_ring"):
        assert found[key] == pytest.approx(1e-4 / (1 + 1e-4), abs=1e-6)


@pytest.mark.parametrize("shape", ["box", "scattered", "line"])
def test_regional_ssim_equals_windows_taken_one_by_one(shape):
    restored, truth = (picture[..., 60:108, 70:118] for picture in pair("noise"))
    mask = box(48, 5, 30, 0, 20)
    if shape == "scattered":
        mask = torch.from_numpy(np.random.default_rng(3).random((1, 1, 48, 48)) < 0.2).float()
    elif shape == "line":  # narrower than a window, along the border
        mask = box(48, 2, 46, 47, 48)
    inside = mask[0, 0].numpy() > 0
    one, other = (to_array(picture) / 255 for picture in (restored, truth))
    offsets = np.arange(-5, 6)
    gauss = np.exp(-0.5 * (offsets / 1.5) ** 2)
    values = []
    for row, column in np.argwhere(inside):
        rows, columns = row + offsets, column + offsets
        rows_kept, columns_kept = (rows >= 0) & (rows < 48), (columns >= 0) & (columns < 48)
        window = np.ix_(rows[rows_kept], columns[columns_kept])
        weight = np.outer(gauss[rows_kept], gauss[columns_kept]) * inside[window]
        weight = (weight / weight.sum())[..., None]
        a, b = one[window], other[window]
        mean_a, mean_b = (weight * a).sum((0, 1)), (weight * b).sum((0, 1))
        spread = (weight * (a - mean_a) ** 2).sum((0, 1)) + (weight * (b - mean_b) ** 2).sum((0, 1))
        together = (weight * (a - mean_a) * (b - mean_b)).sum((0, 1))
        values.append(
            (2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4) * (2 * together + 9e-4) / (spread + 9e-4)
        )
    assert score(restored, truth, mask)["ssim_mask"] == pytest.approx(np.mean(values), abs=1e-6)


@pytest.mark.parametrize("suffix", ["", "_mask", "_ring"])
def test_identical_pictures_are_perfect(suffix, drawn_face):
    truth = to_tensor(drawn_face)
    found = score(truth.clone(), truth, box())
    values = [found[metric.name + suffix] for metric in METRICS]
    assert values == pytest.approx([PSNR_CAP_DB, 1.0, 0.0, 0.0, 0.0], abs=1e-6)


def test_only_the_region_is_measured(drawn_face):
    truth, mask = to_tensor(drawn_face), box()
    changed = torch.where(mask > 0, 1 - truth, truth)
    found = score(changed, truth, mask)
    assert found["psnr_ring"] == PSNR_CAP_DB
    assert found["ssim_ring"] == pytest.approx(1.0, abs=1e-6)
    assert found["l1_mask"] > 0.1
    far = truth.clone()
    far[..., 200:, 230:] = 0  # outside mask and ring
    found = score(far, truth, mask)
    assert (found["psnr_mask"], found["psnr_ring"]) == (PSNR_CAP_DB, PSNR_CAP_DB)
    assert found["psnr"] < 40


@pytest.mark.parametrize("side", [64, 256])
def test_empty_regions_are_nan(side):
    truth = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    nothing = score(1 - truth, truth, torch.zeros(1, 1, side, side))
    everything = score(1 - truth, truth, torch.ones(1, 1, side, side))
    for metric in METRICS:
        assert math.isnan(nothing[f"{metric.name}_mask"])
        assert math.isnan(nothing[f"{metric.name}_ring"])
        assert math.isnan(everything[f"{metric.name}_ring"])
        assert math.isfinite(everything[f"{metric.name}_mask"])
        assert nothing[metric.name] == everything[metric.name]


def test_scores_are_taken_on_eight_bits():
    truth = torch.full((1, 3, 64, 64), 100 / 255)
    assert score(truth + 0.4 / 255, truth, box(64, 10, 20, 10, 20))["psnr"] == PSNR_CAP_DB
    assert score(truth + 0.6 / 255, truth, box(64, 10, 20, 10, 20))["mse"] == pytest.approx(1 / 255**2, rel=1e-5)


def test_ring_is_sixteen_pixels_wide():
    found = ring(box(64, 30, 34, 30, 34))
    assert found.sum() == 36 * 36 - 16
    assert found[0, 0, 14, 14] == 1
    assert found[0, 0, 13, 30] == 0
    assert not ring(torch.zeros(1, 1, 64, 64)).any()


@pytest.mark.parametrize("name", PAIRS)
def test_lpips_equals_the_package_and_its_reference_value(name):
    restored, truth = pair(name)
    found = score(restored, truth, box())
    model = load_lpips()
    with torch.inference_mode():
        assert found["lpips"] == pytest.approx(
            float(model(2 * quantised(restored) - 1, 2 * quantised(truth) - 1)), abs=1e-6
        )
        model.spatial = True
        spatial = model(2 * quantised(restored) - 1, 2 * quantised(truth) - 1)
    for suffix, region in (("_mask", box()), ("_ring", ring(box()))):
        assert found["lpips" + suffix] == pytest.approx(float(spatial[region > 0].mean()), abs=1e-5)
    assert found["lpips"] == pytest.approx(REFERENCE[name], abs=1e-4)


REFERENCE = {"noise": 0.347706, "patch": 0.221475, "waves": 0.044952}
"""Computed once with lpips 0.1.4, torch 2.14 and this trunk on the pictures of `pair`."""


@pytest.mark.parametrize(("name", "published"), [("ex_p0", 0.722), ("ex_p1", 0.138)])
def test_lpips_of_the_authors_examples(shared, name, published):
    folder = shared / "weights" / "lpips_examples"
    model = load_lpips()
    one, other = (2 * to_tensor(read(folder / f"{stem}.png")) - 1 for stem in ("ex_ref", name))
    assert float(model(one, other)) == pytest.approx(published, abs=5e-4)


def test_loading_lpips_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    load_lpips()
    assert torch.equal(before, torch.random.get_rng_state())


def _missing(path):
    path.unlink()


def _truncated(path):
    path.write_bytes(path.read_bytes()[:1_000_000])


def _empty(path):
    path.write_bytes(b"")


def _other(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [_missing, _truncated, _empty, _other])
def test_an_untrained_trunk_is_never_used(tmp_path, damage):
    path = tmp_path / TRUNK.name
    path.write_bytes(TRUNK.read_bytes())
    assert isinstance(load_lpips(path), lpips.LPIPS)
    damage(path)
    with pytest.raises(MissingWeights, match=TRUNK.name):
        load_lpips(path)


def test_a_scorer_gives_what_score_gives(drawn_face):
    truth, mask = to_tensor(drawn_face), box()
    scorer = Scorer(truth, mask)
    for level in (0.0, 0.5):
        restored = torch.where(mask > 0, torch.tensor(level), truth)
        assert scorer(restored) == score(restored, truth, mask)
        assert scorer(restored, lpips_model.trunk_features(restored)) == scorer(restored)


def test_what_lpips_sees_in_a_truth_is_worked_out_once(drawn_face, monkeypatch):
    looked = []
    features = lpips_model.lpips_features

    def counted(*given):
        looked.append(1)
        return features(*given)

    monkeypatch.setattr(lpips_model, "lpips_features", counted)
    lpips_model._truth_features.cache_clear()
    truth, other, mask = to_tensor(drawn_face), to_tensor(drawn_face[::-1].copy()), box()
    first, again = Scorer(truth, mask), Scorer(truth + 1e-4, mask)
    assert len(looked) == 1
    Scorer(other, mask)
    assert len(looked) == 2
    for one, known in zip(again._features, lpips_model.trunk_features(truth), strict=True):
        assert torch.equal(one, known)
    assert first(other) == again(other)
    error_maps.perceptual(drawn_face, drawn_face)
    assert len(looked) == 6


def test_features_of_a_truth_are_not_there_without_their_trunk(drawn_face, monkeypatch):
    truth = to_tensor(drawn_face)
    lpips_model.truth_features(truth)

    def missing():
        raise MissingWeights("none")

    monkeypatch.setattr(lpips_model, "_cached_lpips", missing)
    with pytest.raises(MissingWeights):
        Scorer(truth, box())


def test_scores_respect_their_bounds():
    for name in PAIRS:
        restored, truth = pair(name)
        found = score(restored, truth, box())
        assert list(found) == list(COLUMNS)
        for key, value in found.items():
            low, high = COLUMNS[key].metric.bounds
            assert low <= value <= high


def test_shapes_are_checked():
    face, mask = torch.zeros(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)
    with pytest.raises(ValueError, match="truth of shape"):
        score(face, torch.zeros(2, 3, 64, 64), mask)
    with pytest.raises(ValueError, match="mask of shape"):
        score(face, face, torch.zeros(1, 1, 32, 32))
    with pytest.raises(ValueError, match="picture of shape"):
        score(torch.zeros(1, 3, 32, 32), face, mask)


def test_columns_read_well():
    assert COLUMNS["psnr"].label == "PSNR"
    assert COLUMNS["lpips_ring"].label == f"LPIPS, {metrics.RING_PIXELS} px around the mask"
