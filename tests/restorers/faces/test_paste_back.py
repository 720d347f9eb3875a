"""Putting a face back: colours meet at the seam, and nothing outside the mask moves."""

import numpy as np
import pytest

from restorers import images
from restorers.faces import align
from restorers.faces.paste_back import harmonised, put_back


@pytest.fixture
def mask():
    rows, columns = np.mgrid[:256, :256]
    return ((rows - 150) / 50) ** 2 + ((columns - 130) / 70) ** 2 < 1


def scene(drawn_face, side=1000):
    """A larger photograph with the face in it, enlarged twice, and its landmarks."""
    canvas = np.full((side, side + 60, 3), (96, 120, 148), np.uint8)
    canvas[200:712, 200:712] = images.resize(drawn_face, 512)
    return canvas, align.TEMPLATE * 512 + 200


def test_an_offset_is_taken_off_and_the_detail_stays(drawn_face, mask):
    truth = drawn_face.astype(int)
    off = np.where(mask[..., None], np.add(truth, (24, -16, 12)).clip(0, 255), truth).astype(np.uint8)
    joined = harmonised(off, drawn_face, mask)
    assert np.array_equal(joined[~mask], drawn_face[~mask])
    assert np.abs(off.astype(int) - truth)[mask].mean() > 14
    assert np.abs(joined.astype(int) - truth)[mask].mean() < 4


def test_what_fits_is_left_nearly_alone(drawn_face, mask):
    joined = harmonised(drawn_face, drawn_face, mask)
    assert np.abs(joined.astype(int) - drawn_face).mean() < 1.5


def test_nothing_or_everything_masked(drawn_face):
    other = 255 - drawn_face
    none, everything = np.zeros((256, 256), bool), np.ones((256, 256), bool)
    assert np.array_equal(harmonised(other, drawn_face, none), drawn_face)
    assert np.array_equal(harmonised(other, drawn_face, everything), other)
    with pytest.raises(ValueError, match="one size"):
        harmonised(other, drawn_face, none[:100])


@pytest.mark.parametrize(("angle", "scale"), [(0.25, 2.3), (-0.5, 6.0), (0.1, 0.7)])
def test_every_pixel_outside_the_mask_is_the_photographs_own(mask, angle, scale):
    random = np.random.default_rng(4)
    photograph = random.integers(0, 256, (900, 1100, 3), dtype=np.uint8)
    turn = scale * np.exp(1j * angle)
    placed = align.TEMPLATE @ (256, 256j) * turn + (180 + 150j)
    cut = align.align(photograph, np.stack([placed.real, placed.imag], 1))
    restored = random.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    pasted = put_back(photograph, restored, cut, mask)
    assert pasted.shape == photograph.shape

    # where each pixel of the photograph lies in the crop, by the affine alone; one pixel may straddle several of the crop's
    rows, columns = np.mgrid[:900, :1100]
    touched = np.zeros((900, 1100), bool)
    for step in ((0.01, 0.01), (0.99, 0.01), (0.01, 0.99), (0.99, 0.99), (0.5, 0.5)):
        points = np.stack([columns + step[0], rows + step[1]], -1) @ cut.affine[:, :2].T + cut.affine[:, 2]
        x, y = np.floor(points).astype(int).transpose(2, 0, 1)
        inside = (x >= 0) & (x < 256) & (y >= 0) & (y < 256)
        touched[inside] |= mask[y[inside], x[inside]]
    assert np.array_equal(pasted[~touched], photograph[~touched])
    assert (pasted[touched] != photograph[touched]).any(-1).mean() > 0.8


def test_no_edge_shows_at_full_resolution(drawn_face, mask):
    photograph, points = scene(drawn_face)
    cut = align.align(photograph, points)
    off = np.where(mask[..., None], (cut.pixels.astype(int) - 30).clip(0, 255), cut.pixels).astype(np.uint8)
    naive = align.paste_back(photograph, off, cut, mask).astype(int)
    joined = put_back(photograph, off, cut, mask).astype(int)
    changed = (naive != photograph).any(-1)
    assert np.abs(naive - photograph)[changed].mean() > 20
    assert np.abs(joined - photograph)[changed].mean() < 4


def test_a_degraded_face_is_laid_over_whole(drawn_face):
    photograph, points = scene(drawn_face)
    cut = align.align(photograph, points)
    pasted = put_back(photograph, 255 - cut.pixels, cut, None)
    assert not np.array_equal(pasted, photograph)
    assert np.array_equal(pasted[:150], photograph[:150])
