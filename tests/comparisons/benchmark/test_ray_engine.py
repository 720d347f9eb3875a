import csv
import sys

import numpy as np
import pytest
from PIL import Image

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark.ray_engine import MissingRay, on_ray
from restorers.contract import Problem


def test_without_ray_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingRay, match="requirements-ray"):
        next(on_ray(refusing, [1], 1))


@pytest.fixture(scope="module")
def cluster():
    ray = pytest.importorskip("ray", reason="needs Ray (comparisons/requirements-ray.txt)")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


def refusing(task):
    yield task
    raise Problem(f"Task {task} is refused.")


def test_a_problem_of_an_actor_keeps_its_sentence(cluster):
    with pytest.raises(Problem, match="Task 7 is refused"):
        list(on_ray(refusing, [7], 1))


def test_ray_gives_the_rows_of_the_local_engine(cluster, tmp_path, drawn_face):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(3):
        Image.fromarray(np.roll(drawn_face, 10 * number, 0)).save(pictures / f"{number}.png")
    asked = [str(pictures), "--methods", "telea,navier_stokes", "--scenarios", "rectangle,thick", "--bins", "0.20-0.30"]
    found = {}
    for engine in ("local", "ray"):
        out = tmp_path / engine
        assert benchmark.main([*asked, "--out", str(out), "--engine", engine, "--workers", "2"]) == 0
        with (out / "scores.csv").open(newline="") as file:
            rows = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
        found[engine] = sorted(rows, key=lambda row: (row["image"], row["scenario"], row["method"]))
    assert len(found["ray"]) == len(found["local"]) == 12
    for ours, theirs in zip(found["ray"], found["local"], strict=True):
        for key, value in theirs.items():
            # as many threads may not add up in the same order: the last of seven digits may differ
            assert ours[key] == value or float(ours[key]) == pytest.approx(float(value), rel=1e-5), key
