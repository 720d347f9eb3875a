"""Runs that shared a sweep are joined, and whatever does not belong together is refused with its reason."""

import json

import numpy as np
import pytest
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import tables
from comparisons.benchmark.merging import merge
from comparisons.benchmark.score_rows import FIELDS, line_of
from comparisons.records import provenance
from comparisons.records.journal import BadTable
from tests.comparisons.benchmark import test_benchmark
from tests.comparisons.benchmark.test_benchmark import rows, run, timeless

HEADER = (",".join(FIELDS) + "\n").encode()


def row(image, method="telea", **more):
    known = {"image": image, "scenario": "rectangle", "bin": "0.20-0.30", "method": method, "seed": "0"}
    return dict.fromkeys(FIELDS, "") | known | {"status": "ok", "ratio": "0.25", "psnr": "24.5", "revision": "1"} | more


def facts(image, **more):
    return {
        "image": image,
        "sha256": f"of {image}",
        "detector": "a fake",
        "landmarks": None,
        "yaw": 1,
        "ita": 30,
    } | more


def corruption(image, **more):
    named = {"image": image, "scenario": "rectangle", "bin": "0.20-0.30", "seed": "0"}
    return named | {"corruption": {"seed": 5}, "landmarks": None, "mask": "0" * 16} | more


def command(**more):
    known = {"command": "run", "seed": 0, "landmarks": "own", "version": "1.0"}
    return (
        known
        | {
            "versions": {"torch": "2.0", "python": "3.11"},
            "weights": {"alex_features_x": "a"},
            "tools": {"dlib-bin": "20.0"},
        }
        | more
    )


def shard(folder, *images, data="Faces", method="telea", row_more=(), facts_more=(), corruption_more=(), more=()):
    """A run's folder of one method over some pictures."""
    folder.mkdir(parents=True)
    written = [row(image, method, **dict(row_more)) for image in images]
    (folder / "scores.csv").write_bytes(HEADER + b"".join(map(line_of, written)))
    lines = (
        [facts(image, **dict(facts_more)) for image in images],
        [corruption(image, **dict(corruption_more)) for image in images],
    )
    for name, listed in zip(("pictures.jsonl", "corruptions.jsonl"), lines, strict=True):
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in listed))
    provenance.note(folder / provenance.FILE, command(**dict(more)), data)
    return folder


