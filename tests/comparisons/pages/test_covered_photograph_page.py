"""In a real browser: a face shown by hand, its cover painted, the result back in the photograph; and the brush."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from comparisons.session import EXAMPLES
from restorers import images
from restorers.catalogue import METHODS
from restorers.faces import align, cover_masks
from tests.browsing import changed, still
from tests.comparisons.pages import test_page
from tests.comparisons.pages.test_page import _says

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python (tests/requirements.txt)")

pytestmark = pytest.mark.browser

chromium, served, page = test_page.chromium, test_page.served, test_page.page

SIDE, LEFT, TOP = 700, 250, 100
POINTS = align.TEMPLATE * SIDE + (LEFT, TOP)
"""Where the example's eyes, nose and mouth corners lie in the photograph."""


@pytest.fixture
def covered(tmp_path: Path) -> Path:
    """A photograph in which no detector finds a face, for it is behind a board."""
    canvas = Image.new("RGB", (1300, 950), (92, 118, 96))
    canvas.paste(Image.open(EXAMPLES / "01.png").convert("RGB").resize((SIDE, SIDE)), (LEFT, TOP))
    canvas.paste((30, 60, 140), (LEFT + 150, TOP + 240, LEFT + 560, TOP + 640))
    path = tmp_path / "covered.png"
    canvas.save(path)
    assert not align.locate(images.read(path)).faces
    return path


def _click_at(page: "Page", x: float, y: float, where: str = "") -> None:
    """Click a place of the photograph, in its own pixels; `where` begins the ids of the tab's elements."""
    picture = page.locator(f"#{where}point-picture img")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    natural = picture.evaluate("(img) => [img.naturalWidth, img.naturalHeight]")
    assert box is not None
    # the picture fits its frame and keeps its shape
    shown = min(box["width"] / natural[0], box["height"] / natural[1])
    left = (box["width"] - natural[0] * shown) / 2
    top = (box["height"] - natural[1] * shown) / 2
    scale = shown * natural[0] / 1300
    picture.click(position={"x": left + x * scale, "y": top + y * scale})


def _choose(page: "Page", occluder: str) -> None:
    page.click("#occluder input")
    page.get_by_role("option", name=occluder).click()


def _upload(page: "Page", path: Path, editor: str = "editor", mask: str = "mask") -> None:
    canvas = page.locator(f"#{editor} canvas.shown")
    still(canvas)
    before = canvas.screenshot()
    with page.expect_file_chooser() as asking:
        page.click(f"#{mask}")
    asking.value.set_files(path)
    changed(canvas, before)  # the editor takes its picture in without telling when it is done


def _saved(page: "Page") -> np.ndarray:
    with page.expect_download() as waiting:
        page.click("#save-mask")
    return np.asarray(Image.open(waiting.value.path()))


def test_a_covered_face_is_shown_restored_and_put_back(page: "Page", covered: Path, tmp_path: Path) -> None:
    page.get_by_role("tab", name="Restore").click()
    page.set_input_files("#restore-photograph input[type=file]", covered)
    _says(page, "#restore-found", "No face was found")
    for number, (x, y) in enumerate(POINTS[:3]):
        _says(page, "#restore-point-say", f"{number + 1} of 5")
        _click_at(page, x, y, "restore-")
    _says(page, "#restore-point-say", "4 of 5")
    page.click("#restore-point-undo")
    _says(page, "#restore-point-say", "3 of 5")
    page.click("#restore-point-skip")
    for number, (x, y) in enumerate(POINTS[3:]):
        _says(page, "#restore-point-say", f"{number + 4} of 5")
        _click_at(page, x, y, "restore-")
    _says(page, "#restore-point-say", "All five points are set")
    page.click("#restore-point-use")
    _says(page, "#restore-found", "One face")

    board = np.zeros((256, 256), np.uint8)
    low = ((np.array([150, 240]) / SIDE) * 256).astype(int) - 2
    high = ((np.array([560, 640]) / SIDE) * 256).astype(int) + 3
    board[low[1] : high[1], low[0] : high[0]] = 255
    (tmp_path / "board.png").write_bytes(images.png_bytes(board))
    _upload(page, tmp_path / "board.png", "restore-canvas", "restore-mask")
    page.click("#restore-run")
    page.wait_for_selector("#restore-download:not([disabled])")
    with page.expect_download() as waiting:
        page.click("#restore-download")
    before, after = images.read(covered), images.read(Path(waiting.value.path()).read_bytes())
    assert after.shape == before.shape
    changed = (after != before).any(-1)
    rows, columns = np.nonzero(changed)
    # clicks are whole pixels of a smaller picture, so the crop lies a few pixels off
    assert rows.min() > TOP + 240 - 30
    assert rows.max() < TOP + 640 + 30
    assert columns.min() > LEFT + 150 - 30
    assert columns.max() < LEFT + 560 + 30
    assert changed.mean() > 0.8 * 410 * 400 / (1300 * 950)
    assert not Image.open(io.BytesIO(Path(waiting.value.path()).read_bytes())).info


