"""Masks from a folder: which file belongs to which picture, and what does not fit."""

import numpy as np
import pytest
import torch
from PIL import Image

from comparisons.scenarios import given, menu
from restorers.contract import BadMask


@pytest.fixture
def folders(tmp_path):
    pictures, masks = tmp_path / "pictures", tmp_path / "masks"
    (pictures / "below").mkdir(parents=True)
    (masks / "below").mkdir(parents=True)
    return pictures, masks


def put(folders, name, picture=256, mask=None, hole=(slice(10, 20), slice(30, 50))):
    side = mask or picture
    Image.new("RGB", (picture, picture), "red").save(folders[0] / name)
    holes = np.zeros((side, side), np.uint8)
    holes[hole] = 255
    Image.fromarray(holes).save(folders[1] / (name if name.endswith(".png") else f"{name}.png"))


def test_a_mask_is_found_by_the_pictures_name(folders):
    put(folders, "below/a.webp")
    found = given.mask(folders[1], folders[0], "below/a.webp")
    assert found.shape == (1, 1, 256, 256)
    assert int(found.sum()) == 10 * 20
    assert bool((found[..., 10:20, 30:50] == 1).all())


def test_no_thin_stroke_of_a_larger_mask_is_lost(folders):
    put(folders, "a.png", 512, hole=(slice(None), slice(101, 102)))
    found = given.mask(folders[1], folders[0], "a.png")
    assert torch.equal(found[0, 0, :, 50], torch.ones(256))
    assert int(found.sum()) == 256


@pytest.mark.parametrize(
    ("picture", "mask", "hole", "told"),
    [
        (256, 128, (slice(0, 9), slice(0, 9)), "128 x 128"),
        (600, 600, (slice(0, 9), slice(0, 9)), "at most 512"),
        (256, 256, (slice(0, 0), slice(0, 0)), "hides nothing"),
        (256, 256, (slice(None), slice(None)), "hides everything"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused_by_name(folders, picture, mask, hole, told):
    put(folders, "a.png", picture, mask, hole)
    with pytest.raises(BadMask, match=rf"a\.png.*{told}"):
        given.check(folders[1], folders[0], ["a.png"])


def test_the_first_three_missing_masks_are_named(folders):
    with pytest.raises(BadMask, match=r"a\.png, b\.png, c\.png and 2 more are missing"):
        given.check(folders[1], folders[0], [f"{letter}.png" for letter in "abcde"])
    with pytest.raises(BadMask, match="no folder"):
        given.check(folders[1] / "nowhere", folders[0], ["a.png"])


def test_it_is_a_scenario_but_none_of_the_menu():
    assert menu.scenario("given") == menu.GIVEN
    assert menu.GIVEN not in menu.SCENARIOS
