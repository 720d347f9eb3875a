"""What an object takes from the photograph that it is laid on: its colours, its light, and never its mask."""

import numpy as np
import pytest
import torch

from restorers.corruptions import occluders
from restorers.corruptions.occluders import LIFELIKE_NAMES, OCCLUDER_NAMES
from restorers.corruptions.pose import TEMPLATE

SIDE = 128
SKIN = (0.85, 0.70, 0.62)
WALL = (0.35, 0.45, 0.60)
HAIRS = {
    "fair": (0.78, 0.66, 0.46),
    "brown": (0.36, 0.24, 0.16),
    "red": (0.52, 0.27, 0.16),
    "black": (0.07, 0.06, 0.055),
    "grey": (0.70, 0.69, 0.68),
}
Colour = tuple[float, float, float]


def face(hair: Colour | None, long: bool = False, skin: Colour = SKIN, wall: Colour = WALL) -> torch.Tensor:
    """An oval of skin with brows before a wall, with or without hair, (3, SIDE, SIDE), in face units of the template."""
    eyes = TEMPLATE[:2].mean(0)
    grid = (np.arange(SIDE) + 0.5) / SIDE
    x = (grid[None, :] - eyes[0]) / (TEMPLATE[1, 0] - TEMPLATE[0, 0]) + 0 * grid[:, None]
    y = (grid[:, None] - eyes[1]) / (TEMPLATE[1, 0] - TEMPLATE[0, 0]) + 0 * grid[None, :]
    made = np.full((SIDE, SIDE, 3), wall)
    head = np.hypot(x / 1.2, (y + 0.05) / 1.75) < 1
    if hair is not None:
        made[head | (long & (np.abs(x) < 1.6) & (y > -0.9))] = hair
    made[np.hypot(x / 1.02, (y - 0.42) / 1.4) < 1 if hair is not None else head] = skin
    made[(np.abs(np.abs(x) - 0.52) < 0.26) & (np.abs(y + 0.3) < 0.07)] = (0.2, 0.13, 0.08)
    return torch.from_numpy(made.transpose(2, 0, 1)).float()


def placed(name: str, seed: int, picture: torch.Tensor | None = None) -> occluders.PlacedOccluder:
    return occluders.place(name, np.random.default_rng(seed), SIDE, TEMPLATE, picture)


@pytest.mark.parametrize("name", OCCLUDER_NAMES + LIFELIKE_NAMES)
def test_a_mask_is_of_its_seed_whatever_the_photograph(name: str):
    for seed in range(3):
        drawn = placed(name, seed).mask
        for picture in (face(HAIRS["fair"], long=True), face(HAIRS["black"]), torch.rand(3, SIDE, SIDE)):
            assert torch.equal(placed(name, seed, picture).mask, drawn), seed


@pytest.mark.parametrize("name", ["hair", "hair_loose"])
@pytest.mark.parametrize("colour", HAIRS.values(), ids=HAIRS.keys())
@pytest.mark.parametrize("long", [False, True])
def test_hair_is_of_the_colour_of_the_head_s_own(name: str, colour: Colour, long: bool):
    for seed in range(3):
        object_ = placed(name, seed, face(colour, long))
        tone = object_.rgba[:3, object_.rgba[3] > 0.85].mean(1).numpy()
        assert np.abs(tone - colour).max() < 0.10 + 0.1 * max(colour), (seed, tone)
        assert np.abs(tone / tone.sum() - np.array(colour) / sum(colour)).max() < 0.06, (seed, tone)


@pytest.mark.parametrize("name", ["hair", "hair_loose"])
@pytest.mark.parametrize("wall", [(0.97, 0.97, 0.97), (0.1, 0.5, 0.15), (0.9, 0.2, 0.6)])
def test_hair_on_a_bald_head_is_of_the_colour_of_its_brows(name: str, wall: Colour):
    object_ = placed(name, 0, face(None, wall=wall))
    tone = object_.rgba[:3, object_.rgba[3] > 0.85].mean(1).numpy()
    assert np.abs(tone - (0.2, 0.13, 0.08)).max() < 0.08, tone


