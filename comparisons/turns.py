"""Who is served next where many wait: one job of each visitor after the other, whoever has sent how many."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Final


class Turns:
    """Round-robin over those who wait.

    Start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queuing", SIGCOMM 1996) with jobs of equal length: a
    job's round is the one now being served or, if that is later, the one after its visitor's last. So whoever comes new
    stands behind one job of each other visitor at most, and nobody gains by leaving and coming back.
    """

    def __init__(self) -> None:
        """Begin with nobody known."""
        self._round = 0
        self._next: dict[Hashable, int] = {}

    def order(self, waiting: Sequence[Hashable]) -> list[int]:
        """In which order to serve.

        Args:
            waiting: the visitor of each job, in the order in which they came.

        Returns:
            Indices into `waiting`.
        """
        before: Counter[Hashable] = Counter()
        rounds: list[int] = []
        for visitor in waiting:
            rounds.append(self._coming(visitor) + before[visitor])
            before[visitor] += 1
        return sorted(range(len(waiting)), key=rounds.__getitem__)

    def serve(self, visitor: Hashable) -> None:
        """Count one job of a visitor as served."""
        self._round = self._coming(visitor)
        self._next[visitor] = self._round + 1
        # whoever is not ahead of the others is as good as new
        self._next = {one: coming for one, coming in self._next.items() if coming > self._round}

    def __len__(self) -> int:
        return len(self._next)

    def _coming(self, visitor: Hashable) -> int:
        return max(self._round, self._next.get(visitor, 0))


Who = tuple[Hashable, Hashable]
"""An address, and one of the sessions behind it."""


class SharedTurns:
    """Turns of addresses, and among the sessions of one address turns of their own.

    However many sessions a client opens, it gets the share of one address; and several people behind one address share it
    evenly.
    """

    def __init__(self) -> None:
        """Begin with nobody known."""
        self._addresses: Final = Turns()
        self._sessions: defaultdict[Hashable, Turns] = defaultdict(Turns)

    def order(self, waiting: Sequence[Who]) -> list[int]:
        """In which order to serve.

        Args:
            waiting: whose each job is, in the order in which they came.

        Returns:
            Indices into `waiting`.
        """
        behind: defaultdict[Hashable, list[int]] = defaultdict(list)
        for index, (address, _) in enumerate(waiting):
            behind[address].append(index)
        within: dict[Hashable, Iterator[int]] = {
            address: iter([jobs[place] for place in self._among(address, [waiting[job][1] for job in jobs])])
            for address, jobs in behind.items()
        }
        return [next(within[waiting[index][0]]) for index in self._addresses.order([address for address, _ in waiting])]

    def serve(self, who: Who) -> None:
        """Count one job as served."""
        address, session = who
        self._addresses.serve(address)
        self._sessions[address].serve(session)

    def forget(self, waiting: Sequence[Who]) -> None:
        """Forget the sessions behind every address from which nobody waits."""
        for address in self._sessions.keys() - {address for address, _ in waiting}:
            del self._sessions[address]

    def _among(self, address: Hashable, sessions: list[Hashable]) -> list[int]:
        return self._sessions.get(address, Turns()).order(sessions)
