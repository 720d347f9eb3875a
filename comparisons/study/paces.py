"""How long the rest of a session takes a rater, by how long they took so far."""

import threading
from collections import defaultdict
from collections.abc import Iterable
from statistics import median
from typing import Final

from comparisons.study.vote import Vote

LEAST: Final = 3
"""Answers before anything is said."""
_BETWEEN: Final = 1.5
"""Seconds from an answer to the next trial: the names stand for a moment."""


class Paces:
    """Keeps the times of a study's answers; safe for several threads."""

    def __init__(self, study: str, votes: Iterable[Vote]) -> None:
        """Take up a log.

        Args:
            study: name of the one that counts.
            votes: any.
        """
        self._study = study
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()
        self.take(votes)

    def take(self, votes: Iterable[Vote]) -> None:
        """Take up answers."""
        with self._lock:
            for vote in votes:
                if vote.study == self._study:
                    self._seconds[vote.rater].append(vote.seconds)

    def forget(self, raters: Iterable[str]) -> None:
        """Drop the times of raters."""
        with self._lock:
            for rater in raters:
                self._seconds.pop(rater, None)

    def minutes(self, rater: str, trials: int) -> int:
        """About how long so many trials take, at least 1; 0 where it cannot be told yet."""
        with self._lock:
            took = list(self._seconds.get(rater, ()))
        # who was called away for an hour is no slower for it: the median
        return max(1, round(trials * (median(took) + _BETWEEN) / 60)) if len(took) >= LEAST and trials > 0 else 0
