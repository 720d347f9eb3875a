"""Blind trials that are out: the secret map from an opaque id to what is on which side.

The map never leaves the server's memory. A browser holds an opaque id only; the id takes one answer, from the rater it
was given to, and expires.
"""

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from comparisons.study.plan import Kind
from restorers.contract import Problem

LIFETIME_SECONDS: Final = 30 * 60.0
"""A trial not answered within this time is refused: the person has long left the page."""


class BadTrial(Problem):
    """An answer to a trial that cannot take one."""


@dataclass(frozen=True)
class Trial:
    """Two results side by side; what the browser must not know."""

    picture: str
    corruption: str
    """JSON of the corruption."""
    ratio: float
    left: str
    """Catalogue key of the result shown on the left, or `truth` or `spoilt` (see `comparisons.study.plan`)."""
    right: str
    question: str = "realism"
    kind: Kind = "blind"
    study: str = "-"
    """Name of the study, from its plan; `-` outside any."""
    others: tuple[str, ...] = ()
    """What is in the third and fourth place, where four are shown."""
    chance: float = 0.0
    """How likely this pair was to be drawn, where some are drawn more often than others; 0 = all alike."""
    follow_up: bool = False
    """Whether it is asked after a vote which part of the other side is worse."""

    @property
    def sides(self) -> tuple[str, ...]:
        """From the first place to the last."""
        return self.left, self.right, *self.others


@dataclass(frozen=True)
class Claimed:
    """A trial whose one answer is being taken."""

    trial: Trial
    seconds: float
    """Since it was handed out."""


def new_key() -> str:
    """An opaque id: unguessable, and unrelated to what it will stand for."""
    return secrets.token_urlsafe(18)


@dataclass
class _Entry:
    trial: Trial
    rater: str
    opened: float
    taken: bool = False


class Trials:
    """The trials that are out, by opaque id."""

    def __init__(self, lifetime: float = LIFETIME_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with no trial out.

        Args:
            lifetime: seconds after which a trial takes no answer any more.
            clock: seconds that only go forward.
        """
        self._lifetime = lifetime
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()

    def open(self, trial: Trial, rater: str, key: str = "") -> str:
        """Hand out a trial to one rater.

        Args:
            trial: what.
            rater: to whom.
            key: the id that it shall have, one that `new_key` gave; empty draws one.

        Returns:
            The opaque id.
        """
        key = key or new_key()
        with self._lock:
            self._forget_expired()
            self._entries[key] = _Entry(trial, rater, self._clock())
        return key

    @contextmanager
    def answering(self, key: str, rater: str) -> Iterator[Claimed]:
        """Take the one answer of a trial; leaving the block normally uses the trial up, an exception gives it back.

        Args:
            key: what `open` returned.
            rater: who answers.

        Raises:
            BadTrial: if the trial is unknown, expired, another rater's or already answered.
        """
        with self._lock:
            entry = self._claimed(key, rater)
        try:
            yield Claimed(entry.trial, self._clock() - entry.opened)
        except BaseException:
            # the vote was not written, so the person must be able to cast it again
            entry.taken = False
            raise

    def is_open(self, key: str) -> bool:
        """Whether the trial can still take its answer."""
        with self._lock:
            entry = self._entries.get(key)
            return entry is not None and not entry.taken and self._clock() - entry.opened <= self._lifetime

    def _claimed(self, key: str, rater: str) -> _Entry:
        entry = self._entries.get(key)
        if entry is None:
            raise BadTrial("These pictures are not known here any more; ask for the next ones.")
        if entry.rater != rater:
            raise BadTrial("These pictures were given to somebody else; ask for the next ones.")
        if entry.taken:
            raise BadTrial("These pictures already have their answer; ask for the next ones.")
        if self._clock() - entry.opened > self._lifetime:
            raise BadTrial(
                "These pictures were left open for too long and do not count any more; ask for the next ones."
            )
        entry.taken = True
        return entry

    def _forget_expired(self) -> None:
        # twice the lifetime, so that a late answer is told "too long" and not "unknown"
        limit = self._clock() - 2 * self._lifetime
        # the oldest come first, and this is asked for every trial: it must not look at all that are out
        gone = list(itertools.takewhile(lambda key: self._entries[key].opened <= limit, self._entries))
        for key in gone:
            del self._entries[key]
