"""The bytes of a picture's file, no more of them than allowed, and no file written over one that was given."""

import stat
from collections.abc import Iterable
from pathlib import Path

from restorers.problems import Problem, UnreadableImage
from restorers.sentences import Sentence


def read_bytes(source: str | Path | bytes, most_bytes: int | None) -> bytes:
    """A file's bytes, not yet decoded.

    Args:
        source: path, or the bytes themselves.
        most_bytes: of the file; no more is read, whatever it says of itself. None for files that were written here.

    Raises:
        UnreadableImage: if it cannot be opened, is no regular file, is empty or larger.
    """
    data = source if isinstance(source, bytes) else _read(Path(source), most_bytes)
    if not data:
        raise UnreadableImage("Expected a picture, got an empty file: choose another one.")
    _check_bytes(len(data), most_bytes)
    return data


def check_not_given(written: Iterable[Path], given: Iterable[Path | None]) -> None:
    """Refuse to write over what a person gave a command.

    Raises:
        Problem: if a file would be written in the place of one of those that were given.
    """
    taken = {path.resolve() for path in given if path is not None}
    for path in written:
        if path.resolve() in taken:
            raise Problem("Expected not to write over {name}, which was given: choose another --out.", name=path)


def _read(path: Path, most_bytes: int | None) -> bytes:
    try:
        if path.is_dir():
            raise UnreadableImage("Expected a picture file, got a folder: choose one of the files in it.")
        facts = path.stat()
        _check_bytes(facts.st_size, most_bytes)
        if stat.S_ISREG(facts.st_mode):  # a device or a pipe may never end
            with path.open("rb") as file:
                return file.read(-1 if most_bytes is None else most_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character in it
        raise UnreadableImage(_not_opened(path)) from error
    raise UnreadableImage(_not_opened(path))


def _not_opened(path: Path) -> Sentence:
    return Sentence("Expected a picture file, but {file!r} cannot be opened: choose another one.", file=path.name)


def _check_bytes(size: int, most: int | None) -> None:
    if most is not None and size > most:
        raise UnreadableImage(
            "Expected a file of at most {most} MB, got {size:.1f} MB: save it smaller or as JPEG and try again.",
            most=most // 1024**2,
            size=size / 1024**2,
        )