def test_two_shards_are_one_run(tmp_path):
    one = shard(tmp_path / "a", "1.png", "2.png")
    two = shard(tmp_path / "b", "2.png", "=3.png", row_more={"seconds": "2"}, more={"command": "another run"})
    three = shard(tmp_path / "c", "1.png", method="eigenface")
    out = tmp_path / "out"
    assert benchmark.main(["merge", *map(str, (one, two, three)), "--out", str(out)]) == 0
    found = tables.read(out / "scores.csv")
    assert list(zip(found["image"], found["method"], strict=True)) == [
        ("1.png", "telea"),
        ("2.png", "telea"),
        ("=3.png", "telea"),
        ("1.png", "eigenface"),
    ]
    for name in ("pictures.jsonl", "corruptions.jsonl"):
        named = [json.loads(line)["image"] for line in (out / name).read_text().splitlines()]
        assert named == ["1.png", "2.png", "=3.png"]
    assert provenance.named(out / provenance.FILE) == "Faces"
    assert [each["command"] for each in provenance.commands_of(out / provenance.FILE)] == ["run", "another run"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"data": "Others"}, "one data set in all folders, got Faces in {a}, Others in {b}; where it is one"),
        ({"row_more": {"seed": "1"}}, "one seed in all folders, got 0 in {a}, 1 in {b}"),
        (
            {"row_more": {"weights": "0123456789ab"}},
            "one state of telea (weights and revision) in all folders, got no weights",
        ),
        ({"row_more": {"revision": "2"}}, "got no weights in {a}, .r2 in {b}"),
        ({"row_more": {"psnr": "24.6"}}, "two rows say different things of 1.png rectangle 0.20-0.30 telea 0; 2.png"),
        ({"row_more": {"corruption_seed": "6"}}, "0; 3.png rectangle 0.20-0.30 telea 0 and 1 more"),
        (
            {"facts_more": {"sha256": "another"}},
            "same pictures under the same name in all folders, but 1.png; 2.png; 3.png and 1",
        ),
        (
            {"facts_more": {"detector": "another"}},
            "one face detector in all folders, got a fake in {a}, another in {b}",
        ),
        (
            {"corruption_more": {"mask": "1" * 16}},
            "same corruption under the same name in all folders, but 1.png rectangle",
        ),
        ({"more": {"landmarks": "truth"}}, "one kind of --landmarks in all folders, got own in {a}, truth in {b}"),
        ({"more": {"versions": {"torch": "2.1"}}}, "one version of torch in all folders, got 2.0 in {a}, 2.1 in {b}"),
        (
            {"more": {"tools": {"dlib-bin": "21.0"}}},
            "one version of dlib-bin in all folders, got 20.0 in {a}, 21.0 in {b}",
        ),
        (
            {"facts_more": {"sha256": ""}},
            "digest of every picture in {b}/pictures.jsonl, but 1.png, 2.png, 3.png and 1 more are",
        ),
        ({"more": {"version": "1.1"}}, "one version of the app in all folders"),
        ({"more": {"weights": {"alex_features_x": "b"}}}, "one version of alex_features_x in all folders"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_does_not_belong_together_is_refused(tmp_path, capsys, more, words):
    names = ("1.png", "2.png", "3.png", "4.png")
    one, two = shard(tmp_path / "a", *names), shard(tmp_path / "b", *names, **more)
    out = tmp_path / "out"
    assert benchmark.main(["merge", str(one), str(two), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert words.format(a=one, b=two) in said
    assert said.count("\n") == 1
    assert not out.exists()


def test_what_computes_nothing_may_differ(tmp_path):
    one = shard(tmp_path / "a", "1.png")
    older = command(versions={"torch": "2.0", "python": "3.12"})
    del older["version"]
    two = shard(tmp_path / "b", "2.png", more=older)
    content = json.loads((two / provenance.FILE).read_text())
    del content["commands"][0]["version"]
    (two / provenance.FILE).write_text(json.dumps(content))
    assert merge([one, two], tmp_path / "out") == 2


def test_folders_that_cannot_be_merged_are_refused(tmp_path):
    one, two = shard(tmp_path / "a", "1.png"), shard(tmp_path / "b", "2.png")
    for folders, out, words in (
        ([one], tmp_path / "out", "at least two different folders"),
        ([one, one / ".." / "a"], tmp_path / "out", "at least two different folders"),
        ([one, tmp_path / "none"], tmp_path / "out", "There is no scores.csv"),
        ([one, two], two, "holds a run already"),
        ([one, two], shard(tmp_path / "c", "3.png"), "holds a run already"),
        ([one, shard(tmp_path / "d")], tmp_path / "out", "has no rows yet"),
    ):
        with pytest.raises(BadTable, match=words):
            merge(folders, out)
    (two / provenance.FILE).write_text('{"data": "Faces", "commands": []}')
    with pytest.raises(BadTable, match="nothing says what its rows were made with"):
        merge([one, two], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow  # several sweeps
def test_a_merged_run_is_the_run_that_was_never_split_and_goes_on(tmp_path, drawn_face, monkeypatch):
    test_benchmark.install(monkeypatch.setattr)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(2):
        Image.fromarray(np.roll(drawn_face, 10 * number, 0)).save(folder / f"{number}.png")
    asked = ("--bins", "0.20-0.30", "--measures", "kernel")
    for out, more in (("a", ("telea", "--limit", "1")), ("b", ("samples",)), ("whole", ("telea,samples",))):
        assert run(folder, tmp_path / out, *asked, "--methods", *more) == 0
    out = tmp_path / "out"
    assert benchmark.main(["merge", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(out)]) == 0
    assert len(rows(out)) == 3
    assert run(folder, out, *asked, "--methods", "telea,samples") == 0
    assert timeless(rows(out)) == timeless(rows(tmp_path / "whole"))
    for name in ("pictures.jsonl", "corruptions.jsonl", "embeddings.jsonl"):
        listed = [sorted((place / name).read_text().splitlines()) for place in (out, tmp_path / "whole")]
        assert listed[0] == listed[1]
