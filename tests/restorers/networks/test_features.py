"""The perceptual trunk: crops, values, and where its weights come from."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from restorers.contract import MissingWeights
from restorers.networks import features
from restorers.networks.features import PerceptualLoss, crops, gram, vgg16


@pytest.fixture(scope="module")
def weights():
    """Random weights in VGG16's shapes."""
    random = torch.Generator().manual_seed(0)
    trunk = features._trunk().state_dict()
    return {name: 0.05 * torch.randn(tensor.shape, generator=random) for name, tensor in trunk.items()}


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No file beside the repository, none named, and no downloads."""
    monkeypatch.delenv(features.VARIABLE, raising=False)
    monkeypatch.setattr(features, "BESIDE", tmp_path / "none.safetensors")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setenv("UNMASKED_OFFLINE", "1")


def pictures(seed, side=32):
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(seed))


def test_equal_pictures_cost_nothing_and_gradients_reach_others(weights):
    loss, mask = PerceptualLoss(weights), torch.ones(2, 1, 32, 32)
    assert float(loss(pictures(0), pictures(0), mask)) == 0
    restored = pictures(1).requires_grad_()
    loss(restored, pictures(0), mask).backward()
    assert float(restored.grad.abs().sum()) > 0
    assert not any(parameter.requires_grad for parameter in loss.parameters())


def test_the_trunk_ends_at_relu3_3(weights):
    assert list(weights)[-1] == "14.bias"
    assert weights["14.bias"].shape == (256,)


def test_crops_follow_the_hole():
    picture = torch.zeros(1, 3, 128, 128)
    mask = torch.zeros(1, 1, 128, 128)
    picture[:, :, 100:110, 20:30] = 1
    mask[:, :, 100:110, 20:30] = 1
    cut = crops(picture, mask)
    assert cut.shape == (1, 3, 96, 96)
    assert float(cut.sum()) == 300
    # the hole lies at 105, its crop is held inside the picture: rows 32 to 128
    assert float(cut[0, 0, 68:78, 20:30].sum()) == 100


@pytest.mark.parametrize(("side", "expected"), [(32, 32), (128, 96), (256, 96)])
def test_crops_of_every_side(side, expected):
    assert crops(pictures(0, side), torch.zeros(2, 1, side, side)).shape[-1] == expected


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("prefix", ["", "features."])
def test_a_named_file_is_read(weights, nowhere, tmp_path, monkeypatch, suffix, prefix):
    path = tmp_path / f"vgg{suffix}"
    renamed = {f"{prefix}{name}": tensor for name, tensor in weights.items()}
    if suffix == ".pth":
        torch.save(renamed, path)
    else:
        save_file(renamed, path)
    assert torch.equal(vgg16(path)["0.weight"], weights["0.weight"])
    monkeypatch.setenv(features.VARIABLE, str(path))
    assert torch.equal(vgg16()["14.bias"], weights["14.bias"])


def test_without_a_file_the_way_on_is_told(nowhere):
    with pytest.raises(MissingWeights, match="--without-perceptual"):
        vgg16()


def test_a_failed_download_is_told(nowhere, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no route")

    monkeypatch.delenv("UNMASKED_OFFLINE")
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", refuse)
    with pytest.raises(MissingWeights, match="no route"):
        vgg16()


@pytest.mark.parametrize("content", [b"", b"no weights at all"])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_a_file_that_cannot_be_read_is_told(nowhere, tmp_path, content, suffix):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(MissingWeights, match="cannot be read"):
        vgg16(path)
    with pytest.raises(MissingWeights, match="cannot be read"):
        vgg16(Path(tmp_path / f"none{suffix}"))


def test_another_networks_weights_are_refused(weights):
    with pytest.raises(MissingWeights, match="VGG16"):
        PerceptualLoss({**weights, "0.weight": torch.zeros(1)})


def test_the_published_trunk_fits(shared):
    path = shared / "weights" / "vgg16_features_fp16.safetensors"
    assert float(PerceptualLoss(vgg16(path))(pictures(0), pictures(1), torch.ones(2, 1, 32, 32))) > 0


def test_the_texture_term_asks_for_what_is_there_and_not_where():
    features = torch.rand(2, 5, 6, 6, generator=torch.Generator().manual_seed(3))
    moved = features.flatten(2)[:, :, torch.randperm(36, generator=torch.Generator().manual_seed(4))].view_as(features)
    assert torch.allclose(gram(features), gram(moved), atol=1e-6)
    assert gram(features).shape == (2, 5, 5)
    by_hand = (features[1, 2] * features[1, 4]).mean()
    assert float(gram(features)[1, 2, 4]) == pytest.approx(float(by_hand), rel=1e-5)


def test_a_blurred_hole_costs_more_with_the_texture_term(weights):
    truth = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(5))
    blurred = torch.nn.functional.avg_pool2d(truth, 9, 1, 4)
    mask = torch.ones(1, 1, 96, 96)
    plain, textured = (float(PerceptualLoss(weights, texture)(blurred, truth, mask)) for texture in (0.0, 1.0))
    assert textured > plain > 0
