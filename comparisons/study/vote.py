"""One vote as one row of CSV: what is written, and how it is read back strictly."""

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Final, get_args

from comparisons.study.plan import Answer, Kind, Part
from restorers.contract import Problem

SCHEMA: Final = 2
"""Version of the columns; a row of another version is set aside, not guessed at."""

COMMENT: Final = 200
"""Longest comment, in characters."""

TORN: Final = b"#torn"
"""Ends a line that a crash cut off."""
TORN_REASON: Final = "the line was cut off while it was being written"

_BLANKS: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Blanks that are no control characters and end no line (Unicode category Zs)."""
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ROUNDED: Final = re.compile(r"[0-9]([.,][0-9]*)?E[+-][0-9]+")
_SHORTENED: Final = re.compile(r"[1-9][0-9]{0,2}")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_NEVER_EMPTY: Final = ("vote", "study", "question", "rater", "trial", "picture", "left", "right", "version")


class BadVote(Problem):
    """A vote that cannot be written as one honest row."""


@dataclass(frozen=True)
class Vote:
    """One judgement; the fields are the columns of the log, in their order."""

    schema: int
    """Version of these columns."""
    vote: str
    """Random id of this row."""
    time: str
    """UTC, ISO 8601."""
    study: str
    """Name of the study, which holds a digest of its plan; `-` for an open vote."""
    question: str
    """Key of the question that was answered."""
    rater: str
    """Random id that a browser keeps, or what stands for a link or a login; no name, no address."""
    kind: Kind
    """`blind`, `repeat` (the same once more with the sides swapped), `check` (of attention), `practice`, or `open`."""
    trial: str
    """Opaque id of the trial."""
    picture: str
    """Id in the pool, an example's name, or a random word where the picture was the visitor's own."""
    corruption: str
    """JSON, enough to corrupt the same picture in the same way."""
    ratio: float
    """Share of pixels hidden, 0 to 1."""
    left: str
    """Catalogue key, `truth` or `spoilt`; of four and in an `open` vote the method that was chosen as the best."""
    right: str
    """The same; of four and in an `open` vote every other method that was shown, joined by `+`."""
    answer: Answer
    """`left`, `right`, `tie`, `both_bad` or `skip`; of four, `left`."""
    seconds: float
    """From the moment the results were handed out to the answer."""
    weights: str
    """`method:start of the SHA-256 of its weights`, joined by `+`, from a method's second revision on with `.r2` behind it;
    methods that learn nothing are left out in their first revision."""
    version: str
    """Version of the app."""
    flags: str
    """Joined by `+`: `fast`; `chance=` of a pair that was drawn; of four `shown=`, all in their places, and `worst=`; mostly empty."""
    comment: str
    """What the rater added, at most 200 characters; mostly empty."""
    part: str = ""
    """Which part of the side that was not chosen is worse, in studies that ask it on a share of the pairs; mostly empty."""

    def __post_init__(self) -> None:
        """Refuse what would not read back as the same vote.

        Raises:
            BadVote: naming the column, what was expected and what came.
        """
        if self.schema != SCHEMA:
            raise BadVote(f"expected schema {SCHEMA}, got {self.schema}; update the app that reads this log")
        _one_of("kind", self.kind, get_args(Kind))
        _one_of("answer", self.answer, get_args(Answer))
        _one_of("part", self.part, ("", *get_args(Part)))
        for name in (*_NEVER_EMPTY, "weights", "flags", "comment"):
            text = getattr(self, name)
            # a remark may hold the blanks of every script
            plain = _BLANKS.sub(" ", text) if name == "comment" else text
            if not plain.isprintable() or (name in _NEVER_EMPTY and not text):
                raise BadVote(
                    "expected a line of printable text in column {name!r}, got {text!r}", name=name, text=text
                )
        if len(self.comment) > COMMENT:
            raise BadVote(
                "expected a comment of at most {most} characters, got {length}; shorten it",
                most=COMMENT,
                length=len(self.comment),
            )
        if not 0 <= self.ratio <= 1:
            raise BadVote(f"expected a share of hidden pixels from 0 to 1, got {self.ratio}")
        if not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise BadVote(f"expected a time of 0 seconds or more, got {self.seconds}")
        _timestamp(self.time)
        _json_object(self.corruption)


COLUMNS: Final = tuple(column.name for column in fields(Vote))
OLD: Final = COLUMNS[: COLUMNS.index("part")]
"""Those of logs that were begun before raters were asked which part is worse."""
_HEAD: Final = ",".join(COLUMNS).encode()
_MARKS: Final = (",", ";", "\t")


def now() -> str:
    """This moment as a vote's time: UTC, ISO 8601 to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def digest(rater: str) -> str:
    """What a tombstone holds in place of a rater's id."""
    return hashlib.sha256(rater.encode()).hexdigest()


