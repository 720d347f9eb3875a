"""What decoding in a process of its own costs an ordinary upload: `python -m tests.load_decoding [--times 15]`.

From the repository root. Pictures of several sizes and kinds are decoded in turns in this process and in the sandbox; the medians of
both stand beside each other, and the exit status is 1 where the sandbox takes over `MOST_MORE` longer. The first picture, for which
the process is started, does not count: the page starts it before anybody comes.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

from restorers import images
from restorers.sandbox import untrusted

MOST_MORE: Final = 0.05
"""Seconds."""
UPLOADS: Final = (
    ("a JPEG of 0.3 megapixels", (640, 480), "JPEG"),
    ("a PNG of 1 megapixel", (1024, 1024), "PNG"),
    ("a WebP of 2 megapixels", (1920, 1080), "WEBP"),
    ("a JPEG of 12 megapixels", (4032, 3024), "JPEG"),
)


def drawn(size: tuple[int, int], kind: str) -> bytes:
    """A file of smooth noise, which costs about as much as a photograph."""
    coarse = np.random.default_rng(0).integers(0, 256, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(file, kind, quality=92)
    return file.getvalue()


def seconds(work: Callable[[bytes], object], data: bytes) -> float:
    """How long it took."""
    begun = time.perf_counter()
    work(data)
    return time.perf_counter() - begun


def main() -> int:
    """Measure and print; 1 where an upload costs more than it may."""
    parser = argparse.ArgumentParser("python -m tests.load_decoding", description=__doc__)
    parser.add_argument("--times", type=int, default=15, help="each picture, either way")
    times = parser.parse_args().times
    met = True
    for name, size, kind in UPLOADS:
        data = drawn(size, kind)
        untrusted.read(data)
        taken = [(seconds(images.read, data), seconds(untrusted.read, data)) for _ in range(times)]
        here, there = (statistics.median(column) for column in zip(*taken, strict=True))
        met &= there - here <= MOST_MORE
        sys.stdout.write(f"{name:28} {1000 * here:6.1f} ms here, {1000 * there:6.1f} ms in the sandbox\n")
    untrusted.pool.close()
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
