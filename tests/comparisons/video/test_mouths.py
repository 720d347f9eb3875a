"""Whether a mouth follows: what the measure gives to the truth, and to patches that are frozen in the frame or on the face."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from torch import nn
from torch.nn import functional

from comparisons.pages.video.video_tab import CLIPS
from comparisons.video import clips, mouths
from comparisons.video.measures import FrameMeasures
from comparisons.video.mouths import Mouths, correlation
from comparisons.video.occlusions import OccludedFrame
from comparisons.video.restoring import FrameResult
from restorers.faces import align
from restorers.networks.landmark_net import POINTS

COUNT = 24


def test_correlation_by_hand():
    random = np.random.default_rng(1)
    truth = random.normal(0, 1, (20, 2, 2)).cumsum(axis=0)
    assert correlation(truth, truth) == pytest.approx(1)
    assert correlation(-0.5 * truth, truth) == pytest.approx(-1)
    assert correlation(np.repeat(truth[:1], 20, axis=0), truth) == 0
    assert np.isnan(correlation(truth, np.zeros_like(truth)))
    # by hand: one coordinate, 0 1 2 against 0 2 1
    one, other = (np.zeros((3, 1, 2)) for _ in range(2))
    one[:, 0, 0], other[:, 0, 0] = (0, 1, 2), (0, 2, 1)
    assert correlation(one, other) == pytest.approx(0.5)


def test_only_what_is_covered_counts():
    truth = np.random.default_rng(2).normal(0, 1, (12, 2, 2))
    frozen = np.repeat(truth[:1], 12, axis=0)
    covered = np.zeros((12, 2), bool)
    covered[3:9, 0] = True
    covered[:2, 1] = True  # too few frames to tell
    outside = np.where(covered[..., None], frozen, truth)
    assert correlation(outside, truth, covered) == 0  # though it moves with the truth wherever that can be seen
    assert np.isnan(correlation(truth, truth, covered & (np.arange(2) == 1)))
    inside = np.where(covered[..., None], truth, 100)
    assert correlation(inside, truth, covered) == pytest.approx(1)


class Red(nn.Module):
    """Finds every point where the picture is reddest."""

    def forward(self, pictures):
        red = (pictures[:, :1] - pictures[:, 1:2]).clamp_min(0)
        return functional.avg_pool2d(red, 8).repeat(1, len(POINTS), 1, 1)


def drawn_step(number, seen, mask):
    """A head that moves in the frame, and on it a red mouth that moves faster; `seen` makes both results of the true crop."""
    phase = 2 * np.pi * number / COUNT
    head = np.array((30 + 14 * np.sin(phase), 34 + 8 * np.cos(phase)))
    mouth = np.array((128 + 6 * np.sin(3 * phase), 186 + 8 * np.cos(4 * phase)))
    frame = np.full((320, 320, 3), 90, np.uint8)
    x, y = (16 * (head + mouth)).round().astype(int)
    cv2.circle(frame, (int(x), int(y)), 16 * 9, (220, 60, 60), -1, cv2.LINE_AA, 4)
    aligned = align.align(frame, align.TEMPLATE * 256 + head)
    covered = OccludedFrame(frame, aligned.pixels, mask)
    time = Fraction(number, 12)
    return FrameResult(
        time,
        FrameMeasures(number, float(time), 0.2),
        frame,
        frame,
        frame,
        frame,
        aligned,
        covered,
        seen(aligned.pixels),
    )


def test_a_frozen_patch_fails_where_its_motion_is_missing():
    mask = np.zeros((256, 256), bool)
    mask[130:250, 60:196] = True
    first = drawn_step(0, lambda crop: (crop, crop), mask).aligned.pixels
    watched = Mouths(Red())
    for number in range(COUNT):
        watched.see(drawn_step(number, lambda crop: (crop, np.where(mask[..., None], first, crop)), mask))
    frame, face, frames = watched.correlations()
    assert frames == COUNT
    assert frame.frame_by_frame > 0.99
    assert face.frame_by_frame > 0.99
    assert abs(frame.still) < 0.3
    assert abs(face.worn) < 0.3
    # what the frame's axes cannot tell: a head that moves more than its mouth carries a frozen patch along
    assert frame.worn > 0.7
    # a result that never changes is given what the control is given
    assert (frame.consistent, face.consistent) == (frame.worn, face.worn)


def test_where_nothing_is_covered_nothing_is_measured():
    step = drawn_step(0, lambda crop: (crop, crop), np.zeros((256, 256), bool))
    watched = Mouths(Red())
    frame, face, frames = watched.correlations()
    assert frames == 0
    assert np.isnan([frame.worn, face.worn]).all()
    watched.see(step)
    assert np.isnan(watched.correlations()[0].frame_by_frame)


def test_the_network_that_ships_sees_mouths():
    if not mouths.WEIGHTS.is_file():
        pytest.skip("the landmark network has no weights here")
    network = mouths.load().network
    crop = next(clips.read(CLIPS / "04.mp4").frames())
    both = mouths.mouths(network, np.stack([crop, np.ascontiguousarray(crop[:, ::-1])]))
    assert both.shape == (2, 10, 2)
    found, mirrored = both
    assert np.abs(found.mean(axis=0) - align.TEMPLATE[3:].mean(axis=0)).max() < 0.1
    corners, others = mirrored[[0, 3]], found[[3, 0]]
    assert np.abs((1 - corners[:, 0]) - others[:, 0]).max() < 0.02
