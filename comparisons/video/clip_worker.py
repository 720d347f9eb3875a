"""The process that decodes strangers' clips: `python -m comparisons.video.clip_worker`, started by `clip_process`."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from comparisons.video import clip_reading, sound
from restorers.sandbox.pipes import Bytes, Header
from restorers.sandbox.worker import Job, serve

Replies = Iterator[tuple[Header, bytes | Bytes]]


def look(asked: Header, _data: bytes) -> Replies:
    """See `clip_process.read`."""
    facts = clip_reading.looked_over(Path(asked["path"]))
    said: Header = {"width": facts.width, "height": facts.height, "start": str(facts.start)}
    times = [(time.numerator, time.denominator) for time in facts.times]
    yield said | {"sound": facts.sound, "note": facts.note}, np.array(times, np.int64).view(np.uint8)


def frames(asked: Header, _data: bytes) -> Replies:
    """See `clip_process.ForeignClip.frames`."""
    for pixels in clip_reading.frames(Path(asked["path"]), asked["width"], asked["height"]):
        yield {}, pixels


def sound_into(asked: Header, _data: bytes) -> Replies:
    """See `clip_process.ForeignClip.sound_into`."""
    start, end = Fraction(asked["start"]), Fraction(asked["end"])
    yield {"note": sound.taken_out(Path(asked["path"]), start, end, asked["kind"], Path(asked["target"]))}, b""


JOBS: Final[dict[str, Job]] = {"look": look, "frames": frames, "sound": sound_into}

if __name__ == "__main__":
    serve(JOBS)
