"""The background that a moving cover hides beside a face is fetched from other frames, along the camera's motion."""

import cv2
import numpy as np
import pytest

from comparisons.video import measures
from comparisons.video.backdrop import Backdrop, Place, beside, with_camera
from comparisons.video.camera import Camera
from comparisons.video.deformation import POINTS, Observed, complete, oval
from comparisons.video.keeping import kept, kept_together
from comparisons.video.occlusions import OccludedFrame
from restorers.faces import align
from tests.drawn_clip import HEIGHT, WIDTH, drawn_clip, texture

COUNT, SIDE = 10, 256


def as_float(picture):
    return picture.astype(np.float32) / 255


@pytest.fixture
def passing(drawn_face):
    """A box that passes beside a wandering face: truths, what a method painted and the frames as they are kept."""
    clip = drawn_clip(drawn_face, COUNT)
    camera, truths, frames, masks = Camera(), [], [], []
    for number, (frame, points) in enumerate(zip(clip.frames, clip.landmarks, strict=True)):
        aligned = align.align(frame, points)
        mask = np.zeros((SIDE, SIDE), bool)
        mask[20 + 12 * number : 90 + 12 * number, :70] = True
        painted = aligned.pixels.copy()
        painted[mask] = cv2.GaussianBlur(aligned.pixels, (0, 0), 25)[mask]
        covered = OccludedFrame(frame, painted, mask)
        truths.append(as_float(aligned.pixels))
        masks.append(mask)
        frames.append((aligned, covered, painted, camera.see(frame, points, 0)))
    return clip, truths, masks, frames


def gain(passing, with_camera):
    clip, truths, masks, frames = passing
    kept_frames = [
        kept(aligned, covered, painted, motion if with_camera else None) for aligned, covered, painted, motion in frames
    ]
    shown = kept_together(kept_frames, [0] * COUNT, [float(time) for time in clip.times])
    better = []
    for result, truth, mask, (aligned, _, painted, _) in zip(shown, truths, masks, frames, strict=True):
        assert result is not None
        beside = mask & ~oval(SIDE) & ~aligned.outside
        better.append(measures.psnr(result, truth, beside) - measures.psnr(as_float(painted), truth, beside))
    return float(np.mean(better))


@pytest.mark.slow
def test_what_is_hidden_beside_the_face_is_fetched_from_other_frames(passing):
    with_camera, without = gain(passing, True), gain(passing, False)
    assert with_camera > 3
    assert with_camera > without + 3


def test_what_is_shown_stays_bit_for_bit(passing):
    clip, truths, masks, frames = passing
    shown = kept_together([kept(*frame) for frame in frames], [0] * COUNT, [float(time) for time in clip.times])
    for result, truth, mask in zip(shown, truths, masks, strict=True):
        assert result is not None
        assert np.array_equal(result[~mask], truth[~mask])


def test_the_layers_are_told_apart(passing):
    clip, _, masks, frames = passing
    places = [place for frame in frames if (place := kept(*frame).place) is not None]
    crops = [frame[0].pixels for frame in frames]
    share = Backdrop(crops, masks, places, np.array([float(time) for time in clip.times])).share
    assert share.min() >= 0
    assert share.max() <= 1
    assert share[oval(SIDE)].max() == 0
    assert share[:40, 60:200].mean() > 0.8  # above the head


def test_where_no_frames_tell_the_layers_apart_each_counts_half():
    crops, nothing = [texture(SIDE, SIDE, 1)] * 3, np.zeros((SIDE, SIDE), bool)
    share = Backdrop(crops, [nothing] * 3, [Place(np.eye(2, 3), nothing)] * 3, np.arange(3) / 12).share
    assert np.unique(share[~oval(SIDE)]) == pytest.approx([0.5])


