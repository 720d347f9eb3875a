"""The Results tab in a real browser: a click on a mark of the chart shows the faces behind it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.pages.page import build_app
from comparisons.pages.results import results_tab
from comparisons.pages.text.results_texts import FACES
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_page import PATIENCE, _says
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium = test_page.chromium

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
BINS = "0.10-0.15,0.40-0.50"


@pytest.fixture
def page(
    chromium: "Browser", tmp_path: Path, drawn_face: npt.NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> Iterator["Page"]:
    (tmp_path / "faces").mkdir()
    for number in range(3):
        Image.fromarray(np.roll(drawn_face, 9 * number, 1)).save(tmp_path / "faces" / f"{number}.png")
    asked = ["--methods", "telea,navier_stokes", "--bins", BINS, "--workers", "1"]
    assert benchmark.main([str(tmp_path / "faces"), "--out", str(tmp_path / "run"), *asked]) == 0
    monkeypatch.setenv(FACES, str(tmp_path / "faces"))
    monkeypatch.setattr(results_tab, "build", partial(results_tab.build, root=tmp_path / "run"))
    with serving(build_app(Session(tmp_path / vote_log.FILE, METHODS))) as url:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.get_by_role("tab", name="Results").click()
        page.wait_for_selector("#results-chart .scatterlayer .trace .points path")
        yield page
        context.close()


def _click(page: "Page", curve: int, mark: int) -> None:
    """Click on a mark of the chart; every method has a band, which has no marks, and a line."""
    marks = page.locator("#results-chart .scatterlayer .trace:has(.points path)").nth(curve).locator(".points path")
    for _ in range(20):
        # the chart may still find its size; and Plotly takes a click for one only where it has shown what lies under the pointer
        marks.nth(mark).scroll_into_view_if_needed()
        place = marks.nth(mark).bounding_box()
        assert place is not None
        page.mouse.move(place["x"] - 60, place["y"] - 60)
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2, steps=4)
        page.wait_for_timeout(500)
        if page.locator("#results-chart .hoverlayer .hovertext").count():
            page.mouse.down()
            page.mouse.up()
            return
    pytest.fail("Plotly never said what lies under the pointer")


def test_a_click_on_a_mark_shows_its_faces(page: "Page") -> None:
    _click(page, 0, 1)
    _says(page, "#results-faces", "Telea")
    _says(page, "#results-faces", "0.40-0.50")
    page.wait_for_selector("#results-faces img")
    # once more, on another method and bin, after the chart was drawn anew
    page.click("#results-region label:has-text('hole')")
    page.wait_for_timeout(1000)
    _click(page, 1, 0)
    _says(page, "#results-faces", "Navier")
    _says(page, "#results-faces", "0.10-0.15")
