"""Pictures of the page in every state, width, theme and language, and one sheet with all of them, to be looked at.

    python -m tests.screenshots --out DIR [--only TEXT ...] [--url http://127.0.0.1:7860]

Without `--url` the app is started for it. The names say what is seen: `compare-run.1440.dark.en.png`.
"""

import argparse
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PIL import Image, ImageDraw

from restorers import paths

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE: Final = 300_000
"""Milliseconds for the slowest step on busy cores."""
WIDTHS: Final = {1440: 900, 1024: 768, 390: 844}
THEMES: Final = ("light", "dark")
LANGUAGES: Final = {"en": "en-GB", "zh": "zh-CN"}
TILE: Final = 360
"""Width in pixels of a picture on the sheet."""

_UNFOLDED: Final = "document.querySelector('#fold button[aria-expanded=false]')?.click()"


def _rests(page: "Page") -> None:
    """The tab as it opens."""


def _runs(page: "Page") -> None:
    page.click("#run")
    page.wait_for_selector("#run[disabled]")
    page.wait_for_selector(".card.result", state="attached")


def _ran(page: "Page") -> None:
    page.wait_for_selector("#run:not([disabled])")
    page.wait_for_function("document.querySelectorAll('#cards .card.result, #cards .card.grey').length >= 10")


def _refused(page: "Page") -> None:
    page.click("#run")
    page.wait_for_selector(".why-failed")


def _stale(page: "Page") -> None:
    page.evaluate(_UNFOLDED)
    page.click("#shuffle")
    page.wait_for_selector(".note.stale")


def _view(name: str, shown: str) -> Callable[["Page"], None]:
    def opened(page: "Page") -> None:
        button = page.locator(f"#view-{name}-button")
        # on a phone the last views are behind Gradio's own menu, whose lines have no id but stand in the same order
        if button.count() and button.is_visible():
            button.click()
        else:
            page.click("#views .overflow-menu > button")
            page.click(f"#views .overflow-dropdown button >> nth={('steps', 'share').index(name)}")
        page.wait_for_selector(shown)

    return opened


def _painting(page: "Page") -> None:
    page.evaluate(_UNFOLDED)
    page.click("#occluder input")
    page.click("[role=option] >> nth=2")
    page.wait_for_selector("#editor canvas.shown")


def _photograph(page: "Page") -> None:
    page.set_input_files("#restore-photograph input[type=file]", paths.EXAMPLES / "05.png")
    page.wait_for_selector("#restore-canvas canvas.shown")


def _restored(page: "Page") -> None:
    field = page.locator("#restore-canvas .sheet")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box is not None
    across, down, side = box["x"], box["y"], box["width"]
    page.mouse.move(across + 0.3 * side, down + 0.42 * side)
    page.mouse.down()
    page.mouse.move(across + 0.7 * side, down + 0.42 * side, steps=8)
    page.mouse.up()
    page.click("#restore-run")
    page.wait_for_selector("#restore-methods .thumbnail-item")
    page.wait_for_selector("#restore-run:not([disabled])")


def _results(page: "Page") -> None:
    page.wait_for_selector("#results-table tr[data-cell]", state="attached")


def _card(page: "Page") -> None:
    page.click("#results-models summary >> nth=1")


def _sunglasses(page: "Page") -> None:
    before = page.inner_html("#results-chart")
    page.click("#results-corruption input")
    page.click("[role=option] >> nth=5")
    page.wait_for_function("was => document.querySelector('#results-chart').innerHTML !== was", arg=before)


def _costs(page: "Page") -> None:
    page.click("#results-kind label >> nth=1")
    page.wait_for_selector("#results-chart text:has-text('PatchMatch = 1')")


def _pair(page: "Page") -> None:
    page.click("#duel-next")
    page.wait_for_selector("#duel-tie:not([disabled])")


def _revealed(page: "Page") -> None:
    page.click("#duel-pause")
    page.click("#duel-tie")
    page.wait_for_selector("#reveal dl")


def _clip(page: "Page") -> None:
    page.click("#video-example input")
    page.click("[role=option] >> nth=0")
    page.wait_for_selector("#video-run:not([disabled])")


class State(NamedTuple):
    """One thing to look at."""

    name: str
    tab: str
    do: Callable[["Page"], None]
    """What leads there from the state before."""
    whole: bool = False
    """Whether the whole page is taken, and not only what fits the screen."""


