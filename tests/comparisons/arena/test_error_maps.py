"""Error maps say what the scores say, pixel by pixel."""

import numpy as np
import pytest
import torch

from comparisons.arena import error_maps
from comparisons.metrics import scorer
from restorers import images


@pytest.fixture
def restored(drawn_face):
    other = drawn_face.copy()
    other[100:150, 80:160] = 255 - other[100:150, 80:160]
    return other


def test_absolute_error_is_worked_by_hand():
    truth = np.zeros((2, 2, 3), dtype=np.uint8)
    other = truth.copy()
    other[0, 1] = (255, 0, 0)
    other[1, 1] = (51, 51, 51)
    assert error_maps.absolute(other, truth) == pytest.approx(np.array([[0, 1 / 3], [0, 0.2]]), abs=1e-6)


@pytest.mark.parametrize(("kind", "score"), [("absolute", "l1"), ("perceptual", "lpips")])
def test_the_mean_of_a_map_is_the_score(drawn_face, restored, kind, score):
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 90:160, 70:170] = 1
    scores = scorer.Scorer(images.to_tensor(drawn_face), mask)(images.to_tensor(restored))
    levels = error_maps.error_map(kind, restored, drawn_face)
    assert levels.shape == (256, 256)
    assert levels[mask[0, 0].numpy() > 0].mean() == pytest.approx(scores[f"{score}_mask"], rel=1e-4)
    assert not error_maps.error_map(kind, drawn_face, drawn_face).any()


def test_one_scale_holds_the_worst_method():
    small, large = np.full((64, 64), 0.111, np.float32), np.full((64, 64), 0.3333, np.float32)
    assert error_maps.scale([small, large]) == pytest.approx(0.34)
    assert error_maps.scale([small]) == pytest.approx(0.12)
    assert error_maps.scale([np.zeros((8, 8), np.float32)]) > 0
    assert error_maps.scale([]) > 0


def test_colours_grow_brighter_with_the_error_and_stay_at_the_top():
    ramp = error_maps.coloured(np.linspace(0, 2, 9, dtype=np.float32)[None], 1.0)[0].astype(int).sum(axis=1)
    assert (np.diff(ramp[:5]) > 0).all()
    assert len(set(ramp[4:])) == 1
    assert error_maps.colours()[0] == "#000004"
    assert len(error_maps.colours()) == 16


def test_pictures_of_different_sizes_are_refused(drawn_face):
    for measured in (error_maps.absolute, error_maps.perceptual):
        with pytest.raises(ValueError, match="one shape"):
            measured(drawn_face, drawn_face[:64, :64])
