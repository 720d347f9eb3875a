"""The sound of a clip, taken out into a file of its own that any clip may be written with."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from comparisons.video.clip_reading import opened
from restorers.problems import UnreadableClip

SUFFIX: Final = ".nut"
"""FFmpeg's own kind of file: it holds every codec, with times to the tick."""
_LEAD_SECONDS: Final = 1
"""By which times in that file are later, since they may not begin before 0."""
_EARLY_SECONDS: Final = Fraction(1, 10)
"""Sound this long before the first frame is kept: encoders put a little silence there."""
_COPIED: Final = {".webm": ("opus", "vorbis"), ".mp4": ("aac", "mp3")}
"""Sound that is passed on untouched because every browser plays it in that kind of file; other sound is encoded again."""
_DAMAGED: Final = "The sound of this clip is damaged; what could be read of it was kept."


def taken_out(source: Path, start: Fraction, end: Fraction, kind: str, target: Path) -> str:
    """Write the sound of a clip, from its first frame to its last.

    In this very process, so only for files that can be trusted; see `comparisons.video.clip_process`.

    Args:
        source: the clip.
        start: of its first frame on the file's own clock, in seconds.
        end: of its last frame, in seconds from the first one.
        kind: `.mp4` or `.webm`: what it will be written into.
        target: to write, ending in `SUFFIX`; for `packets`.

    Returns:
        One sentence where not everything could be read, else nothing.
    """
    try:
        with opened(source) as container, av.open(str(target), "w", format=SUFFIX[1:]) as written:
            given = container.streams.audio[0]
            if given.codec.canonical_name in _COPIED[kind]:
                _copy(container, given, written, start, end)
            else:
                _encode(container, given, written, kind, start, end)
    except MemoryError:
        raise
    except (av.FFmpegError, UnreadableClip):
        return _DAMAGED
    return ""


def packets(container: InputContainer, end: Fraction) -> Iterator["Packet[AudioStream]"]:
    """Packets of what `taken_out` has written, with times from the first frame on.

    Args:
        container: the opened file.
        end: seconds at which to stop.
    """
    for packet in container.demux(container.streams.audio[0]):
        if packet.pts is None or packet.dts is None:
            continue
        lead = round(_LEAD_SECONDS / packet.time_base)
        packet.pts, packet.dts = packet.pts - lead, packet.dts - lead
        if packet.pts * packet.time_base >= end:
            break
        yield packet


def _copy(
    container: InputContainer, given: AudioStream, written: OutputContainer, start: Fraction, end: Fraction
) -> None:
    to = written.add_stream_from_template(given)
    for packet in container.demux(given):
        if packet.pts is None or packet.dts is None:
            continue
        time = packet.pts * packet.time_base - start
        if time >= end:
            break
        if time < -_EARLY_SECONDS:
            continue
        offset = round((start - _LEAD_SECONDS) / packet.time_base)
        packet.pts, packet.dts = packet.pts - offset, packet.dts - offset
        packet.stream = to
        written.mux(packet)


def _encode(
    container: InputContainer, given: AudioStream, written: OutputContainer, kind: str, start: Fraction, end: Fraction
) -> None:
    codec, rate = ("libopus", 48_000) if kind == ".webm" else ("aac", given.rate)
    to = written.add_stream(codec, rate=rate)
    assert isinstance(to, AudioStream)
    to.layout = "mono" if given.channels == 1 else "stereo"
    for frame in container.decode(given):
        if frame.pts is None or frame.time_base is None:
            continue
        time = frame.pts * frame.time_base - start
        if time >= end:
            break
        if time < 0:
            continue
        frame.pts -= round((start - _LEAD_SECONDS) / frame.time_base)
        written.mux(to.encode(frame))
    written.mux(to.encode(None))
