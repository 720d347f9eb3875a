"""Files that visitors fetch: each in a folder of its own, purged within an hour."""

import contextlib
import logging
import secrets
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from comparisons.pages.shell.uploads import stored, too_many

SHELF: Final = Path(tempfile.gettempdir()) / "unmasked-downloads"
KEEP_SECONDS: Final = 3300.0
MOST_BYTES: Final = 2 * 2**30
"""Room that all downloads take together; a comparison's are some 3 MB."""

logger = logging.getLogger(__name__)


def shelved(data: bytes, name: str) -> str:
    """Put a download where Gradio can fetch it, and throw away the old ones.

    Args:
        data: the file.
        name: what it is called in the visitor's own folder.

    Returns:
        Its path.
    """
    purge()
    path = SHELF / secrets.token_urlsafe(12) / name
    path.parent.mkdir(mode=0o700, parents=True)
    path.write_bytes(data)
    return str(path)


def purge() -> None:
    """Throw away the downloads older than `KEEP_SECONDS`, and the oldest where all together take more than `MOST_BYTES`."""
    SHELF.mkdir(mode=0o700, exist_ok=True)
    now = time.time()
    for folder in SHELF.iterdir():
        # another visitor's purge may have been quicker
        with contextlib.suppress(FileNotFoundError):
            if now - folder.stat().st_mtime > KEEP_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
    for file in too_many([file for path in SHELF.glob("*/*") if (file := stored(path))], MOST_BYTES):
        shutil.rmtree(file.path.parent, ignore_errors=True)


def keep_purging(every: float) -> threading.Thread:
    """Purge every so many seconds, whether anybody comes or not, for as long as the process lives."""

    def work() -> None:
        while True:
            time.sleep(every)
            try:
                purge()
            except OSError:
                logger.exception("downloads could not be purged")

    thread = threading.Thread(target=work, name="purge", daemon=True)
    thread.start()
    return thread
