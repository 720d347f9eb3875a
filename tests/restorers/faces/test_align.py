"""A face cut out upright, and put back."""

import numpy as np
import pytest

from restorers import images
from restorers.contract import FaceNotFound
from restorers.faces import align

IDENTITY = align.TEMPLATE * 256


def similar(angle: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]])


def moved(points: np.ndarray, affine: np.ndarray) -> np.ndarray:
    return np.asarray(points @ affine[:, :2].T + affine[:, 2])


def smooth_picture(height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(rows / 19 + k) * np.cos(columns / 23 - k) for k in range(3)]
    return np.round(np.stack(waves, -1) * 100 + 128).astype(np.uint8)


def test_template_landmarks_change_nothing(drawn_face: np.ndarray) -> None:
    aligned = align.align(drawn_face, IDENTITY)
    assert np.array_equal(aligned.pixels, drawn_face)
    assert np.allclose(aligned.affine, [[1, 0, 0], [0, 1, 0]], atol=1e-9)
    assert aligned.landmarks is not None
    assert np.allclose(aligned.landmarks, align.TEMPLATE, atol=1e-6)
    assert np.array_equal(align.paste_back(drawn_face, aligned.pixels, aligned), drawn_face)


@pytest.mark.parametrize(("angle", "scale"), [(0.0, 1.0), (0.3, 1.7), (-0.6, 0.55), (0.1, 6.0)])
def test_alignment_undoes_a_similarity(angle: float, scale: float) -> None:
    transform = similar(angle, scale, (300, 280))
    height, width = 900, 1000
    picture = smooth_picture(height, width)
    aligned = align.align(picture, moved(IDENTITY, transform))
    assert aligned.landmarks is not None
    assert np.allclose(aligned.landmarks, align.TEMPLATE, atol=1e-5)
    centres = np.array([(60.5, 60.5), (128.5, 100.5), (90.5, 130.5)])
    for crop_point, (x, y) in zip(centres, moved(centres, transform), strict=True):
        if 20 < x < width - 20 and 20 < y < height - 20:
            crop = aligned.pixels[int(crop_point[1]), int(crop_point[0])].astype(int)
            assert np.abs(crop - picture[int(y), int(x)]).max() <= 8 * max(1, scale)


def test_other_sides_scale() -> None:
    picture = smooth_picture(600, 600)
    small, large = (align.align(picture, IDENTITY * 2.2, side=side) for side in (128, 512))
    assert (small.pixels.shape, large.pixels.shape) == ((128, 128, 3), (512, 512, 3))
    assert np.allclose(small.affine * 4, large.affine)
    assert np.abs(images.resize(large.pixels, 128).astype(int) - small.pixels).mean() < 1


