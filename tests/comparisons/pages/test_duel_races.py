"""The Duel on a server that takes its time: no pair is lost, and none stands under another question, whatever is pressed meanwhile."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.pages.page import build_app
from comparisons.session import Session
from comparisons.study import pool, vote_log
from comparisons.study.blind_study import BlindTrial
from comparisons.study.plan import StudyPlan
from restorers import catalogue
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_page import PATIENCE
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium = test_page.chromium

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
PLAN = replace(StudyPlan(), practice=0, repeats=0, checks=0)
PLANS = (PLAN, replace(PLAN, question="fidelity"))
THERE = """pictures => document.querySelectorAll('#pair img').length === pictures
    && !document.querySelector('#duel-tie').disabled"""
REALISM, FIDELITY = 3, 4
"""Pictures of a pair; the second shows the original too."""


@dataclass
class Busy:
    """A server that keeps whoever asks for a pair waiting."""

    begun: threading.Event = field(default_factory=threading.Event)
    """Somebody has asked."""
    free: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def session(tmp_path: Path, drawn_face: npt.NDArray[np.uint8]) -> Session:
    (tmp_path / "pictures").mkdir()
    for number in range(12):
        Image.fromarray(np.roll(drawn_face, 5 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)
    return Session(tmp_path / vote_log.FILE, METHODS, faces_of_study=tmp_path / "pool", plans=PLANS)


@pytest.fixture
def busy(session: Session, monkeypatch: pytest.MonkeyPatch) -> Busy:
    held, asked = Busy(), session.next_trial
    held.free.set()

    def next_trial(*known: Any) -> BlindTrial:
        held.begun.set()
        held.free.wait(PATIENCE / 1000)
        return asked(*known)

    monkeypatch.setattr(session, "next_trial", next_trial)
    return held


@pytest.fixture
def page(chromium: "Browser", session: Session, busy: Busy) -> Iterator["Page"]:
    with serving(build_app(session)) as url:
        page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.get_by_role("tab", name="Rate").click()
        page.wait_for_selector("#duel-next:visible")
        yield page
        busy.free.set()
        page.context.close()


def _asked_in_vain(page: "Page", busy: Busy) -> None:
    """Ask for a pair that does not come yet."""
    busy.free.clear()
    busy.begun.clear()
    page.click("#duel-next")
    assert busy.begun.wait(PATIENCE / 1000)


def _choose(page: "Page", words: str) -> None:
    page.locator("#question label", has_text=words).click()


def test_another_question_and_a_press_while_the_last_pair_is_on_its_way(
    page: "Page", busy: Busy, tmp_path: Path
) -> None:
    _asked_in_vain(page, busy)
    _choose(page, "closer to the original")
    page.click("#duel-next")
    busy.free.set()
    page.wait_for_function(THERE, arg=FIDELITY)
    page.click("#duel-left")
    page.wait_for_selector("#reveal dl")
    assert [vote.question for vote in vote_log.read_folder(tmp_path).votes] == ["fidelity"]


def test_a_pair_that_comes_after_another_question_was_chosen_stands_under_none(page: "Page", busy: Busy) -> None:
    _asked_in_vain(page, busy)
    _choose(page, "closer to the original")
    busy.free.set()
    page.wait_for_function(
        """() => document.querySelector('#duel-count').innerText.includes('Pair 1 of')
        && !document.querySelector('#pair img') && document.querySelector('#duel-tie').disabled"""
    )
    page.click("#duel-next")
    page.wait_for_function(THERE, arg=FIDELITY)
    # nor is it lost: it is the first of its own study still
    _choose(page, "undamaged photograph")
    page.click("#duel-next")
    page.wait_for_function(THERE, arg=REALISM)
    assert "Pair 1 of" in page.inner_text("#duel-count")


def test_what_the_server_has_to_say_about_a_question_does_not_clear_the_pair_that_came_first(page: "Page") -> None:
    held: list[Route] = []
    letting = threading.Event()

    def late(route: "Route") -> None:
        if letting.is_set():
            route.continue_()
        else:
            held.append(route)

    page.click("#duel-next")
    page.wait_for_function(THERE, arg=REALISM)
    page.route("**/gradio_api/run/**", late)
    _choose(page, "closer to the original")
    page.click("#duel-next")
    page.wait_for_function(THERE, arg=FIDELITY)
    letting.set()
    assert held
    for one in held:
        with page.expect_response("**/gradio_api/run/**"):
            one.continue_()
    page.wait_for_function("() => new Promise(requestAnimationFrame)")
    assert page.evaluate(THERE, FIDELITY)


def test_pressed_twice_the_pair_that_was_ready_stays(page: "Page", busy: Busy) -> None:
    page.click("#duel-next")
    page.wait_for_function(THERE, arg=REALISM)
    page.wait_for_function("document.querySelectorAll('#duel-ahead img').length === 3")
    page.click("#duel-pause")
    page.click("#duel-left")
    page.wait_for_selector("#reveal dl")
    _asked_in_vain(page, busy)
    page.click("#duel-next")
    busy.free.set()
    page.wait_for_function(THERE, arg=REALISM)
    assert "Pair 2 of" in page.inner_text("#duel-count")
