"""Messages between `restorers.sandbox` and its workers: a JSON header and raw bytes, so that pixels are copied once.

Nothing is pickled: whoever took a worker over could not run code on the other side.
"""

import json
import struct
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Header = dict[str, Any]

MAX_HEADER_BYTES: Final = 1024**2
"""Bytes of the longest header."""

_SIZES: Final = struct.Struct("<IQ")


def send(pipe: BinaryIO, header: Header, payload: bytes | Bytes = b"") -> None:
    """Write one message.

    Args:
        pipe: unbuffered.
        header: what JSON can hold.
        payload: bytes, or a C-contiguous uint8 array of any shape.

    Raises:
        OSError: if nobody reads any more.
    """
    text = json.dumps(header).encode()
    size = len(payload) if isinstance(payload, bytes) else payload.nbytes
    _write(pipe, memoryview(_SIZES.pack(len(text), size) + text))
    if size:
        _write(pipe, memoryview(payload) if isinstance(payload, bytes) else payload.reshape(-1).data)


def receive(pipe: BinaryIO, most: int) -> tuple[Header, Bytes]:
    """Wait for one message.

    Args:
        pipe: unbuffered.
        most: bytes of the largest payload that is taken.

    Returns:
        Header and payload, uint8 (size,), writable.

    Raises:
        EOFError: if the other side has gone.
        ValueError, TypeError: if it is no such message, or a larger one.
    """
    length, size = _SIZES.unpack(_read(pipe, _SIZES.size).tobytes())
    if length > MAX_HEADER_BYTES or size > most:
        raise ValueError(f"expected a header of at most {MAX_HEADER_BYTES} and {most} bytes, got {length} and {size}")
    header: Header = dict(json.loads(_read(pipe, length).tobytes()))
    return header, _read(pipe, size)


def _write(pipe: BinaryIO, left: memoryview) -> None:
    while left:
        left = left[pipe.write(left) :]


def _read(pipe: BinaryIO, size: int) -> Bytes:
    data = np.empty(size, np.uint8)
    left = data.data
    while left:
        count = pipe.readinto(left)  # type: ignore[attr-defined]  # every unbuffered pipe has it
        if not count:
            raise EOFError
        left = left[count:]
    return data
