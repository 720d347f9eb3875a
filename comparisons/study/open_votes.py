"""Open votes: which result somebody who has seen the names takes for the best. They are kept, but do not rank."""

import secrets
import threading
from collections import Counter

from comparisons.arena.comparison import Comparison, recipe_line
from comparisons.records import provenance
from comparisons.study import vote as ballot
from comparisons.study import vote_log
from comparisons.study.plan import OPEN_VOTES
from restorers.contract import Problem


class OpenVotes:
    """Takes open votes, as many of one rater as one person may give; safe for several threads."""

    def __init__(self, log: vote_log.Log, version: str) -> None:
        """Count what the log holds.

        Args:
            log: where votes go.
            version: of the app.
        """
        self._log, self._version = log, version
        self._given = Counter(vote.rater for vote in log.read().votes if vote.kind == "open")
        self._lock = threading.Lock()

    def take(self, comparison: Comparison, best: str | None, rater: str, seconds: float) -> None:
        """Log one; the row is on the disk before this returns.

        Args:
            comparison: what was seen.
            best: catalogue key; None if no result is any good.
            rater: who says so.
            seconds: from the last result to the answer.

        Raises:
            Problem: if the method gave no picture there, there was nothing to choose from, or the rater has chosen
                as often as one person may.
        """
        methods = [result.method.key for result in comparison.results if result.pixels is not None]
        if len(methods) < 2:
            raise Problem(
                "There is nothing to choose from yet: run the methods first, so that at least two give a picture."
            )
        if best is not None and best not in methods:
            raise Problem("That method gave no picture here; choose one of those that did.")
        vote = self._row(comparison, best, methods, rater, seconds)
        with self._lock:
            if self._given[rater] >= OPEN_VOTES:
                raise Problem(
                    "You have chosen {count} times, which is all that is kept of one person. Thank you.",
                    count=OPEN_VOTES,
                )
            self._log.write(vote)
            self._given[rater] += 1

    def _row(
        self, comparison: Comparison, best: str | None, methods: list[str], rater: str, seconds: float
    ) -> ballot.Vote:
        left = best or methods[0]
        return ballot.Vote(
            schema=ballot.SCHEMA,
            vote=secrets.token_hex(8),
            time=ballot.now(),
            study="-",
            question="best",
            rater=rater,
            kind="open",
            trial=secrets.token_urlsafe(18),
            picture=comparison.face.picture,
            corruption=recipe_line(comparison.corruption),
            ratio=round(comparison.ratio, 5),
            left=left,
            right="+".join(key for key in methods if key != left),
            answer="both_bad" if best is None else "left",
            seconds=round(seconds, 3),
            weights=provenance.identities(methods),
            version=self._version,
            flags="",
            comment="",
        )
