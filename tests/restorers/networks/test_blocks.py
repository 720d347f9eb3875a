"""Blocks that several methods share: what decides their first weights."""

import pytest
import torch
from torch import Tensor, nn

from restorers.networks.blocks import PatchDiscriminator, initialise


def started(seed: int, outside: int, *, separable: bool) -> dict[str, Tensor]:
    """A discriminator's first state; `outside` is what torch's global generator happens to hold."""
    with torch.random.fork_rng():
        torch.manual_seed(outside)
        made = PatchDiscriminator(4, (8, 16), separable=separable)
    initialise(made, torch.Generator().manual_seed(seed))
    return made.state_dict()


@pytest.mark.parametrize("separable", [False, True], ids=["spectral", "separable"])
def test_the_first_weights_are_decided_by_the_generator_alone(separable: bool) -> None:
    one, same = started(3, 0, separable=separable), started(3, 1, separable=separable)
    assert one.keys() == same.keys()
    assert [name for name, value in one.items() if not torch.equal(value, same[name])] == []
    other = started(4, 0, separable=separable)
    # the left singular vector of the one channel of scores is 1 or -1
    drawn = [name for name, value in one.items() if "weight" in name and value.numel() > 1]
    assert len(drawn) == (3 * 2 + 1 if separable else 3 * 3 - 1)
    assert [name for name in drawn if torch.equal(one[name], other[name])] == []


def test_spectral_norm_starts_from_the_same_scale_and_unit_vectors() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.utils.spectral_norm(nn.Conv2d(32, 64, 4))
    initialise(layer, torch.Generator().manual_seed(0))
    assert float(layer.get_parameter("weight_orig").detach().std()) == pytest.approx(0.02, rel=0.02)
    assert layer.bias is not None
    assert not layer.bias.any()
    for name in ("weight_u", "weight_v"):
        assert float(layer.get_buffer(name).norm()) == pytest.approx(1, abs=1e-5)
    # one power iteration, as torch does in training, already comes near the true norm
    layer(torch.zeros(1, 32, 4, 4))
    assert 0.9 < float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)) < 1.5
