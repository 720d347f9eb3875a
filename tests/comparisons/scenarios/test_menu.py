from itertools import pairwise

import pytest
import torch

from comparisons.scenarios import shapes
from comparisons.scenarios.apply import NO_FACE, corrupt
from comparisons.scenarios.menu import (
    DEFAULT,
    NO_BIN,
    RATIO_BINS,
    SCENARIOS,
    UnknownScenario,
    derive_seed,
    draw,
    scenario,
)
from restorers.contract import FaceNotFound, Problem
from restorers.corruptions.corruption import apply
from restorers.corruptions.occluders import OCCLUDER_NAMES
from restorers.corruptions.pose import TEMPLATE
from restorers.images import to_tensor

FACE = torch.from_numpy(TEMPLATE.copy())[None]
CELLS = [(found.name, bin_name) for found in SCENARIOS for bin_name in found.bin_names]


def test_the_menu_holds_what_tables_and_commands_name():
    assert scenario(DEFAULT).bin_names == ("0.05-0.10", "0.10-0.15", "0.15-0.20", "0.20-0.30", "0.30-0.40", "0.40-0.50")
    assert scenario("degraded_medium").bin_names == (NO_BIN,)
    assert scenario("degraded_severe_rectangle").bin_names == ("0.20-0.30",)
    names = [found.name for found in SCENARIOS]
    assert len(set(names)) == len(names)


def test_bins_touch_and_do_not_overlap():
    for (_, high), (low, _) in pairwise(RATIO_BINS):
        assert high == low


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bin_name"), CELLS)
def test_every_cell_can_be_drawn_and_keeps_its_word(drawn_face, name, bin_name):
    chosen = scenario(name)
    truth = to_tensor(drawn_face)
    for picture in ("a.png", "b.png", "c.png"):
        corrupted = corrupt(chosen, draw(chosen, bin_name, picture, seed=0), truth, FACE)
        assert corrupted.degraded == (chosen.degradation != "none")
        assert corrupted.landmarks is None  # found on the clean face: no method may see them
        ratio = float(corrupted.mask.mean())
        if bin_name == NO_BIN:
            assert (ratio == 0) == (chosen.occluder == "none")
            assert ratio < 0.7
        else:
            low, high = map(float, bin_name.split("-"))
            assert low - 0.005 <= ratio <= high + 0.005


def test_the_menu_holds_every_kind_of_corruption():
    names = {found.name for found in SCENARIOS}
    assert {"rectangle", "zhou_lu", "strokes", "thick", "medium", "half_face", *OCCLUDER_NAMES} <= names
    assert {f"degraded_{level}{box}" for level in ("light", "medium", "severe") for box in ("", "_rectangle")} <= names


@pytest.mark.parametrize("name", ["half_face", "surgical_mask"])
def test_what_hangs_on_the_face_needs_one_and_follows_it(drawn_face, name):
    chosen, truth = scenario(name), to_tensor(drawn_face)
    recipe = draw(chosen, NO_BIN, "a.png", 0)
    with pytest.raises(FaceNotFound, match=NO_FACE[:20]):
        corrupt(chosen, recipe, truth, None)
    here, there = (corrupt(chosen, recipe, truth, FACE + shift).mask for shift in (0.0, 0.1))
    rows, columns = (here[0, 0].nonzero().float().mean(0) - there[0, 0].nonzero().float().mean(0)).abs()
    assert rows > 5
    assert columns > 5


def test_half_a_face_is_one_side_of_its_middle_line():
    sides = set()
    for seed in range(8):
        mask = shapes.draw("half_face", seed, 256, TEMPLATE)
        left, right = mask[..., 60:250, :124].sum(), mask[..., 60:250, 132:].sum()
        assert min(left, right) == 0
        assert max(left, right) > 4000
        sides.add(bool(left > right))
    assert sides == {True, False}


@pytest.mark.parametrize(
    ("name", "mean", "low", "high"),
    [("zhou_lu", 0.209, 0.08, 0.40), ("thick", 0.27, 0.06, 0.48), ("medium", 0.24, 0.02, 0.43)],
)
def test_published_masks_hide_as_much_as_the_published_ones(name, mean, low, high):
    # mean, 5th and 95th percentile, measured on the authors' settings with 4000 draws
    shares = torch.tensor([float(shapes.draw(name, seed, 256, TEMPLATE).mean()) for seed in range(400)])
    assert float(shares.mean()) == pytest.approx(mean, abs=0.025)
    assert float(shares.quantile(0.05)) == pytest.approx(low, abs=0.03)
    assert float(shares.quantile(0.95)) == pytest.approx(high, abs=0.03)


def test_the_default_box_is_one_whole_black_box(drawn_face):
    truth = to_tensor(drawn_face).clamp_min(0.1)
    for number in range(20):
        corrupted = apply(draw(scenario(DEFAULT), "0.20-0.30", f"{number}.png", 0), truth)
        rows, columns = corrupted.mask[0, 0].any(1).nonzero(), corrupted.mask[0, 0].any(0).nonzero()
        height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
        assert corrupted.mask.sum() == height * width
        assert 0.49 < width / height < 2.05
        assert not corrupted.pixels[corrupted.mask.expand_as(truth) > 0].any()
        assert torch.equal(
            corrupted.pixels[corrupted.mask.expand_as(truth) == 0], truth[corrupted.mask.expand_as(truth) == 0]
        )


def test_the_draw_depends_on_each_argument_and_on_nothing_else():
    arguments = [
        (scenario(DEFAULT), "0.20-0.30", "a.png", 0, 0),
        (scenario("degraded_light_rectangle"), "0.20-0.30", "a.png", 0, 0),
        (scenario(DEFAULT), "0.30-0.40", "a.png", 0, 0),
        (scenario(DEFAULT), "0.20-0.30", "b.png", 0, 0),
        (scenario(DEFAULT), "0.20-0.30", "a.png", 1, 0),
        (scenario(DEFAULT), "0.20-0.30", "a.png", 0, 1),
    ]
    seeds = [draw(*one).seed for one in arguments]
    assert len(set(seeds)) == len(seeds)
    assert [draw(*one).seed for one in arguments] == seeds


def test_derived_seeds_stay_what_they_were():
    assert derive_seed(0, "face.png", "rectangle") == GOLDEN
    assert len({derive_seed(1, "2"), derive_seed(12), derive_seed("1", 2), derive_seed("12")}) == 4
    assert all(0 <= derive_seed(number) < 2**31 for number in range(100))


GOLDEN = 2096000322
"""Published scores hang on these seeds: this number must never change."""


@pytest.mark.parametrize(
    ("name", "bin_name", "word"),
    [("nonsense", "-", "rectangle"), (DEFAULT, "0.11-0.12", "0.10-0.15"), (DEFAULT, "-", "0.05-0.10")],
)
def test_unknown_names_are_answered_with_the_known_ones(name, bin_name, word):
    with pytest.raises(UnknownScenario, match=word) as caught:
        draw(scenario(name), bin_name, "a.png", 0)
    assert isinstance(caught.value, Problem)
