"""Whoever's browser asks for Chinese reads no English: every tab is opened, and each visible string and spoken name looked at."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from comparisons.arena.comparison import VERSION
from comparisons.benchmark import published
from comparisons.metrics.extras import ALL
from comparisons.pages.page import build_app
from comparisons.pages.parts import cards
from comparisons.session import EXAMPLES, Session
from comparisons.study import vote_log
from restorers.catalogue import METHODS
from tests.browsing import PATIENCE
from tests.comparisons.pages import test_page
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")
pytestmark = pytest.mark.browser

chromium = test_page.chromium

HAN = re.compile("[\u4e00-\u9fff]")
WORD = re.compile("[A-Za-z]{3}")
NAMES = {
    "Unmasked",
    f"Unmasked {VERSION}",
    "un",
    "mask",
    "ed",
    *(metric.metric.label for metric in ALL.values()),
    *(method.name for method in METHODS),
    *(cards.origin(method) for method in METHODS),
    *(word for figure in published.FIGURES for word in (figure.method, figure.metric, figure.value, figure.source)),
}
"""What is the same in every language."""
FRAMES = 60
"""Of the browser, in which what has come must have been translated."""
SHOWN = """() => {
  const found = new Set();
  const chinese = (one) => {
    const told = one.closest("[lang]");
    return !told || told.lang.startsWith("zh");
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const one = words.currentNode.parentElement;
    if (!one.closest("style, script, code") && one.getClientRects().length && chinese(one)) found.add(words.currentNode.data.trim());
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (!one.getClientRects().length || !chinese(one)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) found.add((one.getAttribute(name) ?? "").trim());
  }
  return [...found];
}"""


@pytest.fixture(scope="module")
def page(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator["Page"]:
    with serving(build_app(Session(tmp_path_factory.mktemp("votes") / vote_log.FILE))) as url:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        opened = context.new_page()
        opened.set_default_timeout(1000 * PATIENCE)
        opened.goto(url)
        opened.wait_for_selector("#run:not([disabled])")
        yield opened
        context.close()


def _english(page: "Page") -> set[str]:
    """What can be read or heard on the page, and is neither Chinese nor a name."""
    shown = {words for words in page.evaluate(SHOWN) if WORD.search(words) and not HAN.search(words)}
    return {words for words in shown if not _universal(words)}


def _universal(words: str) -> bool:
    """Whether it is a name, numbered or with numbers and units, or a paper with its title."""
    bare = re.sub(r"^\d+ |(?: dB)? [↑↓]$| \[?[\d.]+.*$", "", words)
    paper = any(method.paper.title and method.paper.title in words for method in METHODS)
    return paper or words in NAMES or bare in NAMES or not WORD.search(bare)


def _all_chinese(page: "Page") -> None:
    # what has just come is translated when the browser draws next
    english = _english(page)
    for _ in range(FRAMES):
        if not english:
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
        english = _english(page)
    assert english == set()


def test_compare_says_nothing_in_english(page: "Page") -> None:
    _all_chinese(page)
    for view, shown in {
        "chart": "#wide-chart svg",
        "maps": "#maps img",
        "steps": "#steps p",
        "share": "#download:not([disabled])",
    }.items():
        page.click(f"#view-{view}-button")
        page.wait_for_selector(shown)
        _all_chinese(page)
    page.click("#occluder input")
    page.click("[role=option] >> nth=2")
    page.wait_for_selector("#editor canvas.shown")
    _all_chinese(page)
    # nothing is painted: a refusal, in Chinese up to its title
    page.click("#run")
    page.wait_for_selector(".why-failed")
    _all_chinese(page)


def test_a_photograph_is_asked_for_in_chinese(page: "Page") -> None:
    page.click("#tab-compare-button")
    page.set_input_files("#photograph input[type=file]", EXAMPLES / "05.png")
    page.wait_for_selector("#wrong")
    page.click("#wrong")
    page.wait_for_selector("#point-picture img")
    _all_chinese(page)
    page.click("#tab-restore-button")
    _all_chinese(page)
    page.set_input_files("#restore-photograph input[type=file]", EXAMPLES / "05.png")
    page.wait_for_selector("#restore-canvas canvas.shown")
    _all_chinese(page)


def test_pairs_are_rated_in_chinese(page: "Page") -> None:
    page.click("#tab-rate-button")
    _all_chinese(page)
    page.click("#duel-next")
    page.wait_for_selector("#duel-tie:not([disabled])")
    page.click("#duel-pause")
    page.click("#duel-tie")
    page.wait_for_selector("#reveal dl")
    page.click("#duel-kept button")
    _all_chinese(page)


def test_results_and_their_model_cards_are_headed_in_chinese(page: "Page") -> None:
    page.click("#tab-results-button")
    page.wait_for_selector("#results-table tr[data-cell]")
    page.evaluate("for (const one of document.querySelectorAll('.models details')) one.open = true")
    _all_chinese(page)
    page.click("#results-baseline input")
    page.wait_for_selector("[role=option]")
    _all_chinese(page)
    page.keyboard.press("Escape")
    page.click("#results-kind label >> nth=1")
    page.wait_for_selector("#results-chart text[data-zh*='PatchMatch = 1']")
    _all_chinese(page)
    page.click("#view-ranking-button")
    page.wait_for_selector("#standings p")
    _all_chinese(page)


def test_video_and_about_say_nothing_in_english(page: "Page") -> None:
    page.click("#tab-video-button")
    _all_chinese(page)
    page.click("#tab-about-button")
    _all_chinese(page)
