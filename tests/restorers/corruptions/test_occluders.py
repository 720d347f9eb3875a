import time

import numpy as np
import pytest
import torch

from restorers.corruptions import occluders
from restorers.corruptions.occluder_kinds import OCCLUDER_KINDS
from restorers.corruptions.occluders import OCCLUDER_NAMES
from restorers.corruptions.pose import TEMPLATE


def turned(
    points: np.ndarray, degrees: float = 0.0, scale: float = 1.0, shift: tuple[float, float] = (0, 0)
) -> np.ndarray:
    angle = np.deg2rad(degrees)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))], np.float32)
    middle = points.mean(0)
    moved: np.ndarray = (points - middle) @ turn.T * scale + middle + np.asarray(shift, np.float32)
    return moved.astype(np.float32)


def yawed(shift: float) -> np.ndarray:
    points = TEMPLATE.copy()
    points[2, 0] += shift
    return points


EXTREMES = {
    "template": TEMPLATE,
    "tiny": turned(TEMPLATE, scale=0.08),
    "a point": np.full((5, 2), 0.5, np.float32),
    "huge": turned(TEMPLATE, scale=4.0),
    "on its side": turned(TEMPLATE, 90),
    "upside down": turned(TEMPLATE, 180),
    "profile": yawed(0.25),
    "other profile": yawed(-0.25),
    "beyond profile": yawed(3.0),
    "in a corner": turned(TEMPLATE, 20, shift=(-0.45, -0.45)),
    "outside": turned(TEMPLATE, shift=(3.0, 3.0)),
    "eyes crossed": TEMPLATE[[1, 0, 2, 3, 4]],
    "mouth above": TEMPLATE[[3, 4, 2, 0, 1]],
    "far outside": TEMPLATE * 1e6,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OCCLUDER_NAMES)
@pytest.mark.parametrize("points", EXTREMES.values(), ids=EXTREMES.keys())
def test_every_object_can_be_put_on_any_landmarks(name: str, points: np.ndarray):
    for seed in range(3):
        placed = occluders.place(name, np.random.default_rng(seed), 64, points, torch.rand(3, 64, 64))
        assert placed.rgba.shape == (4, 64, 64)
        assert placed.mask.shape == (1, 64, 64)
        assert bool(torch.isfinite(placed.rgba).all())
        assert placed.rgba.min() >= 0
        assert placed.rgba.max() <= 1
        assert torch.equal(placed.mask > 0, placed.rgba[3:] > 0)


@pytest.mark.parametrize("name", OCCLUDER_NAMES)
def test_the_same_seed_gives_the_same_pixels_and_other_seeds_others(name: str):
    first, second, other = (occluders.place(name, np.random.default_rng(seed), 96, TEMPLATE) for seed in (3, 3, 4))
    assert torch.equal(first.rgba, second.rgba)
    assert not torch.equal(first.rgba, other.rgba)


@pytest.mark.parametrize("name", OCCLUDER_NAMES)
def test_only_masked_pixels_change(name: str):
    pixels = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    placed = occluders.place(name, np.random.default_rng(1), 96, TEMPLATE)
    covered = occluders.composite(pixels, placed)
    changed = (covered != pixels).any(1)
    assert not bool((changed & (placed.mask[0] == 0)).any())
    assert 0.03 < float(placed.mask.mean()) < 0.6


@pytest.mark.slow
@pytest.mark.parametrize("name", OCCLUDER_NAMES)
def test_an_object_has_at_least_three_looks_a_solid_part_and_a_soft_edge(name: str):
    assert OCCLUDER_KINDS[name].looks >= 3
    for look in range(OCCLUDER_KINDS[name].looks):
        drawing = occluders.drawn(name, look).levels[0] / 255
        colour, alpha = drawing[..., :3], drawing[..., 3]
        assert alpha.max() > 0.97
        assert ((alpha > 0.1) & (alpha < 0.9)).any()
        assert (colour <= alpha[..., None] + 0.005).all()
        # Shaded, not flat: the solid part holds many different tones.
        assert colour[alpha > 0.95].std(axis=0).mean() > 0.01


PARTS = {
    "sunglasses": [0, 1],
    "surgical_mask": [2, 3, 4],
    "scarf": [3, 4],
}


@pytest.mark.parametrize(("name", "hidden"), PARTS.items())
@pytest.mark.parametrize("pose", ["template", "in a corner", "profile"])
def test_an_object_hides_what_it_should(name: str, hidden: list[int], pose: str):
    points = EXTREMES[pose] if pose != "in a corner" else turned(TEMPLATE, 25, 0.7, (-0.1, 0.05))
    points = points if pose != "profile" else yawed(0.06)
    for seed in range(5):
        placed = occluders.place(name, np.random.default_rng(seed), 128, points)
        for point in hidden:
            x, y = (points[point] * 128).astype(int)
            assert placed.rgba[3, y, x] > 0.8, (name, seed, point)


def test_a_cap_covers_the_forehead_and_leaves_the_mouth():
    placed = occluders.place("cap", np.random.default_rng(0), 128, TEMPLATE)
    eyes, mouth = TEMPLATE[:2].mean(0), TEMPLATE[3:].mean(0)
    apart = TEMPLATE[1, 0] - TEMPLATE[0, 0]
    assert placed.rgba[3, int((eyes[1] - 0.8 * apart) * 128), int(eyes[0] * 128)] > 0.9
    assert placed.rgba[3, int(mouth[1] * 128), int(mouth[0] * 128)] == 0


def test_sunglasses_are_about_as_wide_as_the_face():
    apart = float(TEMPLATE[1, 0] - TEMPLATE[0, 0])
    for seed in range(8):
        placed = occluders.place("sunglasses", np.random.default_rng(seed), 256, TEMPLATE)
        columns = torch.nonzero((placed.rgba[3] > 0.8).any(0)).flatten()
        assert 1.9 < float(columns[-1] - columns[0]) / 256 / apart < 2.6


def test_a_hand_takes_on_the_skin_of_the_face():
    def tone(skin: float) -> float:
        face = torch.full((3, 128, 128), skin)
        placed = occluders.place("hand", np.random.default_rng(0), 128, TEMPLATE, face)
        return float(placed.rgba[:3, placed.rgba[3] > 0.9].mean())

    assert tone(0.75) > 1.8 * tone(0.3)


@pytest.mark.parametrize("points", [np.zeros((4, 2)), np.full((5, 2), np.nan)])
def test_broken_landmarks_are_refused(points: np.ndarray):
    with pytest.raises(ValueError, match=r"\(5, 2\)"):
        occluders.place("cap", np.random.default_rng(0), 64, points)


def test_placing_is_quick_enough_for_training():
    generator = np.random.default_rng(0)
    for _ in range(60):  # draws every look once
        for name in OCCLUDER_NAMES:
            occluders.place(name, generator, 128, TEMPLATE)
    start = time.process_time()
    for name in OCCLUDER_NAMES:
        for _ in range(5):
            occluders.place(name, generator, 128, TEMPLATE)
    # 2 ms on an idle core; the bound leaves room for a busy one.
    assert (time.process_time() - start) / (5 * len(OCCLUDER_NAMES)) < 0.010
