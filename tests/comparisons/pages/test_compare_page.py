"""The Compare tab in a real browser: a finished comparison at once, and whatever can be done with one."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from PIL import Image

from comparisons import opening
from restorers import catalogue, images, paths
from tests.comparisons.pages import test_accessibility, test_page
from tests.comparisons.pages.test_accessibility import METHODS, _run
from tests.comparisons.pages.test_page import _says

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium = test_page.chromium
url = test_accessibility.url
page = test_accessibility.page


def _stops(page: "Page", until: str) -> list[str]:
    """Where the focus goes, by the tabulator, until an element that fits a selector has it."""
    found: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found.append(page.evaluate("document.activeElement.closest('[id]')?.id ?? ''"))
        if page.evaluate("s => document.activeElement.matches(s)", until):
            return found
    raise AssertionError(f"never at {until}: {found}")


def test_it_opens_with_a_finished_comparison_and_its_chart(page: "Page") -> None:
    for key in ("truth", "occluded", "telea", "navier_stokes"):
        assert page.locator(f"#card-{key} img").count() == 1
    _says(page, "#crown", "by LPIPS, inside the mask")
    assert page.locator("#scores tbody tr").count() == len(METHODS)
    assert page.locator("#best label").count() == 3  # two methods, and none of them
    # it can be worked with as if it had been run
    page.click("#judge-region label:has-text('Whole')")
    page.wait_for_function("!document.querySelector('#crown').innerText.includes('inside')")
    page.wait_for_selector("#chart svg .mark")
    page.get_by_role("tab", name="Error maps").click()
    page.wait_for_selector("#maps img >> nth=1")
    page.get_by_role("tab", name="Share").click()
    page.wait_for_selector("#download:not([disabled])")
    _says(page, "#permalink", "Link to this comparison")


def test_gallery_and_chart_are_there_before_gradio_is(chromium: "Browser", url: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.route("**/assets/index-*.js", lambda route: route.abort())
    page.goto(f"{url}?__theme=dark")
    assert page.locator("#first-screen.dark .cards img").count() == 4
    assert page.locator("#first-screen .chart, #first-screen .note").count() > 0
    assert page.locator("#first-screen").get_attribute("aria-hidden") == "true"
    # nor where the address opens another tab, or a study, which names no method
    for address in ("?tab=about", "?PROLIFIC_PID=1&STUDY_ID=2&SESSION_ID=3", "?from=mail#pass=1"):
        page.goto(f"{url}{address}")
        assert page.locator("#first-screen").count() == 0
    context.close()


def test_a_changed_choice_makes_it_stale_until_the_next_run(page: "Page") -> None:
    assert page.locator(".note.stale").count() == 0
    before = page.get_attribute("#preview img >> nth=1", "src")
    page.click("#occluder input")
    page.get_by_role("option", name="Surgical mask", exact=True).click()
    _says(page, "#stale", "The choices have changed")
    states: tuple[tuple[str, Literal["attached", "detached"]], ...] = (
        ("Black box", "detached"),
        ("Surgical mask", "attached"),
    )
    for name, state in states:
        page.wait_for_selector("[role=listbox]", state="detached")
        page.click("#occluder input")
        page.get_by_role("option", name=name, exact=True).click()
        page.wait_for_selector(".note.stale", state=state)
    page.wait_for_function("was => document.querySelectorAll('#preview img')[1]?.src !== was", arg=before)
    _run(page)
    assert page.locator(".note.stale").count() == 0
    # everything is there with the last picture: nothing is greyed out any more
    assert page.locator("#run").is_enabled()
    assert page.locator("#scores td >> nth=1").inner_text() != ""
    assert page.locator("#best label").count() == 4


_WATCHED = """() => {
  window.watched = [];
  window.look = () => ({
    status: document.querySelector("#status").innerText,
    busy: [...document.querySelectorAll("#cards .card.busy b")].map((one) => one.textContent),
    waits: document.querySelector("#run").disabled,
    pictures: document.querySelectorAll("#cards .card.result img").length,
    scores: document.querySelector("#scores table")?.innerText,
    choices: document.querySelector("#best").innerText,
  });
  const watch = () => {
    window.watched.push(window.look());
    if (!window.watched.at(-1).status.startsWith("All")) requestAnimationFrame(watch);
  };
  document.addEventListener("click", () => requestAnimationFrame(watch), { once: true });
}"""
"""What the page shows in every frame from the next click to the end of a run."""


def test_only_the_card_of_the_method_that_runs_is_busy_and_with_the_last_picture_all_is_ready(page: "Page") -> None:
    page.click("#degradation label:has-text('Light')")
    page.evaluate(_WATCHED)
    _run(page)
    frames = page.evaluate("window.watched")
    running = [frame for frame in frames if " is running" in frame["status"]]
    assert running
    for frame in running:
        assert frame["busy"] in ([frame["status"].split(" is running")[0]], []), frame
    assert any(frame["busy"] for frame in running)
    last = frames[-1]
    assert last["waits"] is False
    assert last["pictures"] > 1
    # nothing comes after it
    assert last == page.evaluate("window.look()")


def test_cards_table_maps_and_viewer_stand_in_one_order(page: "Page") -> None:
    _run(page)
    page.click("#view-maps-button")
    page.wait_for_selector("#maps figure")
    drawn = [words.split(",")[0] for words in page.locator("#maps figcaption").all_inner_texts()]
    page.click("#view-scores-button")
    page.wait_for_selector("#scores tbody tr")
    table = [words.split("\n")[0].strip() for words in page.locator("#scores tbody th").all_inner_texts()]
    shown = page.locator("#cards .card.result b").evaluate_all("all => all.map((one) => one.firstChild.data)")
    offered = page.locator("#viewer [data-side=right] option").evaluate_all("all => all.map((one) => one.value)")
    assert len(shown) > 1
    assert drawn == shown == [name for name in table if name in shown] == [name for name in offered if name in shown]


def test_the_part_that_is_looked_at_closely_stays_when_another_card_opens(page: "Page") -> None:
    page.click("#viewer [data-do=in]")
    page.click("#viewer [data-do=in]")
    sheet = page.locator("#viewer .pane.one .sheet >> nth=0")
    before = sheet.evaluate("one => getComputedStyle(one).transform")
    assert before != "matrix(1, 0, 0, 1, 0, 0)"
    page.click("#card-telea img")
    assert page.input_value("#viewer [data-side=right]") == "Telea"
    assert sheet.evaluate("one => getComputedStyle(one).transform") == before
    page.click("#viewer [data-do=reset]")
    assert sheet.evaluate("one => getComputedStyle(one).transform") != before


def test_a_card_opens_in_the_viewer_and_groups_are_one_stop(page: "Page") -> None:
    page.click("#card-telea img")
    assert page.input_value("#viewer [data-side=right]") == "Telea"
    page.focus("#hint button")
    stops = _stops(page, "#run")
    assert len(stops) <= 14, stops
    assert stops.count("examples") <= 1
    # lists that were passed are shut, and nothing was chosen in them
    page.wait_for_selector("[role=listbox]", state="detached")
    assert page.locator(".note.stale").count() == 0
    page.focus("#examples button.thumbnail-item[tabindex='0']")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    _says(page, "#found", "Example 2.")
    page.wait_for_function("document.querySelectorAll('#examples .selected').length === 1")
    page.focus("#cards img[tabindex='0']")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert page.input_value("#viewer [data-side=right]") == "Truth"


def test_no_example_stays_outlined_when_another_face_is_chosen(page: "Page", tmp_path: Path) -> None:
    Image.open(paths.EXAMPLES / "02.png").convert("RGB").save(tmp_path / "own.jpg", quality=95)
    assert page.locator("#examples .selected").count() == 1
    page.set_input_files("#photograph input[type=file]", tmp_path / "own.jpg")
    _says(page, "#found", "One face.")
    page.wait_for_function("document.querySelectorAll('#examples .selected').length === 0")


def test_a_picture_of_ones_own_is_scored_beside_the_others(page: "Page", tmp_path: Path) -> None:
    first = opening.read(catalogue.METHODS)
    assert first is not None
    (tmp_path / "mine.png").write_bytes(images.png_bytes(first.comparison.face.pixels))
    page.get_by_role("tab", name="Share").click()
    with page.expect_file_chooser() as asking:
        page.click("#bring")
    asking.value.set_files(tmp_path / "mine.png")
    _says(page, "#card-yours", "Yours")
    _says(page, "#crown", "Yours")
    page.get_by_role("tab", name="Scores").click()
    _says(page, "#scores", "Yours")
    page.set_input_files("#photograph input[type=file]", tmp_path / "mine.png")
    _run(page)
    assert page.locator("#card-yours img").count() == 0


def test_why_a_run_failed_stays_beside_its_button_until_the_next_one(page: "Page") -> None:
    page.click("#occluder input")
    page.get_by_role("option", name="Drawn by hand").click()
    page.locator("#editor canvas.shown").wait_for()
    # the face is as wide as the column, its tools above it
    assert page.eval_on_selector("#editor .field", "field => field.clientWidth") > 220
    page.click("#run")
    _says(page, ".actions", "No mask has been drawn")
    page.wait_for_selector("#run:not([disabled])")
    page.wait_for_selector("[role=listbox]", state="detached")
    page.click("#occluder input")
    page.get_by_role("option", name="Black box").click()
    _run(page)
    assert page.locator(".why-failed").count() == 0


def test_a_link_says_at_once_that_it_is_being_opened(page: "Page") -> None:
    base = page.url.split("?")[0]
    page.goto(f"{base}?face=03&occluder=rectangle&hidden=20&place=eyes&degradation=none&seed=5")
    _says(page, "#status", "Opening the comparison of the link")
    _says(page, "#status", f"All {len(METHODS)} methods have run")
    page.wait_for_function("document.querySelector('#examples .selected img')?.src.includes('03')")


def test_on_a_desk_everything_fits_one_screen(page: "Page") -> None:
    page.click("#hint button")
    for shown in ("#card-telea", "#run", "#viewer .panes", "#views [role=tab] >> nth=0", "#chart"):
        box = page.locator(shown).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, shown
    page.reload()
    page.wait_for_selector("#preview img")
    assert not page.locator("#hint").is_visible()
    page.mouse.wheel(0, 400)
    page.wait_for_timeout(300)
    box = page.locator("#viewer .panes").bounding_box()
    assert box is not None
    assert box["y"] >= 0
