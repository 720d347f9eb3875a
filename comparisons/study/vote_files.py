"""What a file of votes holds, read strictly: each vote once, and every line that is none, with its reason.

Nothing is guessed. A file that a spreadsheet saved is read where it still says what was written (another order of the
columns, semicolons or tabs between them, other quotes, a byte order mark, other ends of lines); what a spreadsheet turns
into something else (times, ids) is set aside and named.
"""

import csv
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock

from comparisons.study import vote as ballot
from comparisons.study.vote import BadVote, Layout, Vote
from restorers.contract import Problem
from restorers.sentences import Sentence

LOGS: Final = "votes*.csv"
"""Every log of a votes directory: on a Space each process writes its own."""
LOCK_SECONDS: Final = 20.0
"""Longest wait for other writers; one row takes milliseconds, so a longer wait means a hung disk."""
CLASH: Final = "other lines give the same vote with another content; delete those that were changed"
"""Which of them is true cannot be known, so that none counts."""
BOM: Final = b"\xef\xbb\xbf"
"""What some programs put before UTF-8."""


class BadLog(Problem):
    """A file of which not one line is a vote."""


@dataclass(frozen=True)
class SetAside:
    """A line of the log that is no whole vote."""

    line: int
    """1 for the first line of the file."""
    reason: str
    file: str = ""
    """Its name."""

    @property
    def is_torn(self) -> bool:
        """Whether a crash cut it off: it was never acknowledged, and nothing is lost with it."""
        return self.reason == ballot.TORN_REASON


@dataclass(frozen=True)
class VoteLog:
    """What a log holds."""

    votes: tuple[Vote, ...]
    set_aside: tuple[SetAside, ...]
    """Lines that count for nothing until a person has looked at them."""
    duplicates: int = 0
    """Further copies of votes that are in `votes` once."""

    @property
    def trouble(self) -> str:
        """What a person has to put right, in one sentence; empty where that is nothing."""
        bad = [line for line in self.set_aside if not line.is_torn]
        if not bad:
            return ""
        return Sentence(
            "{count} lines of the log of votes are no votes and count for nothing (the first is {file}, line {line}: "
            "{reason}); put the file back as the app wrote it, or correct these lines in a text editor, not in a spreadsheet.",
            count=len(bad),
            file=bad[0].file,
            line=bad[0].line,
            reason=bad[0].reason,
        )

    def checked(self) -> "VoteLog":
        """The log itself.

        Raises:
            BadLog: if it has lines and not one of them is a vote.
        """
        if self.trouble and not self.votes:
            raise BadLog(self.trouble)
        return self


@dataclass(frozen=True)
class VoteLine:
    """A line that is a vote, and where it stands."""

    vote: Vote
    line: int
    file: str


def parse(data: bytes, file: str) -> Iterator[VoteLine | SetAside]:
    """Every line of a file but its headers.

    Args:
        data: the whole file.
        file: its name, for what is set aside.
    """
    *whole, tail = data.split(b"\n")
    layout: Layout | None = None
    for number, ended in enumerate(whole, start=1):
        line = ended.removesuffix(b"\r").removeprefix(BOM)
        head = ballot.layout(line)
        if head is not None:
            # exports that were joined bring a header each
            layout = head
            continue
        try:
            yield VoteLine(_parsed(ended, line, layout), number, file)
        except UnicodeDecodeError:
            yield SetAside(number, "expected UTF-8, got other bytes; save the file as UTF-8", file)
        except (ValueError, BadVote, csv.Error) as error:
            yield SetAside(number, str(error), file)
    if tail:
        yield SetAside(len(whole) + 1, ballot.TORN_REASON, file)


def _parsed(ended: bytes, line: bytes, layout: Layout | None) -> Vote:
    vote = ballot.parsed(line, layout)
    if ended + b"\n" not in (ballot.row(vote), ballot.row(vote, ballot.OLD)):
        # not as the app writes it: another program has had it in its hands
        ballot.check_zeros(vote)
    return vote


def collected(lines: Iterable[VoteLine | SetAside], hidden: Collection[str] = ()) -> VoteLog:
    """The votes among lines, each once, in the order of its first copy.

    Args:
        lines: of one file or of several.
        hidden: digests of raters whose votes are passed over.

    Returns:
        Rows with one id and different contents are all set aside: one of them was changed, and nothing tells which.
    """
    aside: list[SetAside] = []
    by_id: defaultdict[str, list[VoteLine]] = defaultdict(list)
    for line in lines:
        if isinstance(line, SetAside):
            aside.append(line)
        elif ballot.digest(line.vote.rater) not in hidden:
            by_id[line.vote.vote].append(line)
    votes: list[Vote] = []
    duplicates = 0
    for rows in by_id.values():
        if any(row.vote != rows[0].vote for row in rows):
            aside += [SetAside(row.line, f"vote {row.vote.vote}: {CLASH}", row.file) for row in rows]
        else:
            votes.append(rows[0].vote)
            duplicates += len(rows) - 1
    aside.sort(key=lambda line: (line.file, line.line))
    return VoteLog(tuple(votes), tuple(aside), duplicates)


def locked(path: Path) -> FileLock:
    """The lock that everybody holds who writes to this file."""
    # a row takes milliseconds: whoever waits looks that often too, or a busy writer would always be first
    return FileLock(f"{path}.lock", timeout=LOCK_SECONDS, poll_interval=0.005, is_singleton=False)


def replaced(path: Path, data: bytes) -> None:
    """Give a file other contents: whole, on the disk, or not at all."""
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the folder's list of files is on the disk."""
    # a new file is only safe once its folder's entry is on the disk too
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
