"""Clip files read with FFmpeg, through PyAV: opened, looked over, decoded frame by frame; every frame's size has a limit.

In this very process, so only for files that can be trusted; `comparisons.video.clip_process` is for all others. Nothing here
needs PyTorch. Times are fractions of a second; a variable frame rate stays as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from restorers.decoding import Array
from restorers.problems import UnreadableClip

MAX_SECONDS: Final = 10
"""Longest clip that is taken."""
MAX_FRAMES: Final = 600
"""Most frames that are taken: ten seconds at 60 a second."""
MAX_PIXELS: Final = 12_000_000
"""Largest frame that is taken."""
MIN_SIDE: Final = 64
"""Shortest side, in pixels, at which a face could still be made out."""
_THREADS: Final = 4
"""Each holds frames of its own."""

_FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""FFmpeg's readers that may open a file: none of those that follow addresses written inside it."""
_DECODER: Final = {"max_pixels": str(MAX_PIXELS)}
"""FFmpeg's own limit, which its decoders hold every frame's header to before they make room for the pixels."""
_MISSING_SECONDS: Final = Fraction(1, 2)
"""A clip that ends so much before its own header says has been cut short."""


@dataclass(frozen=True)
class Facts:
    """What is known about a clip; see `comparisons.video.clips.Clip`."""

    width: int
    height: int
    times: tuple[Fraction, ...]
    start: Fraction
    sound: bool
    note: str


def looked_over(path: Path) -> Facts:
    """Decode a clip once, to the end.

    Args:
        path: mp4, webm or mov.

    Raises:
        UnreadableClip: if it is no clip that can be played here, holds no frame, or is too long or too large.
    """
    times: list[Fraction] = []
    size = (0, 0)
    for time, frame in _decoded(path):
        if not times:
            size = _checked_size(frame, _aspect(path))
        times.append(time)
        if time - times[0] > MAX_SECONDS:
            raise UnreadableClip(
                "Expected a clip of at most {most} s, got a longer one: cut out the part that matters.",
                most=MAX_SECONDS,
            )
        if len(times) > MAX_FRAMES:
            raise UnreadableClip(
                "Expected a clip of at most {most} frames, got more: shorten it or halve its frame rate.",
                most=MAX_FRAMES,
            )
    if not times:
        raise UnreadableClip("Expected a clip with pictures in it, got 0 frames: record or export it again.")
    sound, note = _around(path, times)
    return Facts(*size, tuple(time - times[0] for time in times), times[0], sound, note)


def frames(path: Path, width: int, height: int) -> Iterator[Array]:
    """Every frame, uint8 (height, width, 3), upright.

    Raises:
        UnreadableClip: if the file is no clip any more, or one of its frames is too large.
    """
    for _, frame in _decoded(path):
        yield _pixels(frame, width, height)


def opened(path: Path) -> InputContainer:
    """A clip's file; the caller closes it.

    Raises:
        UnreadableClip: if it is none.
    """
    try:
        if not path.is_file() or path.stat().st_size == 0:
            raise UnreadableClip(
                "Expected a clip, but {file!r} is no file or an empty one: choose another one.", file=path.name
            )
        return av.open(str(path), "r", options=_DECODER, container_options={"format_whitelist": _FORMATS})
    except MemoryError:
        raise
    except (av.FFmpegError, OSError) as error:
        raise UnreadableClip(
            "Expected a clip (mp4, webm or mov), got a file that is none of these, is damaged or was cut short: "
            "export it again and try once more."
        ) from error


def _pictures(container: InputContainer) -> VideoStream:
    # a cover picture counts as a video stream of one frame
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        raise UnreadableClip("Expected a clip with pictures, got a file without any: choose a video.")
    if streams[0].codec_context is None:
        raise UnreadableClip(
            "Expected a clip that can be played here, got one in a codec that is unknown: export it as H.264 (mp4)."
        )
    # as the file's own head has it, before anything is decoded
    _check_largest(streams[0].codec_context.width, streams[0].codec_context.height)
    return streams[0]


def _decoded(path: Path) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Frames with their times on the file's clock, which only goes forward; damaged ones are passed over as a player does."""
    with opened(path) as container:
        stream = _pictures(container)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = _THREADS
        stream.codec_context.options = _DECODER
        last: Fraction | None = None
        for frame in _lenient(container, stream):
            if frame.pts is None or frame.time_base is None:
                continue
            time = Fraction(frame.pts) * frame.time_base
            if last is None or time > last:
                last = time
                yield time, frame


def _lenient(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            return  # the file ends in the middle
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue
        except MemoryError:
            raise
        except av.FFmpegError as error:
            raise _not_decoded(stream, error) from error


def _not_decoded(stream: VideoStream, error: av.FFmpegError) -> UnreadableClip:
    # over its limit FFmpeg speaks of a wrong argument and takes the size away
    if isinstance(error, av.ArgumentError) and not stream.codec_context.width:
        return UnreadableClip(
            "Expected frames of at most {most} megapixels, got larger ones: export it smaller.",
            most=MAX_PIXELS // 1_000_000,
        )
    return UnreadableClip(
        "Expected a clip that can be played here, got one in the codec {codec!r}, which cannot be: export it as H.264 (mp4).",
        codec=stream.codec_context.name,
    )


def _checked_size(frame: VideoFrame, aspect: Fraction) -> tuple[int, int]:
    """Width and height as a player shows them."""
    width, height = round(frame.width * aspect), frame.height
    if round(frame.rotation / 90) % 2:
        width, height = height, width
    _check_largest(width, height)
    if min(width, height) < MIN_SIDE:
        raise UnreadableClip(
            "Expected frames of at least {least} x {least} pixels, got {width} x {height}: choose a larger clip.",
            least=MIN_SIDE,
            width=width,
            height=height,
        )
    return width, height


def _check_largest(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UnreadableClip(
            "Expected frames of at most {most} megapixels, got {width} x {height}: export it smaller.",
            most=MAX_PIXELS // 1000000,
            width=width,
            height=height,
        )


def _aspect(path: Path) -> Fraction:
    """Width over height of one pixel."""
    with opened(path) as container:
        return _pictures(container).sample_aspect_ratio or Fraction(1)


def _pixels(frame: VideoFrame, width: int, height: int) -> Array:
    quarter_turns = round(frame.rotation / 90) % 4
    size = (height, width) if quarter_turns % 2 else (width, height)
    pixels = frame.to_ndarray(format="rgb24", width=size[0], height=size[1])
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns)).astype(np.uint8, copy=False)


def _around(path: Path, times: list[Fraction]) -> tuple[bool, str]:
    """Whether there is sound, and what has to be said about a clip that ends too early."""
    with opened(path) as container:
        stream = _pictures(container)
        # no codec context: a sound that nothing here can decode
        sound = bool(container.streams.audio) and container.streams.audio[0].codec_context is not None
        promised = _seconds(stream.duration, stream.time_base)
    short = promised is not None and promised - (times[-1] - times[0]) > _MISSING_SECONDS + 1 / _rate(times)
    return sound, "This clip was cut short; what can be read of it is used." if short else ""


def _seconds(ticks: int | None, base: Fraction | None) -> Fraction | None:
    return None if ticks is None or base is None else ticks * base


def _rate(times: list[Fraction]) -> Fraction:
    return Fraction(len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else Fraction(1)
