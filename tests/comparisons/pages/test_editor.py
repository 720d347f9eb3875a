"""What a mask editor sends is decoded by nobody but the process that may be killed, and is bounded."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fastapi
import gradio as gr
import numpy as np
import PIL.Image
import pytest
from gradio.components.image_editor import EditorData
from gradio.data_classes import FileData

from comparisons.pages.page import build_app
from comparisons.pages.parts import brush, editor
from comparisons.pages.parts.brush import EDITOR_SIDE
from comparisons.pages.parts.editor import MOST_BYTES, MOST_DRAWINGS, MOST_LAYERS, WAITING, MaskEditor
from comparisons.pages.parts.stored_file import StoredFile, StoredUpload
from comparisons.pages.shell.addresses import HERE
from comparisons.pages.video import video_tab
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import Problem, UnreadableImage
from tests import bombs


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> MaskEditor:
    """An editor of the page; whoever opens a picture in this process is told off."""

    def here(*args: object, **kwargs: object) -> None:
        raise AssertionError("a layer was opened in the page's own process")

    monkeypatch.setattr(PIL.Image, "open", here)
    WAITING.clear()
    made = brush.painting("paint", "editor")
    assert isinstance(made, MaskEditor)
    return made


def painted(alpha: np.ndarray) -> bytes:
    return images.png_bytes(np.dstack([np.zeros((*alpha.shape, 3), np.uint8), alpha]))


def sent(path: Path, data: bytes) -> FileData:
    path.write_bytes(data)
    return FileData(path=str(path))


def blob(name: str, index: object, data: bytes, kind: str = "layer") -> Any:
    return SimpleNamespace(data={"type": kind, "index": index, "id": name}, files=[("file", data)])


def mask() -> np.ndarray:
    return np.where(np.random.default_rng(3).random((256, 256)) < 0.2, 255, 0).astype(np.uint8)


@pytest.mark.parametrize("ahead", [False, True], ids=["as files", "ahead of the event"])
def test_a_painted_mask_arrives(made: MaskEditor, tmp_path: Path, ahead: bool) -> None:
    layer = painted(np.kron(mask(), np.ones((2, 2), np.uint8)))
    if ahead:
        made.accept_blobs(blob("one", "0", layer))
        made.accept_blobs(blob("one", "null", bombs.one_bit(), "background"))
        given = EditorData(id="one")
    else:
        below = sent(tmp_path / "below.png", bombs.one_bit())
        given = EditorData(background=below, layers=[sent(tmp_path / "layer.png", layer)], composite=below)
    value = made.preprocess(given)
    found = brush.mask_of(value)
    assert found is not None
    assert np.array_equal(found, mask())
    assert np.array_equal(video_tab.mask_of(value, EDITOR_SIDE, EDITOR_SIDE) > 0, np.kron(mask() > 0, np.ones((2, 2))))
    assert made.preprocess(None) is None
    assert brush.mask_of(made.preprocess(EditorData(id="one"))) is None


def test_layers_that_cost_much_get_a_sentence(made: MaskEditor, tmp_path: Path) -> None:
    giant, odd = sent(tmp_path / "giant.png", bombs.one_bit()), sent(tmp_path / "odd.png", b"no picture")
    for take in (brush.mask_of, lambda value: video_tab.mask_of(value, 640, 480)):
        with pytest.raises(UnreadableImage, match="at most 4 megapixels, got 9400 x 9400"):
            take(made.preprocess(EditorData(layers=[giant, giant])))
        with pytest.raises(UnreadableImage, match="none of these"):
            take(made.preprocess(EditorData(layers=[odd])))
        with pytest.raises(Problem, match="at most 8 layers, got 9"):
            take(made.preprocess(EditorData(layers=[giant] * (MOST_LAYERS + 1))))


FAR: tuple[object, ...] = (10**10, str(10**10), str(MOST_LAYERS), "-1", "null", None, "a", {})
"""Layers that no drawing has."""


@pytest.mark.parametrize(
    "data",
    [
        *(blob("far", index, b"x") for index in FAR),
        blob("", "0", b"x"),
        blob("x" * 65, "0", b"x"),
        blob("odd", "0", b"x", "anything"),
        blob("large", "0", bytes(MOST_BYTES + 1)),
        SimpleNamespace(data={"type": "layer", "index": "0", "id": ["a"]}, files=[("file", b"x")]),
        SimpleNamespace(data={"type": "layer", "index": "0", "id": "two"}, files=[("a", b"x"), ("b", b"x")]),
        SimpleNamespace(data=None, files=[("file", b"x")]),
        {"id": "one"},
        None,
    ],
)
def test_what_is_no_layer_is_refused(made: MaskEditor, data: Any) -> None:
    with pytest.raises(fastapi.HTTPException) as caught:
        made.accept_blobs(data)
    assert caught.value.status_code == 400
    assert not WAITING


def test_layers_of_one_drawing_share_their_room(made: MaskEditor) -> None:
    made.accept_blobs(blob("one", "0", bytes(MOST_BYTES // 2)))
    made.accept_blobs(blob("one", "2", bytes(MOST_BYTES // 2)))
    made.accept_blobs(blob("one", "2", b"again"))
    with pytest.raises(fastapi.HTTPException):
        made.accept_blobs(blob("one", "1", bytes(MOST_BYTES // 2)))
    value = made.preprocess(EditorData(id="one"))
    assert value["layers"] == [bytes(MOST_BYTES // 2), b"again"]
    assert not WAITING


def test_one_address_does_not_push_out_the_drawings_of_others(made: MaskEditor) -> None:
    here = HERE.set("198.51.100.1")
    made.accept_blobs(blob("mine", "0", b"x"))
    HERE.set("203.0.113.1")
    for number in range(4 * MOST_DRAWINGS):
        made.accept_blobs(blob(str(number), "0", b"x"))
    HERE.reset(here)
    assert made.preprocess(EditorData(id="mine"))["layers"] == [b"x"]
    assert len(WAITING) <= MOST_DRAWINGS


def test_the_browser_takes_it_for_the_editor_that_it_knows(made: MaskEditor) -> None:
    assert made.get_block_name() == gr.ImageEditor().get_block_name() == "imageeditor"
    assert made.get_config()["server_fns"] == gr.ImageEditor().get_config()["server_fns"]
    assert not Path(editor.__file__).with_suffix(".pyi").exists()


def test_no_event_of_the_page_decodes_a_picture_before_its_handler(tmp_path: Path) -> None:
    page = build_app(Session(tmp_path / vote_log.FILE, (catalogue.method("telea"),)))
    inputs = [(event, given) for event in page.fns.values() for given in event.inputs]
    editors = [given for _, given in inputs if isinstance(given, gr.ImageEditor)]
    assert editors
    assert all(isinstance(given, MaskEditor) for given in editors)
    files = [given for _, given in inputs if isinstance(given, gr.File | gr.UploadButton | gr.DownloadButton)]
    assert files
    assert all(isinstance(given, StoredFile | StoredUpload) for given in files)
    opens = (gr.Image, gr.Gallery, gr.Video, gr.ImageSlider, gr.AnnotatedImage, gr.Audio)
    assert [event.api_name for event, given in inputs if isinstance(given, opens) and event.preprocess] == []


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
