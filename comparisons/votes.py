"""The log of votes: one CSV row per vote, only ever added to.

A row is on the disk (one write, flushed, fsynced) before `append` returns, so whoever shows what the vote was about
after that can lose neither the vote nor its order. Rows are read back strictly: what is not a whole row is set aside
and reported, never guessed at.
"""

import csv
import io
import json
import math
import os
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, get_args

from filelock import FileLock

from restorers.contract import Problem

SCHEMA: Final = 1
"""Version of the columns; a row of another version is set aside, not guessed at."""

FILE: Final = "votes.csv"
"""Name of the log inside the votes directory."""

LOCK_SECONDS: Final = 20.0
"""Longest wait for other writers; one row takes milliseconds, so a longer wait means a hung disk."""

Kind = Literal["blind", "open"]
"""`blind`: cast before names were shown; `open`: cast on results already seen by name. Never counted together."""

Answer = Literal["left", "right", "tie", "both_bad"]

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_TORN: Final = b"#torn"


class BadVote(Problem):
    """A vote that cannot be written as one honest row."""


@dataclass(frozen=True)
class Vote:
    """One judgement; the fields are the columns of the log, in their order."""

    schema: int
    vote: str
    """Random id of this row."""
    time: str
    """UTC, ISO 8601."""
    kind: Kind
    question: str
    """Key of the question that was answered."""
    rater: str
    """Random id that a browser keeps; no name, no address."""
    trial: str
    """Opaque id of the trial."""
    picture: str
    """An example's name, or a digest where the picture was the visitor's own."""
    corruption: str
    """JSON, enough to damage the same picture in the same way."""
    ratio: float
    """Share of pixels hidden, 0 to 1."""
    left: str
    """Catalogue key; in an `open` vote the method that was chosen as the best."""
    right: str
    """Catalogue key; in an `open` vote every other method on the page, joined by `+`."""
    answer: Answer
    seconds: float
    """From the moment the results were handed out to the answer."""
    version: str
    """Version of the app."""

    def __post_init__(self) -> None:
        """Refuse what would not read back as the same vote.

        Raises:
            BadVote: naming the column, what was expected and what came.
        """
        if self.schema != SCHEMA:
            raise BadVote(f"expected schema {SCHEMA}, got {self.schema}; update the app that reads this log")
        _one_of("kind", self.kind, get_args(Kind))
        _one_of("answer", self.answer, get_args(Answer))
        for name in ("vote", "question", "rater", "trial", "picture", "left", "right", "version"):
            text = getattr(self, name)
            if not text or not text.isprintable():
                raise BadVote(f"expected a line of printable text in column {name!r}, got {text!r}")
        if not 0 <= self.ratio <= 1:
            raise BadVote(f"expected a share of hidden pixels from 0 to 1, got {self.ratio}")
        if not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise BadVote(f"expected a time of 0 seconds or more, got {self.seconds}")
        _timestamp(self.time)
        _json_object(self.corruption)


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


COLUMNS: Final = tuple(column.name for column in fields(Vote))


def append(path: Path, vote: Vote) -> None:
    """Put one vote at the end of the log; when this returns the row is on the disk.

    Safe for several threads and several processes at once: every call takes the same file lock through a handle of its
    own.

    Args:
        path: the CSV file; it and its folder are made where they are missing.
        vote: the row.

    Raises:
        OSError: if the disk did not take the whole row; the vote then does not count.
        filelock.Timeout: if other writers held the log for 20 seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock", timeout=LOCK_SECONDS, is_singleton=False):
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            data = _opening(descriptor) + _line([_cell(getattr(vote, name)) for name in COLUMNS])
            written = os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if written != len(data):
            raise OSError(f"only {written} of {len(data)} bytes of a vote were written to {path.name}")
        _sync_folder(path.parent)


def read(path: Path) -> VoteLog:
    """Read a log back.

    Args:
        path: the CSV file; a missing one holds no votes.

    Returns:
        Every whole vote in order, and the lines set aside with the reason.
    """
    if not path.exists():
        return VoteLog((), ())
    *whole, tail = path.read_bytes().split(b"\n")
    votes: list[Vote] = []
    aside: list[SetAside] = []
    for number, line in enumerate(whole, start=1):
        if number == 1 and line.decode(errors="replace") == ",".join(COLUMNS):
            continue
        try:
            votes.append(_parsed(line))
        except (ValueError, BadVote, csv.Error) as error:
            aside.append(SetAside(number, str(error)))
    if tail:
        aside.append(SetAside(len(whole) + 1, "the line was cut off while it was being written"))
    return VoteLog(tuple(votes), tuple(aside))


def now() -> str:
    """This moment as a vote's time: UTC, ISO 8601 to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _opening(descriptor: int) -> bytes:
    """What has to stand before the next row: the header in an empty file, an end for a line that a crash cut off."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return _line(COLUMNS)
    if os.pread(descriptor, 1, size - 1) == b"\n":
        return b""
    return _TORN + b"\n"


def _line(cells: list[str] | tuple[str, ...]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().encode()


def _cell(value: str | float) -> str:
    # a spreadsheet would run a cell that starts like a formula; the quote in front is taken off again by `_parsed`
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _parsed(line: bytes) -> Vote:
    if line.endswith(_TORN):
        raise ValueError("the line was cut off while it was being written")
    rows = list(csv.reader([line.decode()], strict=True))
    if len(rows) != 1 or len(rows[0]) != len(COLUMNS):
        raise ValueError(f"expected {len(COLUMNS)} columns, got {len(rows[0]) if rows else 0}")
    cells = {name: cell.removeprefix("'") for name, cell in zip(COLUMNS, rows[0], strict=True)}
    return Vote(
        schema=int(cells["schema"]),
        vote=cells["vote"],
        time=cells["time"],
        kind=cells["kind"],  # type: ignore[arg-type]  # Vote checks it
        question=cells["question"],
        rater=cells["rater"],
        trial=cells["trial"],
        picture=cells["picture"],
        corruption=cells["corruption"],
        ratio=float(cells["ratio"]),
        left=cells["left"],
        right=cells["right"],
        answer=cells["answer"],  # type: ignore[arg-type]  # Vote checks it
        seconds=float(cells["seconds"]),
        version=cells["version"],
    )


def _one_of(column: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadVote(f"expected one of {', '.join(allowed)} in column {column!r}, got {value!r}")


def _timestamp(text: str) -> None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadVote(f"expected an ISO 8601 time, got {text!r}") from None
    if moment.utcoffset() is None:
        raise BadVote(f"expected a time with its zone, got {text!r}")


def _json_object(text: str) -> None:
    try:
        value = json.loads(text)
    except ValueError:
        raise BadVote("expected a JSON object in column 'corruption'") from None
    if not isinstance(value, dict) or "\n" in text or "\r" in text:
        raise BadVote("expected a JSON object on one line in column 'corruption'")


def _sync_folder(folder: Path) -> None:
    # a new file is only safe once its folder's entry is on the disk too
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def as_row(vote: Vote) -> dict[str, str | int | float]:
    """The vote as column -> value, for tables and charts."""
    return asdict(vote)
