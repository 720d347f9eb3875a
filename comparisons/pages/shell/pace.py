"""How many comparisons a visitor may ask for, by hand or by program."""

from typing import Final

from comparisons.limits import RateLimit
from comparisons.turns import Who

PER_VISITOR: Final = 60
"""Comparisons a minute of one tab or one client: more than two cores can do, so only a flood meets it."""
PER_ADDRESS: Final = 240
"""Comparisons a minute from one address, which many people may share; a client that renames itself stops here."""


class Pace:
    """Counts comparisons of each visitor and each address; raises `TooFast` where there are too many."""

    def __init__(self, per_visitor: int = PER_VISITOR, per_address: int = PER_ADDRESS) -> None:
        """Start with nobody known.

        Args:
            per_visitor: comparisons a minute.
            per_address: comparisons a minute.
        """
        self._visitors = RateLimit(per_visitor, 60, what="comparisons")
        self._addresses = RateLimit(per_address, 60, what="comparisons")

    def take(self, who: Who) -> None:
        """Count one comparison.

        Args:
            who: asks.

        Raises:
            TooFast: if the visitor or the address has had them all.
        """
        address, session = who
        # a client that renames itself leaves no new visitor behind where its address has had them all
        self._addresses.peek(str(address))
        self._visitors.take(str(session))
        self._addresses.take(str(address))
