"""The log of votes: one CSV row per vote, only ever added to, and how a rater is forgotten.

A row is on the disk (one write, flushed, fsynced) before `append` returns, so whoever shows what the vote was about
after that can lose neither the vote nor its order. Rows are read back strictly: what is not a whole row is set aside
and reported, never guessed at. A tombstone beside the logs (the SHA-256 of a rater's id) hides that rater from every
reader at once, whatever the files still hold.

    python -m comparisons.votes forget RATER [--votes FOLDER]
"""

import argparse
import csv
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Final

from filelock import FileLock

from comparisons import ballot, hub
from comparisons.ballot import BadVote, Vote
from restorers.contract import Problem

FILE: Final = "votes.csv"
"""Name of the log inside the votes directory."""
LOGS: Final = "votes*.csv"
"""Every log of a votes directory: on a Space each process writes its own."""
TOMBSTONES: Final = "forgotten.txt"
"""One SHA-256 of a rater's id a line."""

LOCK_SECONDS: Final = 20.0
"""Longest wait for other writers; one row takes milliseconds, so a longer wait means a hung disk."""


class BadVersion(Problem):
    """Words where the version of an app is wanted."""


class Forgotten(Problem):
    """A vote of a rater who has been forgotten."""


@dataclass(frozen=True)
class SetAside:
    """A line of the log that is no whole vote."""

    line: int
    """1 for the first line of the file."""
    reason: str


@dataclass(frozen=True)
class VoteLog:
    """What a log holds."""

    votes: tuple[Vote, ...]
    set_aside: tuple[SetAside, ...]
    """Lines that count for nothing until a person has looked at them."""
    duplicates: int = 0
    """Further copies of votes that are in `votes` once."""


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
        self._uploader = None
        if copy is not None:
            self._uploader = hub.Uploader(copy, self.folder, [LOGS, TOMBSTONES], lambda: take_over(self.folder, copy))

    def write(self, vote: Vote) -> None:
        """Put one vote on the disk; raises as `append`."""
        with self._uploader.writing if self._uploader else nullcontext():
            append(self.path, vote)

    def read(self) -> VoteLog:
        """Every vote in the folder."""
        return read_folder(self.folder)

    @property
    def trouble(self) -> str:
        """One sentence for the owner where the copy on the Hub is behind, else nothing."""
        return self._uploader.trouble if self._uploader else ""


def take_over(folder: Path, copy: hub.Copy) -> None:
    """Obey here whoever was forgotten on the Hub, so that no upload brings a forgotten vote back."""
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
        BadVote: if the file has other columns than these.
        Forgotten: if the rater has a tombstone; a pair may have been out when it was set.
        OSError: if the disk did not take the whole row; the vote then does not count.
        filelock.Timeout: if other writers held the log for 20 seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        # under the lock: a tombstone set later is followed by a cleaning that waits for this row
        if is_forgotten(path.parent, vote.rater):
            raise Forgotten(
                "Your answers were taken out at your wish; this number gives no more, so ask for the next pair."
            )
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            data = _opening(descriptor, path) + ballot.row(vote)
            written = os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if written != len(data):
            raise OSError(f"only {written} of {len(data)} bytes of a vote were written to {path.name}")
        _sync_folder(path.parent)


def read(path: Path) -> VoteLog:
    """Read one log back; votes of forgotten raters are not in it.

    Args:
        path: the CSV file; a missing one holds no votes.

    Returns:
        Every whole vote in order, and the lines set aside with the reason.
    """
    if not path.exists():
        return VoteLog((), ())
    *whole, tail = path.read_bytes().split(b"\n")
    hidden = tombstones(path.parent)
    votes: list[Vote] = []
    aside: list[SetAside] = []
    for number, line in enumerate(whole, start=1):
        if line + b"\n" == ballot.header():
            continue
        try:
            vote = ballot.parsed(line)
        except (ValueError, BadVote, csv.Error) as error:
            aside.append(SetAside(number, str(error)))
        else:
            votes += [] if ballot.digest(vote.rater) in hidden else [vote]
    if tail:
        aside.append(SetAside(len(whole) + 1, ballot.TORN_REASON))
    return VoteLog(tuple(votes), tuple(aside))


def read_folder(folder: Path) -> VoteLog:
    """Read every log of a folder, oldest vote first; a vote that lies in two files counts once."""
    logs = [read(path) for path in sorted(folder.glob(LOGS))]
    unique = {vote.vote: vote for log in logs for vote in log.votes}
    ordered = sorted(unique.values(), key=lambda vote: datetime.fromisoformat(vote.time))
    return VoteLog(tuple(ordered), tuple(line for log in logs for line in log.set_aside))


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
    first = ballot.release(version)
    if first is None:
        raise BadVersion(
            f"expected a version of the app such as 0.2.0, got {version!r}; give numbers with dots between"
        )
    return tuple(vote for vote in votes if (ballot.release(vote.version) or ()) >= first)


