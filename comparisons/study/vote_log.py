"""The log of votes: one CSV row per vote, only ever added to, and how a rater is forgotten.

A row is on the disk (one write, flushed, fsynced) before `append` returns, so whoever shows what the vote was about
after that can lose neither the vote nor its order. Rows are read back strictly: what is not a whole row is set aside
and reported, never guessed at. A tombstone beside the logs (the SHA-256 of a rater's id) hides that rater from every
reader at once, whatever the files still hold.

    python -m comparisons.study.vote_log forget RATER [--votes FOLDER]
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Final

from comparisons.study import hub, passes, vote_files
from comparisons.study import vote as ballot
from comparisons.study.forgetting import (
    TOMBSTONES,
    NoFolder,
    NoRater,
    bury,
    forget,
    forget_on_hub,
    is_forgotten,
    known,
    obey,
    tombstones,
    without,
)
from comparisons.study.vote import BadVote, Vote
from comparisons.study.vote_files import LOGS, BadLog, SetAside, VoteLog
from restorers.contract import Problem

__all__ = [
    "FILE",
    "LOGS",
    "TOMBSTONES",
    "BadLog",
    "BadVersion",
    "Forgotten",
    "Log",
    "NoFolder",
    "NoRater",
    "SetAside",
    "VoteLog",
    "append",
    "bury",
    "forget",
    "forget_on_hub",
    "is_forgotten",
    "main",
    "obey",
    "own_file",
    "read",
    "read_folder",
    "since",
    "take_over",
    "tombstones",
    "without",
]

FILE: Final = "votes.csv"
"""Name of the log inside the votes directory."""


_RELEASE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,9}")


class BadVersion(Problem):
    """Words where the version of an app is wanted."""


class Forgotten(Problem):
    """A vote of a rater who has been forgotten."""


class Log:
    """Where this process writes votes, and the folder that holds everybody's."""

    def __init__(self, path: Path, copy: hub.Copy | None = None) -> None:
        """Open a log; with a copy on the Hub, write a file of this process's own and start uploading it.

        Args:
            path: the CSV file of a log that stays on this machine.
            copy: where the folder is copied to.
        """
        self.folder = path.parent
        self.path = path if copy is None else own_file(path.parent)
        self._unread = ""
        self._uploader = None
        if copy is not None:
            self._uploader = hub.Uploader(
                copy, self.folder, [LOGS, TOMBSTONES, passes.REVOKED], lambda: take_over(self.folder, copy)
            )

    def write(self, vote: Vote) -> None:
        """Put one vote on the disk; raises as `append`."""
        with self._uploader.writing if self._uploader else nullcontext():
            append(self.path, vote)

    def read(self) -> VoteLog:
        """Every vote in the folder; what a person has to correct there is no reason to stop, and told by `trouble`."""
        log = _gathered(self.folder)
        # of a log without a single vote the ranking itself says so
        self._unread = log.trouble if log.votes else ""
        return log

    @property
    def trouble(self) -> str:
        """What the owner has to know: the copy on the Hub is behind, or lines of the log could not be read; else nothing."""
        return " ".join(filter(None, [self._uploader.trouble if self._uploader else "", self._unread]))


def take_over(folder: Path, copy: hub.Copy) -> None:
    """Obey here whoever was forgotten on the Hub, so that no upload brings a forgotten vote back; links taken back stay so."""
    passes.bar(folder, set((copy.fetch(passes.REVOKED) or b"").decode("ascii").split()))
    bury(folder, set((copy.fetch(TOMBSTONES) or b"").decode("ascii").split()))
    obey(folder)


def own_file(folder: Path) -> Path:
    """A log that no other process writes, so that none overwrites another's on the Hub, not even after a restart."""
    return folder / f"votes-{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(4)}.csv"


def append(path: Path, vote: Vote) -> None:
    """Put one vote at the end of the log; when this returns the row is on the disk.

    Safe for several threads and several processes at once: every call takes the same file lock through a handle of its
    own.

    Args:
        path: the CSV file; it and its folder are made where they are missing.
        vote: the row.

    Raises:
        BadVote: if the file has other columns than these, or the row would read back as another.
        Forgotten: if the rater has a tombstone; a pair may have been out when it was set.
        OSError: if the disk did not take the whole row; the vote then does not count.
        filelock.Timeout: if other writers held the log for 20 seconds.
    """
    if ballot.parsed(ballot.row(vote)[:-1]) != vote:
        raise BadVote(f"expected a vote that reads back as it is, got {vote}; leave the remark out")
    path.parent.mkdir(parents=True, exist_ok=True)
    with vote_files.locked(path):
        # under the lock: a tombstone set later is followed by a cleaning that waits for this row
        if is_forgotten(path.parent, vote.rater):
            raise Forgotten(
                "Your answers were taken out at your wish; this number gives no more, so ask for the next pictures."
            )
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            names = _columns(descriptor)
            if names == ballot.OLD and vote.part:
                # a log keeps the columns that it was begun with: what does not fit goes beside it
                append(path.with_name(f"{path.stem}-parts.csv"), vote)
                return
            data = _opening(descriptor, path, names) + ballot.row(vote, names)
            written = os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if written != len(data):
            raise OSError(f"only {written} of {len(data)} bytes of a vote were written to {path.name}")
        vote_files.sync_folder(path.parent)


