"""Files of whole lines that survive a kill: what a kill cut short at their end is dropped when they are opened again."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from restorers.contract import Problem

KEPT: Final = "finished rows are kept"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_QUOTE: Final = "'"


class BadTable(Problem):
    """The folder for the scores cannot be used."""


class Lines:
    """A file that only grows, line by line, each in one write.

    Args:
        path: where the file is or will be; its folder must be there.
        header: the first line, with its newline; empty where there is none.

    Raises:
        BadTable: if it cannot be opened or written.
    """

    def __init__(self, path: Path, header: bytes = b"") -> None:
        self.path = path
        try:
            self._file = path.open("ab+", buffering=0)
            self._drop_torn_line()
        except OSError as error:
            remedy = "choose another --out"
            raise BadTable(f"Scores cannot be written to {path} ({error.strerror}); {remedy}.") from error
        if self._file.tell() == 0 and header:
            self.write(header)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def write(self, line: bytes) -> int:
        """Put one line, with its newline, at the end.

        Returns:
            Where in the file it starts.

        Raises:
            BadTable: if the disk refuses; lines already written stay.
        """
        start = self._file.tell()
        try:
            if self._file.write(line) != len(line):
                raise BadTable(f"The disk of {self.path} is full; make room and start again, {KEPT}.")
        except OSError as error:
            remedy = f"correct that and start again, {KEPT}"
            raise BadTable(f"{self.path} could not be written ({error.strerror}); {remedy}.") from error
        return start

    def line_at(self, start: int) -> bytes:
        """The line that starts there."""
        with self.path.open("rb") as file:
            file.seek(start)
            return file.readline()

    def _drop_torn_line(self) -> None:
        """Cut off what a kill left behind the last whole line, and stand at the end."""
        position = self._file.seek(0, os.SEEK_END)
        while position > 0:
            start = max(0, position - 65536)
            self._file.seek(start)
            newline = self._file.read(position - start).rfind(b"\n")
            if newline >= 0:
                position = start + newline + 1
                break
            position = start
        self._file.truncate(position)
        self._file.seek(position)


class Journal:
    """JSON lines that can be looked up by some of their fields; used as a context.

    Only the places of the lines are held in memory, not the lines. Of two lines with the same key the first one counts.

    Args:
        path: where the file is or will be.
        fields: which fields name a line.
    """

    def __init__(self, path: Path, fields: Sequence[str]) -> None:
        self.path, self._fields = path, tuple(fields)
        self._places: dict[int, int] = {}

    def __enter__(self) -> Self:
        self._lines = Lines(self.path)
        self._read(self.path, lambda key, place: self._places.setdefault(key, place))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()

    def find(self, *key: str) -> dict[str, Any] | None:
        """The line of this key, if there is one."""
        place = self._places.get(short(key))
        if place is None:
            return None
        found: dict[str, Any] = json.loads(self._lines.line_at(place))
        return found

    def append(self, record: Mapping[str, Any]) -> None:
        """Put a line at the end, unless there is one with its key.

        Raises:
            BadTable: if the disk refuses.
        """
        key = short([str(record[field]) for field in self._fields])
        if key not in self._places:
            self._places[key] = self._lines.write((json.dumps(record) + "\n").encode())

    def keep(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Throw away the lines that are not wanted, all at once or none.

        Raises:
            BadTable: if the disk refuses; the file stays as it was.
        """
        part = self.path.with_suffix(".part")
        self._lines.close()
        try:
            with part.open("wb") as file:
                file.writelines((json.dumps(line) + "\n").encode() for line in records(self.path) if wanted(line))
            part.replace(self.path)
        except OSError as error:
            raise BadTable(f"{part} could not be written ({error.strerror}); make room and start again.") from error
        self._places.clear()
        self.__enter__()

    def _read(self, path: Path, found: Callable[[int, int], object]) -> None:
        place = 0
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    record = json.loads(line)
                    key = short([str(record[field]) for field in self._fields])
                except (ValueError, KeyError, TypeError) as error:
                    raise BadTable(
                        f"Line {number} of {path} is none that this benchmark writes; choose another --out."
                    ) from error
                found(key, place)
                place += len(line)


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of JSON lines, but for one that a kill cut short at its end.

    Raises:
        BadTable: if a line is none.
    """
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, start=1):
            try:
                yield json.loads(text)
            except ValueError as error:
                if not text.endswith("\n"):
                    return
                raise BadTable(f"Line {number} of {path} is none that this benchmark writes.") from error


def guarded(text: str) -> str:
    """A cell of text with a quote in front where a spreadsheet would run it as a formula; `unguarded` takes it off again."""
    return _QUOTE + text if text.startswith(_FORMULA_STARTS) and text != "-" else text


def unguarded(cell: str) -> str:
    """The text of a cell that `guarded` gave."""
    return cell.removeprefix(_QUOTE)


def short(key: Sequence[str]) -> int:
    """A key as a 64-bit number: a set of them takes a tenth of the memory."""
    return int.from_bytes(hashlib.blake2b("\x1f".join(key).encode(), digest_size=8).digest(), "big")
