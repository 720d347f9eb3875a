import tracemalloc
from contextlib import ExitStack
from pathlib import Path

from comparisons.benchmark import measuring
from comparisons.benchmark.measuring import JournalEntry
from comparisons.benchmark.scores import FIELDS
from comparisons.benchmark.sweeping import BenchmarkRequest, Cell, Files, cells_of, sweep
from comparisons.scenarios import menu


def pretended(task):
    """Records as `measuring.measure` gives them, without the work."""
    yield JournalEntry("facts", {"image": task.image, "landmarks": [[0.1, 0.2]] * 5, "yaw": 1.0, "ita": 30.0})
    for cell in task.cells:
        named = {"image": task.image, "scenario": cell.scenario, "bin": cell.bin, "seed": str(task.seed)}
        yield JournalEntry("corruption", named | {"corruption": {}, "landmarks": None, "ratio": 0.25, "mask": "0" * 16})
        for method in cell.methods:
            yield JournalEntry("row", dict.fromkeys(FIELDS, "1.234567") | named | {"method": method, "status": "ok"})


def swept(out, count):
    (cell,) = cells_of(["rectangle"], ["0.20-0.30"])
    names = tuple(f"{number:06d}.png" for number in range(count))
    asked = BenchmarkRequest(Path("nowhere"), names, (cell,), ("telea", "eigenface"), 0)
    files = Files(out)
    with ExitStack() as stack:
        files.open(stack, measures=())
        assert sweep(asked, files) == []


def test_memory_hardly_grows_with_the_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "measure", pretended)
    peaks = []
    for count in (200, 2200):
        tracemalloc.start()
        swept(tmp_path / str(count), count)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # a row alone has 300 bytes: what stays is where in the lists each picture stands
    assert (peaks[1] - peaks[0]) / 2000 < 600
    assert (tmp_path / "2200" / "scores.csv").read_text().count("\n") == 1 + 2 * 2200
    # and once more: everything is there
    monkeypatch.setattr(measuring, "measure", None)
    swept(tmp_path / "2200", 2200)


def test_all_stands_for_every_scenario():
    every = cells_of(["all"])
    assert {cell.scenario for cell in every} == set(menu.SCENARIOS)
    assert Cell(menu.scenario("rectangle"), "0.20-0.30") in every
    assert len(cells_of(["all"], ["0.20-0.30"])) < len(every)
