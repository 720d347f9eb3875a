"""Strangers' clips are decoded elsewhere: the same frames, times and sound, and a sentence where one costs too much."""

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from comparisons.pages.video import video_tab
from comparisons.video import clip_process, clip_reading, clips
from comparisons.video.clips import UnreadableClip, Writer
from restorers.paths import ROOT
from restorers.sandbox.worker_pool import WorkerPool
from tests import bombs
from tests.comparisons.video.test_clips import clip_file, even, sound_of
from tests.restorers.sandbox.test_untrusted import gone, needs_kernel, number_of

LIMITS = replace(clip_process.LIMITS, memory=400_000_000, cpu_seconds=2, wall_seconds=60)
PROBLEMS = {"UnreadableClip": UnreadableClip}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerPool]:
    """One worker with small limits."""
    small = WorkerPool("comparisons.video.clip_worker", LIMITS, 1, PROBLEMS)
    monkeypatch.setattr(clip_process, "pool", small)
    yield small
    small.close()


@pytest.fixture
def nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing opens a clip in this process."""

    def here(path: Path) -> None:
        raise AssertionError("a stranger's clip was opened in the page's own process")

    monkeypatch.setattr(clip_reading, "opened", here)
    monkeypatch.setattr("comparisons.video.sound.opened", here)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codec", "sound"),
    [("in.mp4", "libx264", "aac"), ("in.mov", "mpeg4", "pcm_s16le"), ("in.webm", "libvpx-vp9", "")],
)
def test_frames_times_and_sound_are_those_of_this_process(
    pool: WorkerPool, tmp_path: Path, name: str, codec: str, sound: str
) -> None:
    path = clip_file(tmp_path / name, even(20), codec=codec, sound=sound, seconds=0.8)
    here, there = clips.read(path), clip_process.read(path)
    assert replace(here, path=there.path).__dict__ == there.__dict__
    for one, other in zip(here.frames(), there.frames(), strict=True):
        assert np.array_equal(one, other)
    for kind in (".mp4", ".webm") if sound else ():
        for clip, target in ((here, tmp_path / f"here{kind}"), (there, tmp_path / f"there{kind}")):
            with Writer(target, clip) as writer:
                writer.add(next(clip.frames()), Fraction(0))
                writer.add(next(clip.frames()), Fraction(3, 5))
            assert writer.note == ""
        assert sound_of(tmp_path / f"here{kind}") == sound_of(tmp_path / f"there{kind}")


@pytest.mark.usefixtures("nowhere_else")
def test_nothing_of_it_is_decoded_in_this_process(pool: WorkerPool, tmp_path: Path) -> None:
    path = clip_file(tmp_path / "in.mov", even(5), sound="pcm_s16le", seconds=0.2)
    clip = clip_process.read(path)
    with Writer(tmp_path / "out.mp4", clip) as writer:
        for frame, time in zip(clip.frames(), clip.times, strict=True):
            writer.add(frame, time)
    assert sound_of(tmp_path / "out.mp4")[0] == "aac"


@pytest.mark.parametrize("name", ["in.mov", "in.webm"])
@pytest.mark.parametrize("first", [(256, 256), (4000, 3001)], ids=["later frames", "the first frame"])
def test_every_frame_has_the_limit_that_the_first_one_has(
    pool: WorkerPool, tmp_path: Path, name: str, first: tuple[int, int]
) -> None:
    path = bombs.growing(tmp_path / name, [first, (4000, 3001), (4000, 3001)])
    for read in (clips.read, clip_process.read):
        with pytest.raises(UnreadableClip, match=r"at most 12 megapixels, got (larger ones|4000 x 3001): export"):
            read(path)
    small = bombs.growing(tmp_path / f"small-{name}", [(256, 256), (300, 200)])
    assert [frame.shape for frame in clip_process.read(small).frames()] == [(256, 256, 3)] * 2
    assert len(pool._all) == 1


@pytest.mark.slow
@needs_kernel
@pytest.mark.parametrize(("seconds", "memory"), [(1, 400_000_000), (60, 100_000_000)], ids=["time", "memory"])
def test_what_passes_the_limits_costs_a_sentence_and_a_worker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: int, memory: int
) -> None:
    small = WorkerPool(
        "comparisons.video.clip_worker", replace(LIMITS, memory=memory, cpu_seconds=seconds), 1, PROBLEMS
    )
    monkeypatch.setattr(clip_process, "pool", small)
    good = clip_file(tmp_path / "good.mp4", even(3))
    assert len(clip_process.read(good).times) == 3
    before = number_of(small)
    path = bombs.growing(tmp_path / "in.mov", [(256, 256), *[(3400, 3400)] * 250])
    with pytest.raises(
        UnreadableClip, match=rf"at most {seconds} s of work and 0\.\d GB of memory, got one that takes more"
    ):
        clip_process.read(path)
    assert gone(before)
    assert len(clip_process.read(good).times) == 3
    small.close()


def test_a_clip_that_is_left_makes_room_for_the_next(pool: WorkerPool, tmp_path: Path) -> None:
    clip = clip_process.read(clip_file(tmp_path / "in.mp4", even(20)))
    for _ in range(3):
        assert next(clip.frames()).shape == (64, 96, 3)
        gc.collect()
    frames = clip.frames()
    next(frames)
    frames.close()  # type: ignore[attr-defined]  # a generator
    before = number_of(pool)
    assert len(list(clip.frames())) == 20
    assert number_of(pool) == before


def test_what_is_no_clip_gets_the_same_sentence(pool: WorkerPool, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("a clip, honestly\n" * 99)
    known = clip_file(tmp_path / "whole.mp4", even(30)).read_bytes()
    (tmp_path / "odd.mp4").write_bytes(known.replace(b"avc1", b"zzz9"))
    (tmp_path / "short.mp4").write_bytes(known[: len(known) // 2])
    clip_file(tmp_path / "long.mp4", [Fraction(number) for number in range(12)])
    for name in ("empty.mp4", "text.mp4", "odd.mp4", "short.mp4", "long.mp4", "absent.mp4", "."):
        with pytest.raises(UnreadableClip) as here:
            clips.read(tmp_path / name)
        with pytest.raises(UnreadableClip) as there:
            clip_process.read(tmp_path / name)
        assert str(here.value) == str(there.value)


def test_damaged_sound_is_a_note(pool: WorkerPool, tmp_path: Path) -> None:
    clip = clip_process.read(clip_file(tmp_path / "in.mp4", even(5), sound="aac", seconds=0.2))
    (tmp_path / "in.mp4").write_bytes(b"gone")
    with Writer(tmp_path / "out.mp4", clip) as writer:
        writer.add(np.zeros((64, 96, 3), np.uint8), Fraction(0))
    assert "damaged" in writer.note
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert len(container.streams.video) == 1


def test_the_worker_is_small() -> None:
    code = "import comparisons.video.clip_worker, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    assert not {"torch", "gradio", "cv2"} & set(json.loads(loaded))
    assert video_tab.RUNS["concurrency_limit"] < clip_process.WORKERS  # or an upload waits for whoever restores a clip