def below_brows(object_: occluders.PlacedOccluder) -> float:
    rows = round(float(TEMPLATE[0, 1]) * SIDE)
    return float(object_.rgba[3, rows:].sum() / object_.mask[0, rows:].sum())


def test_no_curtain_of_hair_hangs_from_a_short_haired_head():
    """Two looks of either kind reach the jaw; on short hair they are strands with the face seen between."""
    thinner = []
    for name, seed in (("hair", 1), ("hair", 7), ("hair_loose", 1), ("hair_loose", 7)):
        short, full = (below_brows(placed(name, seed, face(HAIRS["brown"], long))) for long in (False, True))
        thinner.append(short / full)
    assert max(thinner) < 0.85, thinner


def test_roots_are_lost_in_the_hair_of_the_head():
    """Over the hair that is there less is laid than over a bald crown, and no less over the eyes."""
    rows = slice(0, round((float(TEMPLATE[0, 1]) - 1.25 * 0.246) * SIDE))
    for seed in range(4):
        there, bald = (
            placed("hair_loose", seed, face(HAIRS["brown"], long=True)),
            placed("hair_loose", seed, face(None)),
        )
        assert float(there.rgba[3, rows].sum()) < 0.6 * float(bald.rgba[3, rows].sum()), seed


@pytest.mark.parametrize("name", ["cap", "cap_low"])
@pytest.mark.parametrize("skin", [SKIN, (0.45, 0.29, 0.21)])
def test_skin_in_a_brim_s_shade_is_darker_and_redder_and_not_black(name: str, skin: Colour):
    plain = torch.tensor(skin)[:, None, None].repeat(1, SIDE, SIDE)
    for seed in range(4):
        object_ = placed(name, seed, plain)
        covered = occluders.composite(plain, object_)
        # straight below the brim, between the brows: where nothing but the shadow is
        column = round(float(TEMPLATE[:2, 0].mean()) * SIDE)
        strip = covered[:, :, column - 3 : column + 4].mean(2)
        alpha = object_.rgba[3, :, column - 3 : column + 4].mean(1)
        brim = int(torch.nonzero(alpha > 0.97).max())
        shade = strip[:, brim + 3 : brim + 6].mean(1)
        assert 0.25 * sum(skin) < float(shade.sum()) < 0.9 * sum(skin), (seed, shade)
        assert float(shade[0] / shade[2]) > 1.02 * skin[0] / skin[2], (seed, shade)


@pytest.mark.parametrize("name", ["cap", "cap_low"])
def test_a_brim_s_shadow_stays_on_the_face(name: str):
    """This one is narrower than the mean; the wall beside it has no part in the shade, though the mask has."""
    picture = face(HAIRS["brown"], wall=(0.97, 0.97, 0.97))
    picture[:, :, round(0.68 * SIDE) :] = 0.97
    row, column = round(float(TEMPLATE[0, 1]) * SIDE), round(0.71 * SIDE)
    for seed in range(4):
        object_ = placed(name, seed, picture)
        darker = (picture - occluders.composite(picture, object_)).mean(0)
        assert float(object_.mask[0, row:, column:].sum()) > 0, seed
        assert float(darker[row:, column:].max()) < 0.08, seed


@pytest.mark.parametrize("name", ["hand", "hand_relaxed", "phone"])
@pytest.mark.parametrize("skin", [(0.55, 0.38, 0.30), (0.20, 0.13, 0.10)])
def test_fingers_darken_with_the_face_and_no_more(name: str, skin: Colour):
    """Their colour is measured in the photograph's own light, which must not darken it once more."""

    def under(colour: Colour) -> torch.Tensor:
        plain = torch.tensor(colour)[:, None, None].repeat(1, SIDE, SIDE)
        return placed(name, 1, plain).rgba

    day = (0.87, 0.67, 0.56)
    light, other, dark = under(day), under((0.56, 0.67, 0.87)), under(skin)
    # of what is laid on, skin alone turns with the face's hue
    fingers = (light[3] > 0.95) & ((light - other)[:3].abs().sum(0) > 0.05)
    ratio = float(dark[:3, fingers].mean() / light[:3, fingers].mean())
    assert ratio == pytest.approx(sum(skin) / sum(day), rel=0.12)
