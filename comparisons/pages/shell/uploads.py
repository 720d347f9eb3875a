"""Uploads on the disk: how fast they come, how many at once, and how much room they take."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from comparisons.limits import RateLimit
from comparisons.pages.shell.lanes import NoPlace

PER_MINUTE: Final = 600
"""Uploads a minute from one address, which many people may share: twenty each for a class of thirty."""
AT_ONCE: Final = 8
"""Uploads from one address on their way at the same time."""
AT_ONCE_IN_ALL: Final = 64
"""Uploads on their way at the same time."""
MOST_BYTES_OF_ONE: Final = 256 * 2**20
"""Room that uploads from one address take: 25 of the largest."""
MOST_BYTES: Final = 2 * 2**30
"""Room that all files take which the page has stored."""


@dataclass(frozen=True)
class Stored:
    """A file on the disk."""

    path: Path
    size: int
    """Bytes."""
    came: float
    """When, in seconds since the epoch."""


def stored(path: str | Path) -> Stored | None:
    """A file as it lies there; None where it has gone."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return Stored(Path(path), found.st_size, found.st_mtime)


def too_many(files: list[Stored], most: int, in_use: Set[str] = frozenset()) -> list[Stored]:
    """Which files have to go so that the others take no more room than they may: the oldest, and none in use.

    Args:
        files: all of them.
        most: bytes.
        in_use: paths that somebody is still waiting for.
    """
    over = sum(file.size for file in files) - most
    gone: list[Stored] = []
    for file in sorted(files, key=lambda one: one.came):
        if over <= 0:
            break
        if str(file.path) not in in_use:
            gone.append(file)
            over -= file.size
    return gone


class Uploads:
    """Counts uploads by address; safe for several threads."""

    def __init__(
        self,
        files: Callable[[], Set[str]],
        in_use: Callable[[], Set[str]],
        per_minute: int = PER_MINUTE,
        most_of_one: int = MOST_BYTES_OF_ONE,
        most: int = MOST_BYTES,
    ) -> None:
        """Begin with nobody known.

        Args:
            files: gives the paths of everything that the page has stored, uploads and answers.
            in_use: gives the paths that a job which waits or runs has been given.
            per_minute: uploads from one address.
            most_of_one: bytes of the uploads from one address.
            most: bytes of everything.
        """
        self._files, self._in_use = files, in_use
        self._pace = RateLimit(per_minute, 60, what="uploads")
        self._most_of_one, self._most = most_of_one, most
        self._coming: Counter[str] = Counter()
        self._owners: dict[str, str] = {}
        self._lock = threading.Lock()

    @contextmanager
    def coming(self, address: str) -> Iterator[None]:
        """While an upload is on its way.

        Args:
            address: where it comes from.

        Raises:
            TooFast: if there were too many in a minute, or are at the moment.
        """
        with self._lock:
            if self._coming[address] >= AT_ONCE or self._coming.total() >= AT_ONCE_IN_ALL:
                raise NoPlace("Too many uploads are on their way already; wait until one of them has arrived.")
            self._pace.take(address)
            self._coming[address] += 1
        try:
            yield
        finally:
            with self._lock:
                self._coming[address] -= 1
                self._coming += Counter()

    def came(self, address: str, paths: list[str]) -> None:
        """Take note of what has been stored, and throw away the oldest where an address has too much."""
        with self._lock:
            self._owners.update(dict.fromkeys(paths, address))
        self.tidy()

    def tidy(self) -> None:
        """Throw away the oldest files where an address, or everybody, has too much; none that a job was given."""
        with self._lock:
            there = {path: file for path in self._files() if (file := stored(path))}
            self._owners = {path: owner for path, owner in self._owners.items() if path in there}
            in_use = self._in_use()
            for address in set(self._owners.values()):
                own = [there[path] for path, owner in self._owners.items() if owner == address and path in there]
                self._discard(there, too_many(own, self._most_of_one, in_use))
            self._discard(there, too_many(list(there.values()), self._most, in_use))

    def _discard(self, there: dict[str, Stored], files: list[Stored]) -> None:
        for file in files:
            file.path.unlink(missing_ok=True)
            there.pop(str(file.path), None)
