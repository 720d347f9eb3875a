"""Clips that strangers send, decoded in a process of their own (see `restorers.sandbox`).

`comparisons.video.clips.read` decodes in this very process: the project's own clips, and those that somebody names on a command
line. What is allowed and what comes out is the same.
"""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from comparisons.video.clip_reading import MAX_PIXELS
from comparisons.video.clips import Clip
from restorers.decoding import Array
from restorers.problems import UnreadableClip
from restorers.sandbox.pipes import Bytes, Header
from restorers.sandbox.worker_pool import Crashed, Limits, TooCostly, WorkerPool

LIMITS: Final = Limits(memory=1_500_000_000, cpu_seconds=60, wall_seconds=300, reply=3 * MAX_PIXELS)
"""Of one pass over a clip; the clock runs for each frame."""
WORKERS: Final = 3
"""A clip that is being restored keeps one; the others look over what is uploaded meanwhile."""

pool = WorkerPool("comparisons.video.clip_worker", LIMITS, WORKERS, {"UnreadableClip": UnreadableClip})


class ForeignClip(Clip):
    """A stranger's clip: the same, decoded elsewhere."""

    def frames(self) -> Iterator[Array]:
        """See `Clip`; a frame is decoded when it is asked for."""
        asked: Header = {"path": str(self.path), "width": self.width, "height": self.height}
        with contextlib.closing(_asked("frames", asked)) as replies:  # type: ignore[type-var]  # a generator
            for _, pixels in replies:
                yield pixels.reshape(self.height, self.width, 3)

    def sound_into(self, target: Path, kind: str) -> str:
        """See `Clip`."""
        asked: Header = {"path": str(self.path), "target": str(target.absolute()), "kind": kind}
        times: Header = {"start": str(self.start), "end": str(self.end)}
        with contextlib.closing(_asked("sound", asked | times)) as replies:  # type: ignore[type-var]  # a generator
            return str(next(replies)[0]["note"])


def read(path: Path) -> ForeignClip:
    """Look a stranger's clip over; everything as in `comparisons.video.clips.read`.

    Raises:
        UnreadableClip: as there, or if it takes more memory or time than any sound clip.
    """
    path = path.absolute()
    with contextlib.closing(_asked("look", {"path": str(path)})) as replies:  # type: ignore[type-var]  # a generator
        said, ticks = next(replies)
    times = tuple(Fraction(int(above), int(below)) for above, below in ticks.view(np.int64).reshape(-1, 2))
    return ForeignClip(path, said["width"], said["height"], times, Fraction(said["start"]), said["sound"], said["note"])


def _asked(job: str, asked: Header) -> Iterator[tuple[Header, Bytes]]:
    try:
        yield from pool.run(job, asked)
    except TooCostly as error:
        raise UnreadableClip(
            "Expected a clip that opens with at most {seconds:g} s of work and {memory:g} GB of memory, got "
            "one that takes more: export it again as H.264 (mp4).",
            seconds=pool.limits.cpu_seconds,
            memory=pool.limits.memory / 1000000000.0,
        ) from error
    except Crashed as error:
        raise UnreadableClip(
            "Expected a whole clip, got one at which its decoder breaks down: export it again as H.264 (mp4)."
        ) from error
