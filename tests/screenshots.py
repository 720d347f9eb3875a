"""Pictures of the page in every state, width, theme and language, and one sheet with all of them, to be looked at.

    python -m tests.screenshots --out DIR [--only TEXT] [--url http://127.0.0.1:7860]

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
from collections.abc import Callable, Iterator, Sequence
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


def _rests(page: "Page") -> None:
    """The page as it opens."""


def _run(page: "Page") -> None:
    page.click("#run")
    page.wait_for_selector("#run[disabled]")
    page.wait_for_selector("#run:not([disabled])")


def _stale(page: "Page") -> None:
    page.click("#shuffle")
    page.wait_for_selector(".note.stale")


def _view(name: str) -> Callable[["Page"], None]:
    def opened(page: "Page") -> None:
        page.click(f"#view-{name}-button")
        page.wait_for_timeout(1500)

    return opened


def _results(page: "Page") -> None:
    page.wait_for_selector("#results-table tr[data-cell]")


def _ranking(page: "Page") -> None:
    _results(page)
    page.click("#view-ranking-button")
    page.wait_for_timeout(1500)


def _pair(page: "Page") -> None:
    page.click("#duel-next")
    page.wait_for_selector("#duel-tie:not([disabled])")


class State(NamedTuple):
    """One thing to look at."""

    name: str
    query: str
    do: Callable[["Page"], None]
    whole: bool = False
    """Whether the whole page is taken, and not only what fits the screen."""


STATES: Final = (
    State("compare", "", _rests),
    State("compare-whole", "", _rests, whole=True),
    State("compare-stale", "", _stale),
    State("compare-chart", "", _view("chart"), whole=True),
    State("compare-maps", "", _view("maps"), whole=True),
    State("compare-steps", "", _view("steps"), whole=True),
    State("compare-share", "", _view("share"), whole=True),
    State("compare-run", "", _run),
    State("rate", "?tab=rate", _rests),
    State("rate-pair", "?tab=rate", _pair),
    State("results", "?tab=results", _results, whole=True),
    State("results-sunglasses", "?tab=results&scenario=sunglasses&measure=lpips", _results, whole=True),
    State("results-ranking", "?tab=results", _ranking, whole=True),
    State("video", "?tab=video", _rests),
    State("about", "?tab=about", _rests, whole=True),
)


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
                time.sleep(0.3)
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


def shoot(browser: "Browser", url: str, state: State, width: int, theme: str, language: str, out: Path) -> Path:
    """Take one picture."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        locale=LANGUAGES[language],
        reduced_motion="reduce",
        has_touch=width < 768,
        is_mobile=width < 768,
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    query = f"{state.query}{'&' if state.query else '?'}__theme={theme}"
    page.goto(f"{url}/{query}")
    page.wait_for_selector("#tab-compare-button")
    if not state.query:
        page.wait_for_selector("#preview img")
    page.wait_for_timeout(800)
    state.do(page)
    path = out / f"{state.name}.{width}.{theme}.{language}.png"
    page.screenshot(path=path, full_page=state.whole)
    context.close()
    return path


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
    parser.add_argument("--only", default="", help="take only pictures whose name holds this")
    parser.add_argument("--url", help="of a page that runs already")
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        url = chosen.url or stack.enter_context(app())
        playwright = stack.enter_context(sync_playwright())
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        taken = [
            shoot(browser, url, state, width, theme, language, chosen.out)
            for state in STATES
            for width in WIDTHS
            for theme in THEMES
            for language in LANGUAGES
            if chosen.only in f"{state.name}.{width}.{theme}.{language}.png"
        ]
        browser.close()
    sheet(taken, chosen.out / "sheet.png")
    sys.stdout.write(f"{len(taken)} pictures in {chosen.out}\n")


if __name__ == "__main__":
    main()
