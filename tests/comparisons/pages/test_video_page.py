"""The Video tab in a real browser: three players in step, a chart and a download; a cancel that keeps what was done; a bad file."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comparisons.video import clips
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_page import _says

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


def _all_stand_at(page: "Page", seconds: float) -> None:
    page.wait_for_function(
        "at => [...document.querySelectorAll('#players video')].every(one => Math.abs(one.currentTime - at) < 0.01)",
        arg=seconds,
    )


def test_a_clip_is_cancelled_and_then_restored(tab: "Page", tmp_path: Path) -> None:
    assert tab.locator("#video-run").is_disabled()
    _choose(tab, "#video-example", "Example 1")
    _says(tab, "#video-facts", f"{FRAMES} frames in 3.0 s, 256 x 256 pixels, silent")

    _choose(tab, "#video-method", "PatchMatch")  # slow enough to be met at work
    tab.click("#video-run:not([disabled])")
    _says(tab, "#video-status", "PatchMatch restores: ")
    tab.click("#video-cancel")
    _says(tab, "#video-status", "Cancelled; ")
    kept = int(tab.inner_text("#video-status").split("Cancelled; ")[1].split()[0])
    assert 0 < kept < FRAMES
    assert _frames_of_players(tab, tmp_path) == [kept] * 3

    first = tab.get_attribute("#video-upload video", "src")
    _choose(tab, "#video-example", "Example 2")
    tab.wait_for_function("before => document.querySelector('#video-upload video')?.src !== before", arg=first)
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
    # one leads, the others follow, even one that is sought at while they are still being led
    tab.evaluate(
        """() => {
            const [, second, third] = document.querySelectorAll('#players video');
            second.addEventListener('pause', () => { third.currentTime = 2; }, { once: true });
            second.pause();
        }"""
    )
    tab.wait_for_function("[...document.querySelectorAll('#players video')].every(one => one.paused)")
    _all_stand_at(tab, 2)
    tab.evaluate(
        """() => {
            const [, second, third] = document.querySelectorAll('#players video');
            second.addEventListener('seeked', () => { third.currentTime = 1; }, { once: true });
            second.currentTime = 0.5;
        }"""
    )
    _all_stand_at(tab, 1)


def test_the_choices_and_the_button_are_on_the_first_screen(tab: "Page") -> None:
    box = tab.locator("#video-run").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900


def test_a_clip_chosen_during_a_run_waits_for_it(tab: "Page") -> None:
    _choose(tab, "#video-example", "Example 1")
    _choose(tab, "#video-method", "PatchMatch")
    tab.click("#video-run:not([disabled])")
    _says(tab, "#video-status", "PatchMatch restores: ")
    first = tab.get_attribute("#video-upload video", "src")
    _choose(tab, "#video-example", "Example 3")
    tab.wait_for_function("before => document.querySelector('#video-upload video')?.src !== before", arg=first)
    assert tab.locator("#video-run").is_disabled()
    tab.click("#video-cancel")
    _says(tab, "#video-status", "Cancelled; ")
    tab.locator("#video-run:not([disabled])").wait_for()


def test_a_mask_is_painted_on_the_first_frame(tab: "Page") -> None:
    _choose(tab, "#video-example", "Example 1")
    _says(tab, "#video-facts", f"{FRAMES} frames")
    tab.click("#video-how label:has-text('first frame')")
    canvas = tab.locator("#video-editor canvas").first
    canvas.wait_for()
    tab.click("#video-run:not([disabled])")
    _says(tab, "#video-status", "hides nothing")  # nothing is painted yet: the reason stays when the message has gone

    # to the middle, as a visitor would: at the lower edge the reason beside the button lies over it
    canvas.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")
    tab.wait_for_timeout(1500)
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.6
    tab.mouse.move(x - 50, y)
    tab.mouse.down()
    tab.mouse.move(x + 50, y, steps=8)
    tab.mouse.up()
    _choose(tab, "#video-method", "Telea")
    tab.click("#video-run:not([disabled])")
    _says(tab, "#video-status", "All frames are done.")
    tab.wait_for_function("document.querySelectorAll('#video-chart .scatterlayer .trace').length === 2")  # no truth


def test_a_bad_clip_gets_a_sentence(tab: "Page", tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"this is no clip" * 200)
    tab.set_input_files("#video-upload input[type=file]", bad)
    # the browser may complain first, in words of its own
    tab.wait_for_selector(".toast-body:has-text('Expected a clip')")
    assert "Traceback" not in tab.content()
    _says(tab, "#video-facts", "That clip was not taken")
    assert tab.locator("#video-run").is_disabled()
