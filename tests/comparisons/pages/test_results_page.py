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
from comparisons.metrics import likeness
from comparisons.metrics.likeness import Pair
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
    likeness.write(
        tmp_path / "run" / likeness.FILE,
        [Pair("telea", "navier_stokes", 0.39, 8, "", ""), Pair("telea", "old", 1.2, 8)],
    )
    given = ["picture,scenario,bin,method,musiq", "0.png,rectangle,0.40-0.50,telea,55"]
    (tmp_path / "given.csv").write_text("\n".join(given) + "\n")
    assert benchmark.main(["import", str(tmp_path / "given.csv"), "--out", str(tmp_path / "run")]) == 0
    monkeypatch.setenv(FACES, str(tmp_path / "faces"))
    monkeypatch.setattr(results_tab, "build", partial(results_tab.build, root=tmp_path / "run"))
    with serving(build_app(Session(tmp_path / vote_log.FILE, METHODS))) as url:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.get_by_role("tab", name="Results").click()
        page.wait_for_selector("#results-chart .mark")
        yield page
        context.close()


def _click(page: "Page", method: str, bin_name: str) -> None:
    # by event and not by place: marks of two methods that do alike lie over each other
    page.locator(f"#results-chart .mark[data-cell='{bin_name}|{method}']").first.dispatch_event("click")


def test_all_fits_a_screen_and_a_click_shows_a_model_card_or_the_faces_behind_a_mark(page: "Page") -> None:
    for shown in ("#results-chart figure", "#results-models .models", "#results-svg"):
        box = page.locator(shown).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, shown
    assert page.locator("#results-models summary").count() == len(METHODS)
    page.click("#results-models summary:has-text('Telea')")
    _says(page, "#results-models details[open]", "Image Inpainting Technique")
    _click(page, "telea", "0.40-0.50")
    _says(page, "#results-faces", "Telea")
    _says(page, "#results-faces", "0.40-0.50")
    page.wait_for_selector("#results-faces img")
    # once more, on another method and bin, after the figure was drawn anew
    before = page.inner_html("#results-chart")
    page.click("#results-region label:has-text('Whole')")
    page.wait_for_function("was => document.querySelector('#results-chart').innerHTML !== was", arg=before)
    page.click("#results-table tr[data-cell='0.10-0.15|navier_stokes']")
    _says(page, "#results-faces", "Navier")
    _says(page, "#results-faces", "0.10-0.15")


def test_the_best_of_a_bin_is_two_files_within_four_clicks(page: "Page", tmp_path: Path) -> None:
    """The tab was the first click."""
    page.click("#results-bin label:has-text('40–50')")
    page.wait_for_selector("#results-table tr[data-cell^='0.40']")
    page.wait_for_function("!document.querySelector(\"#results-table tr[data-cell^='0.10']\")")
    best = page.inner_text("#results-table tr[data-cell] >> nth=0")
    assert page.inner_text("#results-status").removeprefix("Best: ").split(",")[0] == best.split("\t")[1].strip()
    for ending in ("svg", "csv"):
        with page.expect_download() as waiting:
            page.click(f"#results-{ending}")
        waiting.value.save_as(tmp_path / f"figure.{ending}")
        name = waiting.value.suggested_filename
        assert name.startswith("unmasked-faces-rectangle-lpips_mask-0.40-0.50")
        assert name.endswith(ending)
    lines = (tmp_path / "figure.csv").read_text().splitlines()
    assert lines[0].endswith("method,n,mean,low,high")
    assert len(lines) == 1 + len(METHODS)
    first = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert f"{float(first['mean']):.4g}" in best
    assert best.split("\t")[1].strip() in (tmp_path / "figure.svg").read_text()


def test_the_address_says_what_is_shown_and_brings_it_back(page: "Page") -> None:
    page.wait_for_function("location.search.includes('scenario=rectangle')")
    base = page.url.split("?")[0]
    page.click("#results-kind label:has-text('cost')")
    page.goto(f"{base}?tab=results&scenario=rectangle&measure=psnr_ring&baseline=telea")
    _says(page, "#results-chart", "than Telea")
    assert page.get_by_role("tab", name="Results").get_attribute("aria-selected") == "true"
    assert page.locator("#results-region input:checked").get_attribute("value") == "_ring"
    page.get_by_role("tab", name="About").click()
    assert page.url == f"{base}?tab=about"
    page.go_back()
    page.wait_for_function("document.querySelector('#tab-results-button').ariaSelected === 'true'")
    assert "measure=psnr_ring" in page.url


def test_a_phone_shows_imported_measures_and_how_alike_methods_are(page: "Page", tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("#results-measure input")
    page.get_by_role("option", name="musiq (imported)").click()
    _says(page, "#results-status", "measured elsewhere")
    assert page.locator("#results-region input:checked").get_attribute("value") == ""
    _says(page, "#results-table", "55")
    cells = page.locator("#results-alike td[style]")
    assert sorted(cells.all_inner_texts()) == ["0.39", "0.39", "1.20", "1.20"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as waiting:
        page.click("#results-alike-csv")
    waiting.value.save_as(tmp_path / "alike.csv")
    assert (tmp_path / "alike.csv").read_bytes() == (tmp_path / "run" / likeness.FILE).read_bytes()
