"""Weights files: they come back as they were, and bad ones say why."""

import pytest
import torch
from torch import nn

from restorers import checkpoints
from restorers.contract import MissingWeights
from restorers.training.__main__ import parser

HEADER = {"key": "tiny", "preset": "demo"}


def network(width=4):
    norm = nn.BatchNorm2d(width)
    nn.init.constant_(norm.get_buffer("running_var"), 0.25)
    return nn.Sequential(nn.Conv2d(3, width, 3), norm)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "tiny.safetensors"
    checkpoints.save(path, network().state_dict(), HEADER)
    return path


def test_weights_and_header_come_back(path):
    tensors, header = checkpoints.read(path)
    assert header == HEADER
    assert tensors["1.running_var"].tolist() == [0.25] * 4
    assert tensors["0.weight"].dtype == torch.float32
    assert tensors["1.num_batches_tracked"].dtype == torch.int64
    target = network()
    assert checkpoints.load(target, path) == HEADER
    assert all(torch.equal(value, tensors[name]) for name, value in target.state_dict().items())


def test_files_are_half_precision_but_for_a_few_kernels(path):
    exact = torch.linspace(0, 1, 2 * checkpoints.FEW).view(-1, 8)
    few = exact[: checkpoints.FEW // 8]
    checkpoints.save(path, {"large": exact, "small": few, "flat": few.flatten()}, HEADER)
    tensors, _ = checkpoints.read(path)
    assert torch.equal(tensors["large"], exact.half().float())
    assert torch.equal(tensors["small"], few)
    assert torch.equal(tensors["flat"], few.flatten().half().float())
    assert path.stat().st_size < (2 * 2 + 4 + 2) * checkpoints.FEW + 1200
    assert not list(path.parent.glob("*.part"))


def test_no_file_says_how_to_make_one(tmp_path):
    with pytest.raises(MissingWeights, match=r"python -m restorers\.training picnet"):
        checkpoints.read(tmp_path / "picnet.safetensors")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("landmark_net", "landmark_net --data DATA"),
        ("lightweight_gan.paper", "lightweight_gan --preset paper --data DATA"),
        ("dual_stage.all_terms", "dual_stage --recipe all_terms --data DATA"),
        ("gan_prior.prior", "prior --source FILE"),
        ("unmasked.trunk", "unmasked --data DATA"),
    ],
)
def test_the_command_fits_the_file(tmp_path, name, command):
    with pytest.raises(MissingWeights) as caught:
        checkpoints.read(tmp_path / f"{name}.safetensors")
    assert str(caught.value).endswith(f"python -m restorers.training {command}")
    # it can be typed as it is
    parser().parse_args([*command.split(), *([] if name.endswith(".prior") else ["--minutes", "1"])])


@pytest.mark.parametrize("kept", [0, 5, 100, 300])
def test_a_truncated_file_is_damaged(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(MissingWeights, match="damaged"):
        checkpoints.load(network(), path)


def test_another_networks_weights_do_not_fit(path):
    with pytest.raises(MissingWeights, match=r"do not fit.*size mismatch"):
        checkpoints.load(network(5), path)


def test_missing_tensors_are_named(path):
    with pytest.raises(MissingWeights, match=r"2\.weight"):
        checkpoints.load(nn.Sequential(*network(), nn.Conv2d(4, 1, 1)), path)
