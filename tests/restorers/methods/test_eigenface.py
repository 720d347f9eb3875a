"""The eigenface floor: its algebra on small models, its seam, its file."""

import pytest
import torch

from restorers import checkpoints
from restorers.contract import Corrupted, MissingWeights
from restorers.corruptions import masks
from restorers.methods import eigenface


@pytest.fixture
def model():
    """A model of smooth pictures: ten random components."""
    random = torch.Generator().manual_seed(0)
    size = eigenface.LUMA**2 + 2 * eigenface.CHROMA**2
    coarse = torch.rand(10, 3, 4, 4, generator=random)
    pictures = torch.nn.functional.interpolate(coarse, size=(256, 256), mode="bicubic").clamp(0, 1)
    features = eigenface.to_features(pictures)
    mean = features.mean(0)
    _, values, vectors = torch.linalg.svd(features - mean, full_matrices=False)
    assert features.shape[1] == size
    return eigenface.EigenfaceRestorer(mean, vectors[:9].T, values[:9].square() / 10), pictures


def test_a_picture_of_the_model_comes_back(model):
    restorer, pictures = model
    mask = masks.rectangle_at(256, 0.3, (0.5, 0.5))
    result = restorer(Corrupted(pictures[:1] * (1 - mask), mask), [0]).pixels
    assert float((result - pictures[:1]).abs().max()) < 0.06


def test_features_come_back():
    picture = torch.nn.functional.interpolate(
        torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1)), size=(256, 256), mode="bicubic"
    ).clamp(0, 1)
    again = eigenface.from_features(eigenface.to_features(picture), 256)
    assert float((again - picture).abs().mean()) < 0.01


def test_colours_come_back():
    colours = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(eigenface.rgb(eigenface.ycbcr(colours)), colours, atol=1e-5)


def test_what_ships_is_what_was_fitted(model, tmp_path):
    restorer, pictures = model
    path = tmp_path / "eigenface.safetensors"
    checkpoints.save(path, eigenface.pack(restorer.mean, restorer.components, restorer.variances), {"key": "eigenface"})
    mask = masks.rectangle_at(256, 0.2, (0.4, 0.4))
    corrupted = Corrupted(pictures[1:2] * (1 - mask), mask)
    difference = eigenface.unpack(path)(corrupted, [0]).pixels - restorer(corrupted, [0]).pixels
    assert float(difference.abs().max()) < 0.03


def test_another_methods_file_is_refused(tmp_path):
    path = tmp_path / "eigenface.safetensors"
    checkpoints.save(path, {"weight": torch.zeros(3)}, {})
    with pytest.raises(MissingWeights, match="expected eigenfaces"):
        eigenface.unpack(path)
