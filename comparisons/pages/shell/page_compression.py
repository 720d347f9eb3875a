"""The page itself, with its first screen in it, sent compressed.

Gradio (6.31, `BrotliMiddleware`) compresses files with an ending alone, and the page has none. A page is the same for everybody,
so it is compressed once and not for each visitor.
"""

import gzip
from collections import OrderedDict
from functools import lru_cache
from typing import Final, NamedTuple

import anyio.to_thread
import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comparisons.pages.shell import first_screen

PATHS: Final = ("/", "/config", "/config/")
"""What is large and has no ending."""
ENCODINGS: Final = ("br", "gzip")
"""The better one first."""
PAGES: Final = 8
"""Answers that are kept: a page differs by the address under which it is asked for, which a client may make up."""
_BROTLI, _GZIP = 5, 6
"""Levels above which the pictures, most of a page, do not get smaller by anything worth the time."""


@lru_cache(maxsize=4)  # a page differs by the address under which it is asked for, which a client may make up
def compressed(body: bytes, encoding: str) -> bytes:
    """A body as a browser takes it, known for the last of them.

    Args:
        body: whole.
        encoding: one of `ENCODINGS`.
    """
    return compressed_anew(body, encoding)


def compressed_anew(body: bytes, encoding: str) -> bytes:
    """The same for a body that is kept elsewhere."""
    if encoding == "gzip":
        return gzip.compress(body, _GZIP, mtime=0)
    squeezed: bytes = brotli.compress(body, quality=_BROTLI)
    return squeezed


def chosen(accepted: str) -> str:
    """The best encoding that a browser takes; empty for none.

    Args:
        accepted: its `Accept-Encoding`.
    """
    parts = [part.replace(" ", "").lower().partition(";q=") for part in accepted.split(",")]
    taken = {name for name, _, weight in parts if weight.strip("0.") or not weight}
    return next((known for known in ENCODINGS if known in taken), "")


class PageCompression:
    """An ASGI middleware that compresses answers to `PATHS`, and nothing else.

    The answer to whoever shows no cookie, which may tell who has signed in, is kept: Gradio (6.31) puts the page together anew for
    each visitor, from a copy of its whole configuration.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an app.

        Args:
            app: Gradio's, whose answers to `PATHS` come whole.
        """
        self._app = app
        self._kept: OrderedDict[object, _Answer] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        encoding = chosen(Headers(scope=scope).get("accept-encoding", ""))
        asked = _asked(scope, encoding)
        known = self._kept.get(asked)
        if known is not None:
            await send({"type": "http.response.start", "status": 200, "headers": list(known.headers)})
            await send({"type": "http.response.body", "body": known.body})
            return
        answer = _Compressing(send, encoding)
        await self._app(scope, receive, answer)
        if asked is not None and answer.whole is not None:
            self._kept[asked] = answer.whole
            while len(self._kept) > PAGES:
                self._kept.popitem(last=False)


class _Answer(NamedTuple):
    headers: list[tuple[bytes, bytes]]
    body: bytes


def _asked(scope: Scope, encoding: str) -> object:
    """Everything of a request that an answer depends on: the address under which the page is asked for; None where it says who asks."""
    headers = [(name.lower(), value) for name, value in scope["headers"]]
    if any(name in (b"cookie", b"authorization") for name, _ in headers):
        return None
    address = tuple(sorted((name, value) for name, value in headers if name.startswith((b"host", b"x-", b"forwarded"))))
    where = tuple(scope.get(part) for part in ("scheme", "root_path", "path", "query_string"))
    return (*where, tuple(scope.get("server") or ()), address, encoding)


class _Compressing:
    """Holds an answer's beginning back until its body is there."""

    def __init__(self, send: Send, encoding: str) -> None:
        self._send, self._encoding = send, encoding
        self._start: Message = {}
        self.whole: _Answer | None = None
        """As it was sent; None where it is not the page, or came in parts."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start:
            headers = MutableHeaders(raw=self._start["headers"])
            headers.add_vary_header("Accept-Encoding")
            whole = message["type"] == "http.response.body" and not message.get("more_body", False)
            if whole and self._start["status"] == 200 and "content-encoding" not in headers:
                body = first_screen.placed(bytes(message.get("body", b"")))
                if self._encoding:
                    body = await anyio.to_thread.run_sync(compressed, body, self._encoding)
                    headers["Content-Encoding"] = self._encoding
                headers["Content-Length"] = str(len(body))
                message = {**message, "body": body}
                if "set-cookie" not in headers:
                    self.whole = _Answer(list(headers.raw), body)
            await self._send(self._start)
            self._start = {}
        await self._send(message)
