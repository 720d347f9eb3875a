"""Files that visitors fetch: each in a folder of its own, purged an hour later."""

import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

SHELF: Final = Path(tempfile.gettempdir()) / "unmasked-downloads"
KEEP_SECONDS: Final = 3600.0


def shelved(data: bytes, name: str) -> str:
    """Put a download where Gradio can fetch it, and throw away those of an hour ago.

    Args:
        data: the file.
        name: what it is called in the visitor's own folder.

    Returns:
        Its path.
    """
    SHELF.mkdir(mode=0o700, exist_ok=True)
    now = time.time()
    for folder in SHELF.iterdir():
        if now - folder.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
    path = SHELF / secrets.token_urlsafe(12) / name
    path.parent.mkdir(mode=0o700)
    path.write_bytes(data)
    return str(path)
