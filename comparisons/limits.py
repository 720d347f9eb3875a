"""How fast one visitor may go: counted in memory, for an hour at most, and never written down."""

import contextlib
import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from restorers.contract import Problem
from restorers.sentences import Sentence

KEEP_SECONDS: Final = 3600.0
"""Longest time for which anything about a visitor is remembered here."""


class TooFast(Problem):
    """A visitor goes faster than anybody can look."""


class RateLimit:
    """At most so many events of one visitor within a window; safe for several threads.

    Visitors are told apart by a hash under a key that this process draws and never shows, so what is remembered cannot be
    turned back into a name or an address.
    """

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic, what: str = "answers"
    ) -> None:
        """Start with nobody known.

        Args:
            most: events allowed within the window, at least 1.
            seconds: length of the window, at most an hour.
            clock: seconds that only go forward.
            what: is counted, for people.

        Raises:
            ValueError: if the numbers are outside these ranges.
        """
        if most < 1 or not 0 < seconds <= KEEP_SECONDS:
            raise ValueError(f"expected at least 1 event within at most {KEEP_SECONDS:.0f} s, got {most} in {seconds}")
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._what = what
        self._secret = secrets.token_bytes(32)
        self._events: dict[bytes, deque[float]] = {}
        self._lock = threading.Lock()
        self._broom: threading.Timer | None = None

    def take(self, visitor: str) -> None:
        """Count one event.

        Args:
            visitor: a random id or an address.

        Raises:
            TooFast: if the visitor has had them all; the event is then not counted.
        """
        self._count(visitor, 1)

    def peek(self, visitor: str) -> None:
        """Count nothing.

        Args:
            visitor: as for `take`.

        Raises:
            TooFast: if the visitor has had all events.
        """
        self._count(visitor, 0)

    def note(self, visitor: str) -> None:
        """Count one event that has happened already, such as a refusal; those beyond the most are not kept.

        Args:
            visitor: as for `take`.
        """
        with contextlib.suppress(TooFast):
            self.take(visitor)

    def _count(self, visitor: str, events: int) -> None:
        key = hmac.digest(self._secret, visitor.encode(), hashlib.sha256)
        with self._lock:
            now = self._clock()
            self._forget(now)
            known = self._events.get(key, deque())
            if len(known) >= self._most:
                wait = known[0] + self._seconds - now
                raise TooFast(
                    "That was more than {most} {what} in {seconds:.0f} s; look at the pictures, and go on in {wait} s.",
                    most=self._most,
                    what=Sentence(self._what),
                    seconds=self._seconds,
                    wait=max(1, round(wait)),
                )
            if events:
                known.append(now)
                self._events[key] = known
                self._forget_later()

    def _forget_later(self) -> None:
        # nobody may stay in memory only because nobody else comes
        if self._broom is None:
            self._broom = threading.Timer(self._seconds, self._sweep)
            self._broom.daemon = True
            self._broom.start()

    def _sweep(self) -> None:
        with self._lock:
            self._broom = None
            self._forget(self._clock())
            if self._events:
                self._forget_later()

    def _forget(self, now: float) -> None:
        for events in self._events.values():
            while events and now - events[0] >= self._seconds:
                events.popleft()
        self._events = {key: events for key, events in self._events.items() if events}
