"""The published scores are what the benchmark gives: a slice of them is made again, and the README's commands are run."""

import csv
import json
import shlex

import pytest

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import packing, sweeping
from comparisons.benchmark.scores import Key
from restorers import catalogue, paths

ROOT = paths.ROOT
PUBLISHED = ROOT / "assets" / "benchmark"
SYNTHETIC = ROOT / "assets" / "examples"
COMMAND = "python -m comparisons.benchmark "
METHODS = ("telea", "eigenface")
"""Quick, and the same on every machine."""


def slices():
    """Folder of a published run and the pictures that it was made from, as they lie in the development data."""
    for table in sorted(PUBLISHED.rglob("scores.csv*")):
        name = "celeba" if table.parent == PUBLISHED else table.parent.name
        yield pytest.param(table.parent, name, id=name)


@pytest.mark.slow  # sweeps real faces
@pytest.mark.parametrize(("folder", "name"), list(slices()))
def test_a_slice_of_the_published_rows_comes_out_alike(shared, tmp_path, folder, name):
    pictures = shared / "data" / name / "val"
    if not pictures.is_dir():
        pytest.skip(f"needs the pictures of {name} in the development folder")
    with packing.opened(packing.there(folder / sweeping.SCORES)) as file:
        published = {Key(*(row[field] for field in Key._fields)): row for row in csv.DictReader(file)}
    seed = json.loads((folder / "run.json").read_text())["commands"][0]["seed"]
    asked = ["--methods", ",".join(METHODS), "--bins", "0.20-0.30", "--limit", "2", "--measures=", "--workers", "1"]
    assert benchmark.main([str(pictures), "--out", str(tmp_path), "--seed", str(seed), *asked]) == 0
    with (tmp_path / sweeping.SCORES).open(newline="") as file:
        again = list(csv.DictReader(file))
    assert len(again) == 2 * len(METHODS)
    for row in again:
        there = published[Key(*(row[field] for field in Key._fields))]
        assert row["corruption_seed"] == there["corruption_seed"]
        if (row["weights"], row["revision"]) == (there["weights"], there.get("revision") or "1"):
            assert float(row["psnr"]) == pytest.approx(float(there["psnr"]), abs=0.02)
            assert float(row["lpips"]) == pytest.approx(float(there["lpips"]), abs=0.002)


def commands():
    """Arguments of the README's commands that make or print published scores: those that sweep, and the others."""
    lines = [
        line for line in (PUBLISHED / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith(COMMAND)
    ]
    published = [words for line in lines if (words := shlex.split(line.removeprefix(COMMAND))) and _out(words)]
    return [words for words in published if words[0][0] != "-"], [words for words in published if words[0][0] == "-"]


def _out(words):
    """Where a command's published run lies; None where it is about another folder."""
    out = words[words.index("--out") + 1] if "--out" in words else ""
    return out if (ROOT / out).resolve().is_relative_to(PUBLISHED) else None


@pytest.mark.slow  # every method and scenario
def test_the_commands_of_the_readme_make_its_table_of_other_faces(tmp_path, capsys):
    sweeps, prints = commands()
    assert sweeps
    assert any("--markdown" in words for words in prints)
    for number, (_, *words) in enumerate(sweeps):
        # every method once; what other commands add, by those that take no time
        slice_ = ["--limit", "1", "--bins", "0.20-0.30", *(["--methods", ",".join(METHODS)] if number else [])]
        there = [word if word != _out(words) else str(tmp_path / word) for word in words]
        assert benchmark.main([str(SYNTHETIC), *there, *slice_, "--workers", "1"]) == 0
    for words in prints:
        if "--markdown" not in words:
            continue
        capsys.readouterr()
        assert benchmark.main(["--out", str(tmp_path / _out(words)), "--markdown"]) == 0
        head, _, *lines = capsys.readouterr().out.splitlines()
        assert head in (PUBLISHED / "README.md").read_text(encoding="utf-8")
        keys = [line.split("`")[1] for line in lines]
        if _out(words) == _out(sweeps[0]):
            assert keys == [method.key for method in catalogue.METHODS]
        for line in lines:
            _, _, n, *figures, _ = (cell.strip() for cell in line.split("|"))
            assert n == "1"
            assert all(float(figure) > 0 for figure in figures)


def test_the_tables_of_the_readme_are_what_the_published_rows_say(capsys):
    readme = (PUBLISHED / "README.md").read_text(encoding="utf-8").splitlines()
    for words in commands()[1]:
        if "--markdown" in words:
            capsys.readouterr()
            assert benchmark.main(["--out", str(ROOT / _out(words)), "--markdown"]) == 0
            for line in capsys.readouterr().out.splitlines():
                assert line in readme
