import pytest
import torch
from torch import nn

from comparisons.benchmark import cost
from restorers import catalogue
from restorers.contract import Restored, Restorer


class Small(Restorer):
    side = 64

    def __init__(self):
        self.network = nn.Conv2d(3, 5, 3, padding=1, bias=False)
        self.again = self.network

    def restore(self, corrupted, seeds):
        return Restored(self.network(corrupted.pixels)[:, :3])


def test_multiply_accumulates_and_parameters_by_hand():
    restorer = Small()
    # 3 x 3 x 3 inputs for each of 5 outputs at 64 x 64 places
    assert cost.multiply_accumulates(restorer, cost.corrupted_face()) == 27 * 5 * 64 * 64
    assert sum(parameter.numel() for module in cost.networks(restorer) for parameter in module.parameters()) == 135


def test_a_method_without_a_network_counts_nothing():
    restorer = catalogue.load("telea")
    assert cost.networks(restorer) == []
    assert cost.multiply_accumulates(restorer, cost.corrupted_face()) == 0


@pytest.mark.slow  # runs every method several times
def test_times_are_ratios_to_patchmatch():
    (found,) = cost.measure(["telea"], rounds=2)
    assert found.method == "telea"
    assert 0 < found.ratio < 1
    assert found.seconds > 0
    assert (found.learned, found.giga_macs, found.parameters, found.megabytes) == (False, None, 0, 0.0)
    assert found.peak_megabytes is None or found.peak_megabytes > 50


def test_the_face_hides_a_quarter():
    corrupted = cost.corrupted_face()
    assert float(corrupted.mask.mean()) == pytest.approx(0.25, abs=0.005)
    assert corrupted.pixels.shape == (1, 3, 256, 256)
    assert not torch.any(corrupted.pixels[corrupted.mask.expand_as(corrupted.pixels) > 0])