STATES: Final = (
    State("compare", "compare", _rests),
    State("compare-whole", "compare", _rests, whole=True),
    State("compare-chart", "compare", _view("chart", "#wide-chart svg"), whole=True),
    State("compare-maps", "compare", _view("maps", "#maps img"), whole=True),
    State("compare-steps", "compare", _view("steps", "#steps p"), whole=True),
    State("compare-share", "compare", _view("share", "#download:not([disabled])"), whole=True),
    State("compare-stale", "compare", _stale),
    State("compare-runs", "compare", _runs),
    State("compare-run", "compare", _ran, whole=True),
    State("compare-painting", "compare", _painting, whole=True),
    State("compare-refused", "compare", _refused),
    State("restore", "restore", _rests),
    State("restore-photograph", "restore", _photograph, whole=True),
    State("restore-restored", "restore", _restored, whole=True),
    State("rate", "rate", _rests),
    State("rate-pair", "rate", _pair),
    State("rate-revealed", "rate", _revealed),
    State("results", "results", _results),
    State("results-whole", "results", _results, whole=True),
    State("results-card", "results", _card, whole=True),
    State("results-sunglasses", "results", _sunglasses),
    State("results-cost", "results", _costs),
    State("results-ranking", "results", _view("ranking", "#standings p"), whole=True),
    State("video", "video", _rests),
    State("video-clip", "video", _clip, whole=True),
    State("about", "about", _rests, whole=True),
)
"""In an order in which each leads to the next: a page is opened once for all of them."""


@contextlib.contextmanager
def app() -> Iterator[str]:
    """The app on a port of this machine, without votes; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as votes:
        command = [sys.executable, "app.py", "--port", str(port), "--votes", votes]
        process = subprocess.Popen(command, cwd=paths.ROOT)
        try:
            while not _answers(url):
                if process.poll() is not None:
                    raise SystemExit("the page did not start")
                time.sleep(0.05)
            yield url
        finally:
            process.terminate()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def shoot(browser: "Browser", url: str, width: int, language: str, names: Collection[str], out: Path) -> list[Path]:
    """Take one width and language through the states, in both themes.

    Args:
        browser: a Chromium.
        url: of the page.
        width: of `WIDTHS`.
        language: of `LANGUAGES`.
        names: pictures to take; all states are gone through up to the last of them.
        out: folder of the pictures.
    """
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        locale=LANGUAGES[language],
        reduced_motion="reduce",
        has_touch=width < 768,
        is_mobile=width < 768,
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector("#preview img", state="attached")
    taken, left = [], set(names)
    for state in STATES:
        if not left:
            break
        page.click(f"#tab-{state.tab}-button")
        state.do(page)
        page.evaluate("scrollTo(0, 0)")
        for theme in THEMES:
            name = f"{state.name}.{width}.{theme}.{language}.png"
            if name not in left:
                continue
            left.discard(name)
            page.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
            page.wait_for_timeout(400)
            page.screenshot(path=out / name, full_page=state.whole)
            taken.append(out / name)
    context.close()
    return taken


def sheet(pictures: Sequence[Path], out: Path) -> None:
    """All pictures small on one, with their names."""
    tiles = []
    for path in pictures:
        picture = Image.open(path).convert("RGB")
        height = min(round(picture.height * TILE / picture.width), 2 * TILE)
        small = picture.resize((TILE, round(picture.height * TILE / picture.width))).crop((0, 0, TILE, height))
        tiles.append((path.stem, small))
    columns = 5
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    heights = [max(tile.height for _, tile in row) + 22 for row in rows]
    canvas = Image.new("RGB", (columns * (TILE + 8), sum(heights)), "#888888")
    draw, top = ImageDraw.Draw(canvas), 0
    for row, height in zip(rows, heights, strict=True):
        for place, (name, tile) in enumerate(row):
            canvas.paste(tile, (place * (TILE + 8), top + 18))
            draw.text((place * (TILE + 8) + 4, top + 3), name, fill="white")
        top += height
    canvas.save(out)


def main(arguments: Sequence[str] | None = None) -> None:
    """Take them all, or those whose names hold a text."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser("python -m tests.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", default=[""], help="take only pictures whose name holds one of these")
    parser.add_argument("--url", help="of a page that runs already")
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        url = chosen.url or stack.enter_context(app())
        playwright = stack.enter_context(sync_playwright())
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        taken = []
        for width in WIDTHS:
            for language in LANGUAGES:
                names = {f"{state.name}.{width}.{theme}.{language}.png" for state in STATES for theme in THEMES}
                wanted = [name for name in names if any(text in name for text in chosen.only)]
                taken += shoot(browser, url, width, language, wanted, chosen.out) if wanted else []
        browser.close()
    sheet(taken, chosen.out / "sheet.png")
    sys.stdout.write(f"{len(taken)} pictures in {chosen.out}\n")


if __name__ == "__main__":
    main()
