"""One vote as one row of CSV: what is written, and how it is read back strictly."""

import csv
import hashlib
import io
import json
import math
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Final, get_args

from comparisons.plan import Answer, Kind
from restorers.contract import Problem

SCHEMA: Final = 2
"""Version of the columns; a row of another version is set aside, not guessed at."""

COMMENT: Final = 200
"""Longest comment, in characters."""

TORN: Final = b"#torn"
"""Ends a line that a crash cut off."""
TORN_REASON: Final = "the line was cut off while it was being written"

_RELEASE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,9}")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_NEVER_EMPTY: Final = ("vote", "study", "question", "rater", "trial", "picture", "left", "right", "version")


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
    study: str
    """Name of the study, which holds a digest of its plan; `-` for an open vote."""
    question: str
    """Key of the question that was answered."""
    rater: str
    """Random id that a browser keeps; no name, no address."""
    kind: Kind
    trial: str
    """Opaque id of the trial."""
    picture: str
    """Id in the pool, an example's name, or a random word where the picture was the visitor's own."""
    corruption: str
    """JSON, enough to damage the same picture in the same way."""
    ratio: float
    """Share of pixels hidden, 0 to 1."""
    left: str
    """Catalogue key, `truth` or `spoilt`; in an `open` vote the method that was chosen as the best."""
    right: str
    """The same; in an `open` vote every other method on the page, joined by `+`."""
    answer: Answer
    seconds: float
    """From the moment the results were handed out to the answer."""
    weights: str
    """`method:start of the SHA-256 of its weights`, joined by `+`; empty where nothing is learned."""
    version: str
    """Version of the app."""
    flags: str
    """What was odd about the vote when it was given, joined by `+`; empty where nothing was."""
    comment: str
    """What the rater added, at most 200 characters; mostly empty."""

    def __post_init__(self) -> None:
        """Refuse what would not read back as the same vote.

        Raises:
            BadVote: naming the column, what was expected and what came.
        """
        if self.schema != SCHEMA:
            raise BadVote(f"expected schema {SCHEMA}, got {self.schema}; update the app that reads this log")
        _one_of("kind", self.kind, get_args(Kind))
        _one_of("answer", self.answer, get_args(Answer))
        for name in (*_NEVER_EMPTY, "weights", "flags", "comment"):
            text = getattr(self, name)
            if not text.isprintable() or (name in _NEVER_EMPTY and not text):
                raise BadVote(f"expected a line of printable text in column {name!r}, got {text!r}")
        if len(self.comment) > COMMENT:
            raise BadVote(f"expected a comment of at most {COMMENT} characters, got {len(self.comment)}; shorten it")
        if not 0 <= self.ratio <= 1:
            raise BadVote(f"expected a share of hidden pixels from 0 to 1, got {self.ratio}")
        if not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise BadVote(f"expected a time of 0 seconds or more, got {self.seconds}")
        _timestamp(self.time)
        _json_object(self.corruption)


COLUMNS: Final = tuple(column.name for column in fields(Vote))


def now() -> str:
    """This moment as a vote's time: UTC, ISO 8601 to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def digest(rater: str) -> str:
    """What a tombstone holds in place of a rater's id."""
    return hashlib.sha256(rater.encode()).hexdigest()


def release(version: str) -> tuple[int, ...] | None:
    """The numbers of a version, without zeros at its end, so that they compare as versions do; None for other words."""
    if not _RELEASE.fullmatch(version):
        return None
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def header() -> bytes:
    """The first line of a log."""
    return _line(COLUMNS)


def row(vote: Vote) -> bytes:
    """The vote as one line of CSV; cells that a spreadsheet would take for formulas have a quote in front."""
    return _line([_cell(getattr(vote, name)) for name in COLUMNS])


def parsed(line: bytes) -> Vote:
    """A line of a log, without its end, as the vote that it holds.

    Raises:
        BadVote: if a column holds what no vote does.
        ValueError: if it is no whole row.
        csv.Error: if it is no CSV.
    """
    if line.endswith(TORN):
        raise ValueError(TORN_REASON)
    rows = list(csv.reader([line.decode()], strict=True))
    if len(rows) != 1 or len(rows[0]) != len(COLUMNS):
        raise ValueError(f"expected {len(COLUMNS)} columns, got {len(rows[0]) if rows else 0}")
    text = {name: cell.removeprefix("'") for name, cell in zip(COLUMNS, rows[0], strict=True)}
    numbers = {"schema": int(text["schema"]), "ratio": float(text["ratio"]), "seconds": float(text["seconds"])}
    return Vote(**{**text, **numbers})  # type: ignore[arg-type]  # Vote checks what it is given


def _line(cells: list[str] | tuple[str, ...]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().encode()


def _cell(value: str | float) -> str:
    # a spreadsheet would run a cell that starts like a formula; the quote in front is taken off again by `parsed`
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


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
