"""The published scores are what the benchmark gives: a slice of them is made again."""

import csv
import json
from pathlib import Path

import pytest

from comparisons import benchmark, sweeping
from comparisons.scores import Key

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = ROOT / "assets" / "benchmark"
METHODS = ("telea", "eigenface")
"""Quick, and the same on every machine."""


def slices():
    """Folder of a published run and the pictures that it was made from, as they lie in the development data."""
    for table in sorted(PUBLISHED.rglob("scores.csv")):
        name = "celeba" if table.parent == PUBLISHED else table.parent.name
        yield pytest.param(table.parent, name, id=name)


@pytest.mark.parametrize(("folder", "name"), list(slices()))
def test_a_slice_of_the_published_rows_comes_out_alike(shared, tmp_path, folder, name):
    pictures = shared / "data" / name / "val"
    if not pictures.is_dir():
        pytest.skip(f"needs the pictures of {name} in the development folder")
    with (folder / sweeping.SCORES).open(newline="") as file:
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
        if row["weights"] == there["weights"]:
            assert float(row["psnr"]) == pytest.approx(float(there["psnr"]), abs=0.02)
            assert float(row["lpips"]) == pytest.approx(float(there["lpips"]), abs=0.002)
