"""What is small on the page, in a real browser: marks beside names, rims of what can be chosen, captions, headings, what is off."""

import pytest

from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_layout import SCREENS, Opened, _box, opened

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")
pytestmark = pytest.mark.browser

chromium = test_page.chromium
__all__ = ["opened"]

_ALONE = """() => [...document.querySelectorAll("#cards .card:has(.swatch)")].filter((card) => {
  const [mark, picture] = [".swatch", "img"].map((part) => card.querySelector(part).getBoundingClientRect());
  const words = document.createRange();
  words.selectNodeContents(card.querySelector(".line b"));
  const [line] = words.getClientRects(), middle = (mark.top + mark.bottom) / 2;
  return !(line.top < middle && middle < line.bottom) && !(picture.top < mark.top && mark.bottom < picture.bottom);
}).map((card) => card.innerText)"""
"""Cards whose mark is neither on the first line of the name nor on the picture."""

_CONTRAST = """(place) => {
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0.05);
  const one = document.querySelector(place);
  const pair = [getComputedStyle(one).borderColor, getComputedStyle(one.closest("label")).backgroundColor].map(light);
  return Math.max(...pair) / Math.min(...pair);
}"""
"""Of a rim against the label that it lies on, by WCAG 2.2."""

_GAPS = """() => [...document.querySelectorAll(".about h2")].map((heading) => {
  const before = heading.previousElementSibling ?? heading.parentElement.previousElementSibling?.lastElementChild;
  return before && heading.getBoundingClientRect().top - before.getBoundingClientRect().bottom;
}).filter((gap) => gap !== null && gap !== undefined)"""
"""Pixels above headings of About, but those that begin it or a column."""


@pytest.mark.parametrize("width", SCREENS)
def test_no_mark_of_a_method_stands_on_a_line_of_its_own(opened: Opened, width: int) -> None:
    with opened(width, "en-GB") as page:
        assert page.locator("#cards .card .swatch").count() >= 10
        assert page.evaluate(_ALONE) == []


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_the_first_hint_pushes_nothing_off_the_screen(opened: Opened, language: str) -> None:
    with opened(1440, language) as page:
        caption, hint, tab = (_box(page.locator(part)) for part in ("#chart figcaption", "#hint", "#tab-about-button"))
        assert caption["y"] + caption["height"] <= SCREENS[1440]
        assert hint["x"] > tab["x"] + tab["width"]
        # nor does anything move when it goes
        page.click("#hint button")
        page.wait_for_selector("#hint", state="hidden")
        assert _box(page.locator("#chart figcaption")) == caption


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_not_chosen_can_be_seen_to_be_a_choice(opened: Opened, theme: str) -> None:
    with opened(1440, "en-GB") as page:
        # opened in it: what changes its theme fades
        page.goto(f"{page.url.split('?')[0]}?__theme={theme}")
        page.wait_for_selector("#preview img")
        assert page.evaluate(_CONTRAST, "#place input:not(:checked)") >= 3


def test_headings_of_about_stand_apart_from_what_is_above_them(opened: Opened) -> None:
    with opened(390, "en-GB") as page:
        page.click("#tab-about-button")
        page.locator(".about h2").last.wait_for()
        gaps = page.evaluate(_GAPS)
        assert len(gaps) == page.locator(".about h2").count() - 1
        assert min(gaps) >= 16


def test_what_is_kept_is_one_line_on_a_phone(opened: Opened) -> None:
    with opened(390, "en-GB") as page:
        page.click("#tab-rate-button")
        page.click("#duel-next")
        page.wait_for_selector("#duel-kept")
        words = "document.createRange(), one = document.querySelector('#duel-kept button span')"
        lines = page.evaluate(
            f"() => {{ const words = {words}; words.selectNodeContents(one);"
            " return new Set([...words.getClientRects()].map((line) => line.top)).size; }"
        )
        assert lines == 1


def test_what_cannot_be_pressed_looks_so_at_once(opened: Opened) -> None:
    with opened(1440, "en-GB") as page:
        for tab, button in (("compare", "cancel"), ("restore", "restore-cancel"), ("video", "video-cancel")):
            page.click(f"#tab-{tab}-button")
            shown = page.locator(f"#{button}")
            assert shown.is_disabled()
            assert shown.evaluate("one => getComputedStyle(one).transitionProperty") == "none", button