def test_a_neck_moves_neither_as_the_face_nor_as_the_camera():
    """The camera pans to the right, the face follows it, and what is under the chin swings, and is hidden for a third of the clip."""
    times = np.arange(18) / 12
    neck = ~oval(POINTS) & (np.arange(POINTS)[:, None] >= 32)
    swing = 4 * np.sin(2 * np.pi * 0.7 * times)
    moved = np.zeros((18, POINTS, POINTS, 2), np.float32)
    moved[:, neck, 1] = swing[:, None]
    sure = np.ones((18, POINTS, POINTS), np.float32)
    hidden = neck & (np.arange(POINTS) < 24)
    sure[6:12, hidden] = 0
    observed = Observed(np.where(sure[..., None] > 0, moved, 9).astype(np.float32), sure)
    pan = [np.array([(1, 0, 2.0 * number), (0, 1, 0)]) for number in range(18)]
    places = [Place(way, np.zeros((SIDE, SIDE), bool)) for way in pan]
    face = complete(observed, times)
    found = beside(observed, face, places, times)
    apart, faces = (np.abs(motion.moved - moved)[6:12, hidden, 1].mean() for motion in (found, face))
    assert faces > 1.5
    assert apart < 0.5
    middle = slice(28, 44)
    assert found.moved[:, middle, middle] == pytest.approx(face.moved[:, middle, middle], abs=1e-3)


def test_beside_the_face_a_flow_that_fits_worse_gives_way_to_the_camera():
    wide, nothing = texture(SIDE, SIDE + 30, 4), np.zeros((SIDE, SIDE), bool)
    crops = [wide[:, :SIDE], wide[:, 30:]]
    places = [Place(np.array([(1, 0, left), (0, 1, 0.0)]), nothing) for left in (0.0, -30.0)]
    moved, sure = np.zeros((2, POINTS, POINTS, 2), np.float32), np.ones((2, POINTS, POINTS), np.float32)
    moved[1] = 7
    told = with_camera(Observed(moved, sure), crops, [nothing] * 2, places)
    face, shown = oval(POINTS), np.arange(POINTS) > 10  # the rest has left the picture
    assert told.moved[1][~face & shown] == pytest.approx(np.tile((-30, 0), ((~face & shown).sum(), 1)))
    assert np.array_equal(told.moved[1][face], moved[1][face])


def test_what_only_the_mirror_shows_is_not_fetched():
    """Two crops, of which the other shows the hidden place beyond the frame's border."""
    one, other = texture(SIDE, SIDE, 1), texture(SIDE, SIDE, 2)
    hidden = np.zeros((SIDE, SIDE), bool)
    hidden[:20, :20] = True
    nothing, beyond = np.zeros_like(hidden), np.zeros_like(hidden)
    beyond[:40, :40] = True
    for mirrored, found in ((nothing, True), (beyond, False)):
        ways = [Place(np.eye(2, 3), nothing), Place(np.eye(2, 3), mirrored)]
        behind = Backdrop([one, one if found else other], [hidden, nothing], ways, np.array((0.0, 0.1))).fetch(0)
        assert (behind.weight[:15, :15].max() > 0.3) == found


def panned(count, step):
    """A wide texture seen by a camera that pans, with a thing in the middle that moves otherwise."""
    wide, thing = texture(HEIGHT, WIDTH + step * count, 5, 3.0), texture(80, 60, 6, 3.0)
    frames = []
    for number in range(count):
        frame = wide[:, step * number : step * number + WIDTH].copy()
        frame[60 : 60 + 80, 90 : 90 + 60] = thing
        frames.append(frame)
    return frames, np.array([(105, 85), (135, 85), (120, 100), (107, 120), (133, 120)], np.float32)


@pytest.mark.parametrize("step", [0, 4])
def test_a_camera_is_followed_by_what_is_around_the_head(step):
    frames, points = panned(10, step)
    camera = Camera()
    for number, frame in enumerate(frames):
        motion = camera.see(frame, points, 0)
        assert np.abs(motion[:, :2] - np.eye(2)).max() < 0.01
        assert motion[:, 2] == pytest.approx((-step * number, 0), abs=0.5)
    assert np.array_equal(camera.see(frames[0], points, 1), np.eye(2, 3))  # another shot


def test_a_camera_of_which_nothing_tells_stands_still():
    camera = Camera()
    for grey in (90, 91, 92):
        assert np.array_equal(camera.see(np.full((HEIGHT, WIDTH, 3), grey, np.uint8), None, 0), np.eye(2, 3))
