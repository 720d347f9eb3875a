"""How fast the page is, as ratios in one run: figures of different machines, or of busy ones, can then be set side by side.

    python -m tests.speed [--visitors 10]

Wants an otherwise idle machine and a Chromium; takes some minutes. It prints each figure, and whether it is within its bound.
"""

import argparse
import http.client
import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unittest import mock

from tests.screenshots import _answers, app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

PATIENCE: Final = 300_000
EMPTY: Final = """
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.HTML("<p>Nothing</p>")
page.launch(server_port=PORT, quiet=True)
"""
FIRST_PAINT: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime / 1000"
STREAMS: Final = ("/queue/data", "/heartbeat/")
"""Addresses whose answers last as long as the visit."""
REST: Final = 5000
"""Milliseconds after which a page that has nothing to do is at rest: the chart of a run comes after everything else of it."""
DRAWN: Final = """() => ['#cards', '#first-screen .cards'].some((cards) => document.querySelectorAll(`${cards} img`).length >= 12
    && [...document.querySelectorAll(`${cards} img`)].every((one) => one.complete))
    && document.querySelector('#chart svg, #first-screen .chart svg')"""
"""Gallery and curve are there: those of the page, or those that it shows until it has built them."""
DRAWN_AT: Final = f"""{{
    const drawn = {DRAWN};
    const look = () => requestAnimationFrame(drawn() ? () => {{ window.drawnAt = performance.now() / 1000; }} : look);
    requestAnimationFrame(look);
}}"""
"""Notes in the page itself when they have been drawn, for what was there as a frame began is painted when the next one begins:
a question from outside would wait for whatever scripts the page runs meanwhile."""

RUN_WATCHED: Final = """() => {
    const seen = window.seen = {}, now = () => performance.now() / 1000;
    const there = (what) => document.querySelector(what);
    const noted = (what) => requestAnimationFrame(() => { seen[what] = now(); });
    const begun = () => { seen.begun = now(); };
    document.getElementById("run").addEventListener("click", begun, { once: true, capture: true });
    const steps = [
        () => there("#cards .card.waiting") && !there("#cards .card.result"),
        () => there("#cards .card.result") && (noted("first"), true),
        () => there("#run:not([disabled])") && (noted("whole"), watch.disconnect(), true),
    ];
    const watch = new MutationObserver(() => { if (steps[0]()) steps.shift(); });
    watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ["class", "disabled"] });
}"""
"""Notes in the page itself when a run shows its first picture and when it is over: a question from outside is asked at every frame,
and so has every frame drawn, by the cores that run the methods."""


class Figure(NamedTuple):
    """One promise."""

    words: str
    value: float
    most: float

    def __str__(self) -> str:
        return f"{'ok ' if self.value <= self.most else 'NOT'} {self.value:8.2f} (at most {self.most:g})  {self.words}"


@contextmanager
def empty() -> Iterator[str]:
    """A page of Gradio's with nothing on it; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", EMPTY.replace("PORT", str(port))])
    try:
        while not _answers(f"http://127.0.0.1:{port}"):
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def opened(browser: "Browser", url: str) -> tuple["Page", list[float]]:
    """A fresh visitor on a page, and the sizes in bytes of what has come to it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(DRAWN_AT)
    sizes: list[float] = []
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.goto(url)
    return page, sizes


def paints(browser: "Browser", url: str, ours: bool) -> tuple[float, float, float]:
    """Seconds to the first paint, from there until gallery and curve are drawn, and megabytes on the wire; medians of three."""
    found = []
    for _ in range(3):
        page, sizes = opened(browser, url)
        page.wait_for_function(f"{FIRST_PAINT} > 0")
        first = float(page.evaluate(FIRST_PAINT))
        later = 0.0
        if ours:
            page.wait_for_function("window.drawnAt")
            later = max(0.0, float(page.evaluate("window.drawnAt")) - first)
            page.wait_for_selector("#run:not([disabled])")
        page.wait_for_timeout(1500)
        found.append((first, later, sum(sizes) / 1e6))
        page.context.close()
    return tuple(statistics.median(column) for column in zip(*found, strict=True))


def run(page: "Page") -> tuple[float, float, float]:
    """Seconds to the first method's picture, to everything, and the methods' own seconds, of one run of all."""
    page.evaluate(RUN_WATCHED)
    page.click("#run")
    page.wait_for_function("window.seen.whole", polling=100)
    first, whole = page.evaluate("[seen.first - seen.begun, seen.whole - seen.begun]")
    own = page.evaluate(
        "[...document.querySelectorAll('#scores tbody td:nth-child(2)')].map((one) => parseFloat(one.innerText))"
    )
    return first, whole, sum(seconds for seconds in own if seconds == seconds)


def starts() -> float:
    """Seconds until `python app.py` answers over those of importing torch and gradio, both compiled by a start before."""
    with tempfile.TemporaryDirectory() as compiled, compiling_into(compiled):
        seconds = [(_seconds_of_imports(), _seconds_of_app()) for _ in range(2)]
    imported, answered = seconds[-1]
    return answered / imported


