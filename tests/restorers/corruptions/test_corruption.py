import json

import pytest
import torch

from restorers import contract
from restorers.contract import BadMask, Problem
from restorers.corruptions import corruption
from restorers.corruptions.corruption import DEGRADATIONS, OCCLUDERS, Corruption

LANDMARKS = torch.tensor([[[0.30, 0.40], [0.55, 0.42], [0.42, 0.55], [0.33, 0.68], [0.52, 0.69]]])


def face(side: int = 128) -> torch.Tensor:
    """Mid tones with detail, nowhere black, so that every painted pixel shows."""
    noise = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(5))
    return (0.35 + 0.4 * noise).mul(255).round().div(255)


def drawn(side: int = 128) -> torch.Tensor:
    mask = torch.zeros(1, 1, side, side)
    mask[..., 20:40, 30:70] = 1
    return mask


@pytest.mark.parametrize("occluder", OCCLUDERS)
@pytest.mark.parametrize("degradation", ["none", "medium"])
def test_every_corruption_keeps_the_convention_and_its_seed(occluder: str, degradation: str):
    if (occluder, degradation) == ("none", "none"):
        return
    recipe = Corruption(occluder, degradation, seed=11)
    once = corruption.apply(recipe, face(), LANDMARKS, drawn())
    contract.check(once)
    assert once.degraded == (degradation != "none")
    assert bool(once.mask.any()) == (occluder != "none")
    assert once.landmarks is None  # they are of the clean face, which methods do not know
    again = corruption.apply(recipe, face(), LANDMARKS, drawn())
    assert torch.equal(once.pixels, again.pixels)
    assert torch.equal(once.mask, again.mask)


@pytest.mark.parametrize("occluder", ["rectangle", "strokes", "drawn"])
def test_the_mask_marks_exactly_the_changed_pixels(occluder: str):
    truth = face()
    result = corruption.apply(Corruption(occluder, seed=4), truth, drawn=drawn())
    assert torch.equal((result.pixels != truth).any(1, keepdim=True), result.mask > 0)
    assert (result.pixels * result.mask).max() == 0


@pytest.mark.parametrize(
    "occluder", [name for name in OCCLUDERS if name not in {"none", "rectangle", "strokes", "drawn"}]
)
def test_an_object_changes_nothing_outside_its_mask_and_nearly_everything_inside(occluder: str):
    truth = face()
    result = corruption.apply(Corruption(occluder, seed=4), truth, LANDMARKS)
    changed = (result.pixels != truth).any(1, keepdim=True)
    assert not bool((changed & (result.mask == 0)).any())
    assert (changed & (result.mask > 0)).sum() > 0.98 * result.mask.sum()
    assert 0.02 < result.mask.mean() < 0.6


def test_another_seed_gives_another_hole():
    masks = [corruption.apply(Corruption(seed=seed), face()).mask for seed in range(2)]
    assert not torch.equal(*masks)


def test_a_degradation_does_not_move_the_occluder_and_its_hole_stays_hard():
    plain, both = (corruption.apply(Corruption(degradation=level, seed=9), face()) for level in ("none", "severe"))
    assert torch.equal(plain.mask, both.mask)
    assert (both.pixels * both.mask).max() == 0


@pytest.mark.parametrize("place", corruption.PLACES)
@pytest.mark.parametrize("ratio", [0.05, 0.2, 0.45, 0.6])
@pytest.mark.parametrize("side", [128, 256])
def test_an_exact_ratio_is_hit_within_half_a_point(place: str, ratio: float, side: int):
    for seed in range(3):
        result = corruption.apply(Corruption(low=ratio, high=ratio, place=place, seed=seed), face(side), LANDMARKS)
        assert abs(float(result.mask.mean()) - ratio) <= 0.005


@pytest.mark.parametrize("occluder", ["rectangle", "strokes"])
def test_ratios_lie_in_their_bin(occluder: str):
    for seed in range(10):
        result = corruption.apply(Corruption(occluder, seed=seed, low=0.1, high=0.15), face(256))
        assert 0.095 <= float(result.mask.mean()) <= 0.155


@pytest.mark.parametrize(("place", "points"), [("eyes", [0, 1]), ("nose", [2]), ("mouth", [3, 4])])
def test_a_placed_rectangle_covers_its_part_of_the_face(place: str, points: list[int]):
    result = corruption.apply(Corruption(low=0.1, high=0.1, place=place), face(), LANDMARKS)
    for point in points:
        x, y = (LANDMARKS[0, point] * 128).long().tolist()
        assert result.mask[0, 0, y, x] == 1


def test_without_landmarks_the_template_places():
    result = corruption.apply(Corruption(low=0.1, high=0.1, place="mouth"), face())
    assert result.mask[0, 0, int(0.72 * 128), 64] == 1


def test_a_recipe_survives_json():
    recipe = Corruption("sunglasses", "light", 3, 0.1, 0.2, "nose")
    assert Corruption.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ({"occluder": "umbrella"}, "umbrella"),
        ({"degradation": "awful"}, "awful"),
        ({"place": "ear"}, "ear"),
        ({"colour": "red"}, "colour"),
        ({"seed": -1}, "seed"),
        ({"seed": "7"}, "seed"),
        ({"seed": True}, "seed"),
        ({"occluder": ["rectangle"]}, "rectangle"),
        ({"low": 0.1}, "belong together"),
        ({"low": "a", "high": "b"}, "numbers"),
        ({"low": 0.3, "high": 0.2}, "ratio"),
        ({"low": 0.0, "high": 0.2}, "ratio"),
        ({"low": 0.2, "high": 0.9}, "ratio"),
        ({"low": float("nan"), "high": float("nan")}, "ratio"),
    ],
)
def test_a_recipe_that_cannot_be_read_says_why(recipe: dict[str, object], says: str):
    with pytest.raises(Problem, match=says):
        Corruption.from_dict(recipe)


@pytest.mark.parametrize(
    ("recipe", "mask", "says"),
    [
        (Corruption("drawn"), None, "No mask"),
        (Corruption("drawn"), torch.zeros(1, 1, 128, 128), "nothing is degraded"),
        (Corruption("drawn"), torch.ones(1, 1, 128, 128), "whole picture"),
        (Corruption("drawn"), torch.ones(1, 1, 64, 32), "128 x 128 pixels, but it is 32 x 64"),
        (Corruption("none"), None, "nothing is degraded"),
    ],
)
def test_a_mask_that_leaves_no_work_or_no_face_says_so(recipe: Corruption, mask: torch.Tensor | None, says: str):
    with pytest.raises(BadMask, match=says):
        corruption.apply(recipe, face(), drawn=mask)


def test_every_degradation_of_the_menu_can_be_drawn():
    for name in DEGRADATIONS[1:]:
        assert corruption.apply(Corruption("none", name), face()).degraded
