"""Every method paints what it painted when it was released: a changed constant, channel order or weights file shows here."""

import pytest
import torch

from comparisons.metrics import scorer
from restorers import catalogue
from restorers.contract import CorruptionKind
from restorers.corruptions.corruption import apply
from tests import golden

BOX = "box"
KEPT = golden.read()
METHODS = [pytest.param(method, id=method.key) for method in catalogue.METHODS]


def remedy(method):
    return (
        f"if {method.key} is meant to paint something else now, renew the golden values: {golden.COMMAND} {method.key}"
    )


def test_every_method_has_values_and_nothing_else_has():
    assert list(KEPT) == [method.key for method in catalogue.METHODS], f"renew the golden values: {golden.COMMAND}"


def check(method, names):
    kept = KEPT[method.key]
    assert {name: kept[name] for name in golden.state(method)} == golden.state(method), remedy(method)
    found = dict(golden.values(method, names))
    wanted = {name: kept[name] for name in names if name in kept}
    assert found.keys() == wanted.keys(), remedy(method)
    for key, tolerance in golden.TOLERANCES.items():
        painted = {name: scores[key] for name, scores in found.items()}
        assert painted == pytest.approx({name: wanted[name][key] for name in wanted}, abs=tolerance), remedy(method)


@pytest.mark.parametrize("method", METHODS)
def test_paints_under_a_box_what_it_painted(method):
    check(method, [BOX])


@pytest.mark.slow  # every method twice
@pytest.mark.parametrize("method", METHODS)
def test_undoes_other_corruption_as_it_did(method):
    check(method, [name for name in golden.CORRUPTIONS if name != BOX])


def test_corruption_of_every_kind_is_among_them():
    undone = {kind for name in golden.CORRUPTIONS for kind in apply(golden.CORRUPTIONS[name], golden.truth()).kinds}
    assert undone == set(CorruptionKind)


@pytest.mark.parametrize("key", list(KEPT))
def test_no_colour_does_as_well(key):
    """The mean of what is hidden, which nobody can know, is the best single colour by PSNR."""
    face = golden.truth()
    box = apply(golden.CORRUPTIONS[BOX], face)
    colour = (face * box.mask).sum((2, 3), keepdim=True) / box.mask.sum()
    filled = scorer.score(torch.where(box.mask > 0, colour, face), face, box.mask)
    assert KEPT[key][BOX]["psnr"] > filled["psnr"]
    assert KEPT[key][BOX]["lpips"] < filled["lpips"]
