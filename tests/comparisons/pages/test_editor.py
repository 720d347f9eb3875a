"""What a mask editor sends is text; the mask in it is decoded by nobody but the process that may be killed, and is bounded."""

import base64
import json
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import PIL.Image
import pytest
from gradio.data_classes import FileData

from comparisons.pages.page import build_app
from comparisons.pages.parts import brush, editor
from comparisons.pages.parts.brush import EDITOR_SIDE
from comparisons.pages.parts.stored_file import StoredFile, StoredUpload
from comparisons.pages.video import clip_forms
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import Problem, UnreadableImage
from tests import bombs


@pytest.fixture
def _not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a picture in this process is told off."""

    def here(*args: object, **kwargs: object) -> None:
        raise AssertionError("a mask was opened in the page's own process")

    monkeypatch.setattr(PIL.Image, "open", here)


def mask() -> np.ndarray:
    return np.where(np.random.default_rng(3).random((256, 256)) < 0.2, 255, 0).astype(np.uint8)


def drawing(data: bytes, grow: object = 0) -> str:
    return json.dumps({"picture": "", "mask": editor._MARK + base64.b64encode(data).decode(), "grow": grow})


@pytest.mark.usefixtures("_not_here")
def test_a_painted_mask_arrives() -> None:
    doubled = np.kron(mask() > 0, np.ones((2, 2), bool))
    value = editor.value(np.zeros((EDITOR_SIDE, EDITOR_SIDE, 3), np.uint8), doubled)
    found = brush.mask_of(value)
    assert found is not None
    assert np.array_equal(found, mask())
    assert np.array_equal(clip_forms.mask_of(value, EDITOR_SIDE, EDITOR_SIDE) > 0, doubled)
    assert brush.mask_of(None) is None
    assert brush.mask_of(editor.value(np.zeros((40, 40, 3), np.uint8))) is None
    assert not clip_forms.mask_of(None, 30, 20).any()


def test_a_mask_grows_and_shrinks_as_was_asked_for() -> None:
    block = np.zeros((EDITOR_SIDE, EDITOR_SIDE), bool)
    block[200:300, 200:300] = True
    areas = []
    for grow in (-5, 0, 5):
        found = brush.mask_of(editor.value(np.zeros((EDITOR_SIDE, EDITOR_SIDE, 3), np.uint8), block, grow))
        assert found is not None
        areas.append(int((found > 0).sum()))
    assert areas[0] == 40 * 40
    assert areas[1] == 50 * 50
    assert 58 * 58 < areas[2] <= 60 * 60


@pytest.mark.usefixtures("_not_here")
def test_masks_that_cost_much_get_a_sentence() -> None:
    for take in (brush.mask_of, lambda value: clip_forms.mask_of(value, 640, 480)):
        with pytest.raises(UnreadableImage, match="at most 4 megapixels, got 9400 x 9400"):
            take(drawing(bombs.one_bit()))
        with pytest.raises(UnreadableImage, match="none of these"):
            take(drawing(b"no picture"))


@pytest.mark.parametrize(
    "sent",
    [
        "<b>",
        "[1]",
        "null",
        "7",
        "{}",
        json.dumps({"mask": 1, "grow": 0}),
        json.dumps({"mask": "file:///etc/passwd", "grow": 0}),
        json.dumps({"mask": {"path": "/etc/passwd"}, "grow": 0}),
        json.dumps({"mask": editor._MARK + "no base64!", "grow": 0}),
        drawing(b"x", grow=1e9),
        drawing(b"x", grow=True),
        drawing(b"x", grow=25),
        " " * (editor._MOST_CHARACTERS + 1),
    ],
)
def test_what_is_no_drawing_is_refused(sent: str) -> None:
    with pytest.raises(Problem, match="drawn on this page"):
        brush.mask_of(sent)


def test_no_event_of_the_page_decodes_a_picture_before_its_handler(tmp_path: Path) -> None:
    page = build_app(Session(tmp_path / vote_log.FILE, (catalogue.method("telea"),)))
    # what the browser does by itself reaches no handler
    handled = [event for event in page.fns.values() if event.fn is not None]
    inputs = [(event, given) for event in handled for given in event.inputs]
    assert not [given for _, given in inputs if isinstance(given, gr.ImageEditor)]
    files = [given for _, given in inputs if isinstance(given, gr.File | gr.UploadButton | gr.DownloadButton)]
    assert files
    assert all(isinstance(given, StoredFile | StoredUpload) for given in files)
    opens = (gr.Image, gr.Gallery, gr.Video, gr.ImageSlider, gr.AnnotatedImage, gr.Audio)
    assert [event.api_name for event, given in inputs if isinstance(given, opens) and event.preprocess] == []


def test_a_drawing_is_kept_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is handed over ahead of an event, and what comes with one leaves no file behind."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    page = build_app(Session(tmp_path / vote_log.FILE, (catalogue.method("telea"),)))
    assert [block for block in page.blocks.values() if getattr(block, "server_fns", [])] == []
    before = sorted((tmp_path / "uploads").rglob("*"))
    canvas = editor.painting("paint", "editor")
    drawn = drawing(images.png_bytes(np.zeros((EDITOR_SIDE, EDITOR_SIDE, 4), np.uint8)))
    assert canvas.preprocess(drawn) == drawn
    assert brush.mask_of(drawn) is None
    assert sorted((tmp_path / "uploads").rglob("*")) == before


def sent(path: Path, data: bytes) -> FileData:
    path.write_bytes(data)
    return FileData(path=str(path))


@pytest.mark.parametrize(("kind", "known"), [(StoredFile, gr.File), (StoredUpload, gr.UploadButton)])
def test_a_file_is_taken_where_it_lies(kind: Any, known: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = kind(file_types=[".zip"])
    monkeypatch.setattr(taken, "GRADIO_CACHE", str(tmp_path))
    given = sent(tmp_path / "one.zip", b"zip")
    assert str(taken.preprocess(given)) == str(tmp_path / "one.zip")
    with pytest.raises(gr.Error, match=r"\.zip"):
        taken.preprocess(sent(tmp_path / "two.exe", b"no zip"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.zip", "two.exe"]
    assert taken.get_block_name() == known().get_block_name() == known.__name__.lower()
