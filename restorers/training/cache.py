"""Files that several runs share: whoever comes first writes one, the others wait for it."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def written_once(path: Path, write: Callable[[Path], object]) -> Path:
    """A file of the cache, made if it is not there yet.

    Args:
        path: of the file; its folder is made too.
        write: makes the file at the path that it is given, which ends in the same suffix; only a finished one gets its name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # two trainers that are started together would write over each other's half a file
    with FileLock(f"{path}.lock"):
        if not path.is_file():
            part = path.with_name(f"{path.stem}.part{path.suffix}")
            write(part)
            part.replace(path)
    return path
