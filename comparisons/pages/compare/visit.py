"""What one visit remembers: its last comparisons, and which run the stage belongs to."""

import threading
from typing import ClassVar, Final

from comparisons.arena.comparison import Comparison

MOST_KEPT: Final = 8
"""Comparisons that a visit remembers: some 3 MB each."""


class Visit:
    """The comparisons of one visit; safe for runs that overlap.

    One object for the whole visit: a run that ends is put before whatever is there by then. Were the list handed to a run
    when it begins and taken back when it ends, a run that ended in between would be lost.
    """

    # Gradio copies the initial value for every visitor, and a lock of one's own cannot be copied
    _changing: ClassVar = threading.Lock()

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: tuple[Comparison, ...] = ()
        self._run = 0
        self._taken = False
        self.watches_maps = False
        """Error maps have been looked at, so they are made with every comparison."""
        self.shares = False
        """Somebody looks at the downloads, so they are packed as soon as a comparison is over."""

    @property
    def kept(self) -> tuple[Comparison, ...]:
        """Newest first, at most `MOST_KEPT`."""
        return self._kept

    def begin(self) -> int:
        """Give the stage to another run.

        Returns:
            The run's number, for `is_on`.
        """
        with self._changing:
            self._run += 1
            self._taken = True
            return self._run

    def finish(self, run: int) -> None:
        """A run has come to its end; nothing where the stage belongs to another by now."""
        with self._changing:
            if run == self._run:
                self._taken = False

    def leave(self) -> None:
        """Take the stage from the run that has it, so that it ends at its next picture."""
        with self._changing:
            self._run += 1
            self._taken = False

    @property
    def taken(self) -> bool:
        """Whether a run that has not come to its end has the stage."""
        return self._taken

    def is_on(self, run: int) -> bool:
        """Whether the stage still belongs to this run, so that it may go on and show what it has."""
        return run == self._run

    def remember(self, comparison: Comparison) -> None:
        """Put a comparison before all others; the oldest is forgotten where there are too many."""
        with self._changing:
            self._kept = (comparison, *self._kept)[:MOST_KEPT]

    def replace(self, comparison: Comparison, other: Comparison) -> None:
        """Keep a comparison in the place of what it was before; nothing where that is not kept."""
        with self._changing:
            self._kept = tuple(other if one is comparison else one for one in self._kept)
