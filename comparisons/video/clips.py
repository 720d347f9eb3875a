"""Clips: read frame by frame at the frames' own times, and written again with their sound.

FFmpeg does the work, through PyAV. A clip is decoded anew for each pass over it, so that only a few of its frames are in memory.
Times are fractions of a second from the first frame on; a variable frame rate stays as it is.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from comparisons.video import clip_reading, sound
from comparisons.video.clip_reading import MAX_FRAMES as MAX_FRAMES
from restorers.decoding import Array
from restorers.problems import Problem
from restorers.problems import UnreadableClip as UnreadableClip

QUALITY: Final = 17
"""Constant rate factor of H.264 in which frames are written: no loss that is seen; 23 is half as large."""
_VP9_STEPS: Final = 7
"""By how much the factor of VP9 is larger at about the same quality."""
TIME_BASE: Final = Fraction(1, 90_000)
"""Ticks in which frames are written: whole for 24, 25, 30 and 60 frames a second, and fine enough for any other time."""

_X264: Final = {"preset": "veryfast"}
_VP9: Final = {"b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"}
_BT709: Final = 1
"""FFmpeg's number for the colour matrix, primaries and transfer curve of BT.709."""


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
        yield from clip_reading.frames(self.path, self.width, self.height)

    def sound_into(self, target: Path, kind: str) -> str:
        """Write its sound; see `comparisons.video.sound.taken_out`."""
        return sound.taken_out(self.path, self.start, self.end, kind, target)


def read(path: Path) -> Clip:
    """Look a clip over: it is decoded once, to the end, in this very process (`clip_process` is for those of strangers).

    Args:
        path: mp4, webm or mov.

    Raises:
        UnreadableClip: if it is no clip that can be played here, holds no frame, or is too long or too large.
    """
    facts = clip_reading.looked_over(path)
    return Clip(path, facts.width, facts.height, facts.times, facts.start, facts.sound, facts.note)


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
        self._left = contextlib.ExitStack()
        self._source = self._taken_out() if clip.sound else None
        streams = () if self._source is None else self._source.streams.audio
        self._sound = self._container.add_stream_from_template(streams[0]) if streams else None

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
            self._left.close()
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

    def _taken_out(self) -> InputContainer | None:
        """The clip's sound in a file that was written here; None where nothing of it can be read."""
        folder = Path(self._left.enter_context(tempfile.TemporaryDirectory()))
        path = folder / f"sound{sound.SUFFIX}"
        self.note = self._clip.sound_into(path, self._kind)
        try:
            return self._left.enter_context(av.open(str(path), "r", format=sound.SUFFIX[1:]))
        except (av.FFmpegError, OSError):
            return None

    def _add_sound(self) -> None:
        if self._source is None or self._sound is None:
            return
        for packet in sound.packets(self._source, self._end):
            packet.stream = self._sound
            self._container.mux(packet)
