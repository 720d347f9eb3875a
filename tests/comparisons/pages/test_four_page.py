"""The best and the worst of four in a real browser: two taps an answer, in whatever order, and the names after both."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.pages.page import build_app
from comparisons.session import Session
from comparisons.study import fours, pool, vote_log
from comparisons.study.plan import StudyPlan
from restorers import catalogue
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_page import PATIENCE
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium = test_page.chromium

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes", "eigenface", "patchmatch"))
PLAN = replace(StudyPlan(), task="best_worst", practice=0, repeats=0, checks=0)
COMES = (
    "document.querySelectorAll('#pair .four img').length === 5 && !document.querySelector('#four-best input').disabled"
)


@pytest.fixture
def page(chromium: "Browser", tmp_path: Path, drawn_face: npt.NDArray[np.uint8]) -> Iterator["Page"]:
    (tmp_path / "pictures").mkdir()
    for number in range(4):
        Image.fromarray(np.roll(drawn_face, 5 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)
    session = Session(tmp_path / vote_log.FILE, METHODS, faces_of_study=tmp_path / "pool", plans=(PLAN,))
    with serving(build_app(session)) as url:
        page = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.get_by_role("tab", name="Rate").click()
        yield page


def test_a_second_tap_while_the_first_is_on_its_way_counts(page: "Page", tmp_path: Path) -> None:
    """The second was lost where the server had not answered the first."""
    page.click("#duel-next")
    page.click("#duel-pause")
    page.wait_for_function(COMES)
    slow = {"offline": False, "latency": 1000, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    with page.expect_request("**/queue/join*"):
        page.locator("#four-best").get_by_label("B", exact=True).check()
    page.locator("#four-worst").get_by_label("D", exact=True).check()
    page.wait_for_function("document.querySelector('#reveal').innerText.includes('B')")
    (one,) = map(fours.four, vote_log.read(tmp_path / vote_log.FILE).votes)
    assert one is not None
    assert (one.shown.index(one.best), one.shown.index(one.worst)) == (1, 3)


def test_two_taps_are_an_answer_in_whatever_order(page: "Page", tmp_path: Path) -> None:
    """The first of the two taps was refused as none of the page's own: nobody could answer at all."""
    page.click("#duel-next")
    page.click("#duel-pause")
    for best, worst, first in (("B", "D", "best"), ("C", "A", "worst")):
        page.wait_for_function(COMES)
        taps = {"best": best, "worst": worst}
        for end in (first, *(taps.keys() - {first})):
            page.locator(f"#four-{end}").get_by_label(taps[end], exact=True).check()
        page.wait_for_function(f"document.querySelector('#reveal').innerText.includes('{best}')")
        assert page.locator("#reveal dt").all_inner_texts() == ["A", "B", "C", "D"]
        assert page.locator(".toast-body").count() == 0
        page.click("#duel-next")
    (one, other) = map(fours.four, vote_log.read(tmp_path / vote_log.FILE).votes)
    assert one is not None
    assert other is not None
    assert (one.shown.index(one.best), one.shown.index(one.worst)) == (1, 3)
    assert (other.shown.index(other.best), other.shown.index(other.worst)) == (2, 0)
