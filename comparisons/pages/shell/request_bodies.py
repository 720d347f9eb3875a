"""A request's body taken in whole before Gradio sees it, and no more of it than it may send."""

import contextlib
from typing import IO, Final

import anyio
from starlette.types import Message, Receive, Scope

from restorers.contract import Problem

SECONDS: Final = 120
"""In which a request has to have been sent."""
_CHUNK: Final = 2**16


class TooLarge(Problem):
    """A request sends more than any that the page makes."""


class TooSlow(Problem):
    """A request does not come to its end."""


class Gone(Exception):
    """Whoever sent a request has hung up before its end."""


def is_short(scope: Scope) -> bool:
    """Whether a body says that it fits into one chunk."""
    told = dict(scope["headers"]).get(b"content-length", b"")
    return told.isdigit() and int(told) <= _CHUNK


async def thrown_away(scope: Scope, receive: Receive, most: int) -> None:
    """Let a body come without keeping it, up to so many megabytes."""
    with contextlib.suppress(TooLarge, TooSlow, Gone):
        await taken_in(scope, receive, None, most)


async def taken_in(scope: Scope, receive: Receive, body: IO[bytes] | None, most: int) -> None:
    """Take a whole request in, for a half one would leave half a file behind; no more than it may send.

    Args:
        scope: of the request.
        receive: gives its parts.
        body: takes them, and is left at its beginning; None throws them away.
        most: megabytes.

    Raises:
        TooLarge: if it sends more.
        TooSlow: if it takes longer than `SECONDS`.
        Gone: if it ends early.
    """
    told = dict(scope["headers"]).get(b"content-length", b"0")
    if told.isdigit():
        _fit(int(told), most)
    try:
        with anyio.fail_after(SECONDS):
            await _take(receive, body, most)
    except TimeoutError as error:
        raise TooSlow("Expected the request within {seconds} s, got part of it; try again.", seconds=SECONDS) from error
    if body is not None:
        body.seek(0)


async def _take(receive: Receive, body: IO[bytes] | None, most: int) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        _fit(size, most)
        if body is not None:
            body.write(part)
        more = message.get("more_body", False)


def _fit(size: int, most: int) -> None:
    if size > most * 2**20:
        raise TooLarge("Expected at most {most} MB, got more; send a smaller file.", most=most)


def given_again(body: IO[bytes], receive: Receive) -> Receive:
    """What Gradio receives from: the body that was taken in, and after that whatever comes."""
    done = False

    async def given() -> Message:
        nonlocal done
        if done:
            return await receive()
        chunk = body.read(_CHUNK)
        done = len(chunk) < _CHUNK
        return {"type": "http.request", "body": chunk, "more_body": not done}

    return given
