"""The process that decodes strangers' pictures: `python -m restorers.sandbox.picture_worker`, started by `restorers.sandbox.untrusted`."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from restorers import decoding, originals
from restorers.sandbox import archives
from restorers.sandbox.pipes import Bytes, Header
from restorers.sandbox.worker import Job, serve

Replies = Iterator[tuple[Header, bytes | Bytes]]


def picture(asked: Header, data: bytes) -> Replies:
    """See `untrusted.read`."""
    pixels = decoding.rgb(decoding.decoded(data, None, asked["most_pixels"]))
    yield {"shape": pixels.shape}, np.ascontiguousarray(pixels)


def levels(asked: Header, data: bytes) -> Replies:
    """See `untrusted.decoded`."""
    pixels = decoding.levels(decoding.decoded(data, None, asked["most_pixels"]))
    yield {"shape": pixels.shape}, np.ascontiguousarray(pixels)


def merged(asked: Header, data: bytes) -> Replies:
    """See `untrusted.merged`."""
    rest = np.frombuffer(data, np.uint8)
    file, rest = data[: asked["file"]], rest[asked["file"] :]
    patches = []
    for left, top, height, width in asked["patches"]:
        pixels, weight = rest[: 3 * height * width], rest[3 * height * width : 7 * height * width]
        rest = rest[7 * height * width :]
        patches.append(
            originals.Patch(left, top, pixels.reshape(height, width, 3), weight.view(np.float32).reshape(height, width))
        )
    written, ending = originals.merged(file, patches, asked["kind"])
    yield {"ending": ending}, written


def unpacked(asked: Header, data: bytes) -> Replies:
    """See `untrusted.unpacked`."""
    for name, member in archives.unpacked(data, asked["names"], asked["most_bytes"]).items():
        yield {"name": name}, member


JOBS: Final[dict[str, Job]] = {"picture": picture, "levels": levels, "merged": merged, "unpacked": unpacked}

if __name__ == "__main__":
    decoding.prepare()
    serve(JOBS)
