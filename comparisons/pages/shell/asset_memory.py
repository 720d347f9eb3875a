"""Scripts and styles of the page, compressed once for all visitors, and the pictures that it shows to all of them.

Gradio (6.31, `BrotliMiddleware`) compresses each of the hundred files of a page again for everybody who comes, which takes longer than
everything else that is done for them. A picture takes it six times as long as one that is in memory: it is looked for, checked and read
in a thread.
"""

import threading
from collections import OrderedDict
from typing import Final, NamedTuple

import anyio.to_thread
import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comparisons.pages.shell.page_compression import chosen, compressed_anew

FOLDERS: Final = ("/assets/", "/static/")
"""Where the files of the installed Gradio lie, which are the same for everybody as long as the process runs."""
ENDINGS: Final = (".js", ".css", ".html", ".json", ".svg", ".txt")
"""Of files that get smaller; pictures and fonts pass as they are."""
PICTURES: Final = (".jpg", ".png", ".webp")
_FILE: Final = "/gradio_api/file="
MOST_BYTES: Final = 2**24
"""Kept in all, compressed; a page asks for a tenth of it."""
_SMALLEST: Final = 400
"""Bytes below which nothing is gained, as for Gradio."""


def pictures_of(page: gr.Blocks) -> frozenset[str]:
    """Addresses of the pictures that a page was built with, which it shows to everybody who comes.

    Args:
        page: before anybody has come: what a visitor is shown later is that visitor's.
    """
    return frozenset(
        f"{_FILE}{path}" for block in page.blocks.values() for path in block.keep_in_cache if path.endswith(PICTURES)
    )


class _Asset(NamedTuple):
    headers: list[tuple[bytes, bytes]]
    body: bytes


class AssetMemory:
    """An ASGI middleware that keeps what lies in `FOLDERS`, and the pictures of the page itself, as browsers take it."""

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BYTES) -> None:
        """Stand before an app, whose state holds `pictures`.

        Args:
            app: Gradio's, whose answers come uncompressed.
            most_bytes: kept in all; what was asked for longest ago goes first.
        """
        self._app = app
        self._most = most_bytes
        self._kept: OrderedDict[str, _Asset] = OrderedDict()
        self._changing = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not _is_meant(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        known = self._kept.get(path)
        if known is not None:
            with self._changing:
                if path in self._kept:
                    self._kept.move_to_end(path)
            await _sent(known, send)
            return
        heard = _Held(send)
        await self._app(scope, receive, heard)
        if heard.whole:
            if path.startswith(_FILE):
                asset = _Asset(heard.headers, heard.body)
            else:
                asset = await anyio.to_thread.run_sync(_squeezed, heard.headers, heard.body)
            self._keep(path, asset)
            await _sent(asset, send)

    def _keep(self, path: str, asset: _Asset) -> None:
        with self._changing:
            self._kept[path] = asset
            while sum(len(one.body) for one in self._kept.values()) > self._most:
                self._kept.popitem(last=False)


def _is_meant(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path, headers = scope["path"], Headers(scope=scope)
    if "range" in headers:
        return False
    if path.startswith(_FILE):
        return path in scope["app"].state.pictures
    return path.startswith(FOLDERS) and path.endswith(ENDINGS) and chosen(headers.get("accept-encoding", "")) == "br"


def _squeezed(raw: list[tuple[bytes, bytes]], body: bytes) -> _Asset:
    headers = MutableHeaders(raw=list(raw))
    headers.add_vary_header("Accept-Encoding")
    if len(body) >= _SMALLEST:
        body = compressed_anew(body, "br")
        headers["Content-Encoding"] = "br"
    headers["Content-Length"] = str(len(body))
    return _Asset(headers.raw, body)


async def _sent(asset: _Asset, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(asset.headers)})
    await send({"type": "http.response.body", "body": asset.body})


class _Held:
    """Holds back an answer that may be kept; passes any other on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._passes = False
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.whole = False
        """The answer has come to its end, and is in `headers` and `body`."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.headers = list(message["headers"])
            self._passes = message["status"] != 200 or "content-encoding" in Headers(raw=self.headers)
        if self._passes:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False)
