"""From a photograph to its faces and back, without the page."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from comparisons.arena import pasting, photographs
from comparisons.arena.comparison import Comparison, FaceCrop, Result
from comparisons.arena.comparison_recipe import ComparisonRecipe
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import BadMask, FaceNotFound, MissingWeights, Problem
from restorers.corruptions.corruption import Corruption, apply
from restorers.faces import cover_masks, occluder_finder
from restorers.faces.align import TEMPLATE, Box

Array = npt.NDArray[np.uint8]

TELEA = catalogue.method("telea")


@pytest.fixture
def photograph(drawn_face: Array, tmp_path: Path) -> Path:
    """A drawn face in a larger picture, as a file."""
    canvas = np.full((700, 1000, 3), (96, 120, 148), np.uint8)
    canvas[100:612, 300:812] = images.resize(drawn_face, 512)
    Image.fromarray(canvas).save(tmp_path / "photograph.png")
    return tmp_path / "photograph.png"


@pytest.fixture
def blank(tmp_path: Path) -> photographs.Prepared:
    Image.new("RGB", (800, 600), (120, 110, 100)).save(tmp_path / "blank.png")
    return photographs.prepare(tmp_path / "blank.png")


@pytest.fixture
def mask() -> Array:
    hidden = np.zeros((256, 256), np.uint8)
    hidden[150:210, 80:180] = 255
    return hidden


def restored(start: Comparison, pixels: Array, method: object = TELEA) -> Comparison:
    return replace(start, results=(Result(TELEA, "ok", pixels, 0.1, {}, ""),))


def pasted(comparison: Comparison, key: str) -> Array:
    patch = pasting.patch(comparison, key)
    assert isinstance(comparison.face, photographs.PhotographedFace)
    assert comparison.face.source is not None
    return pasting.with_patches(photographs.read_again(comparison.face.source), [patch])


def test_photographs_are_held_by_their_path(photograph: Path) -> None:
    prepared = photographs.prepare(photograph)
    assert prepared.source == photograph
    face = prepared.faces[0]
    assert face.cut is not None
    assert face.source == photograph
    assert np.array_equal(face.pixels, face.cut.pixels)
    photograph.unlink()
    with pytest.raises(Problem, match="thrown away"):
        photographs.centre_crop(prepared)


def test_a_face_can_be_shown_where_none_was_found(blank: photographs.Prepared) -> None:
    assert blank.faces == ()
    points = [(float(x), float(y)) for x, y in TEMPLATE * 300 + (200, 100)]
    face = photographs.shown(blank, points, None)
    assert face.found_by == "hand"
    assert face.landmarks is not None
    assert np.allclose(face.landmarks[0], TEMPLATE, atol=1e-5)
    boxed = photographs.shown(blank, [], Box(200, 100, 400, 360))
    assert boxed.found_by == "the box"
    with pytest.raises(FaceNotFound):
        photographs.shown(blank, [None, (10.0, 10.0)], None)


def test_a_covered_face_has_no_truth(photograph: Path, mask: Array) -> None:
    face = photographs.prepare(photograph).faces[0]
    start = photographs.covered(face, mask, 5)
    assert not start.face.truth
    assert face.truth
    assert start.total == 5
    assert not start.corrupted.degraded
    assert np.array_equal(start.corrupted.mask[0, 0].numpy() > 0, mask > 0)
    for nothing in (None, np.zeros_like(mask)):
        with pytest.raises(BadMask, match="Nothing is marked"):
            photographs.covered(face, nothing, 5)


def test_only_what_was_covered_changes_in_the_photograph(photograph: Path, mask: Array) -> None:
    face = photographs.prepare(photograph).faces[0]
    comparison = restored(
        photographs.covered(face, mask, 1), np.where(mask[..., None], 255, face.pixels).astype(np.uint8)
    )
    before, after = images.read(photograph), pasted(comparison, "telea")
    assert after.shape == before.shape
    changed = (after != before).any(-1)
    assert 0.01 < changed.mean() < 0.2
    assert face.cut is not None
    rows, columns = np.nonzero(changed)
    x, y = (np.stack([columns + 0.5, rows + 0.5], -1) @ face.cut.affine[:, :2].T + face.cut.affine[:, 2]).T
    assert (mask[np.floor(y).astype(int), np.floor(x).astype(int)] > 0).all()


def test_methods_are_told_what_was_found_in_the_covered_face(photograph: Path, mask: Array) -> None:
    face = photographs.prepare(photograph).faces[0]
    assert face.landmarks is not None
    corrupted = photographs.covered(face, mask, 1).corrupted
    assert corrupted.landmarks is not None
    assert torch.equal(corrupted.landmarks, face.landmarks)
    recipe = ComparisonRecipe("upload-1", face.pixels, Corruption("drawn"), landmarks=face.landmarks, mask=mask)
    again = replace(recipe, truth_known=False).corrupted()
    assert again.landmarks is not None
    assert torch.equal(again.landmarks, face.landmarks)
    assert recipe.corrupted().landmarks is None


def test_a_degraded_face_is_laid_over_whole(photograph: Path, mask: Array) -> None:
    face = photographs.prepare(photograph).faces[0]
    corruption = Corruption("drawn", "light", seed=1)
    corrupted = apply(corruption, images.to_tensor(face.pixels), face.landmarks, images.mask_to_tensor(mask))
    start = Comparison(face, corruption, corrupted, (), 1)
    after = pasted(restored(start, 255 - face.pixels), "telea")
    assert (after != images.read(photograph)).any(-1).mean() > 0.2


def test_a_face_is_cut_out_again_as_it_was(photograph: Path, mask: Array) -> None:
    prepared = photographs.prepare(photograph)
    first = prepared.faces[0]
    painted = np.where(mask[..., None], 255, first.pixels).astype(np.uint8)
    after = pasted(restored(photographs.covered(first, mask, 1), painted), "telea")
    second = photographs.recut(after, after, first)
    assert first.cut is not None
    assert second.cut is not None
    assert np.array_equal(second.cut.affine, first.cut.affine)
    assert not np.array_equal(second.pixels, first.pixels)
    crop = photographs.centre_crop(prepared)
    assert np.array_equal(photographs.recut(prepared.photograph, photograph, crop).pixels, crop.pixels)


def test_a_mask_of_the_photographs_size_is_taken(photograph: Path, mask: Array, tmp_path: Path) -> None:
    face = photographs.prepare(photograph).faces[0]
    assert face.cut is not None
    large = np.zeros((700, 1000), np.uint8)
    large[380:560, 460:680] = 255
    Image.fromarray(large).save(tmp_path / "mask.png")
    found = photographs.read_mask(face, tmp_path / "mask.png")
    assert np.array_equal(found > 0, cover_masks.in_crop(large > 0, face.cut))
    Image.fromarray(mask).save(tmp_path / "small.png")
    assert np.array_equal(photographs.read_mask(face, tmp_path / "small.png"), mask)
    Image.fromarray(large[:, 300:]).save(tmp_path / "odd.png")
    with pytest.raises(BadMask, match="1000 x 700"):
        photographs.read_mask(face, tmp_path / "odd.png")


def test_what_cannot_be_pasted_gets_a_sentence(photograph: Path, mask: Array) -> None:
    face = photographs.prepare(photograph).faces[0]
    comparison = restored(photographs.covered(face, mask, 1), face.pixels)
    with pytest.raises(Problem, match="no picture"):
        pasted(comparison, "patchmatch")
    elsewhere = FaceCrop("example", face.pixels, None, "nobody")
    with pytest.raises(Problem, match="without its photograph"):
        pasted(replace(comparison, face=elsewhere), "telea")
    photograph.unlink()
    with pytest.raises(Problem, match="thrown away"):
        pasted(comparison, "telea")


def test_the_finder_proposes_or_says_why_not(photograph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face = photographs.prepare(photograph).faces[0]

    class Half:
        def propose(self, pixels: torch.Tensor) -> torch.Tensor:
            found = torch.zeros(1, 1, 256, 256)
            found[..., 128:, :] = 0.9
            return found * float(pixels.mean() > 0)

    monkeypatch.setattr(photographs, "_finder", Half)
    assert photographs.why_no_finder() == ""
    mask = photographs.find_cover(face)
    # growing it is left to whoever uses it: the page says by how much, and takes it back
    assert mask[:128].max() == 0
    assert mask[128:].min() == 255
    black = replace(face, pixels=np.zeros_like(face.pixels))
    with pytest.raises(Problem, match="Nothing was found"):
        photographs.find_cover(black)

    def missing() -> None:
        raise MissingWeights("expected weights, found none")

    monkeypatch.setattr(photographs, "_finder", missing)
    assert "expected weights" in photographs.why_no_finder()


def test_nothing_of_a_covered_face_is_scored(photograph: Path, mask: Array, tmp_path: Path) -> None:
    session = Session(tmp_path / vote_log.FILE, (TELEA,))
    start = photographs.covered(photographs.prepare(photograph).faces[0], mask, 1)
    *_, done = session.compare(start)
    assert done.results[0].pixels is not None
    assert done.results[0].scores == {}
    assert pasted(done, "telea").shape == (700, 1000, 3)


def test_examples_go_back_into_themselves(mask: Array, tmp_path: Path) -> None:
    session = Session(tmp_path / vote_log.FILE, (TELEA,))
    *_, done = session.compare(photographs.covered(session.example(0), mask, 1))
    before, after = images.read(session.examples[0]), pasted(done, "telea")
    hidden = np.kron(mask > 0, np.ones((2, 2), bool))
    assert np.array_equal(after[~hidden], before[~hidden])
    assert not np.array_equal(after, before)


def test_the_finders_weights_if_they_ship(photograph: Path) -> None:
    if not occluder_finder.WEIGHTS.is_file():
        pytest.skip("the mask network's weights do not ship yet")
    assert photographs.why_no_finder() == ""
