"""How a rater is forgotten: hidden from every reader at once, then taken out of the logs, here and on the Hub.

A tombstone beside the logs is the SHA-256 of a rater's id, so that it names nobody.
"""

import csv
import re
from pathlib import Path
from typing import Final

from comparisons.study import hub, vote, vote_files
from comparisons.study.vote import BadVote
from comparisons.study.vote_files import LOGS, VoteLine
from restorers.contract import Problem

TOMBSTONES: Final = "forgotten.txt"
"""One SHA-256 of a rater's id a line."""
_RATER: Final = re.compile(r"[0-9a-f]{16}")


class NoRater(Problem):
    """Words where a rater's id is wanted."""


class NoFolder(Problem):
    """There are no logs where somebody looks for them."""


def tombstones(folder: Path) -> frozenset[str]:
    """Digests of the raters that are forgotten."""
    path = folder / TOMBSTONES
    return frozenset(path.read_text("ascii").split()) if path.exists() else frozenset()


class Watch:
    """Tells once of everybody who has been forgotten since it last told, by whatever process: cheap to ask before every trial."""

    def __init__(self, folder: Path) -> None:
        """Begin with who is forgotten already: a log that is read has none of their votes.

        Args:
            folder: the votes directory.
        """
        self._path = folder / TOMBSTONES
        self._stamp = self._seen()
        self._known = tombstones(folder)

    def news(self) -> frozenset[str]:
        """Digests of those who came to be forgotten."""
        stamp = self._seen()
        if stamp == self._stamp:
            return frozenset()
        found = tombstones(self._path.parent)
        fresh, self._stamp, self._known = found - self._known, stamp, found
        return fresh

    def _seen(self) -> tuple[int, int, int]:
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return 0, 0, 0
        # a file that is replaced has another number, however fast it was
        return now.st_ino, now.st_mtime_ns, now.st_size


def is_forgotten(folder: Path, rater: str) -> bool:
    """Whether a rater asked to be forgotten."""
    return vote.digest(rater) in tombstones(folder)


def known(folder: Path, asked: str) -> str:
    """The rater's id that somebody typed.

    Args:
        folder: the votes directory.
        asked: what was typed; blanks around it do no harm.

    Raises:
        NoRater: if it neither has the form of an id nor stands in a log as one.
    """
    rater = asked.strip()
    if _RATER.fullmatch(rater) or (rater and rater in _raters(folder)):
        return rater
    raise NoRater(
        f"expected a rater's id, 16 digits and letters from a to f as the page shows it, got {asked!r}; "
        "no vote was touched; copy the id from the page or from the column 'rater' of the log"
    )


def forget(folder: Path, rater: str) -> int:
    """Hide a rater from every reader at once, then take the votes out of the local logs.

    Args:
        folder: the votes directory.
        rater: the random id that the page shows to its owner.

    Returns:
        How many lines were taken out.

    Raises:
        NoFolder: if there is no such directory.
        NoRater: if that is no id.
        OSError: if the disk took the tombstone or a file only in part; the command may be given again.
    """
    if not folder.is_dir():
        raise NoFolder(f"expected the folder of the logs at {folder}, found none; name another with --votes")
    gone = known(folder, rater)
    bury(folder, {vote.digest(gone)})
    return sum(_cleaned(path, gone) for path in sorted(folder.glob(LOGS)))


def bury(folder: Path, digests: set[str]) -> None:
    """Add tombstones; those that stand already stay."""
    with vote_files.locked(folder / TOMBSTONES):
        standing = tombstones(folder)
        if digests - standing:
            vote_files.replaced(folder / TOMBSTONES, "".join(f"{one}\n" for one in sorted(standing | digests)).encode())


def obey(folder: Path) -> int:
    """Take the votes of every rater with a tombstone out of the local logs.

    Returns:
        How many lines were taken out.
    """
    hidden = tombstones(folder)
    gone = sorted(rater for rater in _raters(folder) if vote.digest(rater) in hidden)
    return sum(_cleaned(path, rater) for rater in gone for path in sorted(folder.glob(LOGS)))


def without(data: bytes, rater: str) -> bytes:
    """A log without a rater's votes; a broken line that names the rater goes too, a header never."""
    *whole, tail = data.split(b"\n")
    kept = [line + b"\n" for line in whole if not _is_of(line, rater)]
    return b"".join(kept) + (b"" if _is_of(tail, rater) else tail)


def forget_on_hub(copy: hub.Copy, rater: str) -> int:
    """Do the same to the copy on the Hub, and squash its history so that no older commit holds the votes.

    Returns:
        How many files changed.

    Raises:
        NoRater: if the id has not the form of one.
    """
    if not _RATER.fullmatch(rater):
        raise NoRater(f"expected a rater's id, 16 digits and letters from a to f, got {rater!r}; copy it from the page")
    standing = set((copy.fetch(TOMBSTONES) or b"").decode("ascii").split())
    files = {TOMBSTONES: "".join(f"{one}\n" for one in sorted(standing | {vote.digest(rater)})).encode()}
    for name in copy.names(LOGS):
        before = copy.fetch(name) or b""
        after = without(before, rater)
        if after != before:
            files[name] = after
    copy.replace(files, "Forget a rater")
    copy.squash()
    return len(files) - 1


def _is_of(line: bytes, rater: str) -> bool:
    if vote.layout(line.removesuffix(b"\r").removeprefix(vote_files.BOM)) is not None:
        return False
    try:
        return vote.parsed(line).rater == rater
    except (ValueError, BadVote, csv.Error):
        return rater.encode() in line


def _cleaned(path: Path, rater: str) -> int:
    with vote_files.locked(path):
        before = path.read_bytes()
        after = without(before, rater)
        if after != before:
            vote_files.replaced(path, after)
    return before.count(b"\n") - after.count(b"\n")


def _raters(folder: Path) -> frozenset[str]:
    lines = (line for path in folder.glob(LOGS) for line in vote_files.parse(path.read_bytes(), path.name))
    return frozenset(line.vote.rater for line in lines if isinstance(line, VoteLine))
