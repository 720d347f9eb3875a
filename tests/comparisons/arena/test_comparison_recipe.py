"""A recipe brings the very same pixels back, says so, and trusts nothing that a file says about itself."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from comparisons.arena import comparison_recipe, runner
from comparisons.arena.comparison import FaceCrop, pack
from comparisons.arena.comparison_recipe import digest, read, read_path
from comparisons.arena.reproduction import changes
from comparisons.records import provenance
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import Problem, Restored, Restorer
from restorers.corruptions.corruption import Corruption

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "votes" / vote_log.FILE, METHODS)


def last(session, start):
    *_, comparison = session.compare(start)
    return comparison


@pytest.fixture
def packed(session, drawn_face):
    points = torch.tensor([[[0.37, 0.47], [0.63, 0.47], [0.5, 0.6], [0.4, 0.73], [0.6, 0.73]]])
    face = FaceCrop("upload-1", drawn_face, points, "drawn")
    return pack(last(session, session.corrupt(face, Corruption(seed=3, low=0.2, high=0.2, place="eyes"))))


def changed(data, **values):
    """The zip with other values in its recipe."""
    old, new = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(new, "w") as archive:
        for name in old.namelist():
            body = old.read(name)
            archive.writestr(name, json.dumps(json.loads(body) | values) if name == comparison_recipe.FILE else body)
    return new.getvalue()


def test_the_command_brings_the_same_pixels_back(packed, tmp_path, capsys):
    (tmp_path / "all.zip").write_bytes(packed)
    assert runner.main([str(tmp_path / "all.zip"), "--out", str(tmp_path / "again")]) == 0
    said = capsys.readouterr().out
    assert "The same pixels as then came from all 2 methods." in said
    assert "telea            PSNR" in said
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path / "unpacked")
        assert (tmp_path / "again" / "telea.png").read_bytes() == archive.read("telea.png")
    # the JSON alone does in the folder of the zip, and not elsewhere
    assert runner.main([str(tmp_path / "unpacked" / comparison_recipe.FILE)]) == 0
    (tmp_path / "unpacked" / comparison_recipe.FILE).rename(tmp_path / comparison_recipe.FILE)
    assert runner.main([str(tmp_path / comparison_recipe.FILE)]) == 2
    assert "use the whole zip" in capsys.readouterr().err


def test_an_example_needs_nothing_but_the_json(session, tmp_path, capsys):
    comparison = last(session, session.linked("?face=01&occluder=rectangle&hidden=25&place=mouth&seed=7"))
    with zipfile.ZipFile(io.BytesIO(pack(comparison))) as archive:
        (tmp_path / "recipe.json").write_bytes(archive.read(comparison_recipe.FILE))
    assert runner.main([str(tmp_path / "recipe.json")]) == 0
    again = session.recall(read_path(tmp_path / "recipe.json"))
    assert np.array_equal(again.occluded, comparison.occluded)
    assert again.face.picture == "01"


def test_other_pixels_are_told_with_their_reason(packed, monkeypatch):
    recipe = read(packed)
    came = dict(recipe.pixels)
    assert changes(recipe, came) == (["The same pixels as then came from all 2 methods."], True)
    came["telea"] = "0" * 64
    trained = replace(recipe, weights={"telea": "aaaaaaaaaaaa"})
    monkeypatch.setattr(provenance, "weights_of", lambda key: "bbbbbbbbbbbb" if key == "telea" else "")
    told, same = changes(trained, came, str.title)
    assert not same
    assert told[0] == "The same pixels as then came from 1 of 2 methods."
    assert told[1] == (
        "Telea gives other pixels: its weights have changed since (aaaaaaaaaaaa then, bbbbbbbbbbbb now)."
    )
    monkeypatch.setattr(provenance, "weights_of", lambda key: "")
    assert "another processor" in changes(recipe, came)[0][1]
    older = replace(recipe, versions={**recipe.versions, "torch": "1.0"})
    assert "torch 1.0 then" in changes(older, came)[0][1]
    assert "gives none now" in changes(recipe, {"telea": recipe.pixels["telea"]})[0][1]
    assert "without hashes" in changes(replace(recipe, pixels={}), came)[0][0]


def test_the_command_notices_other_pixels(packed, tmp_path, monkeypatch, capsys):
    class Grey(Restorer):
        def restore(self, corrupted, seeds):
            return Restored(torch.full_like(corrupted.pixels, 0.5))

    load = catalogue.load
    monkeypatch.setattr(catalogue, "load", lambda key: Grey() if key == "telea" else load(key))
    (tmp_path / "all.zip").write_bytes(packed)
    assert runner.main([str(tmp_path / "all.zip")]) == 1
    assert "Telea gives other pixels" in capsys.readouterr().out


def test_a_mask_by_hand_comes_back(session, drawn_face):
    mask = np.zeros((256, 256), dtype=np.uint8)
    mask[50:80, 60:200] = 255
    start = session.corrupt(FaceCrop("upload-2", drawn_face, None, "drawn"), Corruption("drawn", "light"), mask)
    recipe = read(pack(start))
    assert recipe.mask is not None
    assert np.array_equal(recipe.mask, mask)
    assert torch.equal(session.recall(recipe).corrupted.pixels, start.corrupted.pixels)


def test_names_in_a_file_are_not_believed(session, packed):
    forged = read(changed(packed, picture="01"))
    assert session.recall(forged).face.picture.startswith("upload-")
    outside = read(changed(packed, picture="../../etc/passwd"))
    assert "/" not in session.recall(outside).face.picture


@pytest.mark.parametrize(
    "values",
    [
        {"corruption": {"occluder": "tank"}},
        {"corruption": {"unknown": 1}},
        {"landmarks": [[0, 0]]},
        {"landmarks": [[float("nan")] * 2] * 5},
        {"truth_sha256": "0"},
        {"methods": 3},
        {"weights": []},
    ],
)
def test_broken_recipes_are_refused_in_words(packed, values):
    with pytest.raises(Problem):
        read(changed(packed, **values))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"nothing", b"PK\x03\x04", b'{"picture": "../../x"}', b"\xff\xfe"])
def test_other_files_are_refused_in_words(data):
    with pytest.raises(Problem, match="downloaded from this page"):
        read(data)


def test_a_bomb_is_not_unpacked(packed):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(comparison_recipe.FILE, b" " * (images.MAX_BYTES + 1))
    with pytest.raises(Problem, match="downloaded from this page"):
        read(bomb.getvalue())


def test_a_recipe_of_an_unknown_method_still_runs_the_rest(packed):
    recipe = replace(read(packed), methods=("telea", "vanished"))
    lines, same = runner.repeat(replace(recipe, pixels={"telea": recipe.pixels["telea"], "vanished": "0"}))
    assert not same
    assert any("vanished" in line and "not in the catalogue" in line for line in lines)


def test_digests_see_shape_and_pixels(drawn_face):
    assert digest(drawn_face) == digest(drawn_face.copy())
    other = drawn_face.copy()
    other[0, 0, 0] ^= 1
    assert digest(other) != digest(drawn_face)
    assert digest(drawn_face.reshape(128, 512, 3)) != digest(drawn_face)


def test_links_bring_an_example_back_and_refuse_others(session):
    assert session.linked("?__theme=dark") is None
    one, other = (session.linked("?face=02&hidden=30&seed=4") for _ in range(2))
    assert torch.equal(one.corrupted.pixels, other.corrupted.pixels)
    assert one.face.picture == "02"
    assert abs(one.ratio - 0.3) < 0.005
    with pytest.raises(Problem, match="no example 'me'"):
        session.linked("?face=me")
