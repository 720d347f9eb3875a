"""The page in a real browser: a photograph in, every method's picture out, a blind vote on the disk."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from PIL import Image

from comparisons.pages.text.texts import CHINESE
from comparisons.session import EXAMPLES, STUDIES
from comparisons.study import vote_log as votes
from restorers import paths
from restorers.catalogue import METHODS
from tests.browsing import still

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

ROOT = paths.ROOT
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = tuple(word for method in METHODS for word in (method.key, method.name))
PATIENCE = 300_000
"""Milliseconds for the slowest step on two busy cores."""


@dataclass(frozen=True)
class Served:
    """A running `python app.py`."""

    url: str
    votes: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "UNMASKED_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "GRADIO_TEMP_DIR": str(folder / "tmp")}
    log = (folder / "log.txt").open("w")
    command = [sys.executable, "app.py", "--port", str(port), "--votes", str(folder / "votes")]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(f"http://127.0.0.1:{port}/", process, folder / "log.txt")
        yield Served(f"http://127.0.0.1:{port}", folder / "votes" / votes.FILE)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + 180
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, log.read_text()
            time.sleep(0.3)
    pytest.fail(f"the page did not answer within 180 s: {log.read_text()}")


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs Chromium (Debian's package `chromium`)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: "Browser", served: Served) -> Iterator["Page"]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(served.url)
    page.wait_for_selector("#preview img")
    yield page
    context.close()


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A larger JPEG with a border around one of the examples."""
    canvas = Image.new("RGB", (1400, 1100), (92, 118, 96))
    canvas.paste(Image.open(EXAMPLES / "01.png").convert("RGB").resize((800, 800)), (300, 150))
    path = tmp_path / "photograph.jpg"
    canvas.save(path, quality=92)
    return path


def _says(page: "Page", selector: str, words: str) -> None:
    page.wait_for_function("([s, w]) => document.querySelector(s)?.innerText.includes(w)", arg=[selector, words])


def _run(page: "Page") -> None:
    page.click("#run")
    _says(page, "#status", f"All {len(METHODS)} methods have run")


def test_photograph_to_blind_vote(page: "Page", served: Served, photograph: Path, tmp_path: Path) -> None:
    outside: list[str] = []
    page.on("request", lambda asked: outside.append(asked.url) if asked.url.startswith("http") else None)
    page.set_input_files("#photograph input[type=file]", photograph)
    _says(page, "#found", "One face.")
    page.click("#place label:has-text('Mouth')")
    _says(page, "#preview", "25.0% hidden")
    _run(page)

    for method in METHODS:
        card = page.locator(f"#card-{method.key}")
        assert card.locator("img").count() == 1, card.inner_text()
        assert method.name in card.inner_text()
        said = card.text_content() or ""
        assert all(word in said for word in ("PSNR", "dB", "SSIM", "LPIPS"))
    for method in METHODS:
        _says(page, "#scores", method.name)
    _check_viewer(page)

    _download(page, tmp_path / "all.zip")
    _check_download(tmp_path / "all.zip")

    page.get_by_role("tab", name="Chart").click()
    page.click("#draw")
    _says(page, "#drawing", "All 18 boxes")
    # every method's published means, and on them this face's own
    assert page.locator("#wide-chart .mark").count() > 2 * 6 * (len(METHODS) - 1)

    page.get_by_role("tab", name="Rate").click()
    practice = STUDIES[0].practice
    for number in range(practice):
        _next_pair(page)
        if number == 0:
            # each pair is looked at here, so that none may come by itself
            page.click("#duel-pause")
        page.keyboard.press("2")
        page.wait_for_selector("#reveal dl")
        assert [vote.kind for vote in votes.read(served.votes).votes] == ["practice"] * (number + 1)
    for number in range(practice, practice + 5):
        _next_pair(page)
        before = page.inner_html("#tabs [role=tabpanel]:not([style*='display: none']) #pair") + page.inner_html(
            "#reveal"
        )
        assert not [name for name in NAMES if name in before]
        assert len(votes.read(served.votes).votes) == number
        page.click("#duel-left")
        page.wait_for_selector("#reveal dl")
        log = votes.read(served.votes)
        vote = log.votes[-1]
        assert len(log.votes) == number + 1
        # now and then a pair only checks that people look
        if vote.kind != "check":
            break

    assert not log.set_aside
    assert (vote.kind, vote.answer) == ("blind", "left")
    named = {method.key: method.name for method in METHODS}
    assert named[vote.left] in page.inner_text("#reveal dl div:first-child")
    assert named[vote.right] in page.inner_text("#reveal dl div:last-child")
    assert page.locator("#duel-left").is_disabled()
    assert not [url for url in outside if not url.startswith(served.url)]


