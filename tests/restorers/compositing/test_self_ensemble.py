"""Two pictures of one face become one."""

import pytest
import torch
from torch import Tensor

from restorers.compositing.bands import combine_bands, low_pass
from restorers.compositing.self_ensemble import MARGIN_PX, MOVES, ensemble, shifted, shifted_back
from restorers.contract import Corrupted
from restorers.networks.patch_unet import BaseAndDetail


def test_a_move_is_undone() -> None:
    pictures = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    inner = slice(MARGIN_PX, -MARGIN_PX)
    for move in MOVES:
        moved = shifted(pictures, *move)
        back = shifted_back(moved, *move)
        assert torch.equal(back[:, :, inner, inner], pictures[:, :, inner, inner])
    assert torch.equal(shifted(pictures, *MOVES[0]), pictures)
    assert len({shifted(pictures, *move).sum().item() for move in MOVES}) > 1


def test_low_frequencies_are_the_base_and_detail_the_detail_branch() -> None:
    fine = 0.1 * (-1.0) ** torch.arange(64).view(1, 1, 1, -1).expand(1, 3, 64, 64)
    together = combine_bands(torch.full((1, 3, 64, 64), 0.4), 0.9 + fine, 1.5, 2.0)
    assert torch.allclose(together, combine_bands(torch.full((1, 3, 32, 32), 0.4), 0.9 + fine, 1.5, 1.0), atol=1e-5)
    inner = together[..., 8:-8, 8:-8]
    assert inner.mean().item() == pytest.approx(0.4, abs=1e-3)
    assert torch.allclose(inner - 0.4, 1.5 * fine[..., 8:-8, 8:-8], atol=2e-3)


def test_low_pass_is_what_a_gaussian_leaves() -> None:
    point = torch.zeros(1, 1, 33, 33)
    point[..., 16, 16] = 1.0
    spread = low_pass(point, 2.0)[0, 0]
    line = torch.exp(-0.5 * (torch.arange(-6, 7) / 2.0).square())
    line = line / line.sum()
    assert torch.allclose(spread[16, 10:23], line * line[6], atol=1e-6)
    assert spread.sum().item() == pytest.approx(1.0, abs=1e-5)
    # what lies beyond the border is a mirror image: an even picture stays as it is
    assert torch.allclose(low_pass(torch.full((2, 3, 16, 16), 0.3), 2.0), torch.tensor(0.3), atol=1e-6)
    with torch.inference_mode():
        low_pass(point, 1.75)
    tracked = point.clone().requires_grad_()
    low_pass(tracked, 1.75).square().sum().backward()
    assert tracked.grad is not None
    assert tracked.grad.any()


class Leaning:
    """What is likely gets brighter from left to right, in whatever it is shown; what is sharp is a grating."""

    def __init__(self) -> None:
        self.pictures = 0

    def __call__(self, inputs: Tensor) -> BaseAndDetail:
        grating = 0.2 * (-1.0) ** torch.arange(inputs.shape[-1])
        return BaseAndDetail(self.base(inputs), grating.expand(len(inputs), 3, *inputs.shape[2:]))

    def base(self, inputs: Tensor) -> Tensor:
        self.pictures += len(inputs)
        return torch.linspace(-1, 1, inputs.shape[-1]).expand(len(inputs), 3, *inputs.shape[2:])


def test_mirror_images_are_turned_back_before_they_are_averaged() -> None:
    mask = torch.ones(1, 1, 64, 64)
    mask[..., :4, :] = 0
    painter = Leaning()
    whole = ensemble(painter, Corrupted(torch.full((1, 3, 64, 64), 0.5), mask), 64, 1.0, 1.5)
    assert painter.pictures == len(MOVES)
    middle = whole[..., 16:48, 16:48]
    # a ramp and its mirror image cancel, the grating of the straight picture stays
    assert middle.mean().item() == pytest.approx(0.5, abs=0.01)
    assert (middle[..., 1:] - middle[..., :-1]).abs().min() > 0.1
