"""Where a face is, from clicks and boxes."""

import numpy as np
import pytest

from restorers import images
from restorers.contract import FaceNotFound
from restorers.faces import align, pointing, upright
from restorers.faces.align import TEMPLATE, Box


def moved(points):
    placed = points @ (1, 1j) * 300 * np.exp(0.2j) + (400 + 250j)
    return np.stack([placed.real, placed.imag], 1)


FACE = moved(TEMPLATE)


def clicks(*places):
    return [tuple(FACE[place]) if place in places else None for place in range(5)]


def test_five_points_are_taken_as_they_are():
    rough = FACE + np.random.default_rng(0).normal(0, 3, (5, 2))
    assert np.allclose(pointing.landmarks_from([tuple(point) for point in rough]), rough, atol=1e-3)


@pytest.mark.parametrize("places", [(0, 1), (1, 2), (3, 4), (0, 4), (0, 1, 2), (0, 2, 3, 4)])
def test_hidden_points_are_filled_in(places):
    assert np.allclose(pointing.landmarks_from(clicks(*places)), FACE, atol=0.01)


def test_trailing_points_need_not_be_named():
    assert np.allclose(pointing.landmarks_from([tuple(FACE[0]), tuple(FACE[1])]), FACE, atol=0.01)


def test_a_box_stands_for_an_upright_face_of_its_size():
    side, left, top = 400.0, 120.0, 60.0
    box = Box(*(side * edge + start for edge, start in zip(pointing.FACE_BOX, (left, top, left, top), strict=True)))
    assert np.allclose(pointing.landmarks_from([], box), TEMPLATE * side + (left, top), atol=0.01)
    # one point moves it, two take over
    nose = TEMPLATE[2] * side + (left + 9, top - 7)
    with_nose = pointing.landmarks_from([None, None, tuple(nose)], box)
    assert np.allclose(with_nose, TEMPLATE * side + (left + 9, top - 7), atol=0.01)
    assert np.allclose(pointing.landmarks_from(clicks(0, 1), box), FACE, atol=0.01)


def test_too_little_or_too_small_gets_a_sentence():
    with pytest.raises(FaceNotFound, match="at least two"):
        pointing.landmarks_from([None, (4.0, 5.0)])
    with pytest.raises(FaceNotFound, match="32 pixels"):
        pointing.landmarks_from([(100.0, 100.0), (104.0, 100.0)])
    with pytest.raises(FaceNotFound, match="32 pixels"):
        pointing.landmarks_from([], Box(10, 10, 10, 300))
    with pytest.raises(FaceNotFound):
        pointing.landmarks_from([(100.0, 100.0), (100.0, 100.0)])
    with pytest.raises(ValueError, match="up to 5"):
        pointing.landmarks_from([None] * 6)


@pytest.mark.parametrize("turn", [0, 60, 90, 135, 180, 270])
@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (1, 0, 2, 3, 4), (0, 1, 2, 4, 3), (1, 0, 2, 4, 3)])
def test_whichever_eye_and_corner_is_clicked_first_the_face_comes_out_upright(turn, order):
    placed = TEMPLATE @ (1, 1j) * 300 * np.exp(1j * np.radians(turn)) + (400 + 400j)
    face = np.stack([placed.real, placed.imag], 1)
    clicked = [tuple(face[place]) for place in order]
    assert np.allclose(pointing.landmarks_from(clicked), face, atol=1e-3)
    # two eyes and one corner of the mouth are enough, and so are eyes and nose
    for shown in ((0, 1, 3), (0, 1, 2)):
        few = [clicked[place] if place in shown else None for place in range(5)]
        assert np.allclose(pointing.landmarks_from(few), face, atol=1e-3)


def test_as_left_and_right_lie_in_the_picture_of_a_face_on_its_head():
    upside = TEMPLATE * -300 + 700
    by_the_letter = upside[[1, 0, 2, 4, 3]]  # the eye on the left of the picture first
    assert np.allclose(pointing.landmarks_from([tuple(point) for point in by_the_letter]), upside, atol=1e-3)


def test_eyes_alone_are_taken_for_upright():
    left, right = TEMPLATE[:2] * 300 + 100
    for eyes in ((left, right), (right, left)):
        found = pointing.landmarks_from([tuple(eye) for eye in eyes])
        assert np.allclose(found, TEMPLATE * 300 + 100, atol=1e-3)


def test_points_that_form_no_face_get_a_sentence():
    stray = FACE.copy()
    stray[[2, 3]] = FACE[[3, 2]] + (160, -240)
    with pytest.raises(FaceNotFound, match="click each where it is"):
        pointing.landmarks_from([tuple(point) for point in stray])


def test_the_frame_is_what_align_cuts_out():
    rough = FACE + np.random.default_rng(1).normal(0, 4, (5, 2))
    frame = pointing.frame(rough)
    cut = align.align(np.zeros((800, 900, 3), np.uint8), rough)
    assert np.allclose(
        frame @ cut.affine[:, :2].T + cut.affine[:, 2], np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * 256, atol=1e-6
    )


def test_a_box_is_searched_enlarged(drawn_face):
    # too small for the detector in the whole photograph, found when the box is looked into
    photograph = np.full((2400, 3200, 3), (96, 120, 148), np.uint8)
    photograph[1500:1612, 2500:2612] = images.resize(drawn_face, 112)
    box = Box(2524, 1516, 2590, 1611)
    assert not align.locate(photograph).faces
    found = upright.find_in(photograph, box)
    assert len(found.faces) == 1
    expected = np.array([(96, 120), (160, 120), (128, 162), (102, 188), (154, 188)]) * 112 / 256 + (2500, 1500)
    assert np.abs(found.faces[0].landmarks - expected).max() < 7


def test_no_face_in_a_box_is_no_error(drawn_face):
    photograph = np.full((600, 900, 3), 90, np.uint8)
    photograph[100:356, 20:276] = drawn_face
    assert upright.find_in(photograph, Box(600, 200, 800, 450)).faces == ()
    assert upright.find_in(photograph, Box(2000, 2000, 2100, 2100)).faces == ()


def test_overlap_by_hand():
    assert pointing.overlap(Box(0, 0, 2, 2), Box(1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert pointing.overlap(Box(0, 0, 1, 1), Box(2, 2, 3, 3)) == 0
    assert pointing.box_of(((5, 9), (1, 2))) == Box(1, 2, 5, 9)