def tombstones(folder: Path) -> frozenset[str]:
    """Digests of the raters that are forgotten."""
    path = folder / TOMBSTONES
    return frozenset(path.read_text("ascii").split()) if path.exists() else frozenset()


def is_forgotten(folder: Path, rater: str) -> bool:
    """Whether a rater asked to be forgotten."""
    return ballot.digest(rater) in tombstones(folder)


def forget(folder: Path, rater: str) -> int:
    """Hide a rater from every reader at once, then take the votes out of the local logs.

    Args:
        folder: the votes directory.
        rater: the random id that the page shows to its owner.

    Returns:
        How many lines were taken out.

    Raises:
        OSError: if the disk took the tombstone or a file only in part; the command may be given again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bury(folder, {ballot.digest(rater)})
    return sum(_cleaned(path, rater) for path in sorted(folder.glob(LOGS)))


def bury(folder: Path, digests: set[str]) -> None:
    """Add tombstones; those that stand already stay."""
    with _locked(folder / TOMBSTONES):
        standing = tombstones(folder)
        if digests - standing:
            _replaced(folder / TOMBSTONES, "".join(f"{one}\n" for one in sorted(standing | digests)).encode())


def obey(folder: Path) -> int:
    """Take the votes of every rater with a tombstone out of the local logs.

    Returns:
        How many lines were taken out.
    """
    hidden = tombstones(folder)
    raters = {vote.rater for path in folder.glob(LOGS) for vote in _whole_votes(path.read_bytes())}
    gone = sorted(rater for rater in raters if ballot.digest(rater) in hidden)
    return sum(_cleaned(path, rater) for rater in gone for path in sorted(folder.glob(LOGS)))


def without(data: bytes, rater: str) -> bytes:
    """A log without a rater's votes; a broken line that names the rater goes too."""
    *whole, tail = data.split(b"\n")
    kept = [line + b"\n" for line in whole if not _is_of(line, rater)]
    return b"".join(kept) + (b"" if _is_of(tail, rater) else tail)


def forget_on_hub(copy: hub.Copy, rater: str) -> int:
    """Do the same to the copy on the Hub, and squash its history so that no older commit holds the votes.

    Returns:
        How many files changed.
    """
    standing = set((copy.fetch(TOMBSTONES) or b"").decode("ascii").split())
    files = {TOMBSTONES: "".join(f"{one}\n" for one in sorted(standing | {ballot.digest(rater)})).encode()}
    for name in copy.names(LOGS):
        before = copy.fetch(name) or b""
        after = without(before, rater)
        if after != before:
            files[name] = after
    copy.replace(files, "Forget a rater")
    copy.squash()
    return len(files) - 1


def _is_of(line: bytes, rater: str) -> bool:
    try:
        return ballot.parsed(line).rater == rater
    except (ValueError, BadVote, csv.Error):
        return rater.encode() in line


def _cleaned(path: Path, rater: str) -> int:
    with _locked(path):
        before = path.read_bytes()
        after = without(before, rater)
        if after != before:
            _replaced(path, after)
    return before.count(b"\n") - after.count(b"\n")


def _whole_votes(data: bytes) -> list[Vote]:
    votes = []
    for line in data.split(b"\n")[:-1]:
        try:
            votes.append(ballot.parsed(line))
        except (ValueError, BadVote, csv.Error):
            # the header, and what `read` sets aside
            continue
    return votes


def _locked(path: Path) -> FileLock:
    # a row takes milliseconds: whoever waits looks that often too, or a busy writer would always be first
    return FileLock(f"{path}.lock", timeout=LOCK_SECONDS, poll_interval=0.005, is_singleton=False)


def _opening(descriptor: int, path: Path) -> bytes:
    """What has to stand before the next row: the header in an empty file, an end for a line that a crash cut off."""
    size = os.fstat(descriptor).st_size
    head = ballot.header()
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


def _replaced(path: Path, data: bytes) -> None:
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # a new file is only safe once its folder's entry is on the disk too
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, or 2 where the person has to mend something."""
    parser = argparse.ArgumentParser("python -m comparisons.votes", description="Look after the log of votes.")
    commands = parser.add_subparsers(dest="command", required=True)
    forgetting = commands.add_parser("forget", help="take a rater's votes out of every log, here and on the Hub")
    forgetting.add_argument("rater", metavar="RATER", help="the random id that the page shows to its owner")
    folder = Path(os.environ.get("UNMASKED_VOTES", "votes"))
    forgetting.add_argument("--votes", type=Path, default=folder, help="folder of the logs; default: %(default)s")
    asked = parser.parse_args(arguments)
    try:
        lines = forget(asked.votes, asked.rater)
        sys.stdout.write(f"{lines} votes are gone from {asked.votes}; readers pass the rater over from now on.\n")
        copy = hub.copy_from_environment()
        if copy is not None:
            files = forget_on_hub(copy, asked.rater)
            sys.stdout.write(f"{files} files of {copy.repo} are rewritten, and its history is squashed.\n")
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
