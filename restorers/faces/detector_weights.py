"""Where RetinaFace's weights come from: a folder of this machine, or one download; a file with another checksum is refused.

They are looked for in `UNMASKED_WEIGHTS`, in `assets/weights/facexlib` and in `~/.cache/unmasked`, else downloaded there once;
`UNMASKED_OFFLINE=1` forbids that.
"""

import hashlib
import http.client
import logging
import os
import threading
import urllib.request
from pathlib import Path
from typing import Final

from restorers.paths import WEIGHTS

WEIGHTS_FILE: Final = "detection_mobilenet0.25_Final.pth"
WEIGHTS_URL: Final = f"https://github.com/xinntao/facexlib/releases/download/v0.1.0/{WEIGHTS_FILE}"
WEIGHTS_SHA256: Final = "2979b33ffafda5d74b6948cd7a5b9a7a62f62b949cef24e95fd15d2883a65220"
WEIGHTS_BYTES: Final = 1_789_735

_CONNECT_SECONDS: Final = 4.0
_DOWNLOAD_SECONDS: Final = 10.0

_LOG: Final = logging.getLogger(__name__)


def find() -> Path | None:
    """The first folder that holds the weights unaltered, downloading them if there is none; None where they cannot be had."""
    places = [WEIGHTS / "facexlib", _cache_folder()]
    if named := os.environ.get("UNMASKED_WEIGHTS"):
        places.insert(0, Path(named))
    for place in places:
        path = place / WEIGHTS_FILE
        if not path.is_file():
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() == WEIGHTS_SHA256:
            return place
        _LOG.warning("refused %s: its sha256 is not that of facexlib's release", path)
    if os.environ.get("UNMASKED_OFFLINE") == "1":
        return None
    return _downloaded(_cache_folder())


def _cache_folder() -> Path:
    return Path.home() / ".cache" / "unmasked"


def _downloaded(folder: Path) -> Path | None:
    """Fetch the weights into `folder`; None, and a line in the log, where that fails or takes too long."""
    received: list[bytes] = []
    connected = threading.Event()
    # On a thread of its own: looking up a host name obeys no time-out, and a visitor must not wait for it.
    fetcher = threading.Thread(target=_fetch, args=(received, connected), daemon=True)
    fetcher.start()
    if connected.wait(_CONNECT_SECONDS):
        fetcher.join(_DOWNLOAD_SECONDS - _CONNECT_SECONDS)
    if not received:
        _LOG.warning("no RetinaFace weights: %s could not be fetched in time; MTCNN is used", WEIGHTS_URL)
        return None
    if hashlib.sha256(received[0]).hexdigest() != WEIGHTS_SHA256:
        _LOG.warning("refused %s: its sha256 is not that of facexlib's release; MTCNN is used", WEIGHTS_URL)
        return None
    partial = folder / f"{WEIGHTS_FILE}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(received[0])
        partial.replace(folder / WEIGHTS_FILE)  # whole or not at all, whoever else is writing
    except OSError as error:
        _LOG.warning("no RetinaFace weights: %s cannot be written (%s); MTCNN is used", folder, error)
        return None
    return folder


def _fetch(received: list[bytes], connected: threading.Event) -> None:
    try:
        with urllib.request.urlopen(WEIGHTS_URL, timeout=_CONNECT_SECONDS) as reply:
            connected.set()
            received.append(reply.read(WEIGHTS_BYTES + 1))
    except (OSError, http.client.HTTPException) as error:
        _LOG.warning("fetching %s failed: %s", WEIGHTS_URL, error)
    finally:
        connected.set()
