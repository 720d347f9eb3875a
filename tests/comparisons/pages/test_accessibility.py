"""Every tab in a real browser, light and dark, with something in it: axe finds no serious accessibility fault."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from comparisons.metrics import likeness
from comparisons.pages.page import build_app
from comparisons.pages.results import published_runs, results_tab
from comparisons.session import EXAMPLES, Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import CorruptionKind, Method, MissingWeights, Paper, Restored, Restorer
from restorers.faces import align
from tests.browsing import changed, still
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_page import PATIENCE, _says
from tests.covered_photographs import composed
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium = test_page.chromium

SERIOUS = ("serious", "critical")
EXCLUDED: tuple[str, ...] = ()
"""Selectors of what lies inside Gradio's own components and cannot be reached from here, each with its reason."""
PAPER = Paper("Nobody", "Nothing", "Nowhere", 2000, "https://example.org")


class Plural(Restorer):
    """Quick, with a stage and samples, so that their pictures are on the page too."""

    def restore(self, corrupted, seeds):
        grey = torch.full_like(corrupted.pixels, 0.5)
        return Restored(grey, stages={"first": grey}, samples=torch.stack([grey, 0.5 * grey], 1))


def untrained(preset):
    raise MissingWeights("No weights for 'untrained'; train them first.")


METHODS = (
    Method("plural", "Plural", PAPER, frozenset({CorruptionKind.MISSING}), lambda preset: Plural(), learned=False),
    Method("untrained", "Untrained", PAPER, frozenset({CorruptionKind.MISSING}), untrained, learned=True),
    Method(
        "deblurring", "Deblurring", PAPER, frozenset({CorruptionKind.DEGRADED}), lambda preset: Plural(), learned=False
    ),
    *(catalogue.method(key) for key in ("telea", "navier_stokes")),
)
"""Every kind of card, within seconds."""


def _few_scores(folder: Path) -> Path:
    """The published run with three of its faces: the tab's parts are all there, its statistics take no time."""
    rows = pd.read_csv(published_runs.BENCHMARK / "scores.csv.gz", dtype=str, keep_default_na=False)
    rows[rows["image"].isin(sorted(rows["image"].unique())[:3])].to_csv(folder / "scores.csv", index=False)
    for name in ("run.json", "cost.json", likeness.FILE):
        shutil.copy(published_runs.BENCHMARK / name, folder)
    return folder


_AT_ONCE = "* { transition: none !important }"
"""Gradio fades buttons whoever asks for less movement; one that becomes ready just as axe looks would be caught half-way."""

_STILL = """() => new Promise((done) => {
  const over = (one) => one.playState !== "running" || one.effect?.getTiming().iterations === Infinity;
  const look = () => document.getAnimations().every(over) ? done(true) : requestAnimationFrame(look);
  requestAnimationFrame(() => requestAnimationFrame(look));
})"""


def _settled(page: "Page") -> None:
    """Wait for the end of whatever fades; what goes round for ever is let be."""
    page.evaluate(_STILL)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalogue, "METHODS", METHODS)
        patched.setattr(catalogue, "_LOADED", {})
        patched.setattr(
            results_tab, "build", partial(results_tab.build, root=_few_scores(tmp_path_factory.mktemp("benchmark")))
        )
        app = build_app(Session(tmp_path_factory.mktemp("accessible") / vote_log.FILE, METHODS))
        with serving(app) as url:
            yield url


@pytest.fixture
def page(chromium: "Browser", url: str) -> Iterator["Page"]:
    # without movement: what axe measures half-way through a fade is nobody's colour
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}?__theme=light")
    page.wait_for_selector("#preview img")
    page.add_style_tag(content=_AT_ONCE)
    yield page
    context.close()


