"""The sweep on a Ray cluster: the rows of the local engine, also where a machine goes away half-way."""

import csv
import sys
import tempfile
import time
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from PIL import Image
from safetensors.torch import save_file

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import elsewhere
from comparisons.benchmark.measuring import Task
from comparisons.benchmark.ray_engine import MissingRay, on_ray
from comparisons.benchmark.scores import ScoreTable
from comparisons.records import provenance
from comparisons.records.journal import BadTable
from comparisons.records.provenance import Identity
from restorers import catalogue, paths
from restorers.contract import Problem
from restorers.external import models
from restorers.external.results import Results, digest_of

METHODS = "telea,navier_stokes"


def test_without_ray_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingRay, match="requirements-ray"):
        next(on_ray(refusing, [1], 1))


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one core each; the second one may be lost."""
    ray = pytest.importorskip("ray", reason="needs Ray (comparisons/requirements-ray.txt)")
    # tests may run in several processes, and two clusters on one machine would take each other's ports
    with FileLock(Path(tempfile.gettempdir()) / "unmasked-ray-tests.lock"):
        head = {"num_cpus": 1, "include_dashboard": False}
        made = import_module("ray.cluster_utils").Cluster(initialize_head=True, connect=True, head_node_args=head)
        yield made
        ray.shutdown()
        made.shutdown()


@pytest.fixture
def second(cluster):
    """A second node, there until the test takes it away."""
    node = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    yield node
    if node in cluster.list_all_nodes():
        cluster.remove_node(node)


def refusing(task):
    yield task
    raise Problem(f"Task {task} is refused.")


def broken(task):
    yield task / 0


@pytest.mark.slow  # starts a cluster
def test_a_problem_of_a_worker_keeps_its_sentence_and_what_came_before_it(cluster):
    found: list[int] = []
    with pytest.raises(Problem, match="Task 7 is refused"):
        found.extend(on_ray(refusing, [7], 1))
    with pytest.raises(Problem, match="There is nothing here"):
        list(on_ray(refusing, [7], 1, nothing_here))
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        list(on_ray(broken, [7], 1))
    assert found == [7]


def nothing_here():
    raise Problem("There is nothing here.")


def squared(task, seen):
    """A task that on the doomed machine leaves a mark and never ends; on the other one it waits for such a mark."""
    ray = import_module("ray")
    number, doomed = task
    if ray.get_runtime_context().get_node_id() == doomed:
        (Path(seen) / f"doomed {number}").touch()
        while True:
            time.sleep(0.05)
    while not any(Path(seen).iterdir()):
        time.sleep(0.05)
    yield from (number, number**2)


@pytest.mark.slow  # starts a cluster
def test_tasks_of_a_machine_that_goes_away_are_done_once_elsewhere(cluster, second, tmp_path):
    doomed = second.node_id
    drawn = []

    def tasks():
        for number in range(6):
            drawn.append(number)
            yield number, doomed

    found = []
    for result in on_ray(partial(squared, seen=str(tmp_path)), tasks(), 2):
        found.append(result)
        assert len(drawn) <= len(found) // 2 + 3  # none is drawn long before there is room for it
        if second in cluster.list_all_nodes():
            cluster.remove_node(second, allow_graceful=False)
    assert len(list(tmp_path.iterdir())) == 1
    assert sorted(found) == sorted([*range(6), *(number**2 for number in range(6))])


@pytest.fixture
def asked(tmp_path, drawn_face, monkeypatch):
    """A sweep of built-in methods, finished pictures and, where spandrel is there, a weights file; but for where it goes."""
    pictures, mine, weights = (tmp_path / name for name in ("pictures", "mine", "weights"))
    for folder in (pictures, weights):
        folder.mkdir()
    for number in range(6):
        Image.fromarray(np.roll(drawn_face, 10 * number, 0)).save(pictures / f"{number}.png")
        for place in ("rectangle/0.20-0.30", "degraded_light"):
            (mine / place).mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full_like(drawn_face, 20 * number)).save(mine / place / f"{number}.png")
    methods = METHODS
    if find_spec("spandrel"):
        from spandrel.architectures.Compact import Compact

        torch.manual_seed(0)
        save_file(Compact(num_feat=4, num_conv=2, upscale=1).state_dict(), weights / "compact.safetensors")
        methods += ",compact"
    monkeypatch.setattr(catalogue, "METHODS", catalogue.METHODS)
    monkeypatch.setenv(models.ENVIRONMENT, "")
    corruption = [
        "--scenarios",
        "rectangle,degraded_light",
        "--bins",
        "0.20-0.30",
        "--measures=",
        "--models",
        str(weights),
    ]
    return [str(pictures), "--methods", methods, *corruption, "--results", f"mine={mine}", "--workers", "2"]


def rows(out):
    with (out / "scores.csv").open(newline="") as file:
        found = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
    return sorted(found, key=lambda row: (row["image"], row["scenario"], row["method"]))


@pytest.mark.slow  # starts a cluster and sweeps
def test_a_sweep_that_loses_a_machine_half_way_has_the_rows_of_the_local_engine(
    cluster, second, asked, tmp_path, monkeypatch
):
    assert benchmark.main([*asked, "--out", str(tmp_path / "local"), "--engine", "local"]) == 0
    append, written = ScoreTable.append, []

    def losing(table, row):
        append(table, row)
        written.append(row)
        if len(written) == 12:
            cluster.remove_node(second, allow_graceful=False)

    monkeypatch.setattr(ScoreTable, "append", losing)
    assert benchmark.main([*asked, "--out", str(tmp_path / "ray"), "--engine", "ray"]) == 0
    assert second not in cluster.list_all_nodes()
    local, ray = rows(tmp_path / "local"), rows(tmp_path / "ray")
    methods = {*asked[2].split(","), "mine"}
    assert {row["method"] for row in ray if row["status"] == "ok"} == methods
    assert len(local) == 6 * 2 * len(methods)
    assert ray == local


def task(tmp_path, drawn_face):
    Image.fromarray(drawn_face).save(tmp_path / "a.png")
    return Task(tmp_path, "a.png", (), 0, None, frozenset())


def test_another_picture_on_a_worker_is_refused(tmp_path, drawn_face):
    sent = elsewhere.placed(task(tmp_path, drawn_face))
    assert [entry.kind for entry in elsewhere.measure(sent)] == ["facts"]
    Image.fromarray(drawn_face[::-1]).save(tmp_path / "a.png")
    with pytest.raises(BadTable, match=r"same picture at .*a\.png on every machine, found another one on"):
        next(elsewhere.measure(sent))
    (tmp_path / "a.png").unlink()
    with pytest.raises(BadTable, match="found none on"):
        next(elsewhere.measure(sent))


def test_other_weights_or_finished_pictures_on_a_worker_are_refused(tmp_path, drawn_face):
    Image.fromarray(drawn_face).save(tmp_path / "a.png")
    made = (Results("mine", tmp_path, digest_of(tmp_path)),)
    states = {"eigenface": provenance.identity("eigenface"), "mine": Identity(made[0].digest)}
    elsewhere.check(states, made)
    with pytest.raises(
        BadTable, match=r"Expected eigenface to be 0123\.r2 on every machine, found .* put its weights and code"
    ):
        elsewhere.check(states | {"eigenface": Identity("0123", 2)}, made)
    Image.fromarray(drawn_face[::-1]).save(tmp_path / "a.png")
    with pytest.raises(BadTable, match=r"Expected mine to be .* put the finished pictures in"):
        elsewhere.check(states, made)
    (tmp_path / "a.png").unlink()
    with pytest.raises(BadTable, match="found none on"):
        elsewhere.check(states, made)


def test_ci_installs_ray_and_runs_these_tests():
    assert "comparisons/requirements-ray.txt" in (paths.ROOT / ".ci/run").read_text("utf-8")
