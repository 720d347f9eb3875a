import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from comparisons.records import pictures
from restorers.corruptions.pose import pose_of
from restorers.faces import align
from restorers.images import to_tensor


@pytest.fixture
def detector(monkeypatch):
    points = (align.TEMPLATE * 256).astype(np.float32)
    face = align.DetectedFace(align.Box(0, 0, 256, 256), points, 0.9)
    calls: list[tuple[int, ...]] = []

    def locate(image):
        calls.append(image.shape)
        return align.Detection((face,), "a fake")

    monkeypatch.setattr(align, "locate", locate)
    return calls


def test_what_is_known_about_a_clean_face(detector, drawn_face):
    known = pictures.facts("a.png", pictures.Picture(to_tensor(drawn_face), None, ""))
    assert known["detector"] == "a fake"
    assert abs(known["yaw"]) < 5
    assert known["landmarks"][0] == pytest.approx(align.TEMPLATE[0].tolist(), abs=1e-5)
    landmarks = pictures.landmarks_of(known)
    assert landmarks is not None
    assert landmarks.shape == (1, 5, 2)
    given = pictures.facts("a.png", pictures.Picture(to_tensor(drawn_face), torch.rand(1, 5, 2), "given"))
    assert given["detector"] == "given"
    assert len(detector) == 1  # it is not looked for twice


def test_lighter_skin_has_the_larger_angle():
    pose = pose_of(align.TEMPLATE.astype(np.float32))
    angles = []
    for colour in ((235, 200, 180), (200, 150, 120), (150, 100, 75), (85, 55, 40)):
        angles.append(pictures.individual_typology_angle(np.full((256, 256, 3), colour, np.uint8), pose))
    assert angles == sorted(angles, reverse=True)
    assert angles[0] > 40
    assert angles[-1] < -20
    # Lab of this grey-brown by scikit-image: L = 50.6, b = 20.9
    from skimage.color import rgb2lab

    lightness, _, yellow = rgb2lab(np.array([[[150, 115, 85]]], np.uint8))[0, 0]
    found = pictures.individual_typology_angle(np.full((256, 256, 3), (150, 115, 85), np.uint8), pose)
    assert found == pytest.approx(np.degrees(np.arctan2(lightness - 50, yellow)), abs=0.5)


def test_every_kind_of_photograph_is_found(tmp_path):
    for name in ("a.PNG", "b.avif", "c.tiff", "d.heic", "e.webp", "f.jfif", "g.bmp"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"")
    assert pictures.find(tmp_path) == ("a.PNG", "b.avif", "c.tiff", "d.heic", "e.webp", "f.jfif", "g.bmp")


def test_names_that_no_table_can_hold_are_refused(tmp_path):
    Image.new("RGB", (40, 40)).save(tmp_path / "a\nb.png")
    with pytest.raises(pictures.NoPictures, match="rename"):
        pictures.find(tmp_path)


def test_a_jfif_is_a_jpeg(tmp_path, drawn_face):
    Image.fromarray(drawn_face).save(tmp_path / "a.jfif", format="JPEG", quality=95)
    assert np.abs(pictures.read(tmp_path / "a.jfif").truth - to_tensor(drawn_face)).mean() < 0.02


def test_what_is_passed_over_is_counted_and_said(tmp_path, caplog, monkeypatch):
    folder, elsewhere = tmp_path / "pictures", tmp_path / "elsewhere"
    for name in (
        "a.png",
        "below/b.png",
        "._a.png",
        ".thumbs/a.png",
        "below/.c.png",
        "c.psd",
        "d.gif",
        "e.txt",
        "f",
        "out/g.png",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    (folder / "h.png").mkdir()  # a folder, whatever it is called
    elsewhere.mkdir()
    (elsewhere / "i.png").write_bytes(b"")
    (folder / "linked").symlink_to(elsewhere)
    (folder / "round").symlink_to(folder)
    (folder / "j.png").symlink_to(elsewhere / "i.png")
    (folder / "locked").mkdir()
    scan = os.scandir

    def refused(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert pictures.find(folder, out=folder / "out") == ("a.png", "below/b.png", "j.png")
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "3 hidden ('._a.png', '.thumbs/', 'below/.c.png')" in said
    assert "4 not ending in" in said
    assert "('c.psd', 'd.gif', 'e.txt', ...)" in said
    assert (
        "2 linked folders, which may lead round in a circle, so give such a folder itself ('linked/', 'round/')" in said
    )
    assert "1 made by this program itself ('out/')" in said
    assert "1 cannot be opened ('locked/')" in said
    assert "out/g.png" in pictures.find(folder)
    # what was given itself is looked into, whatever it is called
    assert pictures.find(folder / ".thumbs") == ("a.png",)
    assert pictures.find(folder / "linked", out=tmp_path) == ("i.png",)
    assert pictures.find(folder, limit=1) == ("a.png",)
    for limit in (0, -2):
        with pytest.raises(pictures.NoPictures, match="--limit must be at least 1"):
            pictures.find(folder, limit)
