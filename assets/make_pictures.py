"""The README's pictures, from the shipped weights and faces of people who do not exist.

`python -m assets.make_pictures strip` draws assets/strip.webp: occluded, each method, truth.
`python -m assets.make_pictures restored` draws assets/restored: the Restore tab's example, before and after.
`python -m assets.make_pictures screenshot` draws assets/screenshot.webp: the page after a run, in a headless Chromium.
"""

import argparse
import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from comparisons.arena import runner
from comparisons.restore.preferred import preferred
from restorers import catalogue, images, paths
from restorers.corruptions import corruption
from restorers.corruptions.corruption import Corruption
from restorers.faces import align

ASSETS: Final = Path(__file__).parent
FACES: Final = (("01", "mouth", 0.16), ("04", "eyes", 0.22), ("03", "random", 0.30))
"""Example, place of the box, share of the picture that it hides."""
CELL: Final = 192
LABEL: Final = 26


def strip(out: Path) -> None:
    """One row a face: occluded, each method, truth."""
    rows = [_row(*face, label=number == 0) for number, face in enumerate(FACES)]
    _write(Image.fromarray(np.concatenate(rows)), out)


def restored(folder: Path) -> None:
    """An example under drawn sunglasses, and what the method makes of it that the Restore tab takes first."""
    face = images.resize(images.read(ASSETS / "examples" / "02.png"), 256)
    landmarks = torch.as_tensor(align.locate(face).faces[0].landmarks / 256, dtype=torch.float32)[None]
    corrupted = corruption.apply(Corruption("sunglasses_tinted", seed=2), images.to_tensor(face), landmarks)
    method = preferred(catalogue.METHODS, corrupted)[0]
    after = catalogue.load(method.key)(corrupted, [0]).pixels
    folder.mkdir(exist_ok=True)
    for name, pixels in (("before", corrupted.pixels), ("after", after)):
        _write(Image.fromarray(images.to_array(pixels)), folder / f"{name}.webp")


def _write(picture: Image.Image, out: Path) -> None:
    """As WebP: pictures to look at, not to measure."""
    picture.convert("RGB").save(out, quality=88, method=6)


def _row(name: str, place: str, share: float, *, label: bool) -> NDArray[np.uint8]:
    picture = images.resize(images.read(ASSETS / "examples" / f"{name}.png"), 256)
    truth = images.to_tensor(picture)
    corrupted = corruption.apply(Corruption("rectangle", seed=4, low=share, high=share, place=place), truth)
    cells = [_cell(images.to_array(corrupted.pixels), "occluded" if label else "")]
    keys = [method.key for method in catalogue.METHODS]
    for outcome in runner.run(corrupted, keys, seed=0):
        if outcome.restored is None:
            raise SystemExit(f"{outcome.method}: {outcome.error}")
        text = catalogue.method(outcome.method).name if label else ""
        cells.append(_cell(images.to_array(outcome.restored.pixels), text))
    return np.concatenate([*cells, _cell(picture, "truth" if label else "")], 1)


def _cell(picture: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    cell = np.full((CELL + LABEL * bool(text) + 4, CELL + 4, 3), 255, np.uint8)
    cell[-CELL - 2 : -2, 2:-2] = images.resize(picture, CELL)
    if text:
        cv2.putText(cell, text, (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (40, 40, 40), 1, cv2.LINE_AA)
    return cell


def screenshot(out: Path) -> None:
    """Start the page, run every method on the first example, take its picture at 1440 px."""
    from playwright.sync_api import sync_playwright  # a test tool; the strip does without

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as votes:
        command = [sys.executable, "app.py", "--port", str(port), "--votes", votes]
        server = subprocess.Popen(command, cwd=ASSETS.parent)
        try:
            _wait(port)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": 1440, "height": 1180})
                page.goto(f"http://127.0.0.1:{port}")
                page.get_by_role("button", name="Run every method").click()
                page.get_by_text("methods have run").wait_for(timeout=120_000)
                # a click on a button below the edge has scrolled to it
                page.evaluate("window.scrollTo(0, 0)")
                page.wait_for_timeout(2000)
                _write(Image.open(io.BytesIO(page.screenshot())), out)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def _wait(port: int) -> None:
    for _ in range(240):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise SystemExit("the page did not answer within two minutes")


def main() -> None:
    """Parse and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", choices=("strip", "restored", "screenshot"))
    chosen = parser.parse_args()
    if chosen.picture == "restored":
        restored(paths.RESTORED)
    else:
        {"strip": strip, "screenshot": screenshot}[chosen.picture](ASSETS / f"{chosen.picture}.webp")


if __name__ == "__main__":
    main()
