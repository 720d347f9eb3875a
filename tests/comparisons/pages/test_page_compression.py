"""The page travels compressed, once for all visitors, and is the same page."""

import gzip
from collections.abc import Iterator
from typing import Any

import brotli
import gradio as gr
import httpx
import pytest

from comparisons.pages.shell import fair_queue, page_compression
from tests.serving import serving

UNPACKED: dict[str, Any] = {"br": brotli.decompress, "gzip": gzip.decompress, "": lambda body: body}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with gr.Blocks() as page:
        gr.HTML("<p>again and again</p>" * 500)
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


def test_it_is_compressed_once(client: httpx.Client) -> None:
    answered(client, "/", "br")
    before = page_compression.compressed.cache_info()
    answered(client, "/", "br")
    after = page_compression.compressed.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


def test_other_answers_pass_as_they_are(client: httpx.Client) -> None:
    reply = client.get("/nowhere", headers={"accept-encoding": "br"})
    assert reply.status_code == 404
    assert "content-encoding" not in reply.headers
    assert client.head("/").status_code == 200
