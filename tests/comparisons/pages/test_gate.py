"""No call opens a file that is no upload, whatever event it goes to and however it names the file."""

import asyncio
import http.server
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr
import httpx
import numpy as np
import pytest
from gradio.state_holder import SessionState
from gradio.utils import get_upload_folder
from PIL import Image

from comparisons.pages.page import build_app
from comparisons.pages.shell import gate
from comparisons.pages.shell.calls import UNFIT
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, decoding
from restorers.contract import Problem
from tests.calling import answer, file_places, first_values, inputs_of, posted, run_directly
from tests.serving import serving

OWN = "ab" * 32
"""A folder that looks like one of Gradio's own."""
META = {"meta": {"_type": "gradio.FileData"}}
FORMS: dict[str, Any] = {
    "bare": lambda path: path,
    "without meta": lambda path: {"path": path},
    "with meta": lambda path: {"path": path, **META},
    "with an address": lambda path: {"path": path, "url": path, "orig_name": "a.png", "size": 1, **META},
    "address alone": lambda path: {"url": path, **META},
    "odd meta": lambda path: {"path": path, "meta": 5},
    "a stream": lambda path: {"path": path, "is_stream": True, **META},
    "in a list": lambda path: [{"path": path, **META}],
    "in an editor": lambda path: {"background": {"path": path, **META}, "layers": [], "composite": None},
    "as a layer": lambda path: {"background": None, "layers": [{"path": path, **META}], "composite": None},
    "in a gallery": lambda path: [{"image": {"path": path}, "caption": None}],
    "as a clip": lambda path: [{"video": {"path": path, **META}, "caption": None}],
    "deep": lambda path: {"a": [{"b": [{"c": {"path": path}}]}]},
}
"""Ways to name a file."""


@dataclass(frozen=True)
class Strange:
    """Names of what is no upload."""

    secret: Path
    names: dict[str, str]


class Counted(http.server.BaseHTTPRequestHandler):
    """A server that counts who comes."""

    hits: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def counted() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/secret.png"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The upload folder of the page below."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        yield Path(get_upload_folder())


@pytest.fixture(scope="module")
def page(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> gr.Blocks:
    assert folder.is_dir()
    log = tmp_path_factory.mktemp("votes") / vote_log.FILE
    return build_app(Session(log, tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))))


@pytest.fixture(scope="module")
def strange(folder: Path, counted: str, tmp_path_factory: pytest.TempPathFactory) -> Strange:
    outside = tmp_path_factory.mktemp("outside")
    secret = outside / "secret.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 300, 3), np.uint8)).save(secret)
    own = folder / OWN
    own.mkdir()
    (own / "link.png").symlink_to(secret)
    (folder / ("cd" * 32)).symlink_to(outside)
    os.link(secret, own / "hard.png")
    os.mkfifo(own / "pipe.png")
    (own / "folder.png").mkdir()
    (folder / "shallow.png").write_bytes(secret.read_bytes())
    (own / "folder.png" / "deep.png").write_bytes(secret.read_bytes())
    with (own / "huge.png").open("wb") as huge:
        huge.truncate(decoding.MAX_BYTES + 1)
    inside = {name: str(own / f"{name}.png") for name in ("link", "hard", "pipe", "folder", "huge", "absent")}
    return Strange(
        secret,
        inside
        | {
            "there": str(secret),
            "not there": str(outside / "absent.png"),
            "relative": os.path.relpath(secret),
            "climbing": f"{own}/../../{outside.name}/secret.png",
            "a linked folder": str(folder / ("cd" * 32) / "secret.png"),
            "too shallow": str(folder / "shallow.png"),
            "too deep": str(own / "folder.png" / "deep.png"),
            "the folder itself": str(folder),
            "a folder in it": str(own),
            "without end": "/dev/zero",
            "the environment": "/proc/self/environ",
            "passwords": "/etc/shadow",
            "as a file's address": f"file://{secret}",
            "an address": counted,
            "an address elsewhere": "https://192.0.2.1/secret.png",
            "with a NUL": f"{own}/a\0b.png",
            "no text": "",
            "half a character": f"{own}/\ud800.png",
        },
    )


