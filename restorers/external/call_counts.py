"""How often other machines have been asked, by a program and the processes that it starts together."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from filelock import FileLock

VARIABLE: Final = "UNMASKED_SPACE_CALLS"
"""Names the folder of the counts; processes inherit it."""


def begin() -> Path:
    """The folder of the counts; made by the first process, which takes it away again when it ends."""
    if not os.environ.get(VARIABLE):
        folder = tempfile.mkdtemp(prefix="unmasked-calls-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ[VARIABLE] = folder
    return Path(os.environ[VARIABLE])


def take(key: str, most: int) -> bool:
    """Count one more call, if it may be made.

    Args:
        key: of the method.
        most: calls that its owner allows.
    """
    place = begin() / key
    # a worker on another machine of a cluster knows the name, and counts for itself
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock"):
        made = int(place.read_text()) if place.exists() else 0
        if made >= most:
            return False
        place.write_text(str(made + 1))
        return True
