"""The process that decodes strangers' pictures: `python -m restorers.sandbox.picture_worker`, started by `restorers.sandbox.untrusted`."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from restorers import decoding
from restorers.sandbox import archives
from restorers.sandbox.pipes import Bytes, Header
from restorers.sandbox.worker import Job, serve

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
