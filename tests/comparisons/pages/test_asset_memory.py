"""Scripts and styles of the page are compressed once and stay the same files."""

import asyncio
import gzip
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import brotli
import gradio as gr
import httpx
import numpy as np
import pytest

from comparisons.pages.shell import asset_memory, fair_queue, page_compression
from comparisons.pages.shell.asset_memory import AssetMemory
from tests.serving import serving


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with gr.Blocks() as page:
        gr.HTML("<p>page</p>")
        gr.Image(np.full((8, 8, 3), secrets.randbelow(256), np.uint8), format="webp")
    page.queue()
    fair_queue.install(page)
    with serving(page) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def script(client: httpx.Client) -> str:
    found = re.search(r'src="\./(assets/[^"]+\.js)"', client.get("/").text)
    assert found
    return f"/{found[1]}"


def travelled(client: httpx.Client, path: str, accepted: str) -> tuple[httpx.Headers, bytes]:
    with client.stream("GET", path, headers={"accept-encoding": accepted}) as reply:
        assert reply.status_code == 200
        return reply.headers, b"".join(reply.iter_raw())


def test_a_script_is_compressed_once_for_all_visitors(
    client: httpx.Client, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed: list[int] = []

    def counted(body: bytes, encoding: str) -> bytes:
        packed.append(1)
        return page_compression.compressed_anew(body, encoding)

    monkeypatch.setattr(asset_memory, "compressed_anew", counted)
    before = travelled(client, script, "gzip, deflate, br")
    count = len(packed)
    after = travelled(client, script, "br")
    assert len(packed) == count <= 1
    assert before[1] == after[1]
    plain, whole = travelled(client, script, "identity")
    assert "content-encoding" not in plain
    assert brotli.decompress(after[1]) == whole
    for headers, body in (before, after):
        assert headers["content-encoding"] == "br"
        assert headers["content-length"] == str(len(body))
        assert headers["vary"] == "Accept-Encoding"
        assert headers["content-type"] == plain["content-type"]
        assert headers.get("etag") == plain.get("etag")
        assert headers.get("cache-control") == plain.get("cache-control")


def test_browsers_without_brotli_get_what_they_take(client: httpx.Client, script: str) -> None:
    headers, body = travelled(client, script, "gzip")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == travelled(client, script, "identity")[1]


def test_what_is_not_there_is_not_kept(client: httpx.Client) -> None:
    for _ in range(2):
        assert client.get("/assets/nowhere.js", headers={"accept-encoding": "br"}).status_code == 404
    assert client.get("/assets/../config.js", headers={"accept-encoding": "br"}).status_code == 404


def test_a_picture_of_the_page_itself_is_read_once_for_all_visitors(client: httpx.Client) -> None:
    (path,) = re.findall(r'"path":\s*"([^"]+\.webp)"', client.get("/config").text)
    first = client.get(f"/gradio_api/file={path}")
    part = client.get(f"/gradio_api/file={path}", headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, first.content[:4])
    Path(path).unlink()
    again = client.get(f"/gradio_api/file={path}")
    assert (again.status_code, again.content) == (200, first.content)
    kept = ("content-type", "content-length", "content-disposition", "etag")
    assert [again.headers[name] for name in kept] == [first.headers[name] for name in kept]


def test_a_visitors_picture_is_not_kept(client: httpx.Client) -> None:
    (path,) = client.post("/gradio_api/upload", files={"files": ("own.webp", b"a picture")}).json()
    assert client.get(f"/gradio_api/file={path}").content == b"a picture"
    Path(path).unlink()
    assert client.get(f"/gradio_api/file={path}").status_code == 403


def asked(app: AssetMemory, path: str) -> bytes:
    sent: list[bytes] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message.get("body", b""))  # type: ignore[arg-type]

    headers = [(b"accept-encoding", b"br")]
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
    asyncio.run(app(scope, None, send))  # type: ignore[arg-type]
    return b"".join(sent)


def test_no_more_is_kept_than_there_is_room_for() -> None:
    calls: list[str] = []

    async def files(scope: dict[str, str], _: object, send: object) -> None:
        calls.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": scope["path"].encode(), "more_body": True})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"!"})  # type: ignore[operator]

    memory = AssetMemory(files, most_bytes=30)  # type: ignore[arg-type]
    for path in ("/assets/a.js", "/assets/b.js", "/assets/a.js", "/assets/c.js", "/assets/a.js"):
        assert asked(memory, path) == f"{path}!".encode()
    assert calls == ["/assets/a.js", "/assets/b.js", "/assets/c.js"]
    asked(memory, "/assets/b.js")
    asked(memory, "/assets/d.png")
    asked(memory, "/assets/d.png")
    assert calls[3:] == ["/assets/b.js", "/assets/d.png", "/assets/d.png"]
