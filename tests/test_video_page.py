"""The Video tab in a real browser: three players, a chart and a download; a cancel that keeps what was done; a bad file."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comparisons.motion import clips
from tests import test_page
from tests.test_page import _says

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium, served, page = test_page.chromium, test_page.served, test_page.page

FRAMES = 36
"""Of each example."""


@pytest.fixture
def tab(page: "Page") -> "Page":
    """The page with the Video tab open."""
    page.get_by_role("tab", name="Video").click()
    page.locator("#video-run").wait_for()
    return page


def _choose(page: "Page", which: str, option: str) -> None:
    page.click(f"{which} input")
    page.get_by_role("option", name=option).click()


def _frames_of_players(page: "Page", folder: Path) -> list[int]:
    """How many frames each of the players' files has, fetched as the browser would."""
    page.wait_for_function("[...document.querySelectorAll('#players video')].filter(one => one.src).length === 3")
    sources = page.eval_on_selector_all("#players video", "players => players.map(one => one.src)")
    assert len(set(sources)) == 3
    counts = []
    for number, source in enumerate(sources):
        path = folder / f"{number}.mp4"
        path.write_bytes(page.request.get(source).body())
        counts.append(len(clips.read(path).times))
    return counts


def test_a_clip_is_cancelled_and_then_restored(tab: "Page", tmp_path: Path) -> None:
    assert tab.locator("#video-run").is_disabled()
    _choose(tab, "#video-example", "Example 1")
    _says(tab, "#video-facts", f"{FRAMES} frames in 3.0 s, 256 x 256 pixels, silent")

    tab.click("#video-run")
    _says(tab, "#video-status", "Lightweight GAN restores: ")
    tab.click("#video-cancel")
    _says(tab, "#video-status", "Cancelled; ")
    kept = int(tab.inner_text("#video-status").split("Cancelled; ")[1].split()[0])
    assert 0 < kept < FRAMES
    assert _frames_of_players(tab, tmp_path) == [kept] * 3

    _choose(tab, "#video-method", "Telea")
    tab.click("#video-run:not([disabled])")
    _says(tab, "#video-status", "All frames are done.")
    assert _frames_of_players(tab, tmp_path) == [FRAMES] * 3
    tab.wait_for_function("document.querySelectorAll('#video-chart .scatterlayer .trace').length === 3")
    with tab.expect_download() as waiting:
        tab.click("#video-zip")
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert set(archive.namelist()) == {"occluded.mp4", "frame-by-frame.mp4", "consistent.mp4", "measures.csv"}
        assert len(archive.read("measures.csv").splitlines()) == 1 + FRAMES
    tab.click("#video-together")
    tab.wait_for_function("[...document.querySelectorAll('#players video')].every(one => one.currentTime > 0)")


def test_a_bad_clip_gets_a_sentence(tab: "Page", tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"this is no clip" * 200)
    tab.set_input_files("#video-upload input[type=file]", bad)
    tab.wait_for_selector(".toast-body")
    words = tab.inner_text(".toast-body")
    assert "Expected a clip" in words
    assert "Traceback" not in tab.content()
    _says(tab, "#video-facts", "That clip was not taken")
    assert tab.locator("#video-run").is_disabled()