@contextmanager
def compiling_into(folder: str) -> Iterator[None]:
    """Let Python keep what it compiles in a folder of its own, also where it is told not to keep anything."""
    with mock.patch.dict(os.environ, {"PYTHONPYCACHEPREFIX": folder}):
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        yield


def _seconds_of_imports() -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "import torch, gradio"], check=True)
    return time.monotonic() - begun


def _seconds_of_app() -> float:
    begun = time.monotonic()
    with app():
        return time.monotonic() - begun


class Asked(NamedTuple):
    """A request that a browser made."""

    method: str
    path: str
    """With its query."""
    body: dict[str, Any] | None


def asked_for(browser: "Browser", url: str) -> list[Asked]:
    """What a browser asks for that opens the page, until the page can be used and is at rest."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    found: list[Asked] = []

    def noted(request: "Request") -> None:
        if request.url.startswith(url) and not any(endless in request.url for endless in STREAMS):
            found.append(Asked(request.method, request.url.removeprefix(url), request.post_data_json))

    page.on("request", noted)
    page.goto(url)
    page.wait_for_selector("#run:not([disabled])")
    page.wait_for_timeout(2000)
    context.close()
    return found


def opens(url: str, requests: Sequence[Asked]) -> None:
    """Ask the server for what a browser asks for, in a visit of its own, without the work of drawing it on the same cores.

    By the plainest of clients: one that unpacks every answer takes as much of these cores as the server that it asks.

    Raises:
        RuntimeError: if the server refuses any of it: then this is no visitor.
    """
    visit = secrets.token_hex(8)
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE / 1000)) as line:
        for request in requests:
            body = None if request.body is None else json.dumps(request.body | {"session_hash": visit})
            _answer(line, request.method, request.path, body)
            if request.path.split("?")[0].endswith("/queue/join"):
                _answered(line, visit)


def _answer(line: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> bytes:
    packed = {"Accept-Encoding": "br, gzip"} if body is None else {"Content-Type": "application/json"}
    line.request(method, path, body, packed)
    answer = line.getresponse()
    whole = answer.read()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path} was answered by {answer.status}")
    return whole


def _answered(line: http.client.HTTPConnection, visit: str) -> None:
    """Wait for the answer to a call, as the page does before it makes the next one."""
    stream = _answer(line, "GET", f"/gradio_api/queue/data?session_hash={visit}").decode()
    said = [json.loads(told[5:]) for told in stream.splitlines() if told.startswith("data:")]
    done = [message for message in said if message["msg"] == "process_completed"]
    if not done or not all(message["success"] for message in done):
        raise RuntimeError(f"a call was refused: {said[-1]}")


def crowded(browser: "Browser", url: str, visitors: int) -> float:
    """A run while visitors open the page, over a run alone."""
    page, _ = opened(browser, url)
    page.wait_for_selector("#run:not([disabled])")
    requests = asked_for(browser, url)
    _, alone, _ = run(page)
    page.wait_for_timeout(REST)
    with ThreadPoolExecutor(visitors) as crowd:
        coming = [crowd.submit(opens, url, requests) for _ in range(visitors)]
        _, together, _ = run(page)
        for one in coming:
            one.result()
    return together / alone


def measured(visitors: int) -> Iterator[Figure]:
    """Everything, one after the other."""
    from playwright.sync_api import sync_playwright

    yield Figure("app.py answers, over importing torch and gradio", starts(), 1.15)
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        browser: Any = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        nothing = paints(browser, stack.enter_context(empty()), ours=False)
        url = stack.enter_context(app())
        first, later, megabytes = paints(browser, url, ours=True)
        yield Figure("first paint, over that of an empty page", first / nothing[0], 1.3)
        yield Figure("seconds from there to gallery and curve", later, 1.0)
        yield Figure("megabytes on the wire on first load", megabytes, 2.4)
        page, _ = opened(browser, url)
        page.wait_for_selector("#run:not([disabled])")
        run(page)  # loads the weights
        page.wait_for_timeout(REST)
        picture, whole, own = run(page)
        yield Figure("seconds from Run to the first picture", picture, 0.5)
        yield Figure("everything ready, over the methods' own seconds", whole / own, 1.3)
        begun = time.monotonic()
        page.click("#tab-results-button")
        page.wait_for_selector("#results-table tr[data-cell]")
        yield Figure("seconds from the click to drawn results", time.monotonic() - begun, 1.0)
        yield Figure(
            f"a run while {visitors} visitors open the page, over a run alone", crowded(browser, url, visitors), 1.5
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every figure as it is measured."""
    parser = argparse.ArgumentParser("python -m tests.speed", description=__doc__)
    parser.add_argument("--visitors", type=int, default=10)
    chosen = parser.parse_args(arguments)
    for figure in measured(chosen.visitors):
        sys.stdout.write(f"{figure}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