def _download(page: "Page", path: Path) -> None:
    """Everything of the comparison; it is packed when somebody looks for it."""
    page.get_by_role("tab", name="Share").click()
    page.wait_for_selector("#download:not([disabled])")
    with page.expect_download() as waiting:
        page.click("#download")
    waiting.value.save_as(path)


def _check_viewer(page: "Page") -> None:
    """Two pictures of this run over each other, moved and flipped by keys."""
    right = page.locator("#viewer select[data-side=right]")
    page.locator("#viewer").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('#viewer .pane.one > .sheet img').src.length > 1000")
    assert right.locator("option").all_text_contents()[:2] == ["Truth", "Occluded"]
    best = page.locator("#crown [data-best]").get_attribute("data-best")
    page.wait_for_function("b => document.querySelector('#viewer [data-side=right]').value === b", arg=best)
    page.focus("#viewer .panes")
    page.keyboard.press("+")
    assert page.eval_on_selector("#viewer .panes", "panes => panes.style.getPropertyValue('--zoom')") == "1.5"
    page.keyboard.down("f")
    assert page.locator("#viewer .viewer.flipped").count() == 1
    page.keyboard.up("f")
    assert page.locator("#viewer .viewer.flipped").count() == 0
    page.keyboard.press("m")
    assert page.locator("#viewer .viewer.outlined svg path").first.get_attribute("d")


def _next_pair(page: "Page") -> None:
    page.click("#duel-next")
    page.wait_for_function("document.querySelectorAll('#pair img').length === 3")
    # the keys only press a button that is on, and it may come on a moment after the pictures
    page.wait_for_selector("#duel-tie:not([disabled])")


