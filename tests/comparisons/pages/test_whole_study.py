"""A whole study in a real browser: a file, a pool of own pictures, three invited raters, their votes, and the published dataset."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.pages.page import build_app
from comparisons.ranking.__main__ import main as ranking
from comparisons.session import Session
from comparisons.study import hub, passes, setups, vote_log
from comparisons.study.__main__ import main
from restorers import catalogue
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_duel_page import COMES
from tests.comparisons.pages.test_page import PATIENCE
from tests.comparisons.study.test_hub import StandIn
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium = test_page.chromium

KEYS = ("telea", "navier_stokes", "eigenface")
STUDY = """title = "Awake"
key = "awake"
tier = "invited"
methods = ["telea", "navier_stokes", "eigenface"]
[question]
ask = "awake"
en = "Which face looks more awake?"
[pool]
folder = "pool"
pictures = "pictures"
licence = "CC0-1.0"
bins = ["0.20-0.30"]
[numbers]
practice = 1
trials_per_rater = 8
block = 8
repeats = 0
[exclusions]
fastest_seconds = 0
least_checks_right = 0
most_per_minute = 1000
[recruiting]
raters = 3
[before]
en = "Look at the eyes."
[after]
en = "That was all."
[consent]
en = "Your answers are kept."
[completion]
code = "C1A2B3C4"
return_to = "https://panel.example/done"
"""


@pytest.fixture
def study(drawn_face: npt.NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(passes.SECRET, raising=False)
    (tmp_path / "pictures").mkdir()
    for number in range(6):
        Image.fromarray(np.roll(drawn_face, 5 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    assert main(["check", str(path)]) == 0
    assert main(["build", str(path)]) == 0
    return path


@pytest.fixture
def url(study: Path) -> Iterator[str]:
    assert main(["invite", str(study), "1", "--votes", str(study.parent / "votes")]) == 0
    methods = tuple(catalogue.method(key) for key in KEYS)
    session = Session(study.parent / "votes" / vote_log.FILE, methods, studies=setups.several([study]))
    with serving(build_app(session)) as address:
        yield address


def _opened(browser: "Browser", link: str) -> "Page":
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(link)
    # who was invited is on the study's page already
    if "pass=" not in link:
        page.get_by_role("tab", name="Rate").click()
    page.wait_for_selector("#duel")
    return page


def _shows_the_study_alone(page: "Page") -> None:
    """The other tabs show by name what an invited rater judges blindly."""
    assert page.locator("[role=tab]:visible").count() == 0
    assert page.locator("#tabs > .tabitem:visible").evaluate_all("all => all.map((one) => one.id)") == ["tab-rate"]
    assert not any(catalogue.method(key).name in page.inner_text("body") for key in KEYS)
    # nor does an address that asks for another tab bring it back
    page.evaluate("history.replaceState(null, '', '?tab=compare' + location.hash)")
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    assert page.is_visible("#duel-consent")


def test_a_link_opens_its_study_in_a_page_that_is_open_already(
    chromium: "Browser", study: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["invite", str(study), "1", "--votes", str(study.parent / "votes"), "--url", url]) == 0
    (link,) = capsys.readouterr().out.split()
    page = _opened(chromium, url)
    page.evaluate("link => { location.href = link; }", link)
    page.wait_for_function("document.querySelector('#duel-consent')?.innerText.includes('Your answers are kept.')")
    assert page.locator("[role=tab]:visible").count() == 0


def test_a_study_from_its_file_to_its_dataset(
    chromium: "Browser", study: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    votes = study.parent / "votes"
    capsys.readouterr()
    assert main(["invite", str(study), "4", "--votes", str(votes), "--url", url]) == 0
    links = capsys.readouterr().out.split()

    # nobody gets in without a link, or with one that somebody made up
    page = _opened(chromium, url)
    page.click("#duel-next")
    page.wait_for_function("document.body.innerText.includes('for invited raters')")
    page = _opened(chromium, links[0][:-1] + ("0" if links[0][-1] != "0" else "1"))
    page.wait_for_function("document.querySelector('#reveal').innerText.includes('not made by the owner')")
    # the words of what is not drawn can be read all the same
    assert page.locator("#reveal .warn").is_visible()

    for number, link in enumerate(links[:3]):
        page = _opened(chromium, link)
        page.wait_for_function("document.querySelector('#duel-consent')?.innerText.includes('Your answers are kept.')")
        if number == 0:
            _shows_the_study_alone(page)
        assert "Look at the eyes." in page.inner_text("#duel-before")
        page.click("#duel-next")
        for trial in range(9):
            page.wait_for_function(COMES, arg=f"Pair {trial} of" if trial else "Practice")
            if (number, trial) == (0, 5):
                # the same person on another device goes on where they were
                page = _opened(chromium, link)
                page.click("#duel-next")
                page.wait_for_function(COMES, arg="Pair 5 of")
            page.click("#duel-left" if (trial + number) % 2 else "#duel-right")
        page.wait_for_selector("#pair .finished")
        assert "That was all." in page.inner_text("#pair")
        assert "C1A2B3C4" in page.inner_text("#pair")
        assert page.get_attribute("#pair .finished a", "href") == "https://panel.example/done"
        # nothing is left to answer or to ask for
        assert not page.is_visible("#duel-next")
        assert not page.is_visible("#duel-left")

    # who comes too late is told so in the pair's place, not as a failure, and is given nothing
    page = _opened(chromium, links[3])
    page.click("#duel-next")
    page.wait_for_selector("#pair .finished")
    assert "has the 3 raters that it needs" in page.inner_text("#pair")
    assert not {"C1A2B3C4", "That was all."} & {*page.inner_text("#pair").split("\n")}
    assert page.locator("#pair .finished a").count() == 0
    assert page.locator(".toast-body").count() == 0

    log = vote_log.read_folder(votes).votes
    assert len({vote.rater for vote in log}) == 3
    assert len(log) == 27
    assert {vote.kind for vote in log} == {"practice", "blind", "check"}

    assert ranking([str(votes), "--study", str(study), "--out", str(study.parent / "out")]) == 0
    rows = (study.parent / "out" / "by_ratio.csv").read_text()
    assert all("bin,0.20-0.30" in line for line in rows.splitlines()[1:4])
    there = StandIn()
    monkeypatch.setattr(hub, "copy_of", lambda repo: hub.Copy(repo, there))  # type: ignore[arg-type]  # a stand-in
    assert main(["publish", str(study), "owner/awake", "--votes", str(votes)]) == 0
    published = b"".join(there.commits[-1].values())
    assert there.commits[-1]["votes.csv"].count(b"\n") == 28
    assert b"C1A2B3C4" not in published
    assert links[0].split("pass=")[1].encode() not in published
