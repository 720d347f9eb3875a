"""Whatever method's weights are missing, or are another network's, the message says so."""

import pytest
import torch

from restorers import catalogue, checkpoints
from restorers.contract import MissingWeights, Preset

LEARNED = [method for method in catalogue.METHODS if method.learned]


@pytest.mark.parametrize("method", LEARNED, ids=lambda method: method.key)
@pytest.mark.parametrize("preset", ["demo", "paper"])
def test_missing_weights_are_reported(tmp_path, monkeypatch, method, preset: Preset) -> None:
    monkeypatch.setattr(checkpoints, "WEIGHTS", tmp_path)
    with pytest.raises(MissingWeights, match=f"training {method.key}"):
        method.build(preset)


@pytest.mark.parametrize("method", LEARNED, ids=lambda method: method.key)
def test_weights_of_another_network_are_reported(tmp_path, monkeypatch, method) -> None:
    monkeypatch.setattr(checkpoints, "WEIGHTS", tmp_path)
    checkpoints.save(tmp_path / f"{method.key}.safetensors", {"another": torch.zeros(3)}, {})
    with pytest.raises(MissingWeights, match=r"train (it|them) again"):
        method.build("demo")
