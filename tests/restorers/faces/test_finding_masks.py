"""The command that finds what covers faces: aligned faces as they are, photographs face by face, one mask a picture."""

import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from restorers.contract import MissingWeights
from restorers.faces import align, occluder_finder, upright
from restorers.faces.detectors import Box, DetectedFace, Detection
from restorers.faces.occluder_finder import OccluderFinder, kinds_told

GREY = 128


class Reads(nn.Module):
    """Knows the answer: what is not grey is covered, and seems to be a hat and sunglasses."""

    def with_kinds(self, pictures):
        apart = (pictures - GREY / 255).abs().amax(1, keepdim=True) > 0.05
        return apart.float() * 20 - 10, torch.tensor([[3.0, -9, 9, -9, -9, 1]]).expand(len(pictures), -1)


@pytest.fixture
def finder():
    return OccluderFinder(Reads(), 256)


def seen(*faces):
    return lambda picture: Detection(tuple(faces), "told")


def face_at(left, top, side, turned=0.0):
    """A face in FFHQ's frame in a square of a photograph."""
    points = align.TEMPLATE - 0.5
    angle = np.deg2rad(turned)
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    landmarks = (points @ turn + 0.5) * side + (left, top)
    return DetectedFace(Box(left, top, left + side, top + side), landmarks.astype(np.float32), 0.9)


def photograph(height, width, *boxes):
    picture = np.full((height, width, 3), GREY, np.uint8)
    mask = np.zeros((height, width), bool)
    for left, top, right, bottom in boxes:
        picture[top:bottom, left:right] = (200, 40, 30)
        mask[top:bottom, left:right] = True
    return picture, mask


def overlap(mask, truth):
    return ((mask > 0) & truth).sum() / ((mask > 0) | truth).sum()


@pytest.mark.parametrize("side", [150, 256, 700])
def test_an_aligned_face_is_taken_as_it_is(side, finder, monkeypatch):
    monkeypatch.setattr(upright, "find", seen(face_at(0, 0, side)))
    picture, truth = photograph(side, side, (side // 5, 0, side // 2, side // 3))
    found = occluder_finder.find(picture, finder)
    assert found.mask.shape == (side, side)
    assert set(np.unique(found.mask)) == {0, 255}
    # at the picture's very border, too, which a crop of the face would not reach
    assert overlap(found.mask, truth) > 0.95
    assert found.kinds == ("hat", "sunglasses")


def test_a_covered_face_that_hides_from_its_detector_is_looked_at(finder, monkeypatch):
    monkeypatch.setattr(upright, "find", seen())
    picture, truth = photograph(256, 256, (60, 60, 200, 120))
    assert overlap(occluder_finder.find(picture, finder).mask, truth) > 0.97


@pytest.mark.parametrize("turned", [0, 30, -75])
def test_every_face_of_a_photograph_is_looked_at(turned, finder, monkeypatch):
    faces = (face_at(100, 80, 220, turned), face_at(500, 200, 160))
    monkeypatch.setattr(upright, "find", seen(*faces))
    picture, truth = photograph(480, 800, (180, 150, 240, 190), (560, 260, 600, 300), (380, 10, 420, 40))
    truth[10:40, 380:420] = False  # on nobody's face
    found = occluder_finder.find(picture, finder)
    assert found.mask.shape == (480, 800)
    assert found.faces == 2
    assert overlap(found.mask, truth) > 0.9


def test_a_square_photograph_of_a_small_face_is_no_aligned_face(finder, monkeypatch):
    monkeypatch.setattr(upright, "find", seen(face_at(300, 300, 120)))
    picture, truth = photograph(600, 600, (340, 330, 380, 370), (20, 20, 120, 120))
    truth[20:120, 20:120] = False
    assert overlap(occluder_finder.find(picture, finder).mask, truth) > 0.85


@pytest.mark.parametrize("turned", [90, 180])
def test_a_face_on_its_side_fills_no_frame(turned):
    picture, _ = photograph(256, 256)
    assert occluder_finder.is_aligned(picture, [face_at(0, 0, 256)])
    assert not occluder_finder.is_aligned(picture, [face_at(0, 0, 256, turned)])


def test_growth_is_asked_for(finder, monkeypatch):
    monkeypatch.setattr(upright, "find", seen())
    picture, _ = photograph(256, 256, (60, 60, 200, 120))
    exact, grown = (occluder_finder.find(picture, finder, by).mask > 0 for by in (0, 2))
    assert grown.sum() == (140 + 4) * (60 + 4)
    assert (grown & exact).sum() == exact.sum() == 140 * 60


def test_nothing_stays_nothing_however_it_is_grown(finder, monkeypatch):
    monkeypatch.setattr(upright, "find", seen())
    found = occluder_finder.find(photograph(256, 256)[0], finder, 2)
    assert not found.mask.any()
    assert found.kinds == ()


def test_a_mask_for_each_picture(tmp_path, finder, monkeypatch, capsys):
    monkeypatch.setattr(upright, "find", seen())
    monkeypatch.setattr(occluder_finder, "load", lambda: finder)
    (tmp_path / "in").mkdir()
    Image.fromarray(photograph(128, 128, (20, 20, 90, 60))[0]).save(tmp_path / "in" / "one.png")
    Image.fromarray(photograph(128, 128)[0]).save(tmp_path / "in" / "two.jpg", quality=95)
    Image.fromarray(photograph(120, 200)[0]).save(tmp_path / "wide.png")
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    assert occluder_finder.main([str(tmp_path / "in"), str(tmp_path / "wide.png"), "--out", str(tmp_path / "out")]) == 0
    masks = {path.name: Image.open(path) for path in (tmp_path / "out").iterdir()}
    assert {name: (mask.mode, mask.size) for name, mask in masks.items()} == {
        "one.png": ("L", (128, 128)),
        "two.png": ("L", (128, 128)),
        "wide.png": ("L", (200, 120)),
    }
    assert np.asarray(masks["one.png"])[30, 30] == 255
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"one\.png: 1[678]\.\d % covered, hat, sunglasses", lines[0])
    assert lines[1:] == ["two.jpg: nothing covers the face", "wide.png: no face found"]


def test_what_cannot_be_read_is_said_and_the_rest_is_done(tmp_path, finder, monkeypatch, capsys):
    monkeypatch.setattr(upright, "find", seen())
    monkeypatch.setattr(occluder_finder, "load", lambda: finder)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    Image.fromarray(photograph(128, 128)[0]).save(tmp_path / "good.png")
    given = [str(tmp_path / "broken.png"), str(tmp_path / "good.png"), "--out", str(tmp_path / "out")]
    assert occluder_finder.main(given) == 2
    assert "broken.png: " in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]


def test_two_pictures_of_one_name_are_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        occluder_finder.main([str(tmp_path / "a.png"), str(tmp_path / "a.jpg"), "--out", str(tmp_path)])
    assert "two of one name" in capsys.readouterr().err


def test_a_finder_without_weights_says_so(tmp_path, monkeypatch, capsys):
    def missing():
        raise MissingWeights("expected weights")

    monkeypatch.setattr(occluder_finder, "load", missing)
    assert occluder_finder.main([str(tmp_path / "a.png"), "--out", str(tmp_path)]) == 2
    assert "expected weights" in capsys.readouterr().err


def test_only_sure_kinds_are_told():
    assert kinds_told(torch.tensor([0.85, 0.1, 0.95, 0.79, 0, 0])) == ("hat", "sunglasses")
    assert kinds_told(torch.zeros(6)) == ()
