"""The network over cells of 4 x 4 pixels, and the decoder that adds what its picture lacks."""

import pytest
import torch
from torch import Tensor, nn

from restorers.compositing.self_ensemble import network_input
from restorers.networks.patch_unet import BaseAndDetail, DetailDecoder, PatchUNet

WIDTHS = (16, 16, 20, 20)


class Both(nn.Module):
    """The trunk and the decoder behind it, as the networks that are made of them join the two."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.trunk, self.sharp = PatchUNet(WIDTHS, 1), DetailDecoder(WIDTHS[0], 8, 1)
        random = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            self.trunk.reset_parameters(random)
            self.sharp.reset_parameters(random)

    def forward(self, inputs: Tensor) -> BaseAndDetail:
        features = self.trunk.finish(self.trunk.joined(self.trunk.encode(inputs)))
        base = self.trunk.base(features)
        return BaseAndDetail(base, self.sharp(features, inputs, base))


def tiny(seed: int = 0) -> Both:
    return Both(seed).eval()


def inputs(count: int = 2, side: int = 128) -> Tensor:
    pixels = torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))
    mask = torch.zeros(count, 1, side, side)
    mask[..., 40:80, 30:90] = 1
    return network_input(pixels, mask)


def test_paints_twice() -> None:
    with torch.inference_mode():
        painted = tiny()(inputs())
        assert painted.base.shape == (2, 3, 128, 128)
        assert painted.detail.shape == (2, 3, 128, 128)


def test_reads_one_side_alone() -> None:
    with pytest.raises(ValueError, match="128 px, got 64"):
        tiny()(inputs(side=64))


def test_first_weights_come_from_the_seed() -> None:
    one, same, other = (tiny(seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_no_picture_sees_another() -> None:
    both = inputs()
    with torch.inference_mode():
        together, alone = tiny()(both), tiny()(both[:1])
    assert torch.allclose(together.base[:1], alone.base, atol=1e-5)
    assert torch.allclose(together.detail[:1], alone.detail, atol=1e-5)


def test_the_mirrored_half_is_seen() -> None:
    network = tiny()
    with torch.inference_mode():
        # coarse scales see everything; at the finest one a far cell is seen in the mirror alone
        for part in (*network.trunk.mirrored.parameters(), *network.trunk.up.parameters()):
            part.zero_()
        plain = inputs()
        changed = plain.clone()
        changed[..., :3, 60:68, 4:12] += 1.0
        far = slice(110, 128)

        def moved() -> bool:
            difference = network(changed).base - network(plain).base
            return bool((difference[..., 56:72, far].abs() > 1e-6).any())

        assert not moved()
        next(network.trunk.mirrored.parameters()).normal_()
        assert moved()


def test_the_sharp_picture_begins_near_the_likeliest_one() -> None:
    with torch.inference_mode():
        painted = tiny()(inputs())
    assert not torch.equal(painted.detail, painted.base)
    assert torch.allclose(painted.detail, painted.base, atol=0.05)
