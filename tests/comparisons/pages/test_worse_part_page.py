"""Which part is worse, in a real browser: one more tap after a vote, before the names, and nothing lost by going on without it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from comparisons.study import vote_log
from tests.comparisons.pages import test_duel_races, test_page
from tests.comparisons.pages.test_duel_races import PLAN, REALISM, THERE

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium, page, busy, session = test_page.chromium, test_duel_races.page, test_duel_races.busy, test_duel_races.session


@pytest.fixture(autouse=True)
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_duel_races, "PLANS", (replace(PLAN, follow_up=1.0),))


def test_one_more_tap_before_the_names(page: "Page", tmp_path: Path, drawn_face: npt.NDArray[np.uint8]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("#duel-next")
    page.wait_for_function(THERE, arg=REALISM)
    page.click("#duel-pause")
    assert page.locator("#duel-part").count() == 0
    page.click("#duel-left")
    page.wait_for_selector("#duel-part:visible")
    assert page.locator("#reveal dl").count() == 0
    assert not vote_log.read_folder(tmp_path).votes
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#duel-part label", has_text="Seam").click()
    page.wait_for_selector("#reveal dl")
    page.wait_for_selector("#duel-part", state="detached")

    # whoever goes on without an answer has voted all the same
    page.click("#duel-next")
    page.wait_for_function(THERE, arg=REALISM)
    page.click("#duel-right")
    page.wait_for_selector("#duel-part:visible")
    page.click("#duel-next")
    page.wait_for_function("document.querySelector('#duel-count').innerText.includes('Pair 3 of')")
    page.wait_for_function(THERE, arg=REALISM)
    said = [(vote.answer, vote.part) for vote in vote_log.read_folder(tmp_path).votes]
    assert said == [("left", "seam"), ("right", "")]
