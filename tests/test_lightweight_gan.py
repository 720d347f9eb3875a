"""How the generator of the lightweight GAN is used on a face; its training is tested in test_training."""

import pytest
import torch
from torch import Tensor, nn

from restorers.contract import Corrupted
from restorers.methods import lightweight_gan
from restorers.methods.lightweight_gan import MARGIN, MOVES, LightweightRestorer


class Grey(nn.Module):
    """Paints mid grey, and remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def forward(self, picture: Tensor) -> Tensor:
        self.seen.append(picture)
        return torch.zeros_like(picture[:, :3])


def face(side: int, colour: float) -> Corrupted:
    mask = torch.zeros(2, 1, side, side)
    mask[:, :, side // 4 : side // 2, side // 4 : side // 2] = 1
    return Corrupted(torch.full((2, 3, side, side), colour), mask)


def test_a_move_is_undone() -> None:
    pictures = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    inner = slice(MARGIN, -MARGIN)
    for move in MOVES:
        moved = lightweight_gan._moved(pictures, *move)
        back = lightweight_gan._moved_back(moved, *move)
        assert torch.equal(back[:, :, inner, inner], pictures[:, :, inner, inner])
    assert len({lightweight_gan._moved(pictures, *move).sum().item() for move in MOVES}) > 1


def test_sees_the_side_that_it_was_trained_at() -> None:
    generator = Grey()
    restored = LightweightRestorer(generator, trained_at=32)(face(64, 0.5), [0, 0])
    assert [tuple(seen.shape) for seen in generator.seen] == [(2 * len(MOVES), 4, 32, 32)]
    assert restored.pixels.shape == (2, 3, 64, 64)


def test_small_pictures_are_not_enlarged() -> None:
    generator = Grey()
    LightweightRestorer(generator, trained_at=64).restore(face(32, 0.5), [0, 0])
    assert generator.seen[0].shape[-1] == 32


def test_meets_the_visible_pixels() -> None:
    # what is painted is off by the same everywhere, so that the seam tells the whole error
    restored = LightweightRestorer(Grey(), trained_at=32)(face(64, 0.8), [0, 0])
    assert restored.raw is not None
    assert torch.allclose(restored.raw, torch.full_like(restored.raw, 0.8), atol=0.01)


def test_large_forms_are_all_the_copies_and_fine_ones_the_first_alone() -> None:
    fine = 0.1 * (-1.0) ** torch.arange(64).view(1, 1, 1, -1).expand(1, 3, 64, 64)
    together = lightweight_gan.put_together([0.2 + fine, torch.full((1, 3, 64, 64), 0.6)])
    inner = together[..., 8:-8, 8:-8]
    assert inner.mean().item() == pytest.approx(0.4, abs=1e-3)
    assert torch.allclose(inner - 0.4, lightweight_gan.DETAIL * fine[..., 8:-8, 8:-8], atol=2e-3)
