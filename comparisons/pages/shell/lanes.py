"""The lines in which the page's work waits, and how many may stand in each; counted when somebody joins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from comparisons.limits import TooFast
from comparisons.turns import Who


class NoPlace(TooFast):
    """Too many wait already."""


@dataclass(frozen=True)
class Lane:
    """A line of its own: whoever fills another takes no place here."""

    name: str
    places: int
    """Jobs that wait here in all."""
    per_address: int
    """Of these, from one address, which many people may share."""
    per_session: int
    """Of these, from one tab or one client."""
    at_once: int | None = None
    """Jobs that run at the same time, of all lines of Gradio's that belong here; None leaves it to theirs."""

    def admit(self, waiting: Sequence[Who], who: Who) -> None:
        """Let one more in.

        Args:
            waiting: whose the jobs are that wait here.
            who: asks for a place.

        Raises:
            NoPlace: if there is none left for this session, this address or anybody.
        """
        address, _ = who
        if waiting.count(who) >= self.per_session:
            raise NoPlace(
                "You have {count} requests waiting already; wait until one of them is done.", count=self.per_session
            )
        if sum(1 for other, _ in waiting if other == address) >= self.per_address:
            raise NoPlace(
                "From your network {count} requests are waiting already; wait until one of them is done.",
                count=self.per_address,
            )
        if len(waiting) >= self.places:
            raise NoPlace("All {places} places are taken just now; try again in a minute.", places=self.places)


VOTES: Final = Lane("votes", places=192, per_address=64, per_session=8)
PAIRS: Final = Lane("pairs", places=192, per_address=64, per_session=8)
COMPARISONS: Final = Lane("comparisons", places=128, per_address=40, per_session=16)
"""Whatever runs methods: comparisons by hand or by program, scores, curves and clips."""
TOUCHES: Final = Lane("touches", places=192, per_address=64, per_session=24, at_once=7)
"""Everything else that the page asks for; so few at once that votes and pairs always find a thread."""

LANES: Final = {"votes": VOTES, "open votes": VOTES, "pairs": PAIRS, "coming": PAIRS} | dict.fromkeys(
    ("runs", "scores", "sweeps", "clips"), COMPARISONS
)
"""The lane of each `concurrency_id` that the page names; all others are `TOUCHES`."""
ORDER: Final = (VOTES, PAIRS, TOUCHES, COMPARISONS)
"""Who gets a thread first where few are free."""


def lane_of(line: str) -> Lane:
    """The lane that a `concurrency_id` of Gradio's belongs to."""
    return LANES.get(line, TOUCHES)


RUNS: Final[dict[str, Any]] = {"concurrency_id": "runs", "concurrency_limit": 2, "trigger_mode": "multiple"}
"""The places in which comparisons run, by hand or by program: those of the page and no others."""