def test_the_mask_of_a_real_cover_grows_where_it_is_uploaded(page: "Page", covered: Path, tmp_path: Path) -> None:
    page.set_input_files("#photograph input[type=file]", covered)
    _says(page, "#found", "No face was found")
    page.click("#crop")
    _choose(page, "Already covered in the photo")
    board = np.zeros((256, 256), np.uint8)
    board[90:160, 80:200] = 255
    (tmp_path / "board.png").write_bytes(images.png_bytes(board))
    _upload(page, tmp_path / "board.png")
    # a real cover has a soft edge
    assert np.array_equal(_saved(page) > 0, cover_masks.grown(board > 0, cover_masks.GROWN))
    page.click("#run")
    _says(page, "#status", f"All {len(METHODS)} methods have run")


def test_a_box_is_enough(page: "Page", covered: Path) -> None:
    page.set_input_files("#photograph input[type=file]", covered)
    _says(page, "#found", "No face was found")
    page.click("#pointing label:has-text('A box')")
    _says(page, "#point-say", "one corner")
    _click_at(page, LEFT + 0.22 * SIDE, TOP + 0.19 * SIDE)
    _says(page, "#point-say", "opposite corner")
    _click_at(page, LEFT + 0.78 * SIDE, TOP + 0.92 * SIDE)
    _says(page, "#point-say", "The frame shows")
    page.click("#point-use")
    # looked into closely, the detector may find it after all; else the box itself says where it is
    _says(page, "#found", "The face that you have shown. Face ")
    assert page.locator("#run").is_enabled()


def test_the_brush_undoes_redoes_and_keeps_what_was_drawn(page: "Page", tmp_path: Path) -> None:
    _choose(page, "Drawn by hand")
    canvas = page.locator("#editor canvas.shown")
    canvas.wait_for()
    for down in (-60, 60):
        canvas.scroll_into_view_if_needed()
        still(canvas)
        before = canvas.screenshot()
        box = canvas.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + down
        page.mouse.move(x - 50, y)
        page.mouse.down()
        page.mouse.move(x + 50, y, steps=10)
        page.mouse.up()
        page.mouse.move(0, 0)  # what is seen then is the stroke and not the brush
        changed(canvas, before)
    both = _saved(page)
    before = canvas.screenshot()
    page.click("#editor [data-do=undo]")
    changed(canvas, before)
    one = _saved(page)
    assert 0 < (one > 0).sum() < (both > 0).sum()
    before = canvas.screenshot()
    page.click("#editor [data-do=redo]")
    changed(canvas, before)
    assert np.array_equal(_saved(page), both)

    _choose(page, "Black box")
    page.locator("#editor").wait_for(state="hidden")
    _choose(page, "Drawn by hand")
    canvas.wait_for()
    still(canvas)
    assert np.array_equal(_saved(page), both)
    page.click("#degradation label:has-text('Light')")
    assert np.array_equal(_saved(page), both)
    before = canvas.screenshot()
    page.click("#invert")
    changed(canvas, before)
    assert np.array_equal(_saved(page), 255 - both)
    before = canvas.screenshot()
    page.click("#editor [data-do=clear]")
    changed(canvas, before)
    (tmp_path / "both.png").write_bytes(images.png_bytes(both))
    _upload(page, tmp_path / "both.png")
    assert np.array_equal(_saved(page), both)