def read(path: Path) -> VoteLog:
    """Read one log back; votes of forgotten raters are not in it.

    Args:
        path: the CSV file; a missing one holds no votes.

    Returns:
        Every vote once, in the order of the file, and the lines set aside with the reason.

    Raises:
        BadLog: if the file has lines and not one of them is a vote.
    """
    if not path.exists():
        return VoteLog((), ())
    return vote_files.collected(vote_files.parse(path.read_bytes(), path.name), tombstones(path.parent)).checked()


def read_folder(folder: Path) -> VoteLog:
    """Read every log of a folder, oldest vote first; a vote that lies in two files counts once.

    Raises:
        BadLog: if there are lines and not one of them is a vote.
    """
    return _gathered(folder).checked()


def _gathered(folder: Path) -> VoteLog:
    files = sorted(folder.glob(LOGS))
    lines = (line for path in files for line in vote_files.parse(path.read_bytes(), path.name))
    log = vote_files.collected(lines, tombstones(folder))
    ordered = sorted(log.votes, key=lambda vote: datetime.fromisoformat(vote.time))
    return VoteLog(tuple(ordered), log.set_aside, log.duplicates)


def since(votes: Sequence[Vote], version: str) -> tuple[Vote, ...]:
    """The votes that were given in an app of this version or a later one, in their order.

    Args:
        votes: any.
        version: numbers with dots between them; 0.10 is later than 0.9, and 0.2 is 0.2.0.

    Returns:
        A vote whose version is no such number is older than every version.

    Raises:
        BadVersion: if `version` is none.
    """
    first = _release(version)
    if first is None:
        raise BadVersion(
            f"expected a version of the app such as 0.2.0, got {version!r}; give numbers with dots between"
        )
    return tuple(vote for vote in votes if (_release(vote.version) or ()) >= first)


def _release(version: str) -> tuple[int, ...] | None:
    """The numbers of a version, without zeros at its end, so that they compare as versions do; None for other words."""
    if not _RELEASE.fullmatch(version):
        return None
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _columns(descriptor: int) -> tuple[str, ...]:
    """Those of a log: one that was begun with fewer is gone on with as it is."""
    head = ballot.header(ballot.OLD)
    return ballot.OLD if os.pread(descriptor, len(head), 0) == head else ballot.COLUMNS


def _opening(descriptor: int, path: Path, names: tuple[str, ...]) -> bytes:
    """What has to stand before the next row: the header in an empty file, an end for a line that a crash cut off."""
    size = os.fstat(descriptor).st_size
    head = ballot.header(names)
    if size == 0:
        return head
    start = os.pread(descriptor, len(head), 0)
    if start != head:
        if head.startswith(start):
            # killed while the very header was written
            return ballot.TORN + b"\n" + head
        raise BadVote(f"expected {path.name} to have the columns of schema {ballot.SCHEMA}; move the old log away")
    if os.pread(descriptor, 1, size - 1) == b"\n":
        return b""
    return ballot.TORN + b"\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, or 2 where the person has to correct something."""
    parser = argparse.ArgumentParser("python -m comparisons.study.vote_log", description="Look after the log of votes.")
    commands = parser.add_subparsers(dest="command", required=True)
    forgetting = commands.add_parser("forget", help="take a rater's votes out of every log, here and on the Hub")
    forgetting.add_argument("rater", metavar="RATER", help="the random id that the page shows to its owner")
    folder = Path(os.environ.get("UNMASKED_VOTES", "votes"))
    forgetting.add_argument("--votes", type=Path, default=folder, help="folder of the logs; default: %(default)s")
    asked = parser.parse_args(arguments)
    try:
        _forget(asked.votes, asked.rater, hub.copy_from_environment())
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


def _forget(folder: Path, rater: str, copy: hub.Copy | None) -> None:
    if folder.is_dir() or copy is None:
        lines = forget(folder, rater)
        sys.stdout.write(f"{lines} votes are gone from {folder}; readers pass the rater over from now on.\n")
    else:
        sys.stdout.write(f"There is no folder {folder} on this machine; only the copy on the Hub is looked at.\n")
    if copy is not None:
        files = forget_on_hub(copy, known(folder, rater))
        sys.stdout.write(f"{files} files of {copy.repo} are rewritten, and its history is squashed.\n")


if __name__ == "__main__":
    sys.exit(main())
