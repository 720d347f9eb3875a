"""How the lightweight GAN's networks are used on a face; how they are trained is tested under tests/restorers/training."""

import pytest
import torch
from torch import Tensor, nn

from restorers.contract import SIDE, Corrupted
from restorers.methods.lightweight_gan import FOUND, LightweightRestorer, paper_generator
from restorers.networks.lightweight import LightweightPair


class Grey(nn.Module):
    """Paints mid grey, and remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def forward(self, picture: Tensor) -> Tensor:
        self.seen.append(picture)
        return torch.zeros_like(picture)


def face(side: int, colour: float) -> Corrupted:
    mask = torch.zeros(2, 1, side, side)
    mask[:, :, side // 4 : side // 2, side // 4 : side // 2] = 1
    return Corrupted(torch.full((2, 3, side, side), colour), mask)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_each_network_sees_every_face_once_at_the_side_that_it_was_trained_at(size: int) -> None:
    painter, finder = Grey(), Grey()
    restored = LightweightRestorer(painter, finder, trained_at=64)(face(size, 0.5), [0, 0])
    for network in (painter, finder):
        assert [tuple(seen.shape) for seen in network.seen] == [(2, 3, 64, 64)]
    assert restored.pixels.shape == (2, 3, size, size)
    assert restored.stages[FOUND].shape == (2, 3, SIDE, SIDE)


def test_missing_pixels_are_black_whatever_covers_them() -> None:
    painter = Grey()
    seen = face(64, 0.75)
    LightweightRestorer(painter, trained_at=64).restore(seen, [0, 0])
    assert torch.equal(painter.seen[0], torch.where(seen.mask > 0, -1.0, 0.5).expand(2, 3, 64, 64))


def test_meets_the_visible_pixels() -> None:
    # what is painted is off by the same everywhere, so that the seam tells the whole error
    restored = LightweightRestorer(Grey(), trained_at=32)(face(64, 0.8), [0, 0])
    assert restored.raw is not None
    assert torch.allclose(restored.raw, torch.full_like(restored.raw, 0.8), atol=0.01)


def test_what_it_paints_is_shown_as_it_is() -> None:
    # a checkerboard of single pixels: an ensemble of moved copies would blur it, a gain would widen it
    size = 32
    board = ((torch.arange(size)[:, None] + torch.arange(size)) % 2 * 2.0 - 1).expand(2, 3, size, size)

    class Board(nn.Module):
        def forward(self, picture: Tensor) -> Tensor:
            return board * 0.2

    seen = face(size, 0.5)
    raw = LightweightRestorer(Board(), trained_at=size).restore(seen, [0, 0]).pixels
    inner = (..., slice(10, 14), slice(10, 14))
    assert torch.allclose(raw[inner], (board * 0.1 + 0.5)[inner], atol=0.02)


def test_the_paper_has_one_network_of_its_own_size() -> None:
    count = sum(value.numel() for value in paper_generator().parameters())
    assert round(count / 1e6, 2) == 3.55
    assert not LightweightRestorer(paper_generator(), trained_at=256)(face(256, 0.4), [0, 0]).stages


@pytest.mark.parametrize("side", [96, 128, 256])
def test_restores_faces_of_any_side(side: int) -> None:
    pair = LightweightPair((8,) * 7, (8,) * 7)
    occluded = face(side, 0.4)
    restored = LightweightRestorer(pair.face, pair.mask, trained_at=pair.side)(occluded, [0, 0])
    assert restored.pixels.shape == occluded.pixels.shape
    kept = (occluded.mask == 0).expand_as(occluded.pixels)
    assert torch.equal(restored.pixels[kept], occluded.pixels[kept])
