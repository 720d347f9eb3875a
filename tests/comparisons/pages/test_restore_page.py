"""The Restore tab in a real browser: a photograph with a real-looking cover, restored in four actions at most."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from scipy import ndimage

from restorers import images
from restorers.catalogue import METHODS
from tests.browsing import changed, still
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_page import _says
from tests.covered_photographs import Composed, composed

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium, served, page = test_page.chromium, test_page.served, test_page.page


@pytest.fixture(scope="module")
def photograph() -> Composed:
    return composed(1, "sunglasses", side=520, degrees=8, size=(800, 1000))


def _open(page: "Page", path: Path) -> None:
    page.get_by_role("tab", name="Restore").click()
    page.set_input_files("#restore-photograph input[type=file]", path)


def _downloaded(page: "Page") -> bytes:
    page.wait_for_selector("#restore-download:not([disabled])")
    with page.expect_download() as waiting:
        page.click("#restore-download")
    return Path(waiting.value.path()).read_bytes()


def _stroke(page: "Page", start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one place of the field to another, as fractions of the picture; outside of it is outside of 0 to 1."""
    canvas = page.locator("#restore-canvas canvas.shown")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=12)
    page.mouse.up()


def test_sunglasses_are_taken_off_in_three_actions(page: "Page", photograph: Composed, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    Image.fromarray(photograph.pixels).save(path, quality=88, subsampling=2)
    _open(page, path)
    _says(page, "#restore-found", "something covers it")
    assert not page.locator("#restore-kind").is_hidden()
    page.click("#restore-run")
    data = _downloaded(page)
    before, after = JpegImageFile(path), JpegImageFile(io.BytesIO(data))
    assert after.format == "JPEG"
    assert after.quantization == before.quantization
    change = np.abs(np.asarray(after).astype(int) - np.asarray(before)).max(-1) > 24
    near = ndimage.binary_dilation(photograph.mask, iterations=40)
    assert change[photograph.mask].mean() > 0.4
    assert not change[~near].any()
    # every other method is one click away, and the page shows the whole photograph
    _says(page, "#restore-status", "methods")
    page.wait_for_selector("#restore-methods .thumbnail-item")
    assert page.locator("#restore-view img").count() == 2
    page.wait_for_function(
        "count => document.querySelectorAll('#restore-methods .thumbnail-item').length === count", arg=len(METHODS)
    )
    first = page.locator("#restore-view img.after").get_attribute("src")
    page.locator("#restore-methods .thumbnail-item").nth(1).click()
    page.wait_for_function("src => document.querySelector('#restore-view img.after').src !== src", arg=first)


def test_one_more_stroke_where_nothing_is_found(page: "Page", photograph: Composed, tmp_path: Path) -> None:
    path = tmp_path / "clean.png"
    Image.fromarray(photograph.truth).save(path)
    _open(page, path)
    _says(page, "#restore-found", "paint over it by hand")
    # the reason stays beside the button
    page.click("#restore-run")
    _says(page, "#restore-status", "Nothing that covers a face was found or painted yet")
    canvas = page.locator("#restore-canvas canvas.shown")
    still(canvas)
    empty = canvas.screenshot()
    # from beyond the field, past its border, to the picture's middle, where the nose is
    field = page.locator("#restore-canvas .field").bounding_box()
    box = canvas.bounding_box()
    assert field is not None
    assert box is not None
    assert box["x"] + 1.12 * box["width"] > field["x"] + field["width"]
    _stroke(page, (1.12, 0.55), (0.5, 0.55))
    changed(canvas, empty)
    painted = canvas.screenshot()
    page.click("#restore-canvas [data-do=undo]")
    changed(canvas, painted)
    assert canvas.screenshot() == empty or page.locator("#restore-canvas [data-do=undo]").is_disabled()
    page.click("#restore-canvas [data-do=redo]")
    before = canvas.screenshot()
    for _ in range(3):
        page.click("#restore-canvas [data-do=grow]")
    changed(canvas, before)
    page.click("#restore-run")
    data = _downloaded(page)
    difference = (images.read(data) != photograph.truth).any(-1)
    assert 0.005 < difference.mean() < 0.2


def test_what_is_painted_lets_the_picture_through(page: "Page", photograph: Composed, tmp_path: Path) -> None:
    path = tmp_path / "clean.png"
    Image.fromarray(photograph.truth).save(path)
    _open(page, path)
    _says(page, "#restore-found", "One face.")
    assert float(page.locator("#restore-canvas canvas.shown").evaluate("one => getComputedStyle(one).opacity")) < 0.8
    bar = page.locator("#restore-canvas .bar").bounding_box()
    field = page.locator("#restore-canvas .field").bounding_box()
    assert bar is not None
    assert field is not None
    # the tools stand beside the picture, or above it: nothing of it lies under them
    assert bar["x"] + bar["width"] <= field["x"] or bar["y"] + bar["height"] <= field["y"]
    # and there is room to paint
    assert field["width"] > 300
    assert page.locator("#restore-canvas input[type=color]").count() == 0


def test_a_photograph_that_cannot_be_used_says_why_and_stays(page: "Page", tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    _open(page, path)
    _says(page, "#restore-found", "none of these")
    assert page.locator("#restore-run").is_disabled()


def test_on_a_phone_the_photograph_is_asked_for_first(page: "Page", photograph: Composed, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("tab", name="Restore").click()
    page.wait_for_selector("#restore-view .before-after.empty ol li")
    # what nobody can use yet is not there
    assert page.locator("#restore-download").is_hidden()
    asked, shown = (page.locator(f"#{name}").bounding_box() for name in ("restore-photograph", "restore-view"))
    assert asked is not None
    assert shown is not None
    assert asked["y"] + asked["height"] < min(844, shown["y"])
    path = tmp_path / "covered.png"
    Image.fromarray(photograph.pixels).save(path)
    page.set_input_files("#restore-photograph input[type=file]", path)
    _says(page, "#restore-found", "something covers it")
    page.click("#restore-run")
    # the result comes into sight by itself
    page.wait_for_function(
        "() => { const box = document.querySelector('#restore-view img.after')?.getBoundingClientRect();"
        " return box && !document.querySelector('.before-after.empty') && box.top >= -2 && box.bottom <= innerHeight; }"
    )
