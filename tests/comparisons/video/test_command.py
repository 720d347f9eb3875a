"""A clip from file to file: the work itself, the command, the tab, and the clips that ship."""

import io
import json
import math
import threading
import zipfile
from collections.abc import Generator
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import gradio as gr
import numpy as np
import pytest

from comparisons.pages.parts import editor
from comparisons.pages.video import clip_forms
from comparisons.pages.video import video_tab as tab
from comparisons.video import __main__ as video
from comparisons.video import bars, clips, evaluation, measures
from comparisons.video.evaluation import Score
from comparisons.video.measures import FrameMeasures
from comparisons.video.mouths import Correlations
from comparisons.video.occlusions import SWAY, DrawnMask, MovingOccluder, OccluderDetector
from comparisons.video.restoring import Outputs, Progress, Restoring, restore
from comparisons.video.tracking import Track
from restorers.catalogue import METHODS
from restorers.contract import Problem, UnknownMethod
from restorers.faces import align, occluder_finder
from restorers.faces.align import Detection
from tests.drawn_clip import HEIGHT, WIDTH, Locator, drawn_clip, written

COUNT = 10


@pytest.fixture
def drawn(drawn_face):
    return drawn_clip(drawn_face, COUNT)


@pytest.fixture
def work(tmp_path, drawn):
    """Telea's method under a wandering rectangle."""
    clip = clips.read(written(tmp_path / "in.mp4", drawn))
    return Restoring(clip, "telea", MovingOccluder("rectangle", 2), locate=Locator(drawn))


def outputs(folder):
    return Outputs(*(folder / name for name in ("out.mp4", "occluded.mp4", "alone.mp4", "out.csv")))


def test_only_what_is_covered_changes(work):
    assert list(work.follow()) == list(range(1, COUNT + 1))
    assert list(work.paint()) == list(range(1, COUNT + 1))
    steps = list(work.steps())
    assert len(steps) == len(work.rows) == COUNT
    for step in steps:
        back = cv2.invertAffineTransform(step.aligned.affine)
        reach = cv2.warpAffine(step.covered.mask.astype(np.uint8), back, (WIDTH, HEIGHT))
        outside = cv2.dilate(reach, np.ones((3, 3), np.uint8)) == 0
        for picture in (step.occluded, step.frame_by_frame, step.consistent):
            assert np.array_equal(picture[outside], step.original[outside])
        black = (step.occluded.max(axis=-1) < 8) & (step.original.max(axis=-1) > 60)
        assert black.sum() > 200
        for picture in (step.frame_by_frame, step.consistent):  # nothing of the rectangle is left, not even its rim
            assert not (black & (picture.max(axis=-1) < 8)).any()
    assert not np.array_equal(steps[5].frame_by_frame, steps[5].consistent)
    row = work.rows[5]
    assert row.psnr_mask_consistent > 10
    assert 0.1 < row.hidden < 0.3
    assert row.warping_truth < row.warping_frame_by_frame
    assert work.seconds_alone > 0 < work.seconds_together


@pytest.mark.slow  # restores a clip
def test_the_files_hold_every_frame(work, tmp_path):
    said = list(restore(work, outputs(tmp_path)))
    stages = ["Following the face", "Telea restores", "Keeping frames together"]
    assert [(one.words, one.done, one.total) for one in said] == [
        (words, done, COUNT) for words in stages for done in range(1, COUNT + 1)
    ]
    assert said[-1].seconds_left == 0
    for name in ("out.mp4", "occluded.mp4", "alone.mp4"):
        assert clips.read(tmp_path / name).times == work.clip.times
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert len(lines) == 1 + COUNT


@pytest.mark.slow  # restores a clip
def test_what_was_done_before_a_cancel_is_kept(work, tmp_path):
    stop = threading.Event()
    for progress in restore(work, outputs(tmp_path), stop):
        if progress.words.endswith("restores") and progress.done == 6:
            stop.set()
    for name in ("out.mp4", "occluded.mp4", "alone.mp4"):
        assert len(clips.read(tmp_path / name).times) == 6
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 7
    assert (progress.words, progress.done, progress.total) == ("Keeping frames together", 6, 6)


def test_a_cancel_while_frames_are_put_together_ends_there(work, tmp_path):
    stop = threading.Event()
    for progress in restore(work, outputs(tmp_path), stop):
        if progress.words == "Keeping frames together" and progress.done == 3:
            stop.set()
    assert len(clips.read(tmp_path / "out.mp4").times) == 3


