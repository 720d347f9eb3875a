"""The check that authors run on their methods finds each breach."""

import pytest
import torch

from restorers import testing
from restorers.contract import Restored, Restorer
from restorers.testing import BrokenContract, check_restorer


class Mean(Restorer):
    """Keeps the contract: the mean of what is visible."""

    def restore(self, corrupted, seeds):
        visible = 1 - corrupted.mask
        mean = (corrupted.pixels * visible).sum((2, 3), True) / visible.sum((2, 3), True)
        return Restored(mean.expand_as(corrupted.pixels).clone())


class Restless(Mean):
    def restore(self, corrupted, seeds):
        return Restored(torch.rand_like(corrupted.pixels))


class AcrossTheBatch(Mean):
    def restore(self, corrupted, seeds):
        return Restored(corrupted.pixels.mean((0, 2, 3), True).expand_as(corrupted.pixels).clone())


class Lonely(Mean):
    def restore(self, corrupted, seeds):
        return Restored(super().restore(corrupted, seeds).pixels[:1])


class Overruling(Mean):
    """Puts itself in the place of what looks after all methods."""

    def __call__(self, corrupted, seeds):
        return self.restore(corrupted, seeds)


class Bright(Overruling):
    def restore(self, corrupted, seeds):
        return Restored(corrupted.pixels + 2 * corrupted.mask)


def test_a_method_that_keeps_the_contract_passes():
    check_restorer(Mean())


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (Restless, "the same seed"),
        (AcrossTheBatch, "one by one"),
        (Lonely, "one by one"),
        (Overruling, "bit for bit.*untouched"),
        (Bright, r"\[0, 1\]"),
    ],
)
def test_each_breach_is_told(broken, told):
    with pytest.raises(BrokenContract, match=rf"{broken.__name__}: .*({told})"):
        check_restorer(broken())


def test_the_picture_is_one_that_the_contract_takes():
    assert testing.picture().shape == (1, 3, 256, 256)
    assert torch.equal((testing.picture() * 255).round(), testing.picture() * 255)
