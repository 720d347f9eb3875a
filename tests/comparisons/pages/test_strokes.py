"""The mask editor's layers on their way are bounded, whoever sends what."""

from types import SimpleNamespace
from typing import Any

import fastapi
import gradio as gr
import pytest

from comparisons.pages.shell import strokes
from comparisons.pages.shell.addresses import HERE
from comparisons.pages.shell.fair_queue import GradioChanged


@pytest.fixture
def editor(monkeypatch: pytest.MonkeyPatch) -> Any:
    strokes.install()
    strokes.WAITING.clear()
    return gr.ImageEditor(type="numpy")


def sent(name: str = "one", index: object = "0", kind: str = "layer", files: object = None) -> Any:
    return SimpleNamespace(data={"id": name, "index": index, "type": kind}, files=files or [("layer", b"png")])


def test_a_drawing_comes_whole(editor: Any) -> None:
    editor.accept_blobs(sent())
    editor.accept_blobs(sent(index="null", kind="background"))
    editor.accept_blobs(sent(index="", kind="composite"))
    kept = gr.ImageEditor(type="numpy").blob_storage["one"]
    assert (kept.background, kept.layers, kept.composite) == (b"png", [b"png"], b"png")
    assert editor.accept_blobs._is_server_fn


@pytest.mark.parametrize(
    "data",
    [
        sent(index="10000000000"),
        sent(index=str(strokes.MOST_LAYERS)),
        sent(index="-1"),
        sent(index={}.keys() or "x"),
        sent(name=""),
        sent(name="x" * 65),
        sent(kind="anything"),
        sent(files=[("a", b""), ("b", b"")]),
        SimpleNamespace(data=None, files=[("a", b"")]),
        {"id": "one"},
        None,
    ],
)
def test_what_is_no_layer_is_refused(editor: Any, data: Any) -> None:
    with pytest.raises(fastapi.HTTPException) as caught:
        editor.accept_blobs(data)
    assert caught.value.status_code == 400
    assert not strokes.WAITING


def test_one_address_does_not_fill_it(editor: Any) -> None:
    HERE.set("198.51.100.1")
    editor.accept_blobs(sent("mine"))
    HERE.set("203.0.113.1")
    for number in range(200):
        editor.accept_blobs(sent(f"flood {number}"))
    HERE.set("")
    assert "mine" in strokes.WAITING
    assert len(strokes.WAITING) <= strokes.MOST_DRAWINGS


def test_an_editor_that_has_changed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gr.ImageEditor, "accept_blobs", lambda self, blobs, more: None)
    with pytest.raises(GradioChanged, match="accept_blobs"):
        strokes.install()
