"""The Duel in a real browser: keys, clicks, flip, zoom, a reload, and the next pair before it is asked for."""

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
from comparisons.study import pool, vote_log
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

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
PLAN = replace(StudyPlan(), practice=0, repeats=0, checks=0)
SOURCES = "selector => [...document.querySelectorAll(`${selector} img`)].map(one => one.src)"


@pytest.fixture
def page(chromium: "Browser", tmp_path: Path, drawn_face: npt.NDArray[np.uint8]) -> Iterator["Page"]:
    (tmp_path / "pictures").mkdir()
    for number in range(12):
        Image.fromarray(np.roll(drawn_face, 5 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)
    session = Session(tmp_path / vote_log.FILE, METHODS, faces_of_study=tmp_path / "pool", plans=(PLAN,))
    app = build_app(session)
    with serving(app) as url:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        _to_the_duel(page)
        yield page
        context.close()


def _to_the_duel(page: "Page") -> None:
    page.get_by_role("tab", name="Duel").click()


def _next_pair(page: "Page") -> list[str]:
    page.keyboard.press("n")
    page.wait_for_selector("#duel-tie:not([disabled])")
    page.wait_for_function("document.querySelectorAll('#pair img').length === 3")
    return _sources(page, "#pair")


def _sources(page: "Page", selector: str) -> list[str]:
    return list(page.evaluate(SOURCES, selector))


def _ahead(page: "Page") -> list[str]:
    """The pair that comes next, as soon as the browser holds it."""
    page.wait_for_function("document.querySelectorAll('#duel-ahead img').length === 3")
    return _sources(page, "#duel-ahead")


def _answers(folder: Path) -> list[str]:
    return [vote.answer for vote in vote_log.read_folder(folder).votes]


def test_a_rater_at_the_keys_and_with_the_mouse(page: "Page", tmp_path: Path) -> None:
    # the tab has the focus; only the arrows belong to it
    first = _next_pair(page)
    ahead = _ahead(page)
    assert not set(first) & set(ahead)
    page.keyboard.press("3")
    page.wait_for_selector("#reveal dl")
    assert _sources(page, "#pair") == first

    # what was held ready is what comes
    second = _next_pair(page)
    assert second == ahead

    # held down: the corrupted face in place of both, and one place of all three closer
    page.keyboard.down("f")
    assert len(set(_sources(page, "#pair"))) == 1
    page.keyboard.up("f")
    assert _sources(page, "#pair") == second
    box = page.locator("#pair .card.a img").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 40)
    page.keyboard.down("z")
    origins = page.eval_on_selector_all("#pair img", "all => all.map(one => one.style.transformOrigin)")
    assert len(set(origins)) == 1
    assert "%" in origins[0]
    assert (
        page.eval_on_selector("#pair .card.b img", "one => getComputedStyle(one).transform")
        == "matrix(3, 0, 0, 3, 0, 0)"
    )
    page.keyboard.up("z")
    assert page.eval_on_selector("#pair .card.b img", "one => getComputedStyle(one).transform") == "none"

    # a reload goes on with the pair that is open
    page.reload()
    _to_the_duel(page)
    assert _next_pair(page) == second
    assert "Pair 2 of" in page.inner_text("#duel-count")
    page.click("#pair .card.b img")
    page.wait_for_selector("#reveal dl")

    for key in ("ArrowLeft", "ArrowRight", "1", "4"):
        _next_pair(page)
        page.keyboard.press(key)
        page.wait_for_selector("#reveal dl")
    _next_pair(page)
    page.focus("#duel-remark input, #duel-remark textarea")
    page.keyboard.type("1 ear, 2 eyes")
    assert len(_answers(tmp_path)) == 6
    page.eval_on_selector("#duel-remark input, #duel-remark textarea", "one => one.blur()")
    page.keyboard.press("5")
    page.wait_for_selector("#reveal p")
    assert _answers(tmp_path) == ["both_bad", "right", "left", "right", "left", "right", "skip"]
    assert [vote.comment for vote in vote_log.read_folder(tmp_path).votes][-2:] == ["", "1 ear, 2 eyes"]


@pytest.mark.parametrize("width", [360, 390, 768, 1440])
def test_each_answer_stands_under_its_picture(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    _next_pair(page)
    for side, answer in (("a", "left"), ("b", "right")):
        picture = page.locator(f"#pair .card.{side} img").bounding_box()
        button = page.locator(f"#duel-{answer}").bounding_box()
        assert picture is not None
        assert button is not None
        middle = button["x"] + button["width"] / 2
        assert picture["x"] <= middle <= picture["x"] + picture["width"]
        assert button["y"] >= picture["y"] + picture["height"]