@dataclass(frozen=True)
class Layout:
    """How a file writes its rows, as its header says."""

    names: tuple[str, ...] = COLUMNS
    mark: str = ","
    """Between two cells."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Columns of a vote that the file does not have."""
        return tuple(name for name in OLD if name not in self.names)


def header(names: Sequence[str] = COLUMNS) -> bytes:
    """The first line of a log."""
    return _line(names)


def layout(line: bytes) -> Layout | None:
    """What a header says; None where the line is none.

    A header has most of the columns, in any order, with commas, semicolons or tabs between them, and no figures.
    """
    if line == _HEAD:
        return Layout()
    # every row, whole or cut off, has a figure in it, whatever names a remark may hold
    if re.search(rb"[0-9]", line) or not all(name in line for name in (b"schema", b"vote", b"rater", b"answer")):
        return None
    for mark in _MARKS:
        try:
            names = [name.strip() for name in _cells(line, mark)]
        except (ValueError, csv.Error):
            continue
        given = [name for name in names if name]
        if 2 * len(set(given) & set(COLUMNS)) > len(COLUMNS) and len(set(given)) == len(given):
            return Layout(tuple(names), mark)
    return None


def row(vote: Vote, names: Sequence[str] = COLUMNS) -> bytes:
    """The vote as one line of CSV; cells that a spreadsheet would take for formulas have a quote in front."""
    cells = [_cell(getattr(vote, name)) for name in names]
    line = _line(cells)
    if not _is_torn(line[:-1]):
        return line
    # quoted, a remark that ends like a line that was cut off does not end the line so
    start = len(line) - 1 - len(cells[-1].encode())
    return b'%b"%b"\n' % (line[:start], line[start:-1])


def parsed(line: bytes, layout: Layout | None = None) -> Vote:
    """A line of a log, without its end, as the vote that it holds.

    Args:
        line: the bytes.
        layout: of the file; None = as `row` writes, or wrote.

    Raises:
        BadVote: if a column holds what no vote does.
        ValueError: if it is no whole row.
        csv.Error: if it is no CSV.
    """
    written = layout or Layout()
    if _is_torn(line):
        raise ValueError(TORN_REASON)
    cells = _cells(line, written.mark)
    if layout is None and len(cells) == len(OLD):
        written = Layout(OLD)
    if len(cells) != len(written.names):
        raise ValueError(f"expected {len(written.names)} columns, got {len(cells)}{_guess(line, written)}")
    if written.missing:
        raise ValueError(f"expected a header with the columns {', '.join(written.missing)}, got none of that name")
    text = {name: _bare(cell) for name, cell in zip(written.names, cells, strict=True) if name in COLUMNS}
    numbers = {name: _number(name, text[name], written.mark) for name in ("schema", "ratio", "seconds")}
    if numbers["schema"] != SCHEMA:
        raise BadVote(f"expected schema {SCHEMA}, got {text['schema']}; update the app that reads this log")
    for name in ("vote", "rater"):
        if _ROUNDED.fullmatch(text[name]):
            raise BadVote(f"expected an id in column {name!r}, got {text[name]!r}, a number that a spreadsheet rounded")
    return Vote(**{**text, **numbers, "schema": SCHEMA})  # type: ignore[arg-type]  # Vote checks what it is given


def check_zeros(vote: Vote) -> None:
    """Refuse a row of another program's in which the name of a face has become a number.

    Raises:
        BadVote: if the zeros that such a name starts with are gone.
    """
    if vote.study != "-" and _SHORTENED.fullmatch(vote.picture):
        raise BadVote(
            f"expected a face of the pool in column 'picture', got {vote.picture!r}; "
            "a spreadsheet has taken the zeros at its start away"
        )


def _is_torn(line: bytes) -> bool:
    return line.endswith(TORN)


def _cells(line: bytes, mark: str) -> list[str]:
    rows = list(csv.reader([line.decode()], delimiter=mark, strict=True))
    if len(rows) > 1:
        raise ValueError(f"expected one row on a line, got {len(rows)}")
    return rows[0] if rows else []


def _guess(line: bytes, written: Layout) -> str:
    """Which mark seems to stand between the cells, where it is not the one of the header."""
    for mark in _MARKS:
        if mark != written.mark and line.count(mark.encode()) >= len(written.names) - 1:
            return f"; they seem to be parted by {mark!r}, and the header is not"
    return ""


def _bare(cell: str) -> str:
    bare = cell.removeprefix("'")
    return bare if bare.startswith(_FORMULA_STARTS) else cell


def _number(column: str, cell: str, mark: str) -> float:
    # with other marks between cells a comma in a number can only be the one before its decimals
    text = cell if mark == "," else cell.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        raise BadVote(f"expected a number with a decimal point in column {column!r}, got {cell!r}")
    return float(text)


def _line(cells: Sequence[str]) -> bytes:
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
    # a lone half of a surrogate pair is no character and has no bytes
    if not isinstance(value, dict) or re.search("[\n\r\ud800-\udfff]", text):
        raise BadVote("expected a JSON object on one line in column 'corruption'")
