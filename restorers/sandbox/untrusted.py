"""What strangers send, decoded in a process of its own: the way in for uploads of every kind (see `restorers.sandbox`).

`restorers.images` and `restorers.decoding` decode in this very process: for the project's own files, and for the files that
somebody names on a command line. What is allowed and what comes out is the same.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from restorers import files, images
from restorers.decoding import MAX_BYTES, MAX_PIXELS
from restorers.images import Array, Mask, Source
from restorers.originals import Kind, Patch
from restorers.problems import BadArchive, UnreadableImage
from restorers.sandbox.pipes import Header
from restorers.sandbox.worker_pool import Crashed, Limits, TooCostly, WorkerPool

LIMITS: Final = Limits(memory=1_500_000_000, cpu_seconds=10, wall_seconds=90, reply=4 * MAX_PIXELS)
"""Of one picture. The largest ones that are allowed take 1.5 s and 400 MB."""
WORKERS: Final = 2
"""Pictures that are decoded at a time; the others wait."""
PIECES: Final = 4 * 1024**2
"""Pixels of the largest layer of an editor: larger than any of this page, smaller than what would fill its memory."""

pool = WorkerPool(
    "restorers.sandbox.picture_worker", LIMITS, WORKERS, {kind.__name__: kind for kind in (UnreadableImage, BadArchive)}
)
"""The processes; one that has not been needed yet has not been started."""


def warm_up() -> None:
    """Start a process in the background, so that the first picture does not wait for it."""
    pool.warm_up()


def read(source: Source, most_bytes: int | None = MAX_BYTES) -> Array:
    """A stranger's photograph; everything as in `restorers.images.read`.

    Args:
        source: as there; pixels that are decoded already need no other process.
        most_bytes: of a file; None for files that were written here.

    Raises:
        UnreadableImage: as there, or if it takes more memory or time than any sound picture.
    """
    if isinstance(source, np.ndarray | Image.Image):
        return images.read(source)
    return _asked("picture", files.read_bytes(source, most_bytes), MAX_PIXELS)


def decoded(source: str | Path | bytes, most_pixels: int = MAX_PIXELS) -> Image.Image:
    """A stranger's picture as 8-bit levels with its transparency, such as a mask; its colours are not brought to sRGB.

    Args:
        source: path, or the bytes of a file.
        most_pixels: of a picture.

    Returns:
        Of mode L, RGB or RGBA, upright.

    Raises:
        UnreadableImage: as for `read`.
    """
    return Image.fromarray(_asked("levels", files.read_bytes(source, MAX_BYTES), most_pixels))


def read_mask(source: Source, size: tuple[int, int], allow_empty: bool = True) -> Mask:
    """A stranger's mask; everything as in `restorers.images.read_mask`.

    Raises:
        UnreadableImage: as for `read`.
        BadMask: as there.
    """
    pixels = source if isinstance(source, np.ndarray | Image.Image) else decoded(source)
    return images.read_mask(pixels, size, allow_empty)


def merged(source: str | Path | bytes, patches: Sequence[Patch], kind: Kind = "same") -> tuple[bytes, str]:
    """A stranger's photograph with other pixels in a few places; everything as in `restorers.originals.merged`.

    Args:
        source: path, or the bytes of a file that has been read before.
        patches: as there.
        kind: as there.

    Raises:
        UnreadableImage: as for `read`.
    """
    data = files.read_bytes(source, None)
    parts = [part for patch in patches for part in (patch.pixels.tobytes(), patch.weight.astype(np.float32).tobytes())]
    asked: Header = {"file": len(data), "kind": kind}
    asked["patches"] = [[patch.left, patch.top, *patch.weight.shape] for patch in patches]
    said, written = _once("merged", asked, b"".join([data, *parts]))
    return written.tobytes(), "jpg" if said["ending"] == "jpg" else "png"


def read_mask_of_any_size(source: Source) -> Mask:
    """A stranger's mask, as large as it is; everything as in `restorers.images.read_mask_of_any_size`.

    Raises:
        UnreadableImage: as for `read`.
        BadMask: as there; if it hides nothing, too.
    """
    pixels = source if isinstance(source, np.ndarray | Image.Image) else decoded(source)
    return images.read_mask_of_any_size(pixels, allow_empty=False)


def unpacked(data: bytes, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
    """Members of a stranger's zip; everything as in `restorers.sandbox.archives.unpacked`.

    Raises:
        BadArchive: as there, or if it takes more memory or time than any sound zip.
    """
    asked: Header = {"names": list(names), "most_bytes": most_bytes}
    try:
        with contextlib.closing(pool.run("unpacked", asked, data)) as replies:  # type: ignore[type-var]  # a generator
            return {said["name"]: member.tobytes() for said, member in replies}
    except (TooCostly, Crashed) as error:
        raise BadArchive("Expected a sound zip, got one that cannot be unpacked here: download it again.") from error


def _asked(job: str, data: bytes, most_pixels: int) -> Array:
    said, pixels = _once(job, {"most_pixels": most_pixels}, data)
    return pixels.reshape(said["shape"])


def _once(job: str, asked: Header, data: bytes) -> tuple[Header, Array]:
    try:
        return pool.once(job, asked, data)
    except TooCostly as error:
        raise UnreadableImage(
            "Expected a picture that opens with at most {seconds:g} s of work and {memory:g} GB of memory, "
            "got one that takes more: save it anew as JPEG or PNG and try again.",
            seconds=pool.limits.cpu_seconds,
            memory=pool.limits.memory / 1000000000.0,
        ) from error
    except Crashed as error:
        raise UnreadableImage(
            "Expected a whole picture, got one at which its decoder breaks down: save it anew as JPEG or PNG and try again."
        ) from error
