"""The page travels compressed, once for all visitors, and is the same page."""

import asyncio
import gzip
from collections.abc import Iterator
from typing import Any

import brotli
import gradio as gr
import httpx
import pytest

from comparisons.pages.shell import fair_queue, page_compression
from comparisons.pages.shell.page_compression import PageCompression
from tests.serving import serving

UNPACKED: dict[str, Any] = {"br": brotli.decompress, "gzip": gzip.decompress, "": lambda body: body}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with gr.Blocks() as page:
        gr.HTML("<p>again and again</p>" * 500)
        gr.HTML('<img src="data:image/webp;base64,AAAA" alt="">', elem_id="card-truth")
    page.queue()
    fair_queue.install(page)
    with serving(page) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def answered(client: httpx.Client, path: str, accepted: str) -> tuple[str, bytes]:
    """What of `Content-Encoding` came, and the body as it travelled."""
    with client.stream("GET", path, headers={"accept-encoding": accepted}) as reply:
        body = b"".join(reply.iter_raw())
        assert reply.status_code == 200
        assert reply.headers["content-length"] == str(len(body))
        assert "Accept-Encoding" in reply.headers["vary"]
        return reply.headers.get("content-encoding", ""), body


@pytest.mark.parametrize("path", ["/", "/?tab=results", "/config"])
def test_a_page_is_the_same_page_in_a_fraction_of_the_bytes(client: httpx.Client, path: str) -> None:
    plain, whole = answered(client, path, "identity")
    assert plain == ""
    assert whole.count(b'<div id="first-screen"') == (path != "/config")
    for accepted, encoding in (("gzip, deflate, br;q=0.9", "br"), ("deflate, gzip", "gzip"), ("br;q=0", "")):
        known, body = answered(client, path, accepted)
        assert known == encoding
        assert UNPACKED[encoding](body) == whole
        assert encoding == "" or len(body) < len(whole) / 2


def asked(app: PageCompression, **headers: str) -> tuple[int, bytes]:
    """Ask for the page; its status and its unpacked body."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw}
    asyncio.run(app(scope, None, send))  # type: ignore[arg-type]
    encoding = dict(sent[0]["headers"]).get(b"content-encoding", b"").decode()
    return sent[0]["status"], UNPACKED[encoding](b"".join(part.get("body", b"") for part in sent[1:]))


def test_the_page_is_put_together_once_for_all_who_come_without_a_cookie() -> None:
    built: list[str] = []
    status = 200

    async def gradio(scope: Any, _: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        built.append(headers["host"])
        page = f"{headers['host']} for {headers.get('cookie')} by {headers.get('x-forwarded-proto')}"
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": page.encode()})

    app = PageCompression(gradio)
    for _ in range(2):
        assert asked(app, host="one", accept_encoding="br") == (200, b"one for None by None")
    assert built == ["one"]
    # another address, encoding or proxy: another page
    assert asked(app, host="two", accept_encoding="br") == (200, b"two for None by None")
    assert asked(app, host="one") == (200, b"one for None by None")
    assert asked(app, host="one", accept_encoding="br", x_forwarded_proto="https") == (200, b"one for None by https")
    assert len(built) == 4
    # whoever has signed in has a page of their own, which nobody else gets
    for who in ("me", "me", "you"):
        assert asked(app, host="one", accept_encoding="br", cookie=who) == (200, f"one for {who} by None".encode())
    assert len(built) == 7
    assert asked(app, host="one", accept_encoding="br") == (200, b"one for None by None")
    assert len(built) == 7
    status = 500
    for _ in range(2):
        assert asked(app, host="three", accept_encoding="br") == (500, b"three for None by None")
    assert len(built) == 9


def test_no_client_fills_the_memory_with_addresses() -> None:
    async def gradio(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"page"})

    app = PageCompression(gradio)
    for number in range(3 * page_compression.PAGES):
        asked(app, host=f"host-{number}")
    assert len(app._kept) == page_compression.PAGES


def test_other_answers_pass_as_they_are(client: httpx.Client) -> None:
    reply = client.get("/nowhere", headers={"accept-encoding": "br"})
    assert reply.status_code == 404
    assert "content-encoding" not in reply.headers
    assert client.head("/").status_code == 200
