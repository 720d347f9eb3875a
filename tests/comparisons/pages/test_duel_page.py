"""The Duel in a real browser: one screen, one tap a pair, keys, clicks, flip, zoom, a reload, the next pair before it is asked for."""

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
from tests.browsing import still
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
    page.get_by_role("tab", name="Rate").click()


def _pause(page: "Page") -> None:
    """Let no pair come by itself, so that each step can be looked at."""
    page.keyboard.press("p")
    page.wait_for_selector("#duel-pause[aria-pressed=true]")


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
    _pause(page)
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
    _pause(page)
    assert "Pair 2 of" in page.inner_text("#duel-count")
    page.click("#pair .card.b img")
    page.wait_for_selector("#reveal dl")

    for key in ("ArrowLeft", "ArrowRight", "1", "4"):
        _next_pair(page)
        page.keyboard.press(key)
        page.wait_for_selector("#reveal dl")
    _next_pair(page)
    page.click("#duel-kept button")
    # Gradio puts the field up when it is asked for, and a letter that comes before all of it is there is lost
    still(page.locator("#duel-kept"))
    page.focus("#duel-remark input, #duel-remark textarea")
    page.keyboard.type("1 ear, 2 eyes")
    assert len(_answers(tmp_path)) == 6
    page.eval_on_selector("#duel-remark input, #duel-remark textarea", "one => one.blur()")
    page.keyboard.press("5")
    page.wait_for_selector("#reveal p")
    assert _answers(tmp_path) == ["both_bad", "right", "left", "right", "left", "right", "skip"]
    assert [vote.comment for vote in vote_log.read_folder(tmp_path).votes][-2:] == ["", "1 ear, 2 eyes"]


SIZES = [(360, 740), (390, 844), (768, 1024), (1440, 900)]
COMES = """words => document.querySelector('#duel-count').innerText.includes(words)
    && document.querySelectorAll('#pair img').length === 3 && !document.querySelector('#duel-tie').disabled"""
ANSWERS = ("left", "tie", "both-bad", "right", "skip")


def _box(page: "Page", selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None, selector
    return {side: found[side] for side in ("x", "y", "width", "height")}


def _fits(page: "Page", width: int, height: int) -> None:
    """Pictures and answers within the window, each answer under its picture, in the order of the pictures."""
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it is wider than the window"
    boxes = {answer: _box(page, f"#duel-{answer}") for answer in ANSWERS}
    for answer, box in boxes.items():
        assert box["x"] >= 0, answer
        assert box["x"] + box["width"] <= width, answer
        assert box["y"] + box["height"] <= height, answer
        assert box["height"] >= 36, answer
    for side, answer in (("a", "left"), ("b", "right")):
        picture, button = _box(page, f"#pair .card.{side} img"), boxes[answer]
        assert picture["y"] >= 0
        assert picture["x"] <= button["x"] + button["width"] / 2 <= picture["x"] + picture["width"]
        assert button["y"] >= picture["y"] + picture["height"]
        # a picture on a screen that is large enough is not a thumbnail: it has all of its pixels
        assert picture["width"] >= min(0.42 * min(width, height) - 20, 256)
    assert boxes["left"]["x"] < boxes["right"]["x"]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_ten_pairs_take_ten_taps_and_no_scroll(page: "Page", tmp_path: Path, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    assert page.locator("#duel-consent").is_visible()
    page.click("#duel-next")
    for number in range(1, 11):
        # the next one has come by itself
        page.wait_for_function(COMES, arg=f"Pair {number} of")
        if number in (1, 2, 10):
            _fits(page, width, height)
        page.click("#duel-left" if number % 2 else "#duel-right")
    page.wait_for_selector("#reveal dl")
    assert page.locator("#duel-consent").is_hidden()
    assert _answers(tmp_path) == ["left", "right"] * 5


def test_names_stay_for_a_moment_and_for_longer_while_somebody_pauses(page: "Page") -> None:
    page.clock.install()
    first = _next_pair(page)
    page.click("#duel-left")
    page.wait_for_selector("#reveal dl")
    # the names stand beside the pictures that they are of
    assert _sources(page, "#pair") == first
    page.clock.run_for(1500)
    page.wait_for_selector("#duel-tie:not([disabled])")
    second = _sources(page, "#pair")
    assert second != first
    assert page.locator("#reveal dl").count() == 0
    _pause(page)
    page.click("#duel-right")
    page.wait_for_selector("#reveal dl")
    page.clock.run_for(60_000)
    assert _sources(page, "#pair") == second
    assert page.locator("#reveal dl").count() == 1


def test_consent_is_asked_for_once_and_is_a_line_after_that(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator("#duel-kept").is_hidden()
    assert _box(page, "#duel-next")["y"] + 20 < 844
    page.click("#duel-next")
    page.wait_for_selector("#duel-tie:not([disabled])")
    page.reload()
    _to_the_duel(page)
    page.wait_for_selector("#duel-kept")
    assert page.locator("#duel-consent").is_hidden()
    assert "What is kept:" not in page.inner_text("#duel")
    page.click("#duel-kept button")
    page.wait_for_function("document.querySelector('#duel').innerText.includes('What is kept:')")


@pytest.fixture
def with_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PLAN", replace(PLAN, question="fidelity"))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_original_stands_in_the_middle_and_all_of_it_on_one_screen(
    with_truth: None, page: "Page", width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.click("#duel-next")
    page.wait_for_selector("#duel-tie:not([disabled])")
    page.wait_for_function("document.querySelectorAll('#pair img').length === 4")
    left, truth, right = (_box(page, f"#pair {name} img") for name in (".card.a", ".card.truth", ".card.b"))
    small = _box(page, "#pair .card.small img")
    assert small["width"] < truth["width"]
    assert truth["y"] >= 0
    assert truth["width"] >= 0.9 * min(left["width"], 160)
    if width > 767:
        assert left["x"] < truth["x"] < right["x"]
        assert truth["y"] == pytest.approx(left["y"], abs=2)
    for answer in ANSWERS:
        box = _box(page, f"#duel-{answer}")
        assert box["y"] + box["height"] <= height, answer
        assert box["y"] >= left["y"] + left["height"]
