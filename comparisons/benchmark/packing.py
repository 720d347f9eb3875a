"""A finished table of scores takes a third of the room as `scores.csv.gz`; it is read as it is, and unpacked to be written on."""

import gzip
import shutil
import zlib
from pathlib import Path
from typing import Final, TextIO

from comparisons.records.journal import BadTable

SUFFIX: Final = ".gz"
DAMAGED: Final = (OSError, EOFError, zlib.error)
"""What reading a packed table raises where it is cut short or damaged."""


def packed_form(path: Path) -> Path:
    """Where a table lies when it is packed."""
    return path.with_name(path.name + SUFFIX)


def there(path: Path) -> Path:
    """The file that holds a table: `path` itself, or its packed form where only that is there.

    Raises:
        BadTable: if both are there, for nobody knows which of them counts.
    """
    packed = packed_form(path)
    if not packed.exists():
        return path
    if path.exists():
        raise BadTable(f"Expected one table, but {path} and {packed.name} are both there; delete the older one.")
    return packed


def opened(path: Path) -> TextIO:
    """A table, packed or not, as text without a byte order mark and with its line ends as they are.

    Raises:
        OSError: if it cannot be opened; reading on may raise what `DAMAGED` has.
    """
    if path.suffix == SUFFIX:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")  # Excel puts a byte order mark before UTF-8


def pack(path: Path) -> Path:
    """Write the packed form beside a table, which stays; the same rows give the same bytes.

    Raises:
        BadTable: if it cannot be written.
    """
    packed = packed_form(path)
    part = packed.with_suffix(".part")
    try:
        with (
            path.open("rb") as plain,
            part.open("wb") as file,
            gzip.GzipFile("", "wb", 9, file, mtime=0) as squeezed,
        ):
            shutil.copyfileobj(plain, squeezed)
        part.replace(packed)
    except OSError as error:
        raise BadTable(f"{packed} could not be written ({error.strerror}); make room and start again.") from error
    return packed


def unpack(path: Path) -> None:
    """See to it that a table that is to be written on lies there as plain lines.

    Raises:
        BadTable: if it lies there in both forms, or its packed form cannot be read.
    """
    packed = there(path)
    if packed == path:
        return
    part = path.with_suffix(".part")
    try:
        with gzip.open(packed) as squeezed, part.open("wb") as file:
            shutil.copyfileobj(squeezed, file)
        part.replace(path)
    except DAMAGED as error:
        part.unlink(missing_ok=True)
        raise BadTable(f"{packed} cannot be unpacked ({error}); take the table as the benchmark wrote it.") from error
    packed.unlink()
