"""A face and a mask followed over time, frames kept together, and what is measured of it."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from comparisons.video import measures, occlusions, tracking
from comparisons.video.measures import FrameMeasures, Steadiness
from comparisons.video.occlusions import MOVING, DrawnMask, MovingOccluder
from comparisons.video.temporal import Flow, Memory, carried
from comparisons.video.tracking import Follower
from restorers.contract import BadMask, FaceNotFound, Problem
from restorers.faces import align
from restorers.faces.align import Detection
from tests.drawn_clip import HEIGHT, POINTS, WIDTH, Locator, drawn_clip, face_at, texture

NOBODY = Detection((), "drawn")


def followed(clip, locate):
    follower = Follower(locate)
    for frame in clip.frames:
        follower.see(frame)
    return follower.track(clip.times)


def errors(track, clip):
    return [
        float(np.linalg.norm(found - true, axis=1).mean())
        for found, true in zip(track.landmarks, clip.landmarks, strict=True)
    ]


def test_a_face_is_followed_between_looks(drawn_face):
    clip = drawn_clip(drawn_face)
    locate = Locator(clip)
    track = followed(clip, locate)
    assert locate.looks == 1 + (len(clip.frames) - 1) // tracking.LOOK_EVERY
    assert max(errors(track, clip)) < 2.5  # the face moves by up to 6 pixels a frame
    assert track.shots == (0,) * len(clip.frames)
    assert track.notes == ()


def test_trembling_points_are_smoothed(drawn_face):
    clip = drawn_clip(drawn_face)
    track = followed(clip, Locator(clip, tremble=2.0))
    steps = np.diff(np.stack(track.landmarks) - np.stack(clip.landmarks), axis=0)
    assert float(np.abs(steps).mean()) < 0.5  # of a trembling that is 2 pixels at each look


def test_a_steady_motion_is_left_as_it_is():
    seconds = np.sort(np.random.default_rng(0).uniform(0, 2, 20))  # at any times
    points = [np.full((5, 2), 3 + 30 * second, np.float32) for second in seconds]
    found = tracking.smoothed(points, [0] * 20, seconds)
    assert all(np.allclose(one, other, atol=1e-3) for one, other in zip(found, points, strict=True) if one is not None)
    assert None not in [None if one is None else 0 for one in found]


def test_a_cut_starts_anew(drawn_face):
    one, other = drawn_clip(drawn_face, 8), drawn_clip(np.ascontiguousarray(drawn_face[:, ::-1]), 8, seed=9)
    for number, frame in enumerate(other.frames):  # elsewhere, and darker
        other.frames[number] = np.roll(frame // 2, 40, axis=1)
        other.landmarks[number] = other.landmarks[number] + np.array((40, 0), np.float32)
    clip = drawn_clip(drawn_face, 16)
    clip.frames[:], clip.landmarks[:] = one.frames + other.frames, one.landmarks + other.landmarks
    track = followed(clip, Locator(clip))
    assert track.shots == (0,) * 8 + (1,) * 8
    assert max(errors(track, clip)) < 2.5  # smoothing does not reach across
    assert "cuts at 0.7 s" in track.notes[0]


def test_of_several_faces_the_largest_and_most_central_is_followed(drawn_face):
    clip = drawn_clip(drawn_face, 8)
    own = Locator(clip)

    def two(frame):
        aside = face_at((clip.landmarks[0] * 0.5 + (WIDTH * 0.7, 0)).astype(np.float32), 1.3)
        return Detection((aside, *own(frame).faces), "drawn")

    track = followed(clip, two)
    assert max(errors(track, clip)) < 2.5
    assert "Up to 2 faces" in track.notes[0]


def test_frames_without_a_face_are_left_out(drawn_face):
    clip = drawn_clip(drawn_face, 12)
    own = Locator(clip)
    empty = texture(HEIGHT, WIDTH, 5)
    clip.frames[:6] = [empty] * 6
    track = followed(clip, lambda frame: NOBODY if np.array_equal(frame, empty) else own(frame))
    assert [points is None for points in track.landmarks] == [True] * 6 + [False] * 6
    assert any("In 6 of 12 frames there is no face" in note for note in track.notes)
    with pytest.raises(FaceNotFound, match="found none"):
        followed(clip, lambda frame: NOBODY)


def aligned_frames(clip):
    return [align.align(frame, points) for frame, points in zip(clip.frames, clip.landmarks, strict=True)]


@pytest.mark.parametrize("occluder", ["rectangle", "sunglasses", "hand"])
def test_what_the_app_puts_on_moves_with_the_face_and_touches_nothing_else(drawn_face, occluder):
    clip = drawn_clip(drawn_face, 6)
    covering, centres = MovingOccluder(occluder, seed=3), []
    for frame, aligned, time in zip(clip.frames, aligned_frames(clip), clip.times, strict=True):
        covered = covering.occlude(frame, aligned, time, 0)
        assert covered is not None
        apart = np.any(covered.frame != frame, axis=-1)
        inside = cv2.warpAffine(
            covered.mask.astype(np.uint8), cv2.invertAffineTransform(aligned.affine), (WIDTH, HEIGHT)
        )
        assert apart.any()
        assert not (apart & (cv2.dilate(inside, np.ones((3, 3))) == 0)).any()
        assert np.array_equal(covered.crop[~covered.mask], aligned.pixels[~covered.mask])
        centres.append(np.argwhere(apart).mean(axis=0))
    assert np.ptp(np.stack(centres), axis=0).max() > 5


@pytest.mark.slow
@pytest.mark.parametrize("occluder", ["rectangle", "hand", "phone"])
def test_the_mouth_comes_out_from_under_what_is_moved_over_it(drawn_face, occluder):
    aligned = align.align(drawn_face, POINTS)
    covering, mouth = MovingOccluder(occluder), [(0.4, 0.75), (0.45, 0.75), (0.5, 0.75), (0.55, 0.75), (0.6, 0.75)]
    counts = []
    for number in range(36):
        covered = covering.occlude(drawn_face, aligned, Fraction(number, 12), 0)
        assert covered is not None
        counts.append(sum(bool(covered.mask[int(y * 256), int(x * 256)]) for x, y in mouth))
    assert counts.count(0) >= 5
    assert counts.count(len(mouth)) >= 1
    assert sum(count > 0 for count in counts) >= 12


def test_only_known_objects_are_put_on():
    with pytest.raises(Problem, match="rectangle"):
        MovingOccluder("bucket")
    assert {"rectangle", "surgical_mask", "hand"} <= set(MOVING)


def moving_patch(count=18):
    """A textured patch that moves over a face-like background, with its true masks."""
    background, patch = texture(HEIGHT, WIDTH, 2, 5.0), texture(60, 70, 3)
    frames, masks_ = [], []
    for number in range(count):
        affine = cv2.getRotationMatrix2D((35, 30), 1.5 * number, 1 + 0.01 * number)
        affine[:, 2] += (60 + 3 * number, 60 + 2 * np.sin(number))
        mask = cv2.warpAffine(np.ones((60, 70), np.uint8), affine, (WIDTH, HEIGHT)) > 0
        moved = cv2.warpAffine(patch, affine, (WIDTH, HEIGHT))
        frames.append(np.where(mask[..., None], moved, background).astype(np.uint8))
        masks_.append(mask)
    return frames, masks_


def test_a_drawn_mask_follows_what_it_covers():
    frames, true = moving_patch()
    covering = DrawnMask(true[0])
    whole = align.centre_crop(frames[0], 256)
    for number, frame in enumerate(frames):
        aligned = align.Aligned(
            align.centre_crop(frame, 256).pixels, align.TEMPLATE.astype(np.float32), whole.affine, "-"
        )
        covered = covering.occlude(frame, aligned, Fraction(number, 12), 0)
        assert covered is not None
        wanted = cv2.warpAffine(true[number].astype(np.uint8), whole.affine, (256, 256)) > 0
        share = (covered.mask & wanted).sum() / (covered.mask | wanted).sum()
        assert share > 0.75, number  # the mask is grown, so 1 is not to be had
        assert (covered.mask | ~wanted).mean() > 0.995, number  # next to nothing of the patch is left over
    assert covering.note == ""
    assert covering.occlude(frames[0], aligned, Fraction(2), 1) is None
    assert "first shot" in covering.note


@pytest.mark.slow
def test_a_mask_over_nothing_that_can_be_followed_moves_with_the_face(drawn_face):
    clip = drawn_clip(drawn_face, 8)
    flat = [frame.copy() for frame in clip.frames]
    points = [place[2] for place in clip.landmarks]
    for frame, (x, y) in zip(flat, points, strict=True):
        cv2.circle(frame, (round(float(x)), round(float(y))), 30, (90, 90, 90), -1)
    mask = (
        cv2.circle(np.zeros((HEIGHT, WIDTH), np.uint8), tuple(np.rint(points[0]).astype(int).tolist()), 25, 1, -1) > 0
    )
    covering = DrawnMask(mask)
    for frame, aligned, time in zip(flat, aligned_frames(clip), clip.times, strict=True):
        covered = covering.occlude(frame, aligned, time, 0)
        assert covered is not None
    assert covered is not None
    middle = np.argwhere(covered.mask).mean(axis=0)[::-1] / 256
    assert np.abs(middle - aligned.landmarks[2]).max() < 0.05
    assert "moves with the face" in covering.note


def test_a_mask_must_fit_the_frames(tmp_path):
    with pytest.raises(BadMask, match="240 x 200"):
        occlusions.drawn_on(np.full((200, 200), 255, np.uint8), 240, 200)
    with pytest.raises(BadMask, match="hides nothing"):
        occlusions.drawn_on(np.zeros((200, 240), np.uint8), 240, 200)


def as_float(pixels):
    return pixels.astype(np.float32) / 255


def sliding(count=10, step=3, side=128):
    """A texture that slides to the left, and the box of a mask over its middle."""
    wide = as_float(texture(side, side + step * count, 4, 4.0))
    mask = np.zeros((side, side), bool)
    mask[40:90, 40:90] = True
    return [wide[:, step * number : step * number + side] for number in range(count)], mask


def test_flow_says_where_pixels_come_from_and_where_not_to_believe_it():
    (one, other, *_), _ = sliding()
    flow, missed = Flow().between(other, one)
    assert np.abs(flow[20:-20, 20:-20] - (3, 0)).mean() < 0.3
    assert np.abs(carried(one, flow) - other)[20:-20, 20:-20].mean() < 0.02
    assert np.isinf(missed[:, -2:]).all()  # this came in from outside
    assert (missed[20:-20, 20:-20] < 1).mean() > 0.95


def test_flicker_is_taken_out_and_motion_is_not():
    truth, mask = sliding()
    random = np.random.default_rng(0)
    memory, steady = Memory(), Steadiness()
    before, after, moved = [], [], []
    for picture in truth:
        shift = cv2.GaussianBlur(random.normal(0, 1, picture.shape).astype(np.float32), (0, 0), 6)
        flicker = np.where(mask[..., None], np.clip(picture + 0.05 * shift / shift.std(), 0, 1), picture).astype(
            np.float32
        )
        shown = memory.steady(flicker, mask)
        assert np.array_equal(shown[~mask], picture[~mask])
        assert shown.min() >= 0
        assert shown.max() <= 1
        one, other, own = steady.errors(picture, [flicker, shown, picture], mask)
        before.append(one)
        after.append(other)
        moved.append(
            float(np.square(shown - picture)[mask].mean()) <= float(np.square(flicker - picture)[mask].mean()) * 1.1
        )
    assert np.nanmean(after) < 0.75 * np.nanmean(before)
    assert all(moved[1:])  # a frozen patch would be farther and farther from a truth that slides away
    assert np.isnan(before[0])
    assert own < 1e-4


def test_what_was_seen_is_remembered_for_a_while():
    truth, mask = sliding(4, 0)
    hidden = truth[0].copy()
    hidden[mask] = 0.5
    memory = Memory()
    memory.steady(truth[0], np.zeros_like(mask))  # nothing is covered yet
    blank, known = np.square(hidden - truth[0])[mask].mean(), None
    known = np.square(memory.steady(hidden, mask) - truth[0])[mask].mean()
    assert known < blank
    memory.forget()
    assert np.array_equal(memory.steady(hidden, mask), hidden)  # across a cut nothing is


def test_warping_error_by_hand():
    still = np.full((64, 64, 3), 0.5, np.float32)
    pattern = as_float(texture(64, 64, 1))
    mask = np.zeros((64, 64), bool)
    mask[20:40, 20:40] = True
    steady = Steadiness()
    assert np.isnan(steady.errors(pattern, [still], mask)).all()
    assert steady.errors(pattern, [still], mask) == [0.0]
    (error,) = steady.errors(pattern, [still + np.float32(0.1)], mask)
    assert error == pytest.approx(0.01, rel=1e-4)
    assert np.isnan(steady.errors(pattern, [still], np.zeros_like(mask))).all()


def test_psnr_and_the_table():
    grey = np.full((8, 8, 3), 0.5, np.float32)
    assert measures.psnr(grey, grey + np.float32(0.1)) == pytest.approx(20, abs=1e-3)
    assert np.isnan(measures.psnr(grey, grey, np.zeros((8, 8), bool)))
    lines = measures.table(
        [FrameMeasures(0, 0.0, 0.25), FrameMeasures(1, 1 / 12, 0.25, warping_consistent=1e-4)]
    ).splitlines()
    assert lines[0].startswith("frame,seconds,hidden,")
    assert lines[1] == "0,0,0.25,,,,,,,"
    assert lines[2] == "1,0.0833333,0.25,,,,,,0.0001,"
    assert measures.mean([FrameMeasures(0, 0.0, 0.2), FrameMeasures(1, 0.0, 0.4)], "hidden") == pytest.approx(0.3)
