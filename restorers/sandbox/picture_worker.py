"""The process that decodes strangers' pictures: `python -m restorers.decoding_worker`, started by `restorers.decoding_process`."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from restorers import archives, decoding
from restorers.pipes import Bytes, Header
from restorers.worker import Job, serve

Replies = Iterator[tuple[Header, bytes | Bytes]]


def picture(asked: Header, data: bytes) -> Replies:
    """See `decoding_process.read`."""
    pixels = decoding.rgb(decoding.decoded(data, None, asked["most_pixels"]))
    yield {"shape": pixels.shape}, np.ascontiguousarray(pixels)


def levels(asked: Header, data: bytes) -> Replies:
    """See `decoding_process.decoded`."""
    pixels = decoding.levels(decoding.decoded(data, None, asked["most_pixels"]))
    yield {"shape": pixels.shape}, np.ascontiguousarray(pixels)


def unpacked(asked: Header, data: bytes) -> Replies:
    """See `decoding_process.unpacked`."""
    for name, member in archives.unpacked(data, asked["names"], asked["most_bytes"]).items():
        yield {"name": name}, member


JOBS: Final[dict[str, Job]] = {"picture": picture, "levels": levels, "unpacked": unpacked}

if __name__ == "__main__":
    decoding.prepare()
    serve(JOBS)
