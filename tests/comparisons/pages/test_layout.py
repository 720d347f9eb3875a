"""The page's layout in a real browser at the widths of a phone, a tablet and a desk: nothing is cut, nothing is said twice."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import pytest

from comparisons.pages.page import build_app
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import paths
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_page import PATIENCE
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")
pytestmark = pytest.mark.browser

chromium = test_page.chromium

SCREENS = {390: 844, 1024: 768, 1440: 900}
_CUT = """place => [...document.querySelectorAll(place)]
  .filter((one) => one.getClientRects().length && getComputedStyle(one).display !== "inline")
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.innerText)"""
"""Words that do not fit their place."""

Opened = Callable[[int, str], AbstractContextManager["Page"]]


@pytest.fixture(scope="module")
def opened(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with serving(build_app(Session(tmp_path_factory.mktemp("votes") / vote_log.FILE))) as url:

        @contextmanager
        def at(width: int, language: str) -> Iterator["Page"]:
            context = chromium.new_context(viewport={"width": width, "height": SCREENS[width]}, locale=language)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(url)
            page.wait_for_selector("#preview img", state="attached")
            page.wait_for_selector("#run:not([disabled])", state="attached")
            yield page
            context.close()

        yield at


def _box(shown: "Locator") -> dict[str, float]:
    box = shown.bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("width", SCREENS)
def test_no_name_is_cut_and_buttons_of_a_row_stand_in_line(opened: Opened, width: int, language: str) -> None:
    with opened(width, language) as page:
        for place in (
            "#cards .card :is(b, p, em, span, dd)",
            "#photograph .prompt p",
            "#viewer .tools :is(button, span)",
        ):
            assert page.evaluate(_CUT, place) == [], place
        # the badge lies on the picture of the best and leaves the line to its name
        badge, picture = (_box(page.locator(f"#cards .card:has(em:visible) {part}")) for part in ("em", "img"))
        assert badge["x"] >= picture["x"]
        assert badge["x"] + badge["width"] <= picture["x"] + picture["width"]
        assert badge["y"] + badge["height"] <= picture["y"] + picture["height"]
        for group in page.locator("#viewer .group").all():
            boxes = [_box(button) for button in group.locator("button").all()]
            assert len({(box["y"], box["height"]) for box in boxes}) == 1


@pytest.mark.parametrize("width", SCREENS)
def test_what_is_drawn_before_the_page_is_there_stands_where_the_page_has_it(
    chromium: "Browser", opened: Opened, width: int
) -> None:
    with opened(width, "en-GB") as page:
        places = {part: _box(page.locator(f"#{part}"))["y"] for part in ("crown", "cards")}
        early = chromium.new_context(viewport={"width": width, "height": SCREENS[width]}, locale="en-GB").new_page()
        early.route("**/assets/index-*.js", lambda route: route.abort())
        early.goto(page.url.split("?")[0])
        for part, drawn in (("crown", "note"), ("cards", "cards")):
            assert _box(early.locator(f"#first-screen > .{drawn}"))["y"] == pytest.approx(places[part], abs=6), part
        early.context.close()


_LONGEST = """() => {
  const list = document.querySelector("#viewer [data-side=right]"), style = getComputedStyle(list);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const room = list.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return [...list.options].map((one) => one.text).filter((name) => pen.measureText(name).width > room);
}"""
"""Names for which a list of the viewer has no room."""


@pytest.mark.parametrize("width", SCREENS)
def test_every_name_can_be_read_in_the_lists_of_the_viewer(opened: Opened, width: int) -> None:
    with opened(width, "en-GB") as page:
        page.wait_for_function("document.querySelectorAll('#viewer [data-side=right] option').length > 10")
        assert page.evaluate(_LONGEST) == []


@pytest.mark.parametrize("width", [1024, 1440])
def test_on_a_desk_every_choice_is_in_sight_above_the_button(opened: Opened, width: int) -> None:
    with opened(width, "en-GB") as page:
        seed, run = _box(page.locator("#seed")), _box(page.locator("#run"))
        assert seed["y"] + seed["height"] <= run["y"]
        for place in ("#place label", "#degradation label"):
            group = _box(page.locator(place.split()[0]))
            ends = [box["x"] + box["width"] for box in map(_box, page.locator(place).all())]
            assert max(ends) <= group["x"] + group["width"], place
        assert page.evaluate(_CUT, "#photograph .prompt p") == []


@pytest.mark.parametrize("width", [1024, 1440])
def test_a_long_seed_can_be_read_beside_its_name(opened: Opened, width: int) -> None:
    with opened(width, "zh-CN") as page:
        page.fill("#seed input", "88888")
        # between the paddings of 8 px
        assert page.locator("#seed input").evaluate("one => one.clientWidth") >= 45 + 16
        assert page.evaluate(_CUT, "#shuffle") == []


def test_a_phone_shows_faces_choices_and_results_before_a_closer_look(opened: Opened) -> None:
    with opened(390, "en-GB") as page:
        parts = ("#examples", "#fold button", "#cards", "#viewer", "#chart", "#views")
        places = [_box(page.locator(part))["y"] for part in parts]
        assert places == sorted(places)
        assert places[1] < 900
        # and the button stays in sight
        run = _box(page.locator("#run"))
        assert run["y"] + run["height"] <= SCREENS[390]
        assert page.evaluate("document.documentElement.scrollHeight") <= 2450
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        # every card says whose method it is, and no region is out of sight
        assert page.locator("#cards .standing:visible").count() == page.locator("#cards .swatch").count()
        ends = [box["x"] + box["width"] for box in map(_box, page.locator("#judge-region label").all())]
        assert max(ends) <= 390 - 20


def test_on_a_phone_keys_unfold_the_choices_and_fold_them_again(opened: Opened) -> None:
    with opened(390, "en-GB") as page:
        fold = page.locator("#fold button")
        assert page.locator("#occluder").is_hidden()
        fold.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#fold button[aria-expanded=true]")
        parts = ("#fold", "#photograph", "#occluder", "#seed", "#preview", "#cards")
        places = [_box(page.locator(part))["y"] for part in parts]
        assert places == sorted(places)
        page.keyboard.press("Enter")
        page.wait_for_selector("#occluder", state="hidden")
        vote = page.locator(".verdict .fold")
        assert page.locator("#vote-open").is_hidden()
        vote.click()
        page.wait_for_selector("#vote-open", state="visible")


@pytest.mark.parametrize(("width", "least"), [(1024, 300), (1440, 330)])
def test_the_whole_face_is_painted_above_the_button_with_every_tool_in_sight(
    opened: Opened, width: int, least: int
) -> None:
    with opened(width, "en-GB") as page:
        page.click("#tab-restore-button")
        page.set_input_files("#restore-photograph input[type=file]", paths.EXAMPLES / "05.png")
        page.wait_for_selector("#restore-canvas canvas.shown")
        actions = _box(page.locator(".restoring .actions"))
        sheet = _box(page.locator("#restore-canvas .sheet"))
        assert sheet["width"] >= least
        tools = ["#restore-canvas .sheet", "#restore-canvas .bar", "#restore-find", "#restore-mask"]
        for tool in tools:
            box = _box(page.locator(tool))
            assert box["y"] + box["height"] <= actions["y"], tool
        assert actions["y"] + actions["height"] <= SCREENS[width]


def test_a_reason_beside_the_button_covers_no_canvas(opened: Opened) -> None:
    with opened(1024, "en-GB") as page:
        page.click("#tab-video-button")
        page.click("#video-example input")
        page.get_by_role("option").first.click()
        page.wait_for_selector("#video-run:not([disabled])")
        page.locator("#video-how label").nth(2).click()
        page.wait_for_selector("#video-editor canvas.shown")
        page.evaluate("document.querySelector('#video-editor .field').scrollIntoView({ block: 'end' })")
        page.click("#video-run")
        page.wait_for_selector(".actions .why-failed")
        field, actions = (_box(page.locator(part)) for part in ("#video-editor .field", ".actions:has(.why-failed)"))
        assert field["y"] + field["height"] <= actions["y"] + 1


def test_beside_a_pair_only_answers_stand_out(opened: Opened) -> None:
    with opened(1440, "en-GB") as page:
        page.click("#tab-rate-button")
        look = "id => getComputedStyle(document.getElementById(id)).backgroundColor"
        assert page.evaluate(look, "duel-next") != page.evaluate(look, "duel-skip")
        page.click("#duel-next")
        page.wait_for_selector("#duel-tie:not([disabled])")
        page.wait_for_function(f"({look})('duel-next') === ({look})('duel-skip')")
        one, middle = (_box(page.locator(f"#pair .duel > {part}")) for part in (".card.a", ".input"))
        assert middle["height"] > 0.75 * one["height"]


def test_on_a_phone_what_may_be_chosen_of_results_comes_before_the_figure(opened: Opened) -> None:
    with opened(390, "en-GB") as page:
        page.click("#tab-results-button")
        page.wait_for_selector("#results-chart .mark")
        choices, figure, table = (_box(page.locator(part)) for part in (".filters", "#results-chart", "#results-table"))
        assert choices["y"] + choices["height"] <= figure["y"]
        assert figure["y"] + figure["height"] <= table["y"]
        # and does not push it off the screen
        assert figure["y"] < SCREENS[390]
        # whose a method is stands beside its first range alone
        badges = page.locator("#results-table small:visible").all_inner_texts()
        names = page.locator("#results-table tr:has(small:visible) th > span").all_inner_texts()
        assert badges
        assert len(names) == len(set(names))
        # and no region and no range of hidden area is out of sight
        for group in ("#results-region", "#results-bin"):
            ends = [box["x"] + box["width"] for box in map(_box, page.locator(f"{group} label").all())]
            assert max(ends) <= 390 - 20, group


@pytest.mark.parametrize("width", [1024, 1440])
def test_a_model_card_that_opens_moves_neither_figure_nor_table(opened: Opened, width: int) -> None:
    with opened(width, "en-GB") as page:
        page.click("#tab-results-button")
        page.wait_for_selector("#results-chart .mark")
        places = "['results-chart', 'results-table'].map((one) => document.getElementById(one).offsetTop)"
        before = page.evaluate(places)
        page.locator("#results-models summary").first.click()
        page.wait_for_selector("#results-models details[open] .model-card")
        assert page.evaluate(places) == before


def test_a_mask_is_cleared_by_one_button_which_is_in_sight(opened: Opened) -> None:
    with opened(1024, "en-GB") as page:
        page.click("#occluder input")
        page.get_by_role("option", name="Drawn by hand").click()
        page.wait_for_selector("#editor canvas.shown")
        assert page.locator("#brush button:visible:has-text('Clear')").count() == 1
        # above the bar with Run, which stays at the lower edge; what is scrolled to stands on a fraction of a pixel
        page.wait_for_function(
            "document.querySelector('#editor .field').getBoundingClientRect().bottom"
            " < document.querySelector('#run').getBoundingClientRect().top + 1"
        )


def test_a_clip_without_a_chart_shows_no_frame_of_one(opened: Opened) -> None:
    with opened(1440, "en-GB") as page:
        page.click("#tab-video-button")
        page.wait_for_selector("#players")
        assert page.locator("#video-chart").is_hidden()
        assert _box(page.locator("#video-run"))["y"] + _box(page.locator("#video-run"))["height"] <= SCREENS[1440]