def _check_download(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert {f"{method.key}.png" for method in METHODS} <= set(archive.namelist())
        mask = np.asarray(Image.open(io.BytesIO(archive.read("mask.png"))))
        # the mouth lies in the lower half, in the middle
        assert mask[190, 128] == 255
        assert abs(mask.mean() / 255 - 0.25) < 0.005


def test_a_link_a_recipe_and_the_history_bring_the_same_back(page: "Page", served: Served, tmp_path: Path) -> None:
    page.goto(f"{served.url}/?face=03&occluder=rectangle&hidden=20&place=eyes&degradation=none&seed=5")
    _says(page, "#status", f"All {len(METHODS)} methods have run")
    occluded = page.locator("#card-occluded img").get_attribute("src")
    telea = page.locator("#card-telea img").get_attribute("src")
    _download(page, tmp_path / "all.zip")
    assert "hidden=20&place=eyes" in str(page.locator("#permalink a").get_attribute("href"))

    page.goto(served.url)
    page.wait_for_selector("#preview img")
    _run(page)
    # the visit remembers a run a moment after its last method
    page.wait_for_selector("#history .thumbnail-item", timeout=PATIENCE)
    assert page.locator("#card-occluded img").get_attribute("src") != occluded
    page.get_by_role("tab", name="Share").click()
    page.set_input_files("#recipe input[type=file]", tmp_path / "all.zip")
    _says(page, "#told", "The same pixels as then")
    assert page.locator("#card-telea img").get_attribute("src") == telea

    assert page.locator("#history .thumbnail-item").count() == 2
    page.locator("#history .thumbnail-item").nth(1).click()
    page.wait_for_function("src => document.querySelector('#card-occluded img')?.src !== src", arg=occluded)
    assert page.locator("#card-telea img").get_attribute("src") != telea


def test_open_vote_is_marked_as_open(page: "Page", served: Served) -> None:
    before = len(votes.read(served.votes).votes)
    _run(page)
    page.click("#best label:has-text('None of them')")
    page.click("#vote-open")
    _says(page, "#thanks", "Saved")
    vote = votes.read(served.votes).votes[-1]
    assert len(votes.read(served.votes).votes) == before + 1
    assert (vote.kind, vote.answer) == ("open", "both_bad")


def test_painted_mask_hides_what_was_painted(page: "Page") -> None:
    page.click("#occluder input")
    page.get_by_role("option", name="Drawn by hand").click()
    canvas = page.locator("#editor canvas.shown")
    canvas.wait_for()
    canvas.scroll_into_view_if_needed()
    still(canvas)  # the editor fits the face to its frame without telling when it is done
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = canvas.screenshot()
    page.mouse.move(x - 50, y + 40)
    page.mouse.down()
    page.mouse.move(x + 50, y + 40, steps=10)
    page.mouse.up()
    page.mouse.move(0, 0)  # nor is the brush itself taken for a stroke
    still(canvas)
    assert canvas.screenshot() != before
    _run(page)
    share = float(page.inner_text("#card-occluded").split("% hidden")[0].split()[-1])
    assert 2 < share < 20


def test_bad_file_gets_a_sentence_and_nothing_is_lost(page: "Page", tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"this is no picture")
    page.set_input_files("#photograph input[type=file]", bad)
    page.wait_for_selector(".toast-body")
    words = page.inner_text(".toast-body")
    assert "Expected a picture" in words
    assert "Traceback" not in page.content()
    page.locator("#preview img").nth(1).wait_for()
    assert page.locator("#run").is_enabled()


def test_nothing_to_do_gets_a_sentence(page: "Page") -> None:
    page.click("#occluder input")
    page.get_by_role("option", name="None", exact=True).click()
    page.wait_for_selector(".toast-body")
    assert "Nothing is masked" in page.inner_text(".toast-body")


def test_cancel_stops_and_the_next_run_works(page: "Page") -> None:
    page.click("#run")
    page.wait_for_selector("#cancel:not([disabled])")
    page.click("#cancel")
    page.wait_for_selector("#run:not([disabled])")
    page.wait_for_selector(".card.busy", state="detached")
    _run(page)


def test_votes_are_not_served(served: Served) -> None:
    served.votes.parent.mkdir(exist_ok=True)
    (served.votes.parent / "probe.csv").write_text("secret")
    for path in (served.votes, served.votes.parent / "probe.csv"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{served.url}/gradio_api/file={path}", timeout=10)
        assert caught.value.code in (403, 404)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_has_no_sideways_scroll(chromium: "Browser", served: Served, scheme: Literal["light", "dark"]) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{served.url}/?__theme={scheme}")
    page.wait_for_selector("#preview img", state="attached", timeout=PATIENCE)
    for tab in ("Restore", "Compare", "Rate", "Results", "Ranking", "Video", "About"):
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_a_chinese_browser_reads_chinese(chromium: "Browser", served: Served) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(served.url)
    page.wait_for_selector("#preview img")
    for place, key in {
        "#run": "run",
        "#cancel": "cancel",
        "#status": "opening",
        "#viewer button[data-mode=slider]": "viewer_slider",
        "#card-truth .line b": "truth",
        "#preview figcaption": "before",
        "#place label:nth-of-type(1)": "is_random",
        "#judge-region label:nth-of-type(2)": "region_mask",
    }.items():
        assert page.locator(place).first.inner_text().strip() == CHINESE[key], place
    assert page.input_value("#occluder input") == CHINESE["is_rectangle"]
    assert page.get_attribute("#viewer .panes", "aria-label") == CHINESE["viewer_panes"]
    assert CHINESE["drop_photograph"].split("\n")[0] in page.inner_text("#photograph")
    assert "__i18n__" not in page.inner_text("body")
    assert page.get_attribute("html", "lang") == "zh-CN"
    for tab, place, key in (
        ("tab_video", "#video-run", "restore_clip"),
        ("tab_results", "#results-region label", "region"),
        ("tab_about", "#about h2", "about_not"),
        ("tab_compare", "#draw", "draw"),
    ):
        page.get_by_role("tab", name=CHINESE[tab], exact=True).click()
        if tab == "tab_compare":
            page.get_by_role("tab", name=CHINESE["view_chart"], exact=True).click()
        assert page.locator(place).first.inner_text().strip() == CHINESE[key], place
        assert "__i18n__" not in page.inner_text("body")
    context.close()
