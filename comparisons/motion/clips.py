"""Clips: read frame by frame at the frames' own times, and written again with their sound.

FFmpeg does the work, through PyAV. A clip is decoded anew for each pass over it, so that only a few of its frames are in memory.
Times are fractions of a second from the first frame on; a variable frame rate stays as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from restorers.contract import Problem
from restorers.images import Array

MAX_SECONDS: Final = 10
"""Longest clip that is taken."""
MAX_FRAMES: Final = 600
"""Most frames that are taken: ten seconds at 60 a second."""
MAX_PIXELS: Final = 12_000_000
"""Largest frame that is taken."""
MIN_SIDE: Final = 64
"""Shortest side, in pixels, at which a face could still be made out."""
QUALITY: Final = 17
"""Constant rate factor of H.264 in which frames are written: no loss that is seen; 23 is half as large."""
_VP9_STEPS: Final = 7
"""By how much the factor of VP9 is larger at about the same quality."""
TIME_BASE: Final = Fraction(1, 90_000)
"""Ticks in which frames are written: whole for 24, 25, 30 and 60 frames a second, and fine enough for any other time."""

_FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""FFmpeg's readers that may open a file: none of those that follow addresses written inside it."""
_MISSING_SECONDS: Final = Fraction(1, 2)
"""A clip that ends so much before its own header says has been cut short."""
_EARLY_SECONDS: Final = Fraction(1, 10)
"""Sound this long before the first frame is kept: encoders put a little silence there."""
_COPIED: Final = {".webm": ("opus", "vorbis"), ".mp4": ("aac", "mp3")}
"""Sound that is passed on untouched because every browser plays it in that kind of file; other sound is encoded again."""
_X264: Final = {"preset": "veryfast"}
_VP9: Final = {"b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"}
_BT709: Final = 1
"""FFmpeg's number for the colour matrix, primaries and transfer curve of BT.709."""


class UnreadableClip(Problem):
    """A file is no clip, is damaged, or is outside the limits."""


@dataclass(frozen=True)
class Clip:
    """What is known about a clip before anything is done with it."""

    path: Path
    width: int
    """In pixels as a player shows it: turned upright, pixels square."""
    height: int
    times: tuple[Fraction, ...]
    """Of every frame, in seconds from the first one."""
    start: Fraction
    """Of the first frame, on the file's own clock."""
    sound: bool
    note: str = ""
    """One sentence for people; empty where there is nothing to say."""

    @property
    def rate(self) -> Fraction:
        """Frames a second, on the average."""
        return Fraction(len(self.times) - 1) / self.times[-1] if len(self.times) > 1 else Fraction(25)

    @property
    def end(self) -> Fraction:
        """Seconds at which the last frame gives way."""
        return self.times[-1] + 1 / self.rate

    def frames(self) -> Iterator[Array]:
        """Every frame, uint8 (height, width, 3), one for each of `times`."""
        for _, frame in _decoded(self.path):
            yield _pixels(frame, self.width, self.height)


def read(path: Path) -> Clip:
    """Look a clip over: it is decoded once, to the end.

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
                f"Expected a clip of at most {MAX_SECONDS} s, got a longer one: cut out the part that matters."
            )
        if len(times) > MAX_FRAMES:
            raise UnreadableClip(
                f"Expected a clip of at most {MAX_FRAMES} frames, got more: shorten it or halve its frame rate."
            )
    if not times:
        raise UnreadableClip("Expected a clip with pictures in it, got 0 frames: record or export it again.")
    sound, note = _around(path, times)
    return Clip(path, *size, tuple(time - times[0] for time in times), times[0], sound, note)


def encoder(suffix: str) -> str:
    """FFmpeg's encoder for a kind of file: VP9 for `.webm`, else H.264, or VP9 where this build of PyAV has no H.264."""
    return "libx264" if suffix != ".webm" and "libx264" in av.codecs_available else "libvpx-vp9"


