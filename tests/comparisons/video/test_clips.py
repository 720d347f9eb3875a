"""Clips in and out: times, sound, colours, and everything that can be wrong with a file."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from comparisons.video import clips
from comparisons.video.clips import Clip, UnreadableClip, Writer
from restorers.contract import Problem
from tests.drawn_clip import texture

TICKS = 50_000
"""A second, in the clips made here: MPEG-4 allows no more than 65,535."""


def clip_file(
    path: Path,
    times: list[Fraction],
    size: tuple[int, int] = (96, 64),
    sound: str = "",
    seconds: float = 0.0,
    codec: str = "libx264",
) -> Path:
    """A clip of textures, straight from PyAV, with a tone where `sound` names a codec."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.time_base = Fraction(1, TICKS)
        tone: Any = container.add_stream(sound, rate=44_100) if sound else None
        for number, time in enumerate(times):
            frame = VideoFrame.from_ndarray(texture(size[1], size[0], number, 6.0), format="rgb24")
            frame.pts, frame.time_base = round(time * TICKS), Fraction(1, TICKS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if tone is not None:
            wave = np.sin(np.arange(int(44_100 * seconds)) / 44_100 * 2 * np.pi * 440)
            levels = (wave * 12_000).astype(np.int16)[None]
            for start in range(0, levels.shape[1], 1024):
                piece = AudioFrame.from_ndarray(
                    np.ascontiguousarray(levels[:, start : start + 1024]), format="s16", layout="mono"
                )
                piece.sample_rate, piece.pts, piece.time_base = 44_100, start, Fraction(1, 44_100)
                container.mux(tone.encode(piece))
            container.mux(tone.encode(None))
    return path


def even(count: int, rate: int = 25) -> list[Fraction]:
    return [Fraction(number, rate) for number in range(count)]


def sound_of(path: Path) -> tuple[str, float, float]:
    """Codec, seconds and loudness of a file's sound."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = list(container.decode(stream))
    samples = np.concatenate([frame.to_ndarray().astype(np.float64).ravel()[: frame.samples] for frame in frames])
    return stream.codec.canonical_name, len(samples) / stream.rate, float(np.abs(samples).max())


def copied(source: Path, target: Path, count: int | None = None) -> Clip:
    clip = clips.read(source)
    with Writer(target, clip) as writer:
        for frame, time in list(zip(clip.frames(), clip.times, strict=True))[:count]:
            writer.add(frame, time)
    return clip


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mov"])
def test_frames_keep_their_own_times(tmp_path: Path, suffix: str) -> None:
    times = [Fraction(number, 100) for number in (0, 3, 7, 8, 20, 41, 42)]  # a telephone's: nothing even about it
    clip = copied(clip_file(tmp_path / "in.mp4", times), tmp_path / f"out{suffix}")
    again = clips.read(tmp_path / f"out{suffix}")
    # webm counts in milliseconds
    assert [float(time) for time in again.times] == pytest.approx([float(time) for time in times], abs=1.1e-3)
    for before, after in zip(clip.frames(), again.frames(), strict=True):
        assert np.abs(before.astype(int) - after).mean() < 6  # colour is kept at half the resolution


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_colours_survive(tmp_path: Path, suffix: str) -> None:
    colours = [(200, 40, 40), (40, 180, 60), (50, 60, 210), (222, 178, 150)]
    clip = Clip(tmp_path, 64, 64, tuple(even(4)), Fraction(0), sound=False)
    with Writer(tmp_path / f"flat{suffix}", clip) as writer:
        for colour, time in zip(colours, clip.times, strict=True):
            writer.add(np.full((64, 64, 3), colour, np.uint8), time)
    for colour, frame in zip(colours, clips.read(tmp_path / f"flat{suffix}").frames(), strict=True):
        # another matrix on either side would move red and blue by some ten levels
        assert np.abs(frame.mean((0, 1)) - colour).max() < 4


def test_odd_sizes_grow_by_a_pixel(tmp_path: Path) -> None:
    clip = Clip(tmp_path, 75, 65, tuple(even(3)), Fraction(0), sound=False)
    with Writer(tmp_path / "odd.mp4", clip) as writer:
        for time in clip.times:
            writer.add(texture(65, 75, 1), time)
    again = clips.read(tmp_path / "odd.mp4")
    assert (again.width, again.height, len(again.times)) == (76, 66, 3)


@pytest.mark.parametrize(
    ("kind", "codec", "target", "expected"),
    [
        (".mp4", "aac", ".mp4", "aac"),
        (".mov", "pcm_s16le", ".mp4", "aac"),
        (".mp4", "aac", ".webm", "opus"),
    ],
)
def test_sound_is_kept(tmp_path: Path, kind: str, codec: str, target: str, expected: str) -> None:
    clip = copied(clip_file(tmp_path / f"in{kind}", even(25), sound=codec, seconds=1.0), tmp_path / f"out{target}")
    assert clip.sound
    name, seconds, loudness = sound_of(tmp_path / f"out{target}")
    assert name == expected
    assert seconds == pytest.approx(1.0, abs=0.08)
    assert loudness > 0.1 if loudness <= 1 else loudness > 3000


def test_a_clip_that_starts_late_keeps_sound_and_picture_together(tmp_path: Path) -> None:
    late = [time + 2 for time in even(10)]
    clip = clips.read(clip_file(tmp_path / "late.mp4", late))
    assert float(clip.start) in (0.0, 2.0)  # FFmpeg may shift the file's clock itself
    assert float(clip.times[0]) == 0
    assert float(clip.times[-1]) == pytest.approx(9 / 25, abs=1e-3)


def test_what_was_written_before_an_interruption_can_be_played(tmp_path: Path) -> None:
    source = clips.read(clip_file(tmp_path / "in.mp4", even(50), sound="aac", seconds=2.0))

    def interrupted() -> None:
        with Writer(tmp_path / "out.mp4", source) as writer:
            for number, (frame, time) in enumerate(zip(source.frames(), source.times, strict=True)):
                if number == 20:
                    raise KeyboardInterrupt
                writer.add(frame, time)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    kept = clips.read(tmp_path / "out.mp4")
    assert len(kept.times) == 20
    assert sound_of(tmp_path / "out.mp4")[1] == pytest.approx(20 / 25, abs=0.08)  # the sound ends with the pictures


def test_a_file_without_a_frame_is_not_left_behind(tmp_path: Path) -> None:
    source = clips.read(clip_file(tmp_path / "in.mp4", even(3)))
    with pytest.raises(RuntimeError), Writer(tmp_path / "out.mp4", source):
        raise RuntimeError
    assert not (tmp_path / "out.mp4").exists()


def test_a_turned_telephone_is_turned_upright(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "turned.mp4"), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        video.set_display_rotation(90)
        pixels = np.zeros((64, 96, 3), np.uint8)
        pixels[:, :48] = 255  # white on the left as stored
        for _ in range(3):
            container.mux(video.encode(VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(video.encode(None))
    clip = clips.read(tmp_path / "turned.mp4")
    assert (clip.width, clip.height) == (64, 96)
    upright = next(clip.frames()).astype(float)
    with av.open(str(tmp_path / "turned.mp4")) as container:
        turn = next(container.decode(video=0)).rotation
    # counterclockwise by FFmpeg's own word: a quarter turn brings the left edge down, three bring it up
    white_below = upright[60:].mean() > upright[:30].mean()
    assert white_below == (turn % 360 == 90)


def test_too_long_a_clip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableClip, match="at most 10 s"):
        clips.read(clip_file(tmp_path / "long.mp4", [Fraction(number) for number in range(12)]))
    with pytest.raises(UnreadableClip, match="frames"):
        clips.read(clip_file(tmp_path / "fast.mp4", even(clips.MAX_FRAMES + 2, 1000), (64, 64)))


@pytest.mark.parametrize(("name", "codec"), [("in.mov", "mpeg4"), ("in.webm", "libvpx")])
def test_other_codecs_are_read(tmp_path: Path, name: str, codec: str) -> None:
    clip = clips.read(clip_file(tmp_path / name, even(5), codec=codec))
    assert len(clip.times) == 5
    assert np.abs(next(clip.frames()).astype(int) - texture(64, 96, 0, 6.0)).mean() < 20


def test_a_codec_that_nobody_knows_gets_a_sentence(tmp_path: Path) -> None:
    known = clip_file(tmp_path / "in.mp4", even(5)).read_bytes()
    assert known.count(b"avc1") >= 1
    (tmp_path / "odd.mp4").write_bytes(known.replace(b"avc1", b"zzz9"))
    with pytest.raises(UnreadableClip, match=r"codec.*export it as H\.264"):
        clips.read(tmp_path / "odd.mp4")
    with pytest.raises(UnreadableClip, match="none of these"):
        clips.read(clip_file(tmp_path / "in.avi", even(5), codec="mpeg4"))


def test_a_clip_of_no_frames_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none.webm"  # an mp4 would leave the empty track out
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libvpx-vp9", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        tone = container.add_stream("libopus", rate=48_000)
        tone.layout = "mono"
        container.start_encoding()
        piece = AudioFrame.from_ndarray(np.zeros((1, 9600), np.int16), format="s16", layout="mono")
        piece.sample_rate = 48_000
        container.mux(tone.encode(piece))
        container.mux(tone.encode(None))
    with pytest.raises(UnreadableClip, match="0 frames"):
        clips.read(path)


def test_files_that_are_no_clips_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("a clip, honestly\n" * 99)
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nin.mp4\n#EXT-X-ENDLIST\n"
    (tmp_path / "list.m3u8").write_text(playlist)  # would make FFmpeg follow addresses
    clip_file(tmp_path / "in.mp4", even(3))
    for name in ("empty.mp4", "text.mp4", "list.m3u8", "absent.mp4", "."):
        with pytest.raises(UnreadableClip, match=r"^Expected a clip.*: .*\.$"):
            clips.read(tmp_path / name)
    with av.open(str(tmp_path / "song.mp4"), "w") as container:
        tone = container.add_stream("aac", rate=44_100)
        tone.layout = "mono"
        piece = AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), format="s16", layout="mono")
        piece.sample_rate = 44_100
        container.mux(tone.encode(piece))
        container.mux(tone.encode(None))
    with pytest.raises(UnreadableClip, match="without any"):
        clips.read(tmp_path / "song.mp4")


def test_a_clip_that_was_cut_short(tmp_path: Path) -> None:
    whole = clip_file(tmp_path / "whole.webm", even(75), codec="libvpx-vp9").read_bytes()
    (tmp_path / "short.webm").write_bytes(whole[: len(whole) // 2])
    short = clips.read(tmp_path / "short.webm")  # a player shows what is there, and so do we
    assert 0 < len(short.times) < 75
    assert len(list(short.frames())) == len(short.times)
    whole = clip_file(tmp_path / "whole.mp4", even(75)).read_bytes()
    (tmp_path / "short.mp4").write_bytes(whole[: len(whole) // 2])  # its index is at the end
    with pytest.raises(UnreadableClip, match="cut short"):
        clips.read(tmp_path / "short.mp4")
    source = tmp_path / "front.mp4"
    copied(tmp_path / "whole.mp4", source)  # the index of what is written here lies at the front
    (tmp_path / "half.mp4").write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    half = clips.read(tmp_path / "half.mp4")
    assert 0 < len(half.times) < 75
    assert "cut short" in half.note


def test_a_target_of_another_kind_is_refused(tmp_path: Path) -> None:
    clip = clips.read(clip_file(tmp_path / "in.mp4", even(3)))
    with pytest.raises(Problem, match=r"\.mp4, \.mov or \.webm"):
        Writer(tmp_path / "out.gif", clip)
    with pytest.raises(Problem, match="folder"):
        Writer(tmp_path / "no" / "such" / "out.mp4", clip)
