"""Addresses that hold pictures."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from comparisons.arena.comparison import Result
from comparisons.metrics.scorer import COLUMNS
from comparisons.pages.parts import cards, data_urls
from restorers import catalogue


def read(address):
    kind, _, data = address.partition(";base64,")
    return kind, np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def noise(height, width):
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(256, 256), (1, 1), (3, 700)])
def test_an_exact_address_gives_the_very_pixels_back(size):
    kind, pixels = read(data_urls.exact(noise(*size)))
    assert kind == "data:image/webp"
    np.testing.assert_array_equal(pixels, noise(*size))


def test_what_is_too_long_for_a_webp_comes_exactly_too():
    long = noise(1, data_urls.LARGEST + 1)
    kind, pixels = read(data_urls.exact(long))
    assert kind == "data:image/png"
    np.testing.assert_array_equal(pixels, long)


def test_a_glance_is_small_and_near():
    shades = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 256, 3))
    _, pixels = read(data_urls.glance(shades))
    assert np.abs(pixels.astype(int) - shades).mean() < 3
    assert len(data_urls.glance(noise(256, 256))) < len(data_urls.exact(noise(256, 256))) / 2


def test_no_picture_of_a_card_is_packed_slowly(monkeypatch):
    """A PNG takes six times as long, ten times a run and once for every step of a method."""
    monkeypatch.setattr(data_urls, "png_bytes", lambda pixels: pytest.fail("packed as PNG"))
    result = Result(catalogue.method("telea"), "ok", noise(256, 256), 0.1, dict.fromkeys(COLUMNS, 0.5), "")
    assert "data:image/webp" in cards.result_card(result)
    assert "data:image/webp" in cards.plain_card("Truth", "as it was", noise(256, 256))