def _faults(page: "Page", scheme: str) -> list[str]:
    """Serious violations as lines that say which rule, where and why."""
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", scheme == "dark")
    _settled(page)  # Gradio fades what has just changed
    context: dict[str, Any] = {"exclude": [[selector] for selector in EXCLUDED]} if EXCLUDED else {}
    found = axe.Axe().run(page, context or None, {"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{scheme}: {violation['id']} ({violation['impact']}) at {node['target']}: {node['html'][:300]}\n    "
        + " ".join(part["message"] for part in [*node["any"], *node["all"], *node["none"]])
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def _check(page: "Page") -> None:
    faults = [fault for scheme in ("light", "dark") for fault in _faults(page, scheme)]
    assert not faults, "\n" + "\n".join(faults)


def _run(page: "Page") -> None:
    page.click("#run")
    _says(page, "#status", f"All {len(METHODS)} methods have run")
    page.wait_for_selector("#history .thumbnail-item")


def _photograph(folder: Path, *places: tuple[int, int]) -> Path:
    canvas = Image.new("RGB", (1400, 800), (92, 118, 96))
    for number, place in enumerate(places, start=1):
        canvas.paste(Image.open(EXAMPLES / f"0{number}.png").convert("RGB").resize((600, 600)), place)
    path = folder / "photograph.png"
    canvas.save(path)
    return path


def test_compare_before_a_run(page: "Page") -> None:
    _check(page)


def test_compare_after_a_run(page: "Page") -> None:
    _run(page)
    page.click("#best label:has-text('Telea')")
    page.click("#vote-open")
    _says(page, "#thanks", "Saved")
    _check(page)
    for view, shown in (
        ("Error maps", "#maps img"),
        ("Intermediate steps", "#steps img"),
        ("Chart", "#wide-chart svg"),
        ("Share", "#download:not([disabled])"),
    ):
        page.get_by_role("tab", name=view).click()
        page.locator(shown).first.wait_for()
        _check(page)


def test_a_covered_face(page: "Page", tmp_path: Path) -> None:
    page.click("#occluder input")
    page.get_by_role("option", name="Already covered in the photo").click()
    canvas = page.locator("#editor canvas.shown")
    canvas.wait_for()
    mask = np.zeros((256, 256), np.uint8)
    mask[140:220, 60:200] = 255
    (tmp_path / "mask.png").write_bytes(images.png_bytes(mask))
    still(canvas)
    before = canvas.screenshot()
    with page.expect_file_chooser() as asking:
        page.click("#mask")
    asking.value.set_files(tmp_path / "mask.png")
    changed(canvas, before)  # the editor takes its picture in without telling when it is done
    _run(page)
    _check(page)


def test_a_restored_photograph(page: "Page", tmp_path: Path) -> None:
    page.get_by_role("tab", name="Restore").click()
    _check(page)
    Image.fromarray(composed().pixels).save(tmp_path / "covered.png")
    page.set_input_files("#restore-photograph input[type=file]", tmp_path / "covered.png")
    _says(page, "#restore-found", "One face")
    canvas = page.locator("#restore-canvas canvas.shown")
    still(canvas)
    before = canvas.screenshot()
    # by keys alone: the brush goes up and paints
    page.focus("#restore-canvas .field")
    page.keyboard.press("ArrowUp")
    page.keyboard.press(" ")
    changed(canvas, before)
    page.wait_for_selector("#restore-run:not([disabled])")
    _check(page)
    page.click("#restore-run")
    page.wait_for_selector("#restore-download:not([disabled])")
    page.wait_for_selector("#restore-methods .thumbnail-item")
    page.wait_for_selector("#restore-run:not([disabled])")  # while it is made ready it stands half-way in its colours
    _check(page)


def test_a_face_shown_by_hand(page: "Page", tmp_path: Path) -> None:
    path = _photograph(tmp_path)
    assert not align.locate(images.read(path)).faces
    page.set_input_files("#photograph input[type=file]", path)
    _says(page, "#found", "No face was found")
    page.wait_for_selector("#point-picture img")
    _check(page)
    page.click("#pointing label:has-text('A box')")
    page.wait_for_selector("#box-size")
    _check(page)


def test_several_faces_and_a_sentence_about_trouble(page: "Page", tmp_path: Path) -> None:
    page.set_input_files("#photograph input[type=file]", _photograph(tmp_path, (20, 100), (760, 100)))
    _says(page, "#found", "2 faces")
    page.click("#occluder input")
    page.get_by_role("option", name="None", exact=True).click()
    page.click("#picker .thumbnail-item >> nth=0")
    page.wait_for_selector(".toast-body")
    _check(page)


def _duel(page: "Page") -> None:
    page.click("#duel-next")
    page.wait_for_selector("#duel-tie:not([disabled])")
    _check(page)
    page.click("#duel-pause")
    page.click("#duel-tie")
    page.wait_for_selector("#reveal dl")


def _results(page: "Page") -> None:
    page.wait_for_selector("#results-chart .mark", state="attached")
    page.wait_for_selector("#results-table td", state="attached")
    page.locator("#results-models summary").last.click()


def _ranking(page: "Page") -> None:
    _results(page)
    page.get_by_role("tab", name="Ranking").click()
    page.wait_for_selector("#standings p")


def _video(page: "Page") -> None:
    page.click("#video-example input")
    page.get_by_role("option").first.click()
    _says(page, "#video-facts", "frames")
    _check(page)
    page.click("#video-how label:has-text('first frame')")
    page.locator("#video-editor canvas").first.wait_for()


def _nothing(page: "Page") -> None:
    """There is only what the tab opens with."""


@pytest.mark.parametrize(
    ("tab", "do"),
    [("Rate", _duel), ("Results", _results), ("Results", _ranking), ("Video", _video), ("About", _nothing)],
    ids=["rate", "results", "ranking", "video", "about"],
)
def test_other_tabs(page: "Page", tab: str, do: Callable[["Page"], None]) -> None:
    page.get_by_role("tab", name=tab).click()
    _settled(page)
    do(page)
    _check(page)


def test_every_tab_on_a_phone(chromium: "Browser", url: str) -> None:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, reduced_motion="reduce", has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector("#preview img", state="attached")
    page.add_style_tag(content=_AT_ONCE)
    faults = []
    for tab in ("Compare", "Restore", "Rate", "Results", "Video", "About"):
        page.get_by_role("tab", name=tab, exact=True).click()
        if tab == "Results":
            _results(page)
        faults += [f"{tab}: {fault}" for fault in _faults(page, "dark")]
        if tab == "Compare":
            for fold in page.locator("button.fold").all():
                fold.click()
            page.wait_for_selector("#vote-open", state="visible")
            faults += [f"{tab}, unfolded: {fault}" for fault in _faults(page, "dark")]
    context.close()
    assert not faults, "\n" + "\n".join(faults)
