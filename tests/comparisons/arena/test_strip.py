"""The strip holds the very pixels, in order, with room for words below."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from comparisons.arena.comparison import Comparison, FaceCrop, Result
from comparisons.arena.strip import DPI, TIMES, enlarged, strip
from comparisons.metrics.scorer import COLUMNS
from restorers import catalogue, images
from restorers.contract import Corrupted
from restorers.corruptions.corruption import Corruption


@pytest.fixture
def comparison(drawn_face):
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 60:120, 60:120] = 1
    corrupted = Corrupted(images.to_tensor(drawn_face) * (1 - mask), mask)
    scores = dict.fromkeys(COLUMNS, 0.5)
    results = (
        Result(catalogue.method("telea"), "ok", 255 - drawn_face, 1.0, scores, ""),
        Result(catalogue.method("patchmatch"), "failed", None, 0.0, {}, "No weights."),
        Result(catalogue.method("navier_stokes"), "ok", drawn_face // 2, 1.0, scores, ""),
    )
    return Comparison(FaceCrop("drawn", drawn_face, None, "drawn"), Corruption(), corrupted, results, 3)


def test_every_picture_is_there_pixel_for_pixel_between_occluded_and_truth(comparison):
    picture = Image.open(io.BytesIO(strip(comparison)))
    assert picture.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)
    sheet = np.asarray(picture)
    wanted = [
        comparison.occluded,
        comparison.results[0].pixels,
        comparison.results[2].pixels,
        comparison.face.pixels,
    ]
    side, gap = 256 * TIMES, (sheet.shape[1] - 4 * 256 * TIMES) // 5
    for number, pixels in enumerate(wanted):
        left = gap + number * (side + gap)
        assert np.array_equal(sheet[gap : gap + side, left : left + side], enlarged(pixels))
        captions = sheet[gap + side :, left : left + side]
        assert (captions < 128).any()
    # scores stand below the methods and not below the truth
    rows = [np.flatnonzero((sheet[gap + side :, gap + n * (side + gap) :][:, :side] < 128).any((1, 2))) for n in (1, 3)]
    assert rows[0].max() > rows[1].max() + 20


def test_long_names_stay_under_their_picture(comparison):
    sheet = np.asarray(Image.open(io.BytesIO(strip(comparison))))
    gap = (sheet.shape[1] - 4 * 256 * TIMES) // 5
    between = sheet[:, gap + 256 * TIMES : 2 * gap + 256 * TIMES]
    assert (between == 255).all()
