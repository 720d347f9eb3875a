"""FSRCNN: its size, what it leaves alone, and that it learns."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from restorers.networks.fsrcnn import FSRCNN, enlarged, luma


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def weights(network):
    """Convolution weights alone, as the paper counts."""
    return sum(part.weight.numel() for part in network.modules() if isinstance(part, nn.Conv2d | nn.ConvTranspose2d))


def faces(side, count=1):
    coarse = torch.rand(count, 3, 6, 6, generator=seeded(1))
    return functional.interpolate(coarse, size=(side, side), mode="bilinear")


def chroma(pictures):
    """Red and blue differences, (N, 2, S, S)."""
    return pictures[:, [0, 2]] - luma(pictures)


def test_the_papers_sizes():
    assert weights(FSRCNN(56, 12, 4)) == 12_464
    assert sum(part.numel() for part in FSRCNN().parameters()) == 12_809
    assert weights(FSRCNN(32, 5, 1)) == 3_937


@pytest.mark.parametrize("scale", [2, 3])
def test_it_enlarges(scale):
    assert FSRCNN(8, 4, 1, scale)(torch.rand(2, 1, 10, 14)).shape == (2, 1, 10 * scale, 14 * scale)


def test_luma_by_hand():
    pictures = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])[:, :, None, None]
    torch.testing.assert_close(luma(pictures).flatten(), torch.tensor([0.299, 0.587, 0.114, 1.0]))


def test_chroma_is_bicubic_whatever_happens_to_luma():
    network, small = FSRCNN(8, 4, 1), faces(16, 2)
    network.reset_parameters(seeded())
    with torch.no_grad():
        network.expand.weight.normal_(0, 0.3, generator=seeded(2))
        large = enlarged(network, small)
    bicubic = functional.interpolate(small, scale_factor=2, mode="bicubic", align_corners=False)
    torch.testing.assert_close(chroma(large), chroma(bicubic), atol=1e-5, rtol=0)
    assert float((luma(large) - luma(bicubic)).abs().mean()) > 0.01


def test_a_silent_network_is_bicubic():
    network, small = FSRCNN(8, 4, 1), faces(16)
    with torch.no_grad():
        for parameter in network.expand.parameters():
            parameter.zero_()
        bicubic = functional.interpolate(small, scale_factor=2, mode="bicubic", align_corners=False)
        assert torch.equal(enlarged(network, small), bicubic)


def test_first_weights_depend_on_the_generator_alone():
    first, second, other = FSRCNN(), FSRCNN(), FSRCNN()
    for network, seed in ((first, 0), (second, 0), (other, 1)):
        network.reset_parameters(seeded(seed))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(first.expand.weight, other.expand.weight)
    assert float(first.expand.weight.std()) == pytest.approx(1e-3, rel=0.1)
    assert float(first.body.get_parameter("0.weight").std()) == pytest.approx((2 / (1.0625 * 25)) ** 0.5, rel=0.1)


def test_it_learns_what_bicubic_lacks():
    network = FSRCNN(8, 4, 1)
    network.reset_parameters(seeded())
    stripes = (torch.arange(32) // 3 % 2).float().expand(1, 3, 32, 32)
    small = functional.avg_pool2d(stripes, 2)
    optimiser, errors = torch.optim.Adam(network.parameters(), 1e-2), []
    for _ in range(40):
        error = functional.mse_loss(enlarged(network, small), stripes)
        optimiser.zero_grad()
        error.backward()
        assert all(part.grad is not None and part.grad.any() for part in network.parameters())
        optimiser.step()
        errors.append(float(error.detach()))
    bicubic = functional.interpolate(small, scale_factor=2, mode="bicubic", align_corners=False)
    assert errors[-1] < 0.6 * float(functional.mse_loss(bicubic, stripes))
