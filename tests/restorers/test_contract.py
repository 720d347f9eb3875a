"""One contract for every method of the catalogue."""

import pytest
import torch

from restorers import catalogue, testing
from restorers.contract import (
    Corrupted,
    CorruptionKind,
    MissingWeights,
    Restored,
    Restorer,
    UnknownMethod,
    check,
    resized,
)
from restorers.corruptions import masks
from restorers.images import to_tensor


@pytest.fixture
def face(drawn_face):
    return to_tensor(drawn_face)


@pytest.fixture
def boxed(face):
    mask = masks.rectangle_at(256, 0.06, (0.45, 0.55))
    return Corrupted(face * (1 - mask), mask, landmarks=None)


@pytest.fixture(params=[method.key for method in catalogue.METHODS])
def restorer(request):
    return catalogue.load(request.param)


@pytest.mark.slow  # every method several times
def test_keeps_the_contract(restorer, face):
    testing.check_restorer(restorer, face)


def test_says_what_it_undoes():
    for method in catalogue.METHODS:
        assert method.undoes, f"{method.key} undoes nothing"
        assert method.paper.year > 1900
        assert method.name
        assert method.note.endswith(".")


def test_keys_are_unique():
    keys = [method.key for method in catalogue.METHODS]
    assert len(set(keys)) == len(keys)


def test_an_unknown_key_names_those_there_are():
    with pytest.raises(UnknownMethod, match="patchmatch"):
        catalogue.method("magic")


def test_missing_weights_are_reported_not_replaced(monkeypatch, tmp_path):
    monkeypatch.setattr("restorers.checkpoints.WEIGHTS", tmp_path)
    monkeypatch.setattr(catalogue, "_LOADED", {})
    for method in catalogue.METHODS:
        if method.learned:
            with pytest.raises(MissingWeights):
                catalogue.load(method.key)


def test_a_fill_in_method_does_not_apply_where_nothing_is_missing(face):
    blurred = Corrupted(face, torch.zeros(1, 1, 256, 256), degraded=True)
    for method in catalogue.METHODS:
        assert method.applies_to(blurred) == (CorruptionKind.DEGRADED in method.undoes)


class Painter(Restorer):
    """Paints one value, to see what the base class does with it."""

    def __init__(self, value, samples=None):
        self.value, self.samples = value, samples

    def restore(self, corrupted, seeds):
        pixels = torch.full_like(corrupted.pixels, self.value)
        samples = (
            None if self.samples is None else torch.full((len(pixels), self.samples, *pixels.shape[1:]), self.value)
        )
        return Restored(pixels, samples=samples)


def test_composites_only_where_the_picture_is_not_degraded(face):
    mask = masks.rectangle_at(256, 0.2, (0.5, 0.5))
    inpainted = Painter(0.25, samples=3)(Corrupted(face * (1 - mask), mask), [0])
    assert torch.equal(inpainted.pixels, torch.where(mask > 0, 0.25, face))
    assert inpainted.samples is not None
    assert inpainted.samples.shape == (1, 3, 3, 256, 256)
    assert torch.equal(inpainted.samples[:, 2], inpainted.pixels)
    degraded = Painter(0.25)(Corrupted(face * (1 - mask), mask, degraded=True), [0])
    assert float((degraded.pixels - 0.25).abs().max()) == 0
    assert inpainted.raw is not None
    assert float((inpainted.raw - 0.25).abs().max()) == 0


def test_refuses_what_is_not_finite(face):
    with pytest.raises(ValueError, match="finite"):
        Painter(float("nan"))(Corrupted(face, torch.zeros(1, 1, 256, 256)), [0])


@pytest.mark.parametrize(
    ("pixels", "mask", "landmarks", "named"),
    [
        (torch.zeros(3, 8, 8), torch.zeros(1, 1, 8, 8), None, "shape"),
        (torch.zeros(1, 3, 8, 9), torch.zeros(1, 1, 8, 9), None, "shape"),
        (torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 4, 4), None, "mask"),
        (torch.zeros(1, 3, 8, 8), torch.full((1, 1, 8, 8), 0.5), None, "zeros and ones"),
        (torch.full((1, 3, 8, 8), 1.5), torch.zeros(1, 1, 8, 8), None, r"\[0, 1\]"),
        (torch.full((1, 3, 8, 8), float("nan")), torch.zeros(1, 1, 8, 8), None, r"\[0, 1\]"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.float64), torch.zeros(1, 1, 8, 8), None, "float32"),
        (torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 8), torch.zeros(1, 4, 2), "landmarks"),
    ],
)
def test_holds_pictures_to_the_convention(pixels, mask, landmarks, named):
    with pytest.raises(ValueError, match=named):
        check(Corrupted(pixels, mask, landmarks=landmarks))


def test_one_seed_a_picture(face):
    with pytest.raises(ValueError, match="1 seeds"):
        Painter(0.5)(Corrupted(face, torch.zeros(1, 1, 256, 256)), [])


def test_shrinking_a_mask_loses_no_thin_stroke(face):
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 101] = 1
    small = resized(Corrupted(face, mask), 64)
    assert float(small.mask.sum()) == 64