class Writer:
    """Writes frames at their times, with the sound of the clip that they come from.

    A context manager: however it is left, the file holds what was added and can be played, and its sound ends with its last
    frame. A file without any frame is removed.
    """

    def __init__(self, path: Path, clip: Clip, quality: int = QUALITY) -> None:
        """Open the file.

        Args:
            path: `.mp4`, `.mov` or `.webm`.
            clip: where size, frame rate and sound come from. An odd width or height grows by one: H.264 wants even ones.
            quality: see `QUALITY`; lower is better and larger.

        Raises:
            Problem: if the ending is another or the folder is not there.
        """
        self.path, self.note = path, ""
        self._clip, self._count, self._end = clip, 0, Fraction(0)
        suffix = path.suffix.lower()
        if suffix not in (".mp4", ".mov", ".webm"):
            raise Problem(f"Expected a file to write that ends in .mp4, .mov or .webm, got {path.name!r}: rename it.")
        self._kind = ".webm" if suffix == ".webm" else ".mp4"
        options = {} if self._kind == ".webm" else {"movflags": "faststart"}
        if not path.parent.is_dir():  # FFmpeg would only say so at the first frame
            raise Problem(f"Expected a file in a folder that is there, got {str(path)!r}: make the folder first.")
        self._container = av.open(str(path), "w", options=options)
        self._stream = self._video(encoder(suffix), quality)
        self._source = _opened(clip.path) if clip.sound else None
        self._sound = self._sound_stream() if self._source is not None else None

    def add(self, pixels: Array, time: Fraction) -> None:
        """Append one frame.

        Args:
            pixels: uint8 (height, width, 3) of the clip's size.
            time: seconds, later than the frame before.
        """
        odd = ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0))
        frame = VideoFrame.from_ndarray(np.pad(pixels, odd, mode="edge"), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        frame.pts, frame.time_base = round(time / TIME_BASE), TIME_BASE
        self._container.mux(self._stream.encode(frame))
        self._count += 1
        self._end = time + 1 / self._clip.rate

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if self._count:
                self._container.mux(self._stream.encode(None))
                self._add_sound()
        finally:
            self._container.close()
            if self._source is not None:
                self._source.close()
            if not self._count:
                self.path.unlink(missing_ok=True)

    def _video(self, codec: str, quality: int) -> VideoStream:
        stream = self._container.add_stream(codec, rate=self._clip.rate.limit_denominator(10_000))
        assert isinstance(stream, VideoStream)
        stream.width = self._clip.width + self._clip.width % 2
        stream.height = self._clip.height + self._clip.height % 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        # said in the file, or players would guess BT.601 for small clips and BT.709 for large ones
        stream.colorspace = stream.color_primaries = stream.color_trc = _BT709
        h264 = codec == "libx264"
        stream.options = {"crf": str(quality if h264 else quality + _VP9_STEPS), **(_X264 if h264 else _VP9)}
        return stream

    def _sound_stream(self) -> AudioStream | None:
        assert self._source is not None
        given = self._source.streams.audio[0]
        if given.codec.canonical_name in _COPIED[self._kind]:
            return self._container.add_stream_from_template(given)
        codec, rate = ("libopus", 48_000) if self._kind == ".webm" else ("aac", given.rate)
        stream = self._container.add_stream(codec, rate=rate)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono" if given.channels == 1 else "stereo"
        return stream

    def _add_sound(self) -> None:
        if self._source is None or self._sound is None:
            return
        given = self._source.streams.audio[0]
        try:
            if given.codec.canonical_name in _COPIED[self._kind]:
                self._copy_sound(given, self._sound)
            else:
                self._encode_sound(given, self._sound)
        except av.FFmpegError:
            self.note = "The sound of this clip is damaged; what could be read of it was kept."

    def _copy_sound(self, given: AudioStream, to: AudioStream) -> None:
        assert self._source is not None
        for packet in self._source.demux(given):
            if packet.pts is None or packet.dts is None:
                continue
            time = packet.pts * packet.time_base - self._clip.start
            if time >= self._end:
                break
            if time < -_EARLY_SECONDS:
                continue
            offset = round(self._clip.start / packet.time_base)
            packet.pts, packet.dts = packet.pts - offset, packet.dts - offset
            packet.stream = to
            self._container.mux(packet)

    def _encode_sound(self, given: AudioStream, to: AudioStream) -> None:
        assert self._source is not None
        for frame in self._source.decode(given):
            if frame.pts is None or frame.time_base is None:
                continue
            time = frame.pts * frame.time_base - self._clip.start
            if time >= self._end:
                break
            if time < 0:
                continue
            frame.pts -= round(self._clip.start / frame.time_base)
            self._container.mux(to.encode(frame))
        self._container.mux(to.encode(None))


def _opened(path: Path) -> InputContainer:
    try:
        if not path.is_file() or path.stat().st_size == 0:
            raise UnreadableClip(f"Expected a clip, but {path.name!r} is no file or an empty one: choose another one.")
        return av.open(str(path), "r", container_options={"format_whitelist": _FORMATS})
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
    return streams[0]


def _decoded(path: Path) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Frames with their times on the file's clock, which only goes forward; damaged ones are passed over as a player does."""
    with _opened(path) as container:
        stream = _pictures(container)
        stream.thread_type = "AUTO"
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
        except av.FFmpegError as error:
            raise UnreadableClip(
                f"Expected a clip that can be played here, got one in the codec {stream.codec_context.name!r}, which "
                "cannot be: export it as H.264 (mp4)."
            ) from error


def _checked_size(frame: VideoFrame, aspect: Fraction) -> tuple[int, int]:
    """Width and height as a player shows them."""
    width, height = round(frame.width * aspect), frame.height
    if round(frame.rotation / 90) % 2:
        width, height = height, width
    if width * height > MAX_PIXELS:
        raise UnreadableClip(
            f"Expected frames of at most {MAX_PIXELS // 1_000_000} megapixels, got {width} x {height}: export it smaller."
        )
    if min(width, height) < MIN_SIDE:
        raise UnreadableClip(
            f"Expected frames of at least {MIN_SIDE} x {MIN_SIDE} pixels, got {width} x {height}: choose a larger clip."
        )
    return width, height


def _aspect(path: Path) -> Fraction:
    """Width over height of one pixel."""
    with _opened(path) as container:
        return _pictures(container).sample_aspect_ratio or Fraction(1)


def _pixels(frame: VideoFrame, width: int, height: int) -> Array:
    quarter_turns = round(frame.rotation / 90) % 4
    size = (height, width) if quarter_turns % 2 else (width, height)
    pixels = frame.to_ndarray(format="rgb24", width=size[0], height=size[1])
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns)).astype(np.uint8, copy=False)


def _around(path: Path, times: list[Fraction]) -> tuple[bool, str]:
    """Whether there is sound, and what has to be said about a clip that ends too early."""
    with _opened(path) as container:
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
