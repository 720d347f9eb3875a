"""What other frames know of a hidden place: the motion of a face where it is hidden, and what is fetched along it."""

import cv2
import numpy as np
import pytest

from comparisons.video import completion, deformation, measures
from comparisons.video.completion import completed, pieces
from comparisons.video.deformation import POINTS, Observed, complete, observe, smoothness
from comparisons.video.keeping import kept, kept_together
from comparisons.video.occlusions import MovingOccluder, OccludedFrame
from comparisons.video.temporal import Memory
from restorers.faces import align
from tests.drawn_clip import drawn_clip, texture

COUNT, SIDE = 24, 256
SECONDS = [number / 12 for number in range(COUNT)]
MOUTH = (128, 190)


def field():
    """(N, N, 2) a motion of chin and mouth, strongest at the mouth's middle."""
    rows, columns = np.mgrid[:POINTS, :POINTS] * deformation.STEP
    weight = np.exp(-((columns - MOUTH[0]) ** 2 + (rows - MOUTH[1]) ** 2) / (2 * 40**2))
    return np.stack([np.zeros_like(weight), weight], axis=-1).astype(np.float32)


def opened(number):
    return 5 * np.sin(2 * np.pi * 0.8 * SECONDS[number])


def box(left, top, width, height, side=SIDE):
    mask = np.zeros((side, side), bool)
    mask[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = True
    return mask


def test_a_straight_line_is_smooth_and_a_bend_is_not():
    seconds = np.array((0, 0.1, 0.3, 0.35, 0.6))
    precision = smoothness(seconds)
    line, bend = 1 + 3 * seconds, np.abs(seconds - 0.3)
    assert line @ precision @ line == pytest.approx(deformation.STILL * float(line @ line))
    assert bend @ precision @ bend > 2 * deformation.STILL * float(bend @ bend)


def moving(hidden):
    """Motion of which `hidden`, frame by frame a mask of the grid, is not seen."""
    moved = np.stack([opened(number) * field() for number in range(COUNT)]).astype(np.float32)
    sure = np.stack([1 - hidden(number).astype(np.float32) for number in range(COUNT)])
    noise = np.random.default_rng(0).normal(0, 0.05, moved.shape).astype(np.float32)
    return moved, Observed(np.where(sure[..., None] > 0, moved + noise, 7), sure)


def test_a_hidden_mouth_moves_as_the_chin_says():
    mouth = box(24, 42, 16, 8, POINTS)
    nothing = np.zeros_like(mouth)
    moved, observed = moving(lambda number: mouth if 6 <= number < 20 else nothing)  # more than a swing
    found = complete(observed, np.array(SECONDS))
    assert np.abs(found.moved - moved)[:, mouth].max() < 0.6
    assert found.error.max() < 0.2


def test_where_all_is_hidden_it_moves_as_before_and_after():
    everything = np.ones((POINTS, POINTS), bool)
    moved, observed = moving(lambda number: everything if 9 <= number < 14 else ~everything)  # a third of a swing
    found = complete(observed, np.array(SECONDS))
    there = (MOUTH[1] // 4, MOUTH[0] // 4, 1)
    true = moved[:, *there]
    assert np.abs(found.moved[:, *there] - true).max() < 1.5
    assert np.abs(true[8] - true[9:14]).max() > 3  # which a frozen one would be wrong by


@pytest.fixture
def shot():
    """A textured face whose mouth opens and closes under a box that passes over it; grey paint in the hole."""
    still = texture(SIDE, SIDE, 3, 3.0)
    truth, painted, masks = [], [], []
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    for number in range(COUNT):
        fine = cv2.resize(field() * opened(number), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        picture = cv2.remap(still, columns - fine[..., 0], rows - fine[..., 1], cv2.INTER_CUBIC).astype(np.uint8)
        mask = box(-80 + 16 * number, 150, 70, 80)
        crop = picture.copy()
        crop[mask] = 128
        truth.append(picture)
        painted.append(crop)
        masks.append(mask)
    return truth, painted, masks


def as_float(picture):
    return picture.astype(np.float32) / 255


def test_what_is_seen_before_and_after_is_put_where_it_has_moved(shot):
    truth, painted, masks = shot
    found = list(completed(painted, masks, SECONDS))
    assert len(found) == COUNT
    over = [number for number in range(COUNT) if masks[number][MOUTH[1], MOUTH[0]]]
    assert len(over) >= 4
    for number in over:
        result, mask, true = found[number], masks[number], as_float(truth[number])
        assert np.array_equal(result[~mask], as_float(painted[number])[~mask])
        assert result.min() >= 0
        assert result.max() <= 1
        alone = measures.psnr(as_float(painted[number]), true, mask)
        frozen = measures.psnr(as_float(truth[over[0] - 2]), true, mask)
        assert measures.psnr(result, true, mask) > max(alone, frozen) + 3, number


def test_beside_the_face_what_was_seen_outweighs_what_was_painted():
    still, mask = texture(SIDE, SIDE, 3, 3.0), box(0, 0, 60, 60)
    masks = [mask if 6 <= number < 18 else np.zeros_like(mask) for number in range(COUNT)]
    painted = [np.where(hidden[..., None], 128, still).astype(np.uint8) for hidden in masks]
    middle = list(completed(painted, masks, SECONDS))[12]  # half a second from what shows it
    assert (
        measures.psnr(middle, as_float(still), mask) > measures.psnr(as_float(painted[12]), as_float(still), mask) + 15
    )


def test_beside_the_face_frames_are_held_by_half(shot, monkeypatch):
    truth, painted, _ = shot
    mask = box(0, 0, SIDE, SIDE // 2)
    crops = [
        kept(align.Aligned(crop, None, np.eye(2, 3), "-"), OccludedFrame(crop, crop, mask), crop) for crop in painted
    ]
    monkeypatch.setattr(completion, "completed", lambda *_: iter([as_float(crop) for crop in truth]))
    monkeypatch.setattr(Memory, "steady", lambda _, filled, hidden: filled + np.float32(0.1) * hidden[..., None])
    for shown, true in zip(kept_together(crops, [0] * COUNT, SECONDS), truth, strict=True):
        assert shown is not None
        change = (shown - as_float(true)).mean(axis=-1)
        assert change[:20, :20] == pytest.approx(0.05, abs=1e-5)
        assert change[100, 128] == pytest.approx(0.1, abs=1e-5)
        assert not change[200:].any()


def test_what_is_never_seen_stays_as_it_was_painted(shot):
    truth, painted, _ = shot
    always = box(90, 150, 70, 80)
    painted = [np.where(always[..., None], crop, true) for crop, true in zip([painted[0]] * COUNT, truth, strict=True)]
    inner = box(102, 162, 46, 56)  # beside the seam nothing is shifted to meet it
    for result, crop in zip(completed(painted, [always] * COUNT, SECONDS), painted, strict=True):
        assert np.abs(result - as_float(crop))[inner].mean() < 0.1


def test_the_reference_is_the_frame_that_shows_most(shot):
    _, painted, masks = shot
    observed = observe(painted, masks)
    still = [number for number in range(COUNT) if not observed.moved[number].any()]
    assert len(still) == 1
    assert not (masks[still[0]] & deformation.oval(SIDE)).any()
    hidden = masks[12][:: deformation.STEP, :: deformation.STEP]
    assert observed.sure[12][hidden].max() < 0.01


def test_pieces_are_short_and_complete():
    for count, rate in ((1, 12), (36, 12), (300, 30), (600, 60)):
        times = np.arange(count) / rate
        cut = pieces(times)
        assert [number for start, end in cut for number in range(start, end)] == list(range(count))
        assert all(times[end - 1] - times[start] <= completion.PIECE_SECONDS for start, end in cut)


def test_a_shot_in_pieces_is_filled_in_to_its_end(shot, monkeypatch):
    truth, painted, masks = shot
    monkeypatch.setattr(completion, "PIECE_SECONDS", 0.7)
    found = list(completed(painted, masks, SECONDS))
    assert len(found) == COUNT
    better = [
        measures.psnr(result, as_float(true), mask) - measures.psnr(as_float(crop), as_float(true), mask)
        for result, true, crop, mask in zip(found, truth, painted, masks, strict=True)
        if mask[:, 64:192].any()
    ]
    assert np.mean(better) > 2


@pytest.mark.slow
def test_nothing_is_carried_from_one_shot_to_another(shot):
    _, painted, masks = shot
    frames = [
        kept(
            align.Aligned(crop, align.TEMPLATE.astype(np.float32), np.eye(2, 3), "-"),
            OccludedFrame(crop, crop, mask),
            crop,
        )
        for crop, mask in zip(painted, masks, strict=True)
    ]
    shots = [0] * 12 + [1] * 12
    both = [crop for crop in kept_together(frames, shots, SECONDS) if crop is not None]
    alone = [crop for crop in kept_together(frames[12:], shots[12:], SECONDS[12:]) if crop is not None]
    assert len(both) == COUNT
    assert all(np.array_equal(one, other) for one, other in zip(both[12:], alone, strict=True))
    gone = [*frames[:12], kept(None, None, None), *frames[13:]]
    parted = list(kept_together(gone, [0] * COUNT, SECONDS))
    assert [number for number, crop in enumerate(parted) if crop is None] == [12]
    before = [crop for crop in parted[:12] if crop is not None]
    assert np.array_equal(before, both[:12])


@pytest.mark.parametrize("occluder", ["rectangle", "phone"])
def test_a_frame_is_covered_again_as_it_was(drawn_face, occluder):
    clip = drawn_clip(drawn_face, 4)
    covering = MovingOccluder(occluder, 2)
    for frame, points, time in zip(clip.frames, clip.landmarks, clip.times, strict=True):
        aligned = align.align(frame, points)
        covered = covering.occlude(frame, aligned, time, 0)
        assert covered is not None
        again = kept(aligned, covered, aligned.pixels).covered(frame, aligned)
        for one, other in ((covered.frame, again.frame), (covered.crop, again.crop), (covered.mask, again.mask)):
            assert np.array_equal(one, other)
    seen = OccludedFrame(frame, aligned.pixels, np.eye(256, dtype=bool))  # what is in the clip itself
    assert np.array_equal(kept(aligned, seen, aligned.pixels).covered(frame, aligned).frame, frame)
