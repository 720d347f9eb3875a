"""Identity and rank-1 recognition: by hand, through the benchmark with a stand-in for dlib, and with dlib where it is."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import evidence, measuring, recognition, report
from comparisons.benchmark.scores import ScoreTable
from comparisons.metrics import identity
from comparisons.metrics.extras import TRUTH
from comparisons.records.journal import BadTable
from restorers import paths
from restorers.faces import align
from restorers.images import to_tensor
from tests.comparisons.benchmark.test_tables import rows

POINTS = torch.tensor(align.TEMPLATE, dtype=torch.float32)[None]


class FakeTools:
    """As much of dlib as is asked for: the descriptor of a chip is the mean colour of its four quarters."""

    class Dlib:
        rectangle = staticmethod(lambda *edges: edges)

        @staticmethod
        def get_face_chip(pixels, shape, size):
            left, top, right, bottom = shape
            return np.asarray(Image.fromarray(pixels).crop((left, top, right, bottom)).resize((size, size)))

    dlib = Dlib
    describer = SimpleNamespace(
        compute_face_descriptor=lambda chip: chip.reshape(2, 75, 2, 75, 3).mean((1, 3)).ravel() / 255
    )

    @staticmethod
    def points(pixels, box):
        return box


def test_nearest_of_the_gallery_by_hand(monkeypatch):
    gallery = np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 5.0]])
    probes = np.array([[0.4, 0.0], [0.6, 0.0], [0.0, 9.0]])
    assert identity.rank_one(gallery, probes, [0, 0, 2]).tolist() == [True, False, True]
    monkeypatch.setattr(identity, "_PART", 2)
    assert identity.rank_one(gallery, probes, [0, 0, 2]).tolist() == [True, False, True]


def line(image, method, values, cell=("rectangle", "0.20-0.30")):
    scenario, name = ("-", "-") if method == TRUTH else cell
    packed = recognition.packed(np.array(values, np.float32))
    return json.dumps(
        {"image": image, "scenario": scenario, "bin": name, "method": method, "seed": "0", "values": packed}
    )


def test_what_restoring_adds_to_recognition(tmp_path):
    """Ten faces on a line, one apart: corruption moves six of them to the next one, the method brings four of these back."""
    lines = []
    for number in range(10):
        image = f"{number}.png"
        lines.append(line(image, TRUTH, [number]))
        lines.append(line(image, identity.CORRUPTED, [number + (0.9 if number < 6 else 0.1)]))
        lines.append(line(image, "telea", [number + (0.9 if number < 2 else 0.1)]))
    lines.append(line("absent.png", "telea", [0.0]))
    path = tmp_path / identity.LIST
    path.write_text("\n".join(lines) + '\n{"cut off')
    corrupted, telea = recognition.table(path).to_dict("records")
    assert (corrupted["method"], corrupted["n"], corrupted["gallery"], corrupted["right"]) == (
        identity.CORRUPTED,
        10,
        10,
        0.4,
    )
    assert np.isnan(corrupted["gain"])
    assert (telea["method"], telea["n"], telea["right"]) == ("telea", 10, 0.8)
    assert telea["gain"] == pytest.approx(0.4)
    assert telea["gain_low"] > 0
    assert telea["low"] < 0.8 < telea["high"] <= 1
    assert telea["gain_p"] == pytest.approx(2 * 0.5**4)  # four gained, none lost
    path.write_text("\n".join(["{", *lines]))
    with pytest.raises(BadTable, match="Line 1"):
        recognition.table(path)
    path.write_text(line("0.png", "telea", [0.0]) + "\n")
    assert recognition.table(path).empty


def test_the_distance_grows_with_the_corruption(monkeypatch, drawn_face):
    monkeypatch.setattr(identity, "_tools", FakeTools)
    truth = to_tensor(drawn_face)
    face = identity.FaceDescriptors(truth, POINTS)
    mixed = [face.distance(truth * (1 - share) + share * 0.5) for share in (0.0, 0.3, 1.0)]
    assert mixed[0] == 0
    assert 0 < mixed[1] < mixed[2]
    # every picture is cut out where the true face lies: what is outside does not count
    outside = truth.clone()
    outside[..., :8, :8] = 0
    assert face.distance(outside) == 0


def test_a_benchmark_writes_distance_and_descriptors(monkeypatch, drawn_face, tmp_path):
    monkeypatch.setattr(identity, "_tools", FakeTools)
    Image.fromarray(drawn_face).save(tmp_path / "a.png")
    facts = {"image": "a.png", "landmarks": POINTS[0].tolist(), "yaw": 0.0, "ita": 0.0}
    cells = (measuring.CellTask("rectangle", "0.20-0.30", ("telea", "navier_stokes"), None),)
    task = measuring.Task(tmp_path, "a.png", cells, 0, facts, frozenset({"identity"}))
    chips, plain = [], FakeTools.describer.compute_face_descriptor

    def counted(chip):
        chips.append(chip)
        return plain(chip)

    monkeypatch.setattr(FakeTools.describer, "compute_face_descriptor", counted)
    found = list(measuring.measure(task))
    assert len(chips) == 4  # each picture is looked at once: the truth, the corrupted face and two results
    described = [record.content["method"] for record in found if record.kind == "identity"]
    assert described == [TRUTH, identity.CORRUPTED, "telea", "navier_stokes"]
    distances = [float(record.content["identity"]) for record in found if record.kind == "row"]
    assert all(0 < distance < 1 for distance in distances)
    unseen = measuring.Task(tmp_path, "a.png", cells, 0, facts | {"landmarks": None}, frozenset({"identity"}))
    rest = list(measuring.measure(unseen))
    assert {record.kind for record in rest} == {"corruption", "row"}
    assert {record.content["identity"] for record in rest if record.kind == "row"} == {""}


def test_without_its_packages_it_is_not_available(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(identity, "find_spec", lambda name: None)
    assert not identity.available()
    assert benchmark.main([str(tmp_path), "--out", str(tmp_path / "out"), "--measures", "identity"]) == 2
    assert "requirements-identity.txt" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    identity._tools.cache_clear()
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(identity.NotAvailable, match="not available"):
        identity.FaceDescriptors(torch.zeros(1, 3, 256, 256), POINTS)


def test_the_report_says_what_there_is(tmp_path):
    with ScoreTable(tmp_path / "scores.csv") as table:
        for row in rows():
            table.append(row)
    page = report.write(evidence.read(tmp_path), tmp_path / "without").read_text()
    assert "Not available for this run" in page
    faces_there = [line(f"{number}.png", method, [number]) for number in range(3) for method in (TRUTH, "telea")]
    (tmp_path / identity.LIST).write_text("\n".join(faces_there) + "\n")
    page = report.write(evidence.read(tmp_path), tmp_path / "with").read_text()
    assert "finds again among the true faces" in page
    assert (tmp_path / "with" / "tables" / "recognition.csv").read_text().count("telea") == 1


def test_dlib_tells_people_apart():
    if not identity.available():
        pytest.skip("needs dlib (comparisons/requirements-identity.txt)")
    examples = sorted((paths.ROOT / "assets" / "examples").glob("*.png"))[:3]
    pictures = [to_tensor(np.asarray(Image.open(path).convert("RGB").resize((256, 256)))) for path in examples]
    one = identity.FaceDescriptors(pictures[0], POINTS)
    dimmed = one.distance(pictures[0] * 0.8)
    assert one.truth.shape == (128,)
    assert dimmed < 0.4
    assert all(one.distance(other) > dimmed + 0.1 for other in pictures[1:])
