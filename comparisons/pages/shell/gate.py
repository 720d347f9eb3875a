"""The gate for every file that a call names: only what Gradio itself has stored in this app's upload folder is ever opened.

Anybody may post any path to any event of the page. Gradio looks at it only where it is marked as a file, and fetches what is
written as an address. Here everything is looked at, however deep it lies, and what does not belong to the folder gets one
and the same sentence, whether it exists or not.

Gradio keeps a file under `<folder>/<SHA-256 under a secret of the installation>/<name>`: who can name one has been given its
address. That holds for uploads and for the pictures that the page itself has shown, such as the face below a drawn mask.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gradio.utils import get_upload_folder

from restorers.contract import Problem
from restorers.decoding import MAX_BYTES

NO_UPLOAD: Final = "Expected a file that was added to this page and is still kept, and this is none: add it once more."
_MARKS: Final = frozenset({"path", "url", "meta", "orig_name", "mime_type", "is_stream"})
"""Each of these keys makes an object a file."""
_FOLDER: Final = re.compile(r"[0-9a-f]{64}")
_DEEPEST: Final = 8
"""Lists and objects within each other: a gallery has four."""
_AS_IT_STANDS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""No link is followed, and nobody waits for the other end of a pipe."""


def checked(value: object, depth: int = 0) -> object:
    """A call's value of which every file has been looked at.

    Args:
        value: as it came, of JSON.
        depth: lists and objects around it.

    Returns:
        The same value; of a file there is nothing left but its path and its name.

    Raises:
        Problem: if a file is no upload, or the value is nested too deep.
    """
    if depth > _DEEPEST:
        raise Problem(NO_UPLOAD)
    if isinstance(value, list | tuple):
        return [checked(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARKS & value.keys():
        return _file(value)
    return {key: checked(item, depth + 1) for key, item in value.items()}


def without_files(value: object, depth: int = 0) -> object:
    """What an event tells of itself, None in place of every file: no handler needs the picture that was clicked.

    Args:
        value: as it came, of JSON.
        depth: lists and objects around it.

    Raises:
        Problem: if it is nested too deep.
    """
    if depth > _DEEPEST:
        raise Problem(NO_UPLOAD)
    if isinstance(value, list | tuple):
        return [without_files(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARKS & value.keys():
        return None
    return {key: without_files(item, depth + 1) for key, item in value.items()}


def read(path: str, most: int = MAX_BYTES) -> bytes:
    """The bytes of an upload.

    Args:
        path: as a handler was given it.
        most: bytes.

    Raises:
        Problem: if it is no upload, or larger.
    """
    with _opened(path, most) as (_, descriptor), open(descriptor, "rb", closefd=False) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Problem(NO_UPLOAD)
    return data


def _file(told: dict[str, object]) -> dict[str, object]:
    with _opened(told.get("path"), MAX_BYTES) as (path, _):
        # nothing else is believed: Gradio would fetch `url`, and take the kind of file from `orig_name`
        return {"path": path, "orig_name": Path(path).name, "meta": {"_type": "gradio.FileData"}}


@contextlib.contextmanager
def _opened(path: object, most: int) -> Iterator[tuple[str, int]]:
    """An upload's whole path, and a descriptor of it."""
    try:
        folder, inside, name = _parts(path)
        with (
            _descriptor(folder, os.O_RDONLY | os.O_DIRECTORY) as root,
            _descriptor(inside, _AS_IT_STANDS | os.O_DIRECTORY, root) as own,
            _descriptor(name, _AS_IT_STANDS, own) as file,
        ):
            _check(os.fstat(file), most)
            yield str(Path(folder, inside, name)), file
    except (OSError, ValueError) as error:
        # ValueError: a name that no file can have
        raise Problem(NO_UPLOAD) from error


def _parts(path: object) -> tuple[str, str, str]:
    """The upload folder, and where in it a file would lie.

    Raises:
        Problem: if it would lie anywhere else.
    """
    # by its text alone: a link is not followed to see where it leads
    folder = os.path.abspath(get_upload_folder())  # noqa: PTH100
    whole = Path(os.path.abspath(path)) if isinstance(path, str) and path else Path()  # noqa: PTH100
    parts = whole.relative_to(folder).parts if whole.is_relative_to(folder) else ()
    if len(parts) != 2 or not _FOLDER.fullmatch(parts[0]):
        raise Problem(NO_UPLOAD)
    return folder, parts[0], parts[1]


@contextlib.contextmanager
def _descriptor(name: str, flags: int, folder: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _check(about: os.stat_result, most: int) -> None:
    """A regular file of one name, not too large.

    Raises:
        Problem: if it is anything else.
    """
    if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1 or about.st_size > most:
        raise Problem(NO_UPLOAD)
