"""What every request passes before Gradio sees it: closed addresses, the size of what is sent, how fast and how many."""

import contextlib
import json
import logging
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from typing import Final

import anyio
import anyio.to_thread
import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comparisons.limits import RateLimit, TooFast
from comparisons.pages.shell import asset_memory, page_compression
from comparisons.pages.shell.addresses import HERE, address_of
from comparisons.pages.shell.calls import UNFIT
from comparisons.pages.shell.lanes import NoPlace
from comparisons.pages.shell.request_bodies import Gone, TooLarge, TooSlow, given_again, is_short, taken_in, thrown_away
from comparisons.pages.shell.routes import STATIC, Routes
from comparisons.pages.shell.uploads import Uploads
from comparisons.pages.text.spoken import language_of, translated
from restorers.contract import Problem
from restorers.decoding import MAX_BYTES

PER_MINUTE: Final = 4800
"""Requests a minute from one address, files of the page not counted: a class of 30 who rate make about 2000."""
REFUSED_PER_MINUTE: Final = 120
"""Posts from one address that may be refused in a minute; after that none is looked at until the first of them is a minute old."""
HELD_SECONDS: Final = 5.0
"""How long such a post waits for its answer, so that a client who sends them without a pause takes no more of the page's time."""
HELD_AT_ONCE: Final = 128
"""Of one address; each holds a connection, and the next ones are answered at once."""
AT_ONCE: Final = 256
"""Requests of one address under way at the same time; an open page holds two."""
MOST_MB: Final = {"/gradio_api/upload": MAX_BYTES // 2**20 + 2}
"""Megabytes that a request may send: the largest upload in its wrapping."""
MOST_MB_ELSE: Final = 8
"""Megabytes that any other may send: two pairs as they stand in the page, and a mask."""
_IN_MEMORY: Final = 2**18
_UPLOAD: Final = "/gradio_api/upload"
_OWN: Final = ("comparisons.", "restorers.")
_PASSED_THROUGH: Final = (__name__, asset_memory.__name__, page_compression.__name__)
"""Hand every request on: that they stand in the way of an error says nothing about whose it is."""
_LONGEST: Final = 200
"""Characters of the log that a refused request gets."""

logger = logging.getLogger(__name__)


class Door:
    """An ASGI middleware around Gradio's app."""

    def __init__(
        self,
        app: ASGIApp,
        per_minute: int = PER_MINUTE,
        at_once: int = AT_ONCE,
        refused: int = REFUSED_PER_MINUTE,
        held: float = HELD_SECONDS,
    ) -> None:
        """Stand before an app, whose state holds `routes` and `uploads`.

        Args:
            app: Gradio's.
            per_minute: requests from one address.
            at_once: of one address.
            refused: a minute of one address.
            held: seconds for which the answer to whoever was refused that often is kept back.
        """
        self._app = app
        self._pace = RateLimit(per_minute, 60, what="requests")
        self._refusals = RateLimit(refused, 60, what="refusals")
        self._most, self._seconds = at_once, held
        self._open: Counter[str] = Counter()
        self._held: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        address = address_of(request)
        HERE.set(address)
        path, method = scope["path"].rstrip("/") or "/", scope["method"]
        routes: Routes = scope["app"].state.routes
        if not routes.open_to(method, scope["path"]):
            await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)
            return
        answer = _Watched(send)
        if method == "POST":
            try:
                self._refusals.peek(address)
            except TooFast as refusal:
                await self._hold(address)
                if is_short(scope):
                    await thrown_away(scope, receive, _most(path))
                await _refused(request, path, refusal, 429)(scope, receive, send)
                return
        await self._let_in(path, address, scope, receive, answer)
        if method == "POST" and 400 <= answer.status < 500:
            self._refusals.note(address)

    async def _hold(self, address: str) -> None:
        if self._held[address] >= HELD_AT_ONCE:
            return
        self._held[address] += 1
        try:
            await anyio.sleep(self._seconds)
        finally:
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]

    async def _let_in(self, path: str, address: str, scope: Scope, receive: Receive, answer: "_Watched") -> None:
        request = Request(scope)
        try:
            with self._counted(address, path):
                if scope["method"] == "POST":
                    await self._posted(path, address, scope, receive, answer)
                else:
                    await self._app(scope, receive, answer)
        except TooFast as refusal:
            # a browser that is still sending would not hear the answer
            await thrown_away(scope, receive, _most(path))
            await _refused(request, path, refusal, 429)(scope, receive, answer)
        except TooLarge as refusal:
            await _refused(request, path, refusal, 413)(scope, receive, answer)
        except TooSlow as refusal:
            await _refused(request, path, refusal, 408)(scope, receive, answer)
        except Gone:
            return
        except Exception as error:
            if answer.status or _is_ours(error):
                raise
            # Gradio fails in many ways on what is not as its own page sends it, and nothing of ours has run
            logger.warning("refused a request for %s: %s %r", path, type(error).__name__, str(error)[:_LONGEST])
            await _refused(request, path, Problem(UNFIT), 400)(scope, receive, answer)

    @contextlib.contextmanager
    def _counted(self, address: str, path: str) -> Iterator[None]:
        if STATIC.fullmatch(path):
            yield
            return
        if self._open[address] >= self._most:
            raise NoPlace(
                "From your network {count} requests are waiting already; wait until one of them is done.",
                count=self._most,
            )
        self._pace.take(address)
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    async def _posted(self, path: str, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        most = _most(path)
        if path != _UPLOAD:
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
                await taken_in(scope, receive, body, most)
                await self._app(scope, given_again(body, receive), send)
            return
        uploads: Uploads = scope["app"].state.uploads
        with uploads.coming(address), tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            await taken_in(scope, receive, body, most)
            heard = _Overheard(send)
            await self._app(scope, given_again(body, receive), heard)
        if paths := heard.paths():
            await anyio.to_thread.run_sync(uploads.came, address, paths)


class _Watched:
    """Passes an answer on, and keeps its status; 0 before it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        await self._send(message)


class _Overheard(_Watched):
    """Keeps a copy as well."""

    def __init__(self, send: Send) -> None:
        super().__init__(send)
        self._body = b""

    async def __call__(self, message: Message) -> None:
        self._body += message.get("body", b"")
        await super().__call__(message)

    def paths(self) -> list[str]:
        """Files that Gradio says it has stored."""
        return [str(path) for path in json.loads(self._body)] if self.status == 200 else []


def _most(path: str) -> int:
    return MOST_MB.get(path, MOST_MB_ELSE)


def _is_ours(error: Exception) -> bool:
    """Whether anything of this project had a part in it, but for what every request passes through."""
    names = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return any(name not in _PASSED_THROUGH and name.startswith(_OWN) for name in names)


def _refused(request: Request, path: str, refusal: Problem, status: int) -> Response:
    words = translated(refusal.sentence, language_of(gr.Request(request)))
    # the browser shows the answer to an upload as it stands, and of others what they hold under these names
    return (
        PlainTextResponse(words, status) if path == _UPLOAD else JSONResponse({"detail": words, "error": words}, status)
    )
