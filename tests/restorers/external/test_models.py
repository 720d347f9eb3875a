"""Weights files of published networks: found, built, and held to the contract, with random weights that are written here."""

import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from comparisons.records import provenance
from restorers import catalogue
from restorers.contract import CorruptionKind
from restorers.external import models
from restorers.external.broken import Broken
from restorers.external.names import BadName
from restorers.testing import check_restorer


@pytest.fixture
def spandrel():
    return pytest.importorskip("spandrel", reason="needs restorers/requirements-models.txt")


@pytest.fixture
def compact(spandrel):
    """Tensors of a tiny network without a mask: Real-ESRGAN's compact one, as large as its input."""
    torch.manual_seed(0)
    network = spandrel.architectures.Compact.Compact(num_feat=4, num_conv=2, upscale=1)
    return network.state_dict()


class Fill(nn.Module):
    def __init__(self):
        super().__init__()
        self.tiny_fill = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, image, mask):
        return self.tiny_fill(torch.cat([image, mask], 1)).sigmoid()


@pytest.fixture
def fill(spandrel):
    """Tensors of a tiny network with a mask, of an architecture that spandrel is told of."""

    class TinyFill(spandrel.Architecture):  # type: ignore[misc,name-defined]
        def __init__(self):
            super().__init__(id="TinyFill", detect=lambda tensors: "tiny_fill.weight" in tensors)

        def load(self, state_dict):
            return spandrel.MaskedImageModelDescriptor(Fill(), state_dict, self, "Inpainting", [], False, False, 3, 3)

    support = spandrel.ArchSupport.from_architecture(TinyFill())
    if not any(known.architecture.id == "TinyFill" for known in spandrel.MAIN_REGISTRY.architectures()):
        spandrel.MAIN_REGISTRY.add(support)
    torch.manual_seed(0)
    return Fill().state_dict()


def test_a_network_without_a_mask_undoes_degradation(compact, tmp_path):
    save_file(compact, tmp_path / "My-Net v2.safetensors")
    (tmp_path / "notes.txt").write_text("no weights")
    (mine,) = models.found(tmp_path, ["telea"])
    assert (mine.key, mine.undoes, mine.origin, mine.learned) == (
        "my_net_v2",
        frozenset({CorruptionKind.DEGRADED}),
        "external",
        True,
    )
    check_restorer(mine.build("demo"))


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt"])
def test_a_network_with_a_mask_fills_holes(fill, tmp_path, suffix):
    torch.save({"state_dict": fill}, tmp_path / f"filling{suffix}")
    (tmp_path / "filling.toml").write_text('name = "Filling"\nside = 128\nundoes = ["missing"]\nlicence = "MIT"\n')
    (mine,) = models.found(tmp_path, [])
    assert (mine.name, mine.undoes) == ("Filling", frozenset({CorruptionKind.MISSING}))
    assert "MIT" in mine.note
    restorer = mine.build("demo")
    assert restorer.side == 128
    check_restorer(restorer)


def test_what_a_method_made_is_known_by_its_weights(compact, tmp_path, monkeypatch):
    told = []
    for number in range(2):
        save_file({name: value + number for name, value in compact.items()}, tmp_path / "mine.safetensors")
        monkeypatch.setattr(catalogue, "METHODS", models.found(tmp_path, []))
        told.append(provenance.identity("mine").weights)
    assert len(set(told)) == 2
    assert all(told)


class Program:
    def __reduce__(self):
        return print, ("this ran",)


@pytest.mark.parametrize(
    "content",
    [pickle.dumps(Program()), b"", b"no weights", pickle.dumps({"a": 1})],
    ids=["program", "empty", "text", "plain"],
)
def test_what_is_more_or_less_than_tensors_fails_with_the_reason_and_runs_nothing(spandrel, tmp_path, content, capsys):
    (tmp_path / "mine.pth").write_bytes(content)
    (mine,) = models.found(tmp_path, [])
    with pytest.raises(Broken, match=r"mine\.pth"):
        mine.build("demo")
    assert "this ran" not in capsys.readouterr().out


def test_networks_that_spandrel_does_not_know_fail_with_the_reason(spandrel, tmp_path):
    save_file({"a": torch.zeros(2)}, tmp_path / "mine.safetensors")
    (mine,) = models.found(tmp_path, [])
    with pytest.raises(Broken, match="spandrel knows"):
        mine.build("demo")


@pytest.mark.parametrize("said", ["name = 7", "colour = 'red'", "side = 5", "undoes = ['everything']", "name"])
def test_a_sidecar_that_cannot_be_read_is_the_reason(tmp_path, said):
    (tmp_path / "mine.pth").write_bytes(b"")
    (tmp_path / "mine.toml").write_text(said)
    (mine,) = models.found(tmp_path, [])
    with pytest.raises(Broken, match=r"mine\.toml"):
        mine.build("demo")


def test_without_spandrel_the_reason_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "mine.pth").write_bytes(b"")
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    (mine,) = models.found(tmp_path, [])
    with pytest.raises(Broken, match=r"requirements-models\.txt"):
        mine.build("demo")


def test_no_name_of_another_method_is_taken(tmp_path):
    (tmp_path / "telea.pth").write_bytes(b"")
    with pytest.raises(BadName, match=r"telea\.pth"):
        models.found(tmp_path, ["telea"])
    with pytest.raises(Broken, match="no folder"):
        models.found(tmp_path / "nowhere", [])
    assert models.found(None, []) == ()
