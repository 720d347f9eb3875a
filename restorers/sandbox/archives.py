"""Members of a zip within a limit, whatever the zip says of their sizes."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import Final

from restorers.problems import BadArchive

_KINDS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Only these are unpacked piece by piece; `zipfile` unpacks the others in one go, to any size."""
# what `zipfile` and its decompressors raise on a file that is damaged or not what it says
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    RuntimeError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)


def unpacked(data: bytes, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
    """Some of a zip's members.

    In this very process, so only for zips that can be trusted; `restorers.sandbox.untrusted` is for all others.

    Args:
        data: of the zip.
        names: which members.
        most_bytes: of a member; no more is unpacked.

    Returns:
        Those that are there and not larger.

    Raises:
        BadArchive: if the zip is none or is damaged.
    """
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = {info.filename: info for info in archive.infolist()}
            for info in (inside[name] for name in names if name in inside):
                if info.file_size > most_bytes or info.compress_type not in _KINDS:
                    continue
                with archive.open(info) as file:
                    member = file.read(most_bytes + 1)
                if len(member) <= most_bytes:
                    found[info.filename] = member
    except _BROKEN as error:
        raise BadArchive("Expected a whole zip, got a file that is none or is damaged: download it again.") from error
    return found