def test_what_was_done_is_written_when_nobody_listens_any_more(work, tmp_path):
    running = restore(work, outputs(tmp_path))
    assert isinstance(running, Generator)
    for progress in running:
        if progress.words.endswith("restores") and progress.done == 5:
            break
    running.close()
    assert len(clips.read(tmp_path / "out.mp4").times) == 5
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 6


def test_a_mask_that_is_nowhere_on_the_face_is_said(work):
    away = np.zeros((HEIGHT, WIDTH), bool)
    away[:12, :12] = True
    work.covering = DrawnMask(away)
    list(work.follow())
    with pytest.raises(Problem, match="nothing is"):
        list(work.paint())


@pytest.fixture
def command(monkeypatch, drawn, tmp_path):
    """Runs the command on the drawn clip, with a detector that knows it."""
    monkeypatch.setattr(video, "Restoring", partial(Restoring, locate=Locator(drawn)))
    source = written(tmp_path / "in.mp4", drawn)
    return lambda *more: video.main([str(source), "--method", "telea", "--out", str(tmp_path / "out.mp4"), *more])


@pytest.mark.slow  # restores a clip
def test_the_command_follows_a_drawn_mask(command, tmp_path, capsys):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(mask, (125, 120), (28, 16), 0, 0, 360, 255, -1)
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    assert command("--mask", str(tmp_path / "mask.png"), "--all") == 0
    assert len(clips.read(tmp_path / "out-frame-by-frame.mp4").times) == COUNT
    row = (tmp_path / "out.csv").read_text().splitlines()[4].split(",")
    assert float(row[2]) > 0.03
    assert row[3:7] == [""] * 4  # nobody knows the truth
    assert f"{COUNT} frames" in capsys.readouterr().out


@pytest.mark.parametrize(("at", "left"), [("aligned", 4), ("pasted", 3)])
def test_ctrl_c_leaves_a_file_that_plays(command, tmp_path, capsys, monkeypatch, at, left):
    name, after = {"aligned": ("align", 6), "pasted": ("paste_back", 2 * 3)}[at]
    done, calls = getattr(align, name), []

    def interrupted(*given):
        calls.append(given)
        if len(calls) == after + 1:
            raise KeyboardInterrupt
        return done(*given)

    monkeypatch.setattr(align, name, interrupted)
    assert command("--occluder", "rectangle") == 130
    assert len(clips.read(tmp_path / "out.mp4").times) == left
    assert f"holds the {left} frames" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--occluder", "bucket"), "choose one of rectangle"),
        (("--method", "nonsense", "--occluder", "rectangle"), "expected one of the methods"),
        (("--mask", "absent.png"), "cannot be opened"),
        (("--occluder", "rectangle", "--out", "out.gif"), ".mp4"),
    ],
)
def test_the_command_says_what_is_wrong(command, capsys, more, words):
    assert command(*more) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert words in said


@pytest.mark.parametrize(
    ("clip", "out", "more"),
    [
        ("in.mp4", "in.mp4", ()),
        ("in-occluded.mp4", "in.mp4", ("--all",)),
        ("in-frame-by-frame.mp4", "in.mp4", ("--all",)),
    ],
)
def test_the_command_writes_over_nothing_that_was_given(tmp_path, capsys, drawn, clip, out, more):
    source = written(tmp_path / clip, drawn)
    before = source.read_bytes()
    arguments = ["--method", "telea", "--occluder", "rectangle", "--out", str(tmp_path / out), *more]
    assert video.main([str(source), *arguments]) == 2
    assert f"over {source}" in capsys.readouterr().err
    assert source.read_bytes() == before


def test_a_clip_without_a_face_gets_a_sentence(command, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(video, "Restoring", partial(Restoring, locate=lambda frame: Detection((), "drawn")))
    assert command("--occluder", "rectangle") == 2
    assert "Expected a face in the clip" in capsys.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "out.mp4").exists()


def test_a_clip_of_one_frame_is_restored(drawn_face, tmp_path, capsys, monkeypatch):
    drawn = drawn_clip(drawn_face, 1)
    monkeypatch.setattr(video, "Restoring", partial(Restoring, locate=Locator(drawn)))
    source, out = written(tmp_path / "one.mp4", drawn), tmp_path / "out.mp4"
    assert video.main([str(source), "--method", "telea", "--occluder", "rectangle", "--out", str(out)]) == 0
    assert len(clips.read(out).times) == 1
    said = capsys.readouterr().out
    assert "1 frames" in said
    assert "nan" not in said