def test_shrinking_does_not_alias() -> None:
    stripes = np.zeros((2048, 2048, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = align.align(stripes, IDENTITY * 7.3 + 50).pixels
    # A mean over 7.3 stripes is off by at most what the unpaired part weighs; sampling alone would be off by 127.
    assert np.abs(crop[8:-8, 8:-8].astype(int) - 127.5).max() <= 127.5 / 7.3


def test_outside_the_photograph_is_its_mirror_image(drawn_face: np.ndarray) -> None:
    aligned = align.align(drawn_face, IDENTITY - 20)
    assert np.array_equal(aligned.pixels[:, 20:][20:], drawn_face[:236, :236])
    assert np.array_equal(aligned.pixels[20:, 15], drawn_face[:236, 5])


@pytest.mark.parametrize(
    "points",
    [
        np.full((5, 2), 40.0),
        np.full((5, 2), np.nan),
        np.stack([np.arange(5.0) * 30, np.full(5, 90.0)], 1),
        np.stack([np.full(5, 90.0), np.arange(5.0) * 30], 1),
        IDENTITY * (-1, 1),
        IDENTITY * (1, -1),
    ],
    ids=["one point", "not a number", "level line", "upright line", "mirrored", "upside down and mirrored"],
)
def test_points_that_are_no_face_are_refused(points: np.ndarray, drawn_face: np.ndarray) -> None:
    with pytest.raises(FaceNotFound, match="centre crop"):
        align.align(drawn_face, points)


def test_half_profile_is_still_a_face(drawn_face: np.ndarray) -> None:
    assert align.align(drawn_face, IDENTITY * (0.6, 1)).pixels.shape == (256, 256, 3)


def test_five_landmarks_are_needed(drawn_face: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"\(4, 2\)"):
        align.align(drawn_face, IDENTITY[:4])


@pytest.mark.parametrize("shape", [(300, 500, 3), (500, 301, 3), (100, 100, 3)])
def test_centre_crop_knows_its_way_back(shape: tuple[int, int, int]) -> None:
    picture = smooth_picture(shape[0], shape[1])
    crop = align.centre_crop(picture)
    assert crop.pixels.shape == (256, 256, 3)
    assert crop.landmarks is None
    again = align.paste_back(picture, crop.pixels, crop)
    assert again.shape == picture.shape
    assert np.abs(again.astype(int) - picture).max() <= 6
    black = align.paste_back(picture, np.zeros_like(crop.pixels), crop)
    square = min(shape[:2])
    top, left = (shape[0] - square) // 2, (shape[1] - square) // 2
    inside = np.zeros(shape[:2], bool)
    inside[top : top + square, left : left + square] = True
    assert np.array_equal(black[~inside], picture[~inside])
    assert not black[shape[0] // 2, shape[1] // 2].any()


@pytest.mark.parametrize(("angle", "scale"), [(0.2, 3.1), (-0.4, 0.6), (0.0, 1.0)])
def test_only_masked_pixels_change(angle: float, scale: float) -> None:
    transform = similar(angle, scale, (150, 130))
    picture = smooth_picture(800, 800)
    aligned = align.align(picture, moved(IDENTITY, transform))
    mask = np.zeros((256, 256), bool)
    mask[100:160, 90:150] = True
    red = np.zeros((256, 256, 3), np.uint8)
    red[..., 0] = 255
    pasted = align.paste_back(picture, red, aligned, mask)
    changed = (pasted != picture).any(-1)

    rows, columns = np.mgrid[:800, :800] + 0.5
    crop = moved(np.stack([columns, rows], -1), aligned.affine)
    margin = 0.55 / scale + 0.05 if scale < 1 else 0.05  # a pixel wider than the crop's own may be covered in part
    low, high = np.array([90, 100]) - margin, np.array([150, 160]) + margin
    assert not changed[~((crop > low) & (crop < high)).all(-1)].any()
    core = ((crop > (94, 104)) & (crop < (146, 156))).all(-1)
    assert core.sum() > 500
    assert (pasted[core] == (255, 0, 0)).all()


def test_thin_strokes_and_full_masks_are_replaced_wholly(drawn_face: np.ndarray) -> None:
    aligned = align.align(drawn_face, IDENTITY)
    blue = np.zeros_like(drawn_face)
    blue[..., 2] = 255
    stroke = np.zeros((256, 256), np.uint8)
    stroke[100, 40:200] = 255
    pasted = align.paste_back(drawn_face, blue, aligned, stroke)
    assert (pasted[100, 42:198] == (0, 0, 255)).all()
    assert np.array_equal(pasted[stroke == 0], drawn_face[stroke == 0])
    assert np.array_equal(align.paste_back(drawn_face, blue, aligned, np.ones((256, 256), bool)), blue)
    assert np.array_equal(align.paste_back(drawn_face, blue, aligned, np.zeros((256, 256), bool)), drawn_face)


def test_the_photograph_is_left_alone(drawn_face: np.ndarray) -> None:
    before = drawn_face.copy()
    aligned = align.align(drawn_face, IDENTITY * 0.8 + 20)
    align.paste_back(drawn_face, np.zeros_like(aligned.pixels), aligned)
    assert np.array_equal(drawn_face, before)


def test_a_larger_restoration_goes_to_the_same_place() -> None:
    picture = smooth_picture(900, 900)
    aligned = align.align(picture, IDENTITY * 3 + 40)
    double = images.resize(aligned.pixels, 512)
    once, twice = (align.paste_back(picture, crop, aligned).astype(int) for crop in (aligned.pixels, double))
    assert np.abs(once - twice).mean() < 0.5


def test_a_mask_of_another_size_is_a_bug(drawn_face: np.ndarray) -> None:
    aligned = align.align(drawn_face, IDENTITY)
    with pytest.raises(ValueError, match=r"\(128, 128\)"):
        align.paste_back(drawn_face, aligned.pixels, aligned, np.zeros((128, 128), bool))


def test_what_lies_beyond_the_photograph_is_known(drawn_face: np.ndarray) -> None:
    inside = align.align(drawn_face, IDENTITY)
    assert not inside.outside.any()
    assert not align.centre_crop(drawn_face).outside.any()
    beyond = align.align(drawn_face, IDENTITY - 20).outside
    assert beyond[:20].all()
    assert beyond[:, :20].all()
    assert not beyond[20:, 20:].any()