def test_an_upload_passes_and_nothing_but_its_path(folder: Path) -> None:
    own = folder / ("ef" * 32) / "face of a <b>.png"
    own.parent.mkdir()
    own.write_bytes(b"x")
    told = {"path": str(own), "url": "http://127.0.0.1/", "orig_name": "a.svg", "is_stream": True, "size": 3}
    passed = gate.checked({"layers": [told], "id": None})
    assert passed == {"layers": [{"path": str(own), "orig_name": own.name, **META}], "id": None}
    assert gate.read(str(own)) == b"x"
    with pytest.raises(Problem, match="added to this page"):
        gate.read(str(own), most=0)


def test_what_was_clicked_comes_without_its_picture() -> None:
    told = {"index": 3, "value": {"image": {"path": "/etc/passwd", "url": "x"}, "caption": "c"}}
    assert gate.without_files(told) == {"index": 3, "value": {"image": None, "caption": "c"}}


@pytest.mark.slow
def test_every_event_refuses_every_strange_file_in_every_form(page: gr.Blocks, strange: Strange) -> None:
    """And says the same of one that is there as of one that is not."""
    places = file_places(page)
    assert len(places) > 10, "the page has lost its uploads"

    async def everything() -> None:
        for number, place in places:
            event = page.fns[number]
            state = SessionState(page)
            values = first_values(event)
            for form, shaped in FORMS.items():
                said = {}
                for name, path in strange.names.items():
                    given = [*values[:place], shaped(path), *values[place + 1 :]]
                    said[name] = await answer(page, event, given, state, {"index": 0, "value": None})
                where = f"{event.name}, input {place}, {form}"
                assert len(set(said.values())) == 1, f"{where}: {said}"
                assert said["there"] in (gate.NO_UPLOAD, UNFIT), where

    asyncio.run(everything())
    assert Counted.hits == []


@pytest.mark.slow
def test_nothing_of_a_strange_file_comes_back_over_http(
    page: gr.Blocks, strange: Strange, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    with serving(page) as url, httpx.Client(base_url=url, timeout=60) as client:
        forms = list(FORMS.values())
        seen: dict[str, set[str]] = {}
        for turn, (number, place) in enumerate(file_places(page)):
            event = page.fns[number]
            values = first_values(event)
            # each event gets another way of naming each file, all of them all ways
            shaped = forms[turn % len(forms)]
            for name in ("there", "not there", "pipe", "without end", "an address"):
                given = [*values[:place], shaped(strange.names[name]), *values[place + 1 :]]
                seen.setdefault(f"{event.name} {number}", set()).add(posted(client, number, given))
                if not event.queue:
                    seen.setdefault(f"{event.name} {number} at once", set()).add(run_directly(client, number, given))
        assert {name: said for name, said in seen.items() if len(said) != 1} == {}
        assert all("added to this page" in said or "this page sends" in said for (said,) in seen.values())
        named = {"data": [{"path": str(strange.secret), **META}] * 3}
        # the way by an event's name is closed at the door
        assert client.post("/gradio_api/call/score", json=named).status_code == httpx.codes.NOT_FOUND
        assert client.get("/config").status_code == httpx.codes.OK
    assert Counted.hits == []
    assert sorted(folder.rglob("*")) == before
    assert "Traceback" not in capfd.readouterr().err


def test_a_click_on_a_strange_picture_tells_nothing_of_it(page: gr.Blocks, strange: Strange) -> None:
    async def everything() -> dict[str, set[str]]:
        said: dict[str, set[str]] = {}
        for number in inputs_of(page):
            event = page.fns[number]
            if not event.collects_event_data:
                continue
            state = SessionState(page)
            for name in ("there", "not there", "without end", "an address"):
                told = {"index": 0, "value": {"image": {"path": strange.names[name]}, "caption": "c"}}
                said.setdefault(f"{event.name} {number}", set()).add(
                    await answer(page, event, first_values(event), state, told)
                )
        return said

    seen = asyncio.run(everything())
    assert len(seen) > 4
    assert {name: words for name, words in seen.items() if len(words) != 1} == {}
    assert "image" not in json.dumps([sorted(words) for words in seen.values()])


def test_an_upload_by_http_is_taken(page: gr.Blocks, strange: Strange) -> None:
    """The gate is open for what it is there for."""
    (number,) = [number for number in inputs_of(page) if page.fns[number].name == "looking"]
    with serving(page) as url, httpx.Client(base_url=url, timeout=60) as client:
        files = {"files": ("face.png", strange.secret.read_bytes(), "image/png")}
        (path,) = client.post("/gradio_api/upload", files=files).json()
        assert json.loads(posted(client, number, [{"path": path, **META}]))[0]