@pytest.mark.slow  # restores a clip
def test_nothing_is_carried_across_a_cut(drawn_face, tmp_path, capsys, monkeypatch):
    drawn, other = drawn_clip(drawn_face, 8), drawn_clip(np.ascontiguousarray(drawn_face[:, ::-1]), 8, seed=9)
    drawn.frames.extend(np.roll(frame // 2, 40, axis=1) for frame in other.frames)  # elsewhere, and darker
    drawn.landmarks.extend(points + np.array((40, 0), np.float32) for points in other.landmarks)
    drawn.times = tuple(Fraction(number, 12) for number in range(16))
    work = Restoring(
        clips.read(written(tmp_path / "cut.mp4", drawn)), "telea", MovingOccluder("rectangle", 2), locate=Locator(drawn)
    )
    list(work.follow())
    list(work.paint())
    assert len(list(work.steps())) == 16
    assert [row.frame for row in work.rows if math.isnan(row.warping_consistent)] == [0, 8]
    assert any("cuts at 0.7 s" in note for note in work.notes)


def test_without_a_mask_the_network_is_asked(command, capsys):
    if occluder_finder.WEIGHTS.is_file():
        pytest.skip("the mask network has weights here")
    assert command() == 2
    assert "mask_net" in capsys.readouterr().err


def test_the_network_finds_what_covers_a_face():
    if not occluder_finder.WEIGHTS.is_file():
        pytest.skip("the mask network has no weights here")
    clip = clips.read(tab.CLIPS / "03.mp4")
    frame, points = next(clip.frames()), np.asarray(align.TEMPLATE * 256, np.float32)
    put = MovingOccluder("surgical_mask").occlude(frame, align.align(frame, points), Fraction(0), 0)
    assert put is not None
    finder = OccluderDetector()
    assert finder.occlude(frame, None, Fraction(0), 0) is None
    found = finder.occlude(put.frame, align.align(put.frame, points), Fraction(0), 0)
    assert found is not None
    assert (found.mask & put.mask).sum() / (found.mask | put.mask).sum() > 0.6


@pytest.mark.slow  # restores a clip
def test_measuring_a_folder(work, tmp_path, drawn, monkeypatch, capsys):
    manifest = {"clips": [{"name": "in.mp4", "occluder": "rectangle"}]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(evaluation, "Restoring", partial(Restoring, locate=Locator(drawn)))
    assert video.main(["--measure", str(tmp_path), "--method", "telea"]) == 0
    table, verdicts = capsys.readouterr().out.strip().split("\n\n", 1)
    assert verdicts.count("\n- ") == len(bars.BARS) - 1
    heads, _, cells = ([cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines())
    assert len(heads) == len(cells)
    assert cells[:2] == ["in.mp4", "rectangle"]
    _, _, still, worn = (float(cell) for cell in cells[heads.index("mouth in the frame: frame by frame") :][:4])
    assert -1 <= still < worn <= 1  # the drawn mouth never moves on the face
    assert video.main(["--measure", str(tmp_path / "absent")]) == 2


def test_a_seed_below_zero_is_a_sentence(tmp_path, capsys):
    assert video.main(["--measure", str(tmp_path), "--seed", "-1"]) == 2
    assert capsys.readouterr().err == "--seed must be a whole number from 0 up, but it is -1; choose another.\n"


def score(clip, alone=1e-3, together=7e-4, psnr=(24.0, 24.1), frame=(0.9, 0.3, 0.92), face=(0.8, 0.2), cost=1.1):
    """One whose figures are known; `frame` is consistent, still, worn, `face` consistent and worn."""
    row = FrameMeasures(0, 0.0, 0.2, psnr[0], psnr[1], psnr[0], psnr[1], alone, together, 1e-5)
    in_frame = Correlations(0.5, *frame)
    return Score(clip, "rectangle", (row,), in_frame, Correlations(0.5, face[0], 0.1, face[1]), 30, cost)


def test_the_report_says_which_bars_are_held():
    one, other = score("a.mp4"), score("b.mp4", together=6e-4, psnr=(24.0, 23.9), face=(0.7, 0.4), cost=1.3)
    lines = bars.report([one, other]).splitlines()
    assert [line.split(":")[0] for line in lines[:6]] == ["- holds"] * 6
    assert lines[0].endswith("-35% (at worst -30%, a.mp4)")
    assert lines[2].endswith("+0.00 dB (at worst -0.10 dB, b.mp4)")
    assert lines[3].endswith("0.90 (at worst 0.90, a.mp4); a patch frozen in the frame: 0.30")
    assert lines[4].endswith("0.75 (at worst 0.70, b.mp4); a patch frozen on the face: 0.30")
    assert lines[5].endswith("1.20 x (at worst 1.30 x, b.mp4)")
    assert "a patch frozen on the face gets 0.92" in lines[-1]


@pytest.mark.parametrize(
    ("number", "changed"),
    [
        (0, {"together": 8e-4}),
        (1, {"psnr": (24.0, 23.7)}),
        (2, {"psnr": (24.0, 23.7)}),
        (3, {"frame": (0.6, 0.3, 0.9)}),
        (3, {"frame": (0.9, 0.8, 0.9)}),  # a measure by which a frozen patch passes shows nothing
        (4, {"face": (0.4, 0.3)}),
        (4, {"face": (0.8, 0.75)}),
        (5, {"cost": 1.6}),
    ],
)
def test_a_bar_that_is_missed_is_said(number, changed):
    words = [line.split(":")[0] for line in bars.report([score("a.mp4", **changed)]).splitlines()]
    assert words[number] == "- MISSED"
    assert bars.report([score("a.mp4", frame=(math.nan,) * 3)]).splitlines()[3].startswith("- not measured")


def test_the_clips_that_ship():
    listed = evaluation.listed(tab.CLIPS)
    assert len(listed) == 5
    for name, occluder in listed:
        assert (tab.CLIPS / name).stat().st_size < 150_000
        assert occluder in SWAY  # what is worn would never show the mouth
        clip = clips.read(tab.CLIPS / name)
        assert (clip.width, clip.height, len(clip.times)) == (256, 256, 36)


def session() -> Any:
    return SimpleNamespace(methods=METHODS)


@pytest.mark.slow  # restores a clip
def test_the_tab_restores_and_packs(work, tmp_path, monkeypatch):
    monkeypatch.setattr(tab, "shelved", lambda data, name: str(_put(tmp_path / "shelf" / name, data)))
    with gr.Blocks():
        parts = tab.build(session())
    assert [value for _, value in parts.example.choices] == [name for name, _ in evaluation.listed(tab.CLIPS)]
    updates = list(tab.restored(parts, work, threading.Event()))
    assert "1 of 10 frames" in updates[0][parts.status]
    last = updates[-1]
    assert "All frames are done." in last[parts.status]
    for player in parts.players:
        assert len(clips.read(Path(last[player])).times) == COUNT
    assert [trace.name for trace in last[parts.chart].data] == ["Frame by frame", "Consistent", "Ground truth"]
    with zipfile.ZipFile(io.BytesIO((tmp_path / "shelf" / "unmasked-clip.zip").read_bytes())) as archive:
        assert {"consistent.mp4", "frame-by-frame.mp4", "occluded.mp4", "measures.csv"} == set(archive.namelist())


@pytest.mark.slow  # restores a clip
def test_the_tab_keeps_what_was_done_before_a_cancel(work, tmp_path, monkeypatch):
    monkeypatch.setattr(tab, "shelved", lambda data, name: str(_put(tmp_path / "shelf" / name, data)))
    with gr.Blocks():
        parts = tab.build(session())
    stop, last = threading.Event(), {}
    for last in tab.restored(parts, work, stop):
        if "restores: 5 of" in last[parts.status]:
            stop.set()
    assert "Cancelled; 5 of 10" in last[parts.status]
    assert len(clips.read(Path(last[parts.players[2]])).times) == 5
    stop.set()
    early = list(tab.restored(parts, Restoring(work.clip, "telea", work.covering, locate=work.locate), stop))
    assert "no frame" in early[-1][parts.status]


def _put(path, data):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def test_what_is_drawn_in_the_editor_becomes_a_mask_of_the_frames_size():
    layer = np.zeros((50, 100), bool)
    layer[10:20, 30:60] = True
    mask = clip_forms.mask_of(editor.value(np.zeros((50, 100, 3), np.uint8), layer), 200, 100)
    assert mask.shape == (100, 200)
    assert set(np.unique(mask)) == {0, 255}
    assert mask[20:40, 60:120].all()
    assert mask.sum() == 255 * 20 * 60
    clip = clips.Clip(Path(), 200, 100, (), Fraction(0), sound=False)
    with pytest.raises(Problem, match="hides nothing"):
        clip_forms.occluder_of(clip_forms.DRAWN, "", None, clip)
    with pytest.raises(UnknownMethod):
        next(Restoring(clip, "nonsense", MovingOccluder("rectangle"), _track=Track((), (), "", ())).paint())


def test_how_far_it_is_in_words():
    assert clip_forms.said(Progress("Following the face", 3, 36, None)) == "Following the face: 3 of 36 frames"
    assert clip_forms.said(Progress("Telea restores", 3, 36, 8.4)).endswith("3 of 36 frames, about 8 s left")
    assert (
        measures.mean([FrameMeasures(0, 0.0, 0.0)], "psnr_consistent") != 0
    )  # NaN, not a number that could be taken for one
